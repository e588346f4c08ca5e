package outline

import (
	"errors"
	"path"
	"strings"

	"minyi/app/kit/docx"
	"minyi/models"
)

// Options of Read; the zero value accepts tracked changes and uses docx.Limits'
// defaults, and for texts, where every byte may be a sign, 4 MiB.
type Options struct {
	Changes docx.Changes
	Limits  docx.Limits
}

// Read finds the clauses of a .docx, Markdown or plain text file. The content
// decides what it is, the name's ending only between Markdown and plain text.
// Whatever stands in the file stands in the outline: joined, the numbers, titles
// and texts of all clauses are the document apart from white space and markup
// (see stripMarkdown for what counts as markup).
//
// Errors are *models.Error with a key outline.error.<code>: the codes of package
// docx, encoding (bytes that are no text) and wrong_type (an ending that says
// another kind of file).
func Read(name string, data []byte, opt Options) (Outline, error) {
	ext := strings.ToLower(path.Ext(name))
	if docx.Looks(data) || ext == ".docx" || ext == ".docm" || ext == ".doc" || ext == ".wps" {
		return readWord(ext, data, opt)
	}
	limit := opt.Limits.FileBytes
	if limit <= 0 {
		limit = 4 << 20 // more than a million characters
	}
	if int64(len(data)) > limit {
		return Outline{}, refuse(docx.CodeTooLarge, nil)
	}
	switch ext {
	case ".md", ".markdown", ".txt", ".text", "":
	default:
		return Outline{}, refuse(docx.CodeWrongType, nil)
	}
	text, err := decode(data)
	if err != nil {
		return Outline{}, err
	}
	blocks := readPlain
	if ext == ".md" || ext == ".markdown" {
		blocks = readMarkdown
	}
	most := opt.Limits.Blocks
	if most <= 0 {
		most = 100_000
	}
	if strings.Count(text, "\n") > 20*most {
		return Outline{}, refuse(docx.CodeTooLarge, nil)
	}
	list, warnings := blocks(text)
	if len(list) > most {
		return Outline{}, refuse(docx.CodeTooLarge, nil)
	}
	return build(list, warnings, ""), nil
}

func readWord(ext string, data []byte, opt Options) (Outline, error) {
	doc, err := docx.Read(data, docx.Options{Changes: opt.Changes, Limits: opt.Limits})
	if err != nil {
		var e *docx.Error
		if errors.As(err, &e) && e.Code == docx.CodeWrongType && (ext == ".docx" || ext == ".docm") {
			return Outline{}, refuse("not_word", err) // that only .docx can be read would help nobody here
		}
		if errors.As(err, &e) {
			return Outline{}, refuse(e.Code, err)
		}
		return Outline{}, refuse(docx.CodeDamaged, err)
	}
	blocks, warnings := wordBlocks(doc)
	return build(blocks, warnings, doc.Title), nil
}

// refuse says in the reader's words why a file cannot be read.
func refuse(code string, cause error) error {
	kind := models.Invalid
	if code == docx.CodeTooLarge || code == docx.CodeBomb {
		kind = models.TooLarge
	}
	return &models.Error{Kind: kind, Key: "outline.error." + code, Field: "file", Err: cause}
}
