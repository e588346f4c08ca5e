package web

import (
	"bytes"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// versions are those of HTTP that this server speaks.
var versions = []string{"HTTP/1.1", "HTTP/1.0"}

// methods are those that some route or client of HTTP has a use for.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// ambiguous says whether two servers could read the header in two ways, so that one of
// them takes for a request what is a body to the other: lines that end bare, lines
// that go on in the next one, and a length beside chunks (RFC 9112 §2.2, §5.2, §6.3).
// The library reads all of them; a proxy in front may read them otherwise.
func ambiguous(h *fasthttp.RequestHeader) bool {
	length, chunks := false, false
	for rest := h.RawHeaders(); ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return length && chunks
		}
		if i == 0 || rest[i-1] != '\r' || i+1 < len(rest) && (rest[i+1] == ' ' || rest[i+1] == '\t') {
			return true
		}
		line := rest[:i-1]
		if bytes.IndexByte(line, '\r') >= 0 {
			return true
		}
		length = length || isHeader(line, "content-length:")
		chunks = chunks || isHeader(line, "transfer-encoding:")
		rest = rest[i+1:]
	}
}

func isHeader(line []byte, name string) bool {
	return len(line) >= len(name) && strings.EqualFold(string(line[:len(name)]), name)
}

// clear answers what cannot be read in one way only, and says whether it can.
func (r *Router) clear(ctx *fasthttp.RequestCtx) bool {
	switch {
	case ambiguous(&ctx.Request.Header):
		r.plain(ctx, fasthttp.StatusBadRequest, "error.malformed")
	case !slices.Contains(versions, string(ctx.Request.Header.Protocol())):
		r.plain(ctx, fasthttp.StatusHTTPVersionNotSupported, "error.malformed")
	case !slices.Contains(methods, string(ctx.Method())):
		r.plain(ctx, fasthttp.StatusMethodNotAllowed, "error.method")
	default:
		return true
	}
	return false
}
