// Package live reads what the live hub hands to people: how far a topic has come,
// what happened on it, what a page shows at this moment, and who may listen. It
// also makes the tickets with which a socket is opened where cookies and headers
// cannot be sent.
package live

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/models"
)

// ErrUnknownTopic is returned for topics that do not exist and for those that may
// not be seen: the difference is nobody's business.
var ErrUnknownTopic = models.Fail(models.NotFound, "realtime.unknown_topic")

// Service is what the live hub asks.
type Service struct {
	db     *models.DB
	log    *slog.Logger
	secret []byte
	epoch  string

	mu    sync.Mutex
	ended map[string]time.Time // people and sessions that ended while tickets may be under way

	features []feature
}

// New makes the service. It reads the epoch of the store, which stays the same
// until a restore.
func New(ctx context.Context, db *models.DB, secret []byte, log *slog.Logger) (*Service, error) {
	epoch, err := db.KeptSetting(ctx, models.EpochSetting, func() string { return code.NewToken()[:16] })
	s := &Service{db: db, log: log, secret: secret, epoch: epoch, ended: map[string]time.Time{}}
	s.Serve(models.ConsultationTopic(""), Pace{Quiet: 250 * time.Millisecond, Every: time.Second}, consultations{db})
	return s, err
}

// Position says how far a topic has come.
func (s *Service) Position(ctx context.Context, topic string) (epoch string, seq int64, err error) {
	seq, err = s.db.TopicPosition(ctx, topic)
	return s.epoch, seq, err
}

// Mark is the position of a topic as one word, "epoch:seq", for a page that asks later
// for what came after it was drawn; it is read before what the page shows.
func (s *Service) Mark(ctx context.Context, topic string) (string, error) {
	epoch, seq, err := s.Position(ctx, topic)
	return epoch + ":" + strconv.FormatInt(seq, 10), err
}

// Since lists the events of a topic after a number, in order.
func (s *Service) Since(ctx context.Context, topic string, after int64, limit int) ([]models.Event, error) {
	return s.db.TopicEventsAfter(ctx, topic, after, limit)
}

// Topics answers for the topics of one feature, which begin alike.
type Topics interface {
	// MayJoin gives nil if the actor may listen; NotFound otherwise.
	MayJoin(ctx context.Context, who actor.Actor, topic string) error
	// Snapshot is the state of the topic as the actor sees it, to become JSON.
	Snapshot(ctx context.Context, who actor.Actor, topic string) (any, error)
	// Counts are the topic's sampled numbers, nil for a topic without any.
	Counts(ctx context.Context, topic string) (any, error)
	// Touched names the topics whose numbers an event has changed.
	Touched(e models.Event) []string
}

// Unsaying may be implemented by Topics on which something can be taken back.
type Unsaying interface {
	// Unsaid says whether an event takes back what earlier ones of its topic told, whose
	// rows its act has emptied (see models.Tx.Unsay).
	Unsaid(e models.Event) bool
}

// Serve lets a feature answer for the topics that begin with prefix ("room:"), their
// numbers sent in the given pace. Call it before the hub starts.
func (s *Service) Serve(prefix string, pace Pace, t Topics) {
	s.features = append(s.features, feature{prefix, pace, t})
}

type feature struct {
	prefix string
	pace   Pace
	Topics
}

// of finds the feature that answers for a topic.
func (s *Service) of(topic string) (feature, bool) {
	for _, f := range s.features {
		if strings.HasPrefix(topic, f.prefix) {
			return f, true
		}
	}
	return feature{}, false
}

// MayJoin gives nil if the actor may listen to the topic. Errors: [ErrUnknownTopic].
func (s *Service) MayJoin(ctx context.Context, who actor.Actor, topic string) error {
	f, ok := s.of(topic)
	if !ok {
		return ErrUnknownTopic
	}
	err := f.MayJoin(ctx, who, topic)
	switch models.KindOf(err) {
	case models.NotFound, models.SignIn, models.Forbidden:
		if err != nil {
			return ErrUnknownTopic // what may not be seen is not there
		}
	}
	return err
}

// Snapshot is the state of a topic as the actor sees it.
func (s *Service) Snapshot(ctx context.Context, who actor.Actor, topic string) (any, error) {
	f, ok := s.of(topic)
	if !ok {
		return nil, ErrUnknownTopic
	}
	return f.Topics.Snapshot(ctx, who, topic)
}

// Counts reads the sampled numbers of a topic as JSON, nil for a topic without any, and
// then how far the topic has come: they tell of nothing that came after that.
func (s *Service) Counts(ctx context.Context, topic string) (counts json.RawMessage, after int64, err error) {
	f, ok := s.of(topic)
	if !ok {
		return nil, 0, nil
	}
	numbers, err := f.Counts(ctx, topic)
	if err != nil || numbers == nil {
		return nil, 0, err
	}
	if after, err = s.db.TopicPosition(ctx, topic); err != nil {
		return nil, 0, err
	}
	counts, err = json.Marshal(numbers)
	return counts, after, err
}

// Listener is told what was committed; the live hub is one.
type Listener struct {
	Wake   func(topics ...string)
	Forget func(topic string)      // what it remembers for who comes back
	Wanted func(topic string) bool // whether anybody listens here
	// Counts takes the numbers of a topic, to be told after its events up to a number.
	Counts func(topic string, counts json.RawMessage, after uint64)
}

// startBehind is how many of the newest events are told again at the start.
const startBehind = 100

// Run tells the listener about every event until ctx ends: each topic at once, its
// counts in the pace of the feature, and always after the last change.
func (s *Service) Run(ctx context.Context, follower *models.Follower, to Listener) {
	last, err := s.db.LastEvent(ctx)
	for err != nil {
		s.log.Warn("live news wait for the store", "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		last, err = s.db.LastEvent(ctx)
	}
	// What is committed while the program starts would not be told to anybody. Telling
	// older news once more does no harm.
	last = max(0, last-startBehind)
	sampler := newSampler(s, to)
	defer sampler.wait()
	follower.Follow(ctx, last, func(events []models.Event) error {
		topics, counted := map[string]bool{}, map[string]feature{}
		for _, e := range events {
			if f, ok := s.of(e.Topic); ok {
				if u, ok := f.Topics.(Unsaying); ok && u.Unsaid(e) {
					to.Forget(e.Topic)
				}
			}
			if e.Topic != "" && !topics[e.Topic] {
				topics[e.Topic] = true
				to.Wake(e.Topic)
			}
			for _, f := range s.features {
				for _, topic := range f.Touched(e) {
					counted[topic] = f
				}
			}
		}
		for topic, f := range counted {
			if to.Wanted(topic) {
				sampler.touch(ctx, topic, f)
			}
		}
		return nil
	})
}
