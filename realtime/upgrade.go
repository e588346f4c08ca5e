package realtime

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"
)

// localViewer is where the identified viewer waits for the upgrade.
const localViewer = "realtime.viewer"

// Upgrade makes the handler of the live address.
//
// identify tells who it is: by session cookie, Authorization header or one-time
// ticket in the query (?ticket=). It is called last, so that a ticket is not
// spent on a request that is refused anyway; its error is returned as it is.
//
// origins lists who may connect from a browser, as "https://host[:port]". The
// Origin header must equal one of them, character for character. Without the
// header only a client without cookies may connect: it is no browser, and has no
// ambient sign-in that a foreign page could borrow.
func Upgrade(h *Hub, identify func(*fiber.Ctx) (Viewer, error), origins func() []string) fiber.Handler {
	upgrade := websocket.New(func(conn *websocket.Conn) {
		defer h.contain("upgrade")
		h.serve(welcomed(h, conn))
	}, websocket.Config{
		Origins:         []string{"*"}, // checked before, against a list that can change
		ReadBufferSize:  256,
		WriteBufferSize: 256,
		WriteBufferPool: &sync.Pool{},
	})
	return func(c *fiber.Ctx) error {
		if !websocket.IsWebSocketUpgrade(c) {
			return fiber.ErrUpgradeRequired
		}
		if !originAllowed(c, origins()) {
			h.stats.refused.Add(1)
			return fiber.ErrForbidden
		}
		addr := strings.Clone(c.IP())
		if err := h.room(addr); err != nil {
			h.stats.refused.Add(1)
			c.Set(fiber.HeaderRetryAfter, "5")
			if errors.Is(err, errCrowded) {
				return fiber.ErrTooManyRequests
			}
			return fiber.ErrServiceUnavailable
		}
		asked := time.Now()
		who, err := identify(c)
		if err != nil {
			h.stats.refused.Add(1)
			return err
		}
		c.Locals(localViewer, visitor{who, addr, asked})
		return upgrade(c)
	}
}

func originAllowed(c *fiber.Ctx, allowed []string) bool {
	switch values := c.Request().Header.PeekAll(fiber.HeaderOrigin); len(values) {
	case 0:
		return len(c.Request().Header.Peek(fiber.HeaderCookie)) == 0
	case 1:
		origin := string(values[0])
		return origin != "null" && origin != "" && slices.Contains(allowed, origin)
	default:
		return false
	}
}

// welcomed makes a client of a fresh WebSocket.
//
//go:noinline
func welcomed(h *Hub, conn *websocket.Conn) *client {
	who, _ := conn.Locals(localViewer).(visitor)
	// The library keeps a copy of every header, cookie and query value, secrets
	// among them, for as long as the socket lives. Let them go.
	*conn = websocket.Conn{Conn: conn.Conn}
	s := &socket{conn: conn.Conn.NetConn(), ws: conn}
	s.wire = newWire(bare(s.conn))
	c := newClient(h, s, who)
	conn.SetReadLimit(maxMessage)
	conn.SetCloseHandler(func(int, string) error { return nil }) // answered by finish
	conn.SetPongHandler(func(string) error { c.control(nil); return nil })
	conn.SetPingHandler(func(data string) error { c.control(appendFrame(nil, wsPong, []byte(data))); return nil })
	return c
}

// bare finds the connection under the server's wrapper; only reads need the
// wrapper, which may hold bytes that came with the request.
func bare(c net.Conn) net.Conn {
	if w, ok := c.(interface{ UnsafeConn() net.Conn }); ok {
		return w.UnsafeConn()
	}
	return c
}

// socket is a link over a WebSocket. Reading uses the library; writing sends
// frames that were built once for everybody.
type socket struct {
	wire
	ws   *websocket.Conn
	conn net.Conn
}

func (s *socket) read() (bool, []byte, error) {
	kind, p, err := s.ws.ReadMessage()
	// The two libraries have an ErrReadLimit each, and the inner one arrives.
	if errors.Is(err, websocket.ErrReadLimit) || err != nil && err.Error() == "websocket: read limit exceeded" {
		err = errTooBig
	}
	return kind == websocket.TextMessage, p, err
}

func (s *socket) setReadDeadline(t time.Time) { _ = s.conn.SetReadDeadline(t) }

func (s *socket) drop() { _, _ = io.Copy(io.Discard, s.conn) }

func (s *socket) close() { _ = s.wire.conn.Close() }
