package rooms

import (
	"github.com/gofiber/fiber/v2"

	"minyi/app/rooms"
	"minyi/handlers/web"
	"minyi/models"
)

// mountAPI adds what programs and the scripts of the pages call.
func (h handler) mountAPI(r *web.Router) {
	r.API("GET", "/rooms", web.Public, h.apiRooms)
	r.API("GET", "/rooms/:code", web.Public, h.apiRoom)
	r.API("POST", "/rooms/:code/questions", web.Public, h.apiAsk)
	r.API("GET", "/rooms/:code/similar", web.Public, h.apiSimilar)
	r.API("GET", "/questions/overdue", web.Public, h.apiOverdue)
	r.API("GET", "/questions/:id", web.Public, h.apiQuestion)
	r.API("POST", "/questions/:id/support", web.Public, h.apiSupport(true))
	r.API("DELETE", "/questions/:id/support", web.Public, h.apiSupport(false))
	r.API("DELETE", "/questions/:id", web.Public, h.apiRetract)
	r.API("POST", "/questions/:id/appeal", web.Public, h.apiAppeal)
	r.API("POST", "/rooms/:code/speakers", web.Public, h.apiSignUp)
	r.API("DELETE", "/speakers/:id", web.Public, h.apiWithdraw)
	r.API("POST", "/polls/:id/vote", web.Public, h.apiVote)

	r.API("GET", "/rooms/:code/queue", web.Moderators, h.apiQueue)
	r.API("POST", "/rooms/:code/open", web.Moderators, h.apiState(h.rooms.Open))
	r.API("POST", "/rooms/:code/pause", web.Moderators, h.apiState(h.rooms.Pause))
	r.API("POST", "/rooms/:code/close", web.Moderators, h.apiState(h.rooms.Close))
	r.API("POST", "/rooms/:code/wall", web.Moderators, h.apiWall)
	r.API("POST", "/rooms/:code/agenda", web.Moderators, h.apiAgenda)
	r.API("POST", "/rooms/:code/item", web.Moderators, h.apiItem)
	r.API("POST", "/rooms/:code/rest", web.Moderators, h.apiRest)
	r.API("POST", "/rooms/:code/focus", web.Moderators, h.apiFocus)
	r.API("POST", "/rooms/:code/entries", web.Moderators, h.apiEnter)
	r.API("POST", "/rooms/:code/list", web.Moderators, h.apiList)
	r.API("POST", "/rooms/:code/polls", web.Moderators, h.apiMakePoll)
	r.API("POST", "/desk/rooms", web.Moderators, h.apiCreate)
	r.API("POST", "/desk/questions/:id/approve", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.Approve(c.UserContext(), c.Who, w, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/hold", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.Hold(c.UserContext(), c.Who, w, in.Reason, in.Note, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/uphold", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.Uphold(c.UserContext(), c.Who, w, in.Note, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/edit", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.Edit(c.UserContext(), c.Who, w, in.Body, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/merge", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.Merge(c.UserContext(), c.Who, w, in.Into, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/unmerge", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.Unmerge(c.UserContext(), c.Who, w, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/wall", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.OnWall(c.UserContext(), c.Who, w, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/answering", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.Answering(c.UserContext(), c.Who, w, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/answered", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.Answered(c.UserContext(), c.Who, w, rooms.AnsweredInput{Answerer: in.Answerer, ZH: in.Answer.ZH, EN: in.Answer.EN}, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/written", web.Moderators, h.apiMove(func(c *web.Ctx, w rooms.Which, in moveJSON) (rooms.Moved, error) {
		return h.rooms.Written(c.UserContext(), c.Who, w, rooms.WrittenInput{OfficeID: in.Office, Due: in.Due}, c.Idem(in))
	}))
	r.API("POST", "/desk/questions/:id/answer", web.Moderators, h.apiAnswer)
	r.API("POST", "/desk/moves/:id/undo", web.Moderators, h.apiUndo)
	r.API("POST", "/desk/speakers/:id/give", web.Moderators, h.apiSpeaker(func(c *web.Ctx, id string, in speakerJSON) error {
		return h.rooms.Give(c.UserContext(), c.Who, id, in.AllTheSame)
	}))
	r.API("POST", "/desk/speakers/:id/stop", web.Moderators, h.apiSpeaker(func(c *web.Ctx, id string, _ speakerJSON) error {
		return h.rooms.Stop(c.UserContext(), c.Who, id)
	}))
	r.API("POST", "/desk/speakers/:id/hold", web.Moderators, h.apiSpeaker(func(c *web.Ctx, id string, _ speakerJSON) error {
		return h.rooms.HoldSpeaker(c.UserContext(), c.Who, id)
	}))
	r.API("POST", "/desk/speakers/:id/extend", web.Moderators, h.apiSpeaker(func(c *web.Ctx, id string, in speakerJSON) error {
		return h.rooms.Extend(c.UserContext(), c.Who, id, in.Seconds)
	}))
	r.API("POST", "/desk/speakers/:id/place", web.Moderators, h.apiSpeaker(func(c *web.Ctx, id string, in speakerJSON) error {
		return h.rooms.Place(c.UserContext(), c.Who, id, in.Before)
	}))
	r.API("POST", "/desk/polls/:id", web.Moderators, h.apiSetPoll)
}

// body reads the JSON body if there is one: most verbs need no fields.
func body(c *web.Ctx, v any) error {
	if len(c.Body()) == 0 {
		return nil
	}
	return c.Read(v)
}

type roomJSON struct {
	Code      string      `json:"code"`
	State     string      `json:"state"`
	Title     rooms.Words `json:"title"`
	Moderated bool        `json:"moderated"`
	Tier      string      `json:"tier"`
	Hearing   string      `json:"hearing,omitempty"`
	URL       string      `json:"url"`
}

func (h handler) apiRooms(c *web.Ctx) error {
	list, err := h.rooms.Public(c.UserContext())
	if err != nil {
		return err
	}
	out := struct {
		Rooms []roomJSON `json:"rooms"`
	}{[]roomJSON{}}
	for _, r := range list {
		out.Rooms = append(out.Rooms, toRoomJSON(r))
	}
	return c.Answer(out)
}

func toRoomJSON(r models.Room) roomJSON {
	return roomJSON{r.Code, string(r.State), rooms.Words{ZH: r.TitleZH, EN: r.TitleEN}, r.Moderated, string(r.Tier), r.HearingID, "/live/" + r.Code}
}

func (h handler) apiRoom(c *web.Ctx) error {
	st, err := h.rooms.State(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	return c.Answer(st)
}

func (h handler) apiAsk(c *web.Ctx) error {
	var in struct {
		Body      string `json:"body"`
		Anonymous *bool  `json:"anonymous"`
		Display   string `json:"display"`
		Name      string `json:"name"`
		Agenda    string `json:"agenda"`
		Clause    string `json:"clause"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	ask := rooms.AskInput{Code: c.Params("code"), Body: in.Body, AgendaItemID: in.Agenda, ClauseKey: in.Clause, Display: models.Display(in.Display), Name: in.Name}
	if in.Display == "" {
		ask.Display = displayOf(in.Anonymous == nil || *in.Anonymous)
	}
	got, err := h.rooms.Ask(c.UserContext(), c.Who, ask, c.Idem(in))
	if err != nil {
		return err
	}
	c.Status(fiber.StatusCreated)
	c.Set(fiber.HeaderLocation, "/live/"+c.Params("code"))
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Answer(got)
}

// displayOf is how a name appears: not at all, or the nickname.
func displayOf(anonymous bool) models.Display {
	if anonymous {
		return models.Anonymous
	}
	return models.Nickname
}

type questionsJSON struct {
	Questions []rooms.QuestionView `json:"questions"`
}

func (h handler) apiSimilar(c *web.Ctx) error {
	list, err := h.rooms.Similar(c.UserContext(), c.Params("code"), c.Query("body"))
	if err != nil {
		return err
	}
	return c.Answer(views(list))
}

func views(list []models.Question) questionsJSON {
	out := questionsJSON{[]rooms.QuestionView{}}
	for _, q := range list {
		out.Questions = append(out.Questions, rooms.ViewOf(q, nil))
	}
	return out
}

func (h handler) apiOverdue(c *web.Ctx) error {
	list, err := h.rooms.Overdue(c.UserContext())
	if err != nil {
		return err
	}
	out := questionsJSON{[]rooms.QuestionView{}}
	for _, l := range list {
		out.Questions = append(out.Questions, rooms.ViewOf(l.Question, l.Office))
	}
	return c.Answer(out)
}

func (h handler) apiQuestion(c *web.Ctx) error {
	q, _, err := h.rooms.Shown(c.UserContext(), c.Params("id"))
	if err == nil {
		return c.Answer(rooms.ViewOf(q, nil))
	}
	if !models.IsNotFound(err) {
		return err
	}
	own, _, err := h.rooms.Own(c.UserContext(), c.Who, c.Params("id")) // what waits or is held back is there for its author
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.Answer(own)
}

func (h handler) apiSupport(on bool) web.Handler {
	return func(c *web.Ctx) error {
		got, err := h.rooms.Support(c.UserContext(), c.Who, c.Params("id"), on, c.Idem(on))
		if err != nil {
			return err
		}
		return c.Answer(got)
	}
}

func (h handler) apiSignUp(c *web.Ctx) error {
	var in struct {
		Kind   string `json:"kind"`
		Side   string `json:"side"`
		Name   string `json:"name"`
		Agenda string `json:"agenda"`
		Hall   bool   `json:"hall"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	e, err := h.rooms.SignUp(c.UserContext(), c.Who, c.Params("code"), rooms.SignUpInput{Kind: models.SpeakerKind(in.Kind), Side: in.Side, Name: in.Name, AgendaItemID: in.Agenda, Hall: in.Hall}, c.Idem(in))
	if err != nil {
		return err
	}
	c.Status(fiber.StatusCreated)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Answer(rooms.SpeakerViewOf(e))
}

func (h handler) apiWithdraw(c *web.Ctx) error {
	if err := h.rooms.Withdraw(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (h handler) apiVote(c *web.Ctx) error {
	var in struct {
		Choices []*int `json:"choices"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	choices := make([]int, len(in.Choices))
	for i, n := range in.Choices {
		if n == nil { // not the first option, as 0 would be
			return models.FailField("choices", "error.wrong_type", "field", "choices")
		}
		choices[i] = *n
	}
	v, err := h.rooms.Vote(c.UserContext(), c.Who, c.Params("id"), choices, c.Idem(in))
	if err != nil {
		return err
	}
	return c.Answer(v)
}

// apiRetract takes the caller's own question back.
func (h handler) apiRetract(c *web.Ctx) error {
	if err := h.rooms.Retract(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// apiAppeal takes the author's objection to being held back.
func (h handler) apiAppeal(c *web.Ctx) error {
	var in struct {
		Text string `json:"text"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	if err := h.rooms.Appeal(c.UserContext(), c.Who, c.Params("id"), in.Text); err != nil {
		return err
	}
	v, _, err := h.rooms.Own(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return c.Answer(v)
}

// apiFocus tells the other moderators what the caller looks at.
func (h handler) apiFocus(c *web.Ctx) error {
	var in struct {
		Question string `json:"question"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	if err := h.rooms.Focus(c.UserContext(), c.Who, c.Params("code"), in.Question); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
