package realtime

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

type step struct {
	Client, Server json.RawMessage
	Do             string
}

func goldenFrames(t *testing.T) (list []step) {
	t.Helper()
	p, err := os.ReadFile("testdata/frames.json")
	if err == nil {
		err = json.Unmarshal(p, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestFrames plays the golden conversation on a real socket. Every frame of the
// contract is in it, with its fields in this order.
func TestFrames(t *testing.T) {
	s := open(t, nil)
	g := s.guest("p1")
	for i, st := range goldenFrames(t) {
		switch {
		case st.Client != nil:
			g.say(string(st.Client))
		case st.Do == "publish":
			s.store.add("room:K7M4", Event{})
			s.hub.Wake("room:K7M4")
		case st.Do == "publish for the desk":
			s.store.add("room:K7M4", Event{Kind: "questions.held", Audience: "desk"})
			s.hub.Wake("room:K7M4")
		case st.Do == "counts":
			s.hub.Counts("room:K7M4", json.RawMessage(`{"people":3,"opinions":12}`), 0)
		default:
			got := g.raw()
			if want := compactJSON(t, st.Server); got != want {
				t.Fatalf("step %d\nwant %s\ngot  %s", i, want, got)
			}
		}
	}
}

func compactJSON(t *testing.T, p json.RawMessage) string {
	t.Helper()
	q, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(q)
}

func TestAsyncAPI(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(AsyncAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc["asyncapi"] != "3.0.0" {
		t.Fatal("version")
	}
	schema := schemas{doc}
	used := map[string]bool{}
	check := func(side string, frame json.RawMessage) {
		var v map[string]any
		if err := json.Unmarshal(frame, &v); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%s-%v", side, v["op"])
		message, ok := schema.at("#/components/messages/" + name).(map[string]any)
		if !ok {
			if v["op"] == "erase" { // the golden conversation tries one unknown op
				return
			}
			t.Fatalf("%s is not documented", name)
		}
		used[name] = true
		if err := schema.check(message["payload"], v, name); err != nil {
			t.Error(err, string(frame))
		}
		for _, field := range []string{"topic", "key"} { // the check itself must be able to fail
			if schema.check(message["payload"], map[string]any{"op": v["op"], field: 7.0}, name) == nil && name != "client-ping" && name != "server-pong" {
				t.Error(name, "accepts a number as", field)
			}
		}
	}
	for _, st := range goldenFrames(t) {
		if st.Client != nil {
			check("client", st.Client)
		} else if st.Server != nil {
			check("server", st.Server)
		}
	}
	documented := map[string]bool{}
	for _, operation := range []string{"receive", "send"} {
		for _, ref := range schema.at("#/operations/" + operation + "/messages").([]any) {
			path := ref.(map[string]any)["$ref"].(string)
			target, ok := schema.at(path).(map[string]any)
			if !ok {
				t.Fatal("dangling reference", path)
			}
			documented[strings.TrimPrefix(target["$ref"].(string), "#/components/messages/")] = true
		}
	}
	if diff := cmp.Diff(documented, used); diff != "" {
		t.Error("documented frames and golden frames differ:", diff)
	}
	for _, verb := range (Options{}).withDefaults().Verbs {
		if !documented["client-"+verb] {
			t.Error("verb not documented:", verb)
		}
	}
}

// schemas checks the part of JSON Schema that asyncapi.json uses.
type schemas struct{ doc map[string]any }

func (s schemas) at(ref string) any {
	var v any = s.doc
	for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[part]
	}
	return v
}

func (s schemas) check(schema, v any, path string) error {
	rules := schema.(map[string]any)
	if ref, ok := rules["$ref"].(string); ok {
		return s.check(s.at(ref), v, path)
	}
	for rule, want := range rules {
		ok := true
		switch rule {
		case "type":
			ok = typeOf(v) == want || want == "number" && typeOf(v) == "integer"
		case "const":
			ok = v == want
		case "required":
			for _, name := range want.([]any) {
				if m, isObject := v.(map[string]any); isObject && m[name.(string)] == nil {
					return fmt.Errorf("%s: %v is missing", path, name)
				}
			}
		case "properties":
			m, _ := v.(map[string]any)
			for name, value := range m {
				sub, known := want.(map[string]any)[name]
				if !known {
					return fmt.Errorf("%s: %s is not documented", path, name)
				}
				if err := s.check(sub, value, path+"."+name); err != nil {
					return err
				}
			}
		case "items":
			for _, item := range v.([]any) {
				if err := s.check(want, item, path+"[]"); err != nil {
					return err
				}
			}
		case "minItems":
			ok = len(v.([]any)) >= int(want.(float64))
		case "minimum":
			ok = v.(float64) >= want.(float64)
		case "minLength":
			ok = typeOf(v) == "string" && utf8.RuneCountInString(v.(string)) >= int(want.(float64))
		case "maxLength":
			ok = typeOf(v) == "string" && utf8.RuneCountInString(v.(string)) <= int(want.(float64))
		case "pattern":
			ok = typeOf(v) == "string" && regexp.MustCompile(want.(string)).MatchString(v.(string))
		case "description", "examples", "format":
		default:
			return fmt.Errorf("%s: rule %s is not known to this test", path, rule)
		}
		if !ok {
			return fmt.Errorf("%s: %v breaks %s %v", path, v, rule, want)
		}
	}
	return nil
}

func typeOf(v any) string {
	switch v := v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	}
	return "null"
}

// FuzzParseFrame holds that no input makes the parser fail in another way than
// by refusing, and that what it accepts is within the limits.
func FuzzParseFrame(f *testing.F) {
	for _, seed := range []string{
		`{"op":"join","topic":"room:K7M4","since":{"epoch":"e1","seq":18446744073709551615}}`, `{"op":"ping"}`, `{"op":"ask","key":"k","body":"\ud800"}`,
		`{"op":"a","x":[[[1]]]}`, `{"op":"a","x":[[[[1]]]]}`, "\xef\xbb\xbf{}", `{"op":"a","op":"b"}`, `{"op":"\""}`, `{"op":"a"`, `[`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		frame, err := parseFrame(p)
		if err != nil {
			if frame.Op != "" {
				t.Fatal("a refused frame must be empty")
			}
			return
		}
		if frame.Op == "" || len(frame.Topic) > maxName || len(frame.Key) > maxName || !json.Valid(frame.Raw) || len(p) > maxMessage {
			t.Fatalf("accepted %q", p)
		}
		if validTopic(frame.Topic) && strings.ContainsAny(frame.Topic, " \"<>/\\\n") {
			t.Fatalf("topic %q", frame.Topic)
		}
	})
}

func TestParseFrameDepth(t *testing.T) {
	for depth, want := range map[int]bool{1: true, maxDepth - 1: true, maxDepth: false, 5000: false} {
		p := `{"op":"x","y":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
		if _, err := parseFrame([]byte(p)); (err == nil) != want {
			t.Error(depth, err)
		}
	}
	if _, err := parseFrame([]byte(`{"op":"x","y":"` + strings.Repeat("[", 100) + `\"{"}`)); err != nil {
		t.Error("brackets in text do not count", err)
	}
}
