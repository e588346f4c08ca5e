// Package rooms runs rooms of live questions: people ask and second each other's
// questions, moderators bring order into them, the chair keeps the speaking list
// and takes quick polls, and afterwards every accepted question has an answer.
package rooms

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/limit"
	"minyi/models"
)

// Limits of texts, in characters, and of numbers.
const (
	QuestionLimit = 120 // of a question, unless the room says otherwise
	MostQuestion  = 500 // that a room may allow
	AnswerLimit   = 2000
	NoteLimit     = 300
	NameLimit     = 40
	TitleLimit    = 100
	PerPerson     = 100 // questions of one person in one room, unless the room says otherwise
	AnswerDays    = 15  // for a written answer: the report's 15 days of the procedure
	OptionLimit   = 60
	HallLimit     = 400 // of the networks of a hall
	MostOptions   = 10
	shownAtMost   = 300 // questions in a room's state
	countedAtMost = 100 // counts in a frame
)

// UndoFor is how long a move can be undone; the way to the server and back is not
// counted against people.
const (
	UndoFor   = 10 * time.Second
	undoGrace = 2 * time.Second
)

// Reasons why a question is not shown; their counts are public.
var Reasons = []string{"off-topic", "personal-data", "insult", "unlawful", "advertising", "answered-before"}

// Rates are how much is taken in a minute; 0 does not limit. Network is for a whole
// address and is multiplied for the hall of an open room.
type Rates struct{ Ask, AskNetwork, Voice, VoiceNetwork int }

// hallFactor multiplies the limits of a network in which a room's hall is.
const hallFactor = 50

// Options are what the service needs to know of its surroundings.
type Options struct {
	DB    *models.DB
	Zone  *time.Location
	Log   *slog.Logger
	Rates Rates
}

// Service holds the use cases of rooms. It is safe for concurrent use.
type Service struct {
	db     *models.DB
	zone   *time.Location
	log    *slog.Logger
	rates  Rates
	limits *limit.Limiter
	halls  *halls
	rooms  *lookup
	drafts drafts
}

// New makes the service.
func New(o Options) *Service {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Service{db: o.DB, zone: o.Zone, log: o.Log, rates: o.Rates, limits: limit.New(o.DB.Now, 0), halls: newHalls(o.DB), rooms: newLookup(o.DB)}
	o.DB.OnCommit(s.Committed)
	return s
}

// Room finds a room by its code as people type it; NotFound if there is none.
func (s *Service) Room(ctx context.Context, typed string) (models.Room, error) {
	code := foldCode(typed)
	if code == "" {
		return models.Room{}, models.ErrNotFound
	}
	return s.db.RoomByCode(ctx, code)
}

// Public lists the rooms that are open or about to be, and the last closed ones.
func (s *Service) Public(ctx context.Context) ([]models.Room, error) {
	live, err := s.db.Rooms(ctx, 100, models.RoomOpen, models.RoomPaused, models.RoomWaiting)
	if err != nil {
		return nil, err
	}
	past, err := s.db.Rooms(ctx, 50, models.RoomClosed)
	return append(live, past...), err
}

// moderators may run the rooms of their unit and of those below it.
var moderators = []models.RoleName{models.Moderator, models.Officer}

// Moderates says whether the actor may run a room: NotFound or SignIn otherwise.
func (s *Service) moderates(ctx context.Context, who actor.Actor, room models.Room) error {
	if who.PersonID == actor.System.PersonID {
		return nil
	}
	u, err := s.db.UnitByID(ctx, room.UnitID)
	if err != nil {
		return err
	}
	return who.Needs(u.Path, moderators...)
}

// Moderated finds a room by its code for who runs it. Errors: SignIn, NotFound.
func (s *Service) Moderated(ctx context.Context, who actor.Actor, code string) (models.Room, error) {
	room, err := s.Room(ctx, code)
	if err != nil {
		return room, err
	}
	return room, s.moderates(ctx, who, room)
}

// Mine lists the rooms that the actor may run, the newest first.
func (s *Service) Mine(ctx context.Context, who actor.Actor) ([]models.Room, error) {
	paths := who.Paths(moderators...)
	if len(paths) == 0 {
		return nil, models.ErrNotFound
	}
	return s.db.RoomsUnder(ctx, paths)
}

// act begins an act about a room.
func act(who actor.Actor, name string, room models.Room) models.Act {
	a := who.Act(name, models.RoomTopic(room.Code))
	a.UnitID = room.UnitID
	return a
}

// tiers order identities from the weakest.
var tiers = []models.Tier{models.TierNone, models.TierContact, models.TierResident, models.TierCheckedIn}

func rank(t models.Tier) int {
	for i, one := range tiers {
		if one == t {
			return i
		}
	}
	return 0
}

// known tells how sure it is who somebody is in this room: who was seen at its
// hearing counts as checked in. It is looked up only where it decides.
func (s *Service) known(ctx context.Context, who actor.Actor, room models.Room) (actor.Actor, error) {
	if room.Tier != models.TierCheckedIn || room.HearingID == "" || !who.SignedIn() {
		return who, nil
	}
	here, err := s.db.CheckedIn(ctx, room.HearingID, who.PersonID)
	if here {
		who.Tier = models.TierCheckedIn
	}
	return who, err
}

// admitted is [admits] for somebody who may have checked in at the hearing; it gives
// the actor as the room knows them.
func (s *Service) admitted(ctx context.Context, who actor.Actor, room models.Room) (actor.Actor, error) {
	who, err := s.known(ctx, who, room)
	if err != nil {
		return who, err
	}
	return who, admits(who, room)
}

// admits gives nil if the actor's identity is good enough to ask and second in the
// room. Errors: SignIn for who has not shown any, Forbidden (rooms.tier_<tier>).
func admits(who actor.Actor, room models.Room) error {
	switch {
	case room.Tier == models.TierNone && who.Known():
		return nil
	case !who.SignedIn():
		return models.Fail(models.SignIn, "rooms.sign_in")
	case rank(who.TierOr()) < rank(room.Tier):
		return models.Fail(models.Forbidden, "rooms.tier_"+string(room.Tier))
	}
	return nil
}

// Admits says whether the actor may ask and second in a room, with the error that
// [Service.Ask] would give: SignIn, Forbidden (rooms.tier_<tier>). Where the room
// asks for no identity, a visitor who has none yet gets one with the first act.
func (s *Service) Admits(who actor.Actor, room models.Room) error {
	if room.Tier == models.TierNone {
		return nil
	}
	return admits(who, room)
}

// codeAlphabet has no letters or digits that are mistaken for each other.
const codeAlphabet = "34679ACDEFGHJKMNPQRTUVWXY"

// newCode makes a room's code of four symbols, a letter first so that nobody takes
// it for a number. The store's unique key decides, and the caller draws again.
func newCode() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	for i := range b {
		from := codeAlphabet
		if i == 0 {
			from = codeAlphabet[5:]
		}
		b[i] = from[int(b[i])%len(from)]
	}
	return string(b[:])
}

// foldCode reads a code as people type it: case and spaces do not matter. Empty:
// it cannot be one.
func foldCode(typed string) string {
	if len(typed) > 64 {
		return ""
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch {
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case r >= 'Ａ' && r <= 'Ｚ':
			b.WriteRune(r - 'Ａ' + 'A')
		case r == ' ' || r == '-' || r == '　':
		default:
			return ""
		}
	}
	return b.String()
}
