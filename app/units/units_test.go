package units_test

import (
	"context"
	"errors"
	"testing"

	"minyi/app/kit/actor"
	"minyi/app/units"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

type world struct {
	*testing.T
	s  *units.Service
	db *models.DB
	// by slug
	u map[string]models.Unit
}

// each grows a city with a district, its township and departments of all three.
func each(t *testing.T, f func(w *world)) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		w := &world{t, units.New(db), db, map[string]models.Unit{}}
		w.add("qinghe", "", models.City)
		w.add("water", "qinghe", models.Department)
		w.add("donghe", "qinghe", models.County)
		w.add("donghe-water", "donghe", models.Department)
		w.add("liutang", "donghe", models.Township)
		w.add("xishan", "qinghe", models.County)
		f(w)
	})
}

func (w *world) add(slug, parent string, level models.Level) {
	w.Helper()
	u, err := w.s.Create(ctx, actor.System, units.Input{ParentID: w.u[parent].ID, Level: level, Slug: slug, NameZH: slug, NameEN: slug})
	if err != nil {
		w.Fatal(slug, err)
	}
	w.u[slug] = u
}

func (w *world) actor(slug string, role models.RoleName) actor.Actor {
	return actor.Actor{PersonID: models.NewID(w.db.Now()), Fresh: true, Roles: []models.Role{{Name: role, UnitID: w.u[slug].ID, Unit: w.u[slug]}}}
}

func key(err error) string {
	var e *models.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

// TestOnlyAdministratorsOfTheSubtreeChangeUnits is the golden table of who may
// change which unit.
func TestOnlyAdministratorsOfTheSubtreeChangeUnits(t *testing.T) {
	all := []string{"qinghe", "water", "donghe", "donghe-water", "liutang", "xishan"}
	may := map[string]map[models.RoleName][]string{
		"qinghe":  {models.Administrator: all},
		"donghe":  {models.Administrator: {"donghe", "donghe-water", "liutang"}},
		"liutang": {models.Administrator: {"liutang"}},
		"water":   {models.Administrator: {"water"}},
	}
	each(t, func(w *world) {
		for _, at := range all {
			for _, role := range []models.RoleName{models.Officer, models.Moderator, models.Supervisor, models.Administrator} {
				who := w.actor(at, role)
				allowed := map[string]bool{}
				for _, slug := range may[at][role] {
					allowed[slug] = true
				}
				if role == models.Administrator {
					allowed[at] = true
				}
				for _, slug := range all {
					u, err := w.db.UnitBySlug(ctx, slug)
					if err != nil {
						w.Fatal(err)
					}
					err = w.s.Edit(ctx, who, u.ID, u.UpdatedAt, units.Input{Slug: slug, NameZH: slug, NameEN: slug})
					if allowed[slug] && err != nil || !allowed[slug] && !models.IsNotFound(err) {
						w.Errorf("%s of %s edits %s: %v", role, at, slug, err)
					}
					if u.Level == models.Department {
						continue
					}
					_, err = w.s.Create(ctx, who, units.Input{ParentID: u.ID, Level: models.Department, Slug: "x" + models.HashOf(u.ID + who.PersonID)[:12], NameZH: "x", NameEN: "x"})
					if allowed[slug] && err != nil || !allowed[slug] && !models.IsNotFound(err) {
						w.Errorf("%s of %s adds below %s: %v", role, at, slug, err)
					}
				}
			}
		}
		if _, err := w.s.Create(ctx, w.actor("qinghe", models.Administrator), units.Input{Level: models.City, Slug: "other", NameZH: "x", NameEN: "x"}); !models.IsNotFound(err) {
			w.Errorf("an administrator founded a city: %v", err)
		}
		if err := w.s.Edit(ctx, actor.Actor{}, w.u["water"].ID, w.u["water"].UpdatedAt, units.Input{Slug: "water", NameZH: "x", NameEN: "x"}); models.KindOf(err) != models.SignIn {
			w.Errorf("a stranger: %v", err)
		}
	})
}

func TestMovingTakesEverythingBelowAlong(t *testing.T) {
	each(t, func(w *world) {
		admin := w.actor("qinghe", models.Administrator)
		if err := w.s.Move(ctx, admin, w.u["liutang"].ID, w.u["xishan"].ID); err != nil {
			w.Fatal(err)
		}
		moved, err := w.db.UnitByID(ctx, w.u["liutang"].ID)
		if err != nil || moved.Path != w.u["xishan"].Path+moved.ID+"/" || moved.ParentID != w.u["xishan"].ID {
			w.Errorf("moved to %+v, %v", moved, err)
		}
		if err := w.s.Move(ctx, admin, w.u["donghe"].ID, w.u["donghe-water"].ID); key(err) != "units.parent_below" {
			w.Errorf("a unit below itself: %v", err)
		}
		if err := w.s.Move(ctx, admin, w.u["donghe"].ID, w.u["xishan"].ID); key(err) != "units.level_wrong" {
			w.Errorf("a district below a district: %v", err)
		}
		w.add("deep", "donghe-water", models.Department)
		if err := w.s.Move(ctx, admin, w.u["donghe-water"].ID, w.u["xishan"].ID); err != nil {
			w.Fatal(err)
		}
		deep, err := w.db.UnitBySlug(ctx, "deep")
		if err != nil || !deep.Under(w.u["xishan"].Path) || deep.Under(w.u["donghe"].Path) {
			w.Errorf("what was below is at %s, %v", deep.Path, err)
		}
		local := w.actor("xishan", models.Administrator)
		if err := w.s.Move(ctx, local, w.u["donghe-water"].ID, w.u["donghe"].ID); !models.IsNotFound(err) {
			w.Errorf("moved into a place that the actor does not administer: %v", err)
		}
		admin.Fresh = false
		if err := w.s.Move(ctx, admin, w.u["liutang"].ID, w.u["donghe"].ID); key(err) != "accounts.fresh_needed" {
			w.Errorf("long after signing in: %v", err)
		}
	})
}

func TestWrongUnitsAreRefusedFieldByField(t *testing.T) {
	each(t, func(w *world) {
		admin := w.actor("qinghe", models.Administrator)
		in := units.Input{ParentID: w.u["qinghe"].ID, Level: models.County, Slug: "Bad Slug", Phone: "(----)", Email: "x@", Position: -1}
		_, err := w.s.Create(ctx, admin, in)
		var e *models.Error
		if !errors.As(err, &e) || len(e.Also) != 5 {
			w.Errorf("faults: %v %+v", err, e)
		}
		in = units.Input{ParentID: w.u["qinghe"].ID, Level: models.County, Slug: "donghe", NameZH: "x", NameEN: "x"}
		if _, err := w.s.Create(ctx, admin, in); key(err) != "units.slug_taken" {
			w.Errorf("a taken name: %v", err)
		}
		for phone, want := range map[string]string{"12345": "units.slug_taken", "010-12345678 转 801": "units.slug_taken", "(----)": "units.phone_form", "打总机": "units.phone_form"} {
			in.Phone = phone // as on every other page: what can be dialled
			if _, err := w.s.Create(ctx, admin, in); key(err) != want {
				w.Errorf("phone %q: %v", phone, err)
			}
		}
		in.Phone = ""
		in.Slug, in.ParentID = "new", w.u["liutang"].ID
		if _, err := w.s.Create(ctx, admin, in); key(err) != "units.level_wrong" {
			w.Errorf("a district below a township: %v", err)
		}
		stale := w.u["water"]
		edit := units.Input{Slug: "water", NameZH: "水务局", NameEN: "Water"}
		if err := w.s.Edit(ctx, admin, stale.ID, stale.UpdatedAt.Add(-1e9), edit); key(err) != "error.stale" {
			w.Errorf("a stale form: %v", err)
		}
	})
}

func TestShowListsTheWholeSubtree(t *testing.T) {
	each(t, func(w *world) {
		out, err := w.s.Show(ctx, "donghe")
		if err != nil || len(out.Above) != 1 || out.Above[0].Slug != "qinghe" || len(out.Children) != 2 || len(out.Names) != 3 {
			w.Errorf("%+v, %v", out, err)
		}
		if _, err := w.s.Show(ctx, "nowhere"); !models.IsNotFound(err) {
			w.Error(err)
		}
	})
}
