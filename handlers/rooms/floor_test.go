package rooms_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"minyi/handlers/handlerstest"
	"minyi/models/modelstest"
)

// The floor as the chair keeps it by the pages, without scripts, in both languages: who
// is called when, who may speak although the side's time is over, and what pauses whom.
func TestTheChairKeepsTheFloorByThePages(t *testing.T) {
	for _, lang := range []string{"", "/en"} {
		handlerstest.EachAt(t, func(t *testing.T, site handlerstest.Site, clock *modelstest.Clock) {
			s := open(t, site, "speech_seconds", "180", "side_seconds", "60")
			console := lang + "/desk/live/" + s.code
			names := func(p handlerstest.Page, list string) string {
				var out []string
				for _, n := range p.Find("#floor-panel " + list + " .speaker-name").EachIter() {
					out = append(out, strings.TrimSpace(n.Text()))
				}
				return strings.Join(out, " ")
			}
			hall := func(name, kind, side string) {
				t.Helper()
				p := s.desk.Post(console+"/speakers", url.Values{"name": {name}, "kind": {kind}, "side": {side}})
				if p.Status != 200 || !strings.Contains(p.Find("#floor-panel").Text(), name) {
					t.Fatalf("%s is not on the list: %d", name, p.Status)
				}
			}
			press := func(name, act string) handlerstest.Page {
				t.Helper()
				p := s.desk.Open(console)
				for _, li := range p.Find("#floor-panel li.speaker").EachIter() {
					if strings.TrimSpace(li.Find(".speaker-name").Text()) == name {
						if li.Find("button[value="+act+"]").Length() == 0 {
							t.Fatalf("%s has no button %s: %s", name, act, li.Text())
						}
						return s.desk.Post(li.Find("form").AttrOr("action", ""), url.Values{"act": {act}})
					}
				}
				t.Fatalf("%s is not there", name)
				return p
			}
			stands := func(what, now, next string) {
				t.Helper()
				p := s.desk.Open(console)
				if gotNow, gotNext := names(p, ".speakers-now"), names(p, "ol.speakers"); gotNow != now || gotNext != next {
					t.Fatalf("%s: %q speak, %q wait; want %q, %q", what, gotNow, gotNext, now, next)
				}
			}
			// Nobody signs up by phone while the list is closed; the chair may put people down.
			phone := s.Browser()
			room := phone.Open(lang + "/live/" + s.code)
			if to, values := handlerstest.Fields(room, "/speakers", "name", "小何", "kind", "speech"); to != "" {
				if p := phone.Post(to, values); p.Status == 200 {
					t.Error("a closed list takes somebody")
				}
			}
			hall("甲", "speech", "for")
			hall("乙", "speech", "against")
			hall("丙", "speech", "for")
			s.desk.Post(console+"/list", url.Values{"open": {"true"}})
			p := phone.Fill(phone.Open(lang+"/live/"+s.code), "/speakers", "name", "小何", "kind", "reply")
			if p.Status != 200 || !strings.Contains(p.Find("[data-speakers=next]").Text(), "小何") {
				t.Fatalf("signed up by phone: %d", p.Status)
			}
			hall("规则", "order", "")
			stands("a point of order before a reply before speeches", "", "规则 小何 甲 乙 丙")
			press("乙", "up")
			stands("the chair's own order", "", "规则 小何 乙 甲 丙")
			press("规则", "withdraw")

			// A side's time counts what was truly spoken: an interposed question pauses it.
			press("甲", "give")
			clock.Add(50 * time.Second)
			hall("插话", "interposed", "")
			press("插话", "give")
			if text := s.desk.Open(console).Find(".speaker-paused .speaker-name").Text(); strings.TrimSpace(text) != "甲" {
				t.Errorf("paused is %q", text)
			}
			clock.Add(time.Hour)
			press("插话", "stop")
			stands("the speaker goes on", "甲", "小何 乙 丙")
			clock.Add(15 * time.Second)
			press("甲", "stop")
			if p := s.desk.Open(console); !strings.Contains(p.Find("#floor-panel").Text(), "1:05") {
				t.Errorf("the side's time: %s", p.Find("#floor-panel").Text())
			}

			// Its time is over: the chair is asked, and may let somebody speak all the same.
			p = press("丙", "give")
			if p.Status != 409 || p.Find("form [name=all_the_same]").Length() != 1 {
				t.Fatalf("over its time: %d %s", p.Status, p.Find("main").Text())
			}
			stands("nobody was given the floor", "", "小何 乙 丙")
			s.desk.Fill(p, "/speakers/")
			stands("the chair overrides", "丙", "小何 乙")
			press("乙", "give")
			stands("one speaks at a time", "乙", "小何")
		})
	}
}
