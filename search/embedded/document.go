package embedded

import (
	"bytes"
	"encoding/json"
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
	fieldClause = "c" // the clause itself
	fieldKind   = "k"
	fieldMatter = "m"
	fieldFacts  = "f" // packed, see facts
	fieldOrder  = "o" // packed: time and voices, see order
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

// facts packs the values that hits are counted by. Many documents share them, so
// that hits are counted by the packed value and the facets afterwards from that.
func facts(d *search.Document) []byte {
	var b bytes.Buffer
	for i, f := range search.Facets {
		if i > 0 {
			b.WriteByte(1)
		}
		b.WriteString(d.Value(f))
	}
	return b.Bytes()
}

// order packs what hits are sorted by.
func order(d *search.Document) []byte {
	return []byte(strconv.FormatInt(d.At.Unix(), 36) + "\x01" + strconv.FormatInt(d.Supports, 36))
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
	for name, packed := range map[string][]byte{fieldFacts: facts(d), fieldOrder: order(d)} {
		out.AddField(document.NewTextFieldCustom(name, nil, packed, index.IndexField|index.DocValues|index.SkipFreqNorm, nil))
	}
	out.AddField(document.NewTextFieldCustom(fieldDoc, nil, stored, index.StoreField, terms(nil)))
	return out, nil
}
