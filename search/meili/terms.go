package meili

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/meilisearch/meilisearch-go"

	"minyi/search"
)

// row is a document as the server keeps it. Terms stand in attributes by how they may
// be matched: those in pairs exactly, those in words with slips of the pen.
type row struct {
	ID         string `json:"id"`
	TitlePairs string `json:"title_pairs,omitempty"`
	TitleWords string `json:"title_words,omitempty"`
	Pairs      string `json:"pairs,omitempty"`
	Words      string `json:"words,omitempty"`
	Signs      string `json:"signs,omitempty"` // each Chinese character once
	Sounds     string `json:"sounds,omitempty"`
	AlsoPairs  string `json:"also_pairs,omitempty"`
	AlsoWords  string `json:"also_words,omitempty"`
	Kind       string `json:"kind"`
	Matter     string `json:"matter,omitempty"`
	Year       string `json:"year,omitempty"`
	Stance     string `json:"stance,omitempty"`
	Outcome    string `json:"outcome,omitempty"`
	Changed    string `json:"changed,omitempty"`
	State      string `json:"state,omitempty"`
	Clause     string `json:"clause,omitempty"`
	At         int64  `json:"at"`
	Supports   int64  `json:"supports"`
	// Weight of the kind, so that rare kinds stand among the first hits.
	Weight float64         `json:"weight"`
	Doc    search.Document `json:"doc"`
}

func rowOf(d *search.Document) row {
	r := row{ID: keyOf(d.ID), Kind: string(d.Kind), Matter: d.Matter, Year: d.Value(search.ByYear), Stance: d.Stance, Outcome: d.Outcome,
		Changed: d.Value(search.ByChanged), State: d.State, At: d.At.Unix(), Supports: d.Supports, Weight: d.Kind.Weight(), Doc: *d}
	if d.Clause != "" {
		r.Clause = search.ClauseRef(d.Matter, d.Clause)
	}
	r.TitlePairs, r.TitleWords = split(d.TitleTerms())
	r.Pairs, r.Words = split(d.TextTerms())
	r.Sounds = writeAll(d.SoundTerms())
	r.AlsoPairs, r.AlsoWords = split(d.AlsoTerms())
	seen := map[rune]bool{}
	var signs []string
	for _, text := range []string{d.Title.ZH, d.Title.EN, d.Text.ZH, d.Text.EN, d.Contacts} {
		for _, c := range search.Fold(text) {
			if s := string(c); !seen[c] && search.IsHanTerm(s) {
				seen[c] = true
				signs = append(signs, write(s))
			}
		}
	}
	r.Signs = strings.Join(signs, " ")
	return r
}

// split writes terms into two attributes: pairs of characters, numbers and addresses,
// which are matched as they are, and words with letters.
func split(terms []string) (pairs, words string) {
	var p, w []string
	for _, t := range terms {
		switch {
		case search.MayErr(t) > 0:
			w = append(w, write(t))
		case search.IsHanTerm(t) && len([]rune(t)) == 1: // stands in signs
		default:
			p = append(p, write(t))
		}
	}
	return strings.Join(p, " "), strings.Join(w, " ")
}

const letters = "abcdefghijklmnop"

// write spells a term so that the server takes it for one word: Chinese characters
// as four letters each behind a z, and points and signs inside numbers as letters.
func write(term string) string {
	plain := true
	for _, r := range term {
		plain = plain && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0xC0 && r < 0x2E80)
	}
	if plain {
		return term
	}
	var b strings.Builder
	b.WriteByte('z')
	for _, r := range term {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '.':
			b.WriteByte('y')
		case r == '-':
			b.WriteByte('x')
		case r == ':':
			b.WriteByte('w')
		case r == '§':
			b.WriteByte('v')
		default:
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(letters[r>>shift&15])
			}
			if r > 0xFFFF {
				b.WriteByte('q' + byte(r>>16&3))
			}
		}
	}
	return b.String()
}

func writeAll(terms []string) string {
	out := make([]string, len(terms))
	for i, t := range terms {
		out[i] = write(t)
	}
	return strings.Join(out, " ")
}

// keyOf is the document's id in the letters that the server allows.
func keyOf(id string) string { return base64.RawURLEncoding.EncodeToString([]byte(id)) }

// own are the attributes of a document without what stands around it.
var own = []string{"title_words", "title_pairs", "words", "pairs", "signs", "sounds"}

// settings of an index. The form of the rows and these belong to [search.Mapping].
func settings() *meilisearch.Settings {
	same := map[string][]string{}
	search.Synonyms(func(word []string, others [][]string) {
		key := writeAll(word)
		for _, o := range others {
			if v := writeAll(o); !slices.Contains(same[key], v) {
				same[key] = append(same[key], v)
			}
		}
	})
	return &meilisearch.Settings{
		SearchableAttributes: append(append([]string{}, own...), "also_words", "also_pairs"),
		DisplayedAttributes:  []string{"id", "doc", "position"},
		FilterableAttributes: []string{"kind", "matter", "year", "stance", "outcome", "changed", "state", "clause"},
		SortableAttributes:   []string{"at", "supports", "weight"},
		RankingRules:         []string{"sort", "words", "typo", "attribute", "weight:desc", "proximity", "exactness", "at:desc"},
		Synonyms:             same,
		TypoTolerance: &meilisearch.TypoTolerance{Enabled: true, DisableOnNumbers: true, DisableOnWords: []string{},
			MinWordSizeForTypos: meilisearch.MinWordSizeForTypos{OneTypo: 4, TwoTypos: 8},
			DisableOnAttributes: []string{"title_pairs", "pairs", "signs", "sounds", "also_pairs"}},
		Pagination:     &meilisearch.Pagination{MaxTotalHits: search.OffsetMost + search.PageLimit},
		Faceting:       &meilisearch.Faceting{MaxValuesPerFacet: search.FacetMost},
		SearchCutoffMs: 1200,
	}
}
