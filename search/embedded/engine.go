// Package embedded is the search engine of the embedded default: Bleve in a folder of
// the data folder, with nothing to install.
//
// Bleve keeps the terms; what is special stands here. Places of terms are not kept
// (that is most of an index's size and time): candidates are found by terms and
// [search.Rank] looks at their texts. All that hits are counted and sorted by is one
// packed value a document, so that a common word costs one look a hit, and a search
// stops at a bound and says so.
package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"

	"minyi/search"
)

// ErrOwned says that another process has the folder of the index.
var ErrOwned = errors.New("search: another process has the index")

// Engine is one index in a folder. Only one process may have it open.
type Engine struct {
	dir string
	// mu is held for reading while the generation in use is used, and for writing
	// while another one takes its place.
	mu  sync.RWMutex
	cur *generation
	// building lets one rebuild at a time go on.
	building sync.Mutex
}

var _ search.Engine = (*Engine)(nil)

// generation is one folder with an index.
type generation struct {
	name  string
	index bleve.Index
}

const (
	currentFile = "CURRENT"
	positionKey = "minyi.position"
	lockWait    = "500ms"
	// segmentMost is how many documents one file of the index holds at most. While files
	// are joined their pages are in memory: without a bound a large index is read as a whole
	// for that, again and again.
	segmentMost = 200000
	// While people write, a change of a few documents is a file of its own. Bleve counts
	// every file below 2,000 documents as one of 2,000, allows ten of them and joins ten
	// at a time: an index of up to 20,000 documents was written anew as a whole for each
	// change, which took a third of a processor at ten opinions a second. With smaller
	// steps files of one size are joined with each other only; there are as many as before
	// (11 instead of 12 for 100,000 documents), so searches look into no more of them.
	segmentLeast = 500 // documents; what is smaller counts as much
	segmentsSame = 4   // files of one size that may stand beside each other, and are joined at a time
)

func init() {
	// One worker cuts texts into terms: indexing must leave the other cores to people.
	bleve.Config.SetAnalysisQueueSize(1)
}

// Open opens the index in dir and makes an empty one where there is none. A folder
// that cannot be read as an index is thrown away: everything in it can be made anew.
// Errors: [ErrOwned].
func Open(dir string) (*Engine, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	e := &Engine{dir: dir}
	name, err := os.ReadFile(filepath.Join(dir, currentFile))
	if err == nil {
		e.cur, err = e.open(strings.TrimSpace(string(name)))
		if errors.Is(err, ErrOwned) {
			return nil, err
		}
	}
	if err != nil {
		if e.cur, err = e.create(); err != nil {
			return nil, err
		}
		if err := e.point(e.cur); err != nil {
			e.cur.index.Close()
			return nil, err
		}
	}
	e.sweep()
	e.tell(e.cur)
	return e, nil
}

func (e *Engine) open(name string) (*generation, error) {
	if name == "" || name != filepath.Base(name) {
		return nil, fmt.Errorf("search: %s names no index", currentFile)
	}
	index, err := open(filepath.Join(e.dir, name), false)
	if err != nil {
		return nil, err
	}
	return &generation{name, index}, nil
}

// create makes an empty index in a new folder.
func (e *Engine) create() (*generation, error) {
	dir, err := os.MkdirTemp(e.dir, "g-")
	if err != nil {
		return nil, err
	}
	name := filepath.Base(dir)
	if err := os.Remove(dir); err != nil { // bleve wants to make it
		return nil, err
	}
	m := mapping.NewIndexMapping()
	m.DefaultMapping = mapping.NewDocumentDisabledMapping() // documents come ready, see document.go
	index, err := bleve.NewUsing(dir, m, bleve.Config.DefaultIndexType, bleve.Config.DefaultKVStore, config(false))
	if err != nil {
		return nil, err
	}
	return &generation{name, index}, nil
}

// point makes g the one that the next start opens; the change of name is what counts,
// so a crash leaves the one or the other.
func (e *Engine) point(g *generation) error {
	part := filepath.Join(e.dir, currentFile+".new")
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	_, err = f.WriteString(g.name + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(e.dir, currentFile))
}

// sweep removes what unfinished rebuilds left.
func (e *Engine) sweep() {
	entries, err := os.ReadDir(e.dir)
	if err != nil {
		return
	}
	for _, f := range entries {
		if f.IsDir() && strings.HasPrefix(f.Name(), "g-") && f.Name() != e.cur.name {
			os.RemoveAll(filepath.Join(e.dir, f.Name()))
		}
	}
}

// Apply writes the batch in one step, with its position.
func (e *Engine) Apply(_ context.Context, b search.Batch) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.cur == nil {
		return search.ErrAway
	}
	err := e.cur.apply(b)
	if err == nil {
		e.tell(e.cur)
	}
	return err
}

func (g *generation) apply(b search.Batch) error {
	batch := g.index.NewBatch()
	for i := range b.Put {
		doc, err := newDocument(&b.Put[i])
		if err != nil {
			return err
		}
		if err := batch.IndexAdvanced(doc); err != nil {
			return err
		}
	}
	for _, id := range b.Delete {
		batch.Delete(id)
	}
	if b.Position != nil {
		value, err := json.Marshal(b.Position)
		if err != nil {
			return err
		}
		batch.SetInternal([]byte(positionKey), value)
	}
	return g.index.Batch(batch)
}

// Position reads where the index stands; the zero value for an empty one.
func (e *Engine) Position(context.Context) (p search.Position, err error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.cur == nil {
		return p, search.ErrAway
	}
	return e.cur.position()
}

func (g *generation) position() (p search.Position, err error) {
	value, err := g.index.GetInternal([]byte(positionKey))
	if err != nil || len(value) == 0 {
		return p, err
	}
	return p, json.Unmarshal(value, &p)
}

// Count is the number of documents.
func (e *Engine) Count(context.Context) (int, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.cur == nil {
		return 0, search.ErrAway
	}
	n, err := e.cur.index.DocCount()
	return int(n), err
}

// Health says whether the index is open.
func (e *Engine) Health(ctx context.Context) error {
	_, err := e.Count(ctx)
	return err
}

// Close closes the index; searches that go on then end first.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cur == nil {
		return nil
	}
	err := e.cur.index.Close()
	e.cur = nil
	return err
}
