package embedded

import (
	"context"
	"os"
	"path/filepath"

	"minyi/search"
)

// builder is an index that grows beside the one in use.
type builder struct {
	e    *Engine
	g    *generation
	done bool
}

// Rebuild begins an empty index in a folder of its own. It waits for a rebuild that
// is under way.
func (e *Engine) Rebuild(context.Context) (search.Builder, error) {
	e.building.Lock()
	g, err := e.create()
	if err != nil {
		e.building.Unlock()
		return nil, err
	}
	return &builder{e: e, g: g}, nil
}

// Apply adds to the new index.
func (b *builder) Apply(_ context.Context, batch search.Batch) error { return b.g.apply(batch) }

// Swap serves the new index from now on and removes the old one.
func (b *builder) Swap(context.Context) error {
	b.e.mu.Lock()
	defer b.e.mu.Unlock()
	if b.done {
		return nil
	}
	if b.e.cur == nil { // closed meanwhile
		b.discard()
		return search.ErrAway
	}
	if err := b.e.point(b.g); err != nil {
		return err
	}
	old := b.e.cur
	b.e.cur = b.g
	b.e.tell(b.g)
	b.end()
	err := old.index.Close()
	if e := os.RemoveAll(filepath.Join(b.e.dir, old.name)); err == nil {
		err = e
	}
	return err
}

// Discard removes the new index; after a swap it does nothing.
func (b *builder) Discard(context.Context) error {
	if b.done {
		return nil
	}
	return b.discard()
}

func (b *builder) discard() error {
	err := b.g.index.Close()
	if e := os.RemoveAll(filepath.Join(b.e.dir, b.g.name)); err == nil {
		err = e
	}
	b.end()
	return err
}

func (b *builder) end() {
	b.done = true
	b.e.building.Unlock()
}

// Reset puts an empty index in place of the one in use.
func (e *Engine) Reset(ctx context.Context) error {
	b, err := e.Rebuild(ctx)
	if err != nil {
		return err
	}
	defer b.Discard(ctx)
	return b.Swap(ctx)
}
