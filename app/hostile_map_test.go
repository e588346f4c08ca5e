package app_test

import (
	"bytes"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"minyi/handlers/web"
)

// form is a form as a page shows it.
type form struct {
	action, kind string
	fields       []field
}

type field struct {
	name, kind, value string
	options           []string
	max               int
}

// chart is what a reader finds by following links: for every route true addresses,
// the forms that lead to it and the questions that links ask it.
type chart struct {
	routes    []web.Route
	addresses map[string][]string          // GET route → addresses with query
	forms     map[string]map[string][]form // POST route → viewer → forms
	params    map[string][]string          // parameter of a path ("/c/:id") → values seen
	queries   []string
	seen      map[string]bool
}

// enough addresses of one route are looked at by each viewer.
const enough = 3

func (s site) chart(viewers []*viewer) *chart {
	s.t.Helper()
	c := &chart{routes: s.Router.Routes(), addresses: map[string][]string{}, forms: map[string]map[string][]form{}, params: map[string][]string{}, seen: map[string]bool{}}
	for _, v := range viewers {
		c.walk(s, v)
	}
	return c
}

// walk follows the links of the site as v until there is nothing new.
func (c *chart) walk(s site, v *viewer) {
	s.t.Helper()
	w := s.wire(s.host())
	defer w.close()
	read, looked := map[string]bool{}, map[string]int{}
	queue := []string{"/", "/en", "/me", "/desk", "/admin", "/signup", "/signin", "/r", "/sitemap", "/api/v1/consultations", "/api/v1/consultations?limit=1"}
	for _, r := range c.routes {
		if r.Method == "GET" && !strings.ContainsAny(r.Path, ":*") {
			queue = append(queue, r.Path)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		path, _, _ := strings.Cut(at, "?")
		route := c.route("GET", path)
		if route == "" || read[at] || looked[route+langOf(at)] >= enough || route == "/ws" {
			continue
		}
		read[at] = true
		looked[route+langOf(at)]++
		g, err := w.do(sent{method: "GET", target: at, header: v.headers(s, at)})
		if err != nil {
			s.t.Fatal(at, err)
		}
		if g.status == 303 || g.status == 302 {
			queue = append(queue, g.header.Get("Location"))
			continue
		}
		if g.status != 200 {
			continue
		}
		if !slices.Contains(c.addresses[route], at) && len(c.addresses[route]) < 12 {
			c.addresses[route] = append(c.addresses[route], at)
		}
		if g.kind() == "text/html" {
			queue = append(queue, c.page(v, at, g.body)...)
		}
		for _, link := range linked.FindAllString(string(g.body), 200) { // addresses in JSON
			if g.kind() == "application/json" {
				queue = append(queue, strings.Trim(link, `"`))
			}
		}
	}
}

var linked = regexp.MustCompile(`"/[^"\s]*"`)

// headers are those of a browser of v, or for the API of its program.
func (v *viewer) headers(s site, path string) []string {
	if v.token != "" && strings.HasPrefix(path, "/api/") {
		return []string{"Authorization", "Bearer " + v.token}
	}
	if c := v.cookie(s); c != "" {
		return []string{"Cookie", c}
	}
	return nil
}

// page takes forms from a page and gives its links.
func (c *chart) page(v *viewer, at string, body []byte) (links []string) {
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	base, _ := url.Parse(at)
	resolve := func(ref string) string {
		u, err := base.Parse(ref)
		if err != nil || u.Host != "" || u.Scheme != "" {
			return ""
		}
		u.Fragment = ""
		return u.String()
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "a", "link":
			if to := resolve(attr(n, "href")); to != "" {
				links = append(links, to)
				c.query(to)
			}
		case "form":
			f := formOf(n, resolve)
			path, _, _ := strings.Cut(f.action, "?")
			if route := c.route("POST", path); attr(n, "method") == "post" && route != "" {
				if c.forms[route] == nil {
					c.forms[route] = map[string][]form{}
				}
				if len(c.forms[route][v.name]) < 4 {
					c.forms[route][v.name] = append(c.forms[route][v.name], f)
				}
			} else if path != "" {
				for _, one := range f.fields {
					c.queries = append(c.queries, one.name)
				}
			}
		}
	}
	return links
}

func (c *chart) query(to string) {
	if u, err := url.Parse(to); err == nil {
		for name := range u.Query() {
			if !slices.Contains(c.queries, name) {
				c.queries = append(c.queries, name)
			}
		}
	}
}

// route finds the route that answers a path, and learns the values of its parts.
func (c *chart) route(method, path string) string {
	path = strings.TrimPrefix(path, "/en")
	have := strings.Split(strings.Trim(path, "/"), "/")
	best, most := "", -1
	for _, r := range c.routes {
		want := strings.Split(strings.Trim(r.Path, "/"), "/")
		if r.Method != method || len(want) != len(have) && !strings.HasSuffix(r.Path, "*") {
			continue
		}
		same, fits := 0, true
		for i, w := range want {
			switch {
			case i >= len(have):
				fits = false
			case w == have[i]:
				same += 2
			case strings.HasPrefix(w, ":"), w == "*":
				same++
			default:
				fits = false
			}
			if !fits {
				break
			}
		}
		if fits && same > most {
			best, most = r.Path, same
		}
	}
	for i, w := range strings.Split(strings.Trim(best, "/"), "/") {
		if strings.HasPrefix(w, ":") && i < len(have) && len(c.params[w]) < 60 && !slices.Contains(c.params[w], have[i]) {
			c.params[w] = append(c.params[w], have[i])
		}
	}
	return best
}

func formOf(n *html.Node, resolve func(string) string) form {
	f := form{action: resolve(attr(n, "action")), kind: attr(n, "enctype")}
	for e := range n.Descendants() {
		name := attr(e, "name")
		if e.Type != html.ElementNode || name == "" {
			continue
		}
		one := field{name: name, kind: e.Data, value: attr(e, "value")}
		for _, d := range attr(e, "maxlength") {
			one.max = one.max*10 + int(d-'0')
		}
		switch e.Data {
		case "input":
			one.kind = attr(e, "type")
		case "textarea":
			one.value = textOf(e)
		case "select":
			for o := range e.Descendants() {
				if o.Data == "option" {
					one.options = append(one.options, attr(o, "value"))
				}
			}
			if len(one.options) > 0 {
				one.value = one.options[len(one.options)-1]
			}
		case "button":
		default:
			continue
		}
		f.fields = append(f.fields, one)
	}
	return f
}

// values are what a browser sends when the form is filled in plainly.
func (f form) values() url.Values {
	v := url.Values{}
	for _, one := range f.fields {
		switch one.kind {
		case "button", "submit", "file":
			continue
		case "radio":
			if v.Has(one.name) {
				continue
			}
		case "textarea", "text", "":
			if one.value == "" {
				one.value = "路口太窄，请留出轮椅能过的通道。"
			}
		}
		v.Add(one.name, one.value)
	}
	return v
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// allValues of parts of paths, for addresses that no link leads to.
func (c *chart) allValues() []string {
	return slices.Concat(slices.Collect(maps.Values(c.params))...)
}
