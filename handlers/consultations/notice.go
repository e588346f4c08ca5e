package consultations

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"minyi/app/consultations"
	"minyi/app/kit/ical"
	"minyi/app/kit/qr"
	"minyi/frontend"
	pages "minyi/frontend/pages/consultations"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// frame is what surrounds every page of one consultation.
func (h *handler) frame(c *web.Ctx, seen consultations.Seen, title string) frontend.Frame {
	f := c.Frame(title)
	name := seen.Title(c.Lang())
	f.Nav, f.Topic = "consultations", models.ConsultationTopic(seen.ID)
	if title != name {
		f.Subject = name
	}
	f.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("consultations.title"), URL: "/consultations"}, {Text: name, URL: "/consultations/" + seen.ID}}
	if title != name {
		f.Crumbs = append(f.Crumbs, frontend.Crumb{Text: title})
	}
	f.Meta.Description = h.description(c, seen)
	f.Meta.Column, f.Meta.ColumnType, f.Meta.Source = c.T("consultations.title"), c.T("consultations.title"), seen.Unit.Name(c.Lang())
	f.Meta.Published = moment(seen.PublishedAt)
	if seen.Preview {
		f.Meta.Robots, f.Topic = "noindex", ""
	}
	return f
}

// description is what a shared link shows: the title's question, until when, and
// the first point.
func (h *handler) description(c *web.Ctx, seen consultations.Seen) string {
	var says []string
	if seen.Status(c.Now()) == models.StatusOpen {
		says = append(says, c.T("consultations.until", "date", c.Words.Date(*seen.ClosesAt)))
	}
	if s := summary(seen.Points, c.Lang()); len(s.Points) > 0 {
		says = append(says, s.Points[0])
	}
	return strings.Join(says, " ")
}

func (h *handler) head(c *web.Ctx, seen consultations.Seen, total int64, current string) pages.Head {
	head := pages.Head{Consultation: seen.ID, Title: seen.Title(c.Lang()), Unit: seen.Unit.Name(c.Lang()), Status: string(seen.Status(c.Now())), Opens: moment(seen.OpensAt),
		Closes: moment(seen.ClosesAt), Due: moment(seen.ResponseDueAt), Preview: seen.Preview, Opinions: int(total)}
	base := "/consultations/" + seen.ID
	suffix := ""
	if seen.Preview {
		suffix = "?preview=1"
	}
	tab := func(key, path string) {
		head.Views = append(head.Views, parts.Tab{Text: c.T("consultations.view_" + key), URL: c.URL(base + path + suffix), Current: key == current})
	}
	tab("notice", "")
	if newest, ok := seen.Newest(); ok {
		tab("draft", "/draft")
		if newest.Number > 1 {
			tab("compare", "/compare")
		}
	}
	if seen.AnsweredAt != nil && h.has("GET /consultations/:id/response") {
		tab("response", "/response")
	}
	return head
}

func (h *handler) notice(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.ConsultationTopic(id), "units")
	n, err := h.s.Notice(c.UserContext(), c.Who, id, asked(c, "preview"))
	if err != nil {
		return err
	}
	if n.WithdrawnAt != nil && !n.Preview {
		return h.withdrawn(c, n.Seen)
	}
	keep(c, moment(n.OpensAt), moment(n.ClosesAt))
	p := pages.NoticePage{Frame: h.frame(c, n.Seen, n.Title(c.Lang())), Head: h.head(c, n.Seen, n.Figures.Count.Total, "notice")}
	p.Head.Extended = len(n.Extensions) > 0
	base := "/consultations/" + id
	p.Path = base
	lang := c.Lang()
	p.Summary = summary(n.Points, lang)
	p.Explanation, p.ExplanationLang = rendered(lang, n.ExplanationZH, n.ExplanationEN)
	p.Next, _ = rendered(lang, n.NextZH, n.NextEN)
	p.CanWrite = n.Status(c.Now()) == models.StatusOpen
	p.ShortReason = either(lang, n.ShortReasonZH, n.ShortReasonEN)
	p.Contact = pages.Contact{Name: n.ContactName, Phone: n.ContactPhone, Email: n.ContactEmail, Post: n.ContactPost}
	if _, ok := n.Newest(); ok {
		p.DraftURL = h.href(c, n.Seen, "/draft", "")
	}
	if n.AnsweredAt != nil && h.has("GET /consultations/:id/response") {
		p.ResponseURL = c.URL(base + "/response")
	}
	for _, e := range n.Extensions {
		p.Extensions = append(p.Extensions, pages.ExtensionLine{Old: e.OldClosesAt, New: e.NewClosesAt, Reason: either(lang, e.ReasonZH, e.ReasonEN)})
	}
	p.Steps = h.steps(c, n.Seen)
	p.Versions = h.versionLines(c, n.Seen)
	p.Files = h.files(c, n.Attachments)
	for _, reason := range sorted(n.Figures.Hidden) {
		p.Hidden = append(p.Hidden, pages.HiddenLine{Reason: reasonName(c.Words, reason), Count: int(n.Figures.Hidden[reason])})
	}
	if !n.Preview {
		h.offers(c, &p, n)
	}
	return c.Render(pages.Notice(p))
}

// offers are what a reader can do with a public notice: calendar, follow, share.
func (h *handler) offers(c *web.Ctx, p *pages.NoticePage, n consultations.Notice) {
	base := "/consultations/" + n.ID
	if at := n.ClosesAt; at != nil && at.After(c.Now()) {
		p.CalendarURL = c.URL(base + "/deadline.ics")
	}
	p.FollowURL, p.Follows = c.URL(base+"/follow"), n.Follows
	if !c.Who.SignedIn() {
		p.FollowURL = "" // there is nobody to tell yet
	}
	p.Share = share(c, "/c/"+n.ID, p.Head.Title)
}

// share offers an address with its code.
func share(c *web.Ctx, path, title string) parts.ShareProps {
	s := parts.ShareProps{URL: c.Absolute(path), Title: title}
	if svg, err := qr.SVG(s.URL, c.T("consultations.qr", "title", title)); err == nil {
		s.QR = templ.Raw(svg)
	}
	return s
}

// steps are the dates of the legal clock.
func (h *handler) steps(c *web.Ctx, seen consultations.Seen) []parts.StatusStep {
	now := c.Now()
	var steps []parts.StatusStep
	add := func(key string, at *time.Time, done bool) {
		if at == nil {
			return
		}
		s := parts.StatusStep{Text: c.T("consultations.step_" + key), At: *at, State: "next", Fixed: key != "due"}
		if done {
			s.State = "done"
		}
		if !done && (len(steps) == 0 || steps[len(steps)-1].State == "done") {
			s.State = "current"
			if at.Before(now) {
				s.State = "late"
			}
		}
		steps = append(steps, s)
	}
	past := func(t *time.Time) bool { return t != nil && !t.After(now) }
	if seen.PublishedAt != nil && seen.OpensAt != nil && seen.PublishedAt.Before(*seen.OpensAt) {
		add("published", seen.PublishedAt, true)
	}
	add("opens", seen.OpensAt, past(seen.OpensAt))
	add("closes", seen.ClosesAt, past(seen.ClosesAt))
	if seen.AnsweredAt != nil {
		add("answered", seen.AnsweredAt, true)
	} else {
		add("due", seen.ResponseDueAt, false)
	}
	return steps
}

func (h *handler) versionLines(c *web.Ctx, seen consultations.Seen) []pages.VersionLine {
	var lines []pages.VersionLine
	for i, v := range slices.Backward(seen.Versions) {
		line := versionLine(c, seen, v)
		line.Current = i == len(seen.Versions)-1
		line.URL = h.href(c, seen, "/draft", fmt.Sprintf("v=%d", v.Number))
		if i > 0 {
			line.CompareURL = h.href(c, seen, "/compare", fmt.Sprintf("v=%d..%d", seen.Versions[i-1].Number, v.Number))
		}
		lines = append(lines, line)
	}
	return lines
}

func versionLine(c *web.Ctx, seen consultations.Seen, v models.Version) pages.VersionLine {
	return pages.VersionLine{Number: v.Number, Title: either(c.Lang(), v.TitleZH, v.TitleEN), Note: either(c.Lang(), v.NoteZH, v.NoteEN), At: moment(v.PublishedAt)}
}

func (h *handler) files(c *web.Ctx, list []models.Attachment) []pages.File {
	if !h.has("GET /attachments/:id") {
		return nil
	}
	var files []pages.File
	for _, a := range list {
		files = append(files, pages.File{Name: a.Name, URL: "/attachments/" + a.ID, Size: a.Size})
	}
	return files
}

// href is the address of a page of the consultation, the preview kept.
func (h *handler) href(c *web.Ctx, seen consultations.Seen, path, query string) string {
	if seen.Preview {
		query = strings.Trim(query+"&preview=1", "&")
	}
	if query != "" {
		query = "?" + query
	}
	return c.URL("/consultations/" + seen.ID + path + query)
}

func asked(c *web.Ctx, name string) bool { return c.Context().QueryArgs().Has(name) }

func sorted(m map[string]int64) []string {
	var keys []string
	for k, n := range m {
		if n > 0 {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

func reasonName(w *frontend.Words, reason string) string {
	if key := "opinions.reason_" + reason; w.Has(key) {
		return w.T(key)
	}
	return reason
}

func (h *handler) withdrawn(c *web.Ctx, seen consultations.Seen) error {
	p := pages.WithdrawnPage{Frame: h.frame(c, seen, c.T("consultations.withdrawn_title")), Name: seen.Title(c.Lang()), Reason: either(c.Lang(), seen.WithdrawnZH, seen.WithdrawnEN), At: *seen.WithdrawnAt,
		Contact: pages.Contact{Name: seen.ContactName, Phone: seen.ContactPhone, Email: seen.ContactEmail, Post: seen.ContactPost}}
	p.Topic = ""
	c.Status(fiber.StatusGone)
	return c.Render(pages.Withdrawn(p))
}

func (h *handler) follow(c *web.Ctx) error {
	id, on := c.Params("id"), c.FormValue("follow") != "off"
	if err := h.s.Follow(c.UserContext(), c.Who, id, on); err != nil {
		return err
	}
	if on {
		return c.SeeWith("/consultations/"+id, "consultations.followed")
	}
	return c.SeeWith("/consultations/"+id, "consultations.unfollowed")
}

// calendar answers the deadline as an entry for calendars.
func (h *handler) calendar(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.ConsultationTopic(id))
	n, err := h.s.Notice(c.UserContext(), c.Who, id, false)
	if err != nil {
		return err
	}
	if n.WithdrawnAt != nil || n.ClosesAt == nil {
		return models.ErrNotFound
	}
	title := n.Title(c.Lang())
	e := ical.Event{UID: id + "@" + c.PublicHost(), Sequence: len(n.Extensions), Stamp: n.UpdatedAt, Start: *n.ClosesAt, End: *n.ClosesAt, Summary: c.T("consultations.calendar_title", "title", title),
		Description: c.T("consultations.calendar_text", "url", c.Absolute("/consultations/"+id)), URL: c.Absolute("/consultations/" + id), Remind: 24 * time.Hour}
	var out strings.Builder
	if err := ical.Write(&out, ical.Calendar{Name: title, Lang: c.Words.HTMLLang, Events: []ical.Event{e}}); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, ical.MediaType)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+safe(id)+`.ics"`)
	return c.SendString(out.String())
}

func safe(id string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, id)
}
