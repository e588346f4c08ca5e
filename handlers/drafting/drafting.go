// Package drafting serves the officers' desk: consultations from the first note to
// the day they are public, and what may change about them afterwards.
package drafting

import (
	"strconv"
	"strings"
	"time"

	"minyi/app/drafting"
	"minyi/frontend"
	pages "minyi/frontend/pages/desk"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

type handler struct{ s *drafting.Service }

// Mount adds the routes.
func Mount(r *web.Router, s *drafting.Service) {
	h := handler{s}
	r.Page("GET", "/desk", web.DeskOnly, h.home)
	r.Page("GET", "/desk/new", web.Officers, h.create)
	r.Page("POST", "/desk/new", web.Officers, h.doCreate)
	r.Page("GET", "/desk/c/:id", web.Officers, h.show)
	r.Page("GET", "/desk/c/:id/edit", web.Officers, h.edit)
	r.Page("POST", "/desk/c/:id/edit", web.Officers, h.doEdit)
	r.Page("GET", "/desk/c/:id/import", web.Officers, h.upload)
	r.Page("POST", "/desk/c/:id/import", web.Officers, h.doUpload)
	r.Page("GET", "/desk/imports/:id", web.Officers, h.draft)
	r.Page("POST", "/desk/imports/:id/fix", web.Officers, h.fix)
	r.Page("POST", "/desk/imports/:id/changes", web.Officers, h.switchChanges)
	r.Page("POST", "/desk/imports/:id/translation", web.Officers, h.translate)
	r.Page("GET", "/desk/imports/:id/confirm", web.Officers, h.confirm)
	r.Page("POST", "/desk/imports/:id/confirm", web.Officers, h.doConfirm)
	r.Page("POST", "/desk/imports/:id/give-up", web.Officers, h.giveUp)
	r.Page("GET", "/desk/c/:id/checklist", web.Officers, h.checks)
	r.Page("POST", "/desk/c/:id/propose", web.Officers, h.propose)
	r.Page("POST", "/desk/c/:id/take-back", web.Officers, h.takeBack)
	r.Page("POST", "/desk/c/:id/publish", web.Officers, h.publish)
	r.Page("POST", "/desk/c/:id/undo", web.Officers, h.undo)
	r.Page("GET", "/desk/c/:id/published", web.Officers, h.done)
	r.Page("GET", "/desk/c/:id/poster", web.Officers, h.poster)
	r.Page("GET", "/desk/c/:id/extend", web.Officers, h.extend)
	r.Page("POST", "/desk/c/:id/extend", web.Officers, h.doExtend)
	r.Page("GET", "/desk/c/:id/withdraw", web.Officers, h.withdraw)
	r.Page("POST", "/desk/c/:id/withdraw", web.Officers, h.doWithdraw)
	r.Page("GET", "/desk/c/:id/versions/:n", web.Officers, h.version)
	r.Page("POST", "/desk/c/:id/versions/:n", web.Officers, h.doVersion)
	r.Page("GET", "/desk/c/:id/files", web.Officers, h.files)
	r.Page("POST", "/desk/c/:id/files", web.Officers, h.attach)
	r.Page("POST", "/desk/c/:id/files/:file/remove", web.Officers, h.detach)
	r.Page("GET", "/attachments/:id", web.Public, h.file)
}

const area = "/desk"

// within is the frame of a page that belongs to a consultation.
func within(c *web.Ctx, one models.Consultation, title string) frontend.Frame {
	name := one.Title(c.Lang())
	f := c.DeskFrame(title, area, frontend.Crumb{Text: name, URL: "/desk/c/" + one.ID})
	f.Subject = name
	return f
}

// key gives a form what makes its sending one act.
func key(c *web.Ctx, form *parts.Form) *parts.Form {
	if form == nil {
		form = parts.NewForm(nil)
	}
	form.Key = models.NewID(c.Now())
	return form
}

var statusKinds = map[models.Status]string{models.StatusDraft: "warn", models.StatusOpen: "ok", models.StatusScheduled: "info", models.StatusClosed: "warn", models.StatusAnswered: "info", models.StatusWithdrawn: "bad"}

func status(c *web.Ctx, one models.Consultation) (kind, word string) {
	s := one.Status(c.Now())
	if s == models.StatusDraft && one.ProposedBy != "" {
		return "info", c.T("drafting.status_proposed")
	}
	return statusKinds[s], c.T("drafting.status_" + string(s))
}

var dueKinds = map[string]string{"overdue": "bad", "review": "warn", "closes_soon": "warn", "opens_soon": "info", "answer": "info", "looks": "warn"}

func (h handler) home(c *web.Ctx) error {
	list, due, err := h.s.Desk(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	p := pages.HomePage{Frame: c.DeskFrame(c.T("drafting.home"), area)}
	if c.WorksAt("/desk/new") {
		p.NewURL = c.URL("/desk/new")
	}
	for _, d := range due {
		line := pages.Due{Title: d.Title(c.Lang()), URL: c.URL("/desk/c/" + d.ID), Kind: dueKinds[d.What], Word: c.T("drafting.due_" + d.What), Text: c.T("drafting.due_at_"+d.What, "time", p.Words.DateTime(d.At), "n", d.N)}
		if d.What == "review" {
			line.URL += "/checklist"
		}
		if d.What == "looks" {
			line.URL += "/moderation"
		}
		p.Due = append(p.Due, line)
	}
	counts, err := h.s.Totals(c.UserContext(), list)
	if err != nil {
		return err
	}
	for _, one := range list {
		kind, word := status(c, one)
		p.Rows = append(p.Rows, parts.TableRow{Cells: []parts.Cell{
			{Text: one.Title(c.Lang()), URL: c.URL("/desk/c/" + one.ID)}, {Text: one.ID}, {Part: pages.StatusCell(kind, word)}, {Text: dates(p.Frame, one)}, {Text: p.Words.Number(int(counts[one.ID]))},
		}})
	}
	return c.Render(pages.Home(p))
}

func dates(f frontend.Frame, one models.Consultation) string {
	if one.OpensAt == nil || one.ClosesAt == nil {
		return f.T("drafting.no_dates")
	}
	return f.T("drafting.from_to", "from", f.Words.DateShort(*one.OpensAt), "to", f.Words.DateShort(*one.ClosesAt))
}

func (h handler) show(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	p := pages.ShowPage{Frame: c.DeskFrame(o.Title(c.Lang()), area), ID: o.ID, Unit: o.Unit.Name(c.Lang()), Opinions: int(o.Opinions), Extended: len(o.Extensions) > 0, Form: key(c, nil)}
	p.StatusKind, p.Status = status(c, o.Consultation)
	state := o.Consultation.Status(c.Now())
	if o.ClosesAt != nil && state != models.StatusDraft {
		p.ClosesAt = *o.ClosesAt
	}
	p.CanExtend = state == models.StatusOpen || state == models.StatusScheduled
	p.CanWithdraw = p.CanExtend || state == models.StatusClosed
	if o.PublishedAt != nil && o.Opinions == 0 && o.WithdrawnAt == nil && c.Now().Before(o.PublishedAt.Add(drafting.UndoFor)) {
		p.UndoUntil = o.PublishedAt.Add(drafting.UndoFor)
	}
	if state == models.StatusDraft {
		p.Tasks = tasks(c, o)
	}
	next(c, &p, o, state)
	p.Links = links(c, o, state)
	for _, v := range o.Versions {
		line := pages.Version{Number: v.Number, Title: v.TitleZH, Note: v.NoteZH, Source: v.SourceName, ShowURL: c.URL("/desk/c/" + o.ID + "/versions/" + strconv.Itoa(v.Number))}
		if c.Lang() == "en" && v.TitleEN != "" {
			line.Title, line.Note = v.TitleEN, v.NoteEN
		}
		if v.PublishedAt != nil {
			line.PublishedAt = *v.PublishedAt
		} else if o.PublishedAt != nil && p.CanWithdraw {
			line.PublishURL = line.ShowURL
		}
		p.Versions = append(p.Versions, line)
	}
	p.Imports = waiting(c, o.Imports)
	for _, e := range o.Extensions {
		reason := e.ReasonZH
		if c.Lang() == "en" && e.ReasonEN != "" {
			reason = e.ReasonEN
		}
		p.Extensions = append(p.Extensions, pages.Extension{Old: e.OldClosesAt, New: e.NewClosesAt, Reason: reason})
	}
	return c.Render(pages.Show(p))
}

func waiting(c *web.Ctx, list []models.Import) []pages.Waiting {
	var out []pages.Waiting
	for _, i := range list {
		out = append(out, pages.Waiting{Name: i.FileName, URL: c.URL("/desk/imports/" + i.ID), At: i.UpdatedAt})
	}
	return out
}

// tasks are what is to be done before publishing.
func tasks(c *web.Ctx, o drafting.Overview) []parts.Task {
	met := map[string]bool{}
	missing := 0
	for _, k := range o.Checks {
		met[k.Key] = k.Met
		if k.Blocking && !k.Met {
			missing++
		}
	}
	state := func(keys ...string) string {
		n := 0
		for _, k := range keys {
			if met[k] {
				n++
			}
		}
		switch n {
		case 0:
			return "todo"
		case len(keys):
			return "done"
		}
		return "doing"
	}
	base := c.URL("/desk/c/" + o.ID)
	draft := state("draft")
	if draft == "todo" && len(o.Imports) > 0 {
		draft = "doing"
	}
	list := []parts.Task{
		{Text: c.T("drafting.task_fields"), URL: base + "/edit", State: state("title", "title_en", "explanation", "dates", "window", "contact", "next", "due", "profile"), Blocking: true},
		{Text: c.T("drafting.task_draft"), URL: base + "/import", State: draft, Blocking: true},
		{Text: c.T("drafting.task_points"), URL: base + "/edit#f-points_zh", State: state("points", "points_en")},
	}
	files := parts.Task{Text: c.T("drafting.task_files"), URL: base + "/files", State: "todo", Hint: c.T("drafting.task_files_hint")}
	if len(o.Files) > 0 {
		files.State = "done"
	}
	last := parts.Task{Text: c.T("drafting.task_checks"), URL: base + "/checklist", State: "todo", Blocking: true}
	if o.ProposedBy != "" {
		last.State = "doing"
		for i := range list {
			list[i].URL = "" // nothing changes while a colleague reads it
		}
	} else if missing > 0 {
		last.Hint = c.Words.N("drafting.propose_missing", missing)
	}
	return append(list, files, last)
}

// next says what comes next.
func next(c *web.Ctx, p *pages.ShowPage, o drafting.Overview, state models.Status) {
	base := c.URL("/desk/c/" + o.ID)
	switch {
	case o.ProposedBy != "" && state == models.StatusDraft && o.ProposedBy != c.Who.PersonID:
		p.Next, p.NextButton, p.NextURL = c.T("drafting.next_review"), c.T("drafting.to_review"), base+"/checklist"
	case o.ProposedBy != "" && state == models.StatusDraft:
		p.Next = c.T("drafting.wait_second")
	case state == models.StatusScheduled && o.OpensAt != nil:
		p.Next = c.T("drafting.opens_then", "time", p.Words.DateTime(*o.OpensAt))
	case state == models.StatusClosed && o.ResponseDueAt != nil:
		p.Next = c.T("drafting.next_answer", "time", p.Words.DateTime(*o.ResponseDueAt))
		if c.Has("/desk/c/:id/queue") {
			p.NextButton, p.NextURL = c.T("drafting.nav_queue"), base+"/queue"
		}
	}
}

// links lead to the other pages of a consultation that exist.
func links(c *web.Ctx, o drafting.Overview, state models.Status) []pages.Link {
	base := "/desk/c/" + o.ID
	var list []pages.Link
	add := func(text, route, path, icon string) {
		if route == "" || c.Has(route) {
			list = append(list, pages.Link{Text: c.T(text), URL: c.URL(path), Icon: icon})
		}
	}
	if state == models.StatusDraft {
		add("drafting.preview", "/consultations/:id", "/consultations/"+o.ID+"?preview=1", "external")
		return list
	}
	add("drafting.see_public", "/consultations/:id", "/consultations/"+o.ID, "external")
	add("drafting.link_queue", "/desk/c/:id/queue", base+"/queue", "comment")
	add("drafting.link_moderation", "/desk/c/:id/moderation", base+"/moderation", "flag")
	if state == models.StatusOpen || state == models.StatusClosed {
		add("drafting.link_entry", "/desk/c/:id/entry", base+"/entry", "pen")
	}
	add("drafting.link_report", "/desk/c/:id/report", base+"/report", "draft")
	add("drafting.link_share", "", base+"/published", "share")
	add("drafting.task_files", "", base+"/files", "file")
	if state == models.StatusOpen || state == models.StatusScheduled || state == models.StatusClosed {
		add("drafting.new_version", "", base+"/import", "upload")
	}
	return list
}

// local writes a moment for a date and time field.
func local(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(frontend.Zone()).Format("2006-01-02T15:04")
}

// layouts are what browsers and people write into a field of date and time.
var layouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-1-2 15:04", "2006/1/2 15:04"}

// moment reads a field of date and time; a day alone means its end when the field
// is about an end, else its beginning. ok is false for what is no moment.
func moment(s string, end bool) (t *time.Time, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, true
	}
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, s, frontend.Zone()); err == nil {
			return utc(at), at.Year() > 2000 && at.Year() < 2200
		}
	}
	for _, layout := range []string{"2006-01-02", "2006-1-2", "2006/1/2"} {
		if at, err := time.ParseInLocation(layout, s, frontend.Zone()); err == nil {
			if end {
				at = at.AddDate(0, 0, 1)
			}
			return utc(at), at.Year() > 2000 && at.Year() < 2200
		}
	}
	return nil, false
}

func utc(t time.Time) *time.Time {
	t = t.UTC()
	return &t
}
