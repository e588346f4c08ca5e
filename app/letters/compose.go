package letters

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"minyi/app/kit/code"
	"minyi/app/kit/letter"
	"minyi/models"
)

var errCompose = errors.New("letter cannot be composed")

// sheet is a letter before it becomes text and HTML; both show the same.
type sheet struct {
	Lang, Subject, Site string
	Paragraphs          []string
	// Code is set large, on a line of its own.
	Code                  string
	ButtonText, ButtonURL string
	Footer                []string
	StopText, StopURL     string
}

// Compose writes a queued letter in its reader's language. The error means that
// it can never be sent: a kind without texts, or data that cannot be read.
func (s *Service) Compose(l models.Letter) (letter.Letter, error) {
	data := map[string]string{}
	if err := json.Unmarshal([]byte(l.Data), &data); err != nil {
		return letter.Letter{}, fmt.Errorf("%w: %w", errCompose, err)
	}
	w := s.o.Words(l.Lang)
	site := s.o.SiteName(l.Lang)
	args := []any{"site", site}
	link := ""
	if path := data["url"]; path != "" {
		link = s.link(l.Lang, path)
		data["url"] = link
	}
	elsewhere := l.Channel == models.ChannelSMS && (data["online"] != "" || !strings.HasPrefix(l.Recipient, "+86"))
	clock := ""
	for name, value := range data {
		short, ending := name, w.DateLetter
		if cut, ok := strings.CutSuffix(name, "_by"); ok {
			short, ending = cut, w.DeadlineLetter
		}
		if short = strings.TrimSuffix(short, "_at"); short != name {
			at, err := time.Parse(time.RFC3339, value)
			if err != nil {
				return letter.Letter{}, fmt.Errorf("%w: %w", errCompose, err)
			}
			name, value, clock = short, ending(at), w.ZoneName(at)
			if elsewhere {
				value = w.T("date.letter_zone", "date", value, "zone", clock)
			}
		}
		args = append(args, name, value)
	}
	out := letter.Letter{ID: l.ID, Channel: letter.Channel(l.Channel), To: l.Recipient, At: l.CreatedAt}
	key := "letters." + l.Kind
	if l.Channel == models.ChannelSMS {
		if !w.Has(key + "_sms") {
			return out, fmt.Errorf("%w: no text %s_sms", errCompose, key)
		}
		out.Text = w.T(key+"_sms", args...)
		return out, nil
	}
	if !w.Has(key+"_subject") || !w.Has(key+"_body") {
		return out, fmt.Errorf("%w: no text %s_subject or %s_body", errCompose, key, key)
	}
	sh := sheet{Lang: l.Lang, Subject: oneLine(w.T(key+"_subject", args...)), Site: site, Paragraphs: strings.Split(w.T(key+"_body", args...), "\n\n"), Code: data["code"]}
	if link != "" && w.Has(key+"_button") {
		sh.ButtonText, sh.ButtonURL = w.T(key+"_button", args...), link
	}
	if clock != "" {
		sh.Footer = append(sh.Footer, w.T("letters.footer_clock", "zone", clock))
	}
	sh.Footer = append(sh.Footer, w.T("letters.footer", "site", site, "url", s.o.PublicURL))
	if sh.StopURL = s.stopURL(l, data); sh.StopURL != "" {
		sh.StopText = w.T("letters.footer_stop")
	}
	out.Subject, out.Text, out.UnsubscribeURL = sh.Subject, sh.text(), sh.StopURL
	var html strings.Builder
	if err := mail.Execute(&html, sh); err != nil {
		return out, fmt.Errorf("%w: %w", errCompose, err)
	}
	out.HTML = html.String()
	return out, nil
}

func (s *Service) link(lang, path string) string {
	if lang == "en" {
		path = "/en" + path
	}
	return s.o.PublicURL + path
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (sh sheet) text() string {
	lines := slices.Clone(sh.Paragraphs)
	if sh.Code != "" {
		lines = slices.Insert(lines, min(1, len(lines)), "    "+sh.Code)
	}
	if sh.ButtonURL != "" {
		lines = append(lines, sh.ButtonText+"\n"+sh.ButtonURL)
	}
	lines = append(lines, "-- \n"+strings.Join(sh.Footer, "\n"))
	if sh.StopURL != "" {
		lines = append(lines, sh.StopText+"\n"+sh.StopURL)
	}
	return strings.Join(lines, "\n\n") + "\n"
}

// mail is plain on purpose: mail programs understand little, and people look for
// one sentence and one link.
var mail = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html lang="{{if eq .Lang "en"}}en{{else}}zh-CN{{end}}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px 16px;font-family:system-ui,-apple-system,'PingFang SC','Microsoft YaHei',sans-serif;font-size:17px;line-height:1.75">
<div style="max-width:560px;margin:0 auto">
<p style="font-size:15px;border-bottom:2px solid #0E5163;padding-bottom:8px;margin:0 0 16px">{{.Site}}</p>
{{range $i, $p := .Paragraphs}}<p style="margin:0 0 14px;white-space:pre-line">{{$p}}</p>
{{if and (eq $i 0) $.Code}}<p style="margin:0 0 14px;font-size:32px;font-weight:600;letter-spacing:4px">{{$.Code}}</p>
{{end}}{{end}}{{if .ButtonURL}}<p style="margin:20px 0"><a href="{{.ButtonURL}}" style="display:inline-block;padding:12px 20px;background:#0E5163;color:#ffffff;text-decoration:none;border-radius:6px">{{.ButtonText}}</a></p>
{{end}}<div style="border-top:1px solid #999999;margin-top:24px;padding-top:12px;font-size:15px">
{{range .Footer}}<p style="margin:0 0 6px">{{.}}</p>
{{end}}{{if .StopURL}}<p style="margin:0"><a href="{{.StopURL}}">{{.StopText}}</a></p>
{{end}}</div>
</div>
</body>
</html>
`))

// needed are letters that people cannot end: they asked for them a moment ago, or
// their account is at stake.
var needed = []string{"code_sign_in", "code_reset", "code_contact", "code_confirm", "password_changed", "contact_changed", "test"}

// stopURL is where one click ends such letters: for a person's news, or for the
// receipt that the letter is about. Empty for letters that cannot be ended.
func (s *Service) stopURL(l models.Letter, data map[string]string) string {
	if slices.Contains(needed, l.Kind) {
		return ""
	}
	what := ""
	switch {
	case l.PersonID != "":
		what = "p:" + l.PersonID
	case data["receipt"] != "":
		what = "r:" + data["receipt"]
	default:
		return ""
	}
	return s.link(l.Lang, "/letters/stop/"+base64.RawURLEncoding.EncodeToString([]byte(what))+"."+s.stopSign(what))
}

func (s *Service) stopSign(what string) string {
	return code.KeyedHash(s.o.Secret, "letters.stop", what)[:32]
}
