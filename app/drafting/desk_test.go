package drafting_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"
	"time"

	"minyi/app/drafting"
	"minyi/app/kit/outline"
	"minyi/app/kit/upload"
	"minyi/models"
	"minyi/models/modelstest"
)

func TestEveryVerbIsHiddenFromOtherUnits(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db)
		d.s.KeepFiles(upload.NewStore(t.TempDir()))
		c := must(d.s.Create(ctx, d.first, d.input(clock.Now()), models.Idem{}))(t)
		i := must(d.s.Import(ctx, d.first, c.ID, "draft.md", []byte(v1), outline.Options{}, models.Idem{}))(t)
		a := must(d.s.Attach(ctx, d.first, c.ID, upload.Given{Name: "notes.pdf", Data: []byte("%PDF-1.7\n%%EOF")}, models.Idem{}))(t)
		who := d.stranger
		for name, verb := range map[string]func() error{
			"Show":     func() error { _, err := d.s.Show(ctx, who, c.ID); return err },
			"Overview": func() error { _, err := d.s.Overview(ctx, who, c.ID); return err },
			"Edit":     func() error { _, err := d.s.Edit(ctx, who, c.ID, 1, d.input(clock.Now())); return err },
			"Import": func() error {
				_, err := d.s.Import(ctx, who, c.ID, "a.md", []byte(v1), outline.Options{}, models.Idem{})
				return err
			},
			"Draft": func() error { _, err := d.s.Draft(ctx, who, i.ID); return err },
			"Fix": func() error {
				_, err := d.s.Fix(ctx, who, i.ID, 1, func(o outline.Outline) (outline.Outline, error) { return o, nil })
				return err
			},
			"Switch":    func() error { return d.s.SwitchChanges(ctx, who, i.ID, 1) },
			"Translate": func() error { return d.s.Translate(ctx, who, i.ID, 1, "t.md", []byte(v1)) },
			"Confirm":   func() error { _, err := d.s.Confirm(ctx, who, i.ID, drafting.ConfirmInput{Revision: 1}); return err },
			"GiveUp":    func() error { return d.s.GiveUp(ctx, who, i.ID) },
			"Propose":   func() error { return d.s.Propose(ctx, who, c.ID) },
			"TakeBack":  func() error { return d.s.TakeBack(ctx, who, c.ID) },
			"Publish":   func() error { return d.s.Publish(ctx, who, c.ID, models.Idem{}) },
			"Undo":      func() error { return d.s.Undo(ctx, who, c.ID) },
			"Version":   func() error { return d.s.PublishVersion(ctx, who, c.ID, 1, models.Idem{}) },
			"Extend":    func() error { return d.s.Extend(ctx, who, c.ID, clock.Now(), nil, "x", "") },
			"Withdraw":  func() error { return d.s.Withdraw(ctx, who, c.ID, "x", "") },
			"Attach": func() error {
				_, err := d.s.Attach(ctx, who, c.ID, upload.Given{Name: "a.pdf", Data: []byte("%PDF-1.7\n%%EOF")}, models.Idem{})
				return err
			},
			"Detach":    func() error { return d.s.Detach(ctx, who, c.ID, a.ID) },
			"Files":     func() error { _, err := d.s.Files(ctx, who, c.ID); return err },
			"File":      func() error { _, _, err := d.s.File(ctx, who, a.ID); return err },
			"VersionOf": func() error { _, _, err := d.s.VersionOf(ctx, who, c.ID, 1); return err },
			"Targets":   func() error { _, err := d.s.Targets(ctx, who, c.ID); return err },
		} {
			if err := verb(); !models.IsNotFound(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, due, err := d.s.Desk(ctx, who); err != nil || len(list)+len(due) != 0 {
			t.Errorf("the desk of another unit shows %v %v %v", list, due, err)
		}
	})
}

func TestOpeningAndClosingAreAnnouncedOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db)
		c := modelstest.Consultation(t, db, d.unit, 2, nil)
		reader := modelstest.Person(t, db, "reader", d.unit)
		if err := db.InTx(ctx, models.Act{By: "test", Name: "follow"}, func(tx *models.Tx) error { return tx.Follow(reader.ID, c.ID, true) }); err != nil {
			t.Fatal(err)
		}
		count := func(kind string) (n int) {
			for _, e := range must(db.EventsAfter(ctx, 0, 500))(t) {
				if e.Kind == kind {
					n++
				}
			}
			return n
		}
		for range 3 {
			if err := d.s.Tick(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if count("consultations.opened") != 1 || count("consultations.closed") != 0 {
			t.Errorf("opened %d times, closed %d times", count("consultations.opened"), count("consultations.closed"))
		}
		clock.Add(30 * 24 * time.Hour)
		for range 3 {
			if err := d.s.Tick(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if count("consultations.closed") != 1 || count("consultations.opened") != 1 {
			t.Errorf("opened %d times, closed %d times", count("consultations.opened"), count("consultations.closed"))
		}
	})
}

func TestWhatASecondPersonReadsDoesNotChangeUnderThem(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db)
		d.s.KeepFiles(upload.NewStore(t.TempDir()))
		c := must(d.s.Create(ctx, d.first, d.input(clock.Now()), models.Idem{}))(t)
		d.draft(t, c, v1)
		i := must(d.s.Import(ctx, d.first, c.ID, "draft.md", []byte(v2), outline.Options{}, models.Idem{}))(t)
		if err := d.s.Propose(ctx, d.first, c.ID); err != nil {
			t.Fatal(err)
		}
		read := must(d.s.Show(ctx, d.second, c.ID))(t)
		if _, err := d.s.Confirm(ctx, d.first, i.ID, drafting.ConfirmInput{Revision: i.Revision}); models.KindOf(err) != models.Closed {
			t.Errorf("the draft was replaced during review: %v", err)
		}
		if _, err := d.s.Attach(ctx, d.first, c.ID, upload.Given{Name: "late.pdf", Data: []byte("%PDF-1.7\n%%EOF")}, models.Idem{}); models.KindOf(err) != models.Closed {
			t.Errorf("a file was added during review: %v", err)
		}
		if err := d.s.TakeBack(ctx, d.first, c.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.s.Propose(ctx, d.first, c.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.s.PublishSeen(ctx, d.second, c.ID, read.Revision, models.Idem{}); models.KindOf(err) != models.Conflict {
			t.Errorf("published what was not read: %v", err)
		}
	})
}

func TestAttachmentsAreTypedByTheirContent(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db)
		d.s.KeepFiles(upload.NewStore(t.TempDir()))
		c := must(d.s.Create(ctx, d.first, d.input(clock.Now()), models.Idem{}))(t)
		var picture bytes.Buffer
		if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
			t.Fatal(err)
		}
		a := must(d.s.Attach(ctx, d.first, c.ID, upload.Given{Name: "../../plan.pdf", Data: picture.Bytes()}, models.Idem{}))(t)
		if a.Mime != "image/png" || a.Name != "plan.pdf.png" {
			t.Errorf("a picture called pdf became %s %s", a.Mime, a.Name)
		}
		for name, data := range map[string][]byte{"a.pdf": []byte("<script>"), "b.png": picture.Bytes()[:20], "c.pdf": nil, "d.exe": []byte("MZ\x90")} {
			if _, err := d.s.Attach(ctx, d.first, c.ID, upload.Given{Name: name, Data: data}, models.Idem{}); models.KindOf(err) != models.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.s.Attach(ctx, d.first, c.ID, upload.Given{Name: "big.pdf", Data: make([]byte, drafting.FileLimit+1)}, models.Idem{}); models.KindOf(err) != models.Invalid {
			t.Errorf("too large: %v", err)
		}
		if list := must(d.s.Files(ctx, d.first, c.ID))(t); len(list) != 1 {
			t.Errorf("refused files left something behind: %v", list)
		}
	})
}
