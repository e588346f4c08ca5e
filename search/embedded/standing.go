package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/blevesearch/bleve/v2"

	"minyi/search"
)

// standingFile tells other processes, which cannot open an index that is in use,
// where it stands.
const standingFile = "STANDING"

// tell writes the standing for others. It is never read by who keeps the index, so
// that nothing depends on it: what cannot be written is old for those who look.
func (e *Engine) tell(g *generation) {
	s, err := g.standing()
	if err != nil {
		return
	}
	value, err := json.Marshal(s)
	if err != nil {
		return
	}
	part := filepath.Join(e.dir, standingFile+".new")
	if os.WriteFile(part, value, 0o600) == nil {
		_ = os.Rename(part, filepath.Join(e.dir, standingFile))
	}
}

func (g *generation) standing() (s search.Standing, err error) {
	if s.Position, err = g.position(); err != nil {
		return s, err
	}
	n, err := g.index.DocCount()
	s.Count = int(n)
	return s, err
}

// Standing tells where the index in a folder stands without keeping it: from the index
// itself where nobody has it open, else from what its owner told last. It is zero where
// there is no index yet.
func Standing(ctx context.Context, dir string) (s search.Standing, err error) {
	for name := ""; ; {
		now, err := os.ReadFile(filepath.Join(dir, currentFile))
		if errors.Is(err, os.ErrNotExist) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		next := filepath.Base(strings.TrimSpace(string(now)))
		if s, err = standingOf(dir, next); err == nil || next == name || ctx.Err() != nil {
			return s, err
		}
		name = next // its owner may have put another one in its place just now
	}
}

func standingOf(dir, name string) (s search.Standing, err error) {
	index, err := open(filepath.Join(dir, name), true)
	if errors.Is(err, ErrOwned) {
		s.Kept = true
		told, err := os.ReadFile(filepath.Join(dir, standingFile))
		if err != nil {
			return s, err
		}
		return s, json.Unmarshal(told, &s)
	}
	if err != nil {
		return s, err
	}
	defer index.Close()
	return (&generation{index: index}).standing()
}

// open opens an index that exists. Errors: [ErrOwned].
func open(path string, only bool) (bleve.Index, error) {
	index, err := bleve.OpenUsing(path, config(only))
	if err != nil && strings.Contains(err.Error(), "timeout") {
		return nil, ErrOwned
	}
	return index, err
}

// config is how Bleve opens and makes an index; only reads it.
func config(only bool) map[string]any {
	return map[string]any{"bolt_timeout": lockWait, "read_only": only, "scorchMergePlanOptions": map[string]any{
		"MaxSegmentSize": segmentMost, "FloorSegmentSize": segmentLeast, "MaxSegmentsPerTier": segmentsSame, "SegmentsPerMergeTask": segmentsSame,
	}}
}
