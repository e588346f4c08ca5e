package rooms

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/kit/actor"
	"minyi/app/rooms"
	"minyi/handlers/web"
	"minyi/models"
)

func (h handler) apiQueue(c *web.Ctx) error {
	q, err := h.rooms.Queue(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	return c.Answer(q)
}

func (h handler) apiState(verb func(context.Context, actor.Actor, string) (models.Room, error)) web.Handler {
	return func(c *web.Ctx) error {
		if err := body(c, &struct{}{}); err != nil {
			return err
		}
		r, err := verb(c.UserContext(), c.Who, c.Params("code"))
		if err != nil {
			return err
		}
		return c.Answer(toRoomJSON(r))
	}
}

func (h handler) apiWall(c *web.Ctx) error {
	var in struct {
		View  string `json:"view"`
		About string `json:"about"`
		Blank bool   `json:"blank"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	r, err := h.rooms.SetWall(c.UserContext(), c.Who, c.Params("code"), rooms.WallInput{View: in.View, About: in.About, Blank: in.Blank})
	if err != nil {
		return err
	}
	return c.Answer(rooms.WallState{Secret: r.WallSecret, View: r.WallView, About: r.WallAbout, Blank: r.WallBlank})
}

func (h handler) apiAgenda(c *web.Ctx) error {
	var in struct {
		Items []rooms.AgendaItem `json:"items"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	if _, err := h.rooms.SetAgenda(c.UserContext(), c.Who, c.Params("code"), in.Items); err != nil {
		return err
	}
	return h.apiRoom(c)
}

// apiItem says which item of the agenda is on.
func (h handler) apiItem(c *web.Ctx) error {
	var in struct {
		Item *string `json:"item"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	if in.Item == nil { // "" takes the item off, which nobody does by leaving it out
		return models.FailField("item", "error.wrong_type", "field", "item")
	}
	if _, err := h.rooms.OnAgenda(c.UserContext(), c.Who, c.Params("code"), *in.Item); err != nil {
		return err
	}
	return h.apiRoom(c)
}

// apiRest leaves what was not reached to a written answer.
func (h handler) apiRest(c *web.Ctx) error {
	var in struct {
		Office string `json:"office"`
		Due    string `json:"due"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	n, err := h.rooms.AssignRest(c.UserContext(), c.Who, c.Params("code"), rooms.WrittenInput{OfficeID: in.Office, Due: in.Due})
	if err != nil {
		return err
	}
	return c.Answer(struct {
		Assigned int `json:"assigned"`
	}{n})
}

func (h handler) apiEnter(c *web.Ctx) error {
	var in struct {
		Body    string `json:"body"`
		Name    string `json:"name"`
		Agenda  string `json:"agenda"`
		Channel string `json:"channel"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	got, err := h.rooms.Enter(c.UserContext(), c.Who, c.Params("code"), rooms.EnterInput{Body: in.Body, Name: in.Name, AgendaItemID: in.Agenda, Channel: models.Channel(in.Channel)}, c.Idem(in))
	if err != nil {
		return err
	}
	c.Status(fiber.StatusCreated)
	return c.Answer(got)
}

func (h handler) apiList(c *web.Ctx) error {
	var in struct {
		Open bool `json:"open"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	r, err := h.rooms.OpenList(c.UserContext(), c.Who, c.Params("code"), in.Open)
	if err != nil {
		return err
	}
	return c.Answer(toRoomJSON(r))
}

func (h handler) apiMakePoll(c *web.Ctx) error {
	var in struct {
		Kind    string        `json:"kind"`
		Title   rooms.Words   `json:"title"`
		Options []rooms.Words `json:"options"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	make := rooms.PollInput{Kind: models.PollKind(in.Kind), TitleZH: in.Title.ZH, TitleEN: in.Title.EN}
	for _, o := range in.Options {
		make.Options = append(make.Options, models.PollOption{ZH: o.ZH, EN: o.EN})
	}
	p, err := h.rooms.MakePoll(c.UserContext(), c.Who, c.Params("code"), make, c.Idem(in))
	if err != nil {
		return err
	}
	c.Status(fiber.StatusCreated)
	return c.Answer(rooms.PollViewOf(p))
}

func (h handler) apiSetPoll(c *web.Ctx) error {
	var in struct {
		State string `json:"state"`
		Shown bool   `json:"shown"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	v, err := h.rooms.SetPoll(c.UserContext(), c.Who, c.Params("id"), models.PollState(in.State), in.Shown)
	if err != nil {
		return err
	}
	return c.Answer(v)
}

func (h handler) apiCreate(c *web.Ctx) error {
	var in struct {
		Unit          string      `json:"unit"`
		Hearing       string      `json:"hearing"`
		Consultation  string      `json:"consultation"`
		Title         rooms.Words `json:"title"`
		Place         rooms.Words `json:"place"`
		Moderated     bool        `json:"moderated"`
		Tier          string      `json:"tier"`
		QuestionLimit int         `json:"question_limit"`
		PerPerson     int         `json:"per_person"`
		AnswerDays    int         `json:"answer_days"`
		SpeechSeconds int         `json:"speech_seconds"`
		SideSeconds   int         `json:"side_seconds"`
		Hall          string      `json:"hall"`
		StartsAt      *time.Time  `json:"starts_at"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	r, err := h.rooms.Create(c.UserContext(), c.Who, rooms.RoomInput{
		UnitID: in.Unit, HearingID: in.Hearing, ConsultationID: in.Consultation, TitleZH: in.Title.ZH, TitleEN: in.Title.EN, PlaceZH: in.Place.ZH, PlaceEN: in.Place.EN,
		Moderated: in.Moderated, Tier: models.Tier(in.Tier), QuestionLimit: in.QuestionLimit, PerPerson: in.PerPerson, AnswerDays: in.AnswerDays,
		SpeechSeconds: in.SpeechSeconds, SideSeconds: in.SideSeconds, Hall: in.Hall, StartsAt: in.StartsAt,
	}, c.Idem(in))
	if err != nil {
		return err
	}
	c.Status(fiber.StatusCreated)
	return c.Answer(toRoomJSON(r))
}

// moveJSON holds the fields of all moves; each reads its own.
type moveJSON struct {
	// Revision is the one that the moderator saw; without it, only the state counts.
	Revision int64       `json:"revision"`
	Reason   string      `json:"reason"`
	Note     string      `json:"note"`
	Body     string      `json:"body"`
	Into     string      `json:"into"`
	Answerer string      `json:"answerer"`
	Answer   rooms.Words `json:"answer"`
	Office   string      `json:"office"`
	Due      string      `json:"due"`
}

func (h handler) apiMove(do func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error)) web.Handler {
	return func(c *web.Ctx) error {
		var in moveJSON
		if err := body(c, &in); err != nil {
			return err
		}
		moved, err := do(c, rooms.Which{ID: c.Params("id"), Revision: in.Revision}, in)
		if err != nil {
			return err
		}
		return c.Answer(moved)
	}
}

func (h handler) apiAnswer(c *web.Ctx) error {
	var in moveJSON
	if err := c.Read(&in); err != nil {
		return err
	}
	v, err := h.rooms.Answer(c.UserContext(), c.Who, rooms.Which{ID: c.Params("id"), Revision: in.Revision}, in.Answer.ZH, in.Answer.EN, c.Idem(in))
	if err != nil {
		return err
	}
	return c.Answer(v)
}

func (h handler) apiUndo(c *web.Ctx) error {
	if err := body(c, &struct{}{}); err != nil {
		return err
	}
	moved, err := h.rooms.Undo(c.UserContext(), c.Who, c.Params("id"), c.Idem(nil))
	if err != nil {
		return err
	}
	return c.Answer(moved)
}

// speakerJSON holds the fields of the chair's verbs.
type speakerJSON struct {
	AllTheSame bool   `json:"all_the_same"` // although the side has no time left
	Seconds    int    `json:"seconds"`
	Before     string `json:"before"`
}

func (h handler) apiSpeaker(do func(c *web.Ctx, id string, in speakerJSON) error) web.Handler {
	return func(c *web.Ctx) error {
		var in speakerJSON
		if err := body(c, &in); err != nil {
			return err
		}
		if err := do(c, c.Params("id"), in); err != nil {
			return err
		}
		e, err := h.rooms.Speaker(c.UserContext(), c.Params("id"))
		if err != nil {
			return err
		}
		return c.Answer(rooms.SpeakerViewOf(e))
	}
}
