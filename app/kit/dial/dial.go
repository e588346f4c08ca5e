// Package dial is the one way out: every request of the server to somewhere
// else (mail, text messages, OIDC, webhooks) is dialled here. Addresses inside
// the house are refused unless the operator allowed them, so that nobody can
// make the server knock on doors that only it can reach.
package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// ErrRefused says that an address is inside the house and not allowed.
var ErrRefused = errors.New("dial: address not allowed")

// Policy names what is allowed beside public addresses; the zero Policy allows
// nothing else.
type Policy struct {
	Allow []netip.Prefix
}

// ParsePolicy reads the operator's setting: addresses and prefixes divided by
// commas or spaces ("127.0.0.1, 10.2.0.0/16"), or the word private for
// loopback, private and link-local ones all together. Empty allows none. The
// error names the wrong part.
func ParsePolicy(setting string) (Policy, error) {
	var p Policy
	for _, w := range strings.FieldsFunc(setting, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' }) {
		switch {
		case w == "private":
			p.Allow = append(p.Allow, inside...)
		case strings.Contains(w, "/"):
			x, err := netip.ParsePrefix(w)
			if err != nil {
				return Policy{}, fmt.Errorf("%q is not an address prefix such as 10.2.0.0/16", w)
			}
			p.Allow = append(p.Allow, x.Masked())
		default:
			a, err := netip.ParseAddr(w)
			if err != nil {
				return Policy{}, fmt.Errorf("%q is not an address such as 10.2.0.5", w)
			}
			p.Allow = append(p.Allow, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return p, nil
}

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

var (
	// inside can be allowed by the word private.
	inside = prefixes("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
		"100.64.0.0/10", "169.254.0.0/16", "fe80::/10", "fc00::/7")
	// special are no hosts at all, or roads round the check: IPv6 prefixes that
	// carry an IPv4 address (NAT64, 6to4, Teredo, compatible).
	special = prefixes("0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "fec0::/10", "ff00::/8")
)

// Allows tells whether an address may be dialled.
func (p Policy) Allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, x := range p.Allow {
		if x.Contains(a) {
			return true
		}
	}
	for _, list := range [][]netip.Prefix{inside, special} {
		for _, x := range list {
			if x.Contains(a) {
				return false
			}
		}
	}
	return a.IsValid()
}

// Dialer dials under a policy. The check is made on the very address that the
// socket is about to connect to, after the name was looked up: a name that
// points elsewhere the second time (DNS rebinding) gains nothing.
type Dialer struct{ net net.Dialer }

// New makes a dialer; connecting may take 10 seconds.
func New(p Policy) *Dialer {
	return &Dialer{net: net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second,
		Control: func(network, address string, _ syscall.RawConn) error {
			if network != "tcp4" && network != "tcp6" {
				return fmt.Errorf("%w: %s", ErrRefused, network)
			}
			ap, err := netip.ParseAddrPort(address)
			if err != nil || !p.Allows(ap.Addr()) {
				return fmt.Errorf("%w: %s is inside the house, allow it in the settings if it is meant", ErrRefused, address)
			}
			return nil
		}}}
}

// DialContext connects to host:port over TCP, or fails with [ErrRefused].
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d.net.DialContext(ctx, network, address)
}

// Client is an HTTP client on this dialer: the whole exchange within timeout,
// no proxy from the environment (it would dial instead of us), no redirects
// (an answer may not send a secret elsewhere; the caller sees the 3xx), headers
// of at most 64 KiB. Bodies are the caller's to bound.
func (d *Dialer) Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            d.DialContext,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           16,
			MaxConnsPerHost:        16,
			IdleConnTimeout:        60 * time.Second,
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  timeout,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
}
