package letters_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/frontend"
	"minyi/models"
	"minyi/models/modelstest"
)

var update = flag.Bool("update", false, "write the golden words")

// dated are the letters that name moments, with the moments that they name.
var dated = map[string][]string{
	"hearing_announced": {"date", "until"}, "hearing_confirmed": {"date"}, "hearing_promoted": {"date"}, "hearing_offered": {"until", "date"}, "hearing_drawn": {"date"},
	"hearing_moved": {"date", "old"}, "hearing_cancelled": {"date"}, "hearing_reminder": {"date"}, "consultation_opened": {"date"}, "consultation_extended": {"date"},
	"question_due": {"due"}, "question_late": {"due"},
}

// The rule: letters say moments as a good civil servant writes them, with the weekday,
// and by which clock where the reader may be elsewhere; nobody reads a moment as a
// machine writes it. The words themselves are golden.
func TestLettersSayMomentsInWords(t *testing.T) {
	s := service(modelstest.SQLite(t, nil), &post{})
	moments := map[string]time.Time{
		"date": time.Date(2027, 1, 24, 15, 16, 0, 0, time.UTC), "old": time.Date(2027, 1, 20, 1, 0, 0, 0, time.UTC),
		"until": time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC), "due": time.Date(2027, 2, 1, 10, 0, 0, 0, time.UTC),
	}
	var out strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(dated)) {
		for _, lang := range frontend.Languages {
			for _, to := range []string{"li@minyi.example", "+8613800000001", "+85261234567"} {
				l := models.Letter{ID: "L1", Kind: kind, Lang: lang, Channel: models.ChannelMail, Recipient: to}
				if strings.HasPrefix(to, "+") {
					l.Channel = models.ChannelSMS
				}
				l.Data = `{"title":"停车收费听证会","place":"市政务大楼","old_place":"市图书馆","number":"000007","why":"会场维修。","room":"停车收费","question":"夜里还收费吗？","url":"/x"`
				for _, name := range dated[kind] {
					end := "_at"
					if name == "until" || name == "due" || strings.HasPrefix(kind, "consultation") {
						end = "_by"
					}
					l.Data += `,"` + name + end + `":"` + models.LetterMoment(moments[name]) + `"`
				}
				l.Data += "}"
				letter, err := s.Compose(l)
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				whole := letter.Subject + "\n" + letter.Text
				for i, name := range dated[kind] {
					if i > 0 && kind == "hearing_offered" && to != "li@minyi.example" {
						break // a text message says until when, the page the rest
					}
					at := moments[name].In(frontend.Zone())
					if strings.Contains(whole, at.Format("2006-01-02")) || strings.Contains(whole, "{"+name+"}") {
						t.Errorf("%s in %s: a moment as machines write it: %s", kind, lang, whole)
					}
					if !strings.Contains(whole, frontend.WordsIn(lang).DateLetter(at)) && !strings.Contains(whole, frontend.WordsIn(lang).DeadlineLetter(at)) {
						t.Errorf("%s in %s does not say %s: %s", kind, lang, name, whole)
					}
				}
				if clock := frontend.WordsIn(lang).ZoneName(moments["date"]); strings.Contains(whole, clock) != (to != "+8613800000001") {
					t.Errorf("%s in %s to %s: by which clock? %s", kind, lang, to, whole)
				}
				out.WriteString("== " + kind + " " + lang + " " + to + "\n" + strings.TrimSpace(whole) + "\n\n")
			}
		}
	}
	golden := filepath.Join("testdata", "moments.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != out.String() {
		t.Errorf("the words are others than in %s (%v); -update writes them", golden, err)
	}
}

// A phone at home needs no clock for a hearing in the hall, but may be anywhere when one
// takes part online.
func TestTextMessagesSayTheClockToWhoMayBeElsewhere(t *testing.T) {
	s := service(modelstest.SQLite(t, nil), &post{})
	l := models.Letter{ID: "L1", Kind: "hearing_reminder", Lang: "zh", Channel: models.ChannelSMS, Recipient: "+8613800000001"}
	for online, want := range map[string]string{"": "2027年1月24日 23:16（星期日）", "1": "北京时间 2027年1月24日 23:16（星期日）"} {
		l.Data = `{"title":"会","place":"馆","url":"/x","date_at":"2027-01-24T15:16:00Z","online":"` + online + `"}`
		out, err := s.Compose(l)
		if err != nil || !strings.Contains(out.Text, want) || strings.Contains(out.Text, "北京时间") != (online != "") {
			t.Errorf("%q, %v", out.Text, err)
		}
	}
	l.Data = `{"title":"会","place":"馆","url":"/x","date_at":"soon"}`
	if _, err := s.Compose(l); err == nil {
		t.Error("what is no moment was sent")
	}
	l.Data = `{"title":"会","place":"馆","url":"/x","date":"2027-01-24 23:16"}` // queued by an older program
	if out, err := s.Compose(l); err != nil || !strings.Contains(out.Text, "2027-01-24 23:16") {
		t.Errorf("%q, %v", out.Text, err)
	}
}
