package record_test

import (
	"strings"
	"testing"
	"time"

	"minyi/app/kit/record"
	"minyi/models"
)

// The rule: no two records that say something different have one hash, not even where a
// word moves from one field into the next.
func TestEveryWordOfARecordIsInItsHash(t *testing.T) {
	at := time.Date(2027, 3, 1, 2, 0, 0, 0, time.UTC)
	of := func(change func(*models.Record, *models.RecordParts)) string {
		r := models.Record{About: "hearing:h2027-001", Host: "王安", Clerk: "李宁", SummaryZH: "来了一人。", SummaryEN: "One came."}
		p := models.RecordParts{
			Entries:       []models.RecordEntry{{ID: "E1", Kind: "speech", AgendaID: "A1", Speaker: "000001", TextZH: "收两元。", TextEN: "Two yuan."}, {ID: "E2", Kind: "note", TextZH: "散会。"}},
			Corrections:   []models.RecordCorrection{{EntryID: "E1", Name: "000001", Text: "三元。", Decision: "accepted", Note: "录音为准"}},
			Confirmations: []models.RecordConfirmation{{Name: "000001", Signed: true, CreatedAt: at}},
		}
		change(&r, &p)
		return record.Hash(r, p)
	}
	seen := map[string]string{}
	for name, change := range map[string]func(*models.Record, *models.RecordParts){
		"nothing":      func(*models.Record, *models.RecordParts) {},
		"host":         func(r *models.Record, _ *models.RecordParts) { r.Host = "王" },
		"host, clerk":  func(r *models.Record, _ *models.RecordParts) { r.Host, r.Clerk = "王安\nclerk 0", "" },
		"summary":      func(r *models.Record, _ *models.RecordParts) { r.SummaryZH, r.SummaryEN = "", r.SummaryZH },
		"entry":        func(_ *models.Record, p *models.RecordParts) { p.Entries[0].TextZH = "收三元。" },
		"speaker":      func(_ *models.Record, p *models.RecordParts) { p.Entries[1].Speaker = "王安" },
		"order":        func(_ *models.Record, p *models.RecordParts) { p.Entries[0], p.Entries[1] = p.Entries[1], p.Entries[0] },
		"decision":     func(_ *models.Record, p *models.RecordParts) { p.Corrections[0].Decision = "declined" },
		"no wish":      func(_ *models.Record, p *models.RecordParts) { p.Corrections = nil },
		"refused":      func(_ *models.Record, p *models.RecordParts) { p.Confirmations[0].Signed = false },
		"nobody signs": func(_ *models.Record, p *models.RecordParts) { p.Confirmations = nil },
	} {
		hash := of(change)
		if other, same := seen[hash]; same {
			t.Errorf("%q and %q have one hash", name, other)
		}
		seen[hash] = name
	}
}

func TestWhatIsInTheRecordIsNotAddedAgain(t *testing.T) {
	have := []models.RecordEntry{{ID: "E1", Source: "agenda:A1", TextZH: "开场（已改写）"}}
	out := record.Merge(have, []models.RecordEntry{{Source: "agenda:A1", TextZH: "开场"}, {Source: "question:Q1", TextZH: "几点？"}, {Source: "question:Q1", TextZH: "几点？"}})
	if len(out) != 2 || out[0].TextZH != "开场（已改写）" || out[1].Source != "question:Q1" || len(have) != 1 {
		t.Errorf("%+v", out)
	}
}

func TestARecordIsOpenForWholeDays(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	now := time.Date(2027, 3, 1, 15, 30, 0, 0, time.UTC) // half past eleven at night
	var r models.Record
	record.Open(&r, now, 5, zone)
	last := time.Date(2027, 3, 7, 0, 0, 0, 0, zone)
	if !r.CorrectionsUntil.Equal(last) || !record.IsOpen(r, last.Add(-time.Second)) || record.IsOpen(r, last) {
		t.Errorf("open until %v", r.CorrectionsUntil.In(zone))
	}
	r.FrozenAt = &now
	if record.IsOpen(r, now) || record.IsOpen(models.Record{}, now) {
		t.Error("a frozen record, or one that was never opened, is open")
	}
	if record.Kind("speech") != "speech" || record.Kind("<script>") != "note" || !strings.HasPrefix(record.Text(r, models.RecordParts{}), "about 0\n") {
		t.Error("kinds or the form")
	}
}
