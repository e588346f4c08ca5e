package search

import (
	"context"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// answerSource makes a document of each answer: the decision with its reason. The
// public sees it once the report is published.
var answerSource = Source{
	Kind: index.KindAnswer,
	Touched: func(e models.Event) []Touch {
		switch e.Kind {
		case "answers.given", "consultations.answered", "consultations.withdrawn":
			return []Touch{{Kind: index.KindAnswer, Matter: e.Topic}}
		case "answers.drafted":
			return []Touch{{Kind: index.KindAnswer, Matter: models.ConsultationTopic(payloadOf(e).Consultation)}}
		}
		return nil
	},
	IDs: func(ctx context.Context, db *models.DB, matter, after string, limit int) ([]string, string, error) {
		of := ""
		if matter != "" {
			var ok bool
			if of, ok = strings.CutPrefix(matter, models.ConsultationTopic("")); !ok {
				return nil, "", nil
			}
		}
		return ending(db.AnswerIDsAfter(ctx, of, after, limit))
	},
	Load: loadAnswers,
}

func loadAnswers(ctx context.Context, l *loader, ids []string, desk bool) ([]index.Document, error) {
	list, err := l.db.AnswersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var of []string
	for _, a := range list {
		of = append(of, a.ConsultationID)
	}
	if err := l.need(ctx, of); err != nil {
		return nil, err
	}
	var out []index.Document
	for _, id := range ids {
		a, ok := list[id]
		if !ok || !desk && a.PublishedAt == nil {
			continue
		}
		if _, ok := l.may(a.ConsultationID, desk); !ok {
			continue
		}
		d, err := l.draft(ctx, a.ConsultationID, desk)
		if err != nil {
			return nil, err
		}
		doc := index.Document{ID: documentID(index.KindAnswer, id), Kind: index.KindAnswer, Matter: models.ConsultationTopic(a.ConsultationID), Clause: a.ClauseKey,
			Text: index.Words{ZH: a.ReasonZH, EN: a.ReasonEN}, Path: "/consultations/" + a.ConsultationID + "/adoption", Outcome: string(a.Decision), At: a.UpdatedAt}
		if a.PublishedAt != nil {
			doc.At = *a.PublishedAt
		} else {
			doc.State = "draft"
		}
		if c := d.clauses[a.ClauseKey]; c != nil {
			doc.Number = c.Number
		}
		doc.Year = l.yearOf(doc.At)
		out = append(out, doc)
	}
	return out, nil
}
