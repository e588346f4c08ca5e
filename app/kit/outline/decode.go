package outline

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"minyi/app/kit/docx"
)

// decode turns the bytes of a text file into a string with \n line ends: UTF-8
// with or without mark, UTF-16 by its mark, else GB18030. Bytes that are none of
// these, or hold the zeros of a binary file, are refused instead of guessed.
func decode(data []byte) (string, error) {
	var text string
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil {
			return "", refuse("encoding", err)
		}
		text = string(out)
	case utf8.Valid(data):
		text = strings.TrimPrefix(string(data), "\ufeff")
	case bytes.IndexByte(data, 0) >= 0:
		return "", refuse(docx.CodeWrongType, errors.New("zero bytes"))
	default:
		out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
			return "", refuse("encoding", err)
		}
		text = string(out)
	}
	if strings.ContainsRune(text, 0) {
		return "", refuse(docx.CodeWrongType, errors.New("zero bytes"))
	}
	return lineEnds.Replace(text), nil
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\v", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n")
