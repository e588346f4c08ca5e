package web

import (
	"bytes"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"minyi/models"
)

// Uploads say how many large bodies the site holds at once. The zero value of each
// field stands for what a small machine can carry.
type Uploads struct {
	// Arriving is how many may be on their way, PerNetwork how many of them from one
	// address. Their files go to the disk, not into memory.
	Arriving, PerNetwork int
	// Working is how many forms with files are worked on: then their files are read.
	Working int
	// Patience is how long one waits for its place before it is told to come back.
	Patience time.Duration
}

func (u Uploads) orStandard() Uploads {
	standard := Uploads{Arriving: 32, PerNetwork: 12, Working: 4, Patience: 10 * time.Second}
	if u.Arriving == 0 {
		u.Arriving = standard.Arriving
	}
	if u.PerNetwork == 0 {
		u.PerNetwork = standard.PerNetwork
	}
	if u.Working == 0 {
		u.Working = standard.Working
	}
	if u.Patience == 0 {
		u.Patience = standard.Patience
	}
	return u
}

// Sizes of bodies.
const (
	smallBody = 256 << 10 // needs no place: an opinion, a report
	readAhead = 8 << 10   // is there before the handler runs
)

// bodies lets in what people send, as much of it at once as the machine can hold.
type bodies struct {
	o        Uploads
	arriving *places
	working  *places
}

func newBodies(u Uploads) *bodies {
	u = u.orStandard()
	return &bodies{u, newPlaces(u.Arriving, u.PerNetwork), newPlaces(u.Working, u.Working)}
}

// crowded marks a request whose body was not taken because too many came at once.
const crowded = "minyi.crowded"

// errCrowded is what its sender is told.
var errCrowded = &models.Error{Kind: models.Unavailable, Key: "error.uploads", RetryAfter: 10 * time.Second}

// tooLarge marks a request that announced more than is taken; a client's own header of
// this name is taken away.
const tooLarge = "X-Minyi-Too-Large"

func isForm(h *fasthttp.RequestHeader) bool {
	return bytes.HasPrefix(h.ContentType(), []byte(fiber.MIMEMultipartForm))
}

// bodyMost is how many bytes a body may have: forms with files more than anything else.
func bodyMost(h *fasthttp.RequestHeader) int {
	if isForm(h) {
		return bodyLimit
	}
	return formLimit
}

// receive takes in the body of a request: small ones at once, large ones when a place
// is free, the files of forms straight to the disk. When it says no, the request is
// answered already; else leave gives the places back after the handler.
func (r *Router) receive(ctx *fasthttp.RequestCtx) (leave func(), ok bool) {
	leave = func() {}
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return leave, true
	}
	form, most := isForm(&ctx.Request.Header), bodyMost(&ctx.Request.Header)
	length := ctx.Request.Header.ContentLength() // negative: it comes in chunks
	switch {
	case len(ctx.Request.Header.Peek(tooLarge)) > 0:
		r.unreadable(ctx, fasthttp.ErrBodyTooLarge)
		return leave, false
	case len(ctx.Request.Header.Peek(fiber.HeaderContentEncoding)) > 0: // eight packed megabytes are gigabytes
		r.plain(ctx, fasthttp.StatusUnsupportedMediaType, "error.malformed")
		return leave, false
	}
	if length < 0 || length > smallBody {
		if leave = r.bodies.arriving.take(r.network(ctx), r.bodies.o.Patience); leave == nil {
			swallow(ctx.Conn())
			ctx.Request.SetBodyRaw(nil)
			ctx.SetConnectionClose()
			ctx.SetUserValue(crowded, true)
			return func() {}, true
		}
	}
	var err error
	if form {
		_, err = ctx.Request.MultipartFormWithLimit(bodyLimit)
	} else {
		err = readBody(ctx, stream, length, most)
	}
	if err != nil {
		leave()
		r.unreadable(ctx, err)
		return func() {}, false
	}
	if form && (length < 0 || length > smallBody) {
		work := r.bodies.working.take("", r.bodies.o.Patience)
		if work == nil {
			leave()
			ctx.Request.SetBodyRaw(nil)
			ctx.SetUserValue(crowded, true)
			return func() {}, true
		}
		arrived := leave
		leave = func() { work(); arrived() }
	}
	return leave, true
}

// readBody reads a body into memory, which grows with what arrives and not with what
// was announced.
func readBody(ctx *fasthttp.RequestCtx, stream io.Reader, length, most int) error {
	var body bytes.Buffer
	if length > 0 {
		body.Grow(min(length, readAhead) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(io.LimitReader(stream, int64(most)+1)); err != nil {
		return err
	}
	switch {
	case body.Len() > most:
		return fasthttp.ErrBodyTooLarge
	case length >= 0 && body.Len() != length:
		return io.ErrUnexpectedEOF
	}
	ctx.Request.SetBodyRaw(body.Bytes())
	return nil
}
