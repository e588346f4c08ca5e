package search

import (
	"context"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// recordSource makes a document of the record (笔录) of each hearing: what was said, once
// it is open for correction. Its id is that of the hearing.
var recordSource = Source{
	Kind: index.KindRecord,
	Page: "/hearings/:id/record",
	Touched: func(e models.Event) []Touch {
		switch e.Kind {
		case "hearings.record_opened", "hearings.record_changed", "hearings.recorded":
			if id, ok := strings.CutPrefix(e.Topic, models.HearingTopic("")); ok {
				return []Touch{{Kind: index.KindRecord, ID: id}}
			}
		}
		return nil
	},
	IDs: hearingSource.IDs,
	Load: func(ctx context.Context, l *loader, ids []string, _ bool) ([]index.Document, error) {
		list, err := l.db.HearingsByID(ctx, ids)
		if err != nil {
			return nil, err
		}
		var out []index.Document
		for _, id := range ids {
			h, ok := list[id]
			if !ok || h.PublishedAt == nil {
				continue
			}
			about := models.HearingTopic(id)
			r, err := l.db.RecordOf(ctx, about)
			if models.IsNotFound(err) || err == nil && r.OpenedAt == nil {
				continue
			}
			if err != nil {
				return nil, err
			}
			entries, err := l.db.RecordEntries(ctx, about)
			if err != nil {
				return nil, err
			}
			d := index.Document{ID: documentID(index.KindRecord, id), Kind: index.KindRecord, Matter: about, Text: recordText(r, entries), Also: h.TitleZH + "\n" + h.TitleEN, Path: "/hearings/" + id + "/record", At: *r.OpenedAt}
			d.Year = l.yearOf(d.At)
			out = append(out, d)
		}
		return out, nil
	},
}

// recordText is the summary and then who said what, one line each.
func recordText(r models.Record, entries []models.RecordEntry) index.Words {
	zh, en := []string{r.SummaryZH}, []string{r.SummaryEN}
	for _, e := range entries {
		if e.TextZH != "" {
			zh = append(zh, spoken(e.Speaker, "：", e.TextZH))
		}
		if e.TextEN != "" {
			en = append(en, spoken(e.Speaker, ": ", e.TextEN))
		}
	}
	return index.Words{ZH: lines(zh...), EN: lines(en...)}
}

func spoken(speaker, sign, text string) string {
	if speaker == "" {
		return text
	}
	return strings.TrimSpace(speaker) + sign + text
}
