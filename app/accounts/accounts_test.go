package accounts_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"minyi/app/accounts"
	"minyi/app/kit/actor"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

const strong = "晚风吹过稻田和小河"

// world is a service with one city, two of its departments and their people.
type world struct {
	*testing.T
	s                 *accounts.Service
	db                *models.DB
	clock             *modelstest.Clock
	city, water, road models.Unit
}

func each(t *testing.T, f func(w *world)) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		w := &world{T: t, db: db, clock: clock}
		w.s = accounts.New(accounts.Options{DB: db, Secret: []byte("a secret of thirty-two characters"), Log: slog.New(slog.DiscardHandler)})
		db.OnCommit(w.s.Committed)
		w.city = w.unit("qinghe", models.Unit{}, models.City)
		w.water = w.unit("water", w.city, models.Department)
		w.road = w.unit("roads", w.city, models.Department)
		f(w)
	})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) unit(slug string, parent models.Unit, level models.Level) models.Unit {
	w.Helper()
	u := models.Unit{ParentID: parent.ID, Level: level, Slug: slug, NameZH: slug}
	w.must(w.db.InTx(ctx, models.Act{By: "system", Name: "units.create"}, func(tx *models.Tx) error {
		u.ID, u.CreatedAt, u.UpdatedAt = models.NewID(tx.Now), tx.Now, tx.Now
		u.Path = parent.Path + u.ID + "/"
		if parent.ID == "" {
			u.Path = "/" + u.ID + "/"
		}
		return tx.Insert(&u)
	}))
	return u
}

// person makes an account with roles in a unit.
func (w *world) person(email string, unit models.Unit, roles ...models.RoleName) models.Person {
	w.Helper()
	p, err := w.s.Create(ctx, actor.System, accounts.CreateInput{Email: email, Password: strong})
	w.must(err)
	for _, r := range roles {
		_, err := w.s.Grant(ctx, actor.System, accounts.GrantInput{PersonID: p.ID, UnitID: unit.ID, Role: r})
		w.must(err)
	}
	return p
}

// signIn gives the secret of a new session and who it makes of its holder.
func (w *world) signIn(email string) (string, actor.Actor) {
	w.Helper()
	in, err := w.s.SignInWithPassword(ctx, visitor("1"), accounts.PasswordInput{Contact: email, Password: strong})
	w.must(err)
	who, err := w.s.BySession(ctx, in.Secret)
	w.must(err)
	return in.Secret, who
}

// codeFor reads the code out of the last letter to a contact.
func (w *world) codeFor(recipient string) string {
	w.Helper()
	list, err := w.db.Letters(ctx, false, "", 100)
	w.must(err)
	for _, l := range list {
		if l.Recipient == recipient {
			var data map[string]string
			w.must(json.Unmarshal([]byte(l.Data), &data))
			return data["code"]
		}
	}
	w.Fatalf("no letter to %s", recipient)
	return ""
}

func visitor(id string) actor.Actor {
	return actor.Actor{Visit: "visit-" + id, Lang: "zh", Network: "192.0.2." + id}
}

func key(err error) string {
	var e *models.Error
	if errors.As(err, &e) {
		return e.Key
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestKnownAndUnknownPeopleGetTheSameAnswer(t *testing.T) {
	each(t, func(w *world) {
		w.person("lin@example.org", w.city)
		for _, email := range []string{"lin@example.org", "nobody@example.org"} {
			_, err := w.s.SignInWithPassword(ctx, visitor("1"), accounts.PasswordInput{Contact: email, Password: "not the password"})
			if key(err) != "accounts.sign_in_wrong" {
				w.Errorf("password of %s: %v", email, err)
			}
			sent, err := w.s.SendReset(ctx, visitor("1"), email)
			if err != nil || sent.Ticket == "" || sent.Purpose != models.PurposeReset {
				w.Errorf("reset of %s: %+v, %v", email, sent, err)
			}
			if _, err := w.s.SignUp(ctx, visitor("1"), accounts.SignUpInput{Contact: email}); err != nil {
				w.Errorf("sign-up of %s: %v", email, err)
			}
		}
		list, err := w.db.Letters(ctx, false, "", 100)
		w.must(err)
		for _, l := range list {
			if l.Recipient == "nobody@example.org" && l.Kind == "code_reset" {
				w.Error("a stranger got a letter about a password")
			}
		}
	})
}

func TestPasswordTriesAreHeldByContact(t *testing.T) {
	each(t, func(w *world) {
		w.person("lin@example.org", w.city)
		try := func(email, password string) error {
			_, err := w.s.SignInWithPassword(ctx, visitor("1"), accounts.PasswordInput{Contact: email, Password: password})
			return err
		}
		for range 8 {
			if err := try("lin@example.org", "wrong password"); key(err) != "accounts.sign_in_wrong" {
				w.Fatal(err)
			}
		}
		if err := try("LIN@example.org", strong); models.KindOf(err) != models.TooMany {
			w.Errorf("the ninth try in another spelling: %v", err)
		}
		if err := try("wei@example.org", "wrong password"); key(err) != "accounts.sign_in_wrong" {
			w.Errorf("a neighbour behind the same address: %v", err)
		}
		w.clock.Add(15 * time.Minute)
		if err := try("lin@example.org", strong); err != nil {
			w.Errorf("after a quarter of an hour: %v", err)
		}
	})
}

func TestCodeMakesAnAccountAndSignsIn(t *testing.T) {
	each(t, func(w *world) {
		sent, err := w.s.SignUp(ctx, visitor("1"), accounts.SignUpInput{Contact: "138 0000 0021", Nickname: "河边人", Password: strong})
		w.must(err)
		if sent.To == "" || sent.To == "13800000021" {
			w.Errorf("the contact is shown as %q", sent.To)
		}
		if _, err := w.s.Pending(ctx, visitor("2"), sent.Ticket); !models.IsNotFound(err) {
			w.Errorf("another visitor sees the ticket: %v", err)
		}
		digits := w.codeFor("+8613800000021")
		if _, err := w.s.SignInWithCode(ctx, visitor("2"), accounts.CodeInput{Ticket: sent.Ticket, Code: digits}); !models.IsNotFound(err) {
			w.Errorf("another visitor uses the code: %v", err)
		}
		in, err := w.s.SignInWithCode(ctx, visitor("1"), accounts.CodeInput{Ticket: sent.Ticket, Code: digits})
		w.must(err)
		if !in.New || in.Person.Nickname != "河边人" || in.Person.Tier != models.TierContact || in.Person.Notify != models.ChannelSMS {
			w.Errorf("made %+v", in)
		}
		if _, err := w.s.SignInWithCode(ctx, visitor("1"), accounts.CodeInput{Ticket: sent.Ticket, Code: digits}); key(err) != "accounts.code_ended" {
			w.Errorf("the code was used twice: %v", err)
		}
		if _, err := w.s.SignInWithPassword(ctx, visitor("1"), accounts.PasswordInput{Contact: "13800000021", Password: strong}); err != nil {
			w.Error(err)
		}
	})
}

func TestCodeEndsAfterFiveTriesAndTenMinutes(t *testing.T) {
	each(t, func(w *world) {
		sent, err := w.s.SendSignInCode(ctx, visitor("1"), "lin@example.org")
		w.must(err)
		right := w.codeFor("lin@example.org")
		for left := 4; left >= 0; left-- {
			_, err := w.s.SignInWithCode(ctx, visitor("1"), accounts.CodeInput{Ticket: sent.Ticket, Code: wrong(right)})
			want := "accounts.code_wrong"
			if left == 0 {
				want = "accounts.code_used_up"
			}
			if key(err) != want {
				w.Fatalf("with %d tries left: %v", left, err)
			}
		}
		if _, err := w.s.SignInWithCode(ctx, visitor("1"), accounts.CodeInput{Ticket: sent.Ticket, Code: right}); key(err) != "accounts.code_ended" {
			w.Errorf("the right code after five wrong ones: %v", err)
		}
		again, err := w.s.SendAgain(ctx, visitor("1"), sent.Ticket)
		w.must(err)
		w.clock.Add(accounts.CodeLasts)
		if _, err := w.s.SignInWithCode(ctx, visitor("1"), accounts.CodeInput{Ticket: again.Ticket, Code: w.codeFor("lin@example.org")}); key(err) != "accounts.code_ended" {
			w.Errorf("after ten minutes: %v", err)
		}
	})
}

func TestResetNeedsTheCodeAndEndsAllSessions(t *testing.T) {
	each(t, func(w *world) {
		w.person("lin@example.org", w.city)
		secret, _ := w.signIn("lin@example.org")
		sent, err := w.s.SendReset(ctx, visitor("2"), "lin@example.org")
		w.must(err)
		digits := w.codeFor("lin@example.org")
		if _, err := w.s.SignInWithCode(ctx, visitor("2"), accounts.CodeInput{Ticket: sent.Ticket, Code: digits, Password: "12345678"}); key(err) != "accounts.password_common" {
			w.Errorf("a bad password: %v", err)
		}
		in, err := w.s.SignInWithCode(ctx, visitor("2"), accounts.CodeInput{Ticket: sent.Ticket, Code: digits, Password: "another good one"})
		w.must(err)
		if _, err := w.s.BySession(ctx, secret); models.KindOf(err) != models.SignIn {
			w.Errorf("the old session lives: %v", err)
		}
		if _, err := w.s.BySession(ctx, in.Secret); err != nil {
			w.Errorf("the new session: %v", err)
		}
	})
}

func TestSessionsEndByIdlenessAndAreKeptByUse(t *testing.T) {
	each(t, func(w *world) {
		w.person("lin@example.org", w.city)
		w.person("wei@example.org", w.water, models.Officer)
		resident, _ := w.signIn("lin@example.org")
		officer, who := w.signIn("wei@example.org")
		if !who.Fresh || !who.Has(w.water.Path, models.Officer) {
			w.Errorf("just signed in: %+v", who)
		}
		for range 4 { // used every 20 minutes, with what was used written down or not
			w.clock.Add(20 * time.Minute)
			if _, err := w.s.BySession(ctx, officer); err != nil {
				w.Fatal("ended while in use: ", err)
			}
			w.s.Flush(ctx)
		}
		who, err := w.s.BySession(ctx, officer)
		w.must(err)
		if who.Fresh {
			w.Error("fresh 80 minutes after signing in")
		}
		w.clock.Add(accounts.DeskIdle)
		if _, err := w.s.BySession(ctx, officer); models.KindOf(err) != models.SignIn {
			w.Errorf("the desk is open after half an hour: %v", err)
		}
		if _, err := w.s.BySession(ctx, resident); err != nil {
			w.Errorf("a resident's session after two hours: %v", err)
		}
		w.s.Flush(ctx)
		w.clock.Add(accounts.ResidentIdle)
		if _, err := w.s.BySession(ctx, resident); models.KindOf(err) != models.SignIn {
			w.Errorf("a resident's session after a week: %v", err)
		}
	})
}

func TestSignOutEndsTheSessionAtOnceAndOnOtherNodesWithinSeconds(t *testing.T) {
	each(t, func(w *world) {
		w.person("lin@example.org", w.city)
		secret, who := w.signIn("lin@example.org")
		other := accounts.New(accounts.Options{DB: w.db, Secret: []byte("x"), Log: slog.New(slog.DiscardHandler)})
		if _, err := other.BySession(ctx, secret); err != nil {
			w.Fatal(err)
		}
		ended := make(chan string, 1)
		w.s.OnEnded(func(person, session string) { ended <- session })
		w.must(w.s.SignOut(ctx, who))
		if _, err := w.s.BySession(ctx, secret); models.KindOf(err) != models.SignIn {
			w.Errorf("here: %v", err)
		}
		if got := <-ended; got != who.SessionID {
			w.Errorf("sockets of session %q were told, wanted %q", got, who.SessionID)
		}
		w.clock.Add(5 * time.Second)
		if _, err := other.BySession(ctx, secret); models.KindOf(err) != models.SignIn {
			w.Errorf("on another node that heard nothing, after 5 s: %v", err)
		}
	})
}

func TestSigningInGivesANewSecretAndEndsTheOldOne(t *testing.T) {
	each(t, func(w *world) {
		w.person("lin@example.org", w.city)
		w.person("wei@example.org", w.city)
		planted, attacker := w.signIn("wei@example.org")
		in, err := w.s.SignInWithPassword(ctx, attacker, accounts.PasswordInput{Contact: "lin@example.org", Password: strong})
		w.must(err)
		if in.Secret == planted {
			w.Error("the secret stayed the same")
		}
		if _, err := w.s.BySession(ctx, planted); models.KindOf(err) != models.SignIn {
			w.Errorf("the session from before lives: %v", err)
		}
	})
}

func TestLosingARoleEndsTheSession(t *testing.T) {
	each(t, func(w *world) {
		w.person("an@example.org", w.city, models.Administrator)
		w.person("wei@example.org", w.water, models.Officer)
		secret, officer := w.signIn("wei@example.org")
		_, admin := w.signIn("an@example.org")
		w.must(w.s.Revoke(ctx, admin, officer.Roles[0].ID))
		if _, err := w.s.BySession(ctx, secret); models.KindOf(err) != models.SignIn {
			w.Errorf("the session lives on: %v", err)
		}
	})
}

func TestRolesAreGivenByAdministratorsOfTheSubtreeOnly(t *testing.T) {
	each(t, func(w *world) {
		resident := w.person("lin@example.org", w.city)
		for email, unit := range map[string]models.Unit{"an@example.org": w.city, "shui@example.org": w.water, "lu@example.org": w.road} {
			w.person(email, unit, models.Administrator)
		}
		w.person("wei@example.org", w.water, models.Officer, models.Supervisor, models.Moderator)
		for _, c := range []struct {
			email string
			unit  models.Unit
			want  bool
		}{
			{"an@example.org", w.city, true}, {"an@example.org", w.water, true}, {"an@example.org", w.road, true},
			{"shui@example.org", w.city, false}, {"shui@example.org", w.water, true}, {"shui@example.org", w.road, false},
			{"lu@example.org", w.water, false}, {"wei@example.org", w.water, false}, {"lin@example.org", w.water, false},
		} {
			_, who := w.signIn(c.email)
			role, err := w.s.Grant(ctx, who, accounts.GrantInput{PersonID: resident.ID, UnitID: c.unit.ID, Role: models.Officer})
			if (err == nil) != c.want || !c.want && !models.IsNotFound(err) {
				w.Errorf("%s in %s: %v", c.email, c.unit.Slug, err)
			}
			if err == nil {
				_, stranger := w.signIn("wei@example.org")
				if err := w.s.Revoke(ctx, stranger, role.ID); !models.IsNotFound(err) {
					w.Errorf("an officer took a role away: %v", err)
				}
				w.must(w.s.Revoke(ctx, who, role.ID))
			}
		}
		_, who := w.signIn("an@example.org")
		w.clock.Add(accounts.FreshFor)
		who.Fresh = false
		if _, err := w.s.Grant(ctx, who, accounts.GrantInput{PersonID: resident.ID, UnitID: w.city.ID, Role: models.Officer}); key(err) != "accounts.fresh_needed" {
			w.Errorf("long after signing in: %v", err)
		}
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	each(t, func(w *world) {
		w.person("an@example.org", w.city, models.Administrator)
		_, admin := w.signIn("an@example.org")
		if err := w.s.Revoke(ctx, admin, admin.Roles[0].ID); key(err) != "accounts.last_administrator" {
			w.Errorf("got %v", err)
		}
		if _, err := w.s.BySession(ctx, "x"); models.KindOf(err) != models.SignIn {
			w.Error(err)
		}
	})
}

func TestTokensActForTheirOwnerUntilRevoked(t *testing.T) {
	each(t, func(w *world) {
		p := w.person("lin@example.org", w.city)
		_, who := w.signIn("lin@example.org")
		secret, token, err := w.s.NewToken(ctx, who, p.ID, "手机")
		w.must(err)
		got, err := w.s.ByToken(ctx, secret)
		if err != nil || got.PersonID != p.ID || got.CSRF != "" || got.Fresh {
			w.Errorf("%+v, %v", got, err)
		}
		other := w.person("wei@example.org", w.city)
		if _, _, err := w.s.NewToken(ctx, who, other.ID, "x"); !models.IsNotFound(err) {
			w.Errorf("a token for somebody else: %v", err)
		}
		_, wei := w.signIn("wei@example.org")
		if err := w.s.RevokeToken(ctx, wei, token.ID); !models.IsNotFound(err) {
			w.Errorf("somebody else revoked it: %v", err)
		}
		w.must(w.s.RevokeToken(ctx, who, token.ID))
		if _, err := w.s.ByToken(ctx, secret); models.KindOf(err) != models.SignIn {
			w.Errorf("after revoking: %v", err)
		}
	})
}

func TestErasingLeavesNoTraceOfThePerson(t *testing.T) {
	each(t, func(w *world) {
		p := w.person("lin@example.org", w.city)
		secret, who := w.signIn("lin@example.org")
		data, err := w.s.Export(ctx, who)
		if err != nil || !json.Valid(data) {
			w.Errorf("export: %v", err)
		}
		w.must(w.s.Erase(ctx, who))
		if _, err := w.s.BySession(ctx, secret); models.KindOf(err) != models.SignIn {
			w.Errorf("the session lives on: %v", err)
		}
		left, err := w.db.PersonByID(ctx, p.ID)
		w.must(err)
		if left.Email != "" || left.EmailKey != nil || left.PasswordHash != "" || left.Name != "" || left.ErasedAt == nil {
			w.Errorf("left: %+v", left)
		}
		if _, err := w.s.Create(ctx, actor.System, accounts.CreateInput{Email: "lin@example.org"}); err != nil {
			w.Errorf("the address cannot be used again: %v", err)
		}
	})
}

func TestContactIsConfirmedForWhoAskedForIt(t *testing.T) {
	each(t, func(w *world) {
		sent, err := w.s.SendConfirm(ctx, visitor("1"), "lin@example.org")
		w.must(err)
		if _, err := w.s.Confirmed(ctx, visitor("1"), sent.Ticket); !models.IsNotFound(err) {
			w.Errorf("before the code: %v", err)
		}
		c, err := w.s.Confirm(ctx, visitor("1"), sent.Ticket, w.codeFor("lin@example.org"))
		if err != nil || c.Key != "lin@example.org" {
			w.Fatalf("%+v, %v", c, err)
		}
		if _, err := w.s.Confirmed(ctx, visitor("1"), sent.Ticket); err != nil {
			w.Errorf("after the code: %v", err)
		}
		if _, err := w.s.Confirmed(ctx, visitor("2"), sent.Ticket); !models.IsNotFound(err) {
			w.Errorf("for another visitor: %v", err)
		}
		if _, err := w.s.SignInWithCode(ctx, visitor("1"), accounts.CodeInput{Ticket: sent.Ticket, Code: "123456"}); !models.IsNotFound(err) {
			w.Errorf("a confirmation was taken for a sign-in: %v", err)
		}
		w.clock.Add(accounts.ConfirmedFor + time.Minute)
		if _, err := w.s.Confirmed(ctx, visitor("1"), sent.Ticket); !models.IsNotFound(err) {
			w.Errorf("an hour later: %v", err)
		}
	})
}

func TestChangingTheContactTellsTheOldOne(t *testing.T) {
	each(t, func(w *world) {
		w.person("lin@example.org", w.city)
		w.person("wei@example.org", w.city)
		_, who := w.signIn("lin@example.org")
		sent, err := w.s.SendContactCode(ctx, who, "wei@example.org")
		w.must(err)
		if err := w.s.ChangeContact(ctx, who, sent.Ticket, w.codeFor("wei@example.org")); key(err) != "accounts.contact_taken" {
			w.Errorf("somebody else's contact: %v", err)
		}
		sent, err = w.s.SendContactCode(ctx, who, "new@example.org")
		w.must(err)
		w.must(w.s.ChangeContact(ctx, who, sent.Ticket, w.codeFor("new@example.org")))
		list, err := w.db.Letters(ctx, false, "", 100)
		w.must(err)
		told := false
		for _, l := range list {
			told = told || l.Kind == "contact_changed" && l.Recipient == "lin@example.org"
		}
		if !told {
			w.Error("the old address was not told")
		}
	})
}
