// Package meili is the search engine of the full setup: a Meilisearch server, spoken
// to by its own client.
//
// Meilisearch is given the same terms as the embedded engine, written so that its own
// cutting of texts leaves them alone; see terms.go. Every change is a task there: it is
// awaited, and a task that failed is an error here.
package meili

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"minyi/search"
)

// Options say where the server is.
type Options struct {
	URL string
	// Key may write, make indexes and, unless SearchKey is given, make the key that
	// searches. Empty only for a server on this machine.
	Key string
	// SearchKey may search and nothing else. Empty: one is looked for or made with Key.
	SearchKey string
	// Index is the name of the index.
	Index string
	// HTTP carries the requests; nil means a client of its own.
	HTTP *http.Client
}

// Engine is one index on a server. It is safe for concurrent use.
type Engine struct {
	o      Options
	write  meilisearch.ServiceManager
	mu     sync.Mutex
	read   meilisearch.ServiceManager // nil until the key is there
	ready  bool                       // the index is there
	builds sync.Mutex                 // one rebuild at a time
}

var _ search.Engine = (*Engine)(nil)

const (
	taskFirst  = 5 * time.Millisecond // first look at a task; later ones wait longer
	taskSlow   = 200 * time.Millisecond
	taskWithin = 10 * time.Minute
	keyName    = "minyi search"
	// positionID is the document that keeps the position, in the index itself: it moves
	// with a swap, and with the documents in one task.
	positionID = "position"
)

// Open prepares an engine; nothing is asked of the server yet, which may be away.
func Open(o Options) *Engine {
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: time.Minute}
	}
	e := &Engine{o: o, write: service(o, o.Key)}
	if o.Key == "" || o.SearchKey != "" {
		e.read = service(o, o.SearchKey)
	}
	return e
}

func service(o Options, key string) meilisearch.ServiceManager {
	return meilisearch.New(o.URL, meilisearch.WithAPIKey(key), meilisearch.WithCustomClient(o.HTTP), meilisearch.DisableRetries())
}

// reader gives the connection that may only search, with a key made for it.
func (e *Engine) reader(ctx context.Context) (meilisearch.ServiceManager, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.read != nil {
		return e.read, nil
	}
	key, err := e.searchKey(ctx)
	if err != nil {
		return nil, err
	}
	e.read = service(e.o, key)
	return e.read, nil
}

// searchKey finds the key that only searches the indexes of this program, or makes it.
func (e *Engine) searchKey(ctx context.Context) (string, error) {
	for offset := int64(0); ; offset += 100 {
		list, err := e.write.GetKeysWithContext(ctx, &meilisearch.KeysQuery{Limit: 100, Offset: offset})
		if err != nil {
			return "", fmt.Errorf("a key for searching can neither be found nor made (set MINYI_MEILI_SEARCH_KEY): %w", away(err))
		}
		for _, k := range list.Results {
			if k.Name == keyName && len(k.Indexes) == 1 && k.Indexes[0] == e.o.Index {
				return k.Key, nil
			}
		}
		if int64(len(list.Results)) < 100 {
			break
		}
	}
	made, err := e.write.CreateKeyWithContext(ctx, &meilisearch.Key{Name: keyName, Description: "searches and nothing else", Actions: []string{"search"}, Indexes: []string{e.o.Index}})
	if err != nil {
		return "", away(err)
	}
	return made.Key, nil
}

// away says that the server cannot be asked; what it refuses is a mistake of ours and
// told as it is.
func away(err error) error {
	if err == nil || errors.Is(err, search.ErrAway) {
		return err
	}
	var e *meilisearch.Error
	if errors.As(err, &e) && e.StatusCode >= 400 && e.StatusCode < 500 && e.MeilisearchApiError.Code != "index_not_found" {
		return err
	}
	return fmt.Errorf("%w: %v", search.ErrAway, err)
}

// await waits until a task has ended; one that failed is an error.
func (e *Engine) await(ctx context.Context, task *meilisearch.TaskInfo, err error) error {
	if err != nil {
		return away(err)
	}
	ctx, cancel := context.WithTimeout(ctx, taskWithin)
	defer cancel()
	for wait := taskFirst; ; wait = min(wait*3/2, taskSlow) {
		t, err := e.write.GetTaskWithContext(ctx, task.TaskUID)
		if err != nil {
			return away(err)
		}
		switch t.Status {
		case meilisearch.TaskStatusSucceeded:
			return nil
		case meilisearch.TaskStatusFailed, meilisearch.TaskStatusCanceled:
			return &TaskError{UID: t.UID, Status: string(t.Status), Code: t.Error.Code, Message: t.Error.Message}
		}
		select {
		case <-ctx.Done():
			return away(ctx.Err())
		case <-time.After(wait):
		}
	}
}

// TaskError is a change that the server took and could not make.
type TaskError struct {
	UID                   int64
	Status, Code, Message string
}

func (e *TaskError) Error() string {
	return fmt.Sprintf("meilisearch task %d %s: %s: %s", e.UID, e.Status, e.Code, e.Message)
}

// ensure makes the index with its settings if it is not there.
func (e *Engine) ensure(ctx context.Context) error {
	e.mu.Lock()
	ready := e.ready
	e.mu.Unlock()
	if ready {
		return nil
	}
	_, err := e.write.GetIndexWithContext(ctx, e.o.Index)
	if err != nil {
		if !missing(err) {
			return away(err)
		}
		if err := e.make(ctx, e.o.Index); err != nil {
			return err
		}
	}
	e.mu.Lock()
	e.ready = true
	e.mu.Unlock()
	return nil
}

func missing(err error) bool {
	var e *meilisearch.Error
	return errors.As(err, &e) && e.MeilisearchApiError.Code == "index_not_found"
}

// make creates an index and gives it its settings before the first document.
func (e *Engine) make(ctx context.Context, uid string) error {
	task, err := e.write.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: uid, PrimaryKey: "id"})
	if err := e.await(ctx, task, err); err != nil {
		var failed *TaskError
		if !errors.As(err, &failed) || failed.Code != "index_already_exists" {
			return err
		}
	}
	task, err = e.write.Index(uid).UpdateSettingsWithContext(ctx, settings())
	return e.await(ctx, task, err)
}

func (e *Engine) remove(ctx context.Context, uid string) error {
	task, err := e.write.DeleteIndexWithContext(ctx, uid)
	err = e.await(ctx, task, err)
	var failed *TaskError
	if missing(err) || errors.As(err, &failed) && failed.Code == "index_not_found" {
		return nil
	}
	return err
}

// Apply changes the index and waits until searches see it.
func (e *Engine) Apply(ctx context.Context, b search.Batch) error {
	if err := e.ensure(ctx); err != nil {
		return err
	}
	return e.apply(ctx, e.o.Index, b)
}

func (e *Engine) apply(ctx context.Context, uid string, b search.Batch) error {
	index := e.write.Index(uid)
	if len(b.Delete) > 0 { // before the position, so that a crash between repeats the batch
		keys := make([]string, len(b.Delete))
		for i, id := range b.Delete {
			keys[i] = keyOf(id)
		}
		task, err := index.DeleteDocumentsWithContext(ctx, keys, nil)
		if err := e.await(ctx, task, err); err != nil {
			return err
		}
	}
	deleted := map[string]bool{}
	for _, id := range b.Delete {
		deleted[id] = true
	}
	var rows []any
	for i := range b.Put {
		if !deleted[b.Put[i].ID] {
			rows = append(rows, rowOf(&b.Put[i]))
		}
	}
	if b.Position != nil {
		rows = append(rows, positionRow{ID: positionID, Position: *b.Position})
	}
	if len(rows) == 0 {
		return nil
	}
	task, err := index.AddDocumentsWithContext(ctx, rows, nil)
	return e.await(ctx, task, err)
}

type positionRow struct {
	ID       string          `json:"id"`
	Position search.Position `json:"position"`
}

// Position reads where the index stands; the zero value where there is none.
func (e *Engine) Position(ctx context.Context) (search.Position, error) {
	var row positionRow
	err := e.write.Index(e.o.Index).GetDocumentWithContext(ctx, positionID, nil, &row)
	var failed *meilisearch.Error
	if errors.As(err, &failed) && failed.StatusCode == http.StatusNotFound {
		return search.Position{}, nil
	}
	return row.Position, away(err)
}

// Count is the number of documents.
func (e *Engine) Count(ctx context.Context) (int, error) {
	r, err := e.search(ctx, &meilisearch.SearchRequest{Filter: "kind EXISTS", Facets: []string{"kind"}, Limit: 1})
	if err != nil {
		return 0, err
	}
	counts := map[string]map[string]int{}
	if err := json.Unmarshal(r[0].FacetDistribution, &counts); err != nil {
		return 0, err
	}
	n := 0
	for _, k := range counts["kind"] {
		n += k
	}
	return n, nil
}

// Standing tells where the index stands; whether somebody keeps it the server does not
// know.
func (e *Engine) Standing(ctx context.Context) (s search.Standing, err error) {
	if s.Position, err = e.Position(ctx); err != nil || s.Position == (search.Position{}) {
		return s, err
	}
	s.Count, err = e.Count(ctx)
	return s, err
}

// Health says whether the server answers.
func (e *Engine) Health(ctx context.Context) error {
	h, err := e.write.HealthWithContext(ctx)
	if err != nil {
		return fmt.Errorf("%w: %v", search.ErrAway, err)
	}
	if h.Status != "available" {
		return fmt.Errorf("%w: status %s", search.ErrAway, h.Status)
	}
	return nil
}

// Close ends the connections.
func (e *Engine) Close() error {
	e.o.HTTP.CloseIdleConnections()
	return nil
}
