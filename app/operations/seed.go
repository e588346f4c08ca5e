package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"minyi/app/kit/code"
	"minyi/models"
)

// SeedLimit is the most opinions that one call makes.
const SeedLimit = 5_000_000

// seedBatch opinions share one act; larger acts would keep other writers waiting.
const seedBatch = 500

// Said is one made opinion.
type Said struct {
	Lang   string
	Stance models.Stance
	Body   string
}

// SeedInput describes load data for one consultation.
type SeedInput struct {
	ConsultationID string
	ClauseKey      string // empty: spread over all clauses that take opinions
	Opinions       int
	Supports       int // voices in all, spread unevenly as in life
	Next           func() Said
	Done           func(n int) // called as opinions are written
}

// Seed makes load data quickly: opinions with receipts, numbers, counts, voices and
// audit rows as they would have come from residents between the opening and now.
// It may run beside a live server. Errors: Invalid with a field, NotFound, Closed
// for a consultation that is not public.
func (s *Service) Seed(ctx context.Context, in SeedInput) (int, error) {
	if in.Opinions < 1 || in.Opinions > SeedLimit || in.Supports < 0 {
		return 0, models.FailField("opinions", "operations.seed_number", "most", SeedLimit)
	}
	c, err := s.db.ConsultationByID(ctx, in.ConsultationID)
	if err != nil {
		return 0, err
	}
	version, clauses, err := s.seedTargets(ctx, c, in.ClauseKey)
	if err != nil {
		return 0, err
	}
	w := seeder{s: s, in: in, c: c, version: version, clauses: clauses, began: s.db.Now()}
	var done atomic.Int64
	errs := make(chan error, 1)
	batches := make(chan []row, 1)
	go func() {
		defer close(batches)
		for at := 0; at < in.Opinions && ctx.Err() == nil; at += seedBatch {
			batches <- w.batch(at, min(seedBatch, in.Opinions-at))
		}
	}()
	for batch := range batches {
		if err := w.write(ctx, batch); err != nil {
			errs <- err
			break
		}
		done.Add(int64(len(batch)))
		if in.Done != nil {
			in.Done(len(batch))
		}
	}
	for range batches { // lets the maker end
	}
	select {
	case err = <-errs:
	default:
		err = ctx.Err()
	}
	if n := done.Load(); n > 0 && err == nil { // so much at once is found sooner by an index that is made anew
		err = s.db.InTx(ctx, models.Act{By: "system", Name: "operations.seeded", Silent: true}, func(tx *models.Tx) error {
			tx.Emit("", models.RebuildAsked, map[string]int64{"opinions": n})
			return nil
		})
	}
	return int(done.Load()), err
}

// Open lists the consultations that take opinions now, the one that closes last first.
func (s *Service) Open(ctx context.Context) ([]models.Consultation, error) {
	all, err := s.db.ConsultationsUnder(ctx, []string{"/"})
	now := s.db.Now()
	open := slices.DeleteFunc(all, func(c models.Consultation) bool { return c.Status(now) != models.StatusOpen })
	end := func(c models.Consultation) time.Time {
		if c.ClosesAt == nil {
			return now.AddDate(100, 0, 0)
		}
		return *c.ClosesAt
	}
	slices.SortStableFunc(open, func(a, b models.Consultation) int { return end(b).Compare(end(a)) })
	return open, err
}

func (s *Service) seedTargets(ctx context.Context, c models.Consultation, key string) (int, []string, error) {
	if c.PublishedAt == nil || c.OpensAt == nil || s.db.Now().Before(*c.OpensAt) {
		return 0, nil, models.Fail(models.Closed, "operations.seed_not_open")
	}
	versions, err := s.db.VersionsOf(ctx, c.ID)
	if err != nil {
		return 0, nil, err
	}
	for i := len(versions) - 1; i >= 0; i-- {
		if versions[i].PublishedAt == nil {
			continue
		}
		clauses, err := s.db.ClausesOf(ctx, versions[i].ID)
		var keys []string
		for _, cl := range clauses {
			if cl.Target && (key == "" || cl.Key == key) {
				keys = append(keys, cl.Key)
			}
		}
		if err == nil && len(keys) == 0 {
			err = models.FailField("clause", "opinions.no_such_clause", "clause", key)
		}
		return versions[i].Number, keys, err
	}
	return 0, nil, models.Fail(models.Closed, "operations.seed_not_open")
}

// draw gives the code of a receipt; a test has it give one that is taken.
var draw = code.New

// row is one opinion with what belongs to it.
type row struct {
	receipt  *models.Receipt
	opinion  *models.Opinion
	supports []*models.Support
}

type seeder struct {
	s       *Service
	in      SeedInput
	c       models.Consultation
	version int
	clauses []string
	began   time.Time
	given   int // voices so far
}

// batch makes n opinions; the i-th of all stands at its share of the time between
// the opening and now.
func (w *seeder) batch(from, n int) []row {
	out := make([]row, 0, n)
	end := w.began
	if w.c.ClosesAt != nil && w.c.ClosesAt.Before(end) {
		end = *w.c.ClosesAt
	}
	span := end.Sub(*w.c.OpensAt)
	for i := from; i < from+n; i++ {
		at := w.c.OpensAt.Add(time.Duration(float64(span) * float64(i) / float64(w.in.Opinions))).UTC().Truncate(time.Microsecond)
		said := w.in.Next()
		voice := fmt.Sprintf("v:seed-%d-%d", w.began.UnixMicro(), i)
		r := &models.Receipt{ID: models.NewID(at), ConsultationID: w.c.ID, Voice: voice, Lang: said.Lang, Opinions: 1, CreatedAt: at, Hash: models.HashOf(said.Body)}
		o := &models.Opinion{
			ID: models.NewID(at), ConsultationID: w.c.ID, VersionNumber: w.version, ClauseKey: w.clauses[i%len(w.clauses)], ReceiptID: r.ID, Voice: voice,
			Stance: said.Stance, Body: said.Body, Display: models.Anonymous, Channel: models.Web, Lang: said.Lang, Tier: models.TierNone, Shown: true, CreatedAt: at,
		}
		one := row{receipt: r, opinion: o}
		for range w.voices(i) {
			one.supports = append(one.supports, &models.Support{OpinionID: o.ID, Voice: fmt.Sprintf("v:seed-voice-%d", len(one.supports)), Tier: models.TierNone, CreatedAt: at})
		}
		o.Supports = int64(len(one.supports))
		out = append(out, one)
	}
	return out
}

// voices spreads the voices: every tenth opinion gets most of them.
func (w *seeder) voices(i int) int {
	left, opinions := w.in.Supports-w.given, w.in.Opinions-i
	if left <= 0 {
		return 0
	}
	n := left / opinions / 2
	if i%10 == 9 || opinions < 10 {
		n = (left + opinions - 1) / opinions * min(10, opinions) * 3 / 4
		n = max(n, 1)
	}
	if opinions == 1 {
		n = left
	}
	n = min(n, left)
	w.given += n
	return n
}

func (w *seeder) write(ctx context.Context, rows []row) error {
	act := models.Act{By: "system", Name: "operations.seed", About: models.ConsultationTopic(w.c.ID), UnitID: w.c.UnitID, Detail: map[string]any{"opinions": len(rows)}}
	err := w.s.db.InTx(ctx, act, func(tx *models.Tx) error {
		for _, r := range rows {
			r.receipt.Code = draw() // here, so that a batch of which one is taken draws again
			tx.Later(r.receipt)
			tx.Serial("opinions:"+w.c.ID, &r.opinion.Number)
			tx.Count(w.c.ID, r.opinion.ClauseKey, r.opinion.Stance, 1)
			tx.Later(r.opinion)
			for _, s := range r.supports {
				tx.Later(s)
			}
		}
		tx.Emit(models.ConsultationTopic(w.c.ID), "opinions.seeded", map[string]any{"opinions": len(rows)})
		return nil
	})
	var e *models.Error
	if errors.As(err, &e) && e.Kind == models.Unavailable && e.RetryAfter > 0 && ctx.Err() == nil {
		return &models.Error{Kind: models.Unavailable, Key: "operations.seed_stopped", Err: err}
	}
	return err
}
