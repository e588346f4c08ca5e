package units

import (
	"context"
	"slices"
	"strings"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Node is a unit in the tree.
type Node struct {
	models.Unit
	// Depth is 0 for a city.
	Depth    int
	Children []*Node
}

// Tree reads all units as a forest, in the order that administrators gave.
func (s *Service) Tree(ctx context.Context) ([]*Node, error) {
	list, err := s.db.Units(ctx)
	if err != nil {
		return nil, err
	}
	return grow(list), nil
}

func grow(list []models.Unit) []*Node {
	nodes := map[string]*Node{}
	for _, u := range list {
		nodes[u.ID] = &Node{Unit: u, Depth: strings.Count(u.Path, "/") - 2}
	}
	var roots []*Node
	for _, u := range list {
		n := nodes[u.ID]
		if parent := nodes[u.ParentID]; parent != nil {
			parent.Children = append(parent.Children, n)
		} else {
			roots = append(roots, n)
		}
	}
	for _, n := range nodes {
		slices.SortFunc(n.Children, before)
	}
	slices.SortFunc(roots, before)
	return roots
}

// before puts departments first, then what administrators numbered, then the
// oldest.
func before(a, b *Node) int {
	if a.Level != b.Level {
		return slices.Index(order, a.Level) - slices.Index(order, b.Level)
	}
	if a.Position != b.Position {
		return a.Position - b.Position
	}
	return strings.Compare(a.ID, b.ID)
}

var order = []models.Level{models.Department, models.City, models.County, models.Township}

// Flat lists a forest in the order in which it is read aloud: each unit before
// what is below it.
func Flat(roots []*Node) []*Node {
	var list []*Node
	for _, n := range roots {
		list = append(append(list, n), Flat(n.Children)...)
	}
	return list
}

// Shown is a unit with what is around it.
type Shown struct {
	models.Unit
	Above    []models.Unit // from the city down, without the unit itself
	Children []*Node
	// Consultations are those of the unit and all below it that are or were
	// public, the newest first, at most 100.
	Consultations []models.Consultation
	// Names of the units that the consultations belong to.
	Names map[string]models.Unit
}

// Show reads a unit by its short name for the public; NotFound if there is none.
func (s *Service) Show(ctx context.Context, slug string) (Shown, error) {
	u, err := s.db.UnitBySlug(ctx, slug)
	if err != nil {
		return Shown{}, err
	}
	list, err := s.db.Units(ctx)
	if err != nil {
		return Shown{}, err
	}
	out := Shown{Unit: u, Names: map[string]models.Unit{}}
	var ids []string
	for _, x := range list {
		switch {
		case x.Under(u.Path):
			ids = append(ids, x.ID)
			out.Names[x.ID] = x
		case u.Under(x.Path):
			out.Above = append(out.Above, x)
		}
	}
	slices.SortFunc(out.Above, func(a, b models.Unit) int { return len(a.Path) - len(b.Path) })
	for _, n := range Flat(grow(list)) {
		if n.ID == u.ID {
			out.Children = n.Children
		}
	}
	out.Consultations, err = s.db.UnitConsultations(ctx, ids, 100)
	return out, err
}

// Administered lists the units that the actor administers, each before those
// below it. Errors of [actor.Actor.Needs] for who administers none.
func (s *Service) Administered(ctx context.Context, who actor.Actor) ([]*Node, error) {
	paths := who.Paths(models.Administrator)
	if len(paths) == 0 && !isSystem(who) {
		if !who.SignedIn() {
			return nil, models.Fail(models.SignIn, "error.sign_in")
		}
		return nil, models.ErrNotFound
	}
	roots, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(Flat(roots), func(n *Node) bool { return mayChange(who, n.Path) != nil }), nil
}

// ForEdit reads a unit that the actor administers; NotFound otherwise.
func (s *Service) ForEdit(ctx context.Context, who actor.Actor, id string) (models.Unit, error) {
	u, err := s.db.UnitByID(ctx, id)
	if err != nil {
		return u, err
	}
	return u, mayChange(who, u.Path)
}

// Effect is what moving a unit touches, in numbers.
type Effect struct {
	Units, People int
	Consultations int64
}

// EffectOf counts what lies below a unit that the actor administers.
func (s *Service) EffectOf(ctx context.Context, who actor.Actor, id string) (Effect, error) {
	u, err := s.ForEdit(ctx, who, id)
	if err != nil {
		return Effect{}, err
	}
	list, err := s.db.Units(ctx)
	if err != nil {
		return Effect{}, err
	}
	var ids []string
	for _, x := range list {
		if x.Under(u.Path) {
			ids = append(ids, x.ID)
		}
	}
	staff, err := s.db.Staff(ctx, []string{u.Path})
	if err != nil {
		return Effect{}, err
	}
	people := map[string]bool{}
	for _, r := range staff {
		people[r.PersonID] = true
	}
	n, err := s.db.UnitDrafts(ctx, ids)
	return Effect{Units: len(ids), People: len(people), Consultations: n}, err
}

// Below lists the levels that a unit below the parent may have, in the order in
// which they are offered.
func Below(parent models.Unit) []models.Level {
	return slices.DeleteFunc(slices.Clone(Levels), func(l models.Level) bool { return !Fits(l, parent) })
}

// Fits says whether a unit of a level may stand below a parent.
func Fits(level models.Level, parent models.Unit) bool { return fits(level, parent) == nil }
