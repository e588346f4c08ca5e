package hearings

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"minyi/app/kit/draw"
	"minyi/models"
)

// Drawing is a draw as everybody may see it.
type Drawing struct {
	Hearing    models.Hearing
	Unit       models.Unit
	Categories []models.HearingCategory
	models.Draw
	WitnessNames []string
	// Tickets is the committed list, by number.
	Tickets []draw.Ticket
	Result  draw.Result // empty before the draw
	// Odds are what stood in the pool for each category, by key.
	Odds map[string]Odds
}

// Odds are what stood in a draw's pool for a category.
type Odds struct{ Applicants, Seats, Chosen int }

// Drawing gives the draw of a public hearing, from the moment at which the list was
// committed. Errors: NotFound.
func (s *Service) Drawing(ctx context.Context, id string) (Drawing, error) {
	h, err := s.visible(ctx, id)
	if err != nil {
		return Drawing{}, err
	}
	d := Drawing{Hearing: h}
	if d.Draw, err = s.db.DrawOf(ctx, id); err != nil {
		return d, err
	}
	if d.Unit, err = s.db.UnitByID(ctx, h.UnitID); err != nil {
		return d, err
	}
	if d.Categories, err = s.db.CategoriesOf(ctx, id); err != nil {
		return d, err
	}
	_ = json.Unmarshal([]byte(d.Witnesses), &d.WitnessNames) // written by us
	p, err := s.drawings.of(d.Draw)
	d.Tickets, d.Result, d.Odds = p.tickets, p.result, p.odds
	return d, err
}

// drawnFile is what the file of a draw says. Nobody changes it once it is read.
type drawnFile struct {
	tickets []draw.Ticket
	result  draw.Result
	odds    map[string]Odds
}

func readDraw(d models.Draw) (p drawnFile, err error) {
	l, err := draw.Read([]byte(d.List))
	if err != nil {
		return p, err
	}
	p.tickets, p.odds = l.Tickets, map[string]Odds{}
	for _, c := range l.Categories {
		p.odds[c.Key] = Odds{Seats: c.Max}
	}
	for _, t := range l.Tickets {
		o := p.odds[t.Category]
		o.Applicants++
		p.odds[t.Category] = o
	}
	if d.DrawnAt == nil {
		return p, nil
	}
	p.result, _ = draw.Verify([]byte(d.File), d.Commitment)
	for _, t := range p.result.Chosen {
		o := p.odds[t.Category]
		o.Chosen++
		p.odds[t.Category] = o
	}
	return p, nil
}

// drawnFiles keeps the draws that were read last: the file of a whole city is read in
// a second, and on the day of the draw everybody looks at the one page.
type drawnFiles struct {
	mu   sync.Mutex
	last []keptDraw
}

type keptDraw struct {
	commitment, value string
	file              drawnFile
}

// drawsKept is how many are kept; the file of 100,000 applicants takes some 20 MB.
const drawsKept = 2

// of reads the file of a draw, or gives it as it was read before: commitment and seed
// say all of it. Others who want one meanwhile wait, so that it is read once.
func (k *drawnFiles) of(d models.Draw) (drawnFile, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.last, func(x keptDraw) bool { return x.commitment == d.Commitment && x.value == d.Seed })
	if i >= 0 {
		return k.last[i].file, nil
	}
	p, err := readDraw(d)
	if err != nil {
		return p, err
	}
	k.last = append([]keptDraw{{d.Commitment, d.Seed, p}}, k.last...)
	k.last = k.last[:min(len(k.last), drawsKept)]
	return p, nil
}

// DrawFile is the published file of a draw: the committed list and, once drawn,
// what followed. Errors: NotFound.
func (s *Service) DrawFile(ctx context.Context, id string) (string, models.Draw, error) {
	if _, err := s.visible(ctx, id); err != nil {
		return "", models.Draw{}, err
	}
	d, err := s.db.DrawOf(ctx, id)
	if d.File != "" {
		return d.File, d, err
	}
	return d.List, d, err
}
