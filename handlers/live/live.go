// Package live joins the live hub with the rest: its routes, who sits at a socket,
// and what the hub reads.
package live

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/kit/actor"
	"minyi/app/live"
	"minyi/frontend"
	"minyi/handlers/web"
	"minyi/models"
	"minyi/realtime"
)

// Translate makes the sentence of an error frame.
func Translate(lang, key string, args []any) string { return frontend.WordsIn(lang).T(key, args...) }

// Mount adds /ws, and for clients that cannot keep a socket /api/v1/live; tickets
// and the description of the protocol.
func Mount(r *web.Router, s *live.Service, hub *realtime.Hub) {
	h := handler{s, hub}
	r.Raw("GET", "/ws", web.Public, realtime.Upgrade(hub, h.identify, r.Origins, network))
	r.API("GET", "/live", web.Public, h.poll)
	r.API("POST", "/tickets", web.SignedIn, h.ticket)
	r.API("GET", "/asyncapi.json", web.Public, func(c *web.Ctx) error {
		c.Depends(time.Time{})
		return c.Answer(realtime.AsyncAPI())
	})
}

type handler struct {
	live *live.Service
	hub  *realtime.Hub
}

// network is the address of who opens a socket, as a trusted proxy names it.
func network(f *fiber.Ctx) string { return web.Of(f).Who.Network }

// identify tells who opens a socket: by the ticket if there is one, else as for
// any request.
func (h handler) identify(f *fiber.Ctx) (realtime.Viewer, error) {
	c := web.Of(f)
	who := c.Who
	if ticket := c.Query("ticket"); ticket != "" {
		var err error
		if who, err = h.live.Redeem(c.UserContext(), ticket); err != nil {
			return realtime.Viewer{}, fiber.NewError(web.Status(err), "ticket")
		}
	}
	return viewer(who), nil
}

func viewer(who actor.Actor) realtime.Viewer {
	return realtime.Viewer{ID: who.PersonID, SessionKey: who.SessionID, Lang: who.Lang, Who: who}
}

// poll answers with the frames that a socket would have sent.
func (h handler) poll(c *web.Ctx) error {
	var since *realtime.Position
	if epoch := c.Query("epoch"); epoch != "" || c.Query("seq") != "" {
		seq, err := strconv.ParseUint(c.Query("seq"), 10, 63)
		if err != nil {
			return models.FailField("seq", "error.wrong_type", "field", "seq")
		}
		since = &realtime.Position{Epoch: epoch, Seq: seq}
	}
	body, tag, err := h.hub.Poll(c.UserContext(), viewer(c.Who), c.Query("topic"), since)
	if err != nil {
		return people(err)
	}
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	c.Set(fiber.HeaderETag, tag)
	if web.HasTag(c.Get(fiber.HeaderIfNoneMatch), tag) {
		c.Status(fiber.StatusNotModified)
		return nil
	}
	c.Set(fiber.HeaderContentType, "application/json; charset=utf-8")
	return c.Send(body)
}

func (h handler) ticket(c *web.Ctx) error {
	t, err := h.live.NewTicket(c.Who)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Status(fiber.StatusCreated)
	return c.Answer(struct {
		live.Ticket
		URL string `json:"url"`
	}{t, "/ws?ticket=" + url.QueryEscape(t.Ticket)})
}

// people turns what the hub says into an error of the house.
func people(err error) error {
	var r *realtime.Refusal
	if !errors.As(err, &r) {
		return &models.Error{Kind: models.Unavailable, Key: "realtime.unavailable", Err: err}
	}
	kinds := map[string]models.Kind{
		realtime.CodeUnknownTopic: models.NotFound, realtime.CodeNotAllowed: models.Forbidden, realtime.CodeSignIn: models.SignIn,
		realtime.CodeTooMany: models.TooMany, realtime.CodeClosed: models.Closed, realtime.CodeUnavailable: models.Unavailable,
	}
	kind, ok := kinds[r.Code]
	if !ok {
		kind = models.Invalid
	}
	return &models.Error{Kind: kind, Key: r.Key, Args: r.Args, Err: r.Err}
}

// Source lets the hub read through the service.
func Source(s *live.Service) realtime.Source { return source{s} }

type source struct{ live *live.Service }

func (s source) Position(ctx context.Context, topic string) (string, uint64, error) {
	epoch, seq, err := s.live.Position(ctx, topic)
	return epoch, uint64(seq), err
}

func (s source) Since(ctx context.Context, topic string, after uint64, limit int) ([]realtime.Event, error) {
	rows, err := s.live.Since(ctx, topic, int64(after), limit)
	list := make([]realtime.Event, len(rows))
	for i, e := range rows {
		list[i] = realtime.Event{Seq: uint64(e.TopicSeq), Kind: e.Kind, At: e.At, Audience: e.Audience, Data: json.RawMessage(e.Data)}
	}
	return list, err
}

func (s source) Snapshot(ctx context.Context, who realtime.Viewer, topic string) (json.RawMessage, error) {
	a, _ := who.Who.(actor.Actor)
	state, err := s.live.Snapshot(ctx, a, topic)
	if err != nil {
		return nil, refusal(err)
	}
	return json.Marshal(state)
}

// Counts are read when a topic comes into memory.
func (s source) Counts(ctx context.Context, topic string) (json.RawMessage, uint64, error) {
	counts, after, err := s.live.Counts(ctx, topic)
	return counts, uint64(after), err
}

// SnapshotKey: the numbers of a consultation are the same for everybody.
func (s source) SnapshotKey(_ realtime.Viewer, topic string) string {
	if strings.HasPrefix(topic, models.ConsultationTopic("")) {
		return "everybody"
	}
	return ""
}

func (s source) MayJoin(ctx context.Context, who realtime.Viewer, topic string) error {
	a, _ := who.Who.(actor.Actor)
	return refusal(s.live.MayJoin(ctx, a, topic))
}

// refusal turns an error that people may know into the hub's own; others stay and
// are shown as unavailable.
func refusal(err error) error {
	var e *models.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	codes := map[models.Kind]string{
		models.NotFound: realtime.CodeUnknownTopic, models.Forbidden: realtime.CodeNotAllowed, models.SignIn: realtime.CodeSignIn,
		models.TooMany: realtime.CodeTooMany, models.Closed: realtime.CodeClosed, models.Invalid: realtime.CodeInvalid,
	}
	code, ok := codes[e.Kind]
	if !ok {
		return err
	}
	return &realtime.Refusal{Code: code, Key: e.Key, Args: e.Args, Err: e.Err}
}
