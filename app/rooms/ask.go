package rooms

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/limit"
	"minyi/app/kit/text"
	"minyi/models"
)

// AskInput is a question as it was typed.
type AskInput struct {
	Code         string
	Body         string
	AgendaItemID string
	ClauseKey    string
	Display      models.Display // anonymous when empty
	Name         string         // with display name or nickname; the account's nickname when empty
}

// Asked is the answer to a question that was taken.
type Asked struct {
	ID        string    `json:"id"`
	Number    int64     `json:"number"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
}

// Ask takes a question. In a moderated room it waits for a moderator, else it is
// shown at once. Errors: NotFound, Closed while the room is not open, SignIn and
// Forbidden for too weak an identity, Invalid with a field, TooMany.
func (s *Service) Ask(ctx context.Context, who actor.Actor, in AskInput, idem models.Idem) (Asked, error) {
	room, err := s.Room(ctx, in.Code)
	if err != nil {
		return Asked{}, err
	}
	if who, err = s.admitted(ctx, who, room); err != nil {
		return Asked{}, err
	}
	q, err := s.typed(ctx, who, room, in)
	if err != nil {
		return Asked{}, err
	}
	if err := s.hold("rooms.ask", limit.Rate{Burst: s.rates.Ask, Per: time.Minute}, limit.Rate{Burst: s.rates.AskNetwork, Per: time.Minute}, who, room); err != nil {
		return Asked{}, err
	}
	return s.ask(ctx, who, room, q, idem)
}

// ask keeps a question that was read and checked.
func (s *Service) ask(ctx context.Context, who actor.Actor, room models.Room, q models.Question, idem models.Idem) (Asked, error) {
	a := act(who, "rooms.ask", room)
	out, _, err := models.Once(ctx, s.db, a, idem, func(tx *models.Tx) (Asked, error) {
		now, err := tx.Room(room.ID)
		if err != nil {
			return Asked{}, err
		}
		if !now.Takes() && q.EnteredBy == "" {
			return Asked{}, models.Fail(models.Closed, "rooms.closed_"+string(now.State))
		}
		if q.EnteredBy == "" {
			n, err := tx.QuestionsAskedBy(room.ID, q.Voice)
			if err != nil {
				return Asked{}, err
			}
			if n >= now.PerPerson {
				return Asked{}, models.Fail(models.TooMany, "rooms.enough", "most", now.PerPerson)
			}
		}
		q := q
		q.ID, q.CreatedAt, q.UpdatedAt, q.State = models.NewID(tx.Now), tx.Now, tx.Now, models.QuestionWaiting
		if !now.Moderated {
			at := tx.Now
			q.State, q.ShownAt = models.QuestionQueued, &at
		}
		tx.Act.Detail = map[string]any{"question": q.ID, "state": q.State}
		if err := tx.AskQuestion(&q); err != nil {
			return Asked{}, err
		}
		s.announce(tx, now, change{kind: "rooms.asked", after: q})
		return Asked{q.ID, q.Number, string(q.State), tx.Now}, nil
	})
	return out, err
}

// typed reads a question and checks it.
func (s *Service) typed(ctx context.Context, who actor.Actor, room models.Room, in AskInput) (models.Question, error) {
	var f models.Faults
	q := models.Question{
		RoomID: room.ID, AgendaItemID: in.AgendaItemID, ClauseKey: text.Cut(text.Line(in.ClauseKey), 40), PersonID: who.PersonID, Voice: who.Voice(), Body: text.Line(in.Body),
		Display: in.Display, Tier: who.TierOr(), Channel: models.Web, Lang: who.Lang, Revision: 1,
	}
	if q.AgendaItemID == "" {
		q.AgendaItemID = room.AgendaItemID
	} else if ok, err := s.onAgenda(ctx, room, q.AgendaItemID); err != nil {
		return q, err
	} else if !ok {
		f.Add("agenda", "rooms.agenda_unknown")
	}
	if key, ok, err := s.inDraft(ctx, room, q.ClauseKey); err != nil {
		return q, err
	} else if ok {
		q.ClauseKey = key
	} else {
		f.Add("clause", "rooms.clause_unknown")
	}
	questionSize(room.QuestionLimit).check(&f, "body", q.Body)
	switch q.Display {
	case "":
		q.Display = models.Anonymous
	case models.Anonymous, models.Nickname, models.RealName:
	default:
		f.Add("display", "rooms.display_unknown")
	}
	if q.Display != models.Anonymous {
		q.DisplayName = bounded(&f, "name", in.Name, NameLimit)
	}
	if err := f.Err(); err != nil || q.Display == models.Anonymous {
		return q, err
	}
	if q.DisplayName == "" && who.SignedIn() {
		p, err := s.db.PersonByID(ctx, who.PersonID)
		if err != nil {
			return q, err
		}
		q.DisplayName = p.Nickname
	}
	if q.DisplayName == "" {
		q.Display = models.Anonymous
	}
	return q, nil
}

// EnterInput is a question of somebody in the hall or on the phone, written down by
// a moderator with that person's consent.
type EnterInput struct {
	Body, AgendaItemID, Name string
	Channel                  models.Channel
}

// Enter takes a question for somebody who has no device. It ranks with all others
// and may be entered while the room is paused. Errors: SignIn, NotFound, Invalid
// with a field.
func (s *Service) Enter(ctx context.Context, who actor.Actor, code string, in EnterInput, idem models.Idem) (Asked, error) {
	room, err := s.Moderated(ctx, who, code)
	if err != nil {
		return Asked{}, err
	}
	if room.State == models.RoomClosed {
		return Asked{}, models.Fail(models.Closed, "rooms.closed_closed")
	}
	switch in.Channel {
	case "":
		in.Channel = models.Counter
	case models.Paper, models.Phone, models.Counter:
	default:
		return Asked{}, models.FailField("channel", "rooms.channel_unknown")
	}
	ask := AskInput{Body: in.Body, AgendaItemID: in.AgendaItemID, Display: models.Anonymous}
	if in.Name != "" {
		ask.Display, ask.Name = models.RealName, in.Name
	}
	q, err := s.typed(ctx, who, room, ask)
	if err != nil {
		return Asked{}, err
	}
	q.PersonID, q.Voice, q.Tier, q.Channel, q.EnteredBy = "", "e:"+models.NewID(s.db.Now()), models.TierNone, in.Channel, who.PersonID
	return s.ask(ctx, who, room, q, idem)
}

// Seconded is the answer to a voice given or taken back.
type Seconded struct {
	ID       string `json:"id"`
	Supports int64  `json:"supports"`
	On       bool   `json:"on"`
}

// Support gives (on) or takes back one voice for a question. Doing it twice has the
// effect of once, and a voice for a question that was merged counts for the one
// that speaks for it. Errors: SignIn and Forbidden for too weak an identity,
// NotFound, Forbidden (rooms.support_own), Closed, TooMany.
func (s *Service) Support(ctx context.Context, who actor.Actor, id string, on bool, idem models.Idem) (Seconded, error) {
	head, err := s.Second(ctx, who, id, on, idem)
	if err != nil {
		return Seconded{}, err
	}
	now, err := s.db.QuestionByID(ctx, head)
	return Seconded{head, now.Supports, on}, err
}

// Second is [Service.Support] for callers who are told the number later, with
// everybody else: it reads nothing by itself, so that thousands can second in a few
// seconds. It gives the id of the question that counts.
func (s *Service) Second(ctx context.Context, who actor.Actor, id string, on bool, idem models.Idem) (string, error) {
	room, err := s.rooms.of(ctx, id)
	if err != nil {
		return "", err
	}
	if who, err = s.admitted(ctx, who, room); err != nil {
		return "", err
	}
	if err := s.hold("rooms.voice", limit.Rate{Burst: s.rates.Voice, Per: time.Minute}, limit.Rate{Burst: s.rates.VoiceNetwork, Per: time.Minute}, who, room); err != nil {
		return "", err
	}
	a := act(who, "rooms.support", room)
	a.Detail = map[string]any{"question": id, "on": on}
	head, _, err := models.Once(ctx, s.db, a, idem, func(tx *models.Tx) (string, error) { return s.second(tx, who, room.ID, id, on) })
	return head, err
}

// second is the voice inside the act; it gives the id of the question that counts.
func (s *Service) second(tx *models.Tx, who actor.Actor, roomID, id string, on bool) (string, error) {
	room, err := tx.PeekRoom(roomID)
	if err != nil {
		return "", err
	}
	if err := admits(who, room); err != nil {
		return "", err
	}
	q, err := tx.PeekQuestion(id)
	if err == nil && q.MergedInto != "" {
		q, err = tx.PeekQuestion(q.MergedInto)
	}
	switch {
	case err != nil:
		return "", err
	case !q.Shown():
		return "", models.ErrNotFound
	case !room.Takes():
		return "", models.Fail(models.Closed, "rooms.closed_"+string(room.State))
	case q.Voice == who.Voice():
		return "", models.Fail(models.Forbidden, "rooms.support_own")
	}
	if q.Merged > 0 && on {
		already, err := tx.SpokeFor(q.ID, who.Voice())
		if err != nil || already {
			return q.ID, err
		}
	}
	tx.VoiceQuestion(room, q, who.Voice(), who.TierOr(), on)
	return q.ID, nil
}

// shown finds a public question, or the one into which it was merged, with its room.
func (s *Service) shown(ctx context.Context, id string) (models.Question, models.Room, error) {
	if !models.IsID(id) {
		return models.Question{}, models.Room{}, models.ErrNotFound
	}
	q, err := s.db.QuestionByID(ctx, id)
	if err == nil && q.MergedInto != "" {
		q, err = s.db.QuestionByID(ctx, q.MergedInto)
	}
	if err != nil {
		return q, models.Room{}, err
	}
	if !q.Shown() {
		return q, models.Room{}, models.ErrNotFound
	}
	room, err := s.db.RoomByID(ctx, q.RoomID)
	return q, room, err
}

// Shown finds a public question with its room; NotFound otherwise.
func (s *Service) Shown(ctx context.Context, id string) (models.Question, models.Room, error) {
	return s.shown(ctx, id)
}

// hold asks whether somebody may do one more of an action. The hall of a room shares
// one address and is not held back for it.
func (s *Service) hold(action string, person, network limit.Rate, who actor.Actor, room models.Room) error {
	if inHall(room.Hall, who.Network) {
		network.Burst *= hallFactor
	}
	rule := limit.Rule{Action: action + room.ID, Person: person, Network: network}
	if v := s.limits.Allow(rule, who.Voice(), limit.Network(who.Network)); !v.OK {
		return &models.Error{Kind: models.TooMany, Key: "rooms.too_often", RetryAfter: v.RetryAfter}
	}
	return nil
}

// inHall says whether an address is in one of the networks of a hall.
func inHall(hall, addr string) bool {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return false
	}
	for _, one := range strings.Fields(hall) {
		if p, err := netip.ParsePrefix(one); err == nil && p.Contains(a.Unmap()) {
			return true
		}
		if b, err := netip.ParseAddr(one); err == nil && b == a.Unmap() {
			return true
		}
	}
	return false
}

// Similar lists public questions of a room that ask nearly the same, the nearest
// first, at most five. Errors: NotFound.
func (s *Service) Similar(ctx context.Context, code, body string) ([]models.Question, error) {
	room, err := s.Room(ctx, code)
	if err != nil {
		return nil, err
	}
	list, err := s.db.QuestionsShown(ctx, room.ID, shownAtMost)
	if err != nil {
		return nil, err
	}
	return nearest(text.Cut(text.Line(body), MostQuestion), list, 5), nil
}

// Alike lists the public questions of a room that ask nearly the same as one of the
// actor's own that still waits to be answered, the nearest first, at most three: the
// author may second one of them and take their own back. Errors: NotFound.
func (s *Service) Alike(ctx context.Context, who actor.Actor, id string) ([]models.Question, error) {
	q, room, err := s.mine(ctx, who, id)
	if err != nil || q.MergedInto != "" || q.State != models.QuestionWaiting && q.State != models.QuestionQueued {
		return nil, err
	}
	list, err := s.db.QuestionsShown(ctx, room.ID, shownAtMost)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(o models.Question) bool { return o.ID == q.ID || o.Voice == q.Voice })
	return nearest(q.Body, list, 3), nil
}
