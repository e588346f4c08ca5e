package models_test

import (
	"context"
	"sync/atomic"
	"testing"

	"minyi/models"
	"minyi/models/modelstest"
)

// BenchmarkSubmit is one opinion with its receipt, audit row, event, counts and
// idempotency key through the one door, 32 people at once.
func BenchmarkSubmit(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkSubmit(b, modelstest.SQLite(b, nil)) })
	b.Run("postgres", func(b *testing.B) { benchmarkSubmit(b, modelstest.Postgres(b, nil)) })
}

func benchmarkSubmit(b *testing.B, db *models.DB) {
	ctx := context.Background()
	if err := db.InTx(ctx, act, func(tx *models.Tx) error {
		u := newUnit(tx, "u")
		tx.Later(u)
		tx.Later(&models.Consultation{ID: "2027-001", UnitID: u.ID, CreatedAt: tx.Now, UpdatedAt: tx.Now, PublishedAt: &tx.Now, OpensAt: &tx.Now})
		tx.Later(&models.Version{ID: models.NewID(tx.Now), ConsultationID: "2027-001", Number: 1, CreatedAt: tx.Now, PublishedAt: &tx.Now})
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			idem := models.Idem{Voice: "p:x", Key: models.NewID(db.Now()), Hash: "h"}
			_, _, err := models.Once(ctx, db, act, idem, func(tx *models.Tx) (string, error) {
				if _, err := tx.PeekConsultation("2027-001"); err != nil {
					return "", err
				}
				if _, err := tx.PeekPublicVersion("2027-001"); err != nil {
					return "", err
				}
				r := &models.Receipt{ID: models.NewID(tx.Now), Code: models.NewID(tx.Now), ConsultationID: "2027-001", CreatedAt: tx.Now}
				o := &models.Opinion{ID: models.NewID(tx.Now), ConsultationID: "2027-001", ClauseKey: "a1", ReceiptID: r.ID, PersonID: "p", Voice: "p:p",
					Stance: models.StanceAmend, Body: "夜市开到晚上十一点就好，再晚老人和孩子都睡不着。", Shown: true, CreatedAt: tx.Now}
				tx.Later(r)
				tx.Later(o)
				tx.Count("2027-001", "a1", o.Stance, 1)
				tx.Serial("opinions:2027-001", &o.Number)
				tx.Emit("consultation:2027-001", "opinions.submitted", map[string]string{"id": o.ID})
				return o.ID, nil
			})
			if err != nil {
				b.Error(err)
				return
			}
			n.Add(1)
		}
	})
	b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "opinions/s")
}
