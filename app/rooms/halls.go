package rooms

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"minyi/models"
)

// halls keeps the public state of rooms: when a hall of thousands opens the page, or
// comes back after a break, it is read once. It is never older than the last event of
// the room, nor than the last voice that was acknowledged here: who has seconded a
// question finds it counted. While many second, only the numbers are read anew, once
// for all who came meanwhile.
type halls struct {
	db *models.DB
	mu sync.Mutex
	by map[string]*hall
}

// hall is one room's public state.
type hall struct {
	mu      sync.Mutex // held while it is read: the others wait for it
	state   State
	seq     int64
	version uint64 // of the numbers
	read    bool

	numbers uint64 // changed since the program began; under halls.mu
}

const mostHalls = 64

func newHalls(db *models.DB) *halls { return &halls{db: db, by: map[string]*hall{}} }

// of finds the place of a room, and how often its numbers have changed.
func (h *halls) of(code string) (*hall, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.by[code]
	if one == nil {
		if len(h.by) >= mostHalls {
			h.by = map[string]*hall{}
		}
		one = &hall{}
		h.by[code] = one
	}
	return one, one.numbers
}

// reader reads a room as everybody sees it.
type reader interface {
	// public reads all of it.
	public(ctx context.Context, roomID string) (State, error)
	// recount reads the numbers of a state anew; false when all has to be read.
	recount(ctx context.Context, st State) (State, bool, error)
}

// state gives the room as everybody sees it, read anew as far as something has happened.
func (h *halls) state(ctx context.Context, roomID, code string, from reader) (State, error) {
	one, numbers := h.of(code)
	seq, err := h.db.TopicPosition(ctx, models.RoomTopic(code)) // before the content
	if err != nil {
		return State{}, err
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	if known := one.read && one.seq >= seq; known && one.version >= numbers {
		return one.state, nil
	} else if known {
		_, numbers = h.of(code) // also what has come while this waited
		st, ok, err := from.recount(ctx, one.state)
		if err != nil {
			return State{}, err
		}
		if ok {
			one.state, one.version = st, numbers
			return st, nil
		}
	}
	st, err := from.public(ctx, roomID)
	if err != nil {
		return State{}, err
	}
	one.state, one.seq, one.version, one.read = st, seq, numbers, true
	return st, nil
}

// recount reads the numbers of a room's questions and polls anew.
func (s *Service) recount(ctx context.Context, st State) (State, bool, error) {
	list, err := s.db.QuestionCounts(ctx, st.Room.ID, shownAtMost)
	if err != nil || len(list) == shownAtMost { // others may have changed as well
		return st, false, err
	}
	counts := make(map[string]int64, len(list))
	for _, one := range list {
		counts[one.ID] = one.Supports
	}
	st.Questions = slices.Clone(st.Questions) // readers hold the old ones
	for i, q := range st.Questions {
		if n, ok := counts[q.ID]; ok {
			st.Questions[i].Supports = n
		}
	}
	slices.SortFunc(st.Questions, inOrder)
	st.Polls, err = s.Polls(ctx, models.Room{ID: st.Room.ID}, false)
	return st, true, err
}

// inOrder is the order of [models.DB.QuestionsShown].
func inOrder(a, b QuestionView) int {
	places := []string{string(models.QuestionAnswering), string(models.QuestionQueued), string(models.QuestionWritten), string(models.QuestionAnswered)}
	return cmp.Or(slices.Index(places, a.State)-slices.Index(places, b.State), cmp.Compare(b.Supports, a.Supports), cmp.Compare(a.Number, b.Number))
}

// Committed notes what has changed, on this node or another: rooms, and numbers of
// voices.
func (s *Service) Committed(events []models.Event) {
	for _, e := range events {
		s.rooms.forget(e)
		if code := recounted(e); code != "" {
			s.halls.mu.Lock()
			if one := s.halls.by[code]; one != nil {
				one.numbers++
			}
			s.halls.mu.Unlock()
		}
	}
}
