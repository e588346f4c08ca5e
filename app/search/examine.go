package search

import (
	"context"
	"time"

	"minyi/models"
	index "minyi/search"
)

// Finding is what an examination found about one index.
type Finding struct {
	Index string // public, desk
	OK    bool
	// Says is the text key of what was found, with its values; Cause is what an engine or
	// the database says, in its own words.
	Says  string
	Args  []any
	Cause string
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
		if err := x.examine(ctx, &f); err != nil {
			f.OK, f.Cause = false, err.Error()
		}
		out = append(out, f)
	}
	return out
}

func (f *Finding) say(ok bool, key string, args ...any) { f.OK, f.Says, f.Args = ok, key, args }

func (x *indexer) examine(ctx context.Context, f *Finding) error {
	db := x.s.o.DB
	now, err := x.s.o.Standing(ctx, x.name)
	if err != nil {
		return err
	}
	f.Mapping = now.Position.Mapping
	if x.s.o.Shared {
		if now.Kept, err = db.LeaseHeld(ctx, leaseName(x.name)); err != nil {
			return err
		}
	}
	last, err := db.LastEvent(ctx)
	if err != nil {
		return err
	}
	store, err := db.KeptSetting(ctx, models.EpochSetting, x.s.o.NewEpoch)
	if err != nil {
		return err
	}
	if now.Position.Store != store || now.Position.Mapping != index.Mapping || now.Position.Seq > last {
		wish, err := db.IndexRebuildOpen(ctx)
		switch {
		case err == nil && wish.Failure != "":
			f.say(false, "search.examined_cannot", "what", wish.Failure)
		case now.Kept:
			f.say(true, "search.health_making")
		default:
			f.say(true, "search.examined_at_start")
		}
		return nil
	}
	if now.Position.Seq < last {
		return x.behind(ctx, f, now, last)
	}
	return x.recount(ctx, f, now)
}

// behind tells how far an index is behind; only one that nobody brings into step, or
// whose keeper does nothing, is ill.
func (x *indexer) behind(ctx context.Context, f *Finding, now index.Standing, last int64) error {
	missing, err := x.s.o.DB.EventsAfter(ctx, now.Position.Seq, 1)
	if err != nil {
		return err
	}
	f.say(true, "search.examined_behind", "n", now.Count, "behind", last-now.Position.Seq)
	if now.Kept && len(missing) > 0 && x.s.o.DB.Now().Sub(missing[0].At) > behindMost {
		f.say(false, "search.examined_stuck", append(f.Args, "since", missing[0].At)...)
	}
	return nil
}

// recount compares the number of documents with what the store gives, unless something
// changes meanwhile.
func (x *indexer) recount(ctx context.Context, f *Finding, now index.Standing) error {
	want := 0
	count := func(_ context.Context, b index.Batch) error { want += len(b.Put); return nil }
	for _, src := range x.sources() {
		if _, err := x.walk(ctx, x.s.loader(), count, src, "", nil); err != nil {
			return err
		}
	}
	last, err := x.s.o.DB.LastEvent(ctx)
	if err != nil {
		return err
	}
	f.say(true, "search.examined_holds", "n", now.Count)
	if want != now.Count && last == now.Position.Seq {
		f.say(false, "search.examined_wrong", "n", now.Count, "want", want)
	}
	return nil
}
