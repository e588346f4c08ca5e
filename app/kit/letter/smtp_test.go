package letter_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/app/kit/dial"
	"minyi/app/kit/letter"
)

// server is a small mail server, the peer of our client.
type server struct {
	net.Listener
	config   *tls.Config // nil: no STARTTLS
	refuse   map[string]string
	silent   bool
	accepted chan struct{}

	mu    sync.Mutex
	mails []received
	auths []string
}

type received struct {
	from, to, data string
	secure         bool
}

func serve(t *testing.T, s *server, implicit bool) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if implicit {
		l = tls.NewListener(l, s.config)
	}
	s.Listener, s.accepted = l, make(chan struct{}, 100)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.accepted <- struct{}{}
			wg.Go(func() {
				defer c.Close()
				s.talk(c, implicit)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return s
}

func (s *server) talk(c net.Conn, secure bool) {
	r := bufio.NewReader(c)
	say := func(line string) { fmt.Fprint(c, line+"\r\n") }
	if s.silent {
		_, _ = io.Copy(io.Discard, r)
		return
	}
	say("220 test")
	var m received
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, _, _ := strings.Cut(line, " ")
		if answer, ok := s.refuse[strings.ToUpper(verb)]; ok {
			say(answer)
			continue
		}
		switch strings.ToUpper(verb) {
		case "EHLO":
			lines := []string{"test", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"}
			if s.config != nil && !secure {
				lines = append(lines, "STARTTLS")
			}
			for i, l := range lines {
				say("250" + map[bool]string{true: " ", false: "-"}[i == len(lines)-1] + l)
			}
		case "STARTTLS":
			say("220 go")
			tc := tls.Server(c, s.config)
			if tc.Handshake() != nil {
				return
			}
			c, r, secure = tc, bufio.NewReader(tc), true
		case "AUTH":
			b, _ := base64.StdEncoding.DecodeString(line[strings.LastIndexByte(line, ' ')+1:])
			s.mu.Lock()
			s.auths = append(s.auths, string(b))
			s.mu.Unlock()
			say("235 2.7.0 yes")
		case "MAIL":
			m = received{from: line, secure: secure}
			say("250 2.1.0 ok")
		case "RCPT":
			m.to = line
			say("250 2.1.5 ok")
		case "DATA":
			say("354 go")
			var data strings.Builder
			for {
				l, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				data.WriteString(strings.TrimPrefix(l, "."))
			}
			m.data = data.String()
			s.mu.Lock()
			s.mails = append(s.mails, m)
			s.mu.Unlock()
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.0.0 ok")
		}
	}
}

func loopback(t *testing.T) *dial.Dialer {
	t.Helper()
	p, err := dial.ParsePolicy("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return dial.New(p)
}

// certificate makes a server certificate for 127.0.0.1 and the file of its authority.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}

func newSMTP(t *testing.T, setting string) *letter.SMTP {
	t.Helper()
	s, err := letter.NewSMTP(setting, loopback(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const from = "from=" + "%E6%B0%91%E6%84%8F+%3Cnoreply@town.example%3E"

func sample() letter.Letter {
	return letter.Letter{ID: "01HXLETTER", Channel: letter.Mail, To: "Li@例子.中国", Subject: "您的意见有了答复：第十二条，关于停车位的划分与收费标准的说明",
		Text: "您好：\n\n.一行以点开头\n办理结果见 https://town.example/r/7K4M-29QX\n", HTML: "<p>您好 &amp; 再见</p>",
		UnsubscribeURL: "https://town.example/leave?t=abc", At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
}

func TestMail(t *testing.T) {
	s := serve(t, &server{}, false)
	send := newSMTP(t, "smtp://"+s.Addr().String()+"?tls=none&"+from)
	if err := send.Send(context.Background(), sample()); err != nil {
		t.Fatal(err)
	}
	if len(s.mails) != 1 {
		t.Fatalf("%d mails", len(s.mails))
	}
	got := s.mails[0]
	if !strings.Contains(got.from, "<noreply@town.example>") || !strings.Contains(got.to, "<Li@xn--fsqu00a.xn--fiqs8s>") {
		t.Errorf("envelope %q %q", got.from, got.to)
	}
	m, err := mail.ReadMessage(strings.NewReader(got.data))
	if err != nil {
		t.Fatal(err)
	}
	words := new(mime.WordDecoder)
	for name, want := range map[string]string{
		"Subject": sample().Subject, "Message-Id": "<01HXLETTER@town.example>", "Date": "Sun, 01 Mar 2026 08:00:00 +0000",
		"List-Unsubscribe": "<https://town.example/leave?t=abc>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Auto-Submitted": "auto-generated", "User-Agent": "", "X-Mailer": "", "Mime-Version": "1.0",
	} {
		if h, err := words.DecodeHeader(m.Header.Get(name)); err != nil || h != want {
			t.Errorf("%s: %q, %v; want %q", name, h, err, want)
		}
	}
	if a, err := m.Header.AddressList("From"); err != nil || a[0].Name != "民意" || a[0].Address != "noreply@town.example" {
		t.Errorf("From %v, %v", a, err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for i, want := range []struct{ kind, text string }{{"text/plain", sample().Text}, {"text/html", sample().HTML}} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = p
		if p.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			r = quotedprintable.NewReader(p)
		}
		b, err := io.ReadAll(r)
		text := strings.ReplaceAll(string(b), "\r\n", "\n")
		if err != nil || !strings.HasPrefix(p.Header.Get("Content-Type"), want.kind) || strings.TrimSpace(text) != strings.TrimSpace(want.text) {
			t.Errorf("part %d is %s %q, %v", i, p.Header.Get("Content-Type"), text, err)
		}
	}
	for _, line := range strings.Split(got.data, "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func TestMailOverTLS(t *testing.T) {
	config, ca := certificate(t)
	for _, implicit := range []bool{false, true} {
		s := serve(t, &server{config: config}, implicit)
		scheme := map[bool]string{true: "smtps", false: "smtp"}[implicit]
		base := scheme + "://bot:secret%40word@" + s.Addr().String() + "?" + from
		if err := newSMTP(t, base+"&ca="+url.QueryEscape(ca)).Send(context.Background(), sample()); err != nil {
			t.Fatalf("%s: %v", scheme, err)
		}
		if len(s.mails) != 1 || !s.mails[0].secure || len(s.auths) != 1 || s.auths[0] != "\x00bot\x00secret@word" {
			t.Errorf("%s: %+v %q", scheme, s.mails, s.auths)
		}
		err := newSMTP(t, base).Send(context.Background(), sample()) // the authority is unknown
		if err == nil || letter.Permanent(err) || len(s.auths) != 1 {
			t.Errorf("%s with an unknown certificate: %v, %d passwords told", scheme, err, len(s.auths))
		}
	}
}

// The rule: a server that cannot do TLS gets neither password nor letter.
func TestNothingInTheClearUnasked(t *testing.T) {
	s := serve(t, &server{}, false)
	err := newSMTP(t, "smtp://bot:secret@"+s.Addr().String()+"?"+from).Send(context.Background(), sample())
	if err == nil || len(s.mails) != 0 || len(s.auths) != 0 {
		t.Fatalf("%v, %d mails, %q", err, len(s.mails), s.auths)
	}
	config, ca := certificate(t)
	s = serve(t, &server{config: config}, false)
	err = newSMTP(t, "smtp://"+s.Addr().String()+"?tls=opportunistic&ca="+url.QueryEscape(ca)+"&"+from).Send(context.Background(), sample())
	if err != nil || len(s.mails) != 1 || !s.mails[0].secure {
		t.Fatalf("opportunistic: %v, %+v", err, s.mails)
	}
}

func TestWhatTheServerRefuses(t *testing.T) {
	for verb, permanent := range map[string]map[string]bool{
		"RCPT": {"550 5.1.1 nobody here": true, "450 4.2.1 later": false},
		"MAIL": {"553 5.1.8 bad sender": true, "421 4.3.2 closing": false},
		"DATA": {"554 5.7.1 spam": true, "452 4.3.1 full": false},
	} {
		for answer, want := range permanent {
			s := serve(t, &server{refuse: map[string]string{verb: answer}}, false)
			err := newSMTP(t, "smtp://"+s.Addr().String()+"?tls=none&"+from).Send(context.Background(), sample())
			if err == nil || letter.Permanent(err) != want {
				t.Errorf("%s %s: permanent %v, %v", verb, answer, letter.Permanent(err), err)
			}
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	err = newSMTP(t, "smtp://"+l.Addr().String()+"?tls=none&"+from).Send(context.Background(), sample())
	if err == nil || letter.Permanent(err) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestASilentServerIsLeft(t *testing.T) {
	s := serve(t, &server{silent: true}, false)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-s.accepted; cancel() }()
	err := newSMTP(t, "smtp://"+s.Addr().String()+"?tls=none&"+from).Send(ctx, sample())
	if err == nil || letter.Permanent(err) {
		t.Fatalf("%v", err)
	}
}

func TestMailServerInsideIsRefused(t *testing.T) {
	s := serve(t, &server{}, false)
	send, err := letter.NewSMTP("smtp://"+s.Addr().String()+"?tls=none&"+from, dial.New(dial.Policy{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := send.Send(context.Background(), sample()); !errors.Is(err, dial.ErrRefused) {
		t.Fatalf("%v", err)
	}
}

func TestHeadersCannotBeInjected(t *testing.T) {
	s := serve(t, &server{}, false)
	send := newSMTP(t, "smtp://"+s.Addr().String()+"?tls=none&"+from)
	for name, change := range map[string]func(*letter.Letter){
		"subject":         func(l *letter.Letter) { l.Subject = "hello\r\nBcc: wu@example.org" },
		"subject, LF":     func(l *letter.Letter) { l.Subject = "hello\nX: y" },
		"subject, NEL":    func(l *letter.Letter) { l.Subject = "hello\u0085X: y" },
		"to":              func(l *letter.Letter) { l.To = "li@example.org\r\nBcc: wu@example.org" },
		"two people":      func(l *letter.Letter) { l.To = "li@example.org, wu@example.org" },
		"to with options": func(l *letter.Letter) { l.To = "li@example.org> SIZE=1 <x@example.org" },
		"id":              func(l *letter.Letter) { l.ID = "a>\r\nX: y" },
		"no id":           func(l *letter.Letter) { l.ID = "" },
		"unsubscribe":     func(l *letter.Letter) { l.UnsubscribeURL = "https://x.example/\r\nX: y" },
		"unsubscribe >":   func(l *letter.Letter) { l.UnsubscribeURL = "https://x.example/>, <mailto:a@b.c" },
		"unsubscribe js":  func(l *letter.Letter) { l.UnsubscribeURL = "javascript:alert(1)" },
		"no text":         func(l *letter.Letter) { l.Text = " \n" },
		"not UTF-8":       func(l *letter.Letter) { l.Text = "\xff" },
		"wrong channel":   func(l *letter.Letter) { l.Channel = letter.SMS },
		"endless":         func(l *letter.Letter) { l.Text = strings.Repeat("x", 2<<20) },
	} {
		l := sample()
		change(&l)
		if err := send.Send(context.Background(), l); err == nil || !letter.Permanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(s.mails) != 0 {
		t.Errorf("%d mails went out", len(s.mails))
	}
}

func TestSMTPSettings(t *testing.T) {
	for setting, want := range map[string]string{
		"":                                     "is not an address",
		"mail.example":                         "is not an address",
		"http://mail.example":                  "is not an address",
		"smtp://u:hunter2@[::1":                "is not an address",
		"smtp://u:hunter2@mail.example":        "needs the sender",
		"smtp://mail.example?from=x":           "needs the sender",
		"smtp://mail.example?from=x@localhost": "not a mail address",
		"smtp://u:hunter2@mail.example?tls=none&from=a@b.example":          "in the clear",
		"smtp://u:hunter2@mail.example?tls=opportunistic&from=a@b.example": "in the clear",
		"smtp://mail.example?tls=maybe&from=a@b.example":                   "tls=maybe",
		"smtps://mail.example?tls=none&from=a@b.example":                   "smtps and tls",
		"smtp://mail.example:99999?from=a@b.example":                       "port",
		"smtp://mail.example?form=a@b.example":                             `"form"`,
		"smtp://mail.example?ca=missing.pem&from=a@b.example":              "missing.pem",
	} {
		_, err := letter.NewSMTP(setting, dial.New(dial.Policy{}))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, want %q", setting, err, want)
		}
	}
	if _, err := letter.NewSMTP("smtp://noreply%40town.example:pw@mail.example", dial.New(dial.Policy{})); err != nil {
		t.Errorf("the user as sender: %v", err)
	}
}
