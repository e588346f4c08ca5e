package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"minyi/app/kit/compare"
	"minyi/app/kit/docx"
	"minyi/app/kit/outline"
	"minyi/frontend"
	"minyi/models"
)

// OutlineCommand prints the tree of clauses of a file, as an import would find it.
type OutlineCommand struct {
	File    string `arg:""`
	JSON    bool   `name:"json"`
	Changes string `enum:"accept,reject" default:"accept"`
	Lang    string `help:"Language of messages: zh or en (default: from LANG)."`
}

// Run reads the file and prints its outline on standard output. A file that cannot
// be read gives an error and prints nothing; warnings are no error.
func (c OutlineCommand) Run() error {
	w := wordsFor(c.Lang)
	o, err := outlineOf(w, c.File, outline.Options{Changes: docx.Changes(c.Changes)})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(os.Stdout, o)
	}
	return outline.Print(os.Stdout, o)
}

// CompareCommand maps the clauses of two versions of a text.
type CompareCommand struct {
	Old  string `arg:""`
	New  string `arg:""`
	JSON bool   `name:"json"`
	Lang string `help:"Language of messages: zh or en (default: from LANG)."`
}

// Run compares the two files and prints the mapping on standard output; for people
// the list of what changed stands above it. Differences are no error.
func (c CompareCommand) Run() error {
	w := wordsFor(c.Lang)
	older, err := outlineOf(w, c.Old, outline.Options{})
	if err != nil {
		return err
	}
	newer, err := outlineOf(w, c.New, outline.Options{})
	if err != nil {
		return err
	}
	found := compare.Versions(older, newer)
	if c.JSON {
		return printJSON(os.Stdout, found)
	}
	for _, line := range changeLines(w, compare.Summary(found, older, newer)) {
		fmt.Println(line)
	}
	fmt.Println()
	return compare.Print(os.Stdout, found)
}

// changeLines are the sentences of what changed; one sentence says that nothing did.
func changeLines(w *frontend.Words, changes []compare.Change) []string {
	if len(changes) == 0 {
		return []string{w.T(compare.KeyNothing)}
	}
	text := func(key string, args map[string]string) string { return w.T(key, pairs(args)...) }
	var lines []string
	for _, c := range changes {
		lines = append(lines, text(c.Key, c.Args(text)))
	}
	return lines
}

func pairs(args map[string]string) []any {
	var list []any
	for name, value := range args {
		list = append(list, name, value)
	}
	return list
}

// outlineOf reads one file; messages of errors and warnings are in the words given.
func outlineOf(w *frontend.Words, path string, opt outline.Options) (outline.Outline, error) {
	name, data, err := readDraft(path)
	if err != nil {
		return outline.Outline{}, inWords(w, err)
	}
	o, err := outline.Read(name, data, opt)
	var known *models.Error
	if errors.As(err, &known) {
		return o, fmt.Errorf("%s: %s", path, w.T(known.Key, known.Args...))
	}
	if err != nil {
		return o, err
	}
	fillWarnings(w, o.Warnings)
	if o.Clauses == nil {
		o.Clauses = []outline.Clause{}
	}
	if o.Warnings == nil {
		o.Warnings = []outline.Warning{}
	}
	return o, nil
}

// readMost bounds what is read of one file: what is above it would be refused as
// too large anyway.
const readMost = 64 << 20

// readDraft reads a file, or standard input for "-". Errors: Invalid and NotFound,
// with the file in their sentence.
func readDraft(path string) (name string, data []byte, err error) {
	in, name := io.Reader(os.Stdin), "standard input.txt"
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", nil, ofFile("terminal.unreadable", path, err)
		}
		defer f.Close()
		in, name = f, filepath.Base(path)
	}
	if data, err = io.ReadAll(io.LimitReader(in, readMost+1)); err != nil {
		err = ofFile("terminal.unreadable", path, err)
	}
	return name, data, err
}

// fillWarnings writes the sentences of warnings.
func fillWarnings(w *frontend.Words, list []outline.Warning) {
	for i := range list {
		var args []any
		for n, a := range list[i].Args {
			args = append(args, strconv.Itoa(n+1), a)
		}
		list[i].Message = w.T("outline.warning."+list[i].Code, args...)
	}
}

// printJSON writes indented JSON with Chinese and markup as they are.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
