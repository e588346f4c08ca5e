package accounts

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/models"
)

// ErrNotFresh asks for a new sign-in before an act of weight.
var ErrNotFresh = models.Fail(models.SignIn, "accounts.fresh_needed")

// GrantInput names a role that somebody shall hold in a unit and all below it.
type GrantInput struct {
	PersonID, UnitID string
	Role             models.RoleName
}

// RoleNames lists the roles in the order in which they are offered.
var RoleNames = []models.RoleName{models.Officer, models.Moderator, models.Supervisor, models.Administrator}

// mayRule says whether the actor may decide on roles in a unit: its
// administrators, or those of a unit above it, freshly signed in.
func mayRule(who actor.Actor, unit models.Unit) error {
	if isSystem(who) {
		return nil
	}
	if err := who.Needs(unit.Path, models.Administrator); err != nil {
		return err
	}
	if !who.Fresh {
		return ErrNotFresh
	}
	return nil
}

// Grant gives a person a role. Only administrators of the unit or of one above it
// can, freshly signed in. Errors: Invalid (role, person), NotFound, SignIn
// ([ErrNotFresh]), Conflict (accounts.role_held).
func (s *Service) Grant(ctx context.Context, who actor.Actor, in GrantInput) (models.Role, error) {
	if !knownRole(in.Role) {
		return models.Role{}, models.FailField("role", "accounts.role_unknown")
	}
	role := models.Role{PersonID: in.PersonID, UnitID: in.UnitID, Name: in.Role, GrantedBy: who.PersonID}
	act := who.Act("accounts.grant", "person:"+in.PersonID)
	act.UnitID, act.Detail = in.UnitID, map[string]string{"role": string(in.Role)}
	err := s.db.InTx(ctx, act, func(tx *models.Tx) error {
		unit, err := tx.Unit(in.UnitID)
		if err != nil {
			return err
		}
		if err := mayRule(who, unit); err != nil {
			return err
		}
		p, err := tx.Person(in.PersonID)
		if err != nil || p.DisabledAt != nil {
			return models.FailField("person", "accounts.person_unknown")
		}
		held, err := tx.RolesOf(p.ID)
		if err != nil {
			return err
		}
		for _, r := range held {
			if r.UnitID == unit.ID && r.Name == in.Role {
				return models.Fail(models.Conflict, "accounts.role_held")
			}
		}
		role.ID, role.CreatedAt, role.Unit = models.NewID(tx.Now), tx.Now, models.Unit{}
		tx.EmitTo("system", "", endedKind, endedEvent{Person: p.ID, Roles: true})
		if err := tx.InsertRole(&role); err != nil {
			return err
		}
		role.Unit = unit
		return nil
	})
	return role, err
}

func knownRole(name models.RoleName) bool {
	for _, n := range RoleNames {
		if n == name {
			return true
		}
	}
	return false
}

// Revoke takes a role away and ends the person's sessions. Errors: NotFound,
// SignIn ([ErrNotFresh]), Conflict (accounts.last_administrator).
func (s *Service) Revoke(ctx context.Context, who actor.Actor, roleID string) error {
	return s.db.InTx(ctx, who.Act("accounts.revoke", "role:"+roleID), func(tx *models.Tx) error {
		role, err := tx.Role(roleID)
		if err != nil {
			return err
		}
		tx.Act.About, tx.Act.UnitID = "person:"+role.PersonID, role.UnitID
		tx.Act.Detail = map[string]string{"role": string(role.Name)}
		if err := mayRule(who, role.Unit); err != nil {
			return err
		}
		if err := tx.RevokeRole(roleID); err != nil {
			return err
		}
		if role.Name == models.Administrator && role.Unit.ParentID == "" {
			left, err := tx.AdministratorsLeft()
			if err != nil {
				return err
			}
			if left == 0 && !isSystem(who) {
				return models.Fail(models.Conflict, "accounts.last_administrator")
			}
		}
		emitEnded(tx, role.PersonID, "") // sockets and what is kept of API tokens, which no session names
		return endOthers(tx, role.PersonID, "")
	})
}

// Staff lists who holds roles in the units that the actor administers.
func (s *Service) Staff(ctx context.Context, who actor.Actor) ([]models.Role, error) {
	if isSystem(who) {
		return s.db.Staff(ctx, []string{"/"})
	}
	if err := needsAdministrator(who); err != nil {
		return nil, err
	}
	return s.db.Staff(ctx, who.Paths(models.Administrator))
}

// RoleForActor finds a role that the actor may take away; NotFound otherwise.
func (s *Service) RoleForActor(ctx context.Context, who actor.Actor, roleID string) (models.Role, error) {
	list, err := s.Staff(ctx, who)
	if err != nil {
		return models.Role{}, err
	}
	for _, r := range list {
		if r.ID == roleID {
			return r, nil
		}
	}
	return models.Role{}, models.ErrNotFound
}

// PersonByContact finds a person by a mail address or phone number, for
// administrators who grant a role. Errors: Invalid (contact), NotFound.
func (s *Service) PersonByContact(ctx context.Context, who actor.Actor, typed string) (models.Person, error) {
	if err := needsAdministrator(who); err != nil {
		return models.Person{}, err
	}
	c, err := contact.Parse(typed)
	if err != nil {
		return models.Person{}, models.FailField("contact", contactKey(err))
	}
	return s.byContact(ctx, c)
}

// SetPassword gives somebody a new password and ends all sessions; only the system
// can, on the command line.
func (s *Service) SetPassword(ctx context.Context, who actor.Actor, personID, wanted string) error {
	if !isSystem(who) {
		return models.ErrNotFound
	}
	return s.changePassword(ctx, who, personID, wanted, "")
}

// AppointInput names whom to give a role by their contact.
type AppointInput struct {
	Contact, Name string
	UnitID        string
	Role          models.RoleName
}

// Appoint gives a role to the owner of a contact; who has no account gets one
// without a password and signs in by code. Errors as for [Service.Grant] and
// [Service.Create].
func (s *Service) Appoint(ctx context.Context, who actor.Actor, in AppointInput) error {
	c, err := contact.Parse(in.Contact)
	if err != nil {
		return models.FailField("contact", contactKey(err))
	}
	if !knownRole(in.Role) {
		return models.FailField("role", "accounts.role_unknown")
	}
	unit, err := s.db.UnitByID(ctx, in.UnitID)
	if models.IsNotFound(err) {
		return models.FailField("unit", "accounts.unit_unknown")
	}
	if err != nil {
		return err
	}
	if err := mayRule(who, unit); err != nil { // before an account is made for nothing
		return err
	}
	p, err := s.byContact(ctx, c)
	if models.IsNotFound(err) {
		made := CreateInput{Name: in.Name, Email: in.Contact}
		if c.Kind == contact.Phone {
			made.Email, made.Phone = "", in.Contact
		}
		p, err = s.Create(ctx, who, made)
	}
	if err != nil {
		return err
	}
	_, err = s.Grant(ctx, who, GrantInput{PersonID: p.ID, UnitID: in.UnitID, Role: in.Role})
	return err
}

// Administered lists the units in which the actor may give roles, each before
// those below it.
func (s *Service) Administered(ctx context.Context, who actor.Actor) ([]models.Unit, error) {
	all, err := s.db.Units(ctx)
	if err != nil {
		return nil, err
	}
	var list []models.Unit
	for _, u := range all {
		if isSystem(who) || who.Has(u.Path, models.Administrator) {
			list = append(list, u)
		}
	}
	return list, nil
}
