package accounts_test

import (
	"testing"

	"minyi/handlers/handlerstest"
)

// The rule: whose way in failed is led back to its beginning, in the language they read.
func TestAWayInThatFailedLeadsBackToItsBeginning(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		for _, lang := range []string{"", "/en"} {
			p := s.Browser().Open(lang + "/signin/oidc/callback?error=access_denied")
			if p.Status < 400 || p.Find(`main a[href="`+lang+`/signin"]`).Length() != 1 {
				t.Errorf("%d\n%s", p.Status, p.Find("main").Text())
			}
			if p := s.Browser().Open(lang + "/consultations/2000-999"); p.Status != 404 || p.Find(`main a[href$="/signin"]`).Length() != 0 {
				t.Errorf("a page that is not there leads to the sign-in: %d", p.Status)
			}
		}
	})
}
