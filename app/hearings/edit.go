package hearings

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/app/kit/rules"
	"minyi/app/kit/text"
	"minyi/models"
)

// Limits of the officers' fields, in characters, and of rows.
const (
	TitleLimit     = 120
	LineLimit      = 200
	TextLimit      = 20000
	ReasonLimit    = 1000
	MostCategories = 20
	MostAgenda     = 60
	MostQuestions  = 10
	MostSeats      = 100000
)

// CategoryInput is a group with its quota as an officer types it.
type CategoryInput struct {
	Key            string // made from the position when empty
	Role           models.HearingRole
	NameZH, NameEN string
	Method         models.SeatMethod
	Minimum, Seats int
	Waiting        int
	Rule           string
}

// Input is what an officer says about a hearing. Times are UTC.
type Input struct {
	Kind                                    models.HearingKind
	UnitID, Profile, ConsultationID         string
	Clauses                                 []string
	Large                                   bool
	TitleZH, TitleEN, AboutZH, AboutEN      string
	PlaceZH, PlaceEN, OnlineURL             string
	AccessZH, AccessEN, RulesZH, RulesEN    string
	MethodZH, MethodEN                      string
	ContactName, ContactPhone, ContactEmail string
	Questions                               []models.SignupQuestion
	SignupOpensAt, SignupClosesAt, DrawAt   *time.Time
	StartsAt, EndsAt                        *time.Time
	Total, OfferHours, CoolingDays          int
	OverrideZH, OverrideEN                  string
	Categories                              []CategoryInput
	Agenda                                  []models.AgendaItem
}

// Create makes a hearing that only officers see. Errors: Invalid with fields,
// NotFound for a unit in which the actor is no officer.
func (s *Service) Create(ctx context.Context, who actor.Actor, in Input, idem models.Idem) (models.Hearing, error) {
	if err := s.officer(ctx, who, in.UnitID); err != nil {
		return models.Hearing{}, err
	}
	var h models.Hearing
	if err := s.fill(ctx, &h, &in); err != nil {
		return h, err
	}
	a := who.Act("hearings.create", "")
	a.UnitID = in.UnitID
	h, _, err := models.Once(ctx, s.db, a, idem, func(tx *models.Tx) (models.Hearing, error) {
		row := h
		id, err := tx.NewHearingID(s.o.Zone)
		if err != nil {
			return row, err
		}
		row.ID, row.CreatedBy, row.CreatedAt, row.UpdatedAt, row.Revision = id, who.PersonID, tx.Now, tx.Now, 1
		tx.Act.About = models.HearingTopic(id)
		if err := tx.Insert(&row); err != nil {
			return row, err
		}
		if err := tx.SetAgenda(tx.Act.About, in.Agenda); err != nil {
			return row, err
		}
		saved(tx, id)
		return row, setCategories(tx, id, in.Categories)
	})
	return h, err
}

// saved lets the desk's search know that a hearing was worked on.
func saved(tx *models.Tx, id string) {
	tx.EmitTo("desk", "", "hearings.saved", map[string]string{"id": id})
}

// Edit changes a hearing that is neither public nor proposed. The revision is the
// one that the form was made from. Errors: Conflict (error.stale) when somebody
// else was faster, Closed (hearings.public, hearings.proposed).
func (s *Service) Edit(ctx context.Context, who actor.Actor, id string, revision int64, in Input) (models.Hearing, error) {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return h, err
	}
	if in.UnitID != h.UnitID {
		if err := s.officer(ctx, who, in.UnitID); err != nil {
			return h, err
		}
	}
	if err := s.fill(ctx, &h, &in); err != nil {
		return h, err
	}
	return h, s.db.InTx(ctx, act(who, "edit", h), func(tx *models.Tx) error {
		now, err := tx.Hearing(id)
		if err != nil {
			return err
		}
		if now.PublishedAt != nil {
			return models.Fail(models.Closed, "hearings.public")
		}
		if now.ProposedBy != "" {
			return models.Fail(models.Closed, "hearings.proposed")
		}
		if err := tx.SaveHearing(&h, revision); err != nil {
			return err
		}
		if err := tx.SetAgenda(models.HearingTopic(id), in.Agenda); err != nil {
			return err
		}
		saved(tx, id)
		return setCategories(tx, id, in.Categories)
	})
}

// SetAgenda changes the order of a hearing in any state before its record is
// frozen; points that stay keep their id.
func (s *Service) SetAgenda(ctx context.Context, who actor.Actor, id string, items []models.AgendaItem) error {
	h, err := s.door(ctx, who, id)
	if err != nil {
		return err
	}
	var faults models.Faults
	checkAgenda(&faults, items)
	if err := faults.Err(); err != nil {
		return err
	}
	if h.RecordedAt != nil || h.CancelledAt != nil {
		return models.Fail(models.Closed, "hearings.over")
	}
	return s.db.InTx(ctx, act(who, "agenda", h), func(tx *models.Tx) error {
		tx.Emit(models.HearingTopic(id), "hearings.agenda", map[string]any{"id": id})
		return tx.SetAgenda(models.HearingTopic(id), items)
	})
}

// SetSeats changes the quota of one category of a public hearing; seats that are
// more go to the waiting list at once. Errors: Conflict (hearings.seats_held) when
// more are held than there would be.
func (s *Service) SetSeats(ctx context.Context, who actor.Actor, id, category string, seats, waiting int) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if seats < 0 || seats > MostSeats || waiting < 0 || waiting > MostSeats {
		return models.FailField("seats", "hearings.seats_range", "most", MostSeats)
	}
	if s.isOver(h) {
		return models.Fail(models.Closed, "hearings.over")
	}
	a := act(who, "seats", h)
	a.Detail = map[string]any{"category": category, "seats": seats, "waiting": waiting}
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		if err := tx.LockSeats(); err != nil {
			return err
		}
		c, err := tx.Category(category)
		if err != nil || c.HearingID != id {
			return models.ErrNotFound
		}
		if c.Method == models.ByDraw && h.DrawnAt == nil {
			if d, err := tx.DrawOf(id); err == nil && d.Commitment != "" {
				return models.Fail(models.Closed, "hearings.committed") // the quotas are part of what was committed
			}
		}
		c.Seats, c.Waiting = seats, waiting
		c.Minimum = min(c.Minimum, seats)
		if err := tx.SaveCategory(c); err != nil {
			return models.Fail(models.Conflict, "hearings.seats_held")
		}
		tx.Emit(models.HearingTopic(id), "hearings.seats", map[string]any{"id": id})
		return s.promote(tx, h, c.ID, false)
	})
}

// setCategories writes the categories of a draft; those that are gone are deleted.
func setCategories(tx *models.Tx, id string, list []CategoryInput) error {
	old, err := tx.CategoriesOf(id)
	if err != nil {
		return err
	}
	byKey := map[string]models.HearingCategory{}
	for _, c := range old {
		byKey[c.Key] = c
	}
	for i, in := range list {
		c := models.HearingCategory{HearingID: id, Key: in.Key, Position: i, Role: in.Role, NameZH: in.NameZH, NameEN: in.NameEN, Method: in.Method, Minimum: in.Minimum, Seats: in.Seats, Waiting: in.Waiting, Rule: in.Rule}
		if have, ok := byKey[in.Key]; ok {
			c.ID = have.ID
			delete(byKey, in.Key)
			if err := tx.SaveCategory(c); err != nil {
				return err
			}
			continue
		}
		c.ID = models.NewID(tx.Now)
		if err := tx.Insert(&c); err != nil {
			return err
		}
	}
	for _, c := range byKey {
		if err := tx.DropCategory(c.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) officer(ctx context.Context, who actor.Actor, unitID string) error {
	u, err := s.db.UnitByID(ctx, unitID)
	if models.IsNotFound(err) {
		return models.FailField("unit", "hearings.no_unit")
	}
	if err != nil {
		return err
	}
	return who.Needs(u.Path, models.Officer)
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// fill checks the input, brings it into its stored form and writes it into the row.
func (s *Service) fill(ctx context.Context, h *models.Hearing, in *Input) error {
	var faults models.Faults
	line := liner(&faults)
	long := func(field, v string) string {
		v = text.Clean(v)
		if over := text.Length(v) - TextLimit; over > 0 {
			faults.Add(field, "hearings.too_long", "most", TextLimit, "over", over)
		}
		return v
	}
	profile := line("profile", in.Profile, 60)
	if profile != h.Profile { // what the row has already stays, even where it is offered no more
		known, err := rules.Known(ctx, s.db, profile)
		if err != nil {
			return err
		}
		if !known {
			faults.Add("profile", "hearings.profile_unknown")
		}
	}
	h.Kind, h.UnitID, h.Profile, h.Large = in.Kind, in.UnitID, profile, in.Large
	if h.Kind != models.KindHearing && h.Kind != models.KindForum {
		faults.Add("kind", "hearings.kind_unknown")
	}
	h.TitleZH, h.TitleEN = line("title_zh", in.TitleZH, TitleLimit), line("title_en", in.TitleEN, 2*TitleLimit)
	if h.TitleZH == "" {
		faults.Add("title_zh", "hearings.title_wanted")
	}
	h.AboutZH, h.AboutEN = long("about_zh", in.AboutZH), long("about_en", in.AboutEN)
	h.PlaceZH, h.PlaceEN = line("place_zh", in.PlaceZH, LineLimit), line("place_en", in.PlaceEN, 2*LineLimit)
	h.AccessZH, h.AccessEN = long("access_zh", in.AccessZH), long("access_en", in.AccessEN)
	h.RulesZH, h.RulesEN = long("rules_zh", in.RulesZH), long("rules_en", in.RulesEN)
	h.MethodZH, h.MethodEN = long("method_zh", in.MethodZH), long("method_en", in.MethodEN)
	h.ContactName, h.ContactPhone, h.ContactEmail = line("contact_name", in.ContactName, LineLimit), line("contact_phone", in.ContactPhone, LineLimit), line("contact_email", in.ContactEmail, LineLimit)
	if c, err := contact.Parse(h.ContactEmail); h.ContactEmail != "" && (err != nil || c.Kind != contact.Mail) {
		faults.Add("contact_email", "hearings.email_wrong")
	}
	if h.ContactPhone != "" && !contact.Dialled(h.ContactPhone) {
		faults.Add("contact_phone", "hearings.phone_wrong")
	}
	h.OverrideZH, h.OverrideEN = long("override_zh", in.OverrideZH), long("override_en", in.OverrideEN)
	h.OnlineURL = line("online_url", in.OnlineURL, addressLimit)
	checkAddress(&faults, h.OnlineURL)
	if err := s.fillConsultation(ctx, &faults, h, in); err != nil {
		return err
	}
	checkDates(&faults, h, in)
	for _, n := range []struct {
		field     string
		have, top int
	}{{"total", in.Total, MostSeats}, {"offer_hours", in.OfferHours, 24 * 14}, {"cooling_days", in.CoolingDays, 3660}} {
		if n.have < 0 || n.have > n.top {
			faults.Add(n.field, "hearings.number_range", "most", n.top)
		}
	}
	h.Total, h.OfferHours, h.CoolingDays = in.Total, in.OfferHours, in.CoolingDays
	checkQuestions(&faults, h, in)
	checkCategories(&faults, in)
	checkAgenda(&faults, in.Agenda)
	return faults.Err()
}

// liner gives a check of one-line fields, which brings them into their stored form.
func liner(faults *models.Faults) func(field, v string, most int) string {
	return func(field, v string, most int) string {
		v = text.Line(v)
		if over := text.Length(v) - most; over > 0 {
			faults.Add(field, "hearings.too_long", "most", most, "over", over)
		}
		return v
	}
}

// addressLimit bounds the address of a hall online, in characters.
const addressLimit = 500

// checkAddress refuses what leads nowhere, or to a script.
func checkAddress(faults *models.Faults, address string) {
	if address == "" {
		return
	}
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		faults.Add("online_url", "hearings.address_wrong")
	}
}

func (s *Service) fillConsultation(ctx context.Context, faults *models.Faults, h *models.Hearing, in *Input) error {
	h.ConsultationID = text.Line(in.ConsultationID)
	h.Clauses = asJSON(in.Clauses)
	if h.ConsultationID == "" {
		h.Clauses = "[]"
		return nil
	}
	_, err := s.db.ConsultationByID(ctx, h.ConsultationID)
	if models.IsNotFound(err) {
		faults.Add("consultation", "hearings.no_consultation")
		return nil
	}
	if err != nil || len(in.Clauses) == 0 {
		return err
	}
	known, err := s.db.ClauseKeys(ctx, h.ConsultationID)
	for _, key := range in.Clauses {
		if err == nil && !slices.Contains(known, key) {
			faults.Add("clauses", "hearings.no_clause", "key", text.Cut(text.Line(key), 40))
			break
		}
	}
	return err
}

func checkDates(faults *models.Faults, h *models.Hearing, in *Input) {
	after := func(field string, a, b *time.Time, key string) {
		if a != nil && b != nil && !b.After(*a) {
			faults.Add(field, key)
		}
	}
	after("ends_at", in.StartsAt, in.EndsAt, "hearings.ends_before_starts")
	after("signup_closes_at", in.SignupOpensAt, in.SignupClosesAt, "hearings.signup_order")
	after("starts_at", in.SignupClosesAt, in.StartsAt, "hearings.starts_before_signup")
	after("draw_at", in.SignupClosesAt, in.DrawAt, "hearings.draw_before_signup")
	after("starts_at", in.DrawAt, in.StartsAt, "hearings.starts_before_draw")
	h.SignupOpensAt, h.SignupClosesAt, h.DrawAt, h.StartsAt, h.EndsAt = in.SignupOpensAt, in.SignupClosesAt, in.DrawAt, in.StartsAt, in.EndsAt
}

func checkQuestions(faults *models.Faults, h *models.Hearing, in *Input) {
	if len(in.Questions) > MostQuestions {
		faults.Add("questions", "hearings.too_many_rows", "most", MostQuestions)
	}
	questions := make([]models.SignupQuestion, 0, len(in.Questions))
	for i, q := range in.Questions {
		q.ZH, q.EN = text.Line(q.ZH), text.Line(q.EN)
		field := fmt.Sprintf("question_%d", i)
		if q.ZH == "" {
			faults.Add(field, "hearings.question_wanted")
		}
		if text.Length(q.ZH) > LineLimit || text.Length(q.EN) > 2*LineLimit {
			faults.Add(field, "hearings.row_too_long", "most", LineLimit, "most_en", 2*LineLimit)
		}
		if q.Key == "" {
			q.Key = fmt.Sprintf("q%d", i+1)
		}
		questions = append(questions, q)
	}
	h.Questions = asJSON(questions)
}

func checkCategories(faults *models.Faults, in *Input) {
	if len(in.Categories) > MostCategories {
		faults.Add("categories", "hearings.too_many_rows", "most", MostCategories)
	}
	seen := map[string]bool{}
	for i := range in.Categories {
		c := &in.Categories[i]
		field := fmt.Sprintf("category_%d", i)
		c.NameZH, c.NameEN, c.Rule = text.Line(c.NameZH), text.Line(c.NameEN), text.Line(c.Rule)
		if c.Key = text.Line(c.Key); c.Key == "" {
			c.Key = fmt.Sprintf("g%d", i+1)
		}
		if !keyForm.MatchString(c.Key) || seen[c.Key] {
			faults.Add(field, "hearings.category_key")
		}
		seen[c.Key] = true
		if c.NameZH == "" || text.Length(c.NameZH) > 60 || text.Length(c.NameEN) > 120 {
			faults.Add(field, "hearings.category_name")
		}
		switch c.Role {
		case models.Speaker, models.Observer, models.Press, models.Online:
		default:
			faults.Add(field, "hearings.role_unknown")
		}
		switch c.Method {
		case models.FirstCome, models.Approval, models.ByDraw:
		default:
			faults.Add(field, "hearings.method_unknown")
		}
		if c.Seats < 1 || c.Seats > MostSeats || c.Minimum < 0 || c.Minimum > c.Seats || c.Waiting < 0 || c.Waiting > MostSeats {
			faults.Add(field, "hearings.category_numbers")
		}
	}
}

// presenterLimit is how many characters the name of who presents an item may have.
const presenterLimit = 60

func checkAgenda(faults *models.Faults, items []models.AgendaItem) {
	if len(items) > MostAgenda {
		faults.Add("agenda", "hearings.too_many_rows", "most", MostAgenda)
	}
	for i := range items {
		it := &items[i]
		field := fmt.Sprintf("agenda_%d", i)
		it.TitleZH, it.TitleEN, it.Presenter = text.Line(it.TitleZH), text.Line(it.TitleEN), text.Line(it.Presenter)
		switch over := text.Length(it.Presenter) - presenterLimit; {
		case it.TitleZH == "":
			faults.Add(field, "hearings.agenda_title")
		case text.Length(it.TitleZH) > LineLimit || text.Length(it.TitleEN) > 2*LineLimit:
			faults.Add(field, "hearings.agenda_long", "n", i+1, "most", LineLimit, "most_en", 2*LineLimit)
		case over > 0:
			faults.Add(field, "hearings.agenda_by_long", "n", i+1, "most", presenterLimit, "over", over)
		}
		if it.Minutes < 0 || it.Minutes > 24*60 {
			faults.Add(field, "hearings.agenda_minutes")
		}
	}
}

// QuestionsOf reads the organiser's own questions.
func QuestionsOf(h models.Hearing) []models.SignupQuestion {
	var list []models.SignupQuestion
	_ = json.Unmarshal([]byte(h.Questions), &list) // written by us; nothing means none
	return list
}
