package rooms

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"minyi/app/kit/actor"
	"minyi/app/rooms"
	"minyi/models"
	"minyi/realtime"
)

// Acts lets people ask and second over the live socket.
func Acts(s *rooms.Service) realtime.Acts { return acts{s} }

type acts struct{ rooms *rooms.Service }

// Do runs the verb of a frame. The key of the frame makes a frame that is sent again
// one act; it is kept apart from the keys of the HTTP API.
func (a acts) Do(ctx context.Context, viewer realtime.Viewer, topic string, f realtime.Frame) (string, error) {
	who, _ := viewer.Who.(actor.Actor)
	code, part, _ := strings.Cut(strings.TrimPrefix(topic, rooms.TopicPrefix), ":")
	if !strings.HasPrefix(topic, rooms.TopicPrefix) || part != "" {
		return "", &realtime.Refusal{Code: realtime.CodeUnknownOp, Key: "realtime.unknown_op"}
	}
	idem := models.Idem{Voice: who.Voice(), Key: "ws " + f.Key}
	var id string
	var err error
	switch f.Op {
	case "ask":
		id, err = a.ask(ctx, who, code, f, idem)
	case "support":
		idem.Hash = models.HashOf([]any{"support", f.Question, f.On})
		id, err = a.rooms.Second(ctx, who, f.Question, f.On, idem)
	default:
		return "", &realtime.Refusal{Code: realtime.CodeUnknownOp, Key: "realtime.unknown_op"}
	}
	return id, refused(err)
}

func (a acts) ask(ctx context.Context, who actor.Actor, code string, f realtime.Frame, idem models.Idem) (string, error) {
	var more struct {
		Agenda string `json:"agenda"`
		Clause string `json:"clause"`
		Name   string `json:"name"`
	}
	if err := json.Unmarshal(f.Raw, &more); err != nil {
		return "", &realtime.Refusal{Code: realtime.CodeInvalid, Key: "error.malformed"}
	}
	idem.Hash = models.HashOf([]any{"ask", code, f.Body, f.Anonymous, more})
	got, err := a.rooms.Ask(ctx, who, rooms.AskInput{Code: code, Body: f.Body, AgendaItemID: more.Agenda, ClauseKey: more.Clause, Display: displayOf(f.Anonymous), Name: more.Name}, idem)
	return got.ID, err
}

// codes tell programs what people read in words.
var codes = map[models.Kind]string{
	models.NotFound: realtime.CodeInvalid, models.Forbidden: realtime.CodeNotAllowed, models.SignIn: realtime.CodeSignIn, models.TooMany: realtime.CodeTooMany,
	models.Closed: realtime.CodeClosed, models.Invalid: realtime.CodeInvalid, models.Conflict: realtime.CodeInvalid,
}

// refused turns an error that people may know into the hub's own.
func refused(err error) error {
	var e *models.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	code, ok := codes[e.Kind]
	if !ok {
		return err
	}
	return &realtime.Refusal{Code: code, Key: e.Key, Args: e.Args, Err: e.Err}
}
