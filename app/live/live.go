// Package live reads what the live hub hands to people: how far a topic has come,
// what happened on it, what a page shows at this moment, and who may listen. It
// also makes the tickets with which a socket is opened where cookies and headers
// cannot be sent.
package live

import (
	"context"
	"encoding/json"
	"log/slog"
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

	mu      sync.Mutex
	ended   map[string]time.Time // people and sessions that ended while tickets may be under way
	sampled map[string]bool
}

// New makes the service. It reads the epoch of the store, which stays the same
// until a restore.
func New(ctx context.Context, db *models.DB, secret []byte, log *slog.Logger) (*Service, error) {
	epoch, err := db.KeptSetting(ctx, models.EpochSetting, func() string { return code.NewToken()[:16] })
	return &Service{db: db, log: log, secret: secret, epoch: epoch, ended: map[string]time.Time{}, sampled: map[string]bool{}}, err
}

// Position says how far a topic has come.
func (s *Service) Position(ctx context.Context, topic string) (epoch string, seq int64, err error) {
	seq, err = s.db.TopicPosition(ctx, topic)
	return s.epoch, seq, err
}

// Since lists the events of a topic after a number, in order.
func (s *Service) Since(ctx context.Context, topic string, after int64, limit int) ([]models.Event, error) {
	return s.db.TopicEventsAfter(ctx, topic, after, limit)
}

// MayJoin gives nil if the actor may listen to the topic: consultations, once
// they are public. Errors: [ErrUnknownTopic].
func (s *Service) MayJoin(ctx context.Context, _ actor.Actor, topic string) error {
	id, ok := strings.CutPrefix(topic, models.ConsultationTopic(""))
	if !ok {
		return ErrUnknownTopic
	}
	c, err := s.db.ConsultationByID(ctx, id)
	switch {
	case models.IsNotFound(err):
		return ErrUnknownTopic
	case err != nil:
		return err
	case c.PublishedAt == nil:
		return ErrUnknownTopic
	}
	return nil
}

// Counts are the numbers that a consultation's pages show: opinions in all and by
// clause. How they split by stance is not told live, since some offices keep it
// back until the consultation has closed.
type Counts struct {
	Total   int64            `json:"total"`
	Clauses map[string]int64 `json:"clauses"`
}

// Snapshot is the state of a topic as everybody sees it.
func (s *Service) Snapshot(ctx context.Context, topic string) (Counts, error) {
	id, ok := strings.CutPrefix(topic, models.ConsultationTopic(""))
	if !ok {
		return Counts{}, ErrUnknownTopic
	}
	rows, err := s.db.ClauseCounts(ctx, id)
	c := Counts{Total: rows[""].Total, Clauses: make(map[string]int64, len(rows))}
	for key, row := range rows {
		if key != "" {
			c.Clauses[key] = row.Total
		}
	}
	return c, err
}

// SampleEvery is how long the counts of a topic are gathered before they are read
// and sent: at most so often are they read.
const SampleEvery = 250 * time.Millisecond

// Listener is told what was committed; the live hub is one.
type Listener struct {
	Wake   func(topics ...string)
	Wanted func(topic string) bool // whether anybody listens here
	Counts func(topic string, counts json.RawMessage)
}

// Run tells the listener about every event until ctx ends: each topic at once, its
// counts at most once in [SampleEvery], and always after the last change.
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
	var sampling sync.WaitGroup
	defer sampling.Wait()
	follower.Follow(ctx, last, func(events []models.Event) error {
		topics := map[string]bool{}
		for _, e := range events {
			if e.Topic != "" && !topics[e.Topic] {
				topics[e.Topic] = true
				to.Wake(e.Topic)
			}
		}
		for topic := range topics {
			if to.Wanted(topic) && s.due(topic) {
				sampling.Go(func() { s.sample(ctx, topic, to) })
			}
		}
		return nil
	})
}

// due says whether nobody is about to read the topic's counts already.
func (s *Service) due(topic string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sampled[topic] {
		return false
	}
	s.sampled[topic] = true
	return true
}

// sample waits for the end of the interval, so that what comes meanwhile is
// counted too, and then reads.
func (s *Service) sample(ctx context.Context, topic string, to Listener) {
	select {
	case <-time.After(SampleEvery):
	case <-ctx.Done():
		return
	}
	s.mu.Lock()
	delete(s.sampled, topic)
	s.mu.Unlock()
	counts, err := s.Snapshot(ctx, topic)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("live counts wait", "topic", topic, "err", err)
		}
		return
	}
	if b, err := json.Marshal(counts); err == nil {
		to.Counts(topic, b)
	}
}
