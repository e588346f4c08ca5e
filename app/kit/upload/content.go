package upload

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/jpeg" // their sizes are read
	_ "image/png"  // the same
	"path/filepath"
	"strings"

	"minyi/app/kit/docx"
	"minyi/models"
)

// mostPixels bounds the declared size of a picture: what is above it only serves
// to exhaust whoever opens it.
const mostPixels = 50_000_000

// mostXML bounds what one part of a Word file unpacks to: about 500 pages. Anybody may
// send such a file, so that less is read for them than for an officer's draft.
const mostXML = 16 << 20

const (
	typePDF  = "application/pdf"
	typeDocx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typePNG  = "image/png"
	typeJPEG = "image/jpeg"
)

// fileOf tells by its content what a file is, checks that it can be opened, and
// takes from pictures what they say about camera, place and author.
func fileOf(data []byte) ([]byte, string, error) {
	switch {
	case len(data) == 0:
		return nil, "", models.FailField("file", "upload.empty")
	case bytes.HasPrefix(data, []byte("%PDF-")) && bytes.Contains(data[max(0, len(data)-2048):], []byte("%%EOF")):
		return data, typePDF, nil
	case docx.Looks(data):
		if _, err := docx.Read(data, docx.Options{Limits: docx.Limits{PartBytes: mostXML}}); err != nil {
			return nil, "", models.FailField("file", "upload.broken")
		}
		return data, typeDocx, nil
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, "", models.FailField("file", "upload.type")
	}
	if c.Width < 1 || c.Height < 1 || c.Width > mostPixels/c.Height {
		return nil, "", models.FailField("file", "upload.pixels")
	}
	clean, ok := []byte(nil), false
	if format == "png" {
		clean, ok = plainPNG(data)
	} else {
		clean, ok = plainJPEG(data)
	}
	if !ok {
		return nil, "", models.FailField("file", "upload.broken")
	}
	return clean, "image/" + format, nil
}

// named gives a file the ending of what it is.
func named(name, mime string) string {
	ends := map[string][]string{typePDF: {".pdf"}, typeDocx: {".docx"}, typePNG: {".png"}, typeJPEG: {".jpg", ".jpeg"}}[mime]
	for _, e := range ends {
		if strings.EqualFold(filepath.Ext(name), e) {
			return name
		}
	}
	if name == "" || name == "." {
		name = "file"
	}
	return name + ends[0]
}

// plainPNG keeps the chunks that draw the picture (PNG 3rd edition §11) and drops
// texts, times and EXIF.
func plainPNG(data []byte) ([]byte, bool) {
	const head = 8
	if len(data) < head {
		return nil, false
	}
	out := append([]byte{}, data[:head]...)
	for rest := data[head:]; len(rest) >= 12; {
		n := int(binary.BigEndian.Uint32(rest))
		if n < 0 || n > len(rest)-12 {
			return nil, false
		}
		switch kind := string(rest[4:8]); kind {
		case "tEXt", "zTXt", "iTXt", "eXIf", "tIME":
		default:
			out = append(out, rest[:n+12]...)
			if kind == "IEND" {
				return out, true
			}
		}
		rest = rest[n+12:]
	}
	return nil, false
}

// plainJPEG keeps what draws the picture and drops comments, application data (EXIF,
// XMP, IPTC) and whatever follows its end, such as the preview or the film that
// phones hide there; JFIF, the colour profile, Adobe's colour mark and how the picture
// must be turned stay.
func plainJPEG(data []byte) ([]byte, bool) {
	if len(data) < 4 || data[0] != 0xFF || data[1] != 0xD8 {
		return nil, false
	}
	out := append([]byte{}, data[:2]...)
	drawn, upright := false, true
	for at := 2; at+2 <= len(data); {
		if data[at] != 0xFF {
			return nil, false
		}
		mark := data[at+1]
		if mark == 0xFF { // filling
			at++
			continue
		}
		if mark == 0xD9 { // the end
			return append(out, 0xFF, 0xD9), drawn
		}
		if at+4 > len(data) {
			return nil, false
		}
		n := int(binary.BigEndian.Uint16(data[at+2:]))
		if n < 2 || at+2+n > len(data) {
			return nil, false
		}
		segment := data[at : at+2+n]
		if keepJPEG(mark, segment[4:]) {
			out = append(out, segment...)
		} else if how := orientation(segment[4:]); mark == 0xE1 && upright && how != 0 {
			out, upright = append(out, turned(how)...), false
		}
		at += len(segment)
		if mark == 0xDA { // lines of the picture, up to the next mark
			end := scanEnd(data, at)
			out, at, drawn = append(out, data[at:end]...), end, true
		}
	}
	return nil, false
}

func keepJPEG(mark byte, body []byte) bool {
	switch {
	case mark == 0xFE: // comment
		return false
	case mark < 0xE0 || mark > 0xEF: // no application data
		return true
	case mark == 0xE2:
		return bytes.HasPrefix(body, []byte("ICC_PROFILE\x00"))
	}
	return mark == 0xE0 && bytes.HasPrefix(body, []byte("JFIF\x00")) || mark == 0xEE
}

// scanEnd finds the mark after compressed lines: FF 00 and the restart marks are
// part of them.
func scanEnd(data []byte, at int) int {
	for ; at+1 < len(data); at++ {
		if next := data[at+1]; data[at] == 0xFF && next != 0 && (next < 0xD0 || next > 0xD7) && next != 0xFF {
			return at
		}
	}
	return len(data)
}
