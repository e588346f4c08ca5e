package rooms

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/limit"
	"minyi/models"
)

const (
	// scaleSteps are the steps of a scale.
	scaleSteps = 5
	// justClosed is how long after the end of a poll its numbers are told with others'.
	justClosed = time.Minute
)

// PollInput is a quick poll as it was typed; a scale needs no options.
type PollInput struct {
	Kind             models.PollKind
	TitleZH, TitleEN string
	Options          []models.PollOption
}

// PollView is a poll as everybody sees it; Counts, by option, only where the chair
// shows the result.
type PollView struct {
	ID      string  `json:"id"`
	Kind    string  `json:"kind"`
	Title   Words   `json:"title"`
	Options []Words `json:"options"`
	State   string  `json:"state"`
	Shown   bool    `json:"shown"`
	Counts  []int   `json:"counts,omitempty"`
	Voters  *int    `json:"voters,omitempty"`
}

// pollNews is what changes about a poll.
type pollNews struct {
	Poll PollView `json:"poll"`
}

// PollViewOf shows a poll without its votes.
func PollViewOf(p models.RoomPoll) PollView {
	v := PollView{ID: p.ID, Kind: string(p.Kind), Title: Words{p.TitleZH, p.TitleEN}, Options: []Words{}, State: string(p.State), Shown: p.Shown}
	for _, o := range p.Choices() {
		v.Options = append(v.Options, Words{o.ZH, o.EN})
	}
	return v
}

// counted adds the votes to a poll's view.
func counted(v PollView, votes map[string]int) PollView {
	counts, voters := make([]int, len(v.Options)), 0
	for choices, n := range votes {
		voters += n
		for one := range strings.SplitSeq(choices, ",") {
			if i, err := strconv.Atoi(one); err == nil && i >= 0 && i < len(counts) {
				counts[i] += n
			}
		}
	}
	v.Counts, v.Voters = counts, &voters
	return v
}

// MakePoll prepares a poll that nobody sees yet. Errors: SignIn, NotFound, Invalid
// with a field.
func (s *Service) MakePoll(ctx context.Context, who actor.Actor, code string, in PollInput, idem models.Idem) (models.RoomPoll, error) {
	room, err := s.Moderated(ctx, who, code)
	if err != nil {
		return models.RoomPoll{}, err
	}
	p, err := pollOf(in)
	if err != nil {
		return p, err
	}
	out, _, err := models.Once(ctx, s.db, act(who, "rooms.make_poll", room), idem, func(tx *models.Tx) (models.RoomPoll, error) {
		p := p
		p.ID, p.RoomID, p.AgendaItemID, p.CreatedBy, p.ChangedBy, p.CreatedAt, p.UpdatedAt, p.Revision = models.NewID(tx.Now), room.ID, room.AgendaItemID, who.PersonID, who.PersonID, tx.Now, tx.Now, 1
		tx.Emit(room.DeskTopic(), "rooms.poll_made", pollNews{PollViewOf(p)})
		return p, tx.Insert(&p)
	})
	return out, err
}

// pollOf reads a poll and checks it.
func pollOf(in PollInput) (models.RoomPoll, error) {
	var f models.Faults
	p := models.RoomPoll{Kind: in.Kind, TitleZH: bounded(&f, "title_zh", in.TitleZH, QuestionLimit), TitleEN: bounded(&f, "title_en", in.TitleEN, QuestionLimit), State: models.PollDraft}
	if p.TitleZH == "" && p.TitleEN == "" {
		f.Add("title_zh", "rooms.poll_title_empty")
	}
	options := []models.PollOption{}
	switch p.Kind {
	case models.PollScale:
		for i := range scaleSteps {
			n := strconv.Itoa(i + 1)
			options = append(options, models.PollOption{ZH: n, EN: n})
		}
	case models.PollSingle, models.PollMultiple:
		for _, o := range in.Options {
			o = models.PollOption{ZH: bounded(&f, "options", o.ZH, OptionLimit), EN: bounded(&f, "options", o.EN, OptionLimit)}
			if o.ZH != "" || o.EN != "" {
				options = append(options, o)
			}
		}
		if len(options) < 2 || len(options) > MostOptions {
			f.Add("options", "rooms.poll_options", "most", MostOptions)
		}
	default:
		f.Add("kind", "rooms.kind_unknown")
	}
	b, err := json.Marshal(options)
	if err != nil {
		return p, err
	}
	p.Options = string(b)
	return p, f.Err()
}

// poll finds a poll with its room for the chair.
func (s *Service) chairsPoll(ctx context.Context, who actor.Actor, id string) (models.RoomPoll, models.Room, error) {
	p, room, err := s.poll(ctx, id)
	if err != nil {
		return p, room, err
	}
	return p, room, s.moderates(ctx, who, room)
}

func (s *Service) poll(ctx context.Context, id string) (models.RoomPoll, models.Room, error) {
	if !models.IsID(id) {
		return models.RoomPoll{}, models.Room{}, models.ErrNotFound
	}
	p, err := s.db.PollByID(ctx, id)
	if err != nil {
		return p, models.Room{}, err
	}
	room, err := s.db.RoomByID(ctx, p.RoomID)
	return p, room, err
}

// SetPoll opens or closes a poll, and shows or hides its result; an open poll comes
// on the wall. Errors: SignIn, NotFound, Closed for a closed poll or room, Invalid.
func (s *Service) SetPoll(ctx context.Context, who actor.Actor, id string, state models.PollState, shown bool) (PollView, error) {
	_, room, err := s.chairsPoll(ctx, who, id)
	if err != nil {
		return PollView{}, err
	}
	var view PollView
	err = s.db.InTx(ctx, act(who, "rooms.set_poll", room), func(tx *models.Tx) error {
		p, err := tx.Poll(id)
		if err != nil {
			return err
		}
		at := tx.Now
		tx.Act.Detail = map[string]any{"poll": p.ID, "state": p.State, "to": state, "shown": shown}
		switch {
		case p.State == models.PollClosed && state != models.PollClosed, state == models.PollDraft && p.State != models.PollDraft:
			return models.Fail(models.Closed, "rooms.poll_closed")
		case state == models.PollOpen && room.State == models.RoomClosed:
			return models.Fail(models.Closed, "rooms.closed_closed")
		case state == models.PollOpen && p.OpenedAt == nil:
			p.OpenedAt = &at
		case state == models.PollClosed && p.ClosedAt == nil:
			p.ClosedAt = &at
		case !slices.Contains([]models.PollState{models.PollDraft, models.PollOpen, models.PollClosed}, state):
			return models.FailField("state", "rooms.kind_unknown")
		}
		p.State, p.Shown, p.ChangedBy = state, shown && state != models.PollDraft, who.PersonID
		if err := tx.ChangePoll(&p); err != nil {
			return err
		}
		if view = PollViewOf(p); p.Shown {
			votes, err := tx.PollVotes(p.ID)
			if err != nil {
				return err
			}
			view = counted(view, votes)
			tx.Emit("", models.EventVoted, map[string]string{"room": room.Code}) // others may come at this moment
		}
		tx.Emit(room.DeskTopic(), "rooms.poll_changed", pollNews{view})
		if p.State != models.PollDraft {
			tx.Emit(models.RoomTopic(room.Code), "rooms.poll_changed", pollNews{view})
			tx.Emit(room.WallTopic(), "rooms.poll_changed", pollNews{view})
		}
		return nil
	})
	return view, err
}

// Vote gives one voice in an open poll; a later one takes its place. Choices are the
// numbers of the options, from 0. Errors: NotFound, SignIn and Forbidden for too
// weak an identity, Closed, Invalid.
func (s *Service) Vote(ctx context.Context, who actor.Actor, id string, choices []int, idem models.Idem) (PollView, error) {
	p, room, err := s.poll(ctx, id)
	if err != nil {
		return PollView{}, err
	}
	if p.State == models.PollDraft {
		return PollView{}, models.ErrNotFound
	}
	if who, err = s.admitted(ctx, who, room); err != nil {
		return PollView{}, err
	}
	joined, err := chosen(p, choices)
	if err != nil {
		return PollView{}, err
	}
	if err := s.hold("rooms.voice", limit.Rate{Burst: s.rates.Voice, Per: time.Minute}, limit.Rate{Burst: s.rates.VoiceNetwork, Per: time.Minute}, who, room); err != nil {
		return PollView{}, err
	}
	out, _, err := models.Once(ctx, s.db, act(who, "rooms.vote", room), idem, func(tx *models.Tx) (PollView, error) {
		now, err := tx.PeekPoll(p.ID)
		if err != nil {
			return PollView{}, err
		}
		if now.State != models.PollOpen {
			return PollView{}, models.Fail(models.Closed, "rooms.poll_closed")
		}
		tx.Act.Detail = map[string]any{"poll": p.ID}
		tx.Emit("", models.EventVoted, map[string]string{"room": room.Code})
		return PollViewOf(now), tx.Vote(models.PollVote{PollID: p.ID, Voice: who.Voice(), Choices: joined, Tier: who.TierOr()})
	})
	return out, err
}

// chosen checks the choices for the kind of poll and joins them.
func chosen(p models.RoomPoll, choices []int) (string, error) {
	n := len(p.Choices())
	choices = slices.Compact(slices.Sorted(slices.Values(choices)))
	if len(choices) == 0 || p.Kind != models.PollMultiple && len(choices) > 1 {
		return "", models.FailField("choices", "rooms.choice_needed")
	}
	var words []string
	for _, c := range choices {
		if c < 0 || c >= n {
			return "", models.FailField("choices", "rooms.choice_unknown")
		}
		words = append(words, strconv.Itoa(c))
	}
	return strings.Join(words, ","), nil
}

// Polls lists the polls of a room as everybody sees them, or with their counts for
// who runs it. Errors: NotFound.
func (s *Service) Polls(ctx context.Context, room models.Room, desk bool) ([]PollView, error) {
	list, err := s.db.PollsOf(ctx, room.ID)
	if err != nil {
		return nil, err
	}
	out := []PollView{}
	for _, p := range list {
		if p.State == models.PollDraft && !desk {
			continue
		}
		v := PollViewOf(p)
		if p.Shown || desk {
			votes, err := s.db.PollVotes(ctx, p.ID)
			if err != nil {
				return nil, err
			}
			v = counted(v, votes)
		}
		out = append(out, v)
	}
	return out, nil
}

// pollsCounted lists the polls whose votes everybody sees and that may still change:
// those that are open, and those just closed, whose last votes are on their way.
func (s *Service) pollsCounted(ctx context.Context, room models.Room) ([]PollView, error) {
	list, err := s.db.PollsOf(ctx, room.ID)
	if err != nil {
		return nil, err
	}
	var out []PollView
	for _, p := range list {
		if !p.Shown || p.State != models.PollOpen && (p.ClosedAt == nil || s.db.Now().Sub(*p.ClosedAt) > justClosed) {
			continue
		}
		votes, err := s.db.PollVotes(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, counted(PollViewOf(p), votes))
	}
	return out, nil
}

// wallPoll is the poll on the wall, if everybody may see it.
func (s *Service) wallPoll(ctx context.Context, room models.Room) (*PollView, error) {
	list, err := s.Polls(ctx, room, false)
	if err != nil {
		return nil, err
	}
	for i := len(list) - 1; i >= 0; i-- {
		if room.WallAbout == "" || list[i].ID == room.WallAbout {
			return &list[i], nil
		}
	}
	return nil, nil
}
