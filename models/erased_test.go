package models_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"minyi/models"
	"minyi/models/modelstest"
)

// onDisk tells which files of a store on SQLite hold some words.
func onDisk(t *testing.T, db *models.DB, words string) (files []string) {
	t.Helper()
	for _, end := range []string{"", "-wal", "-journal"} {
		data, err := os.ReadFile(db.File() + end)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(words)) {
			files = append(files, "minyi.db"+end)
		}
	}
	return files
}

// The rule (个人信息保护法 art. 47): what is erased is gone from the disk, not only from the
// pages of the site. Short words lie within a page of the file, long ones in pages of their
// own, which are free afterwards; in the log both stand once more.
func TestErasedWordsAreNowhereInTheFile(t *testing.T) {
	ctx := context.Background()
	db := modelstest.SQLite(t, nil)
	const secret = "只有我家门口这棵槐树知道"
	var list []models.Opinion
	err := db.InTx(ctx, act, func(tx *models.Tx) error {
		u := newUnit(tx, "u")
		tx.Later(u)
		tx.Later(&models.Consultation{ID: "2027-001", UnitID: u.ID, CreatedAt: tx.Now, UpdatedAt: tx.Now, PublishedAt: &tx.Now, OpensAt: &tx.Now})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.InTx(ctx, act, func(tx *models.Tx) error {
		for i := range 200 {
			id := models.NewID(tx.Now)
			tx.Later(&models.Receipt{ID: id, Code: id, ConsultationID: "2027-001", CreatedAt: tx.Now})
			o := models.Opinion{ID: models.NewID(tx.Now), ConsultationID: "2027-001", ClauseKey: "a1", ReceiptID: id, PersonID: "p", Voice: fmt.Sprint("p:", i), Shown: true, CreatedAt: tx.Now, Body: fmt.Sprint("第 ", i, " 条意见。")}
			switch i % 4 {
			case 1:
				o.Body = secret + o.Body
			case 2:
				o.Body = strings.Repeat("很长的话。", 900) + secret + strings.Repeat("还有。", 900)
			case 3:
				o.Suggestion = secret
			}
			tx.Later(&o)
			tx.Serial("opinions:2027-001", &o.Number)
			list = append(list, o)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(onDisk(t, db, secret)) == 0 {
		t.Fatal("the words were never on the disk: this test looks in the wrong place")
	}
	if err := db.EmptyLog(ctx); err != nil {
		t.Fatal(err)
	}
	if where := onDisk(t, db, secret); len(where) != 1 || where[0] != "minyi.db" {
		t.Fatalf("after the log was emptied the words stand in %v", where)
	}
	for i, o := range list {
		if i%4 == 0 {
			continue
		}
		if err := db.InTx(ctx, act, func(tx *models.Tx) error { return tx.EraseOpinion(o) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.EmptyLog(ctx); err != nil {
		t.Fatal(err)
	}
	if where := onDisk(t, db, secret); len(where) > 0 {
		t.Errorf("what was erased stands in %v", where)
	}
	if len(onDisk(t, db, "第 196 条意见")) != 1 {
		t.Error("what was not erased is gone")
	}
}

// Who reads for long, as a backup does, is not cut off: the log is emptied the next time.
func TestTheLogWaitsForWhoReads(t *testing.T) {
	ctx := context.Background()
	db := modelstest.SQLite(t, nil)
	write := func(slug string) {
		t.Helper()
		if err := db.InTx(ctx, act, func(tx *models.Tx) error { tx.Later(newUnit(tx, slug)); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	write("a")
	var during error
	tables := 0
	if _, err := db.Export(ctx, func(string) (io.Writer, error) {
		if tables++; tables == 2 { // the first one has been read
			write("b")
			during = db.EmptyLog(ctx)
		}
		return io.Discard, nil
	}); err != nil {
		t.Fatal(err)
	}
	if models.KindOf(during) != models.Unavailable {
		t.Errorf("emptied while somebody read: %v", during)
	}
	if err := db.EmptyLog(ctx); err != nil {
		t.Error(err)
	}
}
