package search

import (
	"context"

	"minyi/models"
	index "minyi/search"
)

// degraded answers from the database: titles of consultations and their clauses, all
// words as they were typed. It counts nothing and says so.
func (s *Service) degraded(ctx context.Context, c *catalogue, ask Ask) (Found, error) {
	out := Found{Degraded: true, Partial: true, Understood: index.Understand(ask.Text), Counts: map[index.Facet][]Count{}}
	if ask.Similar || ask.Clause != "" || ask.Offset > 0 {
		return out, nil
	}
	within, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	list, err := s.o.DB.TitlesWith(within, plainWords(out.Understood), index.PageLimit)
	if err != nil {
		if ctx.Err() != nil || models.KindOf(err) == models.Unavailable && within.Err() == nil {
			return out, err
		}
		return out, nil // too slow: an honest empty answer is better than none
	}
	for _, t := range list {
		d := index.Document{Kind: index.KindConsultation, ID: documentID(index.KindConsultation, t.Consultation.ID), Matter: models.ConsultationTopic(t.Consultation.ID),
			Title: index.Words{ZH: t.Consultation.TitleZH, EN: t.Consultation.TitleEN}, Path: "/consultations/" + t.Consultation.ID}
		if t.Clause != nil {
			d.Kind, d.ID, d.Clause, d.Number = index.KindClause, documentID(index.KindClause, t.Consultation.ID+":"+t.Clause.Key), t.Clause.Key, t.Clause.Number
			d.Title, d.Text = index.Words{ZH: t.Clause.Title, EN: t.Clause.TitleEN}, index.Words{ZH: t.Clause.Text, EN: t.Clause.TextEN}
			d.Path += "/clauses/" + t.Clause.Key
		}
		if t.Consultation.PublishedAt != nil {
			d.At = *t.Consultation.PublishedAt
			d.Year = d.At.In(s.o.Zone).Year()
		}
		m, ok := c.matters[d.Matter]
		if !ok || !m.Public || !s.passes(c, ask, m, "") || !chosen(ask, &d) {
			continue
		}
		out.Hits = append(out.Hits, Hit{Document: d, Matter: m, Unit: c.units[m.UnitID]})
	}
	out.Hits = out.Hits[:min(len(out.Hits), ask.Limit)]
	out.Total = len(out.Hits)
	return out, nil
}

// plainWords are what the database can look for.
func plainWords(u index.Understood) []string {
	var out []string
	if u.ClauseText != "" {
		out = append(out, u.ClauseText)
	}
	for _, t := range u.Terms {
		out = append(out, t.Text())
	}
	return out
}

// chosen says whether a document passes the choices about itself.
func chosen(ask Ask, d *index.Document) bool {
	for _, f := range index.Facets {
		if f == index.ByMatter || len(ask.Choices[f]) == 0 {
			continue
		}
		ok := false
		for _, v := range ask.Choices[f] {
			ok = ok || d.Value(f) == v
		}
		if !ok {
			return false
		}
	}
	return true
}
