package app_test

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"minyi/models"
	"minyi/models/modelstest"
)

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// Whatever is wrong with a request, the answer is one that the document names, as
// problem+json.
func TestEveryFaultOfACallIsDescribed(t *testing.T) {
	s := start(t, "")
	city, _ := modelstest.City(t, s.DB)
	doc := s.document()
	resident := s.token(modelstest.Person(t, s.DB, "resident", models.Unit{}))
	admin := s.token(modelstest.Person(t, s.DB, "admin", city, models.Administrator))
	deep := strings.Repeat("[", 20_000)
	faults := map[string]struct {
		body   string
		header []string
		want   int // 0: whatever is described
	}{
		"nobody":                         {`{}`, nil, 0},
		"a resident":                     {`{}`, []string{"Authorization", "Bearer " + resident}, 0},
		"an administrator":               {`{}`, []string{"Authorization", "Bearer " + admin}, 0},
		"a wrong token":                  {`{}`, []string{"Authorization", "Bearer minyi_bogus"}, 401},
		"a wrong token, in another case": {`{}`, []string{"Authorization", "bearer minyi_bogus"}, 401},
		"from another site":              {`{}`, []string{"Origin", "https://elsewhere.example"}, 0},
		"a key that is long":             {`{}`, []string{"Idempotency-Key", strings.Repeat("k", 5000)}, 400},
		"no JSON":                        {`{"`, []string{"Authorization", "Bearer " + admin}, 0},
		"nested without end":             {`{"a":` + deep, []string{"Authorization", "Bearer " + admin}, 0},
		"a list":                         {`[]`, []string{"Authorization", "Bearer " + admin}, 0},
		"a word":                         {`"x"`, []string{"Authorization", "Bearer " + admin}, 0},
		"an unknown field":               {`{"nonsense":1}`, []string{"Authorization", "Bearer " + admin}, 0},
		"a form":                         {`a=b`, []string{"Authorization", "Bearer " + admin, "Content-Type", "application/x-www-form-urlencoded"}, 0},
		"more than is read":              {`{"body":"` + strings.Repeat("x", 9<<20) + `"}`, []string{"Authorization", "Bearer " + admin}, 413},
		"a bit too much":                 {`{"body":"` + strings.Repeat("x", 2<<20) + `"}`, []string{"Authorization", "Bearer " + admin}, 0},
		"an id that is none":             {`{}`, []string{"Authorization", "Bearer " + admin, "X-Id", "%00"}, 400},
		"an id of elsewhere":             {`{}`, []string{"Authorization", "Bearer " + admin, "X-Id", "01KR6AB0NE0290ZVMBM2D8QPSH"}, 0},
		"an id with a quote":             {`{}`, []string{"Authorization", "Bearer " + admin, "X-Id", "'%20OR%201=1--"}, 0},
		"a cookie of nothing":            {`{}`, []string{"Cookie", "minyi_session=nothing"}, 0},
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			for path, item := range doc.Paths.Map() {
				for method := range item.Operations() {
					s.fault(t, doc, method, path, f.body, f.header, f.want)
				}
			}
		})
	}
}

// fault sends what is wrong and holds the answer against the document.
func (s site) fault(t *testing.T, doc *openapi3.T, method, path, body string, header []string, want int) {
	t.Helper()
	if method == "GET" {
		if body = ""; want == 413 || strings.Contains(strings.Join(header, " "), "Idempotency-Key") {
			return // nothing to keep, and no body
		}
	}
	if want == 413 && path != "/consultations/{id}/opinions" && path != "/tickets" {
		return // it is refused before anybody looks where it goes
	}
	id := "none"
	for i := 0; i < len(header); i += 2 {
		if header[i] == "X-Id" {
			id = header[i+1]
		}
	}
	address := placeholder.ReplaceAllString(path, id)
	if id != "none" && address == path {
		return
	}
	req, err := http.NewRequest(method, s.url+"/api/v1"+address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return
	}
	defer res.Body.Close()
	switch answer := doc.Paths.Value(path).GetOperation(method).Responses.Status(res.StatusCode); {
	case want != 0 && res.StatusCode != want:
		t.Errorf("%s %s answered %d, want %d", method, path, res.StatusCode, want)
	case answer == nil:
		t.Errorf("%s %s answered %d, which is not described", method, path, res.StatusCode)
	case res.StatusCode >= 400 && !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json"):
		t.Errorf("%s %s answered %d as %s", method, path, res.StatusCode, res.Header.Get("Content-Type"))
	}
}

func TestASocketThatIsRefusedIsToldWhyAsProgramsAre(t *testing.T) {
	s := start(t, "")
	upgrade := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	for name, c := range map[string]struct {
		header []string
		path   string
		want   int
	}{
		"a wrong token":     {append(upgrade, "Authorization", "Bearer minyi_bogus"), "/ws", 401},
		"a used ticket":     {upgrade, "/ws?ticket=used", 401},
		"from another site": {append(upgrade, "Origin", "https://elsewhere.example"), "/ws", 403},
		"no socket":         {nil, "/ws", 426},
		"another method":    {nil, "/ws", 405},
	} {
		method := "GET"
		if c.want == 405 {
			method = "POST"
		}
		status, body, header := s.call(method, c.path, "", nil, c.header...)
		if status != c.want || !strings.HasPrefix(header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %d %s %.200s", name, status, header.Get("Content-Type"), body)
		}
	}
}

// What a program may put into an address is what the document says: another value is
// refused in words beside its name, never taken for the standard.
func TestAWrongValueInAnAddressIsRefusedInWords(t *testing.T) {
	s := start(t, "")
	city, _ := modelstest.City(t, s.DB)
	id := modelstest.Consultation(t, s.DB, city, 1, nil).ID
	tried := 0
	for path, item := range s.document().Paths.Map() {
		if item.Get == nil || strings.Contains(strings.ReplaceAll(path, "/consultations/{id}", ""), "{") {
			continue
		}
		for _, p := range item.Get.Parameters {
			schema := p.Value.Schema.Value
			if p.Value.In != "query" || p.Value.Name != "cursor" && !schema.Type.Is("integer") && len(schema.Enum) == 0 {
				continue
			}
			for _, wrong := range []string{"zz", "-1", "1.5", "99999999999999999999", "%00", "'%20OR%201=1"} {
				tried++
				address := "/api/v1" + strings.ReplaceAll(path, "{id}", id) + "?" + p.Value.Name + "=" + wrong
				status, body, _ := s.call("GET", address, "", nil)
				if status != 422 && status != 400 || !bytes.Contains(body, []byte(`"detail":"`)) || status == 422 && !bytes.Contains(body, []byte(`"field":"`+p.Value.Name)) {
					t.Errorf("%s answered %d %.200s", address, status, body)
				}
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d values were tried", tried)
	}
	// More than the most is the most: a program need not know it.
	if status, body, _ := s.call("GET", "/api/v1/consultations?limit=1000", "", nil); status != 200 {
		t.Errorf("a limit beyond the most answered %d %.200s", status, body)
	}
}
