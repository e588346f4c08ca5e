package rooms

import (
	"context"
	"sync"
	"time"

	"minyi/models"
)

// halls keeps the public state of rooms for a moment: when a hall of thousands opens
// the page, or comes back after a break, it is read once. It is never older than the
// last event of the room; only numbers of voices may be, by [hallAge], and they are
// sent again anyway.
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
	at      time.Time
	read    bool

	numbers uint64 // changed since the program began; under halls.mu
}

const (
	hallAge   = 250 * time.Millisecond
	mostHalls = 64
)

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

// state gives the room as everybody sees it, read anew when something has happened.
func (h *halls) state(ctx context.Context, code string, read func() (State, error)) (State, error) {
	one, numbers := h.of(code)
	seq, err := h.db.TopicPosition(ctx, models.RoomTopic(code)) // before the content
	if err != nil {
		return State{}, err
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	now := h.db.Now()
	fresh := one.version == numbers || now.Sub(one.at) < hallAge && now.After(one.at)
	if one.read && one.seq >= seq && fresh {
		return one.state, nil
	}
	st, err := read()
	if err != nil {
		return State{}, err
	}
	one.state, one.seq, one.version, one.at, one.read = st, seq, numbers, now, true
	return st, nil
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
