package administration_test

import (
	"context"
	"net/url"
	"testing"

	"minyi/app/kit/calendar"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// The rule: a form asks for nothing that means nothing. What is promised for a year and what
// is due after something happened stops no publishing, so the form does not ask whether it
// shall, and who sends it all the same changes nothing.
func TestTheFormOfARuleAsksOnlyWhatCanHold(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		city, _ := modelstest.City(t, s.DB)
		admin := s.As(modelstest.Person(t, s.DB, "admin", city, models.Administrator))
		for _, profile := range calendar.ShippedProfiles() {
			p := admin.Open("/admin/rules/" + profile.Key)
			if p.Status != 200 {
				t.Fatalf("%s: %d", profile.Key, p.Status)
			}
			for _, r := range profile.Rules {
				if asked := p.Find("[name=blocking_"+r.Key+"]").Length() == 1; asked != r.CanBlock() {
					t.Errorf("%s %s: asked %v", profile.Key, r.Key, asked)
				}
			}
		}
		path := "/admin/rules/" + calendar.Programme
		to, values := handlerstest.Fields(admin.Open(path), path, "number_"+calendar.LargeEvents, "3")
		values["blocking_"+calendar.LargeEvents] = []string{"1"}
		if p := admin.Post(to, url.Values(values)); p.Status != 200 || p.Find(".error-summary").Length() > 0 {
			t.Fatalf("saved: %d %s", p.Status, p.Find(".error-summary").Text())
		}
		rows, err := s.DB.RuleProfiles(context.Background(), calendar.Programme)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%v, %v", rows, err)
		}
		list, err := calendar.ParseProfiles([]byte(`[{"key":"programme","name":{"zh":"安排","en":"Programme"},"rules":` + rows[0].Rules + `}]`))
		if err != nil {
			t.Fatal(err)
		}
		if r, _ := list[0].Rule(calendar.LargeEvents); r.Number != 3 || r.Blocking {
			t.Errorf("kept is %+v", r)
		}
	})
}
