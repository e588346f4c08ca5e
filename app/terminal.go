package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/rivo/uniseg"

	"minyi/frontend"
	"minyi/models"
)

// wordsFor chooses the language of the terminal: the one named, else that of the
// surroundings, else English.
func wordsFor(lang string) *frontend.Words {
	if lang == "" {
		for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
			if lang = os.Getenv(name); lang != "" {
				break
			}
		}
	}
	if strings.HasPrefix(strings.ToLower(lang), "zh") {
		return frontend.WordsIn("zh")
	}
	return frontend.WordsIn("en")
}

// say writes one sentence of a command's answer on standard output, in the terminal's
// language.
func say(key string, args ...any) { fmt.Println(wordsFor("").T(key, args...)) }

// seconds is a time as commands say it.
func seconds(s float64) string { return fmt.Sprintf("%.1f", s) }

// inWords says an error in the words given. A text key becomes its sentence, with the
// cause in brackets; what is wrapped around it stays as it is.
func inWords(w *frontend.Words, err error) error {
	var known *models.Error
	if !errors.As(err, &known) {
		return err
	}
	text := w.T(known.Key, known.Args...)
	for _, also := range known.Also {
		text += " " + w.T(also.Key, also.Args...)
	}
	if known.Err != nil {
		text = w.T("terminal.cause", "says", text, "cause", inWords(w, known.Err))
	}
	return errors.New(strings.Replace(err.Error(), known.Error(), text, 1))
}

// ofFile is the fault of a file that a command was to read or write.
func ofFile(key, file string, err error) error {
	if errors.Is(err, fs.ErrNotExist) && key == "terminal.unreadable" {
		return models.Fail(models.NotFound, "commands.wrong_file", "word", file)
	}
	var path *fs.PathError
	if errors.As(err, &path) { // which file, the sentence says already
		err = path.Err
	}
	return &models.Error{Kind: models.Invalid, Key: key, Args: []any{"file", file}, Err: err}
}

// aligned writes rows as columns. Chinese characters are two places wide, which
// text/tabwriter does not know.
func aligned(rows [][]string) string {
	var widths []int
	for _, r := range rows {
		for i, cell := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		line := ""
		for i, cell := range r {
			line += cell + strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
