package rooms

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/kit/actor"
	"minyi/app/rooms"
	"minyi/handlers/web"
)

// mountRecord adds the record of a room that belongs to no hearing.
func (h handler) mountRecord(r *web.Router) {
	r.API("GET", "/rooms/:code/record", web.Public, h.apiRecord)
	r.API("POST", "/rooms/:code/record/corrections", web.Public, h.apiCorrect)
	r.API("POST", "/rooms/:code/record/confirm", web.Public, h.apiConfirm)
	r.API("POST", "/rooms/:code/record", web.Moderators, h.apiRecordVerb(h.rooms.BeginRecord))
	r.API("POST", "/rooms/:code/record/open", web.Moderators, h.apiRecordVerb(h.rooms.OpenRecord))
	r.API("POST", "/rooms/:code/record/corrections/:id", web.Moderators, h.apiDecide)
}

type entryJSON struct {
	ID      string      `json:"id"`
	Kind    string      `json:"kind"`
	Agenda  string      `json:"agenda,omitempty"`
	Speaker string      `json:"speaker"` // empty: anonymous
	Text    rooms.Words `json:"text"`
	SaidAt  *time.Time  `json:"said_at,omitempty"`
}

type correctionJSON struct {
	ID       string `json:"id"`
	Entry    string `json:"entry"`
	Name     string `json:"name"`
	Text     string `json:"text"`
	Decision string `json:"decision,omitempty"`
	Note     string `json:"note,omitempty"`
}

type recordJSON struct {
	Room             string           `json:"room"`
	OpenedAt         *time.Time       `json:"opened_at,omitempty"`
	CorrectionsUntil *time.Time       `json:"corrections_until,omitempty"`
	FrozenAt         *time.Time       `json:"frozen_at,omitempty"`
	Hash             string           `json:"hash,omitempty"` // once frozen
	Entries          []entryJSON      `json:"entries"`
	Corrections      []correctionJSON `json:"corrections"`
	Confirmed        int              `json:"confirmed"`
	Refused          int              `json:"refused"`
}

func (h handler) apiRecord(c *web.Ctx) error {
	v, err := h.rooms.Record(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	out := recordJSON{Room: v.Room.Code, OpenedAt: v.OpenedAt, CorrectionsUntil: v.CorrectionsUntil, FrozenAt: v.FrozenAt, Hash: v.Hash, Entries: []entryJSON{}, Corrections: []correctionJSON{}}
	for _, e := range v.Entries {
		out.Entries = append(out.Entries, entryJSON{e.ID, e.Kind, e.AgendaID, e.Speaker, rooms.Words{ZH: e.TextZH, EN: e.TextEN}, e.SaidAt})
	}
	for _, one := range v.Corrections {
		out.Corrections = append(out.Corrections, correctionJSON{one.ID, one.EntryID, one.Name, one.Text, one.Decision, one.Note})
	}
	out.Confirmed, out.Refused = confirmations(v)
	return c.Answer(out)
}

func (h handler) apiRecordVerb(verb func(context.Context, actor.Actor, string) error) web.Handler {
	return func(c *web.Ctx) error {
		if err := body(c, &struct{}{}); err != nil {
			return err
		}
		if err := verb(c.UserContext(), c.Who, c.Params("code")); err != nil {
			return err
		}
		return h.apiRecord(c)
	}
}

func (h handler) apiCorrect(c *web.Ctx) error {
	var in struct {
		Entry string `json:"entry"`
		Text  string `json:"text"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	if err := h.rooms.Correct(c.UserContext(), c.Who, c.Params("code"), in.Entry, in.Text); err != nil {
		return err
	}
	c.Status(fiber.StatusCreated)
	return h.apiRecord(c)
}

func (h handler) apiConfirm(c *web.Ctx) error {
	var in struct {
		Signed bool `json:"signed"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	if err := h.rooms.Confirm(c.UserContext(), c.Who, c.Params("code"), in.Signed); err != nil {
		return err
	}
	return h.apiRecord(c)
}

func (h handler) apiDecide(c *web.Ctx) error {
	var in struct {
		Accept bool        `json:"accept"`
		Note   string      `json:"note"`
		Text   rooms.Words `json:"text"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	if err := h.rooms.Decide(c.UserContext(), c.Who, c.Params("code"), c.Params("id"), rooms.DecideInput{Accept: in.Accept, Note: in.Note, ZH: in.Text.ZH, EN: in.Text.EN}); err != nil {
		return err
	}
	return h.apiRecord(c)
}
