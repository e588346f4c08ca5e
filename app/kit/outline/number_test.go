package outline

import (
	"slices"
	"testing"
)

// A number that says its kind can be said in another language; every other stays as it is printed.
func TestNamed(t *testing.T) {
	for _, c := range []struct {
		printed, number string
		kind            Kind
	}{
		{"第十二条", "12", Article},
		{"第 12 条", "12", Article},
		{"第八条之一", "8-1", Article},
		{"第 八 条 之 一", "8-1", Article},
		{"第二章", "2", Chapter},
		{"第一编", "1", Part},
		{"第三节", "3", Section},
		{"（三）", "", ""},
		{"12.", "", ""},
		{"", "", ""},
		{"第十二条 本办法", "", ""},
	} {
		if kind, number := Named(c.printed); kind != c.kind || number != c.number {
			t.Errorf("Named(%q) = %q %q, want %q %q", c.printed, kind, number, c.kind, c.number)
		}
	}
}

// Words that begin as a number goes on do not make it longer.
func TestANumberEndsBeforeItsText(t *testing.T) {
	o, err := Read("a.txt", []byte("第十条　十。\n第十条之一　之一。\n第十条之二　之二十人以上的，见第十条之一。\n第十一条　十一。\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range o.Clauses {
		got = append(got, c.Number+"|"+c.Text)
	}
	if want := []string{"第十条|十。", "第十条之一|之一。", "第十条之二|之二十人以上的，见第十条之一。", "第十一条|十一。"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
