package hearings

import (
	"context"
	"slices"
	"strconv"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/draw"
	"minyi/app/kit/text"
	"minyi/models"
)

// SeedRule is how the seed will come about.
type SeedRule struct {
	Method string // dice, public
	Dice   int    // how many dice; [draw.FewestDice] when 0
	// RuleZH stands in the list that is committed, one line; RuleEN beside it on the page.
	RuleZH, RuleEN string
	SeedAt         time.Time // when
}

// CommitList fixes the list of applicants together with the rule of the seed, and
// publishes the hash of both, before anybody can know the seed. From then on the
// list does not change: who withdraws later and is drawn leaves the seat to the
// first reserve. Errors: Closed while sign-up is open, Conflict when it was
// committed, Invalid with fields (hearings.nobody_applied, the rule).
func (s *Service) CommitList(ctx context.Context, who actor.Actor, id string, rule SeedRule) (models.Draw, error) {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return models.Draw{}, err
	}
	if h.CancelledAt != nil {
		return models.Draw{}, models.Fail(models.Closed, "hearings.over")
	}
	if d, err := s.db.DrawOf(ctx, id); err == nil {
		if d.CommittedBy == who.PersonID && d.Method == rule.Method && d.RuleZH == text.Line(rule.RuleZH) && d.SeedAt.Equal(rule.SeedAt) {
			return d, nil // the same form sent twice
		}
		return models.Draw{}, models.Fail(models.Conflict, "hearings.committed")
	}
	if h.State(s.db.Now()) != models.HearingClosed {
		return models.Draw{}, models.Fail(models.Closed, "hearings.signup_first")
	}
	if err := s.checkRule(&rule); err != nil {
		return models.Draw{}, err
	}
	before := map[string]int{}
	if h.CoolingDays > 0 {
		if before, err = s.db.SelectionsSince(ctx, id, s.db.Now().AddDate(0, 0, -h.CoolingDays)); err != nil {
			return models.Draw{}, err
		}
	}
	list, err := s.listOf(ctx, h, rule, before)
	if err != nil {
		return models.Draw{}, err
	}
	if len(list.Tickets) == 0 {
		return models.Draw{}, models.FailField("", "hearings.nobody_applied")
	}
	part, err := list.Bytes()
	if err != nil {
		return models.Draw{}, err
	}
	d := models.Draw{HearingID: id, Method: rule.Method, Dice: rule.Dice, RuleZH: rule.RuleZH, RuleEN: rule.RuleEN, SeedAt: &rule.SeedAt, Witnesses: "[]", List: string(part),
		Commitment: draw.Commitment(part), Applicants: len(list.Tickets), CommittedBy: who.PersonID, CommittedAt: list.MadeAt}
	err = s.db.InTx(ctx, act(who, "commit_list", h), func(tx *models.Tx) error {
		tx.Act.Detail = map[string]any{"commitment": d.Commitment, "applicants": d.Applicants, "seed_at": rule.SeedAt}
		tx.Emit(models.HearingTopic(id), "hearings.committed", map[string]any{"id": id, "commitment": d.Commitment})
		return tx.Insert(&d)
	})
	return d, err
}

func (s *Service) checkRule(rule *SeedRule) error {
	var faults models.Faults
	rule.RuleZH, rule.RuleEN = text.Line(rule.RuleZH), text.Line(rule.RuleEN)
	switch rule.Method {
	case models.SeedDice:
		if rule.Dice == 0 {
			rule.Dice = draw.FewestDice
		}
		if rule.Dice < draw.FewestDice || rule.Dice > draw.MostDice {
			faults.Add("dice", "draw.problem_dice", "fewest", draw.FewestDice, "most", draw.MostDice)
		}
	case models.SeedPublic:
		rule.Dice = 0
	default:
		faults.Add("method", "hearings.seed_method")
	}
	if rule.RuleZH == "" {
		faults.Add("rule_zh", "hearings.seed_rule_wanted")
	}
	if over := max(text.Length(rule.RuleZH)-RuleLimit, (len(rule.RuleZH)-draw.LongestText+3)/4); over > 0 {
		faults.Add("rule_zh", "hearings.too_long", "most", RuleLimit, "over", over)
	}
	if over := text.Length(rule.RuleEN) - 3*RuleLimit; over > 0 {
		faults.Add("rule_en", "hearings.too_long", "most", 3*RuleLimit, "over", over)
	}
	if !rule.SeedAt.After(s.db.Now()) {
		faults.Add("seed_at", "hearings.seed_past")
	}
	return faults.Err()
}

// RuleLimit bounds the rule of the seed, in characters: one line of the file.
const RuleLimit = 150

// listOf is the pool of a hearing in the form that is committed. It is read in an act
// of its own, in which nobody signs up or withdraws; afterwards nobody comes to it any
// more, since sign-up is over, and who leaves it later is no harm.
func (s *Service) listOf(ctx context.Context, h models.Hearing, rule SeedRule, before map[string]int) (draw.List, error) {
	l := draw.List{Hearing: h.ID, Seats: h.Total, Rule: draw.Rule{Kind: draw.RuleKind(rule.Method), Dice: rule.Dice, Text: rule.RuleZH}}
	var cats []models.HearingCategory
	var pool []models.Pooled
	read := act(actor.System, "read_pool", h)
	read.Silent = true
	err := s.db.InTx(ctx, read, func(tx *models.Tx) (err error) {
		if err = tx.LockSeats(); err != nil {
			return err
		}
		if cats, err = tx.CategoriesOf(h.ID); err != nil {
			return err
		}
		l.MadeAt = tx.Now
		pool, err = tx.Pool(h.ID)
		return err
	})
	if err != nil {
		return l, err
	}
	keys, room := map[string]string{}, 0
	for _, c := range cats {
		if c.Method == models.ByDraw {
			keys[c.ID] = c.Key
			room += c.Seats
			l.Categories = append(l.Categories, draw.Category{Key: c.Key, Min: c.Minimum, Max: c.Seats, Reserves: len(pool)})
		}
	}
	if l.Seats == 0 || l.Seats > room {
		l.Seats = room
	}
	for i := range l.Categories {
		l.Categories[i].Max = min(l.Categories[i].Max, l.Seats)
	}
	for _, r := range pool {
		if key, ok := keys[r.CategoryID]; ok {
			l.Tickets = append(l.Tickets, draw.Ticket{Number: models.NumberForm(r.Number), Category: key, Persons: r.Seats, Later: before[r.Identity] > 0})
		}
	}
	return l, nil
}

// SeedInput is the seed as it came about before everybody's eyes.
type SeedInput struct {
	Seed      string
	Witnesses []string // for dice: at least two
	Source    string   // for a public number: where it stands
}

// MostWitnesses bounds the names of witnesses.
const MostWitnesses = 20

// Draw takes the seed, draws, gives the seats and ranks the reserves, and tells
// every applicant; very many reserves are ranked and told a little later, by the clock.
// Errors: Invalid with fields, Closed (hearings.seed_early) before
// the announced moment, Conflict when it was drawn, NotFound before the list was
// committed.
func (s *Service) Draw(ctx context.Context, who actor.Actor, id string, in SeedInput) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	d, err := s.db.DrawOf(ctx, id)
	if err != nil {
		return err
	}
	if d.DrawnAt != nil {
		if value, err := (draw.Rule{Kind: draw.RuleKind(d.Method), Dice: d.Dice}).Value(in.Seed); err == nil && d.DrawnBy == who.PersonID && value == d.Seed {
			return nil // the same form sent twice
		}
		return models.Fail(models.Conflict, "hearings.draw_done")
	}
	if h.CancelledAt != nil {
		return models.Fail(models.Closed, "hearings.over")
	}
	if err := checkSeed(&in, d); err != nil {
		return err
	}
	now := s.db.Now()
	if d.SeedAt != nil && now.Before(*d.SeedAt) {
		return models.Fail(models.Closed, "hearings.seed_early")
	}
	list, err := draw.Read([]byte(d.List))
	if err != nil {
		return err
	}
	result, file, err := list.Draw(in.Seed, in.Witnesses, now)
	if err != nil {
		return err
	}
	d.Seed, d.Witnesses, d.SeedSource, d.File, d.DrawnBy = result.Value, asJSON(in.Witnesses), in.Source, string(file), who.PersonID
	a := act(who, "draw", h)
	a.Detail = map[string]any{"commitment": d.Commitment, "seed": d.Seed, "chosen": len(result.Chosen)}
	err = s.db.InTx(ctx, a, func(tx *models.Tx) error {
		if err := tx.LockSeats(); err != nil {
			return err
		}
		if err := tx.FinishDraw(d); err != nil {
			return err
		}
		if err := tx.StampHearing(id, "drawn"); err != nil {
			return err
		}
		tx.Emit(models.HearingTopic(id), "hearings.drawn", map[string]any{"id": id})
		return s.placeSeats(tx, h, result)
	})
	if err != nil {
		return err
	}
	if reserves := len(list.Tickets) - len(result.Chosen); reserves > placedAtOnce {
		s.place(h.ID) // the result is public; so many are told in the background
		return nil
	}
	return s.placeReserves(ctx, h, result)
}

func checkSeed(in *SeedInput, d models.Draw) error {
	var faults models.Faults
	in.Source = text.Line(in.Source)
	var names []string
	for _, n := range in.Witnesses {
		if n = text.Line(n); n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	in.Witnesses = names
	if text.Line(in.Seed) == "" {
		faults.Add("value", "hearings.seed_wanted")
	}
	if d.Method == models.SeedDice && len(names) < 2 || len(names) > MostWitnesses {
		faults.Add("witnesses", "hearings.witnesses_wanted")
	}
	if d.Method == models.SeedPublic && in.Source == "" {
		faults.Add("source", "hearings.source_wanted")
	}
	if over := text.Length(in.Source) - LineLimit; over > 0 {
		faults.Add("source", "hearings.too_long", "most", LineLimit, "over", over)
	}
	return faults.Err()
}

// place is a seat or a reserve of a draw as the store knows it.
type place struct {
	number  int64
	key     string
	persons int
	rank    int // from 1, in its category
}

// places reads the tickets of a draw; ranks count in each category.
func places(list []draw.Ticket) []place {
	out := make([]place, 0, len(list))
	rank := map[string]int{}
	for _, t := range list {
		rank[t.Category]++
		n, _ := strconv.ParseInt(t.Number, 10, 64) // made by NumberForm
		out = append(out, place{n, t.Category, t.Persons, rank[t.Category]})
	}
	return out
}

// placeSeats gives the seats of a draw. What the draw gave a category is its quota
// from now on: a seat of somebody who withdrew meanwhile stays free for the reserves.
func (s *Service) placeSeats(tx *models.Tx, h models.Hearing, result draw.Result) error {
	cats, err := tx.CategoriesOf(h.ID)
	if err != nil {
		return err
	}
	given, byKey := map[string]int{}, map[string]string{}
	chosen := places(result.Chosen)
	for _, p := range chosen {
		given[p.key] += p.persons
	}
	for _, c := range cats {
		byKey[c.Key] = c.ID
		if c.Method == models.ByDraw {
			c.Seats = c.Taken + given[c.Key]
			c.Minimum = min(c.Minimum, c.Seats)
			if h.Total == 0 {
				continue // too few applied: seats may still be filled by others
			}
			if err := tx.SaveCategory(c); err != nil {
				return err
			}
		}
	}
	numbers := make([]int64, len(chosen))
	for i, p := range chosen {
		numbers[i] = p.number
	}
	list, tickets, err := tx.InPool(h.ID, numbers)
	if err != nil {
		return err
	}
	pool := make(map[int64]models.Registration, len(list))
	for _, r := range list {
		pool[r.Number] = r
	}
	for _, p := range chosen {
		r, still := pool[p.number]
		if !still {
			continue
		}
		ok, err := tx.TakeSeats(byKey[p.key], p.persons)
		if err != nil {
			return err
		}
		if !ok {
			return models.Fail(models.Conflict, "error.stale")
		}
		if err := tx.TurnRegistration(r.ID, models.RegistrationPool, models.Turn{To: models.RegistrationConfirmed, Active: true, Rank: int64(p.rank), Selected: true}); err != nil {
			return err
		}
		if err := tx.NumberTickets(r.ID, code.NewDigits); err != nil {
			return err
		}
		if err := s.tell(tx, h, r, tickets[r.ID], "hearing_drawn", "once", nil); err != nil {
			return err
		}
	}
	return nil
}
