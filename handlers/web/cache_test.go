package web_test

import (
	"fmt"
	"strings"
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

// Who reads every address of the site once takes no ready page from the others.
func TestAPageThatIsAskedForAgainStaysReadyBesideManyThatAreAskedForOnce(t *testing.T) {
	var made atomic.Int64
	big := strings.Repeat("x", 1<<20)
	client, _ := site(t, func(r *web.Router) {
		r.Page("GET", "/:name", web.Public, func(c *web.Ctx) error {
			c.Depends(time.Time{}, "consultations")
			made.Add(1)
			if c.Params("name") == "draft" {
				return c.Render(page("short"))
			}
			return c.Render(page(big))
		})
	})
	read := func(name string) (times int64) {
		before := made.Load()
		do(t, client, "GET", "/"+name, "")
		return made.Load() - before
	}
	if first, again := read("draft"), read("draft"); first != 1 || again != 0 {
		t.Fatalf("a page was made %d and %d times for its first two readers, want 1 and 0", first, again)
	}
	for n := range 40 { // more than all that is kept
		read(fmt.Sprintf("page%d", n))
	}
	if read("draft") != 0 {
		t.Error("a page that was asked for again gave way to pages that were asked for once")
	}
	if read("page39") != 0 {
		t.Error("the last page of them is not ready")
	}
	if read("page20") != 1 {
		t.Error("pages that were asked for once hold more than their part of the room")
	}
}
