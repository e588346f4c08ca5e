package rooms

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/text"
	"minyi/models"
)

// RoomInput is what an officer says about a room.
type RoomInput struct {
	UnitID           string
	HearingID        string
	ConsultationID   string
	TitleZH, TitleEN string
	PlaceZH, PlaceEN string
	Moderated        bool
	Tier             models.Tier
	QuestionLimit    int
	PerPerson        int
	AnswerDays       int
	Hall             string
	SpeechSeconds    int
	SideSeconds      int
	StartsAt         *time.Time
	// Code is taken where it is free and well formed; empty draws one.
	Code string
}

// Create makes a room that waits to be opened. Errors: Invalid with a field, SignIn,
// NotFound for the unit of others, Conflict when the code is taken.
func (s *Service) Create(ctx context.Context, who actor.Actor, in RoomInput, idem models.Idem) (models.Room, error) {
	u, err := s.db.UnitByID(ctx, in.UnitID)
	if err != nil {
		return models.Room{}, models.FailField("unit", "rooms.unit_unknown")
	}
	if who.PersonID != actor.System.PersonID {
		if err := who.Needs(u.Path, moderators...); err != nil {
			return models.Room{}, err
		}
	}
	if in.HearingID != "" {
		h, err := s.db.HearingByID(ctx, in.HearingID)
		if err != nil || h.UnitID != u.ID {
			return models.Room{}, models.FailField("hearing", "rooms.hearing_unknown")
		}
		in.ConsultationID = h.ConsultationID
	} else if in.ConsultationID != "" {
		c, err := s.db.ConsultationByID(ctx, in.ConsultationID)
		if err != nil || c.PublishedAt == nil {
			return models.Room{}, models.FailField("consultation", "rooms.consultation_unknown")
		}
	}
	room := models.Room{UnitID: u.ID, State: models.RoomWaiting, CreatedBy: who.PersonID, ChangedBy: who.PersonID, WallView: models.WallQuestion}
	if err := fill(&room, in); err != nil {
		return room, err
	}
	if in.Code != "" {
		if room.Code = foldCode(in.Code); len(room.Code) < 4 || len(room.Code) > 12 {
			return room, models.FailField("code", "rooms.code_form")
		}
	}
	for {
		if in.Code == "" {
			room.Code = newCode()
		}
		out, _, err := models.Once(ctx, s.db, act(who, "rooms.create", room), idem, func(tx *models.Tx) (models.Room, error) {
			r := room
			r.ID, r.WallSecret, r.CreatedAt, r.UpdatedAt, r.Revision = models.NewID(tx.Now), code.NewToken(), tx.Now, tx.Now, 1
			tx.Emit("", "rooms.created", map[string]string{"room": r.Code})
			return r, tx.Insert(&r)
		})
		if models.KindOf(err) == models.Conflict && err != nil {
			if in.Code == "" {
				continue // the code was taken: draw another
			}
			return out, models.FailField("code", "rooms.code_taken")
		}
		return out, err
	}
}

// fill brings what was typed into a room and says what is wrong with it.
func fill(room *models.Room, in RoomInput) error {
	var f models.Faults
	line := func(field, s string) string { return bounded(&f, field, s, TitleLimit) }
	between := func(field string, n, standard, least, most int) int {
		if n == 0 {
			n = standard
		}
		if n < least || n > most {
			f.Add(field, "rooms.number_range", "least", least, "most", most)
		}
		return n
	}
	room.TitleZH, room.TitleEN = line("title_zh", in.TitleZH), line("title_en", in.TitleEN)
	room.PlaceZH, room.PlaceEN = line("place_zh", in.PlaceZH), line("place_en", in.PlaceEN)
	if room.TitleZH == "" && room.TitleEN == "" {
		f.Add("title_zh", "rooms.title_empty")
	}
	room.QuestionLimit = between("question_limit", in.QuestionLimit, QuestionLimit, 20, MostQuestion)
	room.PerPerson = between("per_person", in.PerPerson, PerPerson, 1, 1000)
	room.AnswerDays = between("answer_days", in.AnswerDays, AnswerDays, 1, 90)
	room.SpeechSeconds = between("speech_seconds", in.SpeechSeconds, 0, 0, 3600)
	room.SideSeconds = between("side_seconds", in.SideSeconds, 0, 0, 4*3600)
	if room.Tier = in.Tier; room.Tier == "" {
		room.Tier = models.TierContact
	}
	if !slices.Contains(tiers, room.Tier) {
		f.Add("tier", "rooms.tier_unknown")
	}
	for _, one := range strings.Fields(in.Hall) {
		if _, err := netip.ParsePrefix(one); err == nil {
			continue
		}
		if _, err := netip.ParseAddr(one); err != nil {
			f.Add("hall", "rooms.hall_form", "given", text.Cut(one, 40))
		}
	}
	room.Hall = bounded(&f, "hall", in.Hall, HallLimit)
	room.HearingID, room.ConsultationID, room.Moderated, room.StartsAt = in.HearingID, in.ConsultationID, in.Moderated, in.StartsAt
	return f.Err()
}

// Change edits a room that is not closed. Errors: Invalid with a field, SignIn,
// NotFound, Conflict when somebody else changed it since revision.
func (s *Service) Change(ctx context.Context, who actor.Actor, code string, revision int64, in RoomInput) (models.Room, error) {
	return s.alter(ctx, who, code, "rooms.change", "rooms.changed", func(_ *models.Tx, r *models.Room) error {
		if revision != 0 && r.Revision != revision {
			return s.roomConflict(ctx, *r)
		}
		if r.State == models.RoomClosed {
			return models.Fail(models.Closed, "rooms.closed_closed")
		}
		in.HearingID, in.ConsultationID = r.HearingID, r.ConsultationID
		return fill(r, in)
	})
}

func (s *Service) roomConflict(ctx context.Context, r models.Room) error {
	return models.Fail(models.Conflict, "rooms.conflict_room", "who", s.nameOf(ctx, r.ChangedBy))
}

// alter changes a room in one act and tells everybody where it stands.
func (s *Service) alter(ctx context.Context, who actor.Actor, code, verb, kind string, do func(tx *models.Tx, r *models.Room) error) (models.Room, error) {
	room, err := s.Moderated(ctx, who, code)
	if err != nil {
		return room, err
	}
	err = s.db.InTx(ctx, act(who, verb, room), func(tx *models.Tx) error {
		r, err := tx.Room(room.ID)
		if err != nil {
			return err
		}
		tx.Act.Detail = map[string]any{"state": r.State}
		before := r
		if err := do(tx, &r); err != nil {
			return err
		}
		if room = r; r == before {
			return nil
		}
		r.ChangedBy = who.PersonID
		if err := tx.ChangeRoom(&r); err != nil {
			return err
		}
		room = r
		announceRoom(tx, r, kind)
		return nil
	})
	return room, err
}

// Open lets people ask and second, for the first time or after a pause. Errors:
// SignIn, NotFound, Closed for a room that was closed.
func (s *Service) Open(ctx context.Context, who actor.Actor, code string) (models.Room, error) {
	return s.alter(ctx, who, code, "rooms.open", "rooms.opened", func(tx *models.Tx, r *models.Room) error {
		if r.State == models.RoomClosed {
			return models.Fail(models.Closed, "rooms.closed_closed")
		}
		if r.OpenedAt == nil {
			at := tx.Now
			r.OpenedAt = &at
		}
		r.State = models.RoomOpen
		return nil
	})
}

// Pause stops asking and seconding for a while; moderating goes on. Errors: SignIn,
// NotFound, Closed for a room that is not open.
func (s *Service) Pause(ctx context.Context, who actor.Actor, code string) (models.Room, error) {
	return s.alter(ctx, who, code, "rooms.pause", "rooms.paused", func(_ *models.Tx, r *models.Room) error {
		if r.State != models.RoomOpen && r.State != models.RoomPaused {
			return models.Fail(models.Closed, "rooms.closed_"+string(r.State))
		}
		r.State = models.RoomPaused
		return nil
	})
}

// Close ends the room for good: the list stays, and what was not reached is
// answered in writing. Errors: SignIn, NotFound.
func (s *Service) Close(ctx context.Context, who actor.Actor, code string) (models.Room, error) {
	return s.alter(ctx, who, code, "rooms.close", "rooms.closed", func(tx *models.Tx, r *models.Room) error {
		if r.State == models.RoomClosed {
			return nil
		}
		at := tx.Now
		r.State, r.ClosedAt, r.ListOpen = models.RoomClosed, &at, false
		return s.endSpeaking(tx, *r)
	})
}

// OnAgenda says which item of the agenda is on, by which new questions are filed.
// Errors: SignIn, NotFound, Invalid for an item of another agenda.
func (s *Service) OnAgenda(ctx context.Context, who actor.Actor, code, itemID string) (models.Room, error) {
	return s.alter(ctx, who, code, "rooms.agenda", "rooms.turned", func(_ *models.Tx, r *models.Room) error {
		if itemID != "" {
			if ok, err := s.onAgenda(ctx, *r, itemID); err != nil {
				return err
			} else if !ok {
				return models.FailField("agenda", "rooms.agenda_unknown")
			}
		}
		r.AgendaItemID = itemID
		return nil
	})
}
