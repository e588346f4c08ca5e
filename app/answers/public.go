package answers

import (
	"context"
	"time"

	"minyi/models"
)

// Response is what the public sees of the answers of a consultation.
type Response struct {
	Consultation models.Consultation
	Unit         models.Unit
	// Published is false while the opinions are being worked on: then only the
	// consultation is there.
	Published   bool
	At          time.Time
	Report      Report
	Figures     Figures // frozen when it was published
	Corrections []Correction
	Clauses     []ClauseOutcome
}

// ClauseOutcome is what came of one clause.
type ClauseOutcome struct {
	ClauseSummary
	// TitleEN is the title in English, empty without a translation.
	Number, Title, TitleEN string
	Sums                   Sums
	Stances                Stances
	// Before and After are the texts in the first and the newest public version,
	// in Chinese, which governs; equal when the clause did not change, After empty
	// when it was taken out.
	Before, After     string
	BeforeEN, AfterEN string
	From, To          int // the numbers of these versions
	// Chapter is the outermost structure around the clause, with an empty Key if none.
	Chapter models.Clause
}

// open finds a consultation that everybody may see.
func (s *Service) open(ctx context.Context, id string) (models.Consultation, models.Unit, error) {
	c, err := s.db.ConsultationByID(ctx, id)
	if err != nil {
		return c, models.Unit{}, err
	}
	if c.PublishedAt == nil {
		return c, models.Unit{}, models.ErrNotFound
	}
	if c.WithdrawnAt != nil {
		return c, models.Unit{}, models.Fail(models.Gone, "consultations.withdrawn_page")
	}
	u, err := s.db.UnitByID(ctx, c.UnitID)
	return c, u, err
}

// Response gives the published report. Errors: NotFound for what is not public,
// Gone for what was withdrawn.
func (s *Service) Response(ctx context.Context, id string) (Response, error) {
	c, u, err := s.open(ctx, id)
	out := Response{Consultation: c, Unit: u}
	if err != nil || c.AnsweredAt == nil {
		return out, err
	}
	r, err := s.db.Response(ctx, id)
	if err != nil {
		return out, err
	}
	return out, s.fillResponse(ctx, &out, r)
}

func (s *Service) fillResponse(ctx context.Context, out *Response, r models.Response) (err error) {
	if r.PublishedAt != nil {
		out.Published, out.At = true, *r.PublishedAt
	}
	if out.Report, err = ReportOf(r); err != nil {
		return err
	}
	if out.Report.Figures != nil {
		out.Figures = *out.Report.Figures
	}
	if out.Corrections, err = CorrectionsOf(r); err != nil {
		return err
	}
	out.Clauses, err = s.outcomes(ctx, out.Consultation.ID, out.Report, out.Figures, true)
	return err
}

// outcomes lists the clauses on which somebody wrote or the office said something,
// in the order of the draft.
func (s *Service) outcomes(ctx context.Context, id string, r Report, f Figures, public bool) ([]ClauseOutcome, error) {
	texts, err := s.texts(ctx, id, public)
	if err != nil {
		return nil, err
	}
	said := map[string]ClauseSummary{}
	for _, l := range r.Clauses {
		said[l.ClauseKey] = l
	}
	var list []ClauseOutcome
	for _, key := range texts.order {
		l, written := said[key]
		sums, opined := f.Clauses[key]
		if !written && !opined {
			continue
		}
		l.ClauseKey = key
		o := ClauseOutcome{ClauseSummary: l, Stances: f.Stances[key], From: texts.first, To: texts.last}
		if opined {
			o.Sums = *sums
		}
		name := texts.named[key]
		o.Number, o.Title, o.TitleEN, o.Chapter = name.Number, name.Title, name.TitleEN, texts.within[key]
		o.Before, o.BeforeEN = texts.old.text(key)
		o.After, o.AfterEN = texts.young.text(key)
		list = append(list, o)
	}
	return list, nil
}

// draft is what is needed of a draft: the clauses with all that stands inside.
type draft struct {
	order       []string
	named       map[string]models.Clause
	within      map[string]models.Clause // the outermost structure around a clause
	first, last int
	old, young  bodies
	byVersion   map[int]map[string]string // numbers of clauses
}

// bodies are the texts of clauses with their parts, by key, Chinese and English.
type bodies map[string][2]string

func (b bodies) text(key string) (zh, en string) { return b[key][0], b[key][1] }

func (s *Service) texts(ctx context.Context, id string, public bool) (draft, error) {
	out := draft{named: map[string]models.Clause{}, within: map[string]models.Clause{}, byVersion: map[int]map[string]string{}}
	versions, err := s.db.VersionsOf(ctx, id)
	if err != nil {
		return out, err
	}
	for _, v := range versions {
		if public && v.PublishedAt == nil {
			continue
		}
		rows, err := s.db.ClausesOf(ctx, v.ID)
		if err != nil {
			return out, err
		}
		out.add(v.Number, rows)
	}
	return out, nil
}

// add takes a version in; clauses that only a later version has come after those of
// the versions before.
func (d *draft) add(number int, rows []models.Clause) {
	b, numbers := bodies{}, map[string]string{}
	owner, top := map[string]string{}, map[string]models.Clause{}
	for _, r := range rows {
		around, inside := top[r.ParentKey]
		if top[r.Key] = r; inside {
			top[r.Key] = around
		}
		if r.Target {
			owner[r.Key] = r.Key
			numbers[r.Key] = r.Number
			if _, ok := d.named[r.Key]; !ok {
				d.order = append(d.order, r.Key)
				d.named[r.Key], d.within[r.Key] = r, around
			}
		} else if o, ok := owner[r.ParentKey]; ok {
			owner[r.Key] = o
		}
		key, ok := owner[r.Key]
		if !ok {
			continue
		}
		t := b[key]
		t[0], t[1] = joinText(t[0], r.Key == key, r.Number, r.Text), joinText(t[1], r.Key == key, r.Number, r.TextEN)
		b[key] = t
	}
	if d.first == 0 {
		d.first, d.old = number, b
	}
	d.last, d.young, d.byVersion[number] = number, b, numbers
}

func joinText(before string, own bool, number, text string) string {
	if text == "" {
		return before
	}
	if !own {
		text = number + text
	}
	if before == "" {
		return text
	}
	return before + "\n" + text
}

// Published lists the latest published reports with their consultations and units,
// for the feed. limit is at most 100.
func (s *Service) Published(ctx context.Context, limit int) ([]Response, error) {
	rows, err := s.db.ResponsesPublished(ctx, limit)
	if err != nil {
		return nil, err
	}
	var list []Response
	for _, r := range rows {
		c, u, err := s.open(ctx, r.ConsultationID)
		if models.KindOf(err) == models.Gone {
			continue
		}
		if err != nil {
			return nil, err
		}
		out := Response{Consultation: c, Unit: u, Published: true, At: *r.PublishedAt}
		if out.Report, err = ReportOf(r); err != nil {
			return nil, err
		}
		if out.Report.Figures != nil {
			out.Figures = *out.Report.Figures
		}
		list = append(list, out)
	}
	return list, nil
}

// Answers lists the published answers of a consultation, the newest first; before
// is the id of the last one seen. Errors: NotFound.
func (s *Service) Answers(ctx context.Context, id, before string, limit int) (models.Consultation, []models.Answer, error) {
	c, _, err := s.open(ctx, id)
	if err != nil {
		return c, nil, err
	}
	list, err := s.db.AnswersAfter(ctx, id, before, limit)
	return c, list, err
}

// ClausesOf lists the clauses that each of the answers of a consultation is about, by
// the id of the answer.
func (s *Service) ClausesOf(ctx context.Context, id string, list []models.Answer) (map[string][]string, error) {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.ID
	}
	return s.db.AnsweredClauses(ctx, id, ids)
}

// AnswersOf finds the answers of opinions that the public may see, by the id of the
// opinion: receipts and 我的参与 show them. Before the response is published it is
// empty, and people read 整理中.
func (s *Service) AnswersOf(ctx context.Context, opinions []models.Opinion) (map[string]models.Answer, error) {
	return s.db.PublishedAnswers(ctx, opinions)
}
