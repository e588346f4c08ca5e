package search

import (
	"context"
	"slices"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// clauseSource makes a document of each clause that can be commented on, as it stands
// in the newest version. Its id is "<consultation>:<key>".
var clauseSource = Source{
	Kind: index.KindClause,
	Touched: func(e models.Event) []Touch {
		switch e.Kind {
		case "consultations.published", "consultations.unpublished", "consultations.withdrawn", "versions.published":
			return []Touch{{Kind: index.KindClause, Matter: e.Topic}}
		}
		if e.Kind == "drafting.saved" {
			return []Touch{{Kind: index.KindClause, Matter: models.ConsultationTopic(payloadOf(e).ID)}}
		}
		return nil
	},
	IDs: func(ctx context.Context, db *models.DB, matter, after string, limit int) ([]string, string, error) {
		var consultations []string
		next := after
		if matter != "" {
			consultations, next, _ = ofMatter(matter, after)
		} else {
			var err error
			if consultations, next, err = ending(db.ConsultationIDsAfter(ctx, after, 5)); err != nil {
				return nil, "", err
			}
		}
		ids := make([]string, 0, limit)
		for _, c := range consultations {
			keys, err := db.ClauseKeys(ctx, c)
			if err != nil {
				return nil, "", err
			}
			for _, k := range keys {
				ids = append(ids, c+":"+k)
			}
		}
		if len(ids) == 0 && len(consultations) > 0 { // drafts without a text; go on behind them
			return []string{consultations[0] + ":"}, next, nil
		}
		return ids, next, nil
	},
	Load: loadClauses,
}

func loadClauses(ctx context.Context, l *loader, ids []string, desk bool) ([]index.Document, error) {
	var of []string
	for _, id := range ids {
		c, _, _ := strings.Cut(id, ":")
		of = append(of, c)
	}
	slices.Sort(of)
	of = slices.Compact(of)
	if err := l.need(ctx, of); err != nil {
		return nil, err
	}
	var out []index.Document
	for _, id := range ids {
		of, key, _ := strings.Cut(id, ":")
		c, ok := l.may(of, desk)
		if !ok {
			continue
		}
		d, err := l.draft(ctx, of, desk)
		if err != nil {
			return nil, err
		}
		text, ok := d.clauses[key]
		if !ok { // only an earlier version has it
			continue
		}
		doc := index.Document{ID: documentID(index.KindClause, id), Kind: index.KindClause, Matter: models.ConsultationTopic(of), Clause: key, Number: text.Number, Title: text.Title,
			Text: text.Text, Also: strings.Join(append([]string{c.TitleZH, c.TitleEN}, text.Above...), "\n"), Path: "/consultations/" + of + "/clauses/" + key, Changed: text.Changed, At: c.CreatedAt}
		if c.PublishedAt != nil {
			doc.At = *c.PublishedAt
		} else {
			doc.State = "draft"
		}
		doc.Year = l.yearOf(doc.At)
		out = append(out, doc)
	}
	return out, nil
}
