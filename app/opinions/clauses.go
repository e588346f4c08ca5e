package opinions

import (
	"context"
	"strings"
	"unicode"

	"minyi/models"
)

// Clause is a clause as somebody who writes about it sees it quoted.
type Clause struct {
	// TitleEN is the title in English, empty without a translation.
	Key, Number, Title, TitleEN string
	// Text is the whole clause in Chinese, which governs, a line for each paragraph.
	Text   string
	TextEN string
}

// clausesOf gives the clauses of a public version that can be commented on, by key.
func (s *Service) clausesOf(ctx context.Context, versionID string) (map[string]Clause, error) {
	if v, ok := s.clauses.Load(versionID); ok {
		return v.(map[string]Clause), nil
	}
	rows, err := s.db.ClausesOf(ctx, versionID)
	if err != nil {
		return nil, err
	}
	out, target := map[string]Clause{}, map[string]string{}
	for _, r := range rows {
		if r.Target {
			out[r.Key] = Clause{Key: r.Key, Number: r.Number, Title: r.Title, TitleEN: r.TitleEN, Text: r.Text, TextEN: r.TextEN}
			target[r.Key] = r.Key
			continue
		}
		if in := target[r.ParentKey]; in != "" { // a paragraph or an item of the clause
			target[r.Key] = in
			c := out[in]
			c.Text, c.TextEN = joinLine(c.Text, r.Number, r.Title, r.Text), joinLine(c.TextEN, r.Number, r.TitleEN, r.TextEN)
			out[in] = c
		}
	}
	s.clauses.Store(versionID, out)
	return out, nil
}

func joinLine(before, number, title, text string) string {
	if text == "" {
		return before
	}
	if title != "" {
		title += " "
	}
	return strings.TrimSpace(before + "\n" + number + title + text)
}

// public lists the public versions of a consultation with the clauses of each, by
// number; newest is the last one's number.
func (s *Service) public(ctx context.Context, consultationID string) (byNumber map[int]map[string]Clause, newest int, err error) {
	all, err := s.db.VersionsOf(ctx, consultationID)
	byNumber = map[int]map[string]Clause{}
	for _, v := range all {
		if err == nil && v.PublishedAt != nil {
			byNumber[v.Number], err = s.clausesOf(ctx, v.ID)
			newest = max(newest, v.Number)
		}
	}
	return byNumber, newest, err
}

// sameWords compares without white space: a suggestion that only repeats the
// clause suggests nothing.
func sameWords(a, b string) bool {
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			return r
		}, s)
	}
	return bare(a) == bare(b)
}

// unitOf finds the unit that runs a consultation.
func (s *Service) unitOf(ctx context.Context, c models.Consultation) (models.Unit, error) {
	return s.db.UnitByID(ctx, c.UnitID)
}

// Quoted finds a clause of the newest public version and the consultation's title
// in a language, for a form that is shown again. Errors: NotFound.
func (s *Service) Quoted(ctx context.Context, consultationID, key string) (Clause, func(lang string) string, error) {
	c, err := s.visible(ctx, consultationID)
	if err != nil {
		return Clause{}, nil, err
	}
	versions, newest, err := s.public(ctx, c.ID)
	if err != nil {
		return Clause{}, nil, err
	}
	clause, ok := versions[newest][key]
	if !ok {
		return clause, nil, models.ErrNotFound
	}
	return clause, c.Title, nil
}
