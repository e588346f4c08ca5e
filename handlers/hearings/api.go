package hearings

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/hearings"
	"minyi/handlers/web"
	"minyi/models"
)

// Page sizes of the API's list.
const (
	apiPage     = 20
	apiMostPage = 100
)

type textsJSON struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

type unitJSON struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
}

type categoryJSON struct {
	Key         string    `json:"key"`
	Role        string    `json:"role"`
	Name        string    `json:"name"`
	Names       textsJSON `json:"names"`
	Method      string    `json:"method"`
	Minimum     int       `json:"minimum"`
	Seats       int       `json:"seats"`
	Left        int       `json:"left"` // free seats
	WaitingLeft int       `json:"waiting_left"`
}

type hearingJSON struct {
	ID             string         `json:"id"`
	Kind           string         `json:"kind"`
	State          string         `json:"state"`
	Title          string         `json:"title"`
	Titles         textsJSON      `json:"titles"`
	Unit           unitJSON       `json:"unit"`
	Consultation   string         `json:"consultation"`
	SignupOpensAt  *time.Time     `json:"signup_opens_at"`
	SignupClosesAt *time.Time     `json:"signup_closes_at"`
	DrawAt         *time.Time     `json:"draw_at"`
	StartsAt       *time.Time     `json:"starts_at"`
	EndsAt         *time.Time     `json:"ends_at"`
	Place          string         `json:"place"`
	OnlineURL      string         `json:"online_url"`
	Categories     []categoryJSON `json:"categories"`
	URL            string         `json:"url"`
}

func toJSON(c *web.Ctx, r hearings.Row) hearingJSON {
	out := hearingJSON{
		ID: r.ID, Kind: string(r.Kind), State: string(r.State(c.Now())), Title: r.Title(c.Lang()), Titles: textsJSON{r.TitleZH, r.TitleEN},
		Unit: unitJSON{r.Unit.ID, r.Unit.Slug, r.Unit.Name(c.Lang())}, Consultation: r.ConsultationID, SignupOpensAt: r.SignupOpensAt, SignupClosesAt: r.SignupClosesAt,
		DrawAt: r.DrawAt, StartsAt: r.StartsAt, EndsAt: r.EndsAt, Place: r.Place(c.Lang()), OnlineURL: r.OnlineURL, Categories: []categoryJSON{}, URL: "/hearings/" + r.ID,
	}
	for _, k := range r.Categories {
		out.Categories = append(out.Categories, categoryJSON{
			Key: k.Key, Role: string(k.Role), Name: k.Name(c.Lang()), Names: textsJSON{k.NameZH, k.NameEN}, Method: string(k.Method),
			Minimum: k.Minimum, Seats: k.Seats, Left: k.Seats - k.Taken, WaitingLeft: max(0, k.Waiting-k.Queued),
		})
	}
	return out
}

// apiList answers hearings: those to come, the next first; ?past=true those that
// are over, the latest first; ?unit= ?kind= ?state= ?cursor= ?limit=.
func (h handler) apiList(c *web.Ctx) error {
	c.Depends(c.Now().Add(time.Minute), "hearings", "units")
	q, err := h.queryOf(c)
	if err != nil {
		return err
	}
	rows, next, err := h.s.List(c.UserContext(), q)
	if err != nil {
		return err
	}
	out := struct {
		Hearings []hearingJSON `json:"hearings"`
		Next     string        `json:"next_cursor,omitempty"`
	}{Hearings: make([]hearingJSON, 0, len(rows))}
	for _, r := range rows {
		out.Hearings = append(out.Hearings, toJSON(c, r))
	}
	if next != nil {
		out.Next = h.cursors.Encode(listPurpose(c), next.StartsAt.UTC().Format(time.RFC3339Nano), next.ID)
		v := url.Values{"cursor": {out.Next}}
		for _, k := range append(filters, "limit") {
			if s := c.Query(k); s != "" {
				v.Set(k, s)
			}
		}
		c.Set(fiber.HeaderLink, "<"+c.PublicURL()+c.Path()+"?"+v.Encode()+`>; rel="next"`)
	}
	return c.Answer(out)
}

// filters are the fields that narrow the list.
var filters = []string{"past", "unit", "kind", "state"}

var states = []models.HearingState{models.HearingBefore, models.HearingOpen, models.HearingClosed, models.HearingDrawn, models.HearingLive, models.HearingEnded, models.HearingRecorded, models.HearingCancelled}

// queryOf reads the list's filters. With a state that can be on both sides of today,
// and in the API without past, both halves are searched.
func (h handler) queryOf(c *web.Ctx) (hearings.Query, error) {
	q := hearings.Query{UnitSlug: c.Query("unit"), Kind: models.HearingKind(c.Query("kind"))}
	var err error
	if q.Limit, err = c.QueryLimit(apiPage, apiMostPage); err != nil {
		return q, err
	}
	if q.Kind != "" && q.Kind != models.KindHearing && q.Kind != models.KindForum {
		return q, models.FailField("kind", "hearings.filter_unknown", "field", "kind")
	}
	switch c.Query("past") {
	case "true":
		q.Past = true
	case "false":
	case "":
		q.Both = true
	default:
		return q, models.FailField("past", "hearings.filter_unknown", "field", "past")
	}
	if s := models.HearingState(c.Query("state")); s != "" {
		if !slices.Contains(states, s) {
			return q, models.FailField("state", "hearings.filter_unknown", "field", "state")
		}
		q.States = []models.HearingState{s}
	}
	given := c.Query("cursor")
	if given == "" {
		return q, nil
	}
	fields, err := h.cursors.Decode(listPurpose(c), given)
	if err != nil || len(fields) != 2 {
		return q, models.FailField("cursor", "hearings.cursor_invalid")
	}
	at, err := time.Parse(time.RFC3339Nano, fields[0])
	if err != nil {
		return q, models.FailField("cursor", "hearings.cursor_invalid")
	}
	q.After = &models.HearingPlace{StartsAt: at, ID: fields[1]}
	return q, nil
}

// listPurpose binds a cursor to the filters that it was made for.
func listPurpose(c *web.Ctx) string {
	parts := []string{"hearings"}
	for _, f := range filters {
		parts = append(parts, c.Query(f))
	}
	return strings.Join(parts, "|")
}

type agendaJSON struct {
	ID        string    `json:"id"`
	Minutes   int       `json:"minutes"`
	Titles    textsJSON `json:"titles"`
	Presenter string    `json:"presenter"`
}

type changeJSON struct {
	Kind        string     `json:"kind"`
	At          time.Time  `json:"at"`
	OldStartsAt *time.Time `json:"old_starts_at"`
	NewStartsAt *time.Time `json:"new_starts_at"`
	OldPlace    string     `json:"old_place"`
	Reason      textsJSON  `json:"reason"`
}

type drawJSON struct {
	Commitment  string     `json:"commitment"`
	Applicants  int        `json:"applicants"`
	CommittedAt time.Time  `json:"committed_at"`
	Method      string     `json:"method"`
	Rule        textsJSON  `json:"rule"`
	SeedAt      *time.Time `json:"seed_at"`
	Seed        string     `json:"seed"`
	DrawnAt     *time.Time `json:"drawn_at"`
	FileURL     string     `json:"file_url"`
}

type detailJSON struct {
	hearingJSON
	About      textsJSON    `json:"about"`
	Access     textsJSON    `json:"access"`
	Rules      textsJSON    `json:"rules"`
	Selection  textsJSON    `json:"selection"`
	Agenda     []agendaJSON `json:"agenda"`
	Changes    []changeJSON `json:"changes"`
	Override   textsJSON    `json:"override"`
	Sequence   int          `json:"sequence"`
	Pool       int          `json:"pool"` // applicants in the draw
	Draw       *drawJSON    `json:"draw"`
	RecordHash string       `json:"record_hash"`
	// Clauses are the keys of those that it is about, Rooms the codes of its live questions.
	Clauses   []string       `json:"clauses"`
	Rooms     []string       `json:"rooms"`
	Questions []questionJSON `json:"questions"` // of the organiser, for whoever signs up
	Files     []fileJSON     `json:"files"`
}

type questionJSON struct {
	Key      string    `json:"key"`
	Texts    textsJSON `json:"texts"`
	Required bool      `json:"required"`
}

type fileJSON struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
	URL  string `json:"url"`
}

// apiShow answers one hearing with everything that is public about it.
func (h handler) apiShow(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(c.Now().Add(time.Minute), models.HearingTopic(id), "units")
	v, err := h.s.Show(c.UserContext(), id)
	if err != nil {
		return err
	}
	out := detailJSON{
		hearingJSON: toJSON(c, v.Row), About: textsJSON{v.AboutZH, v.AboutEN}, Access: textsJSON{v.AccessZH, v.AccessEN}, Rules: textsJSON{v.RulesZH, v.RulesEN},
		Selection: textsJSON{v.MethodZH, v.MethodEN}, Agenda: []agendaJSON{}, Changes: []changeJSON{}, Override: textsJSON{v.OverrideZH, v.OverrideEN}, Sequence: v.Sequence, Pool: v.Pool,
	}
	for _, a := range v.Agenda {
		out.Agenda = append(out.Agenda, agendaJSON{a.ID, a.Minutes, textsJSON{a.TitleZH, a.TitleEN}, a.Presenter})
	}
	for _, ch := range v.Changes {
		out.Changes = append(out.Changes, changeJSON{ch.Kind, ch.CreatedAt, ch.OldStartsAt, ch.NewStartsAt, ch.OldPlaceZH, textsJSON{ch.ReasonZH, ch.ReasonEN}})
	}
	if d := v.Draw; d != nil {
		out.Draw = &drawJSON{d.Commitment, d.Applicants, d.CommittedAt, d.Method, textsJSON{d.RuleZH, d.RuleEN}, d.SeedAt, d.Seed, d.DrawnAt, "/hearings/" + id + "/draw.txt"}
	}
	if v.Record != nil {
		out.RecordHash = v.Record.Hash
	}
	out.Clauses, out.Rooms, out.Questions, out.Files = []string{}, []string{}, []questionJSON{}, []fileJSON{}
	for _, k := range v.Linked {
		out.Clauses = append(out.Clauses, k.Key)
	}
	for _, r := range v.Rooms {
		out.Rooms = append(out.Rooms, r.Code)
	}
	for _, q := range hearings.QuestionsOf(v.Hearing) {
		out.Questions = append(out.Questions, questionJSON{q.Key, textsJSON{q.ZH, q.EN}, q.Required})
	}
	for _, a := range v.Files {
		out.Files = append(out.Files, fileJSON{a.Name, a.Size, "/hearings/" + id + "/files/" + a.ID})
	}
	return c.Answer(out)
}

type registrationJSON struct {
	ID       string     `json:"id"`
	Hearing  string     `json:"hearing"`
	Status   string     `json:"status"`
	Category string     `json:"category"`
	Number   int64      `json:"number"`
	Ticket   string     `json:"ticket"` // opens /t/{ticket} without an account: keep it secret
	Ahead    int        `json:"ahead"`  // on the waiting list
	OfferTo  *time.Time `json:"offer_until"`
	At       time.Time  `json:"at"`
	URL      string     `json:"url"`
}

// apiRegister signs somebody up: 201 with a seat, 202 on the waiting list, in the
// draw or with the officers, 409 when it is full or not open.
func (h handler) apiRegister(c *web.Ctx) error {
	var in struct {
		Category      string            `json:"category"`
		Role          string            `json:"role"`
		Name          string            `json:"name"`
		Companions    []string          `json:"companions"`
		Organisation  string            `json:"organisation"`
		PublishName   bool              `json:"publish_name"`
		AccessNeeds   string            `json:"access_needs"`
		ConsentAccess bool              `json:"consent_access"`
		KeyPoints     string            `json:"key_points"`
		Stance        string            `json:"stance"`
		Answers       map[string]string `json:"answers"`
		Notify        bool              `json:"notify"`
	}
	if len(c.Body()) > 0 {
		if err := c.Read(&in); err != nil {
			return err
		}
	}
	got, err := h.s.Register(c.UserContext(), c.Who, hearings.RegisterInput{
		HearingID: c.Params("id"), Category: in.Category, Role: models.HearingRole(in.Role), Name: in.Name, Companions: in.Companions, Organisation: in.Organisation,
		PublishName: in.PublishName, AccessNeeds: in.AccessNeeds, ConsentAccess: in.ConsentAccess, KeyPoints: in.KeyPoints, Stance: models.Stance(in.Stance), Answers: in.Answers, Notify: in.Notify,
	}, c.Idem(in))
	if err != nil {
		return err
	}
	c.Status(fiber.StatusAccepted)
	if got.Status == models.RegistrationConfirmed {
		c.Status(fiber.StatusCreated)
	}
	c.Set(fiber.HeaderLocation, "/t/"+got.Ticket)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Answer(registrationJSON{ID: got.ID, Hearing: c.Params("id"), Status: string(got.Status), Category: got.Category, Number: got.Number, Ticket: got.Ticket, At: got.At, URL: "/t/" + got.Ticket})
}

// apiRegistration answers how a registration stands, to its owner or to who holds
// the secret of its ticket.
func (h handler) apiRegistration(c *web.Ctx) error {
	v, err := h.s.Registration(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return h.answerRegistration(c, v)
}

func (h handler) answerRegistration(c *web.Ctx, v hearings.TicketView) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	r := v.Registration
	return c.Answer(registrationJSON{ID: r.ID, Hearing: r.HearingID, Status: string(r.Status), Category: v.Category.Key, Number: r.Number, Ticket: v.Tickets[0].Code, Ahead: v.Ahead, OfferTo: r.OfferUntil, At: r.CreatedAt, URL: "/t/" + v.Tickets[0].Code})
}

// apiWithdraw takes a registration back; again is no error.
func (h handler) apiWithdraw(c *web.Ctx) error {
	if err := h.s.Withdraw(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return h.apiRegistration(c)
}
