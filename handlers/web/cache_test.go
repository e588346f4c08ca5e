package web_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"minyi/handlers/web"
)

func TestAPageThatChangesAllTheTimeIsNotMadeAnewForEveryChange(t *testing.T) {
	var made, state atomic.Int64
	client, r := site(t, func(r *web.Router) {
		r.Page("GET", "/list", web.Public, func(c *web.Ctx) error {
			c.Depends(time.Time{}, "consultations")
			made.Add(1)
			return c.Render(page(fmt.Sprintf("state %d of %s", state.Load(), c.Who.PersonID)))
		})
	})
	change := func() string {
		n := state.Add(1)
		r.Cache().Bump("consultations")
		return fmt.Sprintf("state %d of ", n)
	}
	began := time.Now()
	for range 5 { // a person who tries it out sees each change at once
		want := change()
		if _, body := do(t, client, "GET", "/list", ""); body != want {
			t.Fatalf("a change was not shown at once: %q, want %q", body, want)
		}
	}
	for range 500 {
		want := change()
		do(t, client, "GET", "/list", "")
		if state.Load()%50 == 0 {
			if _, body := do(t, client, "GET", "/list", "", "Cookie", "minyi_session=good"); body != want+"anna" {
				t.Errorf("who may be its author was shown %q, want %q", body, want+"anna")
			}
		}
	}
	rebuilds := made.Load() - 10 // ten for the author
	if most := int64(8 + 1 + 4*time.Since(began).Seconds()); rebuilds > most {
		t.Errorf("505 changes made the page anew %d times, want at most %d", rebuilds, most)
	}
	want := fmt.Sprintf("state %d of ", state.Load())
	for end := time.Now().Add(time.Minute); ; {
		_, body := do(t, client, "GET", "/list", "")
		if body == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after the last change the page stays %q, want %q", body, want)
		}
	}
}
