package consultations

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Relation is another clause that a clause came from or went to.
type Relation struct {
	Key, Kind, Number, Title string
	Version                  int
	Change                   string // as in app/kit/compare
	Total                    int64  // opinions on it
}

// ClauseView is one clause as its page shows it.
type ClauseView struct {
	Seen
	Text *Text // the version shown: the newest that has the clause
	Unit Unit
	// Gone says that the newest version has no such clause any more.
	Gone bool
	// Became says where it went, Earlier what was taken up into it.
	Became, Earlier []Relation
	Before, After   Unit
	Counts          map[string]models.ClauseCount // of all clauses, by key
	// Former are the texts of the earlier versions by number, for who wrote then.
	Former map[int]*Text
}

// Count is how many opinions the clause has.
func (v ClauseView) Count() models.ClauseCount { return v.Counts[v.Unit.Key] }

// ChangedSince says whether the clause's text differs from that of an earlier
// version.
func (v ClauseView) ChangedSince(version int) bool {
	old := v.Former[version]
	return old != nil && old.Body(v.Unit.Key, "zh") != v.Text.Body(v.Unit.Key, "zh")
}

// Clause gives a clause of a consultation that the reader may see already; key may
// also be that of a paragraph inside. A clause that a later version dropped is
// found too. version 0 is the newest. Errors: NotFound.
func (s *Service) Clause(ctx context.Context, who actor.Actor, c models.Consultation, key string, version int) (v ClauseView, err error) {
	if c.WithdrawnAt != nil {
		return v, models.Fail(models.Gone, "consultations.withdrawn_page")
	}
	v.Seen = Seen{Consultation: c}
	all, err := s.db.VersionsOf(ctx, c.ID)
	if err != nil {
		return v, err
	}
	texts, err := s.publicTexts(ctx, all, &v.Seen)
	if err != nil {
		return v, err
	}
	at := -1
	for i := len(texts) - 1; i >= 0 && at < 0; i-- {
		if u, ok := texts[i].Unit(key); ok && (version == 0 || texts[i].Version.Number == version) {
			v.Text, v.Unit, at = texts[i], u, i
		}
	}
	if at < 0 {
		return v, models.ErrNotFound
	}
	_, still := texts[len(texts)-1].Unit(v.Unit.Key)
	v.Gone = !still
	v.Before, v.After = v.Text.Neighbours(v.Unit.Key)
	v.Former = map[int]*Text{}
	for _, t := range texts[:at] {
		if _, ok := t.Clause(v.Unit.Key); ok {
			v.Former[t.Version.Number] = t
		}
	}
	if v.Counts, err = s.db.ClauseCounts(ctx, c.ID); err != nil {
		return v, err
	}
	v.relate(texts)
	return v, nil
}

func (s *Service) publicTexts(ctx context.Context, all []models.Version, seen *Seen) ([]*Text, error) {
	var texts []*Text
	for _, version := range all {
		if version.PublishedAt == nil {
			continue
		}
		seen.Versions = append(seen.Versions, version)
		t, err := s.Text(ctx, version)
		if err != nil {
			return nil, err
		}
		texts = append(texts, t)
	}
	return texts, nil
}

// relate follows the links of all versions from and to the clause.
func (v *ClauseView) relate(texts []*Text) {
	seen := map[string]bool{v.Unit.Key: true}
	for i := 1; i < len(texts); i++ {
		for _, l := range texts[i].Links {
			switch {
			case l.OldKey == v.Unit.Key && l.NewKey != "" && !seen[l.NewKey]:
				if u, ok := texts[i].Unit(l.NewKey); ok && u.Key == l.NewKey {
					seen[l.NewKey] = true
					v.Became = append(v.Became, v.relation(u, texts[i], l))
				}
			case l.NewKey == v.Unit.Key && l.OldKey != "" && !seen[l.OldKey]:
				if u, ok := texts[i-1].Unit(l.OldKey); ok && u.Key == l.OldKey {
					seen[l.OldKey] = true
					v.Earlier = append(v.Earlier, v.relation(u, texts[i-1], l))
				}
			}
		}
	}
}

func (v *ClauseView) relation(u Unit, t *Text, l models.ClauseLink) Relation {
	return Relation{Key: u.Key, Kind: u.Kind, Number: u.Number, Title: u.Title, Version: t.Version.Number, Change: l.Change, Total: v.Counts[u.Key].Total}
}

// PublicOpinion finds an opinion, or a reply to one, that everybody may see.
// Errors: NotFound.
func (s *Service) PublicOpinion(ctx context.Context, id string) (models.Opinion, error) {
	if !models.IsID(id) {
		return models.Opinion{}, models.ErrNotFound
	}
	o, err := s.db.OpinionByID(ctx, id)
	if err == nil && (!o.Shown || o.ErasedAt != nil) {
		err = models.ErrNotFound
	}
	return o, err
}

// Answers gives the published answers to opinions by their ids.
func (s *Service) Answers(ctx context.Context, list []models.Opinion) (map[string]models.Answer, error) {
	var ids []string
	for _, o := range list {
		if o.AnswerID != "" {
			ids = append(ids, o.AnswerID)
		}
	}
	answers, err := s.db.AnswersByID(ctx, ids)
	for id, a := range answers {
		if a.PublishedAt == nil {
			delete(answers, id)
		}
	}
	return answers, err
}

// Draft is a version of the draft as its page shows it.
type Draft struct {
	Seen
	Version models.Version
	Text    *Text
	Counts  map[string]models.ClauseCount
	// Changes compares with the version before, nil for the first one.
	Changes     *Comparison
	Attachments []models.Attachment
}

// Draft gives a version of the draft; number 0 is the newest. Errors: NotFound;
// Gone for a withdrawn consultation.
func (s *Service) Draft(ctx context.Context, who actor.Actor, id string, number int, lang string, preview bool) (d Draft, err error) {
	if d.Seen, err = s.open(ctx, who, id, preview); err != nil {
		return d, err
	}
	var ok bool
	if d.Version, ok = d.Seen.Version(number); !ok {
		return d, models.ErrNotFound
	}
	if d.Text, err = s.Text(ctx, d.Version); err != nil {
		return d, err
	}
	if d.Counts, err = s.db.ClauseCounts(ctx, id); err != nil {
		return d, err
	}
	if before, ok := d.Seen.Version(d.Version.Number - 1); ok && d.Version.Number > 1 {
		if d.Changes, err = s.compared(ctx, before, d.Version, lang); err != nil {
			return d, err
		}
	}
	d.Attachments, err = s.db.AttachmentsOf(ctx, models.OfConsultation, id)
	return d, err
}
