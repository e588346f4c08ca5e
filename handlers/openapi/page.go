package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"minyi/frontend"
	pages "minyi/frontend/pages/developers"
	"minyi/handlers/web"
)

// described is as much of the document as the page shows. Calls stand in the order
// in which the document lists their paths.
type described struct {
	Tags []struct {
		Name string `json:"name"`
	} `json:"tags"`
	Paths      paths `json:"paths"`
	Components struct {
		Parameters map[string]parameter `json:"parameters"`
	} `json:"components"`
}

// texts are what people read, in both languages.
type texts struct {
	Summary     string `json:"summary"`
	Description string `json:"description"`
	ZH          string `json:"x-zh"`
}

func (t texts) in(lang string) string {
	switch {
	case lang != "en":
		return t.ZH
	case t.Summary != "":
		return t.Summary
	}
	return t.Description
}

type operation struct {
	texts
	Method, Path string
	ID           string           `json:"operationId"`
	Tags         []string         `json:"tags"`
	Security     []map[string]any `json:"security"`
	Parameters   []parameter      `json:"parameters"`
}

type parameter struct {
	texts
	Ref      string `json:"$ref"`
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	Schema   struct {
		Enum []string `json:"enum"`
	} `json:"schema"`
}

// paths are the calls, in the order of the document.
type paths []operation

// UnmarshalJSON keeps the order, which a map would lose.
func (p *paths) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		path, err := d.Token()
		if err != nil {
			return err
		}
		var calls map[string]operation
		if err := d.Decode(&calls); err != nil {
			return err
		}
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if call, ok := calls[method]; ok {
				call.Method, call.Path = strings.ToUpper(method), fmt.Sprint(path)
				*p = append(*p, call)
			}
		}
	}
	return nil
}

var read = sync.OnceValues(func() (d described, err error) {
	err = json.Unmarshal(document, &d)
	return d, err
})

// developers shows the calls, made from the document.
func developers(c *web.Ctx) error {
	c.Depends(time.Time{})
	d, err := read()
	if err != nil {
		return err
	}
	p := pages.ShowPage{Frame: c.Frame(c.T("frame.page_developers")), Document: "/api/v1/openapi.json", Live: "/api/v1/asyncapi.json"}
	p.Path = "/developers"
	p.Meta.Description = c.T("developers.lede")
	p.Crumbs = []frontend.Crumb{{Text: c.T("developers.home"), URL: "/"}, {Text: p.Title}}
	p.Example = "curl " + c.PublicURL() + "/api/v1/consultations?status=open"
	for _, tag := range d.Tags {
		g := pages.Group{ID: tag.Name, Name: c.T("developers.group_" + tag.Name)}
		for _, o := range d.Paths {
			if slices.Contains(o.Tags, tag.Name) {
				g.Calls = append(g.Calls, d.call(c, o))
			}
		}
		p.Groups = append(p.Groups, g)
	}
	return c.Render(pages.Show(p))
}

func (d described) call(c *web.Ctx, o operation) pages.Call {
	// An empty requirement among them means that nobody has to be known.
	public := len(o.Security) == 0 || slices.ContainsFunc(o.Security, func(one map[string]any) bool { return len(one) == 0 })
	call := pages.Call{ID: o.ID, Method: o.Method, Path: "/api/v1" + o.Path, Summary: o.in(c.Lang()), SignIn: !public}
	for _, one := range o.Parameters {
		if name, ok := strings.CutPrefix(one.Ref, "#/components/parameters/"); ok {
			one = d.Components.Parameters[name]
		}
		if one.Name == "If-None-Match" || one.Name == "Accept-Language" {
			continue // the same for all calls: told once above
		}
		call.Parameters = append(call.Parameters, pages.Parameter{
			Name: one.Name, Where: c.T("developers.in_" + one.In), Text: one.in(c.Lang()), Required: one.Required, Values: strings.Join(one.Schema.Enum, " "),
		})
	}
	return call
}
