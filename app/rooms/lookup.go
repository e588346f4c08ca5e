package rooms

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"minyi/models"
)

// lookup remembers in which room a question was asked, which never changes, and the
// rooms as they were a moment ago. What it says is only a first look: the act itself
// reads the room again, once for everybody who shares its commit.
type lookup struct {
	db        *models.DB
	mu        sync.Mutex
	questions *simplelru.LRU[string, string] // question → room
	rooms     map[string]seenRoom            // by id
}

type seenRoom struct {
	room models.Room
	at   time.Time
}

const (
	questionsKept = 20_000
	roomsKept     = 256
	lookupAge     = 2 * time.Second // other nodes' changes come by events; this is for a lost one
)

func newLookup(db *models.DB) *lookup {
	lru, _ := simplelru.NewLRU[string, string](questionsKept, nil) // fails only for sizes ≤ 0
	return &lookup{db: db, questions: lru, rooms: map[string]seenRoom{}}
}

// of gives the room of a question; NotFound if there is none.
func (l *lookup) of(ctx context.Context, questionID string) (models.Room, error) {
	if !models.IsID(questionID) {
		return models.Room{}, models.ErrNotFound
	}
	l.mu.Lock()
	id, known := l.questions.Get(questionID)
	seen, have := l.rooms[id]
	l.mu.Unlock()
	now := l.db.Now()
	if known && have && now.Sub(seen.at) < lookupAge {
		return seen.room, nil
	}
	if !known {
		q, err := l.db.QuestionByID(ctx, questionID)
		if err != nil {
			return models.Room{}, err
		}
		id = q.RoomID
	}
	room, err := l.db.RoomByID(ctx, id)
	if err != nil {
		return room, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.questions.Add(questionID, id)
	if len(l.rooms) >= roomsKept {
		clear(l.rooms)
	}
	l.rooms[id] = seenRoom{room, now}
	return room, nil
}

// forget drops the room that an event is about.
func (l *lookup) forget(e models.Event) {
	name, ok := strings.CutPrefix(e.Topic, TopicPrefix)
	if !ok {
		return
	}
	code, _, _ := strings.Cut(name, ":")
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, seen := range l.rooms {
		if seen.room.Code == code {
			delete(l.rooms, id)
		}
	}
}
