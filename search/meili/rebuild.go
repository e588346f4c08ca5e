package meili

import (
	"context"

	"github.com/meilisearch/meilisearch-go"

	"minyi/search"
)

// builder is an index that grows beside the one in use, under a name of its own.
type builder struct {
	e    *Engine
	uid  string
	done bool
}

// Rebuild begins an empty index; what an earlier one left under its name is removed.
func (e *Engine) Rebuild(ctx context.Context) (search.Builder, error) {
	e.builds.Lock()
	b := &builder{e: e, uid: e.o.Index + "_next"}
	err := e.ensure(ctx)
	if err == nil {
		err = e.remove(ctx, b.uid)
	}
	if err == nil {
		err = e.make(ctx, b.uid)
	}
	if err != nil {
		e.builds.Unlock()
		return nil, err
	}
	return b, nil
}

// Apply adds to the new index.
func (b *builder) Apply(ctx context.Context, batch search.Batch) error {
	return b.e.apply(ctx, b.uid, batch)
}

// Swap exchanges the two indexes in one step and removes the old one.
func (b *builder) Swap(ctx context.Context) error {
	if b.done {
		return nil
	}
	task, err := b.e.write.SwapIndexesWithContext(ctx, []*meilisearch.SwapIndexesParams{{Indexes: []string{b.e.o.Index, b.uid}}})
	if err := b.e.await(ctx, task, err); err != nil {
		return err
	}
	return b.end(ctx)
}

// Discard removes the new index; after a swap it does nothing.
func (b *builder) Discard(ctx context.Context) error {
	if b.done {
		return nil
	}
	return b.end(ctx)
}

func (b *builder) end(ctx context.Context) error {
	b.done = true
	defer b.e.builds.Unlock()
	return b.e.remove(ctx, b.uid)
}

// Reset puts an empty index, with the settings of this program, in its place.
func (e *Engine) Reset(ctx context.Context) error {
	b, err := e.Rebuild(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = b.Discard(ctx) }() // does nothing after the swap
	return b.Swap(ctx)
}
