package rooms

import (
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/sheet"
	"minyi/app/rooms"
	"minyi/frontend"
	"minyi/handlers/web"
	"minyi/models"
)

// recordCSV is the record of a room as a table, in the order of what happened: as it was
// corrected, with the wishes for correction, the confirmations and the hash, once it is
// open to everybody; before, what it will be made from.
func (h handler) recordCSV(c *web.Ctx) error {
	d, err := h.rooms.Draft(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	v, err := h.rooms.Record(c.UserContext(), actor.Actor{}, d.Room.Code)
	written := err == nil
	if err != nil && !models.IsNotFound(err) {
		return err
	}
	if !written {
		v.Entries = rooms.EntriesOf(d)
	}
	names := itemNames(c, d)
	t := sheet.Table{Name: c.T("rooms.record"), Zone: frontend.Zone(), Headers: []string{
		c.T("rooms.column_number"), c.T("rooms.column_part"), c.T("rooms.column_time"), c.T("rooms.column_item"), c.T("rooms.column_said_by"), c.T("rooms.column_words"), c.T("rooms.column_state"),
	}}
	t.Rows = func(write func(cells ...any) error) error {
		n := 0
		row := func(part string, when time.Time, item, by, words, state string) error {
			n++
			return write(n, part, when, item, by, words, state)
		}
		if err := row(c.T("rooms.record"), time.Time{}, "", d.Unit.Name(c.Lang()), d.Room.Title(c.Lang()), tableState(c, v, written)); err != nil {
			return err
		}
		if summary := in(c, rooms.Words{ZH: v.SummaryZH, EN: v.SummaryEN}); summary != "" {
			if err := row(c.T("rooms_pages.record_summary"), time.Time{}, "", "", summary, ""); err != nil {
				return err
			}
		}
		for _, e := range v.Entries {
			one := entry(c, e)
			speaker := one.Speaker
			if one.Kind == "question" {
				speaker = by(c, speaker)
			}
			if err := row(c.T("rooms_pages.record_"+one.Kind), at(e.SaidAt), names[e.AgendaID], speaker, one.Text, confirmed(c, v, e)); err != nil {
				return err
			}
		}
		for _, p := range d.Polls {
			if p.Counts == nil {
				continue // its result was never shown
			}
			if err := row(c.T("rooms.record_polls"), time.Time{}, "", "", pollLine(c, p), c.T("rooms.record_voters", "n", *p.Voters)); err != nil {
				return err
			}
		}
		for _, k := range v.Corrections {
			state := c.T("rooms_pages.record_wish_" + orOpen(k.Decision))
			if k.Note != "" {
				state += c.T("rooms_pages.and") + k.Note
			}
			if err := row(c.T("rooms_pages.record_corrections"), k.CreatedAt, "", k.Name, k.Text, state); err != nil {
				return err
			}
		}
		if v.Hash == "" {
			return nil
		}
		return row(c.T("rooms_pages.record_hash"), at(v.FrozenAt), "", "", v.Hash, "")
	}
	return attachCSV(c, "room-"+d.Room.Code+"-record", t)
}

// pollLine is the result of a poll in one line.
func pollLine(c *web.Ctx, p rooms.PollView) string {
	var counts []string
	for i, o := range p.Options {
		counts = append(counts, c.T("rooms.poll_option", "option", in(c, o), "n", p.Counts[i]))
	}
	return c.T("rooms.poll_line", "title", in(c, p.Title), "counts", strings.Join(counts, c.T("rooms_pages.and")))
}

// tableState says where the record stands.
func tableState(c *web.Ctx, v rooms.Recording, written bool) string {
	switch {
	case written:
		return recordState(c, v)
	case v.Room.State != models.RoomClosed:
		return c.T("rooms.record_draft")
	}
	return c.T("rooms_pages.record_writing")
}

// confirmed says whether those whose words these are have confirmed them.
func confirmed(c *web.Ctx, v rooms.Recording, e models.RecordEntry) string {
	for _, k := range v.Confirmations {
		if e.RegistrationID == "" || k.RegistrationID != e.RegistrationID {
			continue
		}
		if k.Signed {
			return c.T("rooms.confirmed")
		}
		return c.T("rooms.not_confirmed")
	}
	return ""
}

// questionsCSV lists what was asked in a room with what became of it.
func (h handler) questionsCSV(c *web.Ctx) error {
	d, err := h.rooms.Draft(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	names := itemNames(c, d)
	t := sheet.Table{Name: c.T("rooms.record_questions"), Zone: frontend.Zone(), Headers: []string{
		c.T("rooms.column_number"), c.T("rooms.column_item"), c.T("rooms.column_by"), c.T("rooms.column_question"), c.T("rooms.column_supports"), c.T("rooms.column_merged"),
		c.T("rooms.column_outcome"), c.T("rooms.column_answerer"), c.T("rooms.column_answer"), c.T("rooms.column_office"), c.T("rooms.column_due"), c.T("rooms.column_asked"), c.T("rooms.column_answered"),
	}}
	t.Rows = func(write func(cells ...any) error) error {
		for _, q := range d.Questions {
			err := write(q.Number, names[q.AgendaItemID], by(c, q.By()), q.Body, q.Supports, numbers(q.Merged), outcome(c, q), q.Answerer, q.Answer(c.Lang()), office(c, q), at(q.DueAt), q.CreatedAt, at(q.AnsweredAt))
			if err != nil {
				return err
			}
		}
		return nil
	}
	return attachCSV(c, "room-"+d.Room.Code+"-questions", t)
}
