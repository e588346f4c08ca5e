package search

import (
	"context"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// hearingSource makes a document of each hearing: what it is about, where and by which
// rules.
var hearingSource = Source{
	Kind: index.KindHearing,
	Page: "/hearings/:id",
	Touched: func(e models.Event) []Touch {
		if id, ok := strings.CutPrefix(e.Topic, models.HearingTopic("")); ok && strings.HasPrefix(e.Kind, "hearings.") {
			return []Touch{{Kind: index.KindHearing, ID: id}}
		}
		if e.Kind == "hearings.saved" {
			return []Touch{{Kind: index.KindHearing, ID: payloadOf(e).ID}}
		}
		return nil
	},
	IDs: func(ctx context.Context, db *models.DB, matter, after string, limit int) ([]string, string, error) {
		if matter != "" {
			if id, ok := strings.CutPrefix(matter, models.HearingTopic("")); ok && after == "" {
				return []string{id}, id, nil
			}
			return nil, "", nil
		}
		return ending(db.HearingIDsAfter(ctx, after, limit))
	},
	Load: func(ctx context.Context, l *loader, ids []string, desk bool) ([]index.Document, error) {
		list, err := l.db.HearingsByID(ctx, ids)
		var out []index.Document
		for _, id := range ids {
			h, ok := list[id]
			if !ok || !desk && h.PublishedAt == nil {
				continue
			}
			d := index.Document{ID: documentID(index.KindHearing, id), Kind: index.KindHearing, Matter: models.HearingTopic(id), Title: index.Words{ZH: h.TitleZH, EN: h.TitleEN},
				Text: index.Words{ZH: lines(h.AboutZH, h.PlaceZH, h.AccessZH, h.MethodZH, h.RulesZH), EN: lines(h.AboutEN, h.PlaceEN, h.AccessEN, h.MethodEN, h.RulesEN)}, Path: "/hearings/" + id, At: h.CreatedAt}
			switch {
			case h.PublishedAt == nil:
				d.State, d.Path = "draft", "/desk/hearings/"+id
			case h.StartsAt != nil:
				d.At, d.Since = *h.StartsAt, *h.PublishedAt
			default:
				d.At = *h.PublishedAt
			}
			d.Year = l.yearOf(d.At)
			out = append(out, d)
		}
		return out, err
	},
	Matters: func(ctx context.Context, db *models.DB) ([]Matter, error) {
		list, err := db.AllHearings(ctx)
		var out []Matter
		for _, h := range list {
			out = append(out, Matter{ID: models.HearingTopic(h.ID), UnitID: h.UnitID, Under: models.ConsultationTopic(h.ConsultationID), Title: index.Words{ZH: h.TitleZH, EN: h.TitleEN},
				Path: "/hearings/" + h.ID, Public: h.PublishedAt != nil})
			out = append(out, registrationMatters(h)...)
		}
		return out, err
	},
}

func lines(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n")
}
