package web_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"minyi/handlers/web"
)

// zeros gives so many bytes, says that they were taken, and waits until it may end.
type zeros struct {
	left  int
	taken chan struct{} // nil: nobody asks
	end   <-chan struct{}
}

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		if z.taken != nil {
			z.taken <- struct{}{}
		}
		<-z.end
		return 0, io.EOF
	}
	n := min(z.left, len(p))
	clear(p[:n])
	z.left -= n
	return n, nil
}

// ended lets what comes after it go on at once.
func ended() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// form is a form with a text and one file of so many bytes, made while it is sent.
func form(t *testing.T, path string, size int, taken chan struct{}, end <-chan struct{}) *http.Request {
	t.Helper()
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	_ = w.WriteField("body", "路口太窄")
	_, _ = w.CreateFormFile("files", "photo.jpg")
	tail := "\r\n--" + w.Boundary() + "--\r\n"
	length := int64(head.Len() + size + len(tail))
	req, err := http.NewRequest("POST", "http://minyi.test"+path, io.MultiReader(&head, &zeros{size, taken, end}, strings.NewReader(tail)))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = length
	req.Header.Set("Content-Type", w.FormDataContentType())
	return req
}

// peak is the most memory in use while f runs, beyond what was in use before.
func peak(f func()) int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most := m.HeapInuse, uint64(0)
	done, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	f()
	close(done)
	<-over
	return int(max(most, before) - before)
}

func TestManyLargeFormsAtOnceAreNotHeldInMemory(t *testing.T) {
	const clients, size = 32, 12 << 20
	var taken atomic.Int64
	client, _ := siteWith(t, web.Uploads{PerNetwork: clients, Patience: time.Minute}, func(r *web.Router) {
		r.Page("POST", "/files", web.Public, func(c *web.Ctx) error {
			list, err := c.Files("files", size)
			if err != nil || len(list) != 1 || len(list[0].Data) != size || c.FormValue("body") != "路口太窄" {
				return fmt.Errorf("%d files, %w", len(list), err)
			}
			taken.Add(1)
			return c.SendString("taken")
		})
	})
	used := peak(func() {
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				res, err := client.Do(form(t, "/files", size, nil, ended()))
				if err != nil {
					t.Error(err)
					return
				}
				defer res.Body.Close()
				if res.StatusCode != 200 {
					t.Errorf("a form was answered %d", res.StatusCode)
				}
			})
		}
		all.Wait()
	})
	t.Logf("%d MB in use for %d MB of files", used>>20, clients*size>>20)
	if taken.Load() != clients {
		t.Errorf("%d of %d forms were taken", taken.Load(), clients)
	}
	if used > clients*size/2 {
		t.Errorf("%d MB were in use for %d MB of files", used>>20, clients*size>>20)
	}
}

// Who comes when all places are taken is told so in words and asked to come back; small
// forms and other networks are not kept waiting by who sends slowly.
func TestWhoFindsNoPlaceForALargeFormIsToldToComeBack(t *testing.T) {
	const size = 1 << 20
	var written atomic.Int64
	client, _ := siteWith(t, web.Uploads{Arriving: 8, PerNetwork: 2, Patience: 50 * time.Millisecond}, func(r *web.Router) {
		r.Page("POST", "/files", web.Public, func(c *web.Ctx) error { written.Add(1); return c.SendString("taken") })
		r.API("POST", "/files", web.Public, func(c *web.Ctx) error { written.Add(1); return c.SendString("taken") })
	})
	end := make(chan struct{})
	slow, taken := make(chan int, 2), make(chan struct{}, 2)
	for range 2 { // both places of this network are held by forms that do not end
		go func() {
			res, err := client.Do(form(t, "/files", size, taken, end))
			if err != nil {
				t.Error(err)
				slow <- 0
				return
			}
			res.Body.Close()
			slow <- res.StatusCode
		}()
	}
	for range 2 {
		<-taken
	}
	refused := func(path string) (*http.Response, string) {
		res, err := client.Do(form(t, path, size, nil, ended()))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res, string(b)
	}
	for path, words := range map[string]string{"/files": "请返回上一页", "/en/files": "Go back to the last page", "/api/v1/files": `"code":"error.uploads"`} {
		res, body := refused(path)
		if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || !strings.Contains(body, words) {
			t.Errorf("%s: %d, Retry-After %q: %.300s", path, res.StatusCode, res.Header.Get("Retry-After"), body)
		}
	}
	before := written.Load()
	if res, _ := do(t, client, "POST", "/files", "body=a", "Content-Type", "application/x-www-form-urlencoded"); res.StatusCode != 200 {
		t.Errorf("a small form was answered %d", res.StatusCode)
	}
	if written.Load() != before+1 {
		t.Error("the small form has not reached its handler")
	}
	close(end)
	for range 2 {
		if status := <-slow; status != 200 {
			t.Errorf("who came first was answered %d", status)
		}
	}
	res, err := client.Do(form(t, "/files", size, nil, ended()))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("after they have left: %d", res.StatusCode)
	}
}

func TestABodyIsReadWholeOrNotAtAll(t *testing.T) {
	var got atomic.Value
	client, _ := site(t, func(r *web.Router) {
		r.API("POST", "/echo", web.Public, func(c *web.Ctx) error {
			got.Store(string(c.Body()))
			return c.SendString("ok")
		})
	})
	for _, size := range []int{0, 1, 8 << 10, 8<<10 + 1, 300 << 10, 8 << 20} {
		for _, chunked := range []bool{false, true} {
			body := strings.Repeat("x", size)
			req, err := http.NewRequest("POST", "http://minyi.test/api/v1/echo", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if chunked {
				req.ContentLength = -1
			}
			req.Header.Set("Content-Type", "application/json")
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != 200 || got.Load() != body {
				t.Errorf("%d bytes, chunked %v: answered %d, %d bytes arrived", size, chunked, res.StatusCode, len(got.Load().(string)))
			}
		}
	}
	got.Store("nothing")
	over := strings.Repeat("x", 8<<20+1)
	for _, length := range []int64{int64(len(over)), -1} {
		req, _ := http.NewRequest("POST", "http://minyi.test/api/v1/echo", strings.NewReader(over))
		req.ContentLength = length
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 413 || got.Load() != "nothing" {
			t.Errorf("more than can be taken was answered %d", res.StatusCode)
		}
	}
	if res, _ := do(t, client, "POST", "/api/v1/echo", "{}", "Content-Type", "application/json", "Content-Encoding", "gzip"); res.StatusCode != 415 {
		t.Errorf("a packed body was answered %d", res.StatusCode)
	}
}
