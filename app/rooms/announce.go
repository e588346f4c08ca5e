package rooms

import (
	"context"

	"minyi/models"
)

// change is what happened to a question: after, and whether everybody saw it before.
type change struct {
	kind  string
	was   bool // everybody saw it
	after models.Question
	by    string // the moderator's name
	move  string // id of the move that can be undone
}

// news is what a room's public topic says: a question that is new or has changed, one
// that is no longer shown on its own, or the room itself.
type news struct {
	Question *QuestionView  `json:"question,omitempty"`
	Removed  string         `json:"removed,omitempty"`
	Into     string         `json:"into,omitempty"` // the question that speaks for the removed one
	Held     map[string]int `json:"held,omitempty"`
	Room     *roomNews      `json:"room,omitempty"`
	Wall     *wallNews      `json:"wall,omitempty"` // never on the public topic
}

// wallNews is what the wall shall show, for walls and moderators: a wall goes dark by
// the frame itself, even where its page cannot be fetched.
type wallNews struct {
	View  string `json:"view"`
	About string `json:"about,omitempty"`
	Blank bool   `json:"blank"`
}

// roomNews is what changes about a room while people are in it.
type roomNews struct {
	State    string `json:"state"`
	Agenda   string `json:"agenda,omitempty"`
	ListOpen bool   `json:"list_open"`
}

// deskNews is what the desk's topic says.
type deskNews struct {
	Question DeskView `json:"question"`
	By       string   `json:"by,omitempty"`
	Move     string   `json:"move,omitempty"`
}

// ownNews is what the author of a question hears.
type ownNews struct {
	Question OwnView `json:"question"`
}

// announce tells moderators everything, the author about their own question, and
// everybody only what may be seen: text that has not been approved is in none of
// the public rows, so no frame can carry it.
func (s *Service) announce(tx *models.Tx, room models.Room, c change) {
	office := s.offices(context.Background()).name(c.after.OfficeID)
	tx.Emit(room.DeskTopic(), c.kind, deskNews{deskViewOf(c.after, office, c.by), c.by, c.move})
	if c.after.EnteredBy == "" {
		tx.Emit(room.OwnTopic(c.after.Voice), c.kind, ownNews{ownViewOf(c.after, office)})
	}
	switch {
	case c.after.Shown():
		v := ViewOf(c.after, office)
		tx.Emit(models.RoomTopic(room.Code), c.kind, news{Question: &v})
	case c.was:
		if c.after.MergedInto == "" { // else its words stay public as one of those it speaks with
			tx.Unsay(models.RoomTopic(room.Code), c.after.ID)
		}
		tx.Emit(models.RoomTopic(room.Code), "rooms.removed", news{Removed: c.after.ID, Into: c.after.MergedInto})
	}
}

// Unsaid says whether an event takes a question back from everybody, or its author has
// taken it back from all, or has been erased: what was told of it before is then in no
// row any more.
func (Topics) Unsaid(e models.Event) bool {
	return e.Kind == "rooms.removed" || e.Kind == "rooms.retracted" || e.Kind == forgotten
}

// announceHeld tells everybody how many questions are held back for which reasons.
func (s *Service) announceHeld(tx *models.Tx, room models.Room) error {
	held, err := tx.HeldReasonsIn(room.ID)
	if err == nil {
		tx.Emit(models.RoomTopic(room.Code), "rooms.held", news{Held: held})
	}
	return err
}

// announceRoom tells everybody where the room stands, and walls and moderators what the
// wall shows.
func announceRoom(tx *models.Tx, room models.Room, kind string) {
	n := news{Room: &roomNews{string(room.State), room.AgendaItemID, room.ListOpen}}
	tx.Emit(models.RoomTopic(room.Code), kind, n)
	n.Wall = &wallNews{room.WallView, room.WallAbout, room.WallBlank}
	tx.Emit(room.DeskTopic(), kind, n)
	tx.Emit(room.WallTopic(), kind, n)
}
