package embedded

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"strconv"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"

	"minyi/search"
)

// Fields of a document in the index.
const (
	fieldTerms  = "t" // what it is found by
	fieldAlso   = "p" // what stands around it
	fieldSounds = "y" // its title in pinyin
	fieldClause = "c" // the clause itself
	fieldKind   = "k"
	fieldMatter = "m"
	fieldFacts  = "f" // packed, see facts
	fieldDoc    = "d" // the document as JSON, stored only
)

// terms hands ready terms to the index, which wants to cut texts itself.
type terms []string

// Analyze ignores the text: the terms are there.
func (t terms) Analyze([]byte) analysis.TokenStream {
	tokens := make([]analysis.Token, len(t))
	out := make(analysis.TokenStream, len(t))
	for i, term := range t {
		tokens[i] = analysis.Token{Term: []byte(term), Position: i + 1}
		out[i] = &tokens[i]
	}
	return out
}

// facts packs all that is looked at of each hit into one value, since a look costs more
// than what is in it. First what hits are counted by: many documents share it, so that
// hits are counted by it as a whole and the facets afterwards. Then what they are sorted
// by: time, voices, and a number made of the id that keeps equals in one order.
func facts(d *search.Document) []byte {
	var b bytes.Buffer
	for i, f := range search.Facets {
		if i > 0 {
			b.WriteByte(1)
		}
		b.WriteString(d.Value(f))
	}
	id := fnv.New32a()
	id.Write([]byte(d.ID))
	for i, n := range []int64{d.At.Unix(), d.Supports, int64(id.Sum32())} {
		b.WriteByte([]byte{orderMark, 1, 1}[i])
		b.WriteString(strconv.FormatInt(n, 36))
	}
	return b.Bytes()
}

// orderMark stands between what hits are counted by and what they are sorted by.
const orderMark = 2

// place is what hits are sorted by.
type place struct {
	at, supports int64
	id           uint32
}

// placeOf reads the second half of packed facts.
func placeOf(packed []byte) (p place) {
	at, rest, _ := bytes.Cut(packed, []byte{1})
	supports, id, _ := bytes.Cut(rest, []byte{1})
	return place{number(at), number(supports), uint32(number(id))}
}

// atOf reads only the time, which decides between most equals.
func atOf(packed []byte) int64 {
	at, _, _ := bytes.Cut(packed, []byte{1})
	return number(at)
}

// number reads what strconv.FormatInt wrote in base 36. It is asked for each hit of a
// common word, and so does without a check.
func number(b []byte) (n int64) {
	minus := len(b) > 0 && b[0] == '-'
	if minus {
		b = b[1:]
	}
	for _, c := range b {
		if c >= 'a' {
			c -= 'a' - '0' - 10
		}
		n = n*36 + int64(c-'0')
	}
	if minus {
		return -n
	}
	return n
}

// newDocument makes what the index takes of a document.
func newDocument(d *search.Document) (*document.Document, error) {
	stored, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	out := document.NewDocument(d.ID)
	out.AddField(document.NewTextFieldCustom(fieldTerms, nil, nil, index.IndexField, terms(d.Terms())))
	if d.Also != "" {
		out.AddField(document.NewTextFieldCustom(fieldAlso, nil, nil, index.IndexField|index.SkipFreqNorm, terms(d.AlsoTerms())))
	}
	if sounds := d.SoundTerms(); len(sounds) > 0 {
		out.AddField(document.NewTextFieldCustom(fieldSounds, nil, nil, index.IndexField|index.SkipFreqNorm, terms(sounds)))
	}
	keyword := func(name, value string) {
		if value != "" {
			out.AddField(document.NewTextFieldCustom(name, nil, []byte(value), index.IndexField|index.SkipFreqNorm, nil))
		}
	}
	keyword(fieldKind, string(d.Kind))
	keyword(fieldMatter, d.Matter)
	if d.Clause != "" {
		keyword(fieldClause, search.ClauseRef(d.Matter, d.Clause))
	}
	out.AddField(document.NewTextFieldCustom(fieldFacts, nil, facts(d), index.IndexField|index.DocValues|index.SkipFreqNorm, nil))
	out.AddField(document.NewTextFieldCustom(fieldDoc, nil, stored, index.StoreField, terms(nil)))
	return out, nil
}
