// Package hearings serves hearings: their pages, registration, draw and desk.
package hearings

import (
	"io"

	"minyi/app/kit/draw"
	"minyi/frontend"
	pages "minyi/frontend/pages/hearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
)

const checkPath = "/hearings/check-draw"

// MountDrawCheck adds the check of draws, which needs neither store nor sign-in.
func MountDrawCheck(r *web.Router) {
	r.Page("GET", checkPath, web.Public, func(c *web.Ctx) error { return showDrawCheck(c, parts.NewForm(nil), nil, false) })
	r.Page("POST", checkPath, web.Public, doDrawCheck)
	r.Page("GET", checkPath+".html", web.Public, drawCheckAlone)
}

func showDrawCheck(c *web.Ctx, f *parts.Form, said []string, good bool) error {
	p := pages.DrawCheckPage{Frame: c.Frame(c.T("draw.check_title")), Form: f, Action: c.URL(checkPath), Saved: c.URL(checkPath + ".html"), Said: said, Good: good}
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: p.Title}}
	p.Scripts = []string{"pages/hearings/draw-check.js"}
	p.Failed = f.Failed()
	return c.Render(pages.DrawCheck(p))
}

// doDrawCheck checks on the server, for browsers without scripts.
func doDrawCheck(c *web.Ctx) error {
	f := parts.NewForm(map[string]string{"commitment": c.FormValue("commitment")})
	head, err := c.FormFile("file")
	wrong := ""
	if err != nil || head == nil {
		wrong = "draw.check_file_wanted"
	} else if head.Size == 0 {
		wrong = "upload.empty"
	}
	if wrong != "" {
		f.Fail("file", c.T(wrong))
		c.Status(422)
		return showDrawCheck(c, f, nil, false)
	}
	file, err := head.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	result, found := draw.Verify(data, f.Values["commitment"])
	said := Sentences(c.Words, result, found, f.Values["commitment"] != "")
	return showDrawCheck(c, f, said, len(found) == 0)
}

// Sentences tells what a check found, the verdict first.
func Sentences(w *frontend.Words, r draw.Result, found []draw.Finding, compared bool) []string {
	if len(found) == 0 {
		said := []string{w.T("draw.right", "chosen", len(r.Chosen)), w.T("draw.commitment", "commitment", r.Commitment)}
		if !compared {
			said = append(said, w.T("draw.not_compared"))
		}
		return said
	}
	said := []string{w.T("draw.wrong")}
	for _, f := range found {
		args := f.Args
		if f.Key == draw.FindList {
			args = []any{"why", w.T(f.Args[1].(string))}
		}
		said = append(said, w.T(f.Key, args...))
	}
	return said
}

func drawCheckAlone(c *web.Ctx) error {
	page, err := pages.DrawCheckAlone(c.Words)
	if err != nil {
		return err
	}
	c.Set("Content-Type", "text/html; charset=utf-8")
	c.Set("Content-Disposition", `attachment; filename="minyi-draw-check.html"`)
	return c.Send(page)
}
