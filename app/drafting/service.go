// Package drafting is the officers' side of a consultation until it is answered:
// making it, importing its draft, publishing versions, moving its dates.
package drafting

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/app/kit/rules"
	"minyi/app/kit/text"
	"minyi/app/kit/upload"
	"minyi/models"
)

// Service holds the use cases of drafting. It is safe for concurrent use.
type Service struct {
	db   *models.DB
	zone *time.Location
	// files keeps attachments, see KeepFiles.
	files *upload.Store
}

// New makes the service; zone is the site's zone, by which days are counted.
func New(db *models.DB, zone *time.Location) *Service { return &Service{db: db, zone: zone} }

// Limits of the officers' fields, in characters.
const (
	TitleLimit = 120
	LineLimit  = 200
	TextLimit  = 20000
	PointLimit = 300
	MostPoints = 6
	MostRows   = 40 // prompts, words explained
)

// Input is what an officer says about a consultation. Times are UTC.
type Input struct {
	UnitID                       string
	Profile, Topic               string
	TitleZH, TitleEN             string
	Points                       models.Points
	ExplanationZH, ExplanationEN string
	NextZH, NextEN               string
	ContactName, ContactPhone    string
	ContactEmail, ContactPost    string
	Prompts                      []models.Prompt
	Glossary                     []models.Term
	OpensAt, ClosesAt            *time.Time
	ResponseDueAt                *time.Time
	GraceMinutes                 int
	ShortReasonZH, ShortReasonEN string
	HideSplit, HoldNew           bool
}

// Create makes a consultation that only officers see. Errors: Invalid with fields,
// NotFound for a unit in which the actor is no officer.
func (s *Service) Create(ctx context.Context, who actor.Actor, in Input, idem models.Idem) (models.Consultation, error) {
	if err := s.officer(ctx, who, in.UnitID); err != nil {
		return models.Consultation{}, err
	}
	var c models.Consultation
	if err := s.fill(ctx, &c, in); err != nil {
		return c, err
	}
	act := who.Act("consultations.create", "")
	act.UnitID = in.UnitID
	c, _, err := models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (models.Consultation, error) {
		row := c
		id, err := tx.NewConsultationID(s.zone)
		if err != nil {
			return row, err
		}
		row.ID, row.CreatedBy, row.CreatedAt, row.UpdatedAt, row.Revision = id, who.PersonID, tx.Now, tx.Now, 1
		tx.Act.About = models.ConsultationTopic(id)
		saved(tx, id)
		return row, tx.Insert(&row)
	})
	return c, err
}

// Edit changes a consultation that is not public. The revision is the one that the
// form was made from. Errors: Conflict (error.stale) when somebody else was faster,
// Closed (drafting.public) when it is public.
func (s *Service) Edit(ctx context.Context, who actor.Actor, id string, revision int64, in Input) (models.Consultation, error) {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return c, err
	}
	if in.UnitID != c.UnitID {
		if err := s.officer(ctx, who, in.UnitID); err != nil {
			return c, err
		}
	}
	if err := s.fill(ctx, &c, in); err != nil {
		return c, err
	}
	act := who.Act("consultations.edit", models.ConsultationTopic(id))
	act.UnitID = c.UnitID
	return c, s.db.InTx(ctx, act, func(tx *models.Tx) error {
		now, err := tx.Consultation(id)
		if err != nil {
			return err
		}
		if now.PublishedAt != nil {
			return models.Fail(models.Closed, "drafting.public")
		}
		if now.ProposedBy != "" {
			return models.Fail(models.Closed, "drafting.proposed")
		}
		if err := tx.SaveConsultation(&c, revision); err != nil {
			return err
		}
		saved(tx, id)
		return nil
	})
}

// saved lets the desk's search know that a draft was worked on.
func saved(tx *models.Tx, id string) {
	tx.EmitTo("desk", "", "drafting.saved", map[string]string{"id": id})
}

// Show gives a consultation to its officers in any state.
func (s *Service) Show(ctx context.Context, who actor.Actor, id string) (models.Consultation, error) {
	return s.mine(ctx, who, id)
}

// Mine lists the consultations of the units in which the actor is an officer.
func (s *Service) Mine(ctx context.Context, who actor.Actor) ([]models.Consultation, error) {
	return s.db.ConsultationsUnder(ctx, who.Paths(models.Officer, models.Administrator, models.Supervisor))
}

// officer checks that the actor is an officer of the unit.
func (s *Service) officer(ctx context.Context, who actor.Actor, unitID string) error {
	u, err := s.db.UnitByID(ctx, unitID)
	if models.IsNotFound(err) {
		return models.FailField("unit", "drafting.no_unit")
	}
	if err != nil {
		return err
	}
	return who.Needs(u.Path, models.Officer)
}

// mine finds a consultation of which the actor is an officer; NotFound for others.
func (s *Service) mine(ctx context.Context, who actor.Actor, id string) (models.Consultation, error) {
	c, err := s.db.ConsultationByID(ctx, id)
	if err != nil {
		return c, err
	}
	u, err := s.db.UnitByID(ctx, c.UnitID)
	if err != nil {
		return c, err
	}
	return c, who.Needs(u.Path, models.Officer)
}

// fill checks the input and writes it into the row. A topic or rules that the row has
// already stay as they are, even where they are offered no more.
func (s *Service) fill(ctx context.Context, c *models.Consultation, in Input) error {
	var faults models.Faults
	line := func(field, s string, most int) string {
		s = text.Line(s)
		if text.Length(s) > most {
			faults.Add(field, "drafting.too_long", "most", most, "over", text.Length(s)-most)
		}
		return s
	}
	long := func(field, s string) string {
		s = text.Clean(s)
		if text.Length(s) > TextLimit {
			faults.Add(field, "drafting.too_long", "most", TextLimit, "over", text.Length(s)-TextLimit)
		}
		return s
	}
	profile, topic := line("profile", in.Profile, 60), line("topic", in.Topic, 60)
	if profile != c.Profile {
		known, err := rules.Known(ctx, s.db, profile)
		if err != nil {
			return err
		}
		if !known {
			faults.Add("profile", "drafting.profile_unknown")
		}
	}
	if topic != c.Topic && !slices.Contains(models.Topics, topic) {
		faults.Add("topic", "drafting.topic_unknown")
	}
	c.UnitID, c.Profile, c.Topic = in.UnitID, profile, topic
	c.TitleZH, c.TitleEN = line("title_zh", in.TitleZH, TitleLimit), line("title_en", in.TitleEN, 2*TitleLimit)
	if c.TitleZH == "" {
		faults.Add("title_zh", "drafting.title_wanted")
	}
	c.ExplanationZH, c.ExplanationEN = long("explanation_zh", in.ExplanationZH), long("explanation_en", in.ExplanationEN)
	c.NextZH, c.NextEN = long("next_zh", in.NextZH), long("next_en", in.NextEN)
	c.ContactName, c.ContactPhone = line("contact_name", in.ContactName, LineLimit), line("contact_phone", in.ContactPhone, LineLimit)
	c.ContactEmail, c.ContactPost = line("contact_email", in.ContactEmail, LineLimit), line("contact_post", in.ContactPost, LineLimit)
	if mail, err := contact.Parse(c.ContactEmail); c.ContactEmail != "" && (err != nil || mail.Kind != contact.Mail) {
		faults.Add("contact_email", "drafting.email_wrong")
	}
	if c.ContactPhone != "" && !contact.Dialled(c.ContactPhone) {
		faults.Add("contact_phone", "drafting.phone_wrong")
	}
	c.ShortReasonZH, c.ShortReasonEN = long("short_reason_zh", in.ShortReasonZH), long("short_reason_en", in.ShortReasonEN)
	points := models.Points{
		WhoZH: line("who_zh", in.Points.WhoZH, PointLimit), WhoEN: line("who_en", in.Points.WhoEN, 2*PointLimit),
		WhatZH: line("what_zh", in.Points.WhatZH, PointLimit), WhatEN: line("what_en", in.Points.WhatEN, 2*PointLimit),
	}
	several := func(field string, list []string) (out []string) {
		for _, p := range list {
			if p = line(field, p, 2*PointLimit); p != "" {
				out = append(out, p)
			}
		}
		if len(out) > MostPoints {
			faults.Add(field, "drafting.too_many_points", "most", MostPoints)
		}
		return out
	}
	points.ZH, points.EN = several("points_zh", in.Points.ZH), several("points_en", in.Points.EN)
	if len(in.Prompts) > MostRows {
		faults.Add("prompts", "drafting.too_many_rows", "most", MostRows)
	}
	if len(in.Glossary) > MostRows {
		faults.Add("glossary", "drafting.too_many_rows", "most", MostRows)
	}
	prompts, glossary := make([]models.Prompt, 0, len(in.Prompts)), make([]models.Term, 0, len(in.Glossary))
	for _, p := range in.Prompts {
		p = models.Prompt{ClauseKey: line("prompts", p.ClauseKey, 60), ZH: line("prompts", p.ZH, PointLimit), EN: line("prompts", p.EN, 2*PointLimit)}
		if p.ClauseKey != "" && p.ZH == "" && p.EN == "" || p.ClauseKey == "" && p.ZH+p.EN != "" {
			faults.Add("prompts", "drafting.prompt_half")
		}
		prompts = append(prompts, p)
	}
	for _, g := range in.Glossary {
		g = models.Term{WordZH: line("glossary", g.WordZH, 60), WordEN: line("glossary", g.WordEN, 120), ZH: line("glossary", g.ZH, PointLimit), EN: line("glossary", g.EN, 2*PointLimit)}
		if g.WordZH == "" && g.WordEN == "" || g.ZH == "" && g.EN == "" {
			faults.Add("glossary", "drafting.term_half")
		}
		glossary = append(glossary, g)
	}
	if in.GraceMinutes < 0 || in.GraceMinutes > 24*60 {
		faults.Add("grace_minutes", "drafting.grace_range")
	}
	if in.OpensAt != nil && in.ClosesAt != nil && !in.ClosesAt.After(*in.OpensAt) {
		faults.Add("closes_at", "drafting.closes_before_opens")
	}
	if in.ResponseDueAt != nil && in.ClosesAt != nil && in.ResponseDueAt.Before(*in.ClosesAt) {
		faults.Add("response_due_at", "drafting.due_before_closing")
	}
	c.OpensAt, c.ClosesAt, c.ResponseDueAt = in.OpensAt, in.ClosesAt, in.ResponseDueAt
	c.GraceMinutes, c.HideSplit, c.HoldNew = in.GraceMinutes, in.HideSplit, in.HoldNew
	c.Points, c.Prompts, c.Glossary = asJSON(points), asJSON(prompts), asJSON(glossary)
	return faults.Err()
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings
	}
	if string(b) == "null" {
		return "[]"
	}
	return string(b)
}
