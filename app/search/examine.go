package search

import (
	"context"
	"fmt"
	"time"

	"minyi/models"
	index "minyi/search"
)

// Finding is what an examination found about one index.
type Finding struct {
	Index  string // public, desk
	OK     bool
	Detail string // for whoever repairs it, not translated
	// Engine keeps it, in this form of documents; 0 where there is no index yet.
	Engine  string
	Mapping int
}

// behindMost is how old the oldest change may be that an index does not know, while
// somebody keeps it; a storm of writes delays it by less.
const behindMost = 10 * time.Minute

// Examine looks whether both indexes can be asked, follow the store, and hold exactly
// what they should. It may run beside the process that keeps them.
func (s *Service) Examine(ctx context.Context) []Finding {
	var out []Finding
	for _, x := range s.indexers {
		f := Finding{Index: x.name, OK: true, Engine: s.o.Engine}
		now, detail, err := x.examine(ctx)
		f.Mapping = now.Position.Mapping
		if f.Detail = detail; err != nil {
			f.OK, f.Detail = false, err.Error()
		}
		out = append(out, f)
	}
	return out
}

func (x *indexer) examine(ctx context.Context) (now index.Standing, detail string, err error) {
	db := x.s.o.DB
	now, err = x.s.o.Standing(ctx, x.name)
	if err != nil {
		return now, "", err
	}
	if x.s.o.Shared {
		if now.Kept, err = db.LeaseHeld(ctx, leaseName(x.name)); err != nil {
			return now, "", err
		}
	}
	last, err := db.LastEvent(ctx)
	if err != nil {
		return now, "", err
	}
	store, err := db.KeptSetting(ctx, models.EpochSetting, x.s.o.NewEpoch)
	if err != nil {
		return now, "", err
	}
	if now.Position.Store != store || now.Position.Mapping != index.Mapping || now.Position.Seq > last {
		wish, err := db.IndexRebuildOpen(ctx)
		switch {
		case err == nil && wish.Failure != "":
			return now, "", fmt.Errorf("cannot be made anew: %s", wish.Failure)
		case now.Kept:
			return now, "is being made anew", nil
		}
		return now, "will be made anew at the next start", nil
	}
	if now.Position.Seq < last {
		detail, err = x.behind(ctx, now, last)
		return now, detail, err
	}
	detail, err = x.recount(ctx, now)
	return now, detail, err
}

// behind tells how far an index is behind; only one that nobody brings into step, or
// whose keeper does nothing, is ill.
func (x *indexer) behind(ctx context.Context, now index.Standing, last int64) (string, error) {
	missing, err := x.s.o.DB.EventsAfter(ctx, now.Position.Seq, 1)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%d documents, %d events behind", now.Count, last-now.Position.Seq)
	if now.Kept && len(missing) > 0 && x.s.o.DB.Now().Sub(missing[0].At) > behindMost {
		return "", fmt.Errorf("%s since %s", text, missing[0].At.Format(time.RFC3339))
	}
	return text, nil
}

// recount compares the number of documents with what the store gives, unless something
// changes meanwhile.
func (x *indexer) recount(ctx context.Context, now index.Standing) (string, error) {
	want := 0
	count := func(_ context.Context, b index.Batch) error { want += len(b.Put); return nil }
	for _, src := range x.sources() {
		if _, err := x.walk(ctx, x.s.loader(), count, src, "", nil); err != nil {
			return "", err
		}
	}
	last, err := x.s.o.DB.LastEvent(ctx)
	if err != nil {
		return "", err
	}
	if want != now.Count && last == now.Position.Seq {
		return "", fmt.Errorf("%d documents, should be %d: minyi reindex", now.Count, want)
	}
	return fmt.Sprintf("%d documents", now.Count), nil
}
