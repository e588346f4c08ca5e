package rooms

import (
	"context"
	"slices"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// SpeakerView is a place on the speaking list as everybody sees it.
type SpeakerView struct {
	ID      string     `json:"id"`
	Agenda  string     `json:"agenda,omitempty"`
	Kind    string     `json:"kind"`
	Side    string     `json:"side,omitempty"`
	Name    string     `json:"name"`
	State   string     `json:"state"`
	Seconds int        `json:"seconds,omitempty"` // what the entry gets
	Spoken  int        `json:"spoken"`            // true speaking time of finished stretches, in seconds
	Running *time.Time `json:"running_at,omitempty"`
	Pauses  string     `json:"pauses,omitempty"`
}

// SpeakerViewOf shows a place on the list.
func SpeakerViewOf(e models.SpeakerEntry) SpeakerView {
	return SpeakerView{ID: e.ID, Agenda: e.AgendaItemID, Kind: string(e.Kind), Side: e.Side, Name: e.Name, State: string(e.State), Seconds: e.Seconds,
		Spoken: int(e.SpokenMS / 1000), Running: e.RunningAt, Pauses: e.Pauses}
}

// speakersNews is what changes about the speaking list: all of it, since it is short.
type speakersNews struct {
	Speakers []SpeakerView `json:"speakers"`
}

// announceSpeakers tells everybody the list as it is now.
func (s *Service) announceSpeakers(tx *models.Tx, room models.Room) error {
	list, err := tx.SpeakersIn(room.ID, models.SpeakerSpeaking, models.SpeakerPaused, models.SpeakerWaiting)
	if err != nil {
		return err
	}
	n := speakersNews{[]SpeakerView{}}
	for _, e := range list[:min(len(list), 50)] {
		n.Speakers = append(n.Speakers, SpeakerViewOf(e))
	}
	for _, topic := range []string{models.RoomTopic(room.Code), room.DeskTopic(), room.WallTopic()} {
		tx.Emit(topic, "rooms.speakers_changed", n)
	}
	return nil
}

// SignUpInput is who wants the floor for what.
type SignUpInput struct {
	Kind models.SpeakerKind
	Side string // for, against or empty
	Name string
	// AgendaItemID is the item that is on when empty.
	AgendaItemID string
	// Hall says that the chair puts down somebody in the hall.
	Hall bool
}

var speakerKinds = []models.SpeakerKind{models.PointOfOrder, models.Reply, models.Speaking, models.Interposed}

// step orders the list by kind: a point of order before a reply before a speech. The
// place within a kind is the order of signing up.
func step(k models.SpeakerKind) int64 {
	switch k {
	case models.PointOfOrder, models.Interposed:
		return 1
	case models.Reply:
		return 2
	}
	return 3
}

// placeStep leaves room for the chair's own order between places.
const placeStep = 1_000_000

// SignUp puts somebody on the speaking list: themselves while the list is open, or,
// by the chair, somebody in the hall. Errors: NotFound, Closed while the list is
// closed, SignIn and Forbidden for too weak an identity, Invalid with a field,
// Conflict (rooms.on_list) for who waits there already.
func (s *Service) SignUp(ctx context.Context, who actor.Actor, code string, in SignUpInput, idem models.Idem) (models.SpeakerEntry, error) {
	room, err := s.Room(ctx, code)
	if err != nil {
		return models.SpeakerEntry{}, err
	}
	if in.Hall {
		err = s.moderates(ctx, who, room)
	} else {
		who, err = s.admitted(ctx, who, room)
	}
	if err != nil {
		return models.SpeakerEntry{}, err
	}
	e, err := s.wanted(ctx, who, room, in)
	if err != nil {
		return e, err
	}
	out, _, err := models.Once(ctx, s.db, act(who, "rooms.sign_up", room), idem, func(tx *models.Tx) (models.SpeakerEntry, error) {
		now, err := tx.Room(room.ID)
		switch {
		case err != nil:
			return e, err
		case now.State == models.RoomClosed || now.State == models.RoomWaiting && !in.Hall:
			return e, models.Fail(models.Closed, "rooms.closed_"+string(now.State))
		case !now.ListOpen && !in.Hall:
			return e, models.Fail(models.Closed, "rooms.list_closed")
		}
		n, err := tx.Number("speakers:" + room.ID)
		if err != nil {
			return e, err
		}
		e := e
		e.ID, e.CreatedAt, e.UpdatedAt, e.Place = models.NewID(tx.Now), tx.Now, tx.Now, step(e.Kind)*1e12+n*placeStep
		if e.Seconds = now.SpeechSeconds; e.Kind != models.Speaking {
			e.Seconds = min(now.SpeechSeconds, 120)
		}
		if err := tx.Insert(&e); err != nil {
			return e, err
		}
		return e, s.announceSpeakers(tx, now)
	})
	if models.KindOf(err) == models.Conflict && err != nil {
		err = models.Fail(models.Conflict, "rooms.on_list")
	}
	return out, err
}

func (s *Service) wanted(ctx context.Context, who actor.Actor, room models.Room, in SignUpInput) (models.SpeakerEntry, error) {
	var f models.Faults
	e := models.SpeakerEntry{RoomID: room.ID, AgendaItemID: in.AgendaItemID, Kind: in.Kind, Side: in.Side, PersonID: who.PersonID, Voice: who.Voice(), Name: text.Line(in.Name), State: models.SpeakerWaiting, Revision: 1}
	if e.Kind == "" {
		e.Kind = models.Speaking
	}
	if !slices.Contains(speakerKinds, e.Kind) {
		f.Add("kind", "rooms.kind_unknown")
	}
	if !slices.Contains([]string{"", "for", "against"}, e.Side) {
		f.Add("side", "rooms.side_unknown")
	}
	if e.AgendaItemID == "" {
		e.AgendaItemID = room.AgendaItemID
	} else if ok, err := s.onAgenda(ctx, room, e.AgendaItemID); err != nil {
		return e, err
	} else if !ok {
		f.Add("agenda", "rooms.agenda_unknown")
	}
	if e.Name == "" {
		f.Add("name", "rooms.name_empty") // the chair calls people out by a name
	}
	within(&f, "name", e.Name, NameLimit)
	if in.Hall {
		e.PersonID, e.Voice, e.EnteredBy = "", "", who.PersonID
	}
	return e, f.Err()
}

// Withdraw takes somebody off the list who has not spoken: themselves, or by the
// chair. Errors: NotFound, SignIn, Conflict.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, id string) error {
	e, room, err := s.speaker(ctx, id)
	if err != nil {
		return err
	}
	if e.Voice == "" || e.Voice != who.Voice() {
		if err := s.moderates(ctx, who, room); err != nil {
			return err
		}
	}
	return s.onList(ctx, who, room, id, "rooms.withdraw", func(tx *models.Tx, e *models.SpeakerEntry) error {
		if e.State != models.SpeakerWaiting {
			return errStale
		}
		e.State = models.SpeakerGone
		return nil
	})
}

func (s *Service) speaker(ctx context.Context, id string) (models.SpeakerEntry, models.Room, error) {
	if !models.IsID(id) {
		return models.SpeakerEntry{}, models.Room{}, models.ErrNotFound
	}
	e, err := s.db.SpeakerByID(ctx, id)
	if err != nil {
		return e, models.Room{}, err
	}
	room, err := s.db.RoomByID(ctx, e.RoomID)
	return e, room, err
}

// chairs finds an entry for the chair of its room.
func (s *Service) chairs(ctx context.Context, who actor.Actor, id string) (models.Room, error) {
	_, room, err := s.speaker(ctx, id)
	if err != nil {
		return room, err
	}
	return room, s.moderates(ctx, who, room)
}

// onList changes an entry in one act and tells everybody the list.
func (s *Service) onList(ctx context.Context, who actor.Actor, room models.Room, id, verb string, do func(tx *models.Tx, e *models.SpeakerEntry) error) error {
	return s.db.InTx(ctx, act(who, verb, room), func(tx *models.Tx) error {
		e, err := tx.Speaker(id)
		if err != nil {
			return err
		}
		tx.Act.Detail = map[string]any{"entry": e.ID, "state": e.State, "spoken_ms": e.SpokenMS}
		if err := do(tx, &e); err != nil {
			return err
		}
		e.ChangedBy = who.PersonID
		if err := tx.ChangeSpeaker(&e); err != nil {
			return err
		}
		return s.announceSpeakers(tx, room)
	})
}

// run begins a stretch of speaking.
func run(tx *models.Tx, e *models.SpeakerEntry) error {
	at := tx.Now
	e.State, e.RunningAt = models.SpeakerSpeaking, &at
	if e.BeganAt == nil {
		e.BeganAt = &at
	}
	return tx.Insert(&models.Speech{ID: models.NewID(tx.Now), EntryID: e.ID, RoomID: e.RoomID, StartedAt: tx.Now})
}

// halt ends the stretch that is under way and counts it.
func halt(tx *models.Tx, e *models.SpeakerEntry, state models.SpeakerState) error {
	e.SpokenMS = e.Spoken(tx.Now).Milliseconds()
	e.RunningAt, e.State = nil, state
	if state == models.SpeakerDone {
		at := tx.Now
		e.EndedAt = &at
	}
	return tx.EndSpeech(e.ID)
}

// Give gives somebody on the list the floor. Who speaks ends, unless it is an
// interposed question or a point of order: then the speaker is paused and goes on
// afterwards. The chair may give the floor in any order. Errors: SignIn, NotFound,
// Closed, Conflict (rooms.side_over) when the side has no time left and the chair
// does not say that it may speak all the same.
func (s *Service) Give(ctx context.Context, who actor.Actor, id string, allTheSame bool) error {
	room, err := s.chairs(ctx, who, id)
	if err != nil {
		return err
	}
	return s.onList(ctx, who, room, id, "rooms.give", func(tx *models.Tx, e *models.SpeakerEntry) error {
		if room.State == models.RoomClosed {
			return models.Fail(models.Closed, "rooms.closed_closed")
		}
		if e.State != models.SpeakerWaiting && e.State != models.SpeakerPaused {
			return errStale
		}
		if err := s.sideHasTime(tx, room, *e, allTheSame); err != nil {
			return err
		}
		speaking, err := tx.SpeakersIn(room.ID, models.SpeakerSpeaking)
		if err != nil {
			return err
		}
		for _, other := range speaking {
			state := models.SpeakerDone
			if e.Kind == models.Interposed || e.Kind == models.PointOfOrder {
				state, e.Pauses = models.SpeakerPaused, other.ID
			}
			if err := halt(tx, &other, state); err != nil {
				return err
			}
			if err := tx.ChangeSpeaker(&other); err != nil {
				return err
			}
		}
		return run(tx, e)
	})
}

// sideHasTime looks whether the side of an entry has speaking time left.
func (s *Service) sideHasTime(tx *models.Tx, room models.Room, e models.SpeakerEntry, allTheSame bool) error {
	if room.SideSeconds == 0 || e.Side == "" || e.Kind != models.Speaking || allTheSame {
		return nil
	}
	all, err := tx.SpeakersIn(room.ID, models.SpeakerDone, models.SpeakerPaused, models.SpeakerSpeaking)
	if err != nil {
		return err
	}
	var spoken time.Duration
	for _, o := range all {
		if o.Side == e.Side && o.AgendaItemID == e.AgendaItemID {
			spoken += o.Spoken(tx.Now)
		}
	}
	if spoken >= time.Duration(room.SideSeconds)*time.Second {
		return models.Fail(models.Conflict, "rooms.side_over")
	}
	return nil
}

// Stop ends somebody's speech; whom it paused goes on. Errors: SignIn, NotFound,
// Conflict.
func (s *Service) Stop(ctx context.Context, who actor.Actor, id string) error {
	room, err := s.chairs(ctx, who, id)
	if err != nil {
		return err
	}
	return s.onList(ctx, who, room, id, "rooms.stop", func(tx *models.Tx, e *models.SpeakerEntry) error {
		if e.State != models.SpeakerSpeaking && e.State != models.SpeakerPaused {
			return errStale
		}
		if err := halt(tx, e, models.SpeakerDone); err != nil || e.Pauses == "" {
			return err
		}
		if err := tx.ChangeSpeaker(e); err != nil { // one speaks at a time: first this one ends
			return err
		}
		paused, err := tx.Speaker(e.Pauses)
		if err != nil || paused.State != models.SpeakerPaused {
			return err
		}
		if err := run(tx, &paused); err != nil {
			return err
		}
		return tx.ChangeSpeaker(&paused)
	})
}

// HoldSpeaker pauses who speaks without ending the speech. Errors: SignIn, NotFound,
// Conflict.
func (s *Service) HoldSpeaker(ctx context.Context, who actor.Actor, id string) error {
	room, err := s.chairs(ctx, who, id)
	if err != nil {
		return err
	}
	return s.onList(ctx, who, room, id, "rooms.hold_speaker", func(tx *models.Tx, e *models.SpeakerEntry) error {
		if e.State != models.SpeakerSpeaking {
			return errStale
		}
		return halt(tx, e, models.SpeakerPaused)
	})
}

// Extend gives a speech more time, or less with a negative amount. Errors: SignIn,
// NotFound, Invalid.
func (s *Service) Extend(ctx context.Context, who actor.Actor, id string, seconds int) error {
	if seconds < -3600 || seconds > 3600 {
		return models.FailField("seconds", "rooms.number_range", "least", -3600, "most", 3600)
	}
	room, err := s.chairs(ctx, who, id)
	if err != nil {
		return err
	}
	return s.onList(ctx, who, room, id, "rooms.extend", func(_ *models.Tx, e *models.SpeakerEntry) error {
		e.Seconds = max(e.Seconds+seconds, 0)
		return nil
	})
}

// Place puts a waiting entry before another one, or at the end when before is empty:
// the chair's own order. Errors: SignIn, NotFound, Conflict.
func (s *Service) Place(ctx context.Context, who actor.Actor, id, before string) error {
	room, err := s.chairs(ctx, who, id)
	if err != nil {
		return err
	}
	return s.onList(ctx, who, room, id, "rooms.place", func(tx *models.Tx, e *models.SpeakerEntry) error {
		if e.State != models.SpeakerWaiting {
			return errStale
		}
		waiting, err := tx.SpeakersIn(room.ID, models.SpeakerWaiting)
		if err != nil {
			return err
		}
		waiting = slices.DeleteFunc(waiting, func(o models.SpeakerEntry) bool { return o.ID == e.ID })
		if len(waiting) == 0 {
			return nil
		}
		at := slices.IndexFunc(waiting, func(o models.SpeakerEntry) bool { return o.ID == before })
		switch {
		case before == "":
			e.Place = waiting[len(waiting)-1].Place + placeStep
		case at < 0:
			return models.ErrNotFound
		case at == 0:
			e.Place = waiting[0].Place - placeStep
		default:
			e.Place = (waiting[at-1].Place + waiting[at].Place) / 2
		}
		return nil
	})
}

// OpenList opens or closes the list for people who sign up themselves. Errors:
// SignIn, NotFound, Closed.
func (s *Service) OpenList(ctx context.Context, who actor.Actor, code string, open bool) (models.Room, error) {
	return s.alter(ctx, who, code, "rooms.list", "rooms.list_changed", func(_ *models.Tx, r *models.Room) error {
		if open && r.State == models.RoomClosed {
			return models.Fail(models.Closed, "rooms.closed_closed")
		}
		r.ListOpen = open
		return nil
	})
}

// endSpeaking ends every speech when the room closes.
func (s *Service) endSpeaking(tx *models.Tx, room models.Room) error {
	list, err := tx.SpeakersIn(room.ID, models.SpeakerSpeaking, models.SpeakerPaused)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := halt(tx, &e, models.SpeakerDone); err != nil {
			return err
		}
		if err := tx.ChangeSpeaker(&e); err != nil {
			return err
		}
	}
	return s.announceSpeakers(tx, room)
}

// Speakers lists the speaking list of a room in its order, with those who have
// spoken. Errors: NotFound.
func (s *Service) Speakers(ctx context.Context, code string) ([]models.SpeakerEntry, error) {
	room, err := s.Room(ctx, code)
	if err != nil {
		return nil, err
	}
	return s.db.SpeakersOf(ctx, room.ID)
}

// Speaker finds a place on a speaking list, which everybody may see.
func (s *Service) Speaker(ctx context.Context, id string) (models.SpeakerEntry, error) {
	e, _, err := s.speaker(ctx, id)
	return e, err
}
