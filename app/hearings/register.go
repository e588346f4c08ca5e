package hearings

import (
	"context"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/contact"
	"minyi/app/kit/limit"
	"minyi/app/kit/text"
	"minyi/models"
)

// Limits of what somebody writes on a sign-up, in characters, and of a family.
const (
	NameLimit      = 30
	PointsLimit    = 300
	NeedsLimit     = 200
	AnswerLimit    = 300
	MostCompanions = 3
)

// RegisterInput is a sign-up. Only HearingID is needed from who has an account with
// a name; an empty category is the first that fits the role.
type RegisterInput struct {
	HearingID string
	Category  string // key
	Role      models.HearingRole
	Name      string
	// Companions are the names of who comes along: all or none.
	Companions   []string
	Organisation string
	PublishName  bool // separate consent to show the name in the list
	AccessNeeds  string
	// ConsentAccess is the separate consent to keep the access needs.
	ConsentAccess bool
	KeyPoints     string
	Stance        models.Stance
	Answers       map[string]string
	Notify        bool
	// Ticket and Code confirm a contact; Ticket alone stands for one that was
	// confirmed within the last hour.
	Ticket, Code string

	// Set by the service.
	contact   contact.Contact
	identity  string
	person    string
	channel   models.Channel
	enteredBy string
}

// Registered is what is answered at once; the same for a repeated sending.
type Registered struct {
	ID       string                    `json:"id"`
	Ticket   string                    `json:"ticket"`
	Number   int64                     `json:"number"`
	Status   models.RegistrationStatus `json:"status"`
	Category string                    `json:"category"`
	At       time.Time                 `json:"at"`
}

// Register signs somebody up: confirmed while seats are free, else on the waiting
// list; into the draw or to the officers where the category asks for it. When it
// returns without an error, the answer is on disk. Errors: Invalid with fields,
// NotFound, Closed (hearings.not_open, hearings.signup_closed, hearings.full),
// Conflict (hearings.already), SignIn for who neither has an account nor confirmed
// a contact, TooMany.
func (s *Service) Register(ctx context.Context, who actor.Actor, in RegisterInput, idem models.Idem) (Registered, error) {
	if err := s.hold(who); err != nil {
		return Registered{}, err
	}
	h, err := s.visible(ctx, in.HearingID)
	if err != nil {
		return Registered{}, err
	}
	in.channel = models.Web
	if err := s.identify(ctx, who, &in); err != nil {
		return Registered{}, err
	}
	return s.register(ctx, who, h, in, idem)
}

// CheckSignup finds what is wrong with a sign-up before a code is sent to anybody.
// Errors: as for [Service.Register], without those of the seats.
func (s *Service) CheckSignup(ctx context.Context, who actor.Actor, in RegisterInput) error {
	h, err := s.visible(ctx, in.HearingID)
	if err != nil {
		return err
	}
	if err := takes(h, s.db.Now()); err != nil {
		return err
	}
	_, err = s.check(ctx, h, &in, who)
	return err
}

// hold asks whether the actor may sign up once more.
func (s *Service) hold(who actor.Actor) error {
	own := s.o.Visit
	if who.SignedIn() {
		if own = s.o.Person; own == 0 {
			return nil // what a program with a token may send is the operator's choice
		}
	}
	name := who.Voice()
	if strings.HasPrefix(name, "n:") {
		name = ""
	}
	rule := limit.Rule{Action: "hearings.register", Person: limit.Rate{Burst: own, Per: time.Minute}, Network: limit.Rate{Burst: s.o.Network, Per: time.Minute}}
	if v := s.limits.Allow(rule, name, limit.Network(who.Network)); !v.OK {
		return &models.Error{Kind: models.TooMany, Key: "hearings.too_often", RetryAfter: v.RetryAfter}
	}
	return nil
}

// identify finds out who signs up: the account, or the contact that was confirmed.
// One person has one sign-up in a hearing, whichever way they come.
func (s *Service) identify(ctx context.Context, who actor.Actor, in *RegisterInput) error {
	if who.SignedIn() {
		p, err := s.db.PersonByID(ctx, who.PersonID)
		if err != nil {
			return err
		}
		in.person, in.identity, in.contact = p.ID, "p:"+p.ID, contactOf(p)
		if text.Line(in.Name) == "" {
			in.Name = first(p.Name, p.Nickname)
		}
		return nil
	}
	if in.Ticket == "" || s.o.Contacts == nil {
		return models.Fail(models.SignIn, "hearings.contact_wanted")
	}
	c, err := s.o.Contacts.Confirmed(ctx, who, in.Ticket)
	if models.IsNotFound(err) {
		c, err = s.o.Contacts.Confirm(ctx, who, in.Ticket, in.Code)
	}
	if err != nil {
		return err
	}
	return s.byContact(ctx, in, c)
}

// byContact takes the identity from a contact: the account that has it, or a keyed
// hash that is the same in every hearing, for the cooling-off.
func (s *Service) byContact(ctx context.Context, in *RegisterInput, c contact.Contact) error {
	in.contact = c
	in.identity = "c:" + code.KeyedHash(s.o.Secret, "hearings.identity", c.Key)[:40]
	find := s.db.PersonByEmailKey
	if c.Kind == contact.Phone {
		find = s.db.PersonByPhoneKey
	}
	p, err := find(ctx, c.Key)
	if models.IsNotFound(err) {
		return nil
	}
	if err == nil {
		in.identity = "p:" + p.ID // the account stays its owner's: a contact alone opens nothing of it
	}
	return err
}

// contactOf is where an account is reached.
func contactOf(p models.Person) contact.Contact {
	typed := p.Email
	if p.Notify == models.ChannelSMS && p.Phone != "" || typed == "" {
		typed = p.Phone
	}
	c, err := contact.Parse(typed)
	if err != nil {
		return contact.Contact{}
	}
	return c
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// EntryInput is a sign-up on paper, by phone or at the counter.
type EntryInput struct {
	RegisterInput
	Channel models.Channel
	// Contact is optional: people without a phone take part all the same.
	Contact string
	// Consent says that the person agreed to the entry.
	Consent bool
}

// Enter signs somebody up who came by phone, on paper or to the counter: same
// rules, same queue, same rank. Errors: as for [Service.Register]; NotFound for who
// is no officer of the unit.
func (s *Service) Enter(ctx context.Context, who actor.Actor, in EntryInput, idem models.Idem) (Registered, error) {
	h, err := s.mine(ctx, who, in.HearingID)
	if err != nil {
		return Registered{}, err
	}
	if h.PublishedAt == nil {
		return Registered{}, models.ErrNotFound
	}
	var faults models.Faults
	switch in.Channel {
	case models.Paper, models.Phone, models.Counter:
	default:
		faults.Add("channel", "hearings.channel_wanted")
	}
	if !in.Consent {
		faults.Add("consent", "hearings.consent_wanted")
	}
	give := in.RegisterInput
	give.channel, give.enteredBy = in.Channel, who.PersonID
	if in.Contact != "" {
		c, err := contact.Parse(in.Contact)
		if err != nil {
			faults.Add("contact", "hearings.contact_unknown")
		} else if err := s.byContact(ctx, &give, c); err != nil {
			return Registered{}, err
		}
	}
	give.Notify = in.Contact != ""
	_, err = s.check(ctx, h, &give, who)
	if err := faults.Take(err); err != nil {
		return Registered{}, err
	}
	if err := faults.Err(); err != nil {
		return Registered{}, err
	}
	return s.register(ctx, who, h, give, idem)
}

func (s *Service) register(ctx context.Context, who actor.Actor, h models.Hearing, in RegisterInput, idem models.Idem) (Registered, error) {
	c, err := s.check(ctx, h, &in, who)
	if err != nil {
		return Registered{}, err
	}
	out, _, err := models.Once(ctx, s.db, act(who, "register", h), idem, func(tx *models.Tx) (Registered, error) {
		return s.seat(tx, who, h.ID, c.ID, in)
	})
	return out, err
}

// check brings a sign-up into its stored form, names every fault and finds the category.
func (s *Service) check(ctx context.Context, h models.Hearing, in *RegisterInput, who actor.Actor) (models.HearingCategory, error) {
	cats, err := s.db.CategoriesOf(ctx, h.ID)
	if err != nil {
		return models.HearingCategory{}, err
	}
	var faults models.Faults
	c, found := choose(cats, in.Category, in.Role)
	if !found {
		faults.Add("category", "hearings.category_unknown")
	}
	short := func(field, v string, most int) string {
		v = text.Clean(v)
		if over := text.Length(v) - most; over > 0 {
			faults.Add(field, "hearings.too_long", "most", most, "over", over)
		}
		return v
	}
	in.Name, in.Organisation = text.Line(short("name", in.Name, NameLimit)), text.Line(short("organisation", in.Organisation, 60))
	if in.Name == "" && !who.SignedIn() || in.Name == "" && in.enteredBy != "" {
		faults.Add("name", "hearings.name_wanted")
	}
	in.AccessNeeds, in.KeyPoints = short("access_needs", in.AccessNeeds, NeedsLimit), short("key_points", in.KeyPoints, PointsLimit)
	if in.AccessNeeds != "" && !in.ConsentAccess {
		faults.Add("consent_access", "hearings.consent_access_wanted")
	}
	switch in.Stance {
	case models.StanceNone, models.StanceSupport, models.StanceAmend, models.StanceOppose, models.StanceQuestion:
	default:
		faults.Add("stance", "hearings.stance_unknown")
	}
	var companions []string
	for _, n := range in.Companions {
		if n = text.Line(n); n != "" {
			companions = append(companions, n)
		}
		if text.Length(n) > NameLimit {
			faults.Add("companions", "hearings.too_long", "most", NameLimit, "over", text.Length(n)-NameLimit)
		}
	}
	if in.Companions = companions; len(companions) > MostCompanions {
		faults.Add("companions", "hearings.too_many_companions", "most", MostCompanions)
	}
	answers := map[string]string{}
	for _, q := range QuestionsOf(h) {
		answers[q.Key] = short("q_"+q.Key, in.Answers[q.Key], AnswerLimit)
		if q.Required && answers[q.Key] == "" {
			faults.Add("q_"+q.Key, "hearings.answer_wanted")
		}
	}
	in.Answers = answers
	return c, faults.Err()
}

// choose finds a category by its key, or the first for a role; without either the
// first that is given to whoever comes first.
func choose(cats []models.HearingCategory, key string, role models.HearingRole) (models.HearingCategory, bool) {
	for _, c := range cats {
		if key != "" && c.Key == key && (role == "" || c.Role == role) || key == "" && role != "" && c.Role == role {
			return c, true
		}
	}
	if key != "" || role != "" {
		return models.HearingCategory{}, false
	}
	for _, c := range cats {
		if c.Method == models.FirstCome {
			return c, true
		}
	}
	if len(cats) > 0 {
		return cats[0], true
	}
	return models.HearingCategory{}, false
}

// takes says whether people may sign up now.
func takes(h models.Hearing, now time.Time) error {
	switch h.State(now) {
	case models.HearingOpen:
		return nil
	case models.HearingDraft:
		return models.ErrNotFound
	case models.HearingBefore:
		return models.Fail(models.Closed, "hearings.not_open")
	case models.HearingCancelled:
		return models.Fail(models.Closed, "hearings.is_cancelled")
	}
	return models.Fail(models.Closed, "hearings.signup_closed")
}

// seat decides inside the act, where nobody else decides about seats meanwhile.
func (s *Service) seat(tx *models.Tx, who actor.Actor, hearingID, categoryID string, in RegisterInput) (Registered, error) {
	if err := tx.LockSeats(); err != nil {
		return Registered{}, err
	}
	h, err := tx.Hearing(hearingID)
	if err != nil {
		return Registered{}, err
	}
	if err := takes(h, tx.Now); err != nil {
		return Registered{}, err
	}
	if in.identity != "" {
		if _, err := tx.ActiveRegistration(h.ID, in.identity); err == nil {
			return Registered{}, models.Fail(models.Conflict, "hearings.already")
		} else if !models.IsNotFound(err) {
			return Registered{}, err
		}
	}
	c, err := tx.Category(categoryID)
	if err != nil {
		return Registered{}, err
	}
	n := 1 + len(in.Companions)
	status, err := decide(tx, c, n)
	if err != nil {
		return Registered{}, err
	}
	number, err := tx.Number("registrations:" + h.ID)
	if err != nil {
		return Registered{}, err
	}
	r := &models.Registration{
		ID: models.NewID(tx.Now), HearingID: h.ID, CategoryID: c.ID, Number: number, Status: status, Active: true, Seats: n, Identity: in.identity, PersonID: in.person,
		Voice: who.Voice(), ContactKind: string(in.contact.Kind), Contact: in.contact.Value, ContactKey: in.contact.Key, Name: in.Name, PublishName: in.PublishName,
		KeyPoints: in.KeyPoints, Stance: in.Stance, Answers: asJSON(in.Answers), Organisation: in.Organisation, ConsentAccess: in.ConsentAccess, Lang: langOr(who.Lang),
		Notify: in.Notify, Channel: in.channel, EnteredBy: in.enteredBy, CreatedAt: tx.Now, UpdatedAt: tx.Now,
	}
	if in.ConsentAccess {
		r.AccessNeeds = in.AccessNeeds
	}
	if in.enteredBy != "" {
		r.Voice = "e:" + r.ID
	}
	if status == models.RegistrationConfirmed {
		r.ConfirmedAt = &tx.Now
	}
	tx.Later(r)
	ticket := ""
	for i, name := range append([]string{in.Name}, in.Companions...) {
		t := &models.Ticket{ID: models.NewID(tx.Now), HearingID: h.ID, RegistrationID: r.ID, Position: i, Code: code.NewToken()[:22], Name: name}
		if status == models.RegistrationConfirmed {
			t.Digits = code.NewDigits()
		}
		if i == 0 {
			ticket = t.Code
		}
		tx.Later(t)
	}
	tx.Act.Detail = map[string]any{"registration": r.ID, "number": number, "category": c.Key, "status": status, "seats": n, "channel": in.channel, "publish_name": in.PublishName, "consent_access": in.ConsentAccess}
	tx.Emit(models.HearingTopic(h.ID), "hearings.registered", map[string]any{"id": h.ID})
	tx.TellRegistrations(r.ID)
	return Registered{ID: r.ID, Ticket: ticket, Number: number, Status: status, Category: c.Key, At: tx.Now}, s.tell(tx, h, *r, ticket, "hearing_"+string(status), "once", nil)
}

// decide gives n seats of a category, or a place on its list. The counters decide.
func decide(tx *models.Tx, c models.HearingCategory, n int) (models.RegistrationStatus, error) {
	switch c.Method {
	case models.ByDraw:
		return models.RegistrationPool, nil
	case models.Approval:
		return models.RegistrationPending, nil
	}
	if ok, err := tx.TakeSeats(c.ID, n); err != nil || ok {
		return models.RegistrationConfirmed, err
	}
	if ok, err := tx.JoinQueue(c.ID, n); err != nil || ok {
		return models.RegistrationWaiting, err
	}
	return "", models.Fail(models.Closed, "hearings.full")
}

func langOr(lang string) string {
	if lang == "en" {
		return "en"
	}
	return "zh"
}
