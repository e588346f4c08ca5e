package opinions

import (
	"context"
	"slices"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// ReplyInput is a reply to an opinion.
type ReplyInput struct {
	OpinionID string
	Body      string
	Display   models.Display
	Name      string
}

// Reply answers an opinion, one level deep. Officers of the unit that runs the
// consultation speak for it; everybody else needs an account, or a visit where the
// unit takes opinions with nothing but a receipt. Errors: Invalid with a field,
// NotFound, SignIn, Closed, TooMany.
func (s *Service) Reply(ctx context.Context, who actor.Actor, in ReplyInput, idem models.Idem) (models.Opinion, error) {
	if err := s.hold(writeRule, s.o.Rates.Write, who); err != nil {
		return models.Opinion{}, err
	}
	parent, c, err := s.shown(ctx, in.OpinionID)
	if err != nil {
		return models.Opinion{}, err
	}
	if parent.ParentID != "" {
		return models.Opinion{}, models.ErrNotFound
	}
	u, err := s.unitOf(ctx, c)
	if err != nil {
		return models.Opinion{}, err
	}
	official := who.Has(u.Path, models.Officer)
	if !official && !who.SignedIn() && (!who.Known() || !u.ReceiptOnly) {
		return models.Opinion{}, models.Fail(models.SignIn, "opinions.reply_sign_in")
	}
	give := SubmitInput{Opinions: []Said{{Body: in.Body}}, Display: in.Display, Name: in.Name}
	var faults models.Faults
	addDisplayFaults(&faults, &give)
	CheckSaid(&faults, "", &give.Opinions[0])
	if err := faults.Err(); err != nil {
		return models.Opinion{}, err
	}
	name := u.Name(who.Lang)
	if official {
		give.Display = models.RealName
	} else if name, err = s.displayName(ctx, who, &give); err != nil {
		return models.Opinion{}, err
	}
	act := who.Act("opinions.reply", "opinion:"+parent.ID)
	act.UnitID = c.UnitID
	out, _, err := models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (models.Opinion, error) {
		now, err := tx.Consultation(c.ID)
		if err != nil {
			return models.Opinion{}, err
		}
		if err := takes(now, tx.Now, tx.Now); err != nil && !official {
			return models.Opinion{}, err
		}
		held := c.HoldNew && !official
		o := &models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, VersionNumber: parent.VersionNumber, ClauseKey: parent.ClauseKey, ParentID: parent.ID,
			PersonID: who.PersonID, Voice: who.Voice(), Body: give.Opinions[0].Body, Display: give.Display, DisplayName: name, Channel: models.Web, Lang: who.Lang,
			Tier: who.TierOr(), Shown: !held, Official: official, CreatedAt: tx.Now}
		if held {
			o.HeldAt = &tx.Now
		} else if err := tx.CountReply(parent.ID, 1); err != nil {
			return models.Opinion{}, err
		}
		tx.Serial("opinions:"+c.ID, &o.Number)
		tx.Later(o)
		tx.Act.Detail = map[string]any{"reply": o.ID, "official": official}
		if !held {
			tx.Emit(models.ConsultationTopic(c.ID), "opinions.replied", map[string]any{"id": parent.ID, "reply": o.ID, "clause": o.ClauseKey})
		}
		return *o, nil
	})
	return out, err
}

// Opinion finds one public opinion with its replies. Errors: NotFound.
func (s *Service) Opinion(ctx context.Context, who actor.Actor, id string) (models.Opinion, Page, error) {
	o, c, err := s.shown(ctx, id)
	if err != nil {
		return o, Page{}, err
	}
	p := Page{Consultation: c, Opinions: []models.Opinion{o}}
	return o, p, s.fill(ctx, who, &p)
}

// Reasons are why an opinion may be reported or hidden, in the order of the form.
var Reasons = []string{"abuse", "personal_data", "illegal", "spam", "off_topic", "other"}

// NoteLimit is the limit of remarks to reports, hidings and appeals, in characters.
const NoteLimit = 500

func checkReason(reason string, note *string) error {
	var faults models.Faults
	if !slices.Contains(Reasons, reason) {
		faults.Add("reason", "opinions.reason_wanted")
	}
	*note = text.Clean(*note)
	if n := text.Length(*note); n > NoteLimit {
		faults.Add("note", "opinions.note_long", "over", n-NoteLimit, "most", NoteLimit)
	}
	return faults.Err()
}

// Report tells the officers that an opinion breaks the rules; a second time by the
// same voice changes nothing. Errors: Invalid with a field, NotFound, TooMany.
func (s *Service) Report(ctx context.Context, who actor.Actor, opinionID, reason, note string) error {
	if err := s.hold(writeRule, s.o.Rates.Write, who); err != nil {
		return err
	}
	if err := checkReason(reason, &note); err != nil {
		return err
	}
	o, c, err := s.shown(ctx, opinionID)
	if err != nil {
		return err
	}
	act := who.Act("opinions.report", "opinion:"+o.ID)
	act.UnitID, act.Reason = c.UnitID, reason
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		return tx.ReportOpinion(&models.Report{ID: models.NewID(tx.Now), OpinionID: o.ID, Reason: reason, Note: note, Voice: who.Voice()})
	})
}
