package docx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf16"
)

// Looks reports whether data starts like a Word file of any age, so that it must
// not be taken for plain text whatever its name says.
func Looks(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, ole) || bytes.HasPrefix(data, []byte("{\\rtf"))
}

var ole = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

// pack is an opened package: its entries by lower-case name.
type pack struct {
	parts  map[string]*zip.File
	limits Limits
	left   int64 // bytes that may still be unpacked from all parts together
}

func openPack(data []byte, limits Limits) (*pack, error) {
	if int64(len(data)) > limits.FileBytes {
		return nil, fail(CodeTooLarge, nil)
	}
	if bytes.HasPrefix(data, ole) {
		// A password turns a .docx into an OLE file with this stream.
		if bytes.Contains(data, utf16le("EncryptedPackage")) {
			return nil, fail(CodeEncrypted, nil)
		}
		return nil, fail(CodeOldWord, nil)
	}
	if bytes.HasPrefix(data, []byte("{\\rtf")) {
		return nil, fail(CodeOldWord, nil)
	}
	if !bytes.HasPrefix(data, []byte("PK")) {
		return nil, fail(CodeWrongType, nil)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fail(CodeDamaged, err)
	}
	if len(z.File) > limits.Entries {
		return nil, fail(CodeBomb, fmt.Errorf("%d entries", len(z.File)))
	}
	p := &pack{parts: make(map[string]*zip.File, len(z.File)), limits: limits, left: 2 * limits.PartBytes}
	for _, f := range z.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if f.Flags&1 != 0 {
			return nil, fail(CodeEncrypted, nil)
		}
		if path.Base(name) == "vbaproject.bin" || path.Base(name) == "vbadata.xml" {
			return nil, fail(CodeMacro, nil)
		}
		if _, twice := p.parts[name]; !twice {
			p.parts[name] = f
		}
	}
	return p, nil
}

func utf16le(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// read unpacks one part; the declared size is not believed. A missing part is
// nil without an error.
func (p *pack) read(name string) ([]byte, error) {
	f := p.parts[strings.ToLower(name)]
	if f == nil {
		return nil, nil
	}
	limit := min(p.limits.PartBytes, p.left)
	r, err := f.Open()
	if err != nil {
		return nil, fail(CodeDamaged, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(data)) > limit {
		return nil, fail(CodeBomb, fmt.Errorf("%s unpacks to more than %d bytes", name, limit))
	}
	if err != nil {
		return nil, fail(CodeDamaged, err)
	}
	p.left -= int64(len(data))
	return data, nil
}

// main finds the document part by the package's own relations and refuses other
// kinds of Office files.
func (p *pack) main() (string, error) {
	types, err := p.read("[Content_Types].xml")
	if err != nil {
		return "", err
	}
	if types == nil {
		return "", fail(CodeWrongType, errors.New("no [Content_Types].xml"))
	}
	if bytes.Contains(bytes.ToLower(types), []byte("macroenabled")) || bytes.Contains(types, []byte("vbaProject")) {
		return "", fail(CodeMacro, nil)
	}
	rels, err := p.relations("")
	if err != nil {
		return "", err
	}
	name := "word/document.xml"
	for _, r := range rels {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			name = r.Target
		}
	}
	if p.parts[strings.ToLower(name)] == nil {
		return "", fail(CodeDamaged, fmt.Errorf("no part %s", name))
	}
	if !bytes.Contains(types, []byte("wordprocessingml")) {
		return "", fail(CodeWrongType, errors.New("not a word-processing package"))
	}
	return name, nil
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

// relations of a part ("" for the package); targets are made absolute, outside
// ones are left out because nothing is ever fetched.
func (p *pack) relations(part string) ([]relation, error) {
	dir, base := path.Split(part)
	data, err := p.read(dir + "_rels/" + base + ".rels")
	if err != nil || data == nil {
		return nil, err
	}
	var list struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := p.check(data); err != nil {
		return nil, err
	}
	if err := xml.Unmarshal(data, &list); err != nil {
		return nil, fail(CodeDamaged, err)
	}
	var out []relation
	for _, r := range list.Relations {
		if r.Mode == "External" {
			continue
		}
		if strings.HasPrefix(r.Target, "/") {
			r.Target = strings.TrimPrefix(r.Target, "/")
		} else {
			r.Target = path.Join(dir, r.Target)
		}
		out = append(out, r)
	}
	return out, nil
}

// node is an element of a part; text stands in nodes without a name.
type node struct {
	name string
	attr []xml.Attr
	text string
	raw  []byte // the text while its element is open: it may come in a million pieces
	kids []*node
}

// check walks the tokens once without building anything: depth and DTD.
func (p *pack) check(data []byte) error {
	_, err := parseXML(data, p.limits.XMLDepth, false)
	return err
}

// tree parses a whole part.
func (p *pack) tree(name string) (*node, error) {
	data, err := p.read(name)
	if err != nil || data == nil {
		return nil, err
	}
	return parseXML(data, p.limits.XMLDepth, true)
}

// maxNodes bounds the memory of a part that is all tags.
const maxNodes = 4_000_000

func parseXML(data []byte, depth int, build bool) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	root := &node{}
	stack := []*node{root}
	for count := 0; ; count++ {
		t, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fail(CodeDamaged, err)
		}
		if count > maxNodes {
			return nil, fail(CodeTooLarge, nil)
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			if len(stack) > depth {
				return nil, fail(CodeBomb, errors.New("XML nests too deep"))
			}
			n := &node{name: t.Name.Local, attr: t.Attr}
			if build {
				top.kids = append(top.kids, n)
			}
			stack = append(stack, n)
		case xml.EndElement:
			if len(stack) == 1 || top.name != t.Name.Local {
				return nil, fail(CodeDamaged, fmt.Errorf("unexpected </%s>", t.Name.Local))
			}
			top.text, top.raw = string(top.raw), nil
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if build && (top.name == "t" || top.name == "delText" || top.name == "title") {
				top.raw = append(top.raw, t...)
			}
		case xml.Directive:
			return nil, fail(CodeDamaged, errors.New("a DTD is not allowed"))
		}
	}
	if len(stack) != 1 {
		return nil, fail(CodeDamaged, io.ErrUnexpectedEOF)
	}
	return root, nil
}

// find returns the first child of that name, nil without (and on a nil node).
func (n *node) find(names ...string) *node {
	for _, name := range names {
		if n == nil {
			return nil
		}
		var hit *node
		for _, k := range n.kids {
			if k.name == name {
				hit = k
				break
			}
		}
		n = hit
	}
	return n
}

// has reports a child of that name that is not switched off by val="0".
func (n *node) has(name string) bool {
	k := n.find(name)
	if k == nil {
		return false
	}
	v := k.val("val")
	return v != "0" && v != "false" && v != "off"
}

// val returns an attribute whatever its prefix, empty without.
func (n *node) val(name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
