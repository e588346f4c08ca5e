package hearings

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"minyi/app/kit/actor"
	"minyi/app/kit/draw"
	"minyi/models"
)

// The reserves of a draw go on the waiting lists after the seats are given, in several
// acts, so that a draw of very many does not keep all others waiting.

const (
	// reservesAtOnce is how many reserves one act places.
	reservesAtOnce = 400
	// placedAtOnce is how many reserves the officer who draws waits for.
	placedAtOnce = 2000
)

// placed is the milestone that notes that all reserves have their rank.
const placed = "placed"

// place asks the clock to place the reserves of a draw. Should it be busy, or the
// program end, the clock of any node finds the draw by itself, see unplacedFor.
func (s *Service) place(hearingID string) {
	select {
	case s.unplaced <- hearingID:
	default:
	}
}

// placeDrawn places the reserves of a draw by its file. It goes on where it stopped
// when the program ended in the middle: who is placed is not in the pool any more.
func (s *Service) placeDrawn(ctx context.Context, id string) error {
	h, err := s.db.HearingByID(ctx, id)
	if err != nil {
		return err
	}
	d, err := s.db.DrawOf(ctx, id)
	if err != nil || d.DrawnAt == nil {
		return err
	}
	result, _ := draw.Verify([]byte(d.File), d.Commitment)
	return s.placeReserves(ctx, h, result)
}

// placeReserves puts the reserves on the waiting lists, the first ranks of all
// categories first, so that a seat that becomes free meanwhile finds the right one.
func (s *Service) placeReserves(ctx context.Context, h models.Hearing, result draw.Result) error {
	var reserves []place
	for _, list := range result.Reserves {
		reserves = append(reserves, places(list)...)
	}
	slices.SortFunc(reserves, func(a, b place) int { return cmp.Or(a.rank-b.rank, cmp.Compare(a.number, b.number)) })
	for part := range slices.Chunk(reserves, reservesAtOnce) {
		a := act(actor.System, "place_reserves", h)
		err := s.db.InTx(ctx, a, func(tx *models.Tx) error {
			if err := tx.LockSeats(); err != nil {
				return err
			}
			return s.placePart(tx, h, part)
		})
		if err != nil {
			return err
		}
	}
	return s.allPlaced(ctx, h.ID)
}

// placePart places some reserves. Who withdrew, or was placed by another node, is in
// the pool no more.
func (s *Service) placePart(tx *models.Tx, h models.Hearing, part []place) error {
	rank, numbers := make(map[int64]int, len(part)), make([]int64, len(part))
	for i, p := range part {
		rank[p.number], numbers[i] = p.rank, p.number
	}
	list, tickets, err := tx.InPool(h.ID, numbers)
	if err != nil {
		return err
	}
	tx.Act.Detail, tx.Act.Silent = map[string]any{"reserves": len(list)}, len(list) == 0
	ranks := make(map[string]int64, len(list))
	for _, r := range list {
		ranks[r.ID] = int64(rank[r.Number])
	}
	if err := tx.PlaceReserves(list, ranks); err != nil {
		return err
	}
	for _, r := range list {
		if err := s.tell(tx, h, r, tickets[r.ID], "hearing_reserve", "once", map[string]string{"rank": strconv.Itoa(rank[r.Number])}); err != nil {
			return err
		}
	}
	return nil
}

// allPlaced notes that every reserve has a rank, and gives them the seats that are free.
func (s *Service) allPlaced(ctx context.Context, id string) error {
	h, err := s.db.HearingByID(ctx, id)
	if err != nil || h.DrawnAt == nil {
		return err
	}
	return s.db.InTx(ctx, act(actor.System, "placed", h), func(tx *models.Tx) error {
		if err := tx.LockSeats(); err != nil {
			return err
		}
		first, err := tx.AnnounceHearing(models.HearingMilestone{HearingID: h.ID, Kind: placed, At: *h.DrawnAt})
		if err != nil || !first {
			tx.Act.Silent = true
			return err
		}
		tx.Emit(models.HearingTopic(h.ID), "hearings.placed", map[string]any{"id": h.ID})
		cats, err := tx.CategoriesOf(h.ID)
		if err != nil {
			return err
		}
		for _, c := range cats {
			if c.Method == models.ByDraw {
				if err := s.promote(tx, h, c.ID, false); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
