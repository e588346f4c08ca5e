package operations_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"minyi/app/operations"
	"minyi/models"
	"minyi/models/modelstest"
)

func said() operations.Said {
	return operations.Said{Lang: "zh", Stance: models.StanceAmend, Body: "路口太窄"}
}

// filled is a store with a seeded consultation and an attachment.
func filled(t *testing.T, db *models.DB) (s *operations.Service, dir, id string) {
	t.Helper()
	_, unit := modelstest.City(t, db)
	modelstest.Person(t, db, "resident", models.Unit{})
	c := modelstest.Consultation(t, db, unit, 3, nil)
	dir = t.TempDir()
	s = operations.New(db, dir)
	n, err := s.Seed(context.Background(), operations.SeedInput{ConsultationID: c.ID, Opinions: 1203, Supports: 2500, Next: said})
	if err != nil || n != 1203 {
		t.Fatal(n, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "files"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "files", "abc"), []byte("附件"), 0o640); err != nil {
		t.Fatal(err)
	}
	return s, dir, c.ID
}

func well(t *testing.T, s *operations.Service) {
	t.Helper()
	for _, f := range s.Examine(context.Background()) {
		if !f.OK {
			t.Errorf("%s: %s", f.Key, f.Says)
		}
	}
}

func TestSeededOpinionsCountAsGivenOnes(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		s, _, id := filled(t, db)
		well(t, s)
		counts, err := db.ClauseCounts(context.Background(), id)
		if err != nil || counts[""].Total != 1203 || counts["a1"].Amend != 401 {
			t.Errorf("%+v %v", counts, err)
		}
	})
}

// Of some hundred thousand receipts two draw the same code: then it is drawn again.
func TestSeedingGoesOnWhenACodeIsTaken(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		first, drawn := "", 0
		operations.Drawing(t, func(draw func() string) string {
			drawn++
			code := draw()
			if first == "" {
				first = code
			}
			if drawn == 700 { // in the second batch
				return first
			}
			return code
		})
		s, _, id := filled(t, db)
		well(t, s)
		if drawn <= 1203 {
			t.Errorf("%d codes were drawn for 1203 receipts, of which one was taken", drawn)
		}
		if counts, err := db.ClauseCounts(context.Background(), id); err != nil || counts[""].Total != 1203 {
			t.Errorf("%+v %v", counts[""], err)
		}
	})
}

func TestTheDoctorNoticesALostOpinion(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		s, _, id := filled(t, db)
		err := db.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			tx.Count(id, "a1", models.StanceAmend, 1)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range s.Examine(context.Background()) {
			if want := f.Key != "operations.check_counts"; f.OK != want {
				t.Errorf("%s: %v, want %v", f.Key, f.OK, want)
			}
		}
	})
}

func TestABackupOfOneDatabaseIsRestoredIntoTheOther(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, from *models.DB, _ *modelstest.Clock) {
		s, _, id := filled(t, from)
		file := filepath.Join(t.TempDir(), "minyi.zip")
		if _, err := s.Backup(context.Background(), file, nil); err != nil {
			t.Fatal(err)
		}
		modelstest.Each(t, func(t *testing.T, to *models.DB, _ *modelstest.Clock) {
			dir := t.TempDir()
			r := operations.New(to, dir)
			rows, err := r.Restore(context.Background(), file, false)
			if err != nil || rows["opinions"] != 1203 {
				t.Fatal(rows, errors.Unwrap(err), err)
			}
			well(t, r)
			counts, err := to.ClauseCounts(context.Background(), id)
			if err != nil || counts[""].Total != 1203 {
				t.Errorf("%+v %v", counts, err)
			}
			a, errA := from.ConsultationByID(context.Background(), id)
			b, errB := to.ConsultationByID(context.Background(), id)
			if errA != nil || errB != nil || a.TitleZH != b.TitleZH || !a.OpensAt.Equal(*b.OpensAt) {
				t.Errorf("%+v became %+v", a, b)
			}
			if got, err := os.ReadFile(filepath.Join(dir, "files", "abc")); err != nil || string(got) != "附件" {
				t.Errorf("attachment: %q %v", got, err)
			}
			again := filepath.Join(t.TempDir(), "again.zip")
			if _, err := r.Backup(context.Background(), again, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Restore(context.Background(), again, false); models.KindOf(err) != models.Conflict {
				t.Errorf("a store in use was replaced: %v", err)
			}
			if _, err := r.Restore(context.Background(), again, true); err != nil {
				t.Error(err)
			}
		})
	})
}

// Beside PostgreSQL the data folder may not be there yet: it comes with the first
// attachment.
func TestASiteWithoutADataFolderIsBackedUp(t *testing.T) {
	db := modelstest.SQLite(t, time.Now)
	_, _, _ = filled(t, db)
	file := filepath.Join(t.TempDir(), "minyi.zip")
	rows, err := operations.New(db, filepath.Join(t.TempDir(), "none")).Backup(context.Background(), file, nil)
	if err != nil || rows["opinions"] != 1203 {
		t.Fatal(rows, err)
	}
}

func TestADamagedBackupChangesNothing(t *testing.T) {
	db := modelstest.SQLite(t, time.Now)
	s, _, id := filled(t, db)
	file := filepath.Join(t.TempDir(), "minyi.zip")
	if _, err := s.Backup(context.Background(), file, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, tampered(t, file), 0o600); err != nil {
		t.Fatal(err)
	}
	var e *models.Error
	if _, err := s.Restore(context.Background(), file, true); !errors.As(err, &e) || e.Key != "operations.damaged" {
		t.Fatalf("a changed backup was taken: %v", err)
	}
	counts, err := db.ClauseCounts(context.Background(), id)
	if err != nil || counts[""].Total != 1203 {
		t.Errorf("%+v %v", counts, err)
	}
	well(t, s)
}

// tampered is the archive with one changed word in the units, well-formed.
func tampered(t *testing.T, file string) []byte {
	t.Helper()
	r, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(in); err != nil {
			t.Fatal(err)
		}
		body := b.Bytes()
		if f.Name == "tables/units.jsonl" {
			body = bytes.Replace(body, []byte(`"phone":""`), []byte(`"phone":"1"`), 1)
		}
		to, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
