package web

import (
	"minyi/app/kit/actor"
	"minyi/models"
)

// Policy says who may call a route at all. It is the first, coarse gate and what
// the golden table of routes shows; what somebody may do to a certain thing is
// decided by the service, by role and unit subtree.
type Policy string

// The policies.
const (
	Public     Policy = "public"     // everybody
	SignedIn   Policy = "signed-in"  // people with an account
	DeskOnly   Policy = "desk"       // people with a role in some unit
	Officers   Policy = "officer"    // officers and administrators
	Moderators Policy = "moderator"  // moderators, officers and administrators
	Supervise  Policy = "supervisor" // supervisors and administrators
	AdminsOnly Policy = "admin"      // administrators
	Operations Policy = "operations" // allowed networks: metrics
	Mailbox    Policy = "mailbox"    // only where the development mailbox is on
)

// admits gives nil if the actor may pass. Who is signed in but lacks the role is
// told that the page is not there.
func (p Policy) admits(a actor.Actor) error {
	var ok bool
	switch p {
	case Public, Operations, Mailbox:
		return nil
	case SignedIn:
		ok = a.SignedIn()
	case DeskOnly:
		ok = a.Desk()
	case Officers:
		ok = a.HasAnywhere(models.Officer, models.Administrator)
	case Moderators:
		ok = a.HasAnywhere(models.Moderator, models.Officer, models.Administrator)
	case Supervise:
		ok = a.HasAnywhere(models.Supervisor, models.Administrator)
	case AdminsOnly:
		ok = a.HasAnywhere(models.Administrator)
	}
	switch {
	case ok:
		return nil
	case !a.SignedIn():
		return models.Fail(models.SignIn, "error.sign_in")
	}
	return models.ErrNotFound
}
