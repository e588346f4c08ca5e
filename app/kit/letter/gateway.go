package letter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"minyi/app/kit/contact"
	"minyi/app/kit/dial"
)

// GatewaySettings describe an HTTP gateway. Every provider has its own shape, so
// the request is a template.
type GatewaySettings struct {
	// URL takes a POST of JSON; https, unless the host was allowed on purpose.
	URL string
	// Token is the secret; it stands wherever the template or a header says {token}.
	Token string
	// Template is a JSON document whose text values may hold {to} (E.164),
	// {number} (without +86), {text}, {id} and {token}. Values are replaced
	// after parsing: no text can break out of its place. Empty means
	// {"to":"{to}","text":"{text}"}.
	Template string
	// Headers are lines "Name: value" with {token} and {id}; empty means "Authorization: Bearer {token}"
	// when there is a token.
	Headers string
	// OK tells success from a 200 that means failure: "code=0" wants the field
	// code of the answer to be 0, "data.status=sent" looks deeper. Empty
	// believes the status alone.
	OK string
}

// Gateway sends text messages through an HTTP gateway.
type Gateway struct {
	client   *http.Client
	url      string
	token    string
	template any
	headers  [][2]string
	ok       []string // path, then the wanted value last
}

const smsTimeout = 15 * time.Second

// NewGateway checks the settings; errors are sentences for the operator that name
// the wrong part and never repeat the token.
func NewGateway(s GatewaySettings, d *dial.Dialer) (*Gateway, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, errors.New("url: is not an address such as https://sms.example/send")
	}
	out := &Gateway{client: d.Client(smsTimeout), url: s.URL, token: s.Token}
	if s.Template == "" {
		s.Template = `{"to":"{to}","text":"{text}"}`
	}
	if out.template, err = decode([]byte(s.Template)); err != nil {
		return nil, fmt.Errorf("template: is not JSON: %w", err)
	}
	if !strings.Contains(s.Template, "{text}") || !(strings.Contains(s.Template, "{to}") || strings.Contains(s.Template, "{number}")) {
		return nil, errors.New("template: needs {text} and one of {to} and {number}")
	}
	if out.headers, err = headers(s.Headers, s.Token != ""); err != nil {
		return nil, err
	}
	if s.OK != "" {
		path, want, found := strings.Cut(s.OK, "=")
		if !found || path == "" {
			return nil, errors.New(`ok: is not a field and its value such as code=0`)
		}
		out.ok = append(strings.Split(path, "."), want)
	}
	return out, nil
}

func headers(lines string, token bool) (out [][2]string, err error) {
	if lines == "" && token {
		lines = "Authorization: Bearer {token}"
	}
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, fmt.Errorf("headers: %q is not a line such as Name: value", name)
		}
		out = append(out, [2]string{textproto.CanonicalMIMEHeaderKey(name), value})
	}
	return out, nil
}

// Send hands a text message to the gateway, with the letter's ID as
// Idempotency-Key. A 4xx other than 401, 403, 408, 425 and 429 is [Permanent].
func (s *Gateway) Send(ctx context.Context, l Letter) error {
	req, err := s.request(ctx, l)
	if err != nil {
		return err
	}
	res, err := s.client.Do(req)
	if err != nil {
		var where *url.Error // its text would repeat the address, which may hold a secret
		if errors.As(err, &where) {
			err = where.Err
		}
		return fmt.Errorf("letter: gateway: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("letter: gateway: %w", err)
	}
	return s.judge(res.StatusCode, body)
}

func (s *Gateway) request(ctx context.Context, l Letter) (*http.Request, error) {
	if err := check(l, SMS); err != nil {
		return nil, err
	}
	to, err := contact.ParsePhone(l.To)
	if err != nil {
		return nil, never("to: %w", err)
	}
	if !to.CanText() {
		return nil, never("to: a fixed line takes no text messages")
	}
	fill := strings.NewReplacer("{to}", to.Key, "{number}", strings.TrimPrefix(to.Key, "+86"),
		"{text}", l.Text, "{id}", l.ID, "{token}", s.token)
	body, err := json.Marshal(replace(s.template, fill))
	if err != nil {
		return nil, never("%w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("letter: gateway: wrong address")
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "minyi")
	req.Header.Set("Idempotency-Key", l.ID)
	for _, h := range s.headers {
		req.Header.Set(h[0], strings.NewReplacer("{id}", l.ID, "{token}", s.token).Replace(h[1]))
	}
	return req, nil
}

// replace copies a JSON value with its texts filled in.
func replace(v any, fill *strings.Replacer) any {
	switch v := v.(type) {
	case string:
		return fill.Replace(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = replace(v[i], fill)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = replace(v[k], fill)
		}
		return out
	}
	return v
}

func (s *Gateway) judge(status int, body []byte) error {
	switch {
	case status >= 200 && status < 300:
	case status == 401 || status == 403 || status == 408 || status == 425 || status == 429 || status >= 500 || status < 400:
		return fmt.Errorf("letter: gateway answered %d", status)
	default:
		return never("gateway answered %d: %s", status, excerpt(body))
	}
	if s.ok == nil {
		return nil
	}
	v, err := decode(body)
	if err != nil {
		return fmt.Errorf("letter: gateway answered no JSON: %s", excerpt(body))
	}
	path, want := s.ok[:len(s.ok)-1], s.ok[len(s.ok)-1]
	for _, k := range path {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	if v == nil || fmt.Sprint(v) != want {
		// A gateway's own codes mix what passes (no credit) and what stays (bad
		// number): try again, the queue has an end.
		return fmt.Errorf("letter: gateway refused: %s", excerpt(body))
	}
	return nil
}

// decode reads one JSON document; long numbers keep their digits.
func decode(b []byte) (v any, err error) {
	if !json.Valid(b) {
		return nil, errors.New("no valid document")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return v, d.Decode(&v)
}

// excerpt is as much of an answer as fits into a log line.
func excerpt(b []byte) string {
	s := strings.ToValidUTF8(string(b[:min(len(b), 200)]), "")
	return strings.Join(strings.Fields(s), " ")
}
