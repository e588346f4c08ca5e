package web

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"minyi/frontend"
)

// uploadTime is how long a form with files may take to arrive.
const uploadTime = 5 * time.Minute

// Server is the HTTP server in front of the router.
type Server struct{ http *fasthttp.Server }

// NewServer makes the server. Timeouts follow trust.md §2; sockets that were
// upgraded to WebSocket have their own.
func NewServer(r *Router) *Server {
	next := r.app.Handler()
	return &Server{&fasthttp.Server{
		Handler:            func(ctx *fasthttp.RequestCtx) { r.contained(ctx, next) },
		ReadTimeout:        15 * time.Second,
		WriteTimeout:       60 * time.Second,
		IdleTimeout:        60 * time.Second,
		MaxRequestBodySize: bodyLimit,
		// A body is read by receive, when there is a place for it.
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		HeaderReceived:               patience,
		ReadBufferSize:               16 << 10,
		NoDefaultServerHeader:        true,
		NoDefaultDate:                false,
		Concurrency:                  64 << 10,
		CloseOnShutdown:              true,
		KeepHijackedConns:            true, // see realtime.Upgrade
		ErrorHandler:                 r.unreadable,
		// Its own log repeats what came in, tokens and passwords among it.
		Logger:                silent{},
		SecureErrorLogMessage: true,
	}}
}

// silent is the log of the HTTP library: who sends what cannot be read is told so,
// and that is all.
type silent struct{}

// Printf says nothing.
func (silent) Printf(string, ...any) {}

// unreadable answers what is no request that can be read, or is too large to be.
func (r *Router) unreadable(ctx *fasthttp.RequestCtx, err error) {
	status, key := fasthttp.StatusBadRequest, "error.malformed"
	var slow net.Error
	var long *fasthttp.ErrSmallBuffer
	switch {
	case errors.As(err, &long):
		status, key = fasthttp.StatusRequestHeaderFieldsTooLarge, "error.address_long"
	case strings.Contains(err.Error(), "body size exceeds"), errors.Is(err, fasthttp.ErrBodyTooLarge):
		status, key = fasthttp.StatusRequestEntityTooLarge, "error.too_large"
		swallow(ctx.Conn())
	case errors.As(err, &slow) && slow.Timeout():
		status = fasthttp.StatusRequestTimeout
	}
	r.plain(ctx, status, key)
}

// plain answers where no page can be made: with one line of text, and programs with
// their problem+json.
func (r *Router) plain(ctx *fasthttp.RequestCtx, status int, key string) {
	lang, path, id := "zh", string(ctx.Path()), requestID()
	programs := forPrograms(path)
	switch {
	case programs:
		lang = apiLang(string(ctx.Request.Header.Peek("Accept-Language")))
	case path == "/en" || strings.HasPrefix(path, "/en/"):
		lang = "en"
	}
	words := frontend.WordsIn(lang)
	ctx.Response.Reset()
	secure(&ctx.Response.Header, r.o.Secure, id)
	ctx.Response.Header.Set("Cache-Control", "no-store")
	ctx.SetStatusCode(status)
	if status == fasthttp.StatusMethodNotAllowed {
		ctx.Response.Header.Set("Allow", strings.Join(methods, ", "))
	}
	ctx.SetConnectionClose()
	if programs {
		body, _ := json.Marshal(Problem{Type: "about:blank", Title: words.T(titleKey(status)), Status: status, Detail: words.T(key), Code: key, Instance: id}) // strings and a number
		ctx.SetContentType(problemType)
		ctx.SetBody(body)
		return
	}
	ctx.SetContentType("text/plain; charset=utf-8")
	ctx.SetBodyString(words.T(key))
}

// contained keeps a fault that nothing else has caught from ending the program.
func (r *Router) contained(ctx *fasthttp.RequestCtx, next fasthttp.RequestHandler) {
	defer func() {
		if p := recover(); p != nil {
			r.o.Log.Error("request failed", "path", string(ctx.Path()), "err", panicked(p))
			r.plain(ctx, fasthttp.StatusInternalServerError, "error.internal")
		}
	}()
	r.front(ctx, next)
}

// patience gives forms with files the time that a photo takes over a weak line, and
// waits for nothing of a body that is too large to be taken.
func patience(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	h.Del(tooLarge)
	if h.ContentLength() > bodyMost(h) {
		h.SetContentLength(0) // receive refuses it and ends the connection
		h.Set(tooLarge, "announced")
	}
	if isForm(h) {
		return fasthttp.RequestConfig{ReadTimeout: uploadTime}
	}
	return fasthttp.RequestConfig{}
}

// front takes the language off the path and answers from the cache where it can. HEAD
// is GET without its body (RFC 9110 §9.3.2): link checkers and monitors ask so.
func (r *Router) front(ctx *fasthttp.RequestCtx, next fasthttp.RequestHandler) {
	if !r.clear(ctx) {
		return
	}
	leave, ok := r.receive(ctx)
	if !ok {
		return
	}
	defer leave()
	if ctx.IsHead() {
		ctx.Request.Header.SetMethod(fasthttp.MethodGet)
		defer func() { ctx.Response.SkipBody = true }()
	}
	path := string(ctx.Path())
	lang := "zh"
	if path == "/en" || strings.HasPrefix(path, "/en/") {
		lang = "en"
		ctx.SetUserValue(langKey, "en")
		rest := strings.TrimPrefix(path, "/en")
		if rest == "" {
			rest = "/"
		}
		ctx.URI().SetPath(rest)
		ctx.Request.SetRequestURIBytes(ctx.URI().RequestURI())
		path = rest
	}
	switch {
	case strings.HasPrefix(path, "/ws"), strings.HasPrefix(path, "/assets/"), strings.HasPrefix(path, "/healthz"), strings.HasPrefix(path, "/readyz"):
		next(ctx)
	default:
		r.cache.serve(ctx, lang, next)
	}
}

// Serve answers on the listener until [Server.Shutdown].
func (s *Server) Serve(ln net.Listener) error { return s.http.Serve(ln) }

// Shutdown stops taking connections and waits for answers under way.
func (s *Server) Shutdown(ctx context.Context) error { return s.http.ShutdownWithContext(ctx) }

func tagOf(b []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(b)
	return `"` + strconv.FormatUint(h.Sum64(), 36) + `"`
}
