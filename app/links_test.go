package app_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"minyi/app/demo"
)

// Whoever reads the site, in either language, is shown no way that ends at a door: every
// link of every page leads to a page that this reader may see.
func TestNoLinkLeadsToADoor(t *testing.T) {
	s := startDemo(t)
	content, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range s.viewers(content) {
		t.Run(v.name, func(t *testing.T) { s.follow(t, v) })
	}
}

// follow reads the site as v, a few addresses of each route and language.
func (s site) follow(t *testing.T, v *viewer) {
	t.Helper()
	c := &chart{routes: s.Router.Routes(), params: map[string][]string{}}
	w := s.wire(s.host())
	defer w.close()
	type way struct{ to, from string }
	queue := []way{{"/", ""}, {"/en", ""}}
	looked, told := map[string]int{}, map[string]bool{}
	pages := 0
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		path, _, _ := strings.Cut(at.to, "?")
		route := c.route("GET", path)
		if path, err := url.PathUnescape(path); err == nil && route == "" && !told[path] {
			told[path] = true
			t.Errorf("%s links to %s, which no route answers", at.from, at.to)
		}
		if route == "" || told[at.to] || looked[route+langOf(at.to)] >= enough || strings.Contains(path, "/signout") {
			continue
		}
		told[at.to] = true
		looked[route+langOf(at.to)]++
		g, err := w.do(sent{method: "GET", target: at.to, header: v.headers(s, at.to)})
		if err != nil {
			t.Fatal(at.to, err)
		}
		pages++
		switch to := g.header.Get("Location"); {
		case g.status == 302 || g.status == 303 || g.status == 301:
			if v.person != "" && strings.Contains(to, "/signin") && !strings.Contains(at.to, "signin") {
				t.Errorf("%s links to %s, which asks %s to sign in", at.from, at.to, v.name)
			}
			queue = append(queue, way{to, at.from})
		case g.status == 503: // the search index of a new site is being made; that passes
		case g.status != 200:
			t.Errorf("%s links to %s, which answers %s with %d", at.from, at.to, v.name, g.status)
		case g.kind() == "text/html":
			for _, to := range linksOf(at.to, g.body) {
				queue = append(queue, way{to, at.to})
			}
		}
	}
	if pages < 60 {
		t.Errorf("only %d pages were read", pages)
	}
}

// linksOf are the addresses of this site that a page leads to, without those of parts
// that a script has yet to fill in.
func linksOf(at string, body []byte) (list []string) {
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	base, _ := url.Parse(at)
	var look func(n *html.Node)
	look = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "template" {
			return
		}
		if n.Type == html.ElementNode && (n.Data == "a" || n.Data == "link") {
			if u, err := base.Parse(attr(n, "href")); err == nil && u.Host == "" && u.Scheme == "" {
				u.Fragment = ""
				list = append(list, u.String())
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			look(child)
		}
	}
	look(doc)
	return list
}
