package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"minyi/models"
	"minyi/models/modelstest"
)

// document loads what the site says about its API.
func (s site) document() *openapi3.T {
	s.t.Helper()
	status, body, _ := s.call("GET", "/api/v1/openapi.json", "", nil)
	if status != 200 {
		s.t.Fatalf("openapi.json: %d %s", status, body)
	}
	doc, err := openapi3.NewLoader().LoadFromData(body)
	if err != nil {
		s.t.Fatal(err)
	}
	return doc
}

var named = regexp.MustCompile(`:([a-z_]+)`)

func TestEveryCallOfTheAPIIsDescribedAndNothingElse(t *testing.T) {
	s := start(t, "")
	doc := s.document()
	if err := doc.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	var are, said []string
	for _, r := range s.Router.Routes() {
		if r.API {
			are = append(are, r.Method+" "+named.ReplaceAllString(strings.TrimPrefix(r.Path, "/api/v1"), "{$1}"))
		}
	}
	names := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			said = append(said, method+" "+path)
			if op.OperationID == "" || names[op.OperationID] {
				t.Errorf("%s %s has no name of its own: %q", method, path, op.OperationID)
			}
			names[op.OperationID] = true
			zh, _ := op.Extensions["x-zh"].(string)
			if op.Summary == "" || zh == "" {
				t.Errorf("%s %s has no summary in both languages", method, path)
			}
			for _, p := range op.Parameters {
				if zh, _ := p.Value.Extensions["x-zh"].(string); zh == "" || p.Value.Description == "" {
					t.Errorf("%s %s: %s is not described in both languages", method, path, p.Value.Name)
				}
			}
		}
	}
	for _, one := range are {
		if !slices.Contains(said, one) {
			t.Errorf("%s is not described in handlers/openapi/openapi.json", one)
		}
	}
	for _, one := range said {
		if !slices.Contains(are, one) {
			t.Errorf("%s is described and there is no such route", one)
		}
	}
}

// holds checks an answer against the schema that the document gives for it, with
// every field that it may have: a field that is not described is an error.
func holds(t *testing.T, doc *openapi3.T, method, path string, status int, header http.Header, body []byte) {
	t.Helper()
	op := doc.Paths.Value(path).GetOperation(method)
	answer := op.Responses.Status(status)
	if answer == nil {
		t.Errorf("%s %s answered %d, which is not described: %s", method, path, status, body)
		return
	}
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	media := answer.Value.Content[kind]
	if media == nil {
		t.Errorf("%s %s answered %d as %s, which is not described", method, path, status, kind)
		return
	}
	for name := range answer.Value.Headers {
		if header.Get(name) == "" && name != "Link" && name != "Retry-After" {
			t.Errorf("%s %s answered without %s", method, path, name)
		}
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	if err := media.Schema.Value.VisitJSON(v, openapi3.MultiErrors()); err != nil {
		t.Errorf("%s %s: %v\n%.600s", method, path, err, body)
	}
	undescribed(t, method+" "+path, media.Schema.Value, v)
}

// fields are the properties of an object, with those of the schemas that it is
// made of.
func fields(s *openapi3.Schema) openapi3.Schemas {
	all := openapi3.Schemas{}
	for k, v := range s.Properties {
		all[k] = v
	}
	for _, part := range s.AllOf {
		for k, v := range fields(part.Value) {
			all[k] = v
		}
	}
	return all
}

func undescribed(t *testing.T, where string, s *openapi3.Schema, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			if s.Items != nil {
				undescribed(t, where+"[]", s.Items.Value, one)
			}
		}
	case map[string]any:
		known := fields(s)
		if len(known) == 0 {
			return // free, such as a frame
		}
		for k, one := range v {
			if p := known[k]; p != nil {
				undescribed(t, where+"."+k, p.Value, one)
			} else {
				t.Errorf("%s.%s is not described", where, k)
			}
		}
	}
}

func TestTheDemoAnswersAsTheAPIDocumentSays(t *testing.T) {
	s := startDemo(t)
	doc := s.document()
	get := func(path, address string, header ...string) []byte {
		t.Helper()
		status, body, h := s.call("GET", "/api/v1"+address, "", nil, header...)
		holds(t, doc, "GET", path, status, h, body)
		return body
	}
	var list struct {
		Consultations []struct {
			ID, Status string
			Opinions   int
		}
	}
	if err := json.Unmarshal(get("/consultations", "/consultations?limit=50"), &list); err != nil {
		t.Fatal(err)
	}
	get("/consultations", "/consultations?limit=1")
	get("/consultations", "/consultations?status=nonsense")
	get("/openapi.json", "/openapi.json")
	get("/asyncapi.json", "/asyncapi.json")
	seen := map[string]bool{}
	for _, c := range list.Consultations {
		seen[c.Status] = true
		base, own := "/consultations/{id}", "/consultations/"+c.ID
		get(base, own)
		get(base+"/versions", own+"/versions")
		get(base+"/draft", own+"/draft")
		get(base+"/response", own+"/response")
		get(base+"/answers", own+"/answers")
		var opinions struct{ Opinions []struct{ ID string } }
		if err := json.Unmarshal(get(base+"/opinions", own+"/opinions?limit=100"), &opinions); err != nil {
			t.Fatal(err)
		}
		for _, o := range opinions.Opinions[:min(3, len(opinions.Opinions))] {
			get("/opinions/{id}", "/opinions/"+o.ID)
		}
		get("/live", "/live?topic="+models.ConsultationTopic(c.ID))
	}
	for _, status := range []string{"open", "closed"} {
		if !seen[status] {
			t.Errorf("the demo has no consultation that is %s", status)
		}
	}
	get("/consultations/{id}/draft", "/consultations/"+list.Consultations[0].ID+"/draft?version=x")
	get("/consultations/{id}/opinions", "/consultations/"+list.Consultations[0].ID+"/opinions?cursor=x")
	get("/opinions/{id}", "/opinions/none")
	get("/receipts/{code}", "/receipts/0000-0000")
	get("/live", "/live?topic=nothing")
}

func TestWritesAnswerAsTheAPIDocumentSays(t *testing.T) {
	s := start(t, "")
	_, unit := modelstest.City(t, s.DB)
	c := modelstest.Consultation(t, s.DB, unit, 3, nil)
	token := s.token(modelstest.Person(t, s.DB, "resident", models.Unit{}))
	other := s.token(modelstest.Person(t, s.DB, "neighbour", models.Unit{}))
	doc := s.document()
	do := func(method, path, address, token string, in any) []byte {
		t.Helper()
		status, body, h := s.call(method, "/api/v1"+address, token, in, "Idempotency-Key", path+address)
		holds(t, doc, method, path, status, h, body)
		return body
	}
	var got struct {
		Receipt  string
		Opinions []struct{ ID string }
	}
	if err := json.Unmarshal(do("POST", "/consultations/{id}/opinions", "/consultations/"+c.ID+"/opinions", token, opinion("a1", "Lamps please.")), &got); err != nil || len(got.Opinions) != 1 {
		t.Fatal(err, got)
	}
	do("POST", "/consultations/{id}/opinions", "/consultations/"+c.ID+"/opinions", other, map[string]any{"nonsense": 1})
	do("GET", "/receipts/{code}", "/receipts/"+got.Receipt, token, nil)
	do("GET", "/receipts/{code}", "/receipts/"+got.Receipt, "", nil)
	for contact, texts := range map[string]bool{"resident@minyi.example": true, "neighbour@minyi.example": false} { // what the account is known by is the contact of its opinions
		if said := do("GET", "/receipts/{code}", "/receipts/"+got.Receipt+"?contact="+contact, "", nil); bytes.Contains(said, []byte("Lamps please.")) != texts {
			t.Errorf("with %s: %s", contact, said)
		}
	}
	support := "/opinions/" + got.Opinions[0].ID + "/support"
	do("POST", "/opinions/{id}/support", support, other, nil)
	do("DELETE", "/opinions/{id}/support", support, other, nil)
	do("POST", "/opinions/{id}/support", support, "", nil)
	do("POST", "/opinions/{id}/support", support, token, nil)
	do("POST", "/tickets", "/tickets", token, nil)
	do("POST", "/tickets", "/tickets", "", nil)
}

func TestTheAPIDocumentIsKeptByItsETag(t *testing.T) {
	s := start(t, "")
	_, _, h := s.call("GET", "/api/v1/openapi.json", "", nil)
	if h.Get("Cache-Control") == "" {
		t.Error("no Cache-Control")
	}
	if status, body, _ := s.call("GET", "/api/v1/openapi.json", "", nil, "If-None-Match", h.Get("ETag")); status != 304 || len(body) > 0 {
		t.Errorf("answered %d with %d bytes to who has it", status, len(body))
	}
}

func TestThePageForDevelopersShowsEveryCall(t *testing.T) {
	s := start(t, "")
	for _, lang := range []string{"", "/en"} {
		status, body, _ := s.call("GET", lang+"/developers", "", nil)
		if status != 200 {
			t.Fatalf("%s/developers: %d", lang, status)
		}
		for path, item := range s.document().Paths.Map() {
			for method, op := range item.Operations() {
				summary, _ := op.Extensions["x-zh"].(string)
				if lang != "" {
					summary = op.Summary
				}
				if !bytes.Contains(body, []byte(html.EscapeString(summary))) || !bytes.Contains(body, []byte("<b>"+method+"</b> /api/v1"+path)) {
					t.Errorf("%s/developers does not show %s %s", lang, method, path)
				}
			}
		}
	}
}
