package letter

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"minyi/app/kit/contact"
	"minyi/app/kit/dial"
)

// SMTP sends mails through a mail server, one connection per letter.
type SMTP struct {
	from     *mail.Address
	host     string
	dialer   *dial.Dialer
	config   *tls.Config
	implicit bool // TLS from the first byte
	options  []gomail.Option
}

// smtpTimeout bounds connecting and each step of the exchange.
const smtpTimeout = 20 * time.Second

// NewSMTP reads the setting of the mail server:
//
//	smtp://user:password@host:587?from=民意 <noreply@town.example>&tls=starttls
//
// smtps:// speaks TLS from the first byte (port 465), smtp:// begins in the
// clear (port 587) and changes to TLS as tls says: starttls (the default) or
// fails, opportunistic if the server offers it, none never. ca= names a PEM
// file with the server's own certificate authority. A password needs TLS, so
// opportunistic and none are refused beside one. from= is the sender, url-encoded; without it the user, when that is a mail address.
//
// Errors are sentences for the operator and never repeat the password.
func NewSMTP(setting string, d *dial.Dialer) (*SMTP, error) {
	u, err := url.Parse(setting)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("is not an address such as smtp://user:password@host:587?from=noreply@town.example")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("has a wrong part behind the question mark")
	}
	for k := range q {
		if k != "from" && k != "tls" && k != "ca" {
			return nil, fmt.Errorf("has an unknown part %q: from, tls and ca are known", k)
		}
	}
	s := &SMTP{host: u.Hostname(), dialer: d, implicit: u.Scheme == "smtps"}
	if s.from, err = sender(q.Get("from"), u.User.Username()); err != nil {
		return nil, err
	}
	if s.config, err = tlsConfig(u.Hostname(), q.Get("ca")); err != nil {
		return nil, err
	}
	if s.options, err = smtpOptions(u, q.Get("tls")); err != nil {
		return nil, err
	}
	s.options = append(s.options, gomail.WithTLSConfig(s.config), gomail.WithTimeout(smtpTimeout))
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("cannot be used: %w", err)
	}
	return s, nil
}

func sender(from, user string) (*mail.Address, error) {
	if from == "" {
		from = user
	}
	a, err := mail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("needs the sender: add ?from=noreply@town.example")
	}
	c, err := contact.ParseMail(a.Address)
	if err != nil {
		return nil, errors.New("has a sender that is not a mail address")
	}
	return &mail.Address{Name: a.Name, Address: c.Deliverable()}, nil
}

func tlsConfig(host, ca string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if ca == "" {
		return config, nil
	}
	pem, err := os.ReadFile(ca)
	config.RootCAs = x509.NewCertPool()
	if err != nil || !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("names %s, which is not a readable file of certificates", ca)
	}
	return config, nil
}

func smtpOptions(u *url.URL, mode string) ([]gomail.Option, error) {
	var options []gomail.Option
	port := 587
	switch {
	case u.Scheme == "smtps" && mode == "":
		options, port = append(options, gomail.WithSSL()), 465
	case u.Scheme == "smtps":
		return nil, errors.New("says smtps and tls together: smtps is TLS already")
	case mode == "" || mode == "starttls":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case mode == "opportunistic":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case mode == "none":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("has tls=%s: starttls, opportunistic and none are known", mode)
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("has the port %s", p)
		}
		port = n
	}
	options = append(options, gomail.WithPort(port))
	if password, ok := u.User.Password(); ok {
		if mode == "none" || mode == "opportunistic" {
			return nil, fmt.Errorf("has a password and tls=%s: the password could travel in the clear", mode)
		}
		options = append(options, gomail.WithUsername(u.User.Username()), gomail.WithPassword(password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5))
	}
	return options, nil
}

// dialFor connects for one letter and hangs up when ctx ends, because the
// exchange itself knows only deadlines. The TLS of smtps is made here: the
// library does it only with its own dialer.
func (s *SMTP) dialFor(ctx context.Context) gomail.DialContextFunc {
	return func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dialer.DialContext(dialing, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { conn.Close() })
		if !s.implicit {
			return conn, nil
		}
		secure := tls.Client(conn, s.config)
		if err := secure.HandshakeContext(dialing); err != nil {
			conn.Close()
			return nil, err
		}
		return secure, nil
	}
}

// Send hands a mail to the server. A 5xx answer and a letter that cannot be
// written are [Permanent]; a server that cannot be reached is not, nor is a
// wrong password, which is the operator's to mend.
func (s *SMTP) Send(ctx context.Context, l Letter) error {
	m, err := s.message(l)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*smtpTimeout)
	defer cancel()
	c, err := gomail.NewClient(s.host, slices.Concat(s.options, []gomail.Option{gomail.WithDialContextFunc(s.dialFor(ctx))})...)
	if err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	err = c.DialAndSendWithContext(ctx, m)
	var refused *gomail.SendError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 && refused.ErrorCode() != 530 && refused.ErrorCode() != 535:
		return never("refused by the mail server: %w", err)
	case m.IsDelivered():
		return nil // taken over; only the good-bye went wrong
	}
	return fmt.Errorf("letter: %w", err)
}

// message writes the mail: text first, HTML as the richer form of the same.
func (s *SMTP) message(l Letter) (*gomail.Msg, error) {
	if err := check(l, Mail); err != nil {
		return nil, err
	}
	to, err := contact.ParseMail(l.To)
	if err != nil {
		return nil, never("to: %w", err)
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	m.ToMailAddress(&mail.Address{Address: to.Deliverable()})
	m.Subject(l.Subject)
	_, domain, _ := strings.Cut(s.from.Address, "@")
	m.SetMessageIDWithValue(l.ID + "@" + domain)
	if l.At.IsZero() {
		m.SetDate()
	} else {
		m.SetDateWithValue(l.At)
	}
	// No out-of-office answers to a machine (RFC 3834).
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if l.UnsubscribeURL != "" {
		if err := unsubscribe(m, l.UnsubscribeURL); err != nil {
			return nil, err
		}
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	return m, nil
}

// unsubscribe writes the headers of RFC 2369 and, for https, of RFC 8058. An
// http address (a site on trial) gets only the link.
func unsubscribe(m *gomail.Msg, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.ContainsAny(address, "<> \r\n\t") {
		return never("the unsubscribe address is not a URL")
	}
	if u.Scheme == "http" {
		m.SetListUnsubscribe("<" + u.String() + ">")
		return nil
	}
	if err := m.SetListUnsubscribeOneClick(u.String()); err != nil {
		return never("unsubscribe: %w", err)
	}
	return nil
}
