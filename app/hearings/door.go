package hearings

import (
	"context"
	"strconv"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/text"
	"minyi/models"
)

// DoorView is a hearing as the steward at its door sees it.
type DoorView struct {
	models.Hearing
	Unit       models.Unit
	Categories []DoorCategory
	// Composition is how those who have arrived meet the profile.
	Composition []Share
	// Twice are tickets that were shown again, the newest first.
	Twice []models.ShownTwice
	// Called are reserves at the door who have a seat now and are not in yet.
	Called []models.DoorTicket
	// Open says that people may be let in now, Calls that reserves may be called up.
	Open, Calls bool
}

// DoorCategory counts the people of a category at the door.
type DoorCategory struct {
	models.HearingCategory
	Expected int // with a seat
	Arrived  int // of them
	Absent   int // whose seats are free once reserves are called up
	Waiting  int // reserves who wait at the door
}

// Calls says that calling up reserves would change something: somebody has not come, or
// a seat is free for somebody who waits.
func (c DoorCategory) Calls() bool { return c.Absent > 0 || c.Waiting > 0 && c.Taken < c.Seats }

// mostTwice bounds the list of tickets that were shown again.
const mostTwice = 30

// Door gives what the steward's page shows. Errors: as for [Service.CheckIn], but
// not Closed.
func (s *Service) Door(ctx context.Context, who actor.Actor, hearingID string) (DoorView, error) {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return DoorView{}, err
	}
	if h.PublishedAt == nil || h.StartsAt == nil {
		return DoorView{}, models.ErrNotFound
	}
	v := DoorView{Hearing: h, Open: s.doorOpen(h) == nil}
	v.Calls = v.Open && !s.db.Now().Before(h.StartsAt.Add(-callsBefore))
	if v.Unit, err = s.db.UnitByID(ctx, h.UnitID); err != nil {
		return v, err
	}
	if v.Categories, err = s.doorCounts(ctx, h.ID); err != nil {
		return v, err
	}
	profile, err := s.Profile(ctx, h.Profile, h.UnitID)
	if err != nil {
		return v, err
	}
	arrived := map[string]int{}
	var cats []models.HearingCategory
	for _, c := range v.Categories {
		arrived[c.ID] = c.Arrived
		cats = append(cats, c.HearingCategory)
	}
	v.Composition = composition(profile, cats, func(c models.HearingCategory) int { return arrived[c.ID] })
	if v.Called, err = s.db.DoorCalled(ctx, h.ID, mostFound); err != nil {
		return v, err
	}
	v.Twice, err = s.db.ShownTwice(ctx, h.ID, mostTwice)
	return v, err
}

func (s *Service) doorCounts(ctx context.Context, hearingID string) ([]DoorCategory, error) {
	cats, err := s.db.CategoriesOf(ctx, hearingID)
	if err != nil {
		return nil, err
	}
	counts, err := s.db.DoorCounts(ctx, hearingID)
	if err != nil {
		return nil, err
	}
	out := make([]DoorCategory, 0, len(cats))
	for _, c := range cats {
		d := DoorCategory{HearingCategory: c}
		for _, n := range counts {
			switch {
			case n.CategoryID != c.ID:
			case n.Status == models.RegistrationConfirmed:
				d.Expected, d.Arrived, d.Absent = n.People, n.Arrived, n.Absent
			case n.Status == models.RegistrationWaiting:
				d.Waiting = n.Present
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// mostFound bounds what a search at the door gives.
const mostFound = 20

// DoorFind finds tickets by a part of the name or by the number. Errors: as for
// [Service.Door].
func (s *Service) DoorFind(ctx context.Context, who actor.Actor, hearingID, typed string) ([]models.DoorTicket, error) {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return nil, err
	}
	typed = text.Cut(text.Line(typed), NameLimit)
	if typed == "" {
		return nil, nil
	}
	number, err := strconv.ParseInt(typed, 10, 64)
	if err != nil {
		number = -1
	}
	return s.db.DoorNamed(ctx, h.ID, typed, number, mostFound)
}

// DoorList is what a desk keeps on its device to work without a connection. It holds
// no names, and tickets only as hashes: [DoorHash] of what somebody shows finds them.
type DoorList struct {
	HearingID  string
	At         time.Time
	Salt       string
	Open       bool
	Categories []DoorCategory
	Tickets    []DoorEntry
}

// DoorEntry is one ticket of a [DoorList].
type DoorEntry struct {
	ID        string
	Digits    string // hash of the six digits, empty without any
	Code      string // hash of the secret of the QR code
	Number    int64
	Category  string // id
	Status    models.RegistrationStatus
	ArrivedAt *time.Time
}

// DoorHash is how a list names what is shown at the door, the digits or the secret:
// SHA-256 of the salt, a colon and the shown, in hexadecimal digits, the first 32 of
// them. Each list has a salt of its own. Six digits can be tried out all the same;
// the hash keeps them from being read, and those of two lists from being compared.
func DoorHash(salt, shown string) string { return code.Hash(salt + ":" + shown)[:32] }

// DoorList makes the list for a desk. Errors: as for [Service.Door].
func (s *Service) DoorList(ctx context.Context, who actor.Actor, hearingID string) (DoorList, error) {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return DoorList{}, err
	}
	if h.PublishedAt == nil || h.StartsAt == nil {
		return DoorList{}, models.ErrNotFound
	}
	out := DoorList{HearingID: h.ID, At: s.db.Now(), Salt: code.NewToken()[:16], Open: s.doorOpen(h) == nil}
	if out.Categories, err = s.doorCounts(ctx, h.ID); err != nil {
		return out, err
	}
	tickets, err := s.db.DoorTickets(ctx, h.ID)
	if err != nil {
		return out, err
	}
	for _, t := range tickets {
		e := DoorEntry{ID: t.ID, Code: DoorHash(out.Salt, t.Code), Number: t.Number, Category: t.CategoryID, Status: t.Status, ArrivedAt: t.ArrivedAt}
		if t.Digits != "" {
			e.Digits = DoorHash(out.Salt, t.Digits)
		}
		out.Tickets = append(out.Tickets, e)
	}
	return out, nil
}
