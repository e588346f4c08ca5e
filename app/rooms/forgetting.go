package rooms

import (
	"context"

	"minyi/models"
)

// forgotten is the event after which what was told of somebody before stands in no row
// any more, and hubs forget it (see [Topics.Unsaid]).
const forgotten = "rooms.forgotten"

// Erased takes back, in the act that erases a person and before [models.Tx.ErasePerson],
// what rooms have told by that person's name, and tells everybody who is in them how it
// stands without it. Questions that never bore the name are not touched: nobody shall
// learn whose they were.
func (s *Service) Erased(tx *models.Tx, personID string) error {
	questions, err := tx.NamedQuestions(personID)
	if err != nil {
		return err
	}
	for _, q := range questions {
		if err := s.forgetQuestion(tx, q); err != nil {
			return err
		}
	}
	speeches, err := tx.NamedSpeeches(personID)
	if err != nil {
		return err
	}
	if err := tx.ForgetSpeeches(personID); err != nil {
		return err
	}
	told := map[string]bool{}
	for _, e := range speeches {
		if err := s.forgetSpeech(tx, e, told); err != nil {
			return err
		}
	}
	return nil
}

// forgetQuestion tells a question again without its author's name.
func (s *Service) forgetQuestion(tx *models.Tx, q models.Question) error {
	room, err := tx.Room(q.RoomID)
	if err != nil {
		return err
	}
	public := models.RoomTopic(room.Code)
	for _, topic := range []string{public, room.DeskTopic(), room.OwnTopic(q.Voice)} {
		tx.Unsay(topic, q.ID)
	}
	q.Display, q.DisplayName, q.Revision = models.Anonymous, "", q.Revision+1
	office := s.offices(context.Background()).name(q.OfficeID)
	tx.Emit(room.DeskTopic(), forgotten, deskNews{Question: deskViewOf(q, office, "")})
	tx.Emit(room.OwnTopic(q.Voice), forgotten, ownNews{ownViewOf(q, office)})
	n := news{} // a question that is not shown any more may have been
	if q.Shown() {
		v := ViewOf(q, office)
		n.Question = &v
	}
	tx.Emit(public, forgotten, n)
	tx.Voiced(room) // the row is not held: somebody may second it at this moment
	return nil
}

// forgetSpeech takes a name out of the lists that were told, and tells each room's list
// once as it is now.
func (s *Service) forgetSpeech(tx *models.Tx, e models.SpeakerEntry, told map[string]bool) error {
	room, err := tx.Room(e.RoomID)
	if err != nil {
		return err
	}
	for _, topic := range []string{models.RoomTopic(room.Code), room.DeskTopic(), room.WallTopic()} {
		tx.Unsay(topic, e.ID)
		if !told[room.ID] {
			tx.Emit(topic, forgotten, news{})
		}
	}
	if told[room.ID] {
		return nil
	}
	told[room.ID] = true
	return s.announceSpeakers(tx, room)
}
