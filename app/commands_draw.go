package app

import (
	"errors"
	"fmt"
	"os"

	"minyi/app/kit/draw"
	hearinghandlers "minyi/handlers/hearings"
)

// DrawCommand holds what can be done with the file of a draw.
type DrawCommand struct {
	Verify DrawVerifyCommand `cmd:""`
}

// DrawVerifyCommand checks a draw without any server.
type DrawVerifyCommand struct {
	File       string `arg:""`
	Commitment string `help:"The commitment that was published before the draw, 64 hex digits."`
	Lang       string `help:"Language of messages: zh or en (default: from LANG)."`
}

// Run prints what it found, one sentence a line, and ends with an error if anything
// is wrong. A file that holds the list without a result is no success either.
func (c DrawVerifyCommand) Run() error {
	w := wordsFor(c.Lang)
	_, file, err := readDraft(c.File)
	if err != nil {
		return inWords(w, err)
	}
	result, found := draw.Verify(file, c.Commitment)
	said := hearinghandlers.Sentences(w, result, found, c.Commitment != "")
	if len(found) > 0 {
		for _, line := range said[1:] {
			fmt.Fprintln(os.Stderr, line)
		}
		return errors.New(said[0])
	}
	for _, line := range said {
		fmt.Println(line)
	}
	return nil
}
