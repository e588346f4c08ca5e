package compare

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTwoEditionsAgreeWithAReader holds the comparison of two real editions
// against what a reader who read both decided for every article.
func TestTwoEditionsAgreeWithAReader(t *testing.T) {
	old := read(t, sharedText(t, "北京市优化营商环境条例(2020-03-27).md"))
	new := read(t, sharedText(t, "北京市优化营商环境条例(2024-11-29).md"))
	want := golden(t, "testdata/beijing-2020-2024.tsv")
	got := map[string]string{}
	article := regexp.MustCompile(`^(a\d+)?$`)
	for _, m := range Versions(old, new).Clauses {
		if article.MatchString(m.Old) && article.MatchString(m.New) {
			got[m.Old+" "+m.New] = string(m.Change)
		}
	}
	agree := 0
	for k, w := range want {
		if got[k] == w {
			agree++
		} else {
			t.Logf("%s: the reader says %s, we say %q", k, w, got[k])
		}
	}
	extra := 0
	for k, g := range got {
		if want[k] == "" {
			extra++
			t.Logf("%s: we say %s, the reader says nothing of the kind", k, g)
		}
	}
	share := float64(agree) / float64(len(want))
	t.Logf("%d of %d rows as the reader judged (%.1f %%), %d rows more", agree, len(want), 100*share, extra)
	if share < 0.97 {
		t.Errorf("%.1f %% of the rows agree, want at least 97 %%", 100*share)
	}
}

func golden(t *testing.T, name string) map[string]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := map[string]string{}
	key := func(n string) string {
		if n == "-" {
			return ""
		}
		return "a" + n
	}
	for s := bufio.NewScanner(f); s.Scan(); {
		if c := strings.Split(s.Text(), "\t"); len(c) == 3 && !strings.HasPrefix(s.Text(), "#") {
			rows[key(c[0])+" "+key(c[1])] = c[2]
		}
	}
	return rows
}
