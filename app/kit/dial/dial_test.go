package dial_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"minyi/app/kit/dial"
)

func TestInsideAddressesAreRefused(t *testing.T) {
	var none dial.Policy
	for _, a := range []string{"127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "198.18.0.1"} {
		if none.Allows(netip.MustParseAddr(a)) {
			t.Errorf("%s may be dialled", a)
		}
	}
	for _, a := range []string{"1.1.1.1", "114.114.114.114", "172.32.0.1", "2400:3200::1", "::ffff:1.1.1.1"} {
		if !none.Allows(netip.MustParseAddr(a)) {
			t.Errorf("%s may not be dialled", a)
		}
	}
	if none.Allows(netip.Addr{}) {
		t.Error("no address at all may be dialled")
	}
}

func TestParsePolicy(t *testing.T) {
	p, err := dial.ParsePolicy("10.2.0.0/16, 127.0.0.1\nfd00::5")
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[string]bool{"10.2.9.9": true, "::ffff:10.2.9.9": true, "10.3.0.1": false, "127.0.0.1": true, "127.0.0.2": false, "fd00::5": true, "fd00::6": false} {
		if got := p.Allows(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %v", a, got)
		}
	}
	p, err = dial.ParsePolicy("private")
	if err != nil || !p.Allows(netip.MustParseAddr("192.168.1.1")) || p.Allows(netip.MustParseAddr("0.0.0.0")) {
		t.Errorf("private: %v, %v", p, err)
	}
	for _, s := range []string{"10.2.0.0/99", "localhost", "10.2"} {
		if _, err := dial.ParsePolicy(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestDialing(t *testing.T) {
	hits := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())

	closed := dial.New(dial.Policy{}).Client(5 * time.Second)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} { // localhost: a name that leads inside
		_, err := closed.Get("http://" + host + ":" + port)
		if !errors.Is(err, dial.ErrRefused) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if hits != 0 {
		t.Fatal("the server was reached")
	}
	open, err := dial.ParsePolicy("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	client := dial.New(open).Client(5 * time.Second)
	res, err := client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusFound || hits != 1 {
		t.Errorf("status %d after %d requests: redirects are not followed", res.StatusCode, hits)
	}
	if _, err := dial.New(open).DialContext(context.Background(), "udp", "127.0.0.1:53"); !errors.Is(err, dial.ErrRefused) {
		t.Errorf("udp: %v", err)
	}
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	tr := dial.New(dial.Policy{}).Client(time.Second).Transport.(*http.Transport)
	if tr.Proxy != nil {
		u, _ := tr.Proxy(&http.Request{URL: &url.URL{Scheme: "http", Host: "example.org"}})
		t.Errorf("goes through %v", u)
	}
}
