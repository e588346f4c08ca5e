package search_test

import (
	"context"
	"testing"
	"time"

	"minyi/app/search"
	"minyi/models"
	"minyi/models/modelstest"
)

// A single opinion is found at once. While a discussion goes on an index changes twice a
// second and no oftener: each change costs the same, and who reads the discussion pays.
func TestAnIndexRestsLongerWhileADiscussionGoesOn(t *testing.T) {
	clock := modelstest.NewClock(time.Now())
	db := modelstest.SQLite(t, clock.Now)
	act := func(n int) {
		for range n {
			if err := db.InTx(context.Background(), models.Act{By: "system", Name: "opinions.submit", About: "consultation:c"}, func(*models.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	const took, quiet = 20 * time.Millisecond, 200 * time.Millisecond
	for _, c := range []struct {
		name  string
		acts  int
		in    time.Duration
		quiet time.Duration
		want  time.Duration
	}{
		{"a single act", 1, time.Second, quiet, 160 * time.Millisecond},
		{"two at once", 2, 10 * time.Millisecond, quiet, 160 * time.Millisecond},
		{"three within a second", 3, time.Second, quiet, 160 * time.Millisecond},
		{"ten within a second", 10, time.Second, quiet, 500 * time.Millisecond},
		{"five within half a second", 5, 500 * time.Millisecond, quiet, 500 * time.Millisecond},
		{"somebody waits for a rebuild", 10, time.Second, 0, 0},
		{"a storm, after a large change", 100, time.Second, quiet, 500 * time.Millisecond},
	} {
		rest := search.Resting(db, clock.Now)
		act(c.acts)
		clock.Add(c.in)
		if got := rest(took, c.quiet); got != c.want {
			t.Errorf("%s: rests for %v, want %v", c.name, got, c.want)
		}
	}
}
