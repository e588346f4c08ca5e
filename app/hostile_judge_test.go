package app_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// kinds are the content types that the program answers with, and nothing else.
var kinds = []string{
	"text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json; charset=utf-8", "application/problem+json; charset=utf-8",
	"application/atom+xml; charset=utf-8", "text/calendar; charset=utf-8", "text/csv; charset=utf-8", "text/css; charset=utf-8", "text/javascript; charset=utf-8",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/pdf", "image/png", "image/jpeg", "image/svg+xml", "image/x-icon", "font/woff2", "application/manifest+json; charset=utf-8",
	"text/plain; version=0.0.4; charset=utf-8", "application/schema+json; charset=utf-8", "application/gzip", "application/zip",
}

var wantedHeaders = []string{"Content-Security-Policy", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy", "X-Request-Id"}

// inner are words that only show when something inside is shown to the reader.
var inner = []string{"goroutine ", "runtime error", "SQLSTATE", "UNIQUE constraint", "no such table", "sqlite", "pgx", "gorm", "$argon2", "/handlers/web/", ".go:", "panic:"}

// judge says what is wrong with an answer, whatever was asked: the promises that
// hold for every address.
func (h *hostile) judge(v *viewer, r sent, g got) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if g.status >= 500 && g.status != 503 && g.status != 507 {
		bad("answered %d", g.status)
	}
	if g.status == 503 && g.header.Get("Retry-After") == "" {
		bad("503 without Retry-After")
	}
	for _, name := range wantedHeaders {
		if g.header.Get(name) == "" {
			bad("without %s", name)
		}
	}
	if g.header.Get("X-Content-Type-Options") != "nosniff" {
		bad("without nosniff")
	}
	if h.tls && g.header.Get("Strict-Transport-Security") == "" {
		bad("without Strict-Transport-Security")
	}
	if g.header.Get("X-Hostile") != "" {
		bad("a line of the request became a header")
	}
	if csp := g.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		bad("Content-Security-Policy: %s", csp)
	}
	if kind := g.header.Get("Content-Type"); len(g.body) > 0 && !slices.Contains(kinds, kind) {
		bad("content type %q", kind)
	}
	for _, c := range g.header.Values("Set-Cookie") {
		low := strings.ToLower(c)
		if !strings.Contains(low, "; path=/") || !strings.Contains(low, "samesite=lax") || !strings.Contains(low, "httponly") || h.tls && !strings.Contains(low, "secure") {
			bad("cookie without its flags: %s", c)
		}
	}
	if to := g.header.Get("Location"); to != "" && !h.own(to) {
		bad("sent to another site: %s", to)
	}
	h.judgeSecrets(v, r, g, bad)
	if r.method != "HEAD" && g.status != 304 {
		h.judgeBody(r, g, bad)
	}
	return faults
}

func (h *hostile) own(to string) bool {
	u, err := url.Parse(to)
	if err != nil {
		return false
	}
	if u.IsAbs() {
		return strings.HasPrefix(to, h.site.Settings.PublicURL+"/") || u.Host == h.site.host()
	}
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.Contains(to, "\\")
}

// judgeSecrets looks for what this viewer may not see; what they sent themselves
// is no secret to them.
func (h *hostile) judgeSecrets(v *viewer, r sent, g got, bad func(string, ...any)) {
	said, asked := string(g.body), r.String()+string(r.body)
	for _, word := range inner {
		if strings.Contains(said, word) && !strings.Contains(asked, word) && g.kind() != "text/javascript" {
			bad("shows %q", word)
		}
	}
	for _, secret := range append([]string{h.secret, h.site.Settings.DataDir}, v.others(h.viewers)...) {
		if strings.Contains(said, secret) {
			bad("shows the secret %.12s…", secret)
		}
	}
	if v.desk {
		return
	}
	for _, text := range h.private {
		if strings.Contains(said, text) && !slices.Contains(v.own, text) && !strings.Contains(asked, text) && !strings.Contains(r.target, "/mailbox") {
			bad("shows %s, which is not for %s", text, v.name)
		}
	}
}

// others are the secrets of everybody else.
func (v *viewer) others(all []*viewer) (out []string) {
	for _, o := range all {
		if o != v && o.person != "" {
			out = append(out, o.token, o.session, o.csrf)
		}
	}
	return out
}

var keyLike = regexp.MustCompile(`^[a-z_]+(\.[a-z_0-9]+)+$`)

func (h *hostile) judgeBody(r sent, g got, bad func(string, ...any)) {
	switch g.kind() {
	case "text/html":
		if !strings.HasPrefix(g.header.Get("Content-Disposition"), "attachment") {
			h.judgePage(r, g, bad)
		}
	case "application/problem+json", "application/json":
		if !json.Valid(g.body) {
			bad("no JSON: %.200q", g.body)
		}
		if g.status >= 400 && g.kind() == "application/json" {
			bad("an error that is no problem+json")
		}
		if g.status >= 400 {
			judgeProblem(r, g, bad)
		}
	case "application/atom+xml", "image/svg+xml":
		for d := xml.NewDecoder(bytes.NewReader(g.body)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				bad("no XML: %v", err)
				break
			}
		}
	case "text/csv":
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(g.body, []byte("\ufeff")))).ReadAll()
		if err != nil {
			bad("no CSV: %v", err)
		}
		for _, cell := range slices.Concat(rows...) {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && len(cell) > 1 {
				bad("a cell that a spreadsheet would run: %.60q", cell)
			}
		}
	case "text/calendar":
		if !bytes.HasPrefix(g.body, []byte("BEGIN:VCALENDAR\r\n")) || bytes.Contains(g.body, []byte("\nX-HOSTILE")) {
			bad("a line of the request became a line of the calendar")
		}
	}
}

func judgeProblem(r sent, g got, bad func(string, ...any)) {
	var p struct {
		Type, Title, Detail, Code, Instance string
		Status                              int
		Errors                              []struct{ Field, Code, Detail string }
	}
	if err := json.Unmarshal(g.body, &p); err != nil || p.Type == "" || p.Title == "" || p.Code == "" || p.Instance == "" || p.Status != g.status {
		bad("not a whole problem: %.300s", g.body)
		return
	}
	if p.Detail == "" || keyLike.MatchString(p.Detail) || !keyLike.MatchString(p.Code) {
		bad("a problem without words: %.300s", g.body)
	}
	if accept := r.get("Accept-Language"); accept == "en" && han(p.Title) || accept == "zh" && !han(p.Title) {
		bad("a problem in the wrong language: %s", p.Title)
	}
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// judgePage holds a page against what every page must be, and looks for what a
// request smuggled into it.
func (h *hostile) judgePage(r sent, g got, bad func(string, ...any)) {
	if !utf8.Valid(g.body) {
		bad("a page that is not UTF-8")
	}
	doc, err := html.Parse(bytes.NewReader(g.body))
	if err != nil {
		bad("no HTML: %v", err)
		return
	}
	h1, summary, lang := 0, "", ""
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "h1":
			h1++
		case "html":
			lang = attr(n, "lang")
		case "script":
			if kind := attr(n, "type"); attr(n, "src") == "" && kind != "application/json" && kind != "speculationrules" {
				bad("a script in the page: %.80q", textOf(n))
			}
		case "style", "xq7", "iframe", "object", "embed", "base":
			bad("an element <%s>", n.Data)
		case "div":
			if strings.Contains(attr(n, "class"), "error-summary") {
				summary = strings.TrimSpace(textOf(n))
			}
		}
		for _, a := range n.Attr {
			low := strings.ToLower(strings.TrimSpace(a.Val))
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "formaction") && (strings.HasPrefix(low, "javascript:") || strings.HasPrefix(low, "data:") || strings.HasPrefix(low, "//")) {
				bad("an attribute %s=%.80q", a.Key, a.Val)
			}
		}
	}
	path, _, _ := strings.Cut(r.target, "?")
	if h1 != 1 {
		bad("%d h1", h1)
	}
	if want := map[string]string{"en": "en", "zh": "zh-CN"}[langOf(path)]; lang != want && !strings.Contains(path, "..") && !strings.Contains(strings.ToLower(path), "%2e") { // such a path leads elsewhere, where another language is spoken
		bad("lang=%q, want %q", lang, want)
	}
	if summary != "" && (han(summary) == (lang == "en")) && !han(string(r.body)) && !strings.Contains(string(r.body), "%E") {
		bad("an error in the wrong language: %.200s", summary)
	}
	for line := range strings.SplitSeq(summary, "\n") {
		if keyLike.MatchString(strings.TrimSpace(line)) {
			bad("an error without words: %s", line)
		}
	}
	if r.method == "POST" && g.status == 422 {
		judgeTyped(r, doc, summary, bad)
	}
}

func langOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if path == "/en" || strings.HasPrefix(path, "/en/") {
		return "en"
	}
	return "zh"
}

// judgeTyped wants every text back that somebody typed into a form that was refused.
func judgeTyped(r sent, doc *html.Node, summary string, bad func(string, ...any)) {
	if len(r.typed) == 0 {
		return
	}
	var shown []string
	for n := range doc.Descendants() {
		switch n.Data {
		case "textarea":
			shown = append(shown, plainText(textOf(n)))
		case "input":
			shown = append(shown, plainText(attr(n, "value")))
		}
	}
	for name, text := range r.typed {
		if !slices.Contains(shown, plainText(text)) {
			bad("the text typed into %s (%d bytes) is not given back", name, len(text))
		}
	}
	if summary == "" {
		bad("a refused form without a summary of what is wrong")
	}
}

// plainText is a text without what a browser changes in a form anyway.
func plainText(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
