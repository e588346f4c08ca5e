package answers

import (
	"context"
	"time"

	"minyi/models"
)

// AdoptionPage is how many rows of the adoption table stand on a web page.
const AdoptionPage = 100

// Row is one line of the adoption table (procedure.md §5): every opinion stands in
// it once, in the order in which the opinions were received.
type Row struct {
	Number int64
	// Author is the name that the person chose to show, empty for anonymous.
	Author     string
	Body       string
	Suggestion string
	// Withheld says that the text is not shown: hidden or erased.
	Withheld string
	Stance   models.Stance
	Channel  models.Channel
	Decision models.Decision
	ReasonZH string
	ReasonEN string
	// Clause is where it was said, Changed the clause that was changed because of it.
	ClauseKey, Clause   string
	Version             int
	ChangedKey, Changed string
	ChangedIn           int
	OpinionID           string
}

// Why a text is withheld.
const (
	WithheldHidden = "hidden"
	WithheldErased = "erased"
	WithheldHeld   = "held"
)

// Reason is the reason in a language.
func (r Row) Reason(lang string) string { return In(lang, r.ReasonZH, r.ReasonEN) }

// Adoption is the head of the adoption table. The rows are read by Rows, so that a
// table of any length takes little memory.
type Adoption struct {
	Consultation models.Consultation
	Unit         models.Unit
	From, To     time.Time // the time for comments
	At           time.Time // when the answers were published
	Sums         Sums
	Corrections  []Correction
	// Public is how many opinions everybody can see; only [Service.SoFar] counts them.
	Public int64

	s     *Service
	texts draft
}

// SoFar is the head of a table whose answers are not public yet: the window, and how
// many opinions everybody can see. Errors: NotFound for what is not public, Gone.
func (s *Service) SoFar(ctx context.Context, id string) (Adoption, error) {
	c, u, err := s.open(ctx, id)
	if err != nil {
		return Adoption{}, err
	}
	a := Adoption{Consultation: c, Unit: u}
	a.window()
	counts, err := s.db.ClauseCounts(ctx, id)
	a.Public = counts[""].Total
	return a, err
}

// window fills in when comments are taken.
func (a *Adoption) window() {
	if a.Consultation.OpensAt != nil {
		a.From = *a.Consultation.OpensAt
	}
	if a.Consultation.ClosesAt != nil {
		a.To = *a.Consultation.ClosesAt
	}
}

// Adoption gives the adoption table. Errors: NotFound while the answers are not
// public, Gone.
func (s *Service) Adoption(ctx context.Context, id string) (Adoption, error) {
	c, u, err := s.open(ctx, id)
	if err != nil {
		return Adoption{}, err
	}
	if c.AnsweredAt == nil {
		return Adoption{}, models.ErrNotFound
	}
	a := Adoption{Consultation: c, Unit: u, At: *c.AnsweredAt, s: s}
	a.window()
	tallies, err := s.db.Tallies(ctx, id)
	if err != nil {
		return a, err
	}
	for _, t := range tallies {
		a.Sums.add(t.Decision, t.N)
	}
	r, err := s.db.Response(ctx, id)
	if err != nil {
		return a, err
	}
	if a.Corrections, err = CorrectionsOf(r); err != nil {
		return a, err
	}
	a.texts, err = s.texts(ctx, id, true)
	return a, err
}

// Page reads up to limit rows after the given number; more says that others follow.
func (a Adoption) Page(ctx context.Context, after int64, limit int) (rows []Row, more bool, err error) {
	q := models.QueueQuery{ConsultationIDs: []string{a.Consultation.ID}, After: &models.QueuePlace{ConsultationID: a.Consultation.ID, Number: after}, Limit: limit + 1}
	list, err := a.s.db.Queue(ctx, q)
	if err != nil {
		return nil, false, err
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	given, err := a.s.db.PublishedAnswers(ctx, list)
	if err != nil {
		return nil, false, err
	}
	for _, o := range list {
		rows = append(rows, a.row(o, given[o.ID]))
	}
	return rows, more, nil
}

// Rows calls each for every row, reading some hundred at a time.
func (a Adoption) Rows(ctx context.Context, each func(Row) error) error {
	after := int64(0)
	for {
		rows, more, err := a.Page(ctx, after, 500)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := each(r); err != nil {
				return err
			}
			after = r.Number
		}
		if !more {
			return nil
		}
	}
}

func (a Adoption) row(o models.Opinion, given models.Answer) Row {
	r := Row{
		Number: o.Number, Body: o.Body, Suggestion: o.Suggestion, Stance: o.Stance, Channel: o.Channel, OpinionID: o.ID,
		Decision: given.Decision, ReasonZH: given.ReasonZH, ReasonEN: given.ReasonEN,
		ClauseKey: o.ClauseKey, Clause: a.number(o.VersionNumber, o.ClauseKey), Version: o.VersionNumber,
		ChangedKey: given.ClauseKey, Changed: a.number(given.VersionNumber, given.ClauseKey), ChangedIn: given.VersionNumber,
	}
	if a.texts.byVersion[given.VersionNumber] == nil { // a version that the public does not know
		r.ChangedKey, r.Changed, r.ChangedIn = "", "", 0
	}
	if o.Display != models.Anonymous {
		r.Author = o.DisplayName
	}
	switch {
	case o.ErasedAt != nil:
		r.Withheld = WithheldErased
	case o.HiddenAt != nil:
		r.Withheld = WithheldHidden
	case !o.Shown:
		r.Withheld = WithheldHeld
	}
	if r.Withheld != "" {
		r.Body, r.Suggestion, r.Author = "", "", ""
	}
	return r
}

// number names a clause as it stood in a version; clauses that are gone there are
// named as they were last.
func (a Adoption) number(version int, key string) string {
	if n, ok := a.texts.byVersion[version][key]; ok {
		return n
	}
	return a.texts.named[key].Number
}
