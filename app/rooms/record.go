package rooms

import (
	"context"
	"slices"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Draft is what a room leaves for the record: what was asked and what became of it,
// how long everybody truly spoke, and the polls.
type Draft struct {
	Room      models.Room
	Unit      models.Unit
	Agenda    []AgendaItem
	Questions []DraftQuestion
	// Held counts what was not shown, by reason.
	Held     map[string]int
	Speakers []models.SpeakerEntry
	Sides    []Side
	Polls    []PollView
	At       time.Time
}

// DraftQuestion is an accepted question with those merged into it.
type DraftQuestion struct {
	models.Question
	Office *Words
	Merged []models.Question
}

// By is who asked, as it is shown: empty for anonymous.
func (q DraftQuestion) By() string {
	if q.Display == models.Anonymous {
		return ""
	}
	return q.DisplayName
}

// Side is how long one side of an item of the agenda spoke.
type Side struct {
	AgendaItemID, Side string
	Spoken             time.Duration
	Speeches           int
}

// Draft gathers the draft record of a room. Everybody sees it once the room is
// closed: it holds nothing that was not public. Errors: SignIn, NotFound.
func (s *Service) Draft(ctx context.Context, who actor.Actor, code string) (Draft, error) {
	room, err := s.Room(ctx, code)
	if err != nil {
		return Draft{}, err
	}
	if room.State != models.RoomClosed {
		if err := s.moderates(ctx, who, room); err != nil {
			return Draft{}, err
		}
	}
	return s.draft(ctx, room)
}

func (s *Service) draft(ctx context.Context, room models.Room) (Draft, error) {
	d := Draft{Room: room, At: s.db.Now()}
	var err error
	if d.Unit, err = s.db.UnitByID(ctx, room.UnitID); err != nil {
		return d, err
	}
	if d.Agenda, err = s.Agenda(ctx, room); err != nil {
		return d, err
	}
	if d.Questions, err = s.accepted(ctx, room); err != nil {
		return d, err
	}
	if d.Held, err = s.db.HeldReasons(ctx, room.ID); err != nil {
		return d, err
	}
	if d.Speakers, err = s.db.SpeakersOf(ctx, room.ID); err != nil {
		return d, err
	}
	d.Speakers = slices.DeleteFunc(d.Speakers, func(e models.SpeakerEntry) bool { return e.BeganAt == nil })
	slices.SortStableFunc(d.Speakers, func(a, b models.SpeakerEntry) int { return a.BeganAt.Compare(*b.BeganAt) })
	d.Sides = sides(d.Speakers, d.At)
	d.Polls, err = s.Polls(ctx, room, false)
	return d, err
}

// accepted lists the questions that were shown, in the order in which they were
// taken up, then asked.
func (s *Service) accepted(ctx context.Context, room models.Room) ([]DraftQuestion, error) {
	all, err := s.db.QuestionsAll(ctx, room.ID)
	if err != nil {
		return nil, err
	}
	merged := map[string][]models.Question{}
	for _, q := range all {
		if q.MergedInto != "" {
			merged[q.MergedInto] = append(merged[q.MergedInto], q)
		}
	}
	var out []DraftQuestion
	offices := s.offices(ctx)
	for _, q := range all {
		if q.Shown() {
			out = append(out, DraftQuestion{q, offices.name(q.OfficeID), merged[q.ID]})
		}
	}
	slices.SortStableFunc(out, func(a, b DraftQuestion) int {
		switch {
		case a.AnsweringAt != nil && b.AnsweringAt != nil:
			return a.AnsweringAt.Compare(*b.AnsweringAt)
		case a.AnsweringAt != nil:
			return -1
		case b.AnsweringAt != nil:
			return 1
		}
		return int(a.Number - b.Number)
	})
	return out, nil
}

// sides adds the true speaking times by item and side.
func sides(list []models.SpeakerEntry, now time.Time) []Side {
	var out []Side
	for _, e := range list {
		i := slices.IndexFunc(out, func(o Side) bool { return o.AgendaItemID == e.AgendaItemID && o.Side == e.Side })
		if i < 0 {
			i, out = len(out), append(out, Side{AgendaItemID: e.AgendaItemID, Side: e.Side})
		}
		out[i].Spoken += e.Spoken(now)
		out[i].Speeches++
	}
	return out
}

// CodesOf gives the codes of a hearing's rooms by their ids.
func (s *Service) CodesOf(ctx context.Context, hearingID string) (map[string]string, error) {
	list, err := s.db.RoomsOfHearing(ctx, hearingID)
	out := map[string]string{}
	for _, r := range list {
		out[r.ID] = r.Code
	}
	return out, err
}

// Accepted lists the questions of a hearing's rooms that were accepted, for its
// record, in the order in which they were taken up or asked.
func (s *Service) Accepted(ctx context.Context, hearingID string) ([]DraftQuestion, error) {
	rooms, err := s.db.RoomsOfHearing(ctx, hearingID)
	if err != nil {
		return nil, err
	}
	var out []DraftQuestion
	for _, room := range rooms {
		part, err := s.accepted(ctx, room)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}
