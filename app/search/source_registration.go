package search

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// registrationSource makes documents of those who signed up for hearings, for the desk
// alone. Whoever may read the list of a hearing's registrations finds them, by the same
// rules: its officers also by the contact that was left, which their sheets tell them;
// moderators, who stand at the door, by what the list and the ticket say. So each
// registration is two documents, in matters of their own (see registrationMatters); the
// second has the id of the first and atTheDoor. Who withdrew, and everybody once a
// hearing is cancelled, is found no more, and nobody ever by what they need or answered.
var registrationSource = Source{
	Kind:    index.KindRegistration,
	Page:    "/desk/hearings/:id/registrations",
	Touched: touchedRegistrations,
	IDs:     registrationIDs,
	Load:    loadRegistrations,
}

// Ends of the names of the matters of a hearing's registrations, and of the ids of the
// documents for the door.
const (
	registered = ":registrations"
	atTheDoor  = ":door"
)

// registrationMatters are what the registrations of a hearing belong to; none where
// nobody may sign up, or no more.
func registrationMatters(h models.Hearing) []Matter {
	if h.PublishedAt == nil || h.CancelledAt != nil {
		return nil
	}
	m := Matter{ID: models.HearingTopic(h.ID) + registered, UnitID: h.UnitID, Under: models.ConsultationTopic(h.ConsultationID), Title: index.Words{ZH: h.TitleZH, EN: h.TitleEN},
		Path: "/desk/hearings/" + h.ID + "/registrations", Desk: []models.RoleName{models.Officer}}
	door := m
	door.ID, door.Desk, door.Fuller = models.HearingTopic(h.ID)+atTheDoor, []models.RoleName{models.Moderator}, m.Desk
	return []Matter{m, door}
}

// both names the two documents of each registration.
func both(ids []string) []string {
	out := make([]string, 0, 2*len(ids))
	for _, id := range ids {
		out = append(out, id, id+atTheDoor)
	}
	return out
}

func touchedRegistrations(e models.Event) []Touch {
	switch e.Kind {
	case models.RegistrationsChanged:
		var data struct{ Registrations []string }
		_ = json.Unmarshal([]byte(e.Data), &data) // an event of another shape touches nothing
		var out []Touch
		for _, id := range both(data.Registrations) {
			out = append(out, Touch{Kind: index.KindRegistration, ID: id, Desk: true})
		}
		return out
	case "hearings.cancelled":
		return []Touch{{Kind: index.KindRegistration, Matter: e.Topic, Desk: true}}
	case "retention.signups_taken":
		return []Touch{{Kind: index.KindRegistration, Matter: models.HearingTopic(payloadOf(e).Hearing), Desk: true}}
	}
	return nil
}

// registrationIDs lists by number in a hearing, and by id in all.
func registrationIDs(ctx context.Context, db *models.DB, matter, after string, limit int) ([]string, string, error) {
	if matter == "" {
		ids, err := db.RegistrationIDsAfter(ctx, after, limit)
		if len(ids) > 0 {
			after = ids[len(ids)-1]
		}
		return both(ids), after, err
	}
	hearing, ok := strings.CutPrefix(matter, models.HearingTopic(""))
	if !ok {
		return nil, "", nil
	}
	number, _ := strconv.ParseInt(after, 10, 64) // ours, or "" at the beginning
	list, err := db.RegistrationPage(ctx, hearing, "", "", number, limit)
	var ids []string
	for _, r := range list {
		ids, number = append(ids, r.ID), r.Number
	}
	return both(ids), strconv.FormatInt(number, 10), err
}

func loadRegistrations(ctx context.Context, l *loader, ids []string, desk bool) ([]index.Document, error) {
	if !desk {
		return nil, nil
	}
	var rows, hearingIDs []string
	for _, id := range ids {
		if row := strings.TrimSuffix(id, atTheDoor); !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	list, err := l.db.RegistrationsByID(ctx, rows)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if !slices.Contains(hearingIDs, r.HearingID) {
			hearingIDs = append(hearingIDs, r.HearingID)
		}
	}
	of, err := l.db.HearingsByID(ctx, hearingIDs)
	if err != nil {
		return nil, err
	}
	groups, err := l.db.CategoriesOfAll(ctx, hearingIDs)
	if err != nil {
		return nil, err
	}
	tickets, err := l.db.TicketsOfAll(ctx, rows)
	if err != nil {
		return nil, err
	}
	var out []index.Document
	for _, id := range ids {
		row, door := strings.CutSuffix(id, atTheDoor)
		r, ok := list[row]
		h := of[r.HearingID]
		if !ok || r.Status == models.RegistrationWithdrawn || r.Status == models.RegistrationCancelled || len(registrationMatters(h)) == 0 {
			continue
		}
		d := registrationDocument(r, h, groups[h.ID], tickets[row])
		d.ID, d.Year = documentID(index.KindRegistration, id), l.yearOf(r.CreatedAt)
		if door {
			d.Matter = models.HearingTopic(h.ID) + atTheDoor
		} else if r.Contact != "" {
			d.Contacts = lines(d.Contacts, r.Contact)
		}
		out = append(out, d)
	}
	return out, nil
}

// registrationDocument is what the list says of a registration, found also by its number
// without zeros and by the digits of its tickets. The secret of a ticket is nobody's but
// its holder's.
func registrationDocument(r models.Registration, h models.Hearing, groups []models.HearingCategory, tickets []models.Ticket) index.Document {
	d := index.Document{Kind: index.KindRegistration, Matter: models.HearingTopic(h.ID) + registered, State: string(r.Status), At: r.CreatedAt, Also: h.TitleZH + "\n" + h.TitleEN,
		Path: "/desk/hearings/" + h.ID + "/registrations?after=" + strconv.FormatInt(r.Number-1, 10), Contacts: strconv.FormatInt(r.Number, 10)}
	who := strings.TrimSpace(models.NumberForm(r.Number) + " " + r.Name)
	d.Title = index.Words{ZH: who, EN: who}
	for _, g := range groups {
		if g.ID == r.CategoryID {
			d.Title = index.Words{ZH: who + "（" + g.Name("zh") + "）", EN: who + " (" + g.Name("en") + ")"}
		}
	}
	said := []string{r.KeyPoints, r.Organisation}
	for _, t := range tickets {
		d.Contacts = lines(d.Contacts, t.Digits)
		if t.Position > 0 {
			said = append(said, t.Name)
		}
	}
	d.Text.ZH = lines(said...)
	return d
}
