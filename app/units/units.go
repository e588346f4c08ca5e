// Package units keeps the tree of governments and their departments: a city, its
// counties and districts, their townships, and departments at each of them. Every
// permission works on a unit and all that lies below it.
package units

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/models"
)

// Limits of texts, in characters.
const (
	NameMax    = 80
	AddressMax = 200
)

// Levels lists the levels from the top down.
var Levels = []models.Level{models.City, models.County, models.Township, models.Department}

// parents says below which levels a unit of a level may stand.
var parents = map[models.Level][]models.Level{
	models.County:     {models.City},
	models.Township:   {models.City, models.County},
	models.Department: {models.City, models.County, models.Township, models.Department},
}

// Service is what can be done about units.
type Service struct{ db *models.DB }

// New makes the service.
func New(db *models.DB) *Service { return &Service{db} }

// Input is what is said about a unit.
type Input struct {
	ParentID             string // empty for a city
	Level                models.Level
	Slug                 string // short name in the address, unique
	NameZH, NameEN       string
	AddressZH, AddressEN string
	Phone, Email         string
	ReceiptOnly          bool
	Position             int
}

var slugForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)

// check tidies the input and collects its faults.
func (in *Input) check() error {
	var faults models.Faults
	for _, f := range []struct {
		field string
		text  *string
		max   int
	}{{"name_zh", &in.NameZH, NameMax}, {"name_en", &in.NameEN, NameMax}, {"address_zh", &in.AddressZH, AddressMax}, {"address_en", &in.AddressEN, AddressMax}} {
		*f.text = strings.Join(strings.Fields(*f.text), " ")
		if utf8.RuneCountInString(*f.text) > f.max {
			faults.Add(f.field, "units.too_long", "max", f.max)
		}
	}
	in.Slug = strings.ToLower(strings.TrimSpace(in.Slug))
	if in.NameZH == "" {
		faults.Add("name_zh", "units.name_needed")
	}
	if in.NameEN == "" {
		faults.Add("name_en", "units.name_en_needed")
	}
	if !slugForm.MatchString(in.Slug) {
		faults.Add("slug", "units.slug_form")
	}
	if in.Phone = strings.TrimSpace(in.Phone); in.Phone != "" && !contact.Dialled(in.Phone) {
		faults.Add("phone", "units.phone_form")
	}
	if in.Email = strings.TrimSpace(in.Email); in.Email != "" {
		if _, err := contact.ParseMail(in.Email); err != nil {
			faults.Add("email", "units.email_form")
		}
	}
	if in.Position < 0 || in.Position > 9999 {
		faults.Add("position", "units.position_form")
	}
	return faults.Err()
}

// fits says whether a unit of a level may stand below a parent.
func fits(level models.Level, parent models.Unit) error {
	if parent.ID == "" {
		if level == models.City {
			return nil
		}
		return models.FailField("parent", "units.parent_needed")
	}
	for _, l := range parents[level] {
		if l == parent.Level {
			return nil
		}
	}
	return models.FailField("level", "units.level_wrong")
}

func isSystem(who actor.Actor) bool { return who.PersonID == actor.System.PersonID }

// mayChange says whether the actor administers the unit or one above it.
func mayChange(who actor.Actor, path string) error {
	if isSystem(who) {
		return nil
	}
	return who.Needs(path, models.Administrator)
}

// Create adds a unit below one that the actor administers; only the system makes a
// city. Errors: Invalid by field, NotFound, SignIn, Conflict (units.slug_taken).
func (s *Service) Create(ctx context.Context, who actor.Actor, in Input) (models.Unit, error) {
	var u models.Unit
	if err := in.check(); err != nil {
		return u, err
	}
	err := s.db.InTx(ctx, who.Act("units.create", ""), func(tx *models.Tx) error {
		parent := models.Unit{Path: "/"}
		if in.ParentID != "" {
			var err error
			if parent, err = tx.Unit(in.ParentID); err != nil {
				return err
			}
		}
		if err := mayChange(who, parent.Path); err != nil {
			return err
		}
		if err := fits(in.Level, parent); err != nil {
			return err
		}
		if err := slugFree(tx, in.Slug, ""); err != nil {
			return err
		}
		u = in.unit()
		u.ID = models.NewID(tx.Now)
		u.ParentID, u.Path, u.CreatedAt, u.UpdatedAt = parent.ID, parent.Path+u.ID+"/", tx.Now, tx.Now
		tx.Act.About, tx.Act.UnitID = "unit:"+u.ID, u.ID
		tx.Emit("", "units.created", map[string]string{"id": u.ID})
		return tx.Insert(&u)
	})
	return u, err
}

func (in Input) unit() models.Unit {
	return models.Unit{
		Level: in.Level, Slug: in.Slug, NameZH: in.NameZH, NameEN: in.NameEN, AddressZH: in.AddressZH, AddressEN: in.AddressEN,
		Phone: in.Phone, Email: in.Email, ReceiptOnly: in.ReceiptOnly, Position: in.Position,
	}
}

func slugFree(tx *models.Tx, slug, mine string) error {
	other, err := tx.UnitBySlug(slug)
	switch {
	case models.IsNotFound(err), err == nil && other.ID == mine:
		return nil
	case err != nil:
		return err
	}
	return &models.Error{Kind: models.Conflict, Key: "units.slug_taken", Field: "slug"}
}

// Edit changes what is said about a unit; its place in the tree is changed by
// [Service.Move]. read is when the form was read. Errors: Invalid by field,
// NotFound, SignIn, Conflict (units.slug_taken, error.stale).
func (s *Service) Edit(ctx context.Context, who actor.Actor, id string, read time.Time, in Input) error {
	if err := in.check(); err != nil {
		return err
	}
	act := who.Act("units.edit", "unit:"+id)
	act.UnitID = id
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		old, err := tx.Unit(id)
		if err != nil {
			return err
		}
		if err := mayChange(who, old.Path); err != nil {
			return err
		}
		if err := slugFree(tx, in.Slug, id); err != nil {
			return err
		}
		u := in.unit()
		u.ID, u.Level = id, old.Level
		tx.Act.Detail = map[string]string{"before": old.NameZH, "after": u.NameZH}
		tx.Emit("", "units.changed", map[string]string{"id": id})
		return tx.SaveUnit(u, read)
	})
}

// Move puts a unit with all that is below it under another parent. The actor must
// administer both places and have signed in freshly. Errors: Invalid (parent,
// level), NotFound, SignIn.
func (s *Service) Move(ctx context.Context, who actor.Actor, id, parentID string) error {
	act := who.Act("units.move", "unit:"+id)
	act.UnitID = id
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		u, err := tx.Unit(id)
		if err != nil {
			return err
		}
		parent, err := tx.Unit(parentID)
		if err != nil {
			return models.FailField("parent", "units.parent_needed")
		}
		for _, path := range []string{above(u), parent.Path} {
			if err := mayChange(who, path); err != nil {
				return err
			}
		}
		if !who.Fresh && !isSystem(who) {
			return models.Fail(models.SignIn, "accounts.fresh_needed")
		}
		if parent.Under(u.Path) {
			return models.FailField("parent", "units.parent_below")
		}
		if err := fits(u.Level, parent); err != nil {
			return err
		}
		tx.Act.Detail = map[string]string{"from": u.ParentID, "to": parent.ID}
		tx.Emit("", "units.moved", map[string]string{"id": id})
		return tx.MoveUnit(u, parent)
	})
}

// above is the path of the unit's parent.
func above(u models.Unit) string { return strings.TrimSuffix(u.Path, u.ID+"/") }
