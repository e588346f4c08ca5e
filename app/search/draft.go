package search

import (
	"context"
	"strings"
	"sync"
	"time"

	"minyi/models"
	index "minyi/search"
)

type timeZone = time.Location

// draft is the newest text of a consultation, by clause.
type draft struct {
	clauses map[string]*clauseText
}

// clauseText is a clause with all that stands inside of it.
type clauseText struct {
	Number  string
	Title   index.Words
	Text    index.Words
	Above   []string // names of chapters around it
	Changed bool     // it differs from the version before
}

// texts keeps drafts of versions that never change any more.
type texts struct {
	mu   sync.Mutex
	kept map[string]*draft
}

const keptDrafts = 300 // far more than are written about at one time

// draft gives the newest version that may be seen: for the desk also one that is not
// public yet. It is empty where there is none.
func (l *loader) draft(ctx context.Context, consultation string, desk bool) (*draft, error) {
	key := draftKey{consultation, desk}
	if d, ok := l.drafts[key]; ok {
		return d, nil
	}
	versions, err := l.db.VersionsOf(ctx, consultation)
	if err != nil {
		return nil, err
	}
	var newest *models.Version
	for i := range versions {
		if versions[i].PublishedAt != nil || desk {
			newest = &versions[i]
		}
	}
	d := &draft{clauses: map[string]*clauseText{}}
	if newest != nil {
		if d, err = l.read(ctx, *newest); err != nil {
			return nil, err
		}
	}
	l.drafts[key] = d
	return d, nil
}

func (l *loader) read(ctx context.Context, v models.Version) (*draft, error) {
	name := ""
	if v.PublishedAt != nil {
		name = v.ID + v.PublishedAt.UTC().Format(time.RFC3339Nano)
		l.texts.mu.Lock()
		d, ok := l.texts.kept[name]
		l.texts.mu.Unlock()
		if ok {
			return d, nil
		}
	}
	rows, err := l.db.ClausesOf(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	links, err := l.db.LinksInto(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	d := newDraft(rows, links)
	if name != "" {
		l.texts.mu.Lock()
		if len(l.texts.kept) >= keptDrafts {
			clear(l.texts.kept)
		}
		l.texts.kept[name] = d
		l.texts.mu.Unlock()
	}
	return d, nil
}

func newDraft(rows []models.Clause, links []models.ClauseLink) *draft {
	d := &draft{clauses: map[string]*clauseText{}}
	names, parents, owner := map[string]string{}, map[string]string{}, map[string]string{}
	for _, r := range rows {
		parents[r.Key] = r.ParentKey
		names[r.Key] = strings.TrimSpace(r.Number + " " + r.Title + " " + r.TitleEN)
		if r.Target {
			c := &clauseText{Number: r.Number, Title: index.Words{ZH: r.Title, EN: r.TitleEN}}
			for at := r.ParentKey; at != "" && len(c.Above) < 5; at = parents[at] {
				c.Above = append(c.Above, names[at])
			}
			d.clauses[r.Key], owner[r.Key] = c, r.Key
		} else if o, ok := owner[r.ParentKey]; ok {
			owner[r.Key] = o
		}
		if c := d.clauses[owner[r.Key]]; c != nil {
			number := ""
			if owner[r.Key] != r.Key {
				number = r.Number + r.Title
			}
			c.Text.ZH = line(c.Text.ZH, number, r.Text)
			c.Text.EN = line(c.Text.EN, "", r.TextEN)
		}
	}
	for _, k := range links {
		if c := d.clauses[k.NewKey]; c != nil && k.Change != "same" && k.Change != "moved" {
			c.Changed = true
		}
	}
	return d
}

func line(before, number, text string) string {
	text = number + text
	if text == "" || before == "" {
		return before + text
	}
	return before + "\n" + text
}

// yearOf is the year of a moment in the site's zone.
func (l *loader) yearOf(t time.Time) int { return t.In(l.zone()).Year() }
