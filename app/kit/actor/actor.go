// Package actor says who acts: a signed-in person with roles, a visitor who only
// has a cookie, or the system itself. Services decide by it, and by nothing else,
// what somebody may see and do.
package actor

import (
	"strings"

	"minyi/models"
)

// Actor is who acts. The zero value is a reader without any identity.
type Actor struct {
	// PersonID is set for people who are signed in.
	PersonID string
	// Name is how the person is greeted.
	Name string
	// SessionID is the browser's session; empty for API tokens and visitors.
	SessionID string
	// Visit is the hash of a visitor's cookie: who writes without an account.
	Visit string
	// Tier is how sure we are of who it is.
	Tier models.Tier
	// Roles with their units; a role holds for the unit's whole subtree.
	Roles []models.Role
	// Lang is the language of the request, zh or en.
	Lang string
	// Network is the address that limits fall back to.
	Network string
	// CSRF is the token bound to the session or the visit.
	CSRF string
	// Fresh says that the person has signed in less than ten minutes ago, which
	// acts of weight ask for.
	Fresh bool
}

// System acts for the program's own clockwork.
var System = Actor{PersonID: "system", Name: "system", Lang: "zh"}

// SignedIn says whether the actor is a person with an account.
func (a Actor) SignedIn() bool { return a.PersonID != "" }

// Voice names who speaks, for idempotency keys, baskets and one voice each:
// "p:…" for people, "v:…" for visits, "n:…" by network for who has neither.
func (a Actor) Voice() string {
	switch {
	case a.PersonID != "":
		return "p:" + a.PersonID
	case a.Visit != "":
		return "v:" + a.Visit
	}
	return "n:" + a.Network
}

// Known says whether the actor can be told apart from other readers.
func (a Actor) Known() bool { return a.PersonID != "" || a.Visit != "" }

// Act begins the audit row of what the actor does.
func (a Actor) Act(name, about string) models.Act {
	return models.Act{By: a.Voice(), Name: name, About: about, Tier: string(a.TierOr())}
}

// TierOr is the tier, none for who has not shown any.
func (a Actor) TierOr() models.Tier {
	if a.Tier == "" {
		return models.TierNone
	}
	return a.Tier
}

// Has says whether the actor holds one of the roles for the unit with this path,
// in the unit itself or in one above it.
func (a Actor) Has(unitPath string, names ...models.RoleName) bool {
	for _, r := range a.Roles {
		for _, n := range names {
			if r.Name == n && r.Unit.Path != "" && strings.HasPrefix(unitPath, r.Unit.Path) {
				return true
			}
		}
	}
	return false
}

// HasAnywhere says whether the actor holds one of the roles in any unit.
func (a Actor) HasAnywhere(names ...models.RoleName) bool {
	for _, r := range a.Roles {
		for _, n := range names {
			if r.Name == n {
				return true
			}
		}
	}
	return false
}

// Desk says whether the officers' desk is open to the actor.
func (a Actor) Desk() bool { return len(a.Roles) > 0 }

// Paths lists the unit paths in which the actor holds one of the roles.
func (a Actor) Paths(names ...models.RoleName) []string {
	var paths []string
	for _, r := range a.Roles {
		for _, n := range names {
			if r.Name == n && r.Unit.Path != "" {
				paths = append(paths, r.Unit.Path)
			}
		}
	}
	return paths
}

// Needs gives the error for an act that asks for one of the roles in the unit:
// nil if the actor holds it, SignIn for who is not signed in, and NotFound for
// others, since what may not be seen is not there.
func (a Actor) Needs(unitPath string, names ...models.RoleName) error {
	switch {
	case a.Has(unitPath, names...):
		return nil
	case !a.SignedIn():
		return models.Fail(models.SignIn, "error.sign_in")
	}
	return models.ErrNotFound
}
