package search

import (
	"context"
	"encoding/json"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// reportSource makes a document of the published report of each consultation.
var reportSource = Source{
	Kind: index.KindReport,
	Touched: func(e models.Event) []Touch {
		switch e.Kind {
		case "answers.given", "consultations.answered", "consultations.withdrawn":
			return []Touch{{Kind: index.KindReport, ID: consultationOf(e)}}
		}
		return nil
	},
	IDs:  consultationSource.IDs,
	Load: loadReports,
}

// reportWords are the parts of a stored report that have words.
type reportWords struct {
	Story []struct {
		ZH string `json:"zh"`
		EN string `json:"en"`
	} `json:"story"`
	Clauses []struct {
		SummaryZH string `json:"summary_zh"`
		SummaryEN string `json:"summary_en"`
		ReasonZH  string `json:"reason_zh"`
		ReasonEN  string `json:"reason_en"`
	} `json:"clauses"`
	OutsideZH string `json:"outside_zh"`
	OutsideEN string `json:"outside_en"`
	NextZH    string `json:"next_zh"`
	NextEN    string `json:"next_en"`
}

func (r reportWords) words() index.Words {
	var zh, en []string
	add := func(z, e string) {
		if z != "" {
			zh = append(zh, z)
		}
		if e != "" {
			en = append(en, e)
		}
	}
	for _, l := range r.Story {
		add(l.ZH, l.EN)
	}
	for _, l := range r.Clauses {
		add(l.SummaryZH, l.SummaryEN)
		add(l.ReasonZH, l.ReasonEN)
	}
	add(r.OutsideZH, r.OutsideEN)
	add(r.NextZH, r.NextEN)
	return index.Words{ZH: strings.Join(zh, "\n"), EN: strings.Join(en, "\n")}
}

func loadReports(ctx context.Context, l *loader, ids []string, _ bool) ([]index.Document, error) {
	if err := l.need(ctx, ids); err != nil {
		return nil, err
	}
	list, err := l.db.ResponsesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []index.Document
	for _, id := range ids {
		r, ok := list[id]
		c, seen := l.may(id, false)
		if !ok || !seen || r.PublishedAt == nil {
			continue
		}
		var report reportWords
		if err := json.Unmarshal([]byte(r.Body), &report); err != nil {
			continue // it is shown nowhere either
		}
		out = append(out, index.Document{ID: documentID(index.KindReport, id), Kind: index.KindReport, Matter: models.ConsultationTopic(id),
			Title: index.Words{ZH: c.TitleZH, EN: c.TitleEN}, Text: report.words(), Path: "/consultations/" + id + "/response", Year: l.yearOf(*r.PublishedAt), At: *r.PublishedAt})
	}
	return out, nil
}
