//go:build torture

package app_test

import (
	"fmt"
	"testing"

	"minyi/models"
	"minyi/search/searchtest"
)

func TestTortureKilledWhileItIndexes(t *testing.T) {
	dir := t.TempDir()
	o := models.Options{Dir: dir}
	rounds := number("MINYI_TORTURE_ROUNDS", 6)
	s := filled(t, o, 0, 4000, "MINYI_DATA_DIR="+dir)
	s.killedWhileIndexing(t, o, 4000, rounds)
	row(t, "search: kills while the index is made, made anew and follows; lost, doubled or shown though hidden", fmt.Sprintf("%d kills; 0", 3*rounds), "", "0")
}

// A node that was killed keeps its lease of the common index for half a minute.
func TestTortureKilledWhileItIndexesInMeilisearch(t *testing.T) {
	server := searchtest.Meilisearch(t)
	dir := t.TempDir()
	o := models.Options{Dir: dir}
	s := filled(t, o, 0, 2000, "MINYI_DATA_DIR="+dir, "MINYI_MEILI_URL="+server.URL, "MINYI_MEILI_KEY="+server.Key)
	s.killedWhileIndexing(t, o, 2000, 1)
	row(t, "search: kills while Meilisearch is filled, filled anew and follows; lost, doubled or shown though hidden", "3 kills; 0", "", "0")
}
