package answers

import (
	"context"
	"encoding/json"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Check is one point of the list before publishing a report.
type Check struct {
	// Key names it: the text answers.check.<key>.
	Key      string
	Done     bool
	Blocking bool // nothing is published before it is done
	N        int64
}

// Checklist computes from the data what a report still needs.
func (s *Service) Checklist(c models.Consultation, r Report, cover models.Coverage, now time.Time) []Check {
	reasons := int64(0)
	for _, l := range r.Clauses {
		if l.State() == Lacks {
			reasons++
		}
	}
	english := int64(0)
	for _, l := range r.Story {
		if l.EN == "" {
			english++
		}
	}
	zh := 0
	for _, l := range r.Story {
		if l.ZH != "" {
			zh++
		}
	}
	return []Check{
		{Key: "closed", Done: c.Status(now) == models.StatusClosed && graceOver(c, now), Blocking: true},
		{Key: "covered", Done: cover.Open == 0, Blocking: true, N: cover.Open},
		{Key: "story", Done: zh > 0 || cover.Received == 0, Blocking: true},
		{Key: "reasons", Done: reasons == 0, Blocking: true, N: reasons},
		{Key: "held", Done: cover.Held == 0, N: cover.Held},
		{Key: "english", Done: english == 0, N: english},
		{Key: "next", Done: r.NextZH != ""},
	}
}

func graceOver(c models.Consultation, now time.Time) bool {
	return !now.Before(c.GraceEnds())
}

// blocked gives the error for a report that cannot go out yet: what is missing
// most in the words of its point.
func blocked(checks []Check) error {
	for _, p := range checks {
		if p.Blocking && !p.Done {
			return models.Fail(models.Conflict, blockedKeys[p.Key], "n", p.N)
		}
	}
	return nil
}

var blockedKeys = map[string]string{
	"closed": "answers.still_open", "covered": "answers.orphans", "story": "answers.story_missing", "reasons": "answers.reasons_missing",
}

// ready runs the checklist inside the act, on what the act sees.
func (s *Service) ready(tx *models.Tx, id string) (models.Consultation, models.Response, Report, models.Coverage, error) {
	c, err := tx.Consultation(id)
	if err != nil {
		return c, models.Response{}, Report{}, models.Coverage{}, err
	}
	r, err := tx.Response(id)
	if err != nil && !models.IsNotFound(err) {
		return c, r, Report{}, models.Coverage{}, err
	}
	report, err := ReportOf(r)
	if err != nil {
		return c, r, report, models.Coverage{}, err
	}
	cover, err := tx.Coverage(id)
	if err != nil {
		return c, r, report, cover, err
	}
	if c.AnsweredAt != nil {
		return c, r, report, cover, models.Fail(models.Closed, "answers.public")
	}
	if c.WithdrawnAt != nil {
		return c, r, report, cover, models.Fail(models.Closed, "answers.withdrawn")
	}
	return c, r, report, cover, blocked(s.Checklist(c, report, cover, tx.Now))
}

// ProposeResponse is the first of the two steps of publishing: an officer says that
// the report is ready. A consultation without opinions needs no text: its report is
// one line. Errors: Conflict with the first point that blocks (answers.orphans …),
// Closed when it is public, NotFound.
func (s *Service) ProposeResponse(ctx context.Context, who actor.Actor, id string) error {
	c, _, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "answers.propose", c), func(tx *models.Tx) error {
		_, r, _, _, err := s.ready(tx, id)
		if err != nil {
			return err
		}
		if r.ConsultationID == "" {
			row := models.Response{ConsultationID: id, Body: `{"story":[],"clauses":[]}`, Corrections: "[]", Revision: 1, UpdatedBy: who.PersonID, UpdatedAt: tx.Now}
			if err := tx.Insert(&row); err != nil {
				return err
			}
		}
		return tx.ProposeResponse(id, who.PersonID)
	})
}

// TakeBackResponse makes a proposed report editable again.
func (s *Service) TakeBackResponse(ctx context.Context, who actor.Actor, id string) error {
	c, _, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "answers.take_back", c), func(tx *models.Tx) error { return tx.TakeBackResponse(id) })
}

// PublishResponse is the second step, by another officer: the report and all
// answers become public in one act, the numbers are frozen, and whoever wanted to
// hear of it gets one letter. Errors: Forbidden (answers.second_person) for the one
// who proposed, Conflict with what blocks, Closed when it is public.
func (s *Service) PublishResponse(ctx context.Context, who actor.Actor, id string, idem models.Idem) error {
	c, u, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	_, _, err = models.Once(ctx, s.db, act(who, "answers.publish", c), idem, func(tx *models.Tx) (bool, error) {
		now, r, report, cover, err := s.ready(tx, id)
		if err != nil {
			return false, err
		}
		if r.ProposedBy == "" {
			return false, models.Fail(models.Conflict, "answers.not_proposed")
		}
		if r.ProposedBy == who.PersonID {
			return false, models.Fail(models.Forbidden, "answers.second_person")
		}
		tallies, err := tx.Tallies(id)
		if err != nil {
			return false, err
		}
		frozen := figures(cover, tallies)
		report.Figures = &frozen
		body, err := json.Marshal(report)
		if err != nil {
			return false, err
		}
		if err := tx.PublishResponse(id, who.PersonID, string(body)); err != nil {
			return false, err
		}
		letters, err := tell(tx, now, u)
		if err != nil {
			return false, err
		}
		tx.Act.Detail = map[string]any{"proposed_by": r.ProposedBy, "figures": frozen.Sums, "letters": letters}
		tx.Emit(models.ConsultationTopic(id), "consultations.answered", map[string]any{"id": id})
		announce(tx, id, true, int(frozen.Received))
		return true, nil
	})
	return err
}

// tell queues one letter for each receipt whose owner left a contact and wants to
// hear of the answer, one for each person with an account, and one for each
// follower who has not got one as an author.
func tell(tx *models.Tx, c models.Consultation, u models.Unit) (int, error) {
	receipts, err := tx.ReceiptsToTell(c.ID)
	if err != nil {
		return 0, err
	}
	var ids []string
	for _, r := range receipts {
		if r.PersonID != "" {
			ids = append(ids, r.PersonID)
		}
	}
	people, err := tx.PeopleByID(ids)
	if err != nil {
		return 0, err
	}
	told, n := map[string]bool{}, 0
	send := func(l models.Letter, path, receipt string) error {
		if l.Recipient == "" {
			return nil
		}
		n++
		data := map[string]string{"title": c.Title(l.Lang), "unit": u.Name(l.Lang), "url": path}
		if receipt != "" {
			data["receipt"] = receipt
		}
		return tx.QueueLetter(l, data)
	}
	for _, r := range receipts {
		p, known := people[r.PersonID]
		var l models.Letter
		switch {
		case known && told[p.ID]:
			continue
		case known:
			told[p.ID] = true
			l = models.LetterTo(p, "answered")
			l.DedupeKey = "answered:" + c.ID + ":p:" + p.ID
		case r.Contact != "":
			l = models.Letter{Channel: channelOf(r.ContactKind), Recipient: r.Contact, Lang: r.Lang, Kind: "answered", DedupeKey: "answered:" + c.ID + ":r:" + r.ID}
		}
		if err := send(l, "/r/"+r.Code, r.ID); err != nil {
			return n, err
		}
	}
	followers, err := tx.FollowersOf(c.ID)
	if err != nil {
		return n, err
	}
	for _, p := range followers {
		if told[p.ID] {
			continue
		}
		l := models.LetterTo(p, "answered_followed")
		l.DedupeKey = "answered:" + c.ID + ":p:" + p.ID
		if err := send(l, "/consultations/"+c.ID+"/response", ""); err != nil {
			return n, err
		}
	}
	return n, nil
}

func channelOf(kind string) string {
	if kind == "phone" {
		return models.ChannelSMS
	}
	return models.ChannelMail
}
