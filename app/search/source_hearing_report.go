package search

import (
	"context"
	"encoding/json"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// hearingReportSource makes a document of the published report of each hearing: how
// each view was treated. It stands beside the reports of consultations, so its id is
// "hearing:<id>".
var hearingReportSource = Source{
	Kind: index.KindReport,
	Page: "/hearings/:id/record",
	Touched: func(e models.Event) []Touch {
		if e.Kind == "hearings.reported" {
			return []Touch{{Kind: index.KindReport, ID: e.Topic}}
		}
		return nil
	},
	IDs: func(ctx context.Context, db *models.DB, matter, after string, limit int) ([]string, string, error) {
		ids, next, err := hearingSource.IDs(ctx, db, matter, after, limit)
		for i, id := range ids {
			ids[i] = models.HearingTopic(id)
		}
		return ids, next, err
	},
	Load: func(ctx context.Context, l *loader, ids []string, _ bool) ([]index.Document, error) {
		var out []index.Document
		for _, topic := range ids {
			id, _ := strings.CutPrefix(topic, models.HearingTopic(""))
			r, err := l.db.ReportOf(ctx, id)
			if models.IsNotFound(err) || err == nil && r.PublishedAt == nil {
				continue
			}
			if err != nil {
				return nil, err
			}
			h, err := l.db.HearingByID(ctx, id)
			if err != nil {
				return nil, err
			}
			text, err := hearingReportText(r)
			if err != nil {
				continue // it is shown nowhere either
			}
			out = append(out, index.Document{ID: documentID(index.KindReport, topic), Kind: index.KindReport, Matter: topic, Title: index.Words{ZH: h.TitleZH, EN: h.TitleEN},
				Text: text, Path: "/hearings/" + id + "/record#report-h", Year: l.yearOf(*r.PublishedAt), At: *r.PublishedAt})
		}
		return out, nil
	},
}

// hearingReportText is the summary and then each view with the reason.
func hearingReportText(r models.HearingReport) (index.Words, error) {
	var items []models.ReportItem
	if err := json.Unmarshal([]byte(r.Items), &items); err != nil {
		return index.Words{}, err
	}
	zh, en := []string{r.SummaryZH}, []string{r.SummaryEN}
	for _, it := range items {
		zh, en = append(zh, it.ViewZH, it.ReasonZH), append(en, it.ViewEN, it.ReasonEN)
	}
	return index.Words{ZH: lines(zh...), EN: lines(en...)}, nil
}
