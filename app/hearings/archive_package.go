package hearings

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Package holds the files of an archive until they are written; its times are those of
// the record, so that the same hearing gives the same bytes. Materials stay on disk: all
// of them may be larger than the memory.
type Package struct {
	at    time.Time
	parts []part
	err   error
}

// part is one file of a package, with its bytes or where they lie.
type part struct {
	name string
	data []byte
	path string // of a material
	sum  string // SHA-256 in hexadecimal digits
}

func (p part) open() (io.ReadCloser, error) {
	if p.path == "" {
		return io.NopCloser(bytes.NewReader(p.data)), nil
	}
	return os.Open(p.path)
}

func (p *Package) file(name string, data []byte) {
	sum := sha256.Sum256(data)
	p.parts = append(p.parts, part{name: name, data: data, sum: hex.EncodeToString(sum[:])})
}

func (p *Package) json(name string, v any) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		p.err = err
	}
	p.file(name, append(b, '\n'))
}

// WriteZip writes the package with its manifest as a zip file. A material whose bytes
// are not those that were taken ends it with an error.
func (p *Package) WriteZip(out io.Writer) error {
	var manifest strings.Builder
	for _, one := range p.parts {
		manifest.WriteString(one.sum + "  " + one.name + "\n")
	}
	sum := sha256.Sum256([]byte(manifest.String()))
	z := zip.NewWriter(out)
	for _, one := range append(p.parts[:len(p.parts):len(p.parts)], part{name: "MANIFEST.sha256", data: []byte(manifest.String()), sum: hex.EncodeToString(sum[:])}) {
		if err := p.write(z, one); err != nil {
			return err
		}
	}
	return z.Close() // here the directory of the package is written
}

func (p *Package) write(z *zip.Writer, one part) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: one.name, Method: zip.Deflate, Modified: p.at.UTC()})
	if err != nil {
		return err
	}
	in, err := one.open()
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, sum), in); err != nil {
		return err
	}
	if have := hex.EncodeToString(sum.Sum(nil)); have != one.sum {
		return fmt.Errorf("%s has the hash %s, not %s", one.name, have, one.sum)
	}
	return nil
}

// materialBytes bounds the name of a material in a package, in bytes: file systems take
// 255, some 143.
const materialBytes = 140

// materialName is where the n-th material lies in a package: its number, so that equal
// names are two files, and its name without what a file system, a shell or the manifest
// would read as something else; a long one loses its middle, never its ending.
func materialName(n int, name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return '_'
		}
		return r
	}, norm.NFC.String(name))
	ending := filepath.Ext(name)
	if len(ending) > 10 { // a dot in a sentence
		ending = ""
	}
	stem := strings.TrimSuffix(name, ending)
	for most := materialBytes - len(ending) - len("00-"); len(stem) > most; {
		_, last := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-last]
	}
	if stem = strings.Trim(stem, " .\u200c\u200d"); stem == "" {
		stem = "file"
	}
	return fmt.Sprintf("materials/%02d-%s%s", n, stem, strings.TrimRight(ending, " ."))
}
