package searchtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// Exchange is one request and its answer, as they went over the wire.
type Exchange struct {
	Method  string          `json:"method"`
	Path    string          `json:"path"`
	Request json.RawMessage `json:"request,omitempty"`
	Status  int             `json:"status"`
	Answer  json.RawMessage `json:"answer"`
}

// Recorder passes requests on and keeps what went by.
type Recorder struct {
	mu   sync.Mutex
	Kept []Exchange
}

// volatile are values that differ from run to run and that nothing depends on.
var volatile = regexp.MustCompile(`"(enqueuedAt|startedAt|finishedAt|createdAt|updatedAt|expiresAt|duration|processingTimeMs|key|uid|requestUid)":("[^"]*"|\d+|null)`)

// underWay is a task that has not ended, as the address of a task answers.
var underWay = regexp.MustCompile(`^\{"uid":\d+,.*"status":"(enqueued|processing)"`)

// RoundTrip sends a request to the server and keeps both sides, without keys and times.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body := drain(&req.Body)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	answer := drain(&res.Body)
	if underWay.Match(answer) { // how often a task was looked at is chance
		return res, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Kept = append(r.Kept, Exchange{req.Method, req.URL.RequestURI(), plain(body), res.StatusCode, plain(answer)})
	return res, nil
}

func drain(body *io.ReadCloser) []byte {
	if *body == nil {
		return nil
	}
	b, _ := io.ReadAll(*body)
	(*body).Close()
	*body = io.NopCloser(bytes.NewReader(b))
	return b
}

// plain is JSON in one form without what differs from run to run; lines of JSON become
// a list.
func plain(b []byte) json.RawMessage {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return nil
	}
	b = volatile.ReplaceAllFunc(b, func(m []byte) []byte {
		name, value, _ := strings.Cut(string(m), ":")
		switch {
		case strings.HasPrefix(value, `"`):
			if strings.Contains(name, "At") {
				return []byte(name + `:"2027-01-01T00:00:00Z"`)
			}
			return []byte(name + `:"x"`)
		case value == "null":
			return m
		}
		return m
	})
	var out bytes.Buffer
	if json.Compact(&out, b) != nil {
		quoted, _ := json.Marshal(string(b))
		return quoted
	}
	return out.Bytes()
}

// Replayer answers as a recorded server did, and fails the test when the client asks
// something else than it asked then.
type Replayer struct {
	t    *testing.T
	mu   sync.Mutex
	left []Exchange
}

// Replay reads a recording.
func Replay(t *testing.T, file string) *Replayer {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &Replayer{t: t}
	if err := json.Unmarshal(b, &r.left); err != nil {
		t.Fatal(err)
	}
	return r
}

// RoundTrip gives the next recorded answer.
func (r *Replayer) RoundTrip(req *http.Request) (*http.Response, error) {
	body := plain(drain(&req.Body))
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.left) == 0 {
		r.t.Errorf("a request more than was recorded: %s %s", req.Method, req.URL.RequestURI())
		return nil, io.ErrUnexpectedEOF
	}
	e := r.left[0]
	r.left = r.left[1:]
	var want bytes.Buffer
	if len(e.Request) > 0 {
		_ = json.Compact(&want, e.Request) // it was written by us
	}
	if e.Method != req.Method || e.Path != req.URL.RequestURI() || want.String() != string(body) {
		r.t.Errorf("asked %s %s\n%s\nrecorded %s %s\n%s", req.Method, req.URL.RequestURI(), body, e.Method, e.Path, want.String())
	}
	return &http.Response{StatusCode: e.Status, Status: http.StatusText(e.Status), Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(e.Answer)), Request: req}, nil
}

// Left is how many recorded exchanges were not asked for.
func (r *Replayer) Left() int { return len(r.left) }
