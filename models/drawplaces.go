package models

import (
	"encoding/json"
	"maps"
	"slices"
)

// What a draw reads and writes by the ten thousand goes column by column, so that a
// pool of a whole city keeps the store for a moment only.

// Pooled is one application in the pool of a draw.
type Pooled struct {
	Number     int64
	CategoryID string
	Seats      int
	Identity   string
}

// Pool lists who is in the pool of a hearing's draw, by number.
func (tx *Tx) Pool(hearingID string) ([]Pooled, error) {
	var list []Pooled
	err := tx.sql().Raw("SELECT number, category_id, seats, identity FROM hearing_registrations WHERE hearing_id = ? AND status = 'pool' AND active ORDER BY number", hearingID).Scan(&list).Error
	return list, wrap(err)
}

// InPool gives those of some numbers that are in the pool of a hearing's draw, with the
// secret of the first ticket of each by registration id.
func (tx *Tx) InPool(hearingID string, numbers []int64) ([]Registration, map[string]string, error) {
	list, err := manyIn[Registration](tx.sql(), "number", "hearing_id = ? AND status = 'pool' AND active AND number IN ?", hearingID, numbers)
	if err != nil {
		return nil, nil, err
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	tickets, err := manyIn[Ticket](tx.sql(), "", "registration_id IN ? AND position = 0", ids)
	codes := make(map[string]string, len(tickets))
	for _, t := range tickets {
		codes[t.RegistrationID] = t.Code
	}
	return list, codes, err
}

// PlaceReserves puts registrations of the pool on the waiting lists of their
// categories with the rank that the draw gave them, by id, whatever the limits of the
// lists: the reserves of a draw are as many as applied. Conflict when one of them is in
// the pool no more; who reads them in the same act after [Tx.LockSeats] meets none.
func (tx *Tx) PlaceReserves(list []Registration, ranks map[string]int64) error {
	queued := map[string]int{}
	ids, rank := make([]string, len(list)), make([]int64, len(list))
	for i, r := range list {
		queued[r.CategoryID] += r.Seats
		ids[i], rank[i] = r.ID, ranks[r.ID]
	}
	n, err := tx.rankReserves(ids, rank)
	if err != nil {
		return err
	}
	if n != int64(len(list)) {
		return Fail(Conflict, "error.stale")
	}
	tx.TellRegistrations(ids...)
	for _, c := range slices.Sorted(maps.Keys(queued)) {
		if err := tx.FillQueue(c, queued[c]); err != nil {
			return err
		}
	}
	return nil
}

// rankReserves is one statement whatever the number of rows: the ids and ranks go as
// one value, since a list of thousands would be compiled anew each time.
func (tx *Tx) rankReserves(ids []string, ranks []int64) (int64, error) {
	const set = "UPDATE hearing_registrations SET status = 'waiting', rank = p.rank, updated_at = ? "
	pairs := make([][2]any, len(ids))
	for i := range ids {
		pairs[i] = [2]any{ids[i], ranks[i]}
	}
	value, err := json.Marshal(pairs)
	if err != nil {
		return 0, err
	}
	from := "FROM (SELECT value ->> 0 AS id, value ->> 1 AS rank FROM json_each(?)) AS p WHERE hearing_registrations.id = p.id AND hearing_registrations.status = 'pool'"
	if tx.g.db.postgres {
		from = "FROM (SELECT value ->> 0 AS id, (value ->> 1)::bigint AS rank FROM jsonb_array_elements(?::jsonb)) AS p WHERE hearing_registrations.id = p.id AND hearing_registrations.status = 'pool'"
	}
	q := tx.sql().Exec(set+from, tx.Now, string(value))
	return q.RowsAffected, q.Error
}
