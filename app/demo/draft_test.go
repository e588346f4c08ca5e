package demo

import (
	"testing"

	"minyi/app/kit/compare"
	"minyi/app/kit/outline"
)

func read(t *testing.T, name, draft string) outline.Outline {
	t.Helper()
	out, err := outline.Read("draft.md", []byte(draft), outline.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, w := range out.Warnings {
		t.Errorf("%s line %d: %s", name, w.Line, w.Code)
	}
	return out
}

// The content names clauses by the keys that importing the draft gives them,
// and the translation has the same clauses as the text that governs.
func TestDraftsReadAsTheClausesThatTheContentNames(t *testing.T) {
	for _, c := range load(t).Consultations {
		for _, v := range c.Versions {
			zh, en := read(t, c.Key+" zh", v.Draft.ZH), read(t, c.Key+" en", v.Draft.EN)
			if len(zh.Clauses) != len(en.Clauses) {
				t.Errorf("%s v%d: %d Chinese and %d English clauses", c.Key, v.Number, len(zh.Clauses), len(en.Clauses))
				continue
			}
			keys := map[string]bool{}
			for i, clause := range zh.Clauses {
				keys[clause.Key] = true
				if other := en.Clauses[i]; other.Key != clause.Key {
					t.Errorf("%s v%d: %s stands where the translation has %s", c.Key, v.Number, clause.Key, other.Key)
				}
			}
			for key := range v.Articles() {
				if !keys[key] {
					t.Errorf("%s v%d: the reader knows no %s", c.Key, v.Number, key)
				}
			}
		}
	}
}

// The mapping in the content was written down while drafting; what the
// comparison finds by itself must be the same.
func TestComparisonFindsTheChangesThatWereMade(t *testing.T) {
	compared := 0
	for _, c := range load(t).Consultations {
		for i, v := range c.Versions {
			if i == 0 {
				continue
			}
			found := map[[2]string]string{}
			for _, m := range compare.Versions(read(t, c.Key, c.Versions[i-1].Draft.ZH), read(t, c.Key, v.Draft.ZH)).Clauses {
				found[[2]string{m.Old, m.New}] = string(m.Change)
			}
			for _, m := range v.Mapping {
				compared++
				if got := found[[2]string{m.Old, m.New}]; got != m.Change {
					t.Errorf("%s: %s → %s was %s, found %q", c.Key, m.Old, m.New, m.Change, got)
				}
			}
		}
	}
	if compared == 0 {
		t.Error("no version follows another")
	}
}
