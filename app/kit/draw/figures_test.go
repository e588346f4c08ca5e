//go:build bench

package draw

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"
)

// TestFigureDraw draws 60 seats from 100,000 applicants in 8 categories, and again
// from the file alone.
func TestFigureDraw(t *testing.T) {
	l := List{Hearing: "2026-H09", MadeAt: day, Seats: 60, Rule: Rule{Kind: Dice, Dice: 20, Text: "20 dice"}}
	for i := range 8 {
		l.Categories = append(l.Categories, Category{fmt.Sprintf("c%d", i), 5, 12, 20})
	}
	for i := range 100_000 {
		l.Tickets = append(l.Tickets, Ticket{Number: fmt.Sprintf("T%06d", i*7919%1_000_000), Category: fmt.Sprintf("c%d", i*i%8), Persons: 1 + i%50/49, Later: i%100 == 0})
	}
	began := time.Now()
	r, file, err := l.Draw(eyes, nil, day)
	took := time.Since(began)
	if err != nil || len(r.Chosen) < 30 {
		t.Fatal(err, len(r.Chosen))
	}
	began = time.Now()
	if _, found := Verify(file, r.Commitment); len(found) != 0 {
		t.Fatal(found)
	}
	again := time.Since(began)
	if _, other, _ := l.Draw(eyes, nil, day); !bytes.Equal(file, other) {
		t.Fatal("two draws differ")
	}
	t.Logf("| draw of 60 seats from 100,000 in 8 categories, list and file written (%d cores) | %d ms | – | ≤ 2,000 ms |", runtime.NumCPU(), took.Milliseconds())
	t.Logf("| the same verified from its file | %d ms | – | ≤ 2,000 ms |", again.Milliseconds())
}
