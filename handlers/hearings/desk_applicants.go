package hearings

import (
	"bufio"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"minyi/app/hearings"
	"minyi/app/kit/sheet"
	"minyi/frontend"
	pages "minyi/frontend/pages/deskhearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// mostListed is how many registrations a page of the desk lists.
const mostListed = 100

// listed are the states by which the list is narrowed, in the order of a registration's life.
var listed = []models.RegistrationStatus{models.RegistrationPending, models.RegistrationPool, models.RegistrationConfirmed, models.RegistrationOffered, models.RegistrationWaiting, models.RegistrationWithdrawn, models.RegistrationDeclined, models.RegistrationNotDrawn, models.RegistrationExpired, models.RegistrationNoShow}

func (h handler) deskList(c *web.Ctx) error { return h.showList(c, withKey(c, nil)) }

// showList lists who signed up; form holds what was typed into one of its small forms.
func (h handler) showList(c *web.Ctx, form *parts.Form) error {
	id := c.Params("id")
	o, err := h.s.Overview(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	base := c.URL(deskArea + "/" + id)
	p := pages.ListPage{Frame: deskFrame(c, o.Hearing, c.T("hearings.desk_registrations")), Form: form, DecideURL: base + "/decide"}
	p.Failed, p.Filter.Action = form.Failed(), base+"/registrations"
	after, err := strconv.ParseInt(c.Query("after"), 10, 64)
	if err != nil {
		after = 0 // what is no number begins at the first
	}
	category, status := c.Query("category"), models.RegistrationStatus(c.Query("status"))
	if category != "" && !slices.ContainsFunc(o.Categories, func(k models.HearingCategory) bool { return k.ID == category }) {
		category, p.Filter.Ignored = "", c.T("hearings.ignored")
	}
	if status != "" && !slices.Contains(listed, status) {
		status, p.Filter.Ignored = "", c.T("hearings.ignored")
	}
	form.Values["category"], form.Values["status"] = category, string(status)
	_, list, err := h.s.Applicants(c.UserContext(), c.Who, id, category, status, after, mostListed)
	if err != nil {
		return err
	}
	h.listFilters(c, &p, o)
	p.Table = parts.TableProps{Caption: p.Title, HideCaption: true, Empty: c.T("hearings.desk_nobody"), Columns: []parts.Column{{Text: c.T("hearings.number")}, {Text: c.T("hearings.name")}, {Text: c.T("hearings.category")}, {Text: c.T("hearings.desk_status")}, {Text: c.T("hearings.people"), Number: true}, {Text: c.T("hearings.points")}, {Text: c.T("hearings.desk_needs")}, {Text: c.T("hearings.desk_materials")}}}
	for _, a := range list {
		got := ""
		if d, ok := o.Deliveries[a.ID]; ok {
			if got = c.T("hearings.desk_sent"); d.ReceivedAt != nil {
				got = c.T("hearings.received_at", "date", c.Words.DateShort(*d.ReceivedAt))
			}
		}
		p.Table.Rows = append(p.Table.Rows, parts.TableRow{Cells: []parts.Cell{{Text: models.NumberForm(a.Number)}, lines(whoLines(c, a)), {Text: a.Category.Name(c.Lang())}, {Text: deskStatus(c, a.Status)}, {Text: strconv.Itoa(a.Seats)}, lines(saidLines(c, o.Hearing, a)), {Text: a.AccessNeeds}, {Text: got}}})
	}
	if err := h.listPending(c, &p, o); err != nil {
		return err
	}
	p.Pager.Label = c.T("hearings.pages")
	if len(list) == mostListed {
		v := url.Values{"after": {strconv.FormatInt(list[len(list)-1].Number, 10)}}
		for name, s := range map[string]string{"category": category, "status": string(status)} {
			if s != "" {
				v.Set(name, s)
			}
		}
		p.Pager.Next = base + "/registrations?" + v.Encode()
	}
	if o.Officer {
		p.Downloads = []pages.Link{{Text: "CSV", URL: base + "/registrations.csv"}, {Text: "XLSX", URL: base + "/registrations.xlsx"}}
		if o.State(c.Now()) == models.HearingOpen {
			p.Entry = base + "/entry"
		}
	}
	if len(o.Files) > 0 && o.PublishedAt != nil && o.CancelledAt == nil {
		p.HandOverURL = base + "/hand-over"
	}
	return c.Render(pages.List(p))
}

// listFilters are what the list can be narrowed by.
func (h handler) listFilters(c *web.Ctx, p *pages.ListPage, o hearings.Overview) {
	p.Categories = []parts.Option{{Text: c.T("consultations.filter_all")}}
	for _, k := range o.Categories {
		p.Categories = append(p.Categories, parts.Option{Value: k.ID, Text: k.Name(c.Lang())})
	}
	p.States = []parts.Option{{Text: c.T("consultations.filter_all")}}
	for _, st := range listed {
		p.States = append(p.States, parts.Option{Value: string(st), Text: deskStatus(c, st)})
	}
}

// listPending are the first of those who wait for a decision, whatever the list shows.
func (h handler) listPending(c *web.Ctx, p *pages.ListPage, o hearings.Overview) error {
	switch o.State(c.Now()) {
	case models.HearingEnded, models.HearingRecorded, models.HearingCancelled:
		return nil // nothing is decided any more
	}
	if !o.Officer {
		return nil
	}
	_, list, err := h.s.Applicants(c.UserContext(), c.Who, o.ID, "", models.RegistrationPending, 0, mostListed)
	if err != nil {
		return err
	}
	for _, a := range list {
		p.Pending = append(p.Pending, pages.Pending{ID: a.ID, Field: noteField(a.ID), Number: models.NumberForm(a.Number), Name: strings.Join(whoLines(c, a), " · "), Category: a.Category.Name(c.Lang()), Said: saidLines(c, o.Hearing, a)})
	}
	return nil
}

// deskStatus is a state in words for officers: those of the ticket speak to its holder.
func deskStatus(c *web.Ctx, s models.RegistrationStatus) string {
	if s == models.RegistrationOffered {
		return c.T("hearings.desk_offered")
	}
	return c.T("hearings.status_" + string(s))
}

// lines is a cell of several short texts; an empty one says nothing.
func lines(list []string) parts.Cell {
	if len(list) == 0 {
		return parts.Cell{}
	}
	return parts.Cell{Part: pages.Lines(list)}
}

// whoLines say who signed up: the name, for whom they come, and who comes along.
func whoLines(c *web.Ctx, a hearings.Applicant) (out []string) {
	for _, s := range []string{a.Name, a.Organisation} {
		if s != "" {
			out = append(out, s)
		}
	}
	if len(a.Companions) > 0 {
		out = append(out, c.T("hearings.desk_with", "names", strings.Join(a.Companions, c.T("compare.joiner"))))
	}
	return out
}

// saidLines say what somebody wrote, and how often they were drawn before.
func saidLines(c *web.Ctx, one models.Hearing, a hearings.Applicant) (out []string) {
	if a.KeyPoints != "" {
		out = append(out, a.KeyPoints)
	}
	for _, q := range hearings.QuestionsOf(one) {
		if said := a.Answers[q.Key]; said != "" {
			out = append(out, c.T("hearings.desk_answer", "question", either(c.Lang(), q.ZH, q.EN), "answer", said))
		}
	}
	if s := selections(c, a.Selections); s != "" {
		out = append(out, s)
	}
	if a.Note != "" {
		out = append(out, c.T("hearings.reason_is", "why", a.Note))
	}
	return out
}

// deskSheet answers the registrations as a sheet, written while it is read.
func (h handler) deskSheet(mime, ext string, put func(*bufio.Writer, sheet.Table) error) web.Handler {
	return func(c *web.Ctx) error {
		id := c.Params("id")
		o, err := h.s.Overview(c.UserContext(), c.Who, id)
		if err != nil {
			return err
		}
		asked := hearings.QuestionsOf(o.Hearing)
		t := sheet.Table{Name: c.T("hearings.desk_registrations"), Zone: frontend.Zone(), Headers: []string{c.T("hearings.number"), c.T("hearings.name"), c.T("hearings.organisation"), c.T("hearings.desk_companions"), c.T("hearings.category"), c.T("hearings.desk_status"), c.T("hearings.people"), c.T("hearings.desk_channel"), c.T("hearings.contact_field"), c.T("hearings.points"), c.T("hearings.desk_needs"), c.T("hearings.desk_publish_name"), c.T("hearings.selections"), c.T("hearings.note"), c.T("hearings.desk_at")}}
		for _, q := range asked {
			t.Headers = append(t.Headers, either(c.Lang(), q.ZH, q.EN))
		}
		lang := c.Lang()
		t.Rows = func(write func(cells ...any) error) error {
			return h.s.EachApplicant(c.UserContext(), c.Who, id, func(a hearings.Applicant) error {
				cells := []any{models.NumberForm(a.Number), a.Name, a.Organisation, strings.Join(a.Companions, c.T("compare.joiner")), a.Category.Name(lang), deskStatus(c, a.Status), a.Seats, c.T("hearings.desk_by_" + string(a.Channel)), a.Contact, a.KeyPoints, a.AccessNeeds, a.PublishName, a.Selections, a.Note, a.CreatedAt}
				for _, q := range asked {
					cells = append(cells, a.Answers[q.Key])
				}
				return write(cells...)
			})
		}
		return sendSheet(c, t, mime, id+"-registrations"+ext, put)
	}
}

// sendSheet answers a table as a file that nobody keeps on the way.
func sendSheet(c *web.Ctx, t sheet.Table, mime, name string, put func(*bufio.Writer, sheet.Table) error) error {
	var out strings.Builder
	w := bufio.NewWriter(&out)
	if err := put(w, t); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, mime)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	if strings.HasPrefix(c.Path(), deskArea) || strings.HasPrefix(c.Path(), "/en"+deskArea) {
		c.Set(fiber.HeaderCacheControl, "private, no-store")
	}
	return c.SendString(out.String())
}

// noteField is the field of the reason for one registration: many stand on one page.
func noteField(id string) string { return "note_" + id }

// deskDecide approves or declines one sign-up. What was typed as a reason stays beside
// the one it is about.
func (h handler) deskDecide(c *web.Ctx) error {
	id := c.FormValue("registration")
	field := noteField(id)
	err := h.s.Decide(c.UserContext(), c.Who, c.Params("id"), id, c.FormValue("approve") == "1", c.FormValue(field))
	if err == nil {
		return c.SeeWith(deskArea+"/"+c.Params("id")+"/registrations", "hearings.desk_decided")
	}
	form := withKey(c, nil)
	form.Values[field] = c.FormValue(field)
	var e *models.Error
	if errors.As(err, &e) && e.Field == "note" {
		one := *e
		one.Field, err = field, &one
	}
	if models.KindOf(err) == models.Conflict {
		says, e := h.decided(c, id)
		if e != nil {
			return e
		}
		if says != "" {
			c.Status(fiber.StatusConflict)
			form.Fail("", says)
			return h.showList(c, form)
		}
	}
	if c.Refuse(form, err) {
		return h.showList(c, form)
	}
	return err
}

// decided says who decided about a sign-up before, when, how and why; empty where nobody
// did, and it changed in another way.
func (h handler) decided(c *web.Ctx, registration string) (string, error) {
	v, err := h.s.Registration(c.UserContext(), c.Who, registration)
	if err != nil || v.Registration.DecidedBy == "" {
		return "", err
	}
	r := v.Registration
	name, err := h.s.Colleague(c.UserContext(), r.DecidedBy)
	if err != nil {
		return "", err
	}
	at := r.UpdatedAt
	if r.ConfirmedAt != nil {
		at = *r.ConfirmedAt
	}
	says := c.T("hearings.desk_decided_by", "number", models.NumberForm(r.Number), "name", name, "date", c.Words.DateTime(at), "status", deskStatus(c, r.Status))
	if r.Note != "" {
		says += c.T("hearings.desk_decided_why", "why", r.Note)
	}
	return says, nil
}

// deskHandOver notes that somebody got the materials on paper.
func (h handler) deskHandOver(c *web.Ctx) error {
	form := withKey(c, c.Typed("number"))
	number, err := strconv.ParseInt(strings.TrimSpace(form.Value("number")), 10, 64)
	if err != nil {
		number = 0 // of nobody
	}
	if err = h.s.HandOver(c.UserContext(), c.Who, c.Params("id"), number); err == nil {
		return c.SeeWith(deskArea+"/"+c.Params("id")+"/registrations", "hearings.desk_handed_over")
	}
	if c.Refuse(form, err) {
		return h.showList(c, form)
	}
	return err
}
