package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"minyi/handlers/web"
)

// texts are what hostile people write into every field.
var texts = []string{
	"", " ", "a\x00b", "\xff\xfe", "\u202eabc\u202c", "\u200b\u200b", "\ufeff", "e\u0301\u0301\u0301", "\r\nX-Hostile: 1\r\n\r\n", "%0d%0aX-Hostile:%201", "\x1b[31m",
	`<xq7 onx=1>`, `"><script>xq7()</script>`, `' onmouseover='xq7()`, `</textarea><xq7>`, `</title><xq7>`, `<!--`, `]]>`, `javascript:xq7()`, `{{7*7}}`, `${7*7}`, `=cmd|'/c calc'!A1`, `+1+1`, `@SUM(1)`,
	"-1", "0", "1e309", "99999999999999999999999999", "-9223372036854775808", "9223372036854775807", "2147483648", "NaN", "0x10", "１２", "1.5", "true", "null", "[]", "{}",
	"../../../../etc/passwd", `..\..\x`, "%2e%2e%2f", "%00", "/", "//evil.test", `/\evil.test`, "https://evil.test", "?", "#", "&", "%", "%zz", "%c0%ae", ".", "..",
	"' OR '1'='1", `"; DROP TABLE people; --`, "1) UNION SELECT 1--", "%' --", "_", "*", "2027-02-30", "0000-00-00T00:00", "9999-12-31T23:59:60Z", "25:61",
	"zh", "en", "x1", "民意", strings.Repeat("民", 201), strings.Repeat("x", 2001), strings.Repeat("长", 20_001), strings.Repeat("&", 5000), strings.Repeat("\n", 3000), strings.Repeat("😀", 1001),
}

// idLike are forged and foreign ids, codes and cursors.
var idLike = []string{
	"x1", "0", "-1", "00000000-0000-0000-0000-000000000000", "ffffffffffffffffffffffffff", "7K4M-29QX", "7k4m29qx", "0000-0000", "2027-001", "2027-99999999999999999999", "%00", "a%00b", "%ff%fe", "..%2f..%2fetc%2fpasswd",
	"%2e%2e", "%252e%252e", "a%2fb", "a%5cb", "%3Cxq7%20onx%3D1%3E", "%22%3E%3Cscript%3Exq7()%3C%2Fscript%3E", "%0d%0aX-Hostile:%201", "%E2%80%AE", "1%20OR%201%3D1", "'--", "*", "%25", "null", "undefined", "a1;b=1", "a1,a2", strings.Repeat("A", 300), strings.Repeat("%E6%B0%91", 200),
}

// asked are the questions that a route may be asked; those of links come too.
var asked = []string{"cursor", "page", "sort", "clause", "stance", "version", "q", "limit", "back", "from", "to", "old", "new", "kind", "unit", "status", "year", "topic", "epoch", "seq", "ticket", "state", "code", "error", "then", "lang", "tab"}

// hostile makes requests for every route and judges the answers.
type hostile struct {
	site    site
	tls     bool
	chart   *chart
	doc     *openapi3.T
	viewers []*viewer
	private private
	secret  string
	took    map[string]time.Duration // route → all its answers together
}

// next is a hostile request of the viewer for the route; n counts those of this route.
func (h *hostile) next(rnd *rand.Rand, route web.Route, v *viewer) sent {
	r := sent{method: route.Method, target: h.address(rnd, route), header: v.headers(h.site, route.Path)}
	if rnd.IntN(2) == 0 && !route.API && route.Path != "/ws" {
		r.target = "/en" + strings.TrimPrefix(r.target, "/en")
	}
	r = r.with("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", hop.Load()>>16&255, hop.Load()>>8&255, hop.Add(1)&255))
	if route.API {
		r = r.with("Accept-Language", []string{"zh", "en"}[rnd.IntN(2)])
	}
	switch route.Method {
	case "POST", "PUT", "PATCH", "DELETE":
		if route.API {
			h.program(rnd, route, &r)
		} else {
			h.browser(rnd, route, v, &r)
		}
	}
	if rnd.IntN(4) == 0 {
		r.target += glue(r.target) + h.question(rnd)
	}
	if rnd.IntN(6) == 0 {
		h.twist(rnd, &r)
	}
	return r
}

func glue(target string) string {
	if strings.Contains(target, "?") {
		return "&"
	}
	return "?"
}

// address is a true address of the route, or one with hostile parts.
func (h *hostile) address(rnd *rand.Rand, route web.Route) string {
	if known := h.chart.addresses[route.Path]; len(known) > 0 && rnd.IntN(3) > 0 {
		return pick(rnd, known)
	}
	parts := strings.Split(route.Path, "/")
	for i, p := range parts {
		if !strings.HasPrefix(p, ":") && p != "*" {
			continue
		}
		seen := h.chart.params[p]
		switch n := rnd.IntN(4); {
		case n > 0 && len(seen) > 0:
			parts[i] = pick(rnd, seen)
		case n > 1:
			parts[i] = pick(rnd, append(h.chart.allValues(), "x1"))
		default:
			parts[i] = pick(rnd, idLike)
		}
	}
	return strings.Join(parts, "/")
}

// question is one parameter, or many, with hostile values.
func (h *hostile) question(rnd *rand.Rand) string {
	name := pick(rnd, append(slices.Clone(h.chart.queries), asked...))
	q := url.QueryEscape(name) + "=" + url.QueryEscape(pick(rnd, texts))
	switch rnd.IntN(8) {
	case 0:
		return strings.Repeat(q[:min(len(q), 40)]+"&", 100)
	case 1:
		return name + "=1&" + name + "=2&" + name + "[]=3&" + name + "[a]=4"
	case 2:
		return name + "=" + pick(rnd, idLike)
	}
	return q[:min(len(q), 9000)]
}

// browser fills in a form of the route, as its page shows it or as somebody imagines it.
func (h *hostile) browser(rnd *rand.Rand, route web.Route, v *viewer, r *sent) {
	values, typed, multi := url.Values{}, map[string]string{}, false
	if shown := h.chart.forms[route.Path][v.name]; len(shown) > 0 && rnd.IntN(8) > 0 {
		f := pick(rnd, shown)
		r.target, values, multi = f.action, f.values(), strings.HasPrefix(f.kind, "multipart/")
		var free []field
		for _, one := range f.fields {
			switch one.kind {
			case "", "text", "textarea", "email", "tel", "search", "url":
				typed[one.name] = values.Get(one.name)
				free = append(free, one)
			case "number", "date", "select", "radio", "checkbox", "hidden", "datetime-local":
				free = append(free, one)
			}
		}
		if len(free) > 0 {
			h.spoil(rnd, pick(rnd, free), values, typed)
		}
	} else {
		for _, name := range []string{"body", "title", "email", "reason", "note", "clause", "stance", "name", "code", "text"} {
			values.Set(name, []string{"路口太窄", pick(rnd, texts)}[rnd.IntN(4)/3])
		}
	}
	if v.csrf != "" && rnd.IntN(20) > 0 {
		values.Set("csrf", v.csrf)
	}
	if rnd.IntN(3) == 0 { // what no form has
		for _, name := range []string{"id", "role", "tier", "person_id", "published_at", "is_admin", "unit_id", "supports", "status"} {
			values.Set(name, pick(rnd, []string{"administrator", "resident", "1", "2027-01-01", "true"}))
		}
	}
	r.header = append(r.header, "Content-Type", "application/x-www-form-urlencoded")
	r.body, r.typed = []byte(values.Encode()), typed
	if multi || rnd.IntN(10) == 0 {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for name, list := range values {
			for _, one := range list {
				_ = w.WriteField(name, one)
			}
		}
		if multi && rnd.IntN(3) == 0 {
			f, _ := w.CreateFormFile(pick(rnd, []string{"file", "files", "draft"}), pick(rnd, []string{"../../x.docx", "a.exe", "附件.pdf", "x.docm", "\x00.png", strings.Repeat("n", 400) + ".pdf"}))
			_, _ = f.Write([]byte(pick(rnd, []string{"MZ\x90", "%PDF-1.7\n%%EOF", "PK\x03\x04broken", "<svg onload=xq7()>", "\x89PNG\r\n\x1a\n"})))
		}
		w.Close()
		r.header[len(r.header)-1], r.body = w.FormDataContentType(), b.Bytes()
	}
}

// spoil puts something hostile into one field: at its limit, just over it, ten times
// over it, or of the wrong kind.
func (h *hostile) spoil(rnd *rand.Rand, f field, values url.Values, typed map[string]string) {
	text := pick(rnd, texts)
	if f.max > 0 && rnd.IntN(2) == 0 {
		text = strings.Repeat("民", f.max*[]int{1, 1, 10}[rnd.IntN(3)]+rnd.IntN(2))
	}
	switch rnd.IntN(10) {
	case 0:
		values.Del(f.name)
		text = ""
	case 1:
		values[f.name] = []string{text, "2", text}
	default:
		values.Set(f.name, text)
	}
	if _, one := typed[f.name]; one {
		typed[f.name] = text
	}
	for name, t := range typed { // what no browser can send need not come back as it was
		if strings.ContainsFunc(t, func(r rune) bool {
			return r < ' ' && r != '\n' || r == 0xfffd || r == 0x202e || r == 0x202c || r == 0x200b || r == 0xfeff || r == 0x1b
		}) {
			delete(typed, name)
		}
	}
}

// program sends JSON: as described, with one value spoilt, or something else entirely.
func (h *hostile) program(rnd *rand.Rand, route web.Route, r *sent) {
	r.header = append(r.header, "Content-Type", pick(rnd, []string{"application/json", "application/json", "application/json", "application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "application/json, text/html", "multipart/form-data", ""}))
	if rnd.IntN(3) > 0 {
		r.header = append(r.header, "Idempotency-Key", pick(rnd, append(slices.Clone(texts[1:2]), "one", "two", fmt.Sprint(rnd.Uint64()), strings.Repeat("k", 5000))))
	}
	body := h.example(route)
	switch rnd.IntN(6) {
	case 0:
		r.body = []byte(pick(rnd, []string{"", "{", "[", `"`, "null", "[]", "{}", "{}{}", `{"a":1,"a":2}`, "NaN", "{'a':1}", `{"opinions":[],"opinions":null}`, "\xef\xbb\xbf{}", strings.Repeat(`{"a":`, 20_000), strings.Repeat("[", 100_000), `{"opinions":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`, `{"opinions":[` + strings.Repeat(`{},`, 5000) + `{}]}`, "a=b"}))
		return
	case 1:
		if m, ok := body.(map[string]any); ok {
			m[pick(rnd, []string{"id", "role", "tier", "person_id", "supports", "__proto__", "official", "", "\x00", "Opinions"})] = pick(rnd, texts)
		}
	case 2:
	default:
		body = spoilJSON(rnd, body)
	}
	r.body, _ = json.Marshal(body)
}

// example is a body of the call as the document describes it.
func (h *hostile) example(route web.Route) any {
	item := h.doc.Paths.Value(named.ReplaceAllString(strings.TrimPrefix(route.Path, "/api/v1"), "{$1}"))
	if item == nil || item.GetOperation(route.Method) == nil || item.GetOperation(route.Method).RequestBody == nil {
		return map[string]any{"body": "x"}
	}
	return made(item.GetOperation(route.Method).RequestBody.Value.Content["application/json"].Schema.Value)
}

func made(s *openapi3.Schema) any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Is("array"):
		return []any{made(s.Items.Value)}
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer"), s.Type.Is("number"):
		return 1
	case s.Type.Is("string"):
		return "a1"
	}
	out := map[string]any{}
	for name, p := range fields(s) {
		out[name] = made(p.Value)
	}
	return out
}

// spoilJSON replaces one value, somewhere.
func spoilJSON(rnd *rand.Rand, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 && rnd.IntN(8) > 0 {
			name := pick(rnd, slices.Sorted(maps.Keys(v)))
			if rnd.IntN(8) == 0 {
				delete(v, name)
			} else {
				v[name] = spoilJSON(rnd, v[name])
			}
			return v
		}
	case []any:
		if len(v) > 0 && rnd.IntN(8) > 0 {
			v[0] = spoilJSON(rnd, v[0])
			for range rnd.IntN(2) * rnd.IntN(200) {
				v = append(v, v[0])
			}
			return v
		}
	}
	return []any{nil, true, -1, 1e300, json.Number("123456789012345678901234567890"), []any{}, map[string]any{}, pick(rnd, texts), pick(rnd, texts), pick(rnd, texts), []any{pick(rnd, texts)}}[rnd.IntN(11)]
}

// twist is what a client does that follows no form: other methods, false headers,
// pages of others.
func (h *hostile) twist(rnd *rand.Rand, r *sent) {
	if r.method == "GET" && rnd.IntN(2) == 0 {
		r.method = pick(rnd, []string{"HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "get", "POST"})
		return
	}
	r.header = append(r.header, pickPair(rnd, []string{
		"Origin", "https://evil.test", "Origin", "null", "Origin", h.site.Settings.PublicURL + ".evil.test", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Site", "same-site",
		"Host", "evil.test", "X-Forwarded-Host", "evil.test", "Forwarded", "for=127.0.0.1;host=evil.test;proto=https", "X-Forwarded-Proto", "javascript", "X-Original-URL", "/admin", "X-HTTP-Method-Override", "DELETE",
		"Cookie", "minyi_session=x; minyi_visit=y", "Cookie", "minyi_notice=<xq7>", "Cookie", "minyi_reading=" + strings.Repeat("z", 3000), "Authorization", "Basic YTpi", "Authorization", "Bearer " + strings.Repeat("x", 5000),
		"Accept-Language", strings.Repeat("en,", 2000), "Accept-Encoding", "br;q=0, gzip;q=0", "Range", "bytes=0-0,1-1,2-2", "If-None-Match", "*", "If-Modified-Since", "nonsense", "Expect", "200-ok", "Upgrade", "websocket", "Content-Encoding", "gzip", "Connection", "close, Host",
	})...)
}

func pick[T any](rnd *rand.Rand, list []T) T { return list[rnd.IntN(len(list))] }

func pickPair(rnd *rand.Rand, list []string) []string {
	n := rnd.IntN(len(list)/2) * 2
	return list[n : n+2]
}
