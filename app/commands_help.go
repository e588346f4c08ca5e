package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"minyi/frontend"
)

// Exit codes of the program.
const (
	exitFailed = 1 // what was asked for did not happen
	exitUsage  = 2 // the command line is no command
)

// Execute runs the command that a command line names and gives the exit code. What it
// has to say about the command line is in the terminal's language, as the help is;
// complaints go to standard error, so that standard output holds answers only.
func Execute(ctx context.Context, line []string) int {
	w := wordsFor("")
	var commands Commands
	k, err := parser(ctx, &commands, w)
	if err != nil {
		panic(err) // a fault of the definitions, which tests would have found
	}
	if len(line) > 0 && line[0] == "help" {
		line = append(line[1:], "--help")
	}
	chosen, err := k.Parse(line)
	var wrong *kong.ParseError
	switch {
	case errors.As(err, &wrong):
		command := "minyi"
		if n := wrong.Context.Selected(); n != nil {
			command = n.FullPath()
		}
		fmt.Fprintln(os.Stderr, "minyi:", complaint(w, err))
		fmt.Fprintln(os.Stderr, w.T("commands.more", "command", command))
		return exitUsage
	case err == nil:
		err = chosen.Run()
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "minyi:", inWords(w, err))
		return exitFailed
	}
	return 0
}

// parser reads command lines, with help in the words given.
func parser(ctx context.Context, commands *Commands, w *frontend.Words) (*kong.Kong, error) {
	k, err := kong.New(commands, kong.Name("minyi"), kong.BindTo(ctx, (*context.Context)(nil)), kong.Description(w.T("commands.about")), kong.Help(helpIn(w)))
	if err == nil {
		explain(k.Model.Node, "", w)
	}
	return k, err
}

// explain gives the help of a command, and of all below it, its words.
func explain(n *kong.Node, path string, w *frontend.Words) {
	of := func(name string) string {
		return w.T("commands." + strings.TrimPrefix(path+"_"+strings.ReplaceAll(name, "-", "_"), "_"))
	}
	for _, f := range n.Flags {
		if f.Name == "help" {
			f.Help = w.T("commands.help")
			continue
		}
		f.Help = of(f.Name)
	}
	for _, a := range n.Positional {
		a.Help = of(a.Name)
	}
	for _, child := range n.Children {
		child.Help = of(child.Name)
		explain(child, strings.TrimPrefix(path+"_"+child.Name, "_"), w)
	}
}

// helpIn prints help with the headings of the library in the words given.
func helpIn(w *frontend.Words) kong.HelpPrinter {
	usage := w.T("commands.part_usage")
	if strings.HasSuffix(usage, ":") { // a wide colon brings its own space
		usage += " "
	}
	headings := strings.NewReplacer("Usage: ", usage, "Arguments:\n", w.T("commands.part_arguments")+"\n", "Flags:\n", w.T("commands.part_flags")+"\n", "Commands:\n", w.T("commands.part_commands")+"\n")
	more := regexp.MustCompile(`(?m)^Run "(.*) --help" for more information.*$`)
	return func(o kong.HelpOptions, ctx *kong.Context) error {
		var page bytes.Buffer
		out := ctx.Stdout
		ctx.Stdout = &page
		err := kong.DefaultHelpPrinter(o, ctx)
		ctx.Stdout = out
		if err != nil {
			return err
		}
		text := more.ReplaceAllStringFunc(headings.Replace(page.String()), func(line string) string {
			return w.T("commands.more", "command", more.FindStringSubmatch(line)[1])
		})
		_, err = io.WriteString(out, text)
		return err
	}
}

// complaints are the library's sentences about a command line; what is in brackets is
// kept.
var complaints = []struct {
	said *regexp.Regexp
	key  string
	args []string
}{
	{regexp.MustCompile(`^unexpected argument (\S+?)(?:, did you mean .*)?$`), "commands.wrong_argument", []string{"word"}},
	{regexp.MustCompile(`^unknown flag (\S+?)(?:, did you mean .*)?$`), "commands.wrong_flag", []string{"word"}},
	{regexp.MustCompile(`^missing flags: (.*)$`), "commands.wrong_missing", []string{"word"}},
	{regexp.MustCompile(`^(\S+) must be one of (.*) but got (.*)$`), "commands.wrong_choice", []string{"word", "choices", "given"}},
	{regexp.MustCompile(`^expected one of (.*)$`), "commands.wrong_one_of", []string{"word"}},
	{regexp.MustCompile(`^expected (.*)$`), "commands.wrong_expected", []string{"word"}},
	{regexp.MustCompile(`^.*: stat (.*): no such file or directory$`), "commands.wrong_file", []string{"word"}},
	{regexp.MustCompile(`^(\S+): expected a valid .* int but got (.*)$`), "commands.wrong_number", []string{"word", "given"}},
}

// complaint says what is wrong with a command line; what has no words of its own stays
// as the library says it.
func complaint(w *frontend.Words, err error) string {
	for _, c := range complaints {
		found := c.said.FindStringSubmatch(err.Error())
		if found == nil {
			continue
		}
		var args []any
		for i, name := range c.args {
			args = append(args, name, found[i+1])
		}
		return w.T(c.key, args...)
	}
	return err.Error()
}
