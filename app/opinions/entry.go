package opinions

import (
	"context"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/app/kit/upload"
	"minyi/models"
)

// EntryInput is an opinion that reached the office on paper, by phone or at the
// counter, and is entered on behalf of its author.
type EntryInput struct {
	ConsultationID string
	Channel        models.Channel
	Said           Said
	Display        models.Display
	Name           string
	// Contact is optional: where the author wants to be told about the answer.
	Contact string
	// Consent says that the author agreed to the entry and to how the name is shown.
	Consent bool
	// Received is when it reached the office; nil means now. After closing it is
	// needed, and must lie in the window.
	Received *time.Time
	// Files may hold the scanned paper.
	Files []upload.Given
}

// Enter takes an opinion on behalf of somebody: same fields, same numbers, same
// queue as all others. Errors: Invalid with a field, NotFound for who is no officer
// of the unit, Closed.
func (s *Service) Enter(ctx context.Context, who actor.Actor, in EntryInput, idem models.Idem) (Submitted, error) {
	c, _, err := s.desk(ctx, who, in.ConsultationID)
	if err != nil {
		return Submitted{}, err
	}
	give := SubmitInput{ConsultationID: c.ID, Opinions: []Said{in.Said}, Display: in.Display, Name: in.Name, channel: in.Channel, enteredBy: who.PersonID, received: in.Received}
	var faults models.Faults
	switch in.Channel {
	case models.Paper, models.Phone, models.Counter:
	default:
		faults.Add("channel", "opinions.channel_wanted")
	}
	if !in.Consent {
		faults.Add("consent", "opinions.consent_wanted")
	}
	if in.Contact != "" {
		parsed, err := contact.Parse(in.Contact)
		if err != nil {
			faults.Add("contact", "opinions.contact_unknown")
		}
		give.ContactKind, give.Contact, give.ContactKey, give.Notify = string(parsed.Kind), parsed.Value, parsed.Key, true
	}
	addDisplayFaults(&faults, &give)
	if give.Display != models.Anonymous && give.Name == "" {
		faults.Add("name", "opinions.name_missing")
	}
	CheckSaid(&faults, "", &give.Opinions[0])
	files, refused := upload.TakeAll(in.Files, MostFiles, FileLimit)
	for _, r := range refused { // the officer has the paper at hand and sends it again
		faults.Add("files", "opinions.file_refused", "name", r.Name)
	}
	for _, f := range files {
		give.Opinions[0].Files = append(give.Opinions[0].Files, f.SHA256)
	}
	if err := faults.Err(); err != nil {
		return Submitted{}, err
	}
	name := give.Name
	if give.Display == models.Anonymous {
		name = ""
	}
	act := who.Act("opinions.submit", models.ConsultationTopic(c.ID))
	act.UnitID = c.UnitID
	var out Submitted
	err = s.keep(files, func() (err error) {
		out, _, err = models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (Submitted, error) {
			out, err := s.submit(ctx, tx, who, give, name)
			if err != nil {
				return out, err
			}
			return out, addFiles(tx, who, models.OfOpinion, out.Opinions[0], 0, files)
		})
		return err
	})
	return out, err
}

// takesEntry says whether an entry may still be made: what reached the office in
// the window counts even if it is typed in later, until the answer is published.
func takesEntry(c models.Consultation, now time.Time, received *time.Time) error {
	status := c.Status(now)
	if status == models.StatusOpen && received == nil {
		return nil
	}
	if status != models.StatusOpen && status != models.StatusClosed {
		return takes(c, now, now)
	}
	if received == nil {
		return models.FailField("received", "opinions.received_wanted")
	}
	if received.After(now) || received.Before(c.OpensAt.Add(-24*time.Hour)) || c.ClosesAt != nil && received.After(*c.ClosesAt) {
		return models.FailField("received", "opinions.received_outside")
	}
	return nil
}

// desk finds a consultation for the officers of its unit. Errors: SignIn; NotFound
// for everybody else.
func (s *Service) desk(ctx context.Context, who actor.Actor, id string) (models.Consultation, models.Unit, error) {
	c, err := s.db.ConsultationByID(ctx, id)
	if err != nil {
		return c, models.Unit{}, err
	}
	u, err := s.unitOf(ctx, c)
	if err != nil {
		return c, u, err
	}
	return c, u, who.Needs(u.Path, models.Officer, models.Administrator)
}

// Desk gives an officer the consultation and the clauses of its newest public
// version, for the entry form. Errors as for [Service.Enter].
func (s *Service) Desk(ctx context.Context, who actor.Actor, id string) (models.Consultation, []models.Clause, error) {
	c, _, err := s.desk(ctx, who, id)
	if err != nil {
		return c, nil, err
	}
	v, err := s.db.PublicVersion(ctx, id)
	if err != nil {
		return c, nil, err
	}
	rows, err := s.db.ClausesOf(ctx, v.ID)
	var targets []models.Clause
	for _, r := range rows {
		if r.Target {
			targets = append(targets, r)
		}
	}
	return c, targets, err
}
