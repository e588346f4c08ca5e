package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/gofiber/fiber/v2"

	"minyi/models"
)

// Answers keeps answers with the idempotency keys of their requests; the store
// implements it.
type Answers interface {
	// AnswerTo gives the answer to a request that was sent before.
	AnswerTo(ctx context.Context, idem models.Idem, out any) (known bool, err error)
	// KeepAnswer keeps the answer to a request of which an act was committed.
	KeepAnswer(ctx context.Context, idem models.Idem, answer any) error
	// ForgetRepeat lets a request that failed after its first act be sent again.
	ForgetRepeat(ctx context.Context, idem models.Idem) error
}

// given is an answer as it was given to a program.
type given struct {
	Status   int             `json:"status"`
	Location string          `json:"location,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
}

// KeepsKeys says that the handler makes a repeated sending of its request one act
// itself, as those do that pass [Ctx.Idem] on: then nothing is kept for it here.
func (c *Ctx) KeepsKeys() {
	if c.repeat != nil {
		c.repeat.Off = true
	}
}

// once calls the handler of a write of the API so that the same request with the same
// key has one effect and one answer (trust.md §1). The key is written down by the first
// act that the handler commits, in its transaction.
func (c *Ctx) once(h Handler) error {
	key := c.Get(idempotencyHeader)
	if !c.API || key == "" || c.r.o.Answers == nil || c.Method() == fiber.MethodGet {
		return h(c)
	}
	var body bytes.Buffer
	if json.Compact(&body, c.Body()) != nil {
		body.Reset()
		body.Write(c.Body())
	}
	idem := models.Idem{Voice: c.Who.Voice(), Key: "api " + c.Route().Method + " " + c.Route().Path + " " + key, Hash: models.HashOf([]any{c.OriginalPath(), body.String()})}
	c.repeat = &models.Repeat{Idem: idem}
	ctx := c.UserContext()
	c.SetUserContext(models.WithRepeat(ctx, c.repeat))
	err := h(c)
	c.SetUserContext(ctx)
	switch {
	case c.repeat.Off:
		return err
	case err != nil && c.repeat.Done:
		return errors.Join(err, c.r.o.Answers.ForgetRepeat(ctx, idem))
	case err != nil:
		return c.again(ctx, idem, err)
	case c.repeat.Done:
		now := given{Status: c.Response().StatusCode(), Location: c.GetRespHeader(fiber.HeaderLocation)}
		if json.Valid(c.Response().Body()) { // 204 has words that are not sent
			now.Body = bytes.Clone(c.Response().Body())
		}
		if err := c.r.o.Answers.KeepAnswer(ctx, idem, now); err != nil { // it was done, and who asked is told so
			c.r.o.Log.Warn("answer not kept", "request", c.RequestID, "err", err)
		}
	}
	return nil
}

// again gives the answer of before to what was refused, if it was answered before:
// what is taken back already, for instance, is not there any more.
func (c *Ctx) again(ctx context.Context, idem models.Idem, refused error) error {
	var before given
	switch known, err := c.r.o.Answers.AnswerTo(ctx, idem, &before); {
	case !known:
		return refused
	case err != nil:
		return err
	}
	c.Response().ResetBody()
	c.Status(before.Status)
	if before.Location != "" {
		c.Set(fiber.HeaderLocation, before.Location)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if len(before.Body) == 0 {
		return nil
	}
	c.Set(fiber.HeaderETag, tagOf(before.Body))
	c.Set(fiber.HeaderContentType, "application/json; charset=utf-8")
	return c.Send(before.Body)
}
