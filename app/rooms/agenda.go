package rooms

import (
	"context"
	"fmt"
	"slices"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// AgendaItem is one item of a room's agenda.
type AgendaItem struct {
	ID        string `json:"id"`
	Title     Words  `json:"title"`
	Minutes   int    `json:"minutes,omitempty"`
	Presenter string `json:"presenter,omitempty"`
}

// MostItems is how many items an agenda has at most.
const MostItems = 50

// agendaAbout says whose agenda a room follows: its hearing's, or its own.
func agendaAbout(room models.Room) string {
	if room.HearingID != "" {
		return models.HearingTopic(room.HearingID)
	}
	return models.RoomTopic(room.Code)
}

// Agenda lists the items of the room's own agenda, or of its hearing's.
func (s *Service) Agenda(ctx context.Context, room models.Room) ([]AgendaItem, error) {
	list, err := s.db.AgendaOf(ctx, agendaAbout(room))
	var out []AgendaItem
	for _, a := range list {
		out = append(out, AgendaItem{a.ID, Words{a.TitleZH, a.TitleEN}, a.Minutes, a.Presenter})
	}
	return out, err
}

// onAgenda says whether an item is on the room's agenda.
func (s *Service) onAgenda(ctx context.Context, room models.Room, itemID string) (bool, error) {
	list, err := s.Agenda(ctx, room)
	return slices.ContainsFunc(list, func(a AgendaItem) bool { return a.ID == itemID }), err
}

// SetAgenda replaces the agenda of a room of its own; items that keep their id keep
// their questions. The agenda of a hearing is set there. Errors: SignIn, NotFound,
// Invalid with a field, Closed for a room that was closed.
func (s *Service) SetAgenda(ctx context.Context, who actor.Actor, code string, items []AgendaItem) (models.Room, error) {
	rows, err := agendaRows(items)
	if err != nil {
		return models.Room{}, err
	}
	return s.alter(ctx, who, code, "rooms.set_agenda", "rooms.turned", func(tx *models.Tx, r *models.Room) error {
		switch {
		case r.HearingID != "":
			return models.FailField("agenda", "rooms.agenda_of_hearing")
		case r.State == models.RoomClosed:
			return models.Fail(models.Closed, "rooms.closed_closed")
		}
		if err := tx.SetAgenda(models.RoomTopic(r.Code), rows); err != nil {
			return err
		}
		now, err := tx.AgendaOf(models.RoomTopic(r.Code))
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(now, func(a models.AgendaItem) bool { return a.ID == r.AgendaItemID }) {
			r.AgendaItemID = ""
		}
		announceRoom(tx, *r, "rooms.turned")
		return nil
	})
}

// agendaRows checks the items of an agenda. Each text has a field of its own, so that what
// is said of two of them are two sentences.
func agendaRows(items []AgendaItem) ([]models.AgendaItem, error) {
	var f models.Faults
	var rows []models.AgendaItem
	for i, a := range items {
		line := func(what, typed, long string, most int) string {
			s := text.Line(typed)
			size{most: most, long: long}.check(&f, fmt.Sprintf("agenda_%d_%s", i, what), s, "n", i+1)
			return s
		}
		row := models.AgendaItem{ID: a.ID, Minutes: a.Minutes, TitleZH: line("zh", a.Title.ZH, "rooms.agenda_zh_long", TitleLimit), TitleEN: line("en", a.Title.EN, "rooms.agenda_en_long", TitleLimit),
			Presenter: line("presenter", a.Presenter, "rooms.agenda_by_long", NameLimit)}
		if row.TitleZH == "" && row.TitleEN == "" {
			continue
		}
		if a.Minutes < 0 || a.Minutes > 600 {
			f.Add(fmt.Sprintf("agenda_%d_minutes", i), "rooms.number_range", "least", 0, "most", 600)
		}
		rows = append(rows, row)
	}
	if len(rows) > MostItems {
		f.Add("agenda", "rooms.agenda_long", "most", MostItems)
	}
	return rows, f.Err()
}
