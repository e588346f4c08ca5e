package app

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"minyi/app/accounts"
	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/settings"
	"minyi/app/units"
	"minyi/models"
)

// UserCommand makes people and gives them roles, on the server's own machine. The
// first administrator is made this way.
type UserCommand struct {
	Add      UserAdd      `cmd:""`
	List     UserList     `cmd:""`
	Role     UserRole     `cmd:""`
	Password UserPassword `cmd:""`
	Token    UserToken    `cmd:""`
}

// desk is what the user commands work with.
type desk struct {
	db       *models.DB
	accounts *accounts.Service
	units    *units.Service
}

// atDesk opens the store for one command. It works beside a running server, which
// hears of the change within seconds.
func atDesk(ctx context.Context, f func(desk) error) error {
	s, err := settings.Read()
	if err != nil {
		return err
	}
	log := Logger(s)
	db, err := OpenStore(ctx, s, log)
	if err != nil {
		return err
	}
	defer db.Close()
	if s.Migrate == "on" {
		if err := db.Migrate(ctx); err != nil {
			return err
		}
	}
	d := desk{db: db, accounts: accounts.New(accounts.Options{DB: db, Secret: []byte(s.Secret), Log: log}), units: units.New(db)}
	return f(d)
}

func (d desk) person(ctx context.Context, contact string) (models.Person, error) {
	p, err := d.accounts.PersonByContact(ctx, actor.System, contact)
	if models.IsNotFound(err) {
		return p, models.Fail(models.NotFound, "terminal.nobody", "contact", contact)
	}
	return p, err
}

// unit finds a unit by its short name. On an empty site the first one is made, so
// that the first administrator has something to administer.
func (d desk) unit(ctx context.Context, slug string) (models.Unit, error) {
	all, err := d.db.Units(ctx)
	if err != nil {
		return models.Unit{}, err
	}
	if len(all) == 0 {
		if slug == "" {
			slug = "city"
		}
		u, err := d.units.Create(ctx, actor.System, units.Input{Level: models.City, Slug: slug, NameZH: slug, NameEN: slug})
		if err == nil {
			say("terminal.first_unit", "unit", slug)
		}
		return u, err
	}
	var roots []models.Unit
	var names []string
	for _, u := range all {
		if u.Slug == slug {
			return u, nil
		}
		if u.ParentID == "" {
			roots = append(roots, u)
		}
		names = append(names, u.Slug)
	}
	if slug == "" && len(roots) == 1 {
		return roots[0], nil
	}
	return models.Unit{}, models.Fail(models.NotFound, "terminal.no_unit", "unit", slug, "units", strings.Join(names, ", "))
}

// UserAdd makes an account.
type UserAdd struct {
	Contact  string `arg:""`
	Name     string `help:"Real name, shown to nobody without the person's choice."`
	Nickname string `help:"Name shown with opinions."`
	Lang     string `help:"Language of letters: zh or en." enum:"zh,en" default:"zh"`
	Role     string `help:"Also give this role: officer, moderator, supervisor or administrator."`
	Unit     string `help:"Unit of the role, by its short name (default: the city)."`
	Password string `help:"Password; without it one is made and printed. Use - to read it from standard input."`
}

// Run makes the account, or finds it, gives the role and prints what it did.
func (c UserAdd) Run(ctx context.Context) error {
	return atDesk(ctx, func(d desk) error {
		made := c.Password == ""
		wanted, err := passwordOr(c.Password)
		if err != nil {
			return err
		}
		in := accounts.CreateInput{Phone: c.Contact, Name: c.Name, Nickname: c.Nickname, Lang: c.Lang, Password: wanted}
		if strings.Contains(c.Contact, "@") {
			in.Email, in.Phone = c.Contact, ""
		}
		var u models.Unit
		if c.Role != "" { // all of it or nothing
			if u, err = d.post(ctx, c.Role, c.Unit); err != nil {
				return err
			}
		}
		p, err := d.accounts.Create(ctx, actor.System, in)
		if err != nil {
			return err
		}
		say("terminal.account_made", "contact", c.Contact)
		if made {
			say("terminal.password", "password", wanted)
		}
		if c.Role == "" {
			return nil
		}
		return d.grant(ctx, p, c.Contact, c.Role, u)
	})
}

// passwordOr makes a password, or reads it from standard input for "-".
func passwordOr(given string) (string, error) {
	switch given {
	case "":
		return code.NewToken()[:16], nil
	case "-":
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if line == "" && err != nil {
			return "", &models.Error{Kind: models.Invalid, Key: "terminal.no_password", Err: err}
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	return given, nil
}

// post finds the unit of a role that is to be given; an error if there is no such role.
func (d desk) post(ctx context.Context, role, slug string) (models.Unit, error) {
	if !slices.Contains(accounts.RoleNames, models.RoleName(role)) {
		return models.Unit{}, models.Fail(models.Invalid, "terminal.no_role", "role", role, "roles", strings.Trim(fmt.Sprint(accounts.RoleNames), "[]"))
	}
	return d.unit(ctx, slug)
}

func (d desk) grant(ctx context.Context, p models.Person, contact, role string, u models.Unit) error {
	if _, err := d.accounts.Grant(ctx, actor.System, accounts.GrantInput{PersonID: p.ID, UnitID: u.ID, Role: models.RoleName(role)}); err != nil {
		return err
	}
	say("terminal.role_given", "contact", contact, "role", role, "unit", u.Slug)
	return nil
}

// UserRole gives or takes a role.
type UserRole struct {
	Contact string `arg:""`
	Role    string `arg:""`
	Unit    string `help:"Unit, by its short name (default: the city)."`
	Revoke  bool   `help:"Take the role away and end the person's sessions."`
}

// Run changes the role and prints what it did.
func (c UserRole) Run(ctx context.Context) error {
	return atDesk(ctx, func(d desk) error {
		p, err := d.person(ctx, c.Contact)
		if err != nil {
			return err
		}
		u, err := d.post(ctx, c.Role, c.Unit)
		if err != nil {
			return err
		}
		if !c.Revoke {
			return d.grant(ctx, p, c.Contact, c.Role, u)
		}
		roles, err := d.db.RolesOf(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, r := range roles {
			if r.UnitID == u.ID && string(r.Name) == c.Role {
				if err := d.accounts.Revoke(ctx, actor.System, r.ID); err != nil {
					return err
				}
				say("terminal.role_taken", "contact", c.Contact, "role", c.Role, "unit", u.Slug)
				return nil
			}
		}
		return models.Fail(models.NotFound, "terminal.role_not_held", "contact", c.Contact, "role", c.Role, "unit", u.Slug)
	})
}

// UserPassword sets a password.
type UserPassword struct {
	Contact  string `arg:""`
	Password string `help:"Password; without it one is made and printed. Use - to read it from standard input."`
}

// Run sets the password and prints what it did.
func (c UserPassword) Run(ctx context.Context) error {
	return atDesk(ctx, func(d desk) error {
		p, err := d.person(ctx, c.Contact)
		if err != nil {
			return err
		}
		wanted, err := passwordOr(c.Password)
		if err != nil {
			return err
		}
		if err := d.accounts.SetPassword(ctx, actor.System, p.ID, wanted); err != nil {
			return err
		}
		say("terminal.password_new", "contact", c.Contact)
		if c.Password == "" {
			say("terminal.password", "password", wanted)
		}
		return nil
	})
}

// UserToken makes an API token.
type UserToken struct {
	Contact string `arg:""`
	Name    string `help:"What the token is for." default:"command line"`
}

// Run makes the token and prints it; it cannot be seen again.
func (c UserToken) Run(ctx context.Context) error {
	return atDesk(ctx, func(d desk) error {
		p, err := d.person(ctx, c.Contact)
		if err != nil {
			return err
		}
		secret, _, err := d.accounts.NewToken(ctx, actor.System, p.ID, c.Name)
		if err != nil {
			return err
		}
		say("terminal.token", "contact", c.Contact, "token", secret)
		return nil
	})
}

// UserList lists people who hold a role, or one person.
type UserList struct {
	Contact string `arg:"" optional:""`
}

// Run prints a table.
func (c UserList) Run(ctx context.Context) error {
	return atDesk(ctx, func(d desk) error {
		w := wordsFor("")
		rows := [][]string{{w.T("terminal.column_contact"), w.T("terminal.column_nickname"), w.T("terminal.column_role"), w.T("terminal.column_unit")}}
		line := func(p models.Person, role models.RoleName, unit string) {
			rows = append(rows, []string{strings.TrimSpace(p.Email + " " + p.Phone), p.Nickname, string(role), unit})
		}
		if c.Contact != "" {
			p, err := d.person(ctx, c.Contact)
			if err != nil {
				return err
			}
			roles, err := d.db.RolesOf(ctx, p.ID)
			if err != nil {
				return err
			}
			if len(roles) == 0 {
				line(p, "resident", "")
			}
			for _, r := range roles {
				line(p, r.Name, r.Unit.Slug)
			}
		} else {
			staff, err := d.accounts.Staff(ctx, actor.System)
			if err != nil {
				return err
			}
			for _, r := range staff {
				line(r.Person, r.Name, r.Unit.Slug)
			}
		}
		fmt.Print(aligned(rows))
		return nil
	})
}
