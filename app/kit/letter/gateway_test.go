package letter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"minyi/app/kit/dial"
	"minyi/app/kit/letter"
)

func text() letter.Letter {
	return letter.Letter{ID: "01HXSMS", Channel: letter.SMS, To: "138 1234 5678", Text: `验证码 048213，10 分钟内有效。"}{"x` + "\n"}
}

type exchange struct {
	header http.Header
	body   map[string]any
	raw    string
}

func gateway(t *testing.T, s letter.GatewaySettings, status int, answer string) (*letter.Gateway, *exchange) {
	t.Helper()
	got := &exchange{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got.header, got.raw = r.Header, string(b)
		_ = json.Unmarshal(b, &got.body)
		w.Header().Set("Location", "http://127.0.0.1:1/")
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(srv.Close)
	s.URL = srv.URL + "/send"
	g, err := letter.NewGateway(s, loopback(t))
	if err != nil {
		t.Fatal(err)
	}
	return g, got
}

func TestTextMessage(t *testing.T) {
	g, got := gateway(t, letter.GatewaySettings{Token: "s3cret"}, 200, "")
	if err := g.Send(context.Background(), text()); err != nil {
		t.Fatal(err)
	}
	if got.body["to"] != "+8613812345678" || got.body["text"] != text().Text || len(got.body) != 2 {
		t.Errorf("%v", got.body)
	}
	if got.header.Get("Authorization") != "Bearer s3cret" || got.header.Get("Idempotency-Key") != "01HXSMS" || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		t.Errorf("%v", got.header)
	}
}

func TestGatewayTemplate(t *testing.T) {
	g, got := gateway(t, letter.GatewaySettings{Token: "s3cret", Headers: "X-Key: {token}\n\nx-id: {id}",
		Template: `{"app":12345678901234567890,"key":"{token}","messages":[{"phone":"{number}","body":"【民意】{text}","ref":"{id}","on":true,"none":null}]}`,
		OK:       "data.code=0"}, 200, `{"data":{"code":0}}`)
	if err := g.Send(context.Background(), text()); err != nil {
		t.Fatal(err)
	}
	m := got.body["messages"].([]any)[0].(map[string]any)
	if m["phone"] != "13812345678" || m["body"] != "【民意】"+text().Text || m["ref"] != "01HXSMS" || m["on"] != true || got.body["key"] != "s3cret" {
		t.Errorf("%s", got.raw)
	}
	if !strings.Contains(got.raw, "12345678901234567890") {
		t.Errorf("the account number lost digits: %s", got.raw)
	}
	if got.header.Get("X-Key") != "s3cret" || got.header.Get("X-Id") != "01HXSMS" || got.header.Get("Authorization") != "" {
		t.Errorf("%v", got.header)
	}
}

// The rule: a text cannot break out of its place, nor can it fetch the token.
func TestTextCannotChangeTheRequest(t *testing.T) {
	g, got := gateway(t, letter.GatewaySettings{Token: "s3cret"}, 200, "")
	l := text()
	l.Text = `","to":"+8613900000000 {token} {to}`
	if err := g.Send(context.Background(), l); err != nil {
		t.Fatal(err)
	}
	if got.body["to"] != "+8613812345678" || got.body["text"] != l.Text {
		t.Errorf("%s", got.raw)
	}
}

func TestGatewayAnswers(t *testing.T) {
	for _, c := range []struct {
		status    int
		ok, body  string
		permanent bool
	}{
		{400, "", "bad number", true}, {404, "", "", true}, {422, "", "", true},
		{401, "", "", false}, {429, "", "", false}, {500, "", "", false}, {503, "", "", false}, {302, "", "", false},
		{200, "code=0", `{"code":7,"msg":"no credit"}`, false}, {200, "code=0", `{}`, false}, {200, "code=0", `<html>`, false},
		{200, "a.b=0", `{"a":[1]}`, false}, {200, "code=<nil>", `{}`, false},
	} {
		g, _ := gateway(t, letter.GatewaySettings{OK: c.ok}, c.status, c.body)
		err := g.Send(context.Background(), text())
		if err == nil || letter.Permanent(err) != c.permanent {
			t.Errorf("%d %s: %v", c.status, c.body, err)
		}
	}
}

func TestGatewayRefusesWhatCannotArrive(t *testing.T) {
	g, got := gateway(t, letter.GatewaySettings{}, 200, "")
	for _, change := range []func(*letter.Letter){
		func(l *letter.Letter) { l.To = "010-62345678" },
		func(l *letter.Letter) { l.To = "li@example.org" },
		func(l *letter.Letter) { l.Text = "" },
		func(l *letter.Letter) { l.Text = strings.Repeat("长", 501) },
		func(l *letter.Letter) { l.Channel = letter.Mail },
	} {
		l := text()
		change(&l)
		if err := g.Send(context.Background(), l); err == nil || !letter.Permanent(err) {
			t.Errorf("%.30v: %v", l, err)
		}
	}
	if got.raw != "" {
		t.Error("the gateway was asked")
	}
}

func TestGatewayInsideIsRefusedAndItsAddressNotTold(t *testing.T) {
	g, err := letter.NewGateway(letter.GatewaySettings{URL: "http://127.0.0.1:1/send?key=hunter2"}, dial.New(dial.Policy{}))
	if err != nil {
		t.Fatal(err)
	}
	err = g.Send(context.Background(), text())
	if !errors.Is(err, dial.ErrRefused) || letter.Permanent(err) || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("%v", err)
	}
}

func TestGatewaySettings(t *testing.T) {
	good := "https://sms.example/send"
	for want, s := range map[string]letter.GatewaySettings{
		"url: is not":              {URL: "sms.example"},
		"template: is not JSON":    {URL: good, Template: `{"to":{to}}`},
		"template: is not JSON:":   {URL: good, Template: `{"to":"{to}","text":"{text}"} {}`},
		"template: needs":          {URL: good, Template: `{"to":"{to}"}`},
		"headers: \"X Y\"":         {URL: good, Headers: "X Y: z"},
		"headers: \"no colon\" is": {URL: good, Headers: "no colon"},
		"ok: ":                     {URL: good, OK: "code"},
	} {
		if _, err := letter.NewGateway(s, dial.New(dial.Policy{})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}

func TestBox(t *testing.T) {
	var log bytes.Buffer
	box := letter.NewBox(slog.New(slog.NewTextHandler(&log, nil)), 3)
	post := letter.Post{Mail: box, SMS: box}
	for i := range 5 {
		l := text()
		l.ID = fmt.Sprint("n", i)
		if i == 4 {
			l = sample()
		}
		for range 2 { // delivery is at least once
			if err := post.Send(context.Background(), l); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := box.Letters()
	if len(got) != 3 || got[0].ID != sample().ID || got[1].ID != "n3" || got[2].ID != "n2" {
		t.Errorf("%+v", got)
	}
	if mine := box.To("+8613812345678"); len(mine) != 2 || mine[0].ID != "n3" {
		t.Errorf("%+v", mine)
	}
	if box.To("") != nil || !strings.Contains(log.String(), "048213") {
		t.Errorf("the log: %s", log.String())
	}
	if err := box.Send(context.Background(), letter.Letter{ID: "x", Channel: letter.SMS, To: "nobody", Text: "x"}); !letter.Permanent(err) {
		t.Errorf("%v", err)
	}
	err := letter.Post{Mail: box}.Send(context.Background(), text())
	if !errors.Is(err, letter.ErrNoSender) || !letter.Permanent(err) {
		t.Errorf("%v", err)
	}
}
