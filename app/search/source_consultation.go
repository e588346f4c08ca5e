package search

import (
	"context"
	"encoding/json"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// consultationSource makes a document of each consultation: its title, summary and
// explanation.
var consultationSource = Source{
	Kind: index.KindConsultation,
	Touched: func(e models.Event) []Touch {
		area, _, _ := strings.Cut(e.Kind, ".")
		if id := consultationOf(e); id != "" && (area == "consultations" || area == "versions") {
			return []Touch{{Kind: index.KindConsultation, ID: id}}
		}
		if e.Kind == "drafting.saved" {
			return []Touch{{Kind: index.KindConsultation, ID: payloadOf(e).ID}}
		}
		return nil
	},
	IDs: func(ctx context.Context, db *models.DB, matter, after string, limit int) ([]string, string, error) {
		if matter != "" {
			return ofMatter(matter, after)
		}
		return ending(db.ConsultationIDsAfter(ctx, after, limit))
	},
	Load:    loadConsultations,
	Matters: consultationMatters,
}

// ofMatter is the one id of kinds that have one document for each consultation.
func ofMatter(matter, after string) ([]string, string, error) {
	id, ok := strings.CutPrefix(matter, models.ConsultationTopic(""))
	if !ok || after != "" {
		return nil, after, nil
	}
	return []string{id}, id, nil
}

// ending gives the last id as the place to go on.
func ending(ids []string, err error) ([]string, string, error) {
	if len(ids) == 0 {
		return nil, "", err
	}
	return ids, ids[len(ids)-1], err
}

func loadConsultations(ctx context.Context, l *loader, ids []string, desk bool) ([]index.Document, error) {
	if err := l.need(ctx, ids); err != nil {
		return nil, err
	}
	var out []index.Document
	for _, id := range ids {
		c, ok := l.may(id, desk)
		if !ok {
			continue
		}
		d := index.Document{ID: documentID(index.KindConsultation, id), Kind: index.KindConsultation, Matter: models.ConsultationTopic(id),
			Title: index.Words{ZH: c.TitleZH, EN: c.TitleEN}, Text: summary(c), Path: "/consultations/" + id, At: c.CreatedAt}
		if c.PublishedAt != nil {
			d.At = *c.PublishedAt
		} else {
			d.State = "draft"
		}
		d.Year = l.yearOf(d.At)
		out = append(out, d)
	}
	return out, nil
}

// summary is what a notice says before the text itself.
func summary(c models.Consultation) index.Words {
	var p models.Points
	_ = json.Unmarshal([]byte(c.Points), &p) // an empty one says nothing
	join := func(parts ...string) string {
		var kept []string
		for _, s := range parts {
			if s = strings.TrimSpace(s); s != "" {
				kept = append(kept, s)
			}
		}
		return strings.Join(kept, "\n")
	}
	return index.Words{
		ZH: join(append(append([]string{}, p.ZH...), p.WhoZH, p.WhatZH, c.ExplanationZH, c.NextZH)...),
		EN: join(append(append([]string{}, p.EN...), p.WhoEN, p.WhatEN, c.ExplanationEN, c.NextEN)...),
	}
}

func consultationMatters(ctx context.Context, db *models.DB) ([]Matter, error) {
	list, err := db.AllConsultations(ctx)
	var out []Matter
	for _, c := range list {
		out = append(out, Matter{ID: models.ConsultationTopic(c.ID), UnitID: c.UnitID, Topic: c.Topic, Title: index.Words{ZH: c.TitleZH, EN: c.TitleEN},
			Path: "/consultations/" + c.ID, Public: public(c), Status: func(now now) string { return string(c.Status(now)) }})
	}
	return out, err
}
