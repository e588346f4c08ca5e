package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
)

// form sends a form as a browser of the viewer.
func (v *viewer) form(s site, path string, values url.Values, header ...string) sent {
	values.Set("csrf", v.csrf)
	return sent{method: "POST", target: path, body: []byte(values.Encode()), header: append([]string{"Cookie", v.cookie(s), "Content-Type", "application/x-www-form-urlencoded"}, header...)}
}

// resident is somebody with an account and a browser.
func (s site) resident(name string) *viewer {
	p := modelstest.Person(s.t, s.DB, name, models.Unit{})
	v := &viewer{name: name, person: p.ID, token: s.token(p)}
	s.signIn(v)
	return v
}

func (s site) send(r sent) got {
	s.t.Helper()
	w := s.wire(s.host())
	defer w.close()
	g, err := w.do(r)
	if err != nil {
		s.t.Fatal(r, err)
	}
	return g
}

// A key makes one person's repeated request one act, and is nothing to anybody else.
func TestAKeyIsOnePersonsAndOneActs(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		_, unit := modelstest.City(t, s.DB)
		c := modelstest.Consultation(t, s.DB, unit, 3, nil)
		anna, ben := s.resident("anna"), s.resident("ben")
		post := "/api/v1/consultations/" + c.ID + "/opinions"
		give := func(v *viewer, key, body string) (int, string, []byte) {
			status, b, _ := s.call("POST", post, v.token, opinion("a1", body), "Idempotency-Key", key)
			var out struct{ Receipt string }
			_ = json.Unmarshal(b, &out)
			return status, out.Receipt, b
		}
		var mu sync.Mutex
		receipts := map[string]bool{}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				status, receipt, b := give(anna, "key", "路口太窄")
				mu.Lock()
				defer mu.Unlock()
				if receipts[receipt] = true; status != 201 {
					t.Errorf("the same opinion again: %d %s", status, b)
				}
			})
		}
		wg.Wait()
		if len(receipts) != 1 {
			t.Errorf("one opinion sent 20 times at once has the receipts %v", receipts)
		}
		if status, _, b := give(anna, "key", "另一条意见"); status != 422 || !bytes.Contains(b, []byte("error.idempotency")) {
			t.Errorf("another opinion with the same key: %d %s", status, b)
		}
		status, other, b := give(ben, "key", "路口太窄")
		if status != 201 || receipts[other] {
			t.Errorf("somebody else with the same key: %d %s", status, b)
		}
		all, err := s.DB.Opinions(t.Context(), models.OpinionQuery{ConsultationID: c.ID, Limit: 100})
		if err != nil || len(all) != 2 {
			t.Errorf("%d opinions are kept, want one of each: %v", len(all), err)
		}
		id := all[0].ID
		cara, dora := s.resident("cara"), s.resident("dora")
		for range 20 { // a voice counts once, whatever keys it comes with
			wg.Go(func() { s.call("POST", "/api/v1/opinions/"+id+"/support", cara.token, nil) })
			wg.Go(func() { s.call("POST", "/api/v1/opinions/"+id+"/support", dora.token, nil, "Idempotency-Key", "s") })
		}
		wg.Wait()
		_, b, _ = s.call("GET", "/api/v1/opinions/"+id, "", nil)
		var seen struct{ Supports int }
		if err := json.Unmarshal(b, &seen); err != nil || seen.Supports != 2 {
			t.Errorf("two people have %d voices: %s", seen.Supports, b)
		}
	})
}

// A form that is sent twice, by impatience or by a reloaded page, is one act.
func TestAFormSentTwiceIsOneAct(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		_, unit := modelstest.City(t, s.DB)
		c := modelstest.Consultation(t, s.DB, unit, 3, nil)
		anna := s.resident("anna")
		base := "/consultations/" + c.ID + "/basket"
		many := func(r sent) (answers []got) {
			var mu sync.Mutex
			var wg sync.WaitGroup
			for range 12 {
				wg.Go(func() {
					g := s.send(r)
					mu.Lock()
					defer mu.Unlock()
					answers = append(answers, g)
				})
			}
			wg.Wait()
			return answers
		}
		for _, g := range many(anna.form(s, base, url.Values{"clause": {"a1"}, "stance": {"amend"}, "body": {"路口太窄"}, "idempotency_key": {"one"}})) {
			if g.status != 303 {
				t.Errorf("into the basket: %d %.300s", g.status, g.body)
			}
		}
		basket, err := s.DB.BasketOf(t.Context(), "p:"+anna.person, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.DB.BasketSize(t.Context(), basket.ID); n != 1 {
			t.Errorf("one form sent 12 times put %d opinions into the basket: %v", n, err)
		}
		to := map[string]int{}
		for _, g := range many(anna.form(s, base+"/send", url.Values{"display": {"anonymous"}, "basket": {basket.ID}, "way": {"none"}})) {
			if g.status == 303 {
				to[g.header.Get("Location")]++
			} else if g.status >= 500 {
				t.Errorf("sent: %d %.300s", g.status, g.body)
			}
		}
		all, err := s.DB.Opinions(t.Context(), models.OpinionQuery{ConsultationID: c.ID, Limit: 100})
		if err != nil || len(all) != 1 || len(to) != 1 {
			t.Errorf("one basket sent 12 times made %d opinions and the receipts %v: %v", len(all), to, err)
		}
	})
}

// No other site can make a signed-in reader's browser act here: every route that
// changes something asks where the request comes from and for the token of the page.
func TestNoOtherSiteActsForAReader(t *testing.T) {
	s := start(t, "")
	modelstest.City(t, s.DB)
	anna, ben := s.resident("anna"), s.resident("ben")
	w := s.wire(s.host())
	defer w.close()
	tried := 0
	for _, r := range s.Router.Routes() {
		if r.Method == "GET" || r.Who == "operations" {
			continue
		}
		target := parameter.ReplaceAllString(r.Path, "x1")
		kind := "application/x-www-form-urlencoded"
		token := func(t string) []string { return nil }
		if r.API {
			kind = "application/json"
			token = func(t string) []string { return []string{"X-CSRF-Token", t} }
		}
		with := func(csrf string, header ...string) sent {
			out := sent{method: r.Method, target: target, header: []string{"Cookie", anna.cookie(s), "Content-Type", kind}}
			out = out.with(token(csrf)...).with(header...)
			if !r.API {
				out.body = []byte("csrf=" + csrf)
			}
			return out
		}
		for name, req := range map[string]sent{
			"no token":               with(""),
			"another one's token":    with(ben.csrf),
			"half a token":           with(anna.csrf[:len(anna.csrf)/2]),
			"another site":           with(anna.csrf, "Origin", "https://evil.test"),
			"our name as a prefix":   with(anna.csrf, "Origin", s.url+".evil.test"),
			"another port":           with(anna.csrf, "Origin", "http://127.0.0.1:1"),
			"no origin to speak of":  with(anna.csrf, "Origin", "null"),
			"the browser's own word": with(anna.csrf, "Sec-Fetch-Site", "cross-site"),
			"a neighbour's site":     with(anna.csrf, "Sec-Fetch-Site", "same-site"),
			"a text that is a form":  sent{method: r.Method, target: target, header: []string{"Cookie", anna.cookie(s), "Content-Type", "text/plain"}, body: []byte("csrf=" + anna.csrf)},
		} {
			tried++
			if g, err := w.do(req); err != nil || g.status != 403 {
				t.Errorf("%s %s with %s: %d %v", r.Method, r.Path, name, g.status, err)
			}
		}
	}
	if tried < 500 {
		t.Errorf("only %d requests were tried", tried)
	}
}

// What lies in somebody's basket and behind somebody's receipt is theirs.
func TestNobodyTouchesWhatIsAnothers(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		_, unit := modelstest.City(t, s.DB)
		c := modelstest.Consultation(t, s.DB, unit, 3, nil)
		anna, ben, nobody := s.resident("anna"), s.resident("ben"), &viewer{name: "nobody"}
		base := "/consultations/" + c.ID + "/basket"
		s.send(anna.form(s, base, url.Values{"clause": {"a1"}, "stance": {"amend"}, "body": {inBasket}}))
		basket, err := s.DB.BasketOf(t.Context(), "p:"+anna.person, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		items, err := s.DB.BasketItems(t.Context(), basket.ID)
		if err != nil || len(items) != 1 {
			t.Fatal(items, err)
		}
		item := base + "/" + items[0].ID
		_, b, _ := s.call("POST", "/api/v1/consultations/"+c.ID+"/opinions", anna.token, opinion("a2", "安娜寄出的话"))
		var sentOff struct {
			Receipt  string
			Opinions []struct{ ID string }
		}
		if err := json.Unmarshal(b, &sentOff); err != nil || len(sentOff.Opinions) != 1 {
			t.Fatal(string(b), err)
		}
		own := "/r/" + sentOff.Receipt + "/opinions/" + sentOff.Opinions[0].ID
		for _, v := range []*viewer{ben, nobody} {
			for _, path := range []string{item, item + "/remove", own + "/erase", own + "/appeal"} {
				if g := s.send(sent{method: "GET", target: path, header: v.headers(s, path)}); g.status < 400 && g.status != 303 || bytes.Contains(g.body, []byte(inBasket)) {
					t.Errorf("%s reads %s: %d", v.name, path, g.status)
				}
			}
			for _, path := range []string{item, item + "/remove", base + "/send", own + "/erase", own + "/appeal"} {
				r := v.form(s, path, url.Values{"body": {"x"}, "stance": {"amend"}, "text": {"x"}, "note": {"x"}, "basket": {basket.ID}, "display": {"anonymous"}})
				gone := path == item+"/remove" // what is not there need not be removed
				if g := s.send(r); g.status < 400 && !gone && !strings.Contains(g.header.Get("Location"), "/signin") {
					t.Errorf("%s changes %s: %d to %s", v.name, path, g.status, g.header.Get("Location"))
				}
			}
			path := "/r/" + sentOff.Receipt
			if g := s.send(sent{method: "GET", target: path, header: v.headers(s, path)}); bytes.Contains(g.body, []byte("安娜寄出的话")) {
				t.Errorf("%s reads the texts of a receipt by its code only: %d", v.name, g.status)
			}
			if status, b, _ := s.call("GET", "/api/v1/receipts/"+sentOff.Receipt, v.token, nil); bytes.Contains(b, []byte("安娜寄出的话")) {
				t.Errorf("%s reads the texts of a receipt by its code over the API: %d", v.name, status)
			}
		}
		if left, err := s.DB.BasketItems(t.Context(), basket.ID); err != nil || len(left) != 1 || left[0].Body != inBasket {
			t.Errorf("the basket holds %v now: %v", left, err)
		}
		if status, b, _ := s.call("GET", "/api/v1/receipts/"+sentOff.Receipt, anna.token, nil); status != 200 || !bytes.Contains(b, []byte("安娜寄出的话")) {
			t.Errorf("the owner reads %d %s", status, b)
		}
	})
}

// Host and forwarding headers are what a client claims: no address in an answer, no
// kept page and no limit follows them.
func TestClaimsAboutTheHostAreNotBelieved(t *testing.T) {
	s := startDemo(t)
	c := s.chart([]*viewer{{name: "nobody"}})
	claims := []string{"Host", "evil.test", "X-Forwarded-Host", "evil.test", "X-Forwarded-Proto", "https", "X-Forwarded-For", "203.0.113.7", "Forwarded", "for=203.0.113.7;host=evil.test", "X-Original-URL", "/admin", "X-Rewrite-URL", "/admin"}
	w := s.wire(s.host())
	defer w.close()
	n := 0
	for _, list := range c.addresses {
		for _, at := range list {
			n++
			first, err := w.do(sent{method: "GET", target: at, header: claims})
			if err != nil {
				t.Fatal(at, err)
			}
			second, err := w.do(sent{method: "GET", target: at})
			if err != nil {
				t.Fatal(at, err)
			}
			if first.status != second.status {
				t.Errorf("%s answers %d to who claims another host, %d to others", at, first.status, second.status)
			}
			for _, g := range []got{first, second} {
				if bytes.Contains(g.body, []byte("evil.test")) || bytes.Contains([]byte(fmt.Sprint(g.header)), []byte("evil.test")) {
					t.Errorf("%s repeats a host that was claimed", at)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d addresses were found", n)
	}
	limited := false
	for i := range 80 {
		status, _, h := s.call("GET", "/api/v1/receipts/7K4M-29QX", "", nil, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
		if status == 429 {
			limited = h.Get("Retry-After") != ""
			break
		}
	}
	if !limited {
		t.Error("who tries receipts is not held back when they claim many addresses")
	}
}

// Requests on whose length two servers could disagree are refused, and nothing that
// was hidden in them is taken for a request.
func TestNothingIsSmuggledInARequest(t *testing.T) {
	s := start(t, "")
	modelstest.City(t, s.DB)
	const hidden = "GET /en/hidden-7749 HTTP/1.1\r\nHost: x\r\n\r\n"
	post := func(header, body string) string {
		return "POST /r HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" + header + "\r\n" + body
	}
	for name, raw := range map[string]string{
		"length and chunks":             post(fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n", 5+len(hidden)), "0\r\n\r\n"+hidden),
		"chunks and length":             post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "2b\r\n"+hidden+"0\r\n\r\n"),
		"chunks twice":                  post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n", "0\r\n\r\n"+hidden),
		"chunks by another name":        post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"+hidden),
		"chunks with a tab":             post("Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"+hidden),
		"chunks with a space":           post("Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"+hidden),
		"chunks with a vertical tab":    post("Transfer-Encoding: \vchunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"+hidden),
		"two lengths":                   post("Content-Length: 0\r\nContent-Length: 43\r\n", hidden),
		"two lengths in one":            post("Content-Length: 0, 43\r\n", hidden),
		"a length with a sign":          post("Content-Length: +0\r\n", hidden),
		"a length below nothing":        post("Content-Length: -1\r\n", hidden),
		"a length with a space":         post("Content-Length : 0\r\n", hidden),
		"a length in hexadecimal":       post("Content-Length: 0x2b\r\n", hidden),
		"a length beyond numbers":       post("Content-Length: 18446744073709551616\r\n", hidden),
		"a folded line":                 post("X: a\r\n Content-Length: 43\r\n", hidden),
		"a line of its own":             post("X: a\nContent-Length: 43\r\n", hidden),
		"lines that end bare":           "POST /r HTTP/1.1\nHost: x\nContent-Length: 0\n\n" + hidden,
		"a return in a value":           post("X: a\rContent-Length: 43\r\n", hidden),
		"a chunk beyond numbers":        post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff1\r\n"+hidden),
		"a chunk below nothing":         post("Transfer-Encoding: chunked\r\n", "-1\r\n"+hidden),
		"a chunk with a name":           post("Transfer-Encoding: chunked\r\n", "0;a=\"\n\"\r\n\r\n"+"X"+hidden),
		"chunks in the old protocol":    "POST /r HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + hidden,
		"a body of a read":              "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"a name with a null":            post("Content\x00-Length: 43\r\n", hidden),
		"a line in the address":         "GET /r?x=\r\nX: y HTTP/1.1\r\nHost: x\r\n\r\n",
		"two hosts":                     "GET /healthz HTTP/1.1\r\nHost: x\r\nHost: evil.test\r\n\r\n",
		"no version":                    "GET /healthz\r\n\r\n" + hidden,
		"a version of the future":       "GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
		"the greeting of HTTP/2":        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"a tunnel":                      "CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n",
		"an upgrade to HTTP/2":          "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
		"the beginning of TLS":          "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"a hundred thousand bytes of 0": strings.Repeat("\x00", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			out, err := s.raw(raw)
			if err != nil {
				t.Fatal(err)
			}
			statuses := answersIn(out)
			if bytes.Contains(out, []byte("hidden-7749")) || len(statuses) > 1 {
				t.Errorf("what was hidden in it was answered: %v\n%.400q", statuses, out)
			}
			if name != "an upgrade to HTTP/2" && slices.ContainsFunc(statuses, func(n int) bool { return n < 400 || n >= 500 && n != 501 && n != 505 }) {
				t.Errorf("answered %v\n%.400q", statuses, out)
			}
		})
	}
	if status, _, _ := s.call("GET", "/readyz", "", nil); status != 200 {
		t.Errorf("not ready afterwards: %d", status)
	}
}

// raw sends bytes as they are and no more, and gives all that comes back until the
// program closes the connection.
func (s site) raw(text string) ([]byte, error) {
	w := s.wire("")
	conn, err := net.DialTimeout("tcp", w.addr, patience)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	go func() {
		_, _ = io.WriteString(conn, text)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	var out bytes.Buffer
	if _, err := io.Copy(&out, conn); err != nil && out.Len() == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, err
	}
	return out.Bytes(), nil
}

// answersIn are the statuses of the answers in a stream.
func answersIn(out []byte) (list []int) {
	for in := bufio.NewReader(bytes.NewReader(out)); ; {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return list
		}
		_, _ = io.Copy(io.Discard, res.Body)
		list = append(list, res.StatusCode)
	}
}

// Who sends slowly waits alone: others are answered meanwhile.
func TestSlowSendersKeepNobodyWaiting(t *testing.T) {
	s := start(t, "")
	_, unit := modelstest.City(t, s.DB)
	c := modelstest.Consultation(t, s.DB, unit, 3, nil)
	anna := s.resident("anna")
	addr := strings.TrimPrefix(s.url, "http://")
	for i := range 300 {
		conn, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, []string{"GET / HT", "POST /r HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\na", "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: web", "GET / HTTP/1.1\r\nX: "}[i%4])
	}
	if status, b, _ := s.call("POST", "/api/v1/consultations/"+c.ID+"/opinions", anna.token, opinion("a1", "路口太窄")); status != http.StatusCreated {
		t.Errorf("an opinion among 300 slow senders: %d %s", status, b)
	}
	if status, _, _ := s.call("GET", "/", "", nil); status != 200 {
		t.Errorf("a page among 300 slow senders: %d", status)
	}
}
