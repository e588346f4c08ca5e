package consultations

import (
	"context"
	"strconv"
	"strings"
	"time"

	"minyi/app/kit/outline"
	"minyi/models"
)

// Text is one version of a draft in memory. It is never changed.
type Text struct {
	Version models.Version
	Clauses []models.Clause // in document order
	// Links say what the clauses of the version before became in this one.
	Links []models.ClauseLink

	at     map[string]int    // places in Clauses by key
	units  map[string]int    // places in Units by key
	unitOf map[string]string // the unit's key by the key of anything inside
	body   map[string]string // whole text of a unit, by key
	bodyEN map[string]string
	Units  []Unit
	Levels map[string]int // heading level of units and structure, by key
	// Translated says that the version has a working translation.
	Translated bool
}

// Unit is what people read and comment on as one: an article with its
// paragraphs, or a heading of a draft that has no articles.
type Unit struct {
	models.Clause
	// Parts are the clauses inside, in document order.
	Parts []models.Clause
	// Chapter is the key of the outermost structure around it, or "".
	Chapter string
}

// Text reads a version; public ones are kept in memory.
func (s *Service) Text(ctx context.Context, v models.Version) (*Text, error) {
	key := cacheKey(v)
	s.mu.Lock()
	t := s.texts[key]
	s.mu.Unlock()
	if t != nil {
		return t, nil
	}
	clauses, err := s.db.ClausesOf(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	links, err := s.db.LinksInto(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	t = NewText(v, clauses, links)
	if v.PublishedAt == nil {
		return t, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.texts) >= keptTexts {
		clear(s.texts)
	}
	s.texts[key] = t
	return t, nil
}

// cacheKey holds the moment of publishing too: a publication that is undone and
// repeated may have another text.
func cacheKey(v models.Version) string {
	if v.PublishedAt == nil {
		return v.ID
	}
	return v.ID + v.PublishedAt.UTC().Format(time.RFC3339Nano)
}

// NewText reads the clauses of a version, in document order, and what those of the
// version before became in it.
func NewText(v models.Version, clauses []models.Clause, links []models.ClauseLink) *Text {
	t := &Text{Version: v, Clauses: clauses, Links: links, at: map[string]int{}, units: map[string]int{}, unitOf: map[string]string{}, body: map[string]string{}, bodyEN: map[string]string{}, Levels: map[string]int{}}
	for i, c := range clauses {
		t.at[c.Key] = i
		t.Translated = t.Translated || c.TextEN != "" || c.TitleEN != ""
	}
	for i, c := range clauses {
		t.place(i, c)
	}
	for i := range t.Units {
		u := &t.Units[i]
		t.body[u.Key] = joined(u, func(c models.Clause) (string, string) { return c.Number, c.Text })
		t.bodyEN[u.Key] = joined(u, func(c models.Clause) (string, string) { return NumberEN(c), c.TextEN })
	}
	return t
}

// place puts a clause into the unit that it belongs to, or makes it one.
func (t *Text) place(i int, c models.Clause) {
	above := t.unitOf[c.ParentKey]
	if above != "" && !c.Target {
		t.unitOf[c.Key] = above
		u := &t.Units[t.units[above]]
		u.Parts = append(u.Parts, c)
		return
	}
	level, chapter, parent := 2, "", c.ParentKey
	for parent != "" && level < 12 {
		p, ok := t.at[parent]
		if !ok || p >= i {
			break
		}
		level++
		chapter, parent = t.Clauses[p].Key, t.Clauses[p].ParentKey
	}
	t.Levels[c.Key] = min(level, 6)
	if Structural(c.Kind) {
		if chapter == "" {
			chapter = c.Key
		}
		if !c.Target {
			return
		}
	}
	t.unitOf[c.Key], t.units[c.Key] = c.Key, len(t.Units)
	t.Units = append(t.Units, Unit{Clause: c, Chapter: chapter})
}

// Structural tells parts, chapters, sections and headings from what has a text of
// its own.
func Structural(kind string) bool {
	switch outline.Kind(kind) {
	case outline.Part, outline.Chapter, outline.Section, outline.Heading:
		return true
	}
	return false
}

func joined(u *Unit, text func(models.Clause) (number, text string)) string {
	var lines []string
	add := func(number, text string) {
		if line := strings.TrimSpace(number + text); line != "" {
			lines = append(lines, line)
		}
	}
	_, own := text(u.Clause)
	add("", own)
	for _, p := range u.Parts {
		number, words := text(p)
		if words != "" {
			add(number+partTitle(p), words)
		}
	}
	return strings.Join(lines, "\n")
}

func partTitle(c models.Clause) string {
	if c.Title == "" {
		return ""
	}
	return c.Title + " "
}

// NumberEN is the number of a paragraph or an item in English: it keeps numbers that any reader can read and turns the brackets of
// Chinese items into plain ones.
func NumberEN(c models.Clause) string {
	n := outline.Number(c.Number)
	switch {
	case n > 0 && outline.Kind(c.Kind) == outline.Item:
		return "(" + strconv.Itoa(n) + ") "
	case c.Number != "" && c.Number[0] < 0x80:
		return c.Number + " "
	}
	return ""
}

// Clause finds a clause by its key.
func (t *Text) Clause(key string) (models.Clause, bool) {
	i, ok := t.at[key]
	if !ok {
		return models.Clause{}, false
	}
	return t.Clauses[i], true
}

// Unit finds the unit of a key, its own or that of a clause inside.
func (t *Text) Unit(key string) (Unit, bool) {
	own, ok := t.unitOf[key]
	if !ok {
		return Unit{}, false
	}
	return t.Units[t.units[own]], true
}

// Neighbours are the units before and after a unit; their keys are empty at the
// ends.
func (t *Text) Neighbours(key string) (before, after Unit) {
	i, ok := t.units[key]
	if ok && i > 0 {
		before = t.Units[i-1]
	}
	if ok && i < len(t.Units)-1 {
		after = t.Units[i+1]
	}
	return before, after
}

// Body is the whole text of a unit, a line for each paragraph, in the language
// asked for if there is a translation of it.
func (t *Text) Body(key, lang string) string {
	if lang == "en" && t.bodyEN[key] != "" {
		return t.bodyEN[key]
	}
	return t.body[key]
}

// Outline is the version as the comparison reads it, with permanent keys.
func (t *Text) Outline(lang string) outline.Outline {
	o := outline.Outline{Title: t.Version.TitleZH}
	for _, c := range t.Clauses {
		title, text := c.Title, c.Text
		if lang == "en" && (c.TextEN != "" || c.TitleEN != "") {
			title, text = c.TitleEN, c.TextEN
		}
		o.Clauses = append(o.Clauses, outline.Clause{Key: c.Key, Kind: outline.Kind(c.Kind), Number: c.Number, Title: title, Depth: c.Depth, Parent: c.ParentKey, Text: text})
	}
	return o
}

// splitAbove is the number of units above which a draft is shown by chapter.
const splitAbove = 120

// preambleMost is how many units before the first chapter are shown with it.
const preambleMost = 10

// Piece is a part of a long draft that is shown by itself: a chapter, or a run of
// clauses where there are no chapters. Key is that of its first clause.
type Piece struct {
	Key         string
	First, Last int // places in Clauses, the last one included
	Units       []Unit
}

// Pieces cuts the draft into what is shown at once: one piece for a usual one,
// its chapters for a very long one, the first with the few lines that stand before it.
func (t *Text) Pieces() []Piece {
	whole := Piece{First: 0, Last: len(t.Clauses) - 1, Units: t.Units}
	if len(t.Clauses) > 0 {
		whole.Key = t.Clauses[0].Key
	}
	if len(t.Units) <= splitAbove {
		return []Piece{whole}
	}
	var pieces []Piece
	begun := false // a chapter
	for i, c := range t.Clauses {
		_, isUnit := t.Levels[c.Key]
		root := c.ParentKey == "" && Structural(c.Kind) && hasInside(t, i)
		full := len(pieces) > 0 && isUnit && len(pieces[len(pieces)-1].Units) >= splitAbove
		preamble := root && !begun && len(pieces) == 1 && len(pieces[0].Units) <= preambleMost
		begun = begun || root
		if len(pieces) == 0 || root && !preamble && len(pieces[len(pieces)-1].Units) > 0 || full {
			pieces = append(pieces, Piece{Key: c.Key, First: i})
		}
		p := &pieces[len(pieces)-1]
		p.Last = i
		if u, ok := t.Unit(c.Key); ok && u.Key == c.Key {
			p.Units = append(p.Units, u)
		}
	}
	return pieces
}

func hasInside(t *Text, i int) bool {
	return i+1 < len(t.Clauses) && t.Clauses[i+1].ParentKey == t.Clauses[i].Key
}

// PieceOf is the place in pieces of the one that holds a key; 0 if none does.
func (t *Text) PieceOf(pieces []Piece, key string) int {
	at, ok := t.at[key]
	for i, p := range pieces {
		if ok && at >= p.First && at <= p.Last {
			return i
		}
	}
	return 0
}
