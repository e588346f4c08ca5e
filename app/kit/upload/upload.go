// Package upload takes files from people: it tells by their content what they are,
// takes away what pictures say about camera and place, and keeps them by the hash
// of their bytes.
package upload

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"minyi/app/kit/text"
	"minyi/models"
)

// NameLimit bounds the name of a file, in characters.
const NameLimit = 150

// Accept lists the endings of what can be taken, for the accept attribute.
const Accept = ".pdf,.docx,.png,.jpg,.jpeg"

// Given is a file as somebody sends it. TooLarge says that its bytes were not read
// because there were too many.
type Given struct {
	Name     string
	Data     []byte
	TooLarge bool
}

// File is a file that was looked through and may be kept.
type File struct {
	Name, Mime, SHA256 string
	Data               []byte
}

// Refused is a file that was not taken, with the reason as an error for people.
type Refused struct {
	Name string
	Err  error
}

// Take looks a file through. Its name loses folders and gets the ending of what it
// is. Errors: Invalid on the field "file" (upload.empty, upload.large, upload.type,
// upload.pixels, upload.broken).
func Take(g Given, most int) (File, error) {
	if g.TooLarge || len(g.Data) > most {
		return File{}, models.FailField("file", "upload.large", "most", most>>20)
	}
	data, mime, err := fileOf(g.Data)
	if err != nil {
		return File{}, err
	}
	sum := sha256.Sum256(data)
	return File{Name: named(plainName(g.Name), mime), Mime: mime, SHA256: hex.EncodeToString(sum[:]), Data: data}, nil
}

// TakeAll looks several files through: those that may be kept, and those that may
// not, each with its reason. What goes beyond the number is refused too
// (upload.many).
func TakeAll(list []Given, number, most int) (taken []File, refused []Refused) {
	for _, g := range list {
		f, err := Take(g, most)
		if err == nil && len(taken) >= number {
			err = models.FailField("file", "upload.many", "most", number)
		}
		if err != nil {
			refused = append(refused, Refused{plainName(g.Name), err})
			continue
		}
		taken = append(taken, f)
	}
	return taken, refused
}

func plainName(name string) string { return text.Cut(text.Line(filepath.Base(name)), NameLimit) }
