package realtime

import (
	"errors"
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

// Upgrade makes the handler of the live address. The HTTP server must be set to
// KeepHijackedConns: a socket then holds nothing of the request that it came
// with, neither its headers nor the server's buffers.
//
// identify tells who it is: by session cookie, Authorization header or one-time
// ticket in the query (?ticket=). It is called last, so that a ticket is not
// spent on a request that is refused anyway; its error is returned as it is.
//
// origins lists who may connect from a browser, as "https://host[:port]". The
// Origin header must equal one of them, character for character. Without the
// header only a client without cookies may connect: it is no browser, and has no
// ambient sign-in that a foreign page could borrow.
//
// address is where the client sits, for MaxPerAddress: behind a proxy not where
// the connection comes from, or all people would be one crowd.
func Upgrade(h *Hub, identify func(*fiber.Ctx) (Viewer, error), origins func() []string, address func(*fiber.Ctx) string) fiber.Handler {
	upgrade := websocket.New(func(conn *websocket.Conn) {
		defer h.contain("upgrade")
		go h.serve(welcomed(h, conn))
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
		addr := strings.Clone(address(c))
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

// welcomed makes a client of a fresh WebSocket. The library has done its part
// with the handshake; its connection is left to the collector.
func welcomed(h *Hub, conn *websocket.Conn) *client {
	who, _ := conn.Locals(localViewer).(visitor)
	hijacked := conn.NetConn()
	// The library keeps a copy of every header, cookie and query value, secrets
	// among them, until the connection is used again. Let them go.
	*conn = websocket.Conn{Conn: conn.Conn}
	c := newClient(h, bare(hijacked), who)
	early(hijacked, c.in.add)
	return c
}

// early takes what the client sent right behind the handshake, which the HTTP
// server may have read already: with a deadline that is over only what is in
// memory can be read.
func early(c net.Conn, take func([]byte)) {
	_ = c.SetReadDeadline(time.Unix(1, 0))
	var p [512]byte
	for {
		n, err := c.Read(p[:])
		take(p[:n])
		if err != nil {
			return
		}
	}
}

// bare finds the connection under the server's wrapper.
func bare(c net.Conn) net.Conn {
	if w, ok := c.(interface{ UnsafeConn() net.Conn }); ok {
		return w.UnsafeConn()
	}
	return c
}
