package hearings

import (
	"bufio"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/hearings"
	"minyi/app/kit/sheet"
	"minyi/frontend"
	pages "minyi/frontend/pages/deskhearings"
	public "minyi/frontend/pages/hearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

const deskArea = "/desk/hearings"

// mountDesk adds the officers' pages.
func (h handler) mountDesk(r *web.Router) {
	s := h.s
	r.Page("GET", deskArea, web.Moderators, h.deskHome)
	r.Page("GET", deskArea+"/new", web.Officers, h.deskNew)
	r.Page("POST", deskArea+"/new", web.Officers, h.deskCreate)
	r.Page("GET", deskArea+"/:id", web.Moderators, h.deskShow)
	r.Page("GET", deskArea+"/:id/preview", web.Officers, h.deskPreview)
	r.Page("GET", deskArea+"/:id/edit", web.Officers, h.deskEdit)
	r.Page("POST", deskArea+"/:id/edit", web.Officers, h.deskSave)
	r.Page("POST", deskArea+"/:id/propose", web.Officers, h.deskAct("hearings.desk_proposed_done", func(c *web.Ctx, id string) error { return s.Propose(c.UserContext(), c.Who, id) }))
	r.Page("POST", deskArea+"/:id/take-back", web.Officers, h.deskAct("hearings.desk_taken_back", func(c *web.Ctx, id string) error {
		return s.TakeBack(c.UserContext(), c.Who, id, c.FormValue("note"))
	}))
	r.Page("POST", deskArea+"/:id/publish", web.Officers, h.deskAct("hearings.desk_published", func(c *web.Ctx, id string) error {
		revision, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64)
		return s.Publish(c.UserContext(), c.Who, id, revision, c.Idem(revision))
	}))
	r.Page("POST", deskArea+"/:id/end", web.Moderators, h.deskAct("hearings.desk_ended", func(c *web.Ctx, id string) error { return s.End(c.UserContext(), c.Who, id) }))
	r.Page("POST", deskArea+"/:id/deliver", web.Officers, h.deskAct("hearings.desk_delivered", func(c *web.Ctx, id string) error {
		_, err := s.Deliver(c.UserContext(), c.Who, id)
		return err
	}))
	r.Page("POST", deskArea+"/:id/list", web.Officers, h.deskAct("hearings.desk_list_done", func(c *web.Ctx, id string) error {
		return s.PublishList(c.UserContext(), c.Who, id, c.FormValue("reason_zh"), c.FormValue("reason_en"))
	}))
	r.Page("POST", deskArea+"/:id/seats", web.Officers, h.deskAct("hearings.desk_saved", func(c *web.Ctx, id string) error {
		return s.SetSeats(c.UserContext(), c.Who, id, c.FormValue("seat_category"), whole(c.FormValue("seats")), whole(c.FormValue("waiting")))
	}))
	r.Page("POST", deskArea+"/:id/files", web.Officers, h.deskAct("hearings.desk_attached", h.attach))
	r.Page("POST", deskArea+"/:id/files/:file/remove", web.Officers, h.deskAct("hearings.desk_saved", func(c *web.Ctx, id string) error {
		return s.Detach(c.UserContext(), c.Who, id, c.Params("file"))
	}))
	r.Page("GET", deskArea+"/:id/move", web.Officers, h.deskMoving)
	r.Page("POST", deskArea+"/:id/move", web.Officers, h.deskMove)
	r.Page("GET", deskArea+"/:id/cancel", web.Officers, h.deskCancelling)
	r.Page("POST", deskArea+"/:id/cancel", web.Officers, h.deskCancel)
	r.Page("GET", deskArea+"/:id/registrations", web.Moderators, h.deskList)
	r.Page("GET", deskArea+"/:id/registrations.csv", web.Officers, h.deskSheet(sheet.CSVType, ".csv", func(w *bufio.Writer, t sheet.Table) error { return sheet.CSV(w, t) }))
	r.Page("GET", deskArea+"/:id/registrations.xlsx", web.Officers, h.deskSheet(sheet.XLSXType, ".xlsx", func(w *bufio.Writer, t sheet.Table) error { return sheet.XLSX(w, t) }))
	r.Page("POST", deskArea+"/:id/decide", web.Officers, h.deskDecide)
	r.Page("POST", deskArea+"/:id/hand-over", web.Moderators, h.deskHandOver)
	r.Page("GET", deskArea+"/:id/entry", web.Officers, h.deskEntering)
	r.Page("POST", deskArea+"/:id/entry", web.Officers, h.deskEnter)
	r.Page("GET", deskArea+"/:id/draw", web.Officers, h.deskDraw)
	r.Page("POST", deskArea+"/:id/draw/commit", web.Officers, h.deskCommit)
	r.Page("POST", deskArea+"/:id/draw/seed", web.Officers, h.deskSeed)
	r.Page("GET", deskArea+"/:id/record", web.Moderators, h.deskRecord)
	r.Page("POST", deskArea+"/:id/record", web.Moderators, h.deskWrite)
	r.Page("POST", deskArea+"/:id/record/begin", web.Moderators, h.deskRecordAct(func(c *web.Ctx, id string) error { return s.BeginRecord(c.UserContext(), c.Who, id) }))
	r.Page("POST", deskArea+"/:id/record/open", web.Moderators, h.deskRecordAct(func(c *web.Ctx, id string) error {
		return s.OpenRecord(c.UserContext(), c.Who, id, int64(whole(c.FormValue("revision"))))
	}))
	r.Page("POST", deskArea+"/:id/record/corrections/:correction", web.Moderators, h.deskCorrection)
	r.Page("GET", deskArea+"/:id/report", web.Officers, h.deskReport)
	r.Page("POST", deskArea+"/:id/report", web.Officers, h.deskReportSave)
	r.Page("POST", deskArea+"/:id/report/propose", web.Officers, h.deskReportAct(func(c *web.Ctx, id string) error { return s.ProposeReport(c.UserContext(), c.Who, id) }))
	r.Page("POST", deskArea+"/:id/report/publish", web.Officers, h.deskReportAct(func(c *web.Ctx, id string) error {
		return s.PublishReport(c.UserContext(), c.Who, id, int64(whole(c.FormValue("revision"))))
	}))
	r.Page("POST", deskArea+"/:id/report/return", web.Officers, h.deskReportAct(func(c *web.Ctx, id string) error {
		return s.ReturnReport(c.UserContext(), c.Who, id, int64(whole(c.FormValue("revision"))), c.FormValue("note"))
	}))
}

// whole reads a whole number; what is none becomes -1, which the service refuses
// with the sentence for it. Nothing typed is 0.
func whole(s string) int {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// deskFrame is what surrounds a page of one hearing at the desk.
func deskFrame(c *web.Ctx, v models.Hearing, title string) frontend.Frame {
	name := v.Title(c.Lang())
	if title == name {
		return c.DeskFrame(title, deskArea, frontend.Crumb{Text: c.T("hearings.title"), URL: deskArea})
	}
	f := c.DeskFrame(title, deskArea, frontend.Crumb{Text: c.T("hearings.title"), URL: deskArea}, frontend.Crumb{Text: name, URL: deskArea + "/" + v.ID})
	f.Subject = name
	return f
}

// withKey is a form that makes a repeated sending one act.
func withKey(c *web.Ctx, f *parts.Form) *parts.Form {
	if f == nil {
		f = parts.NewForm(nil)
	}
	if f.Key = c.FormValue(frontend.IdempotencyField); f.Key == "" || c.Method() == fiber.MethodGet {
		f.Key = models.NewID(c.Now())
	}
	return f
}

func (h handler) deskHome(c *web.Ctx) error {
	rows, err := h.s.Desk(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	p := pages.HomePage{Frame: c.DeskFrame(c.T("hearings.title"), deskArea)}
	if units, err := h.s.UnitsOf(c.UserContext(), c.Who); err != nil {
		return err
	} else if len(units) > 0 {
		p.New = c.URL(deskArea + "/new")
	}
	p.Table = parts.TableProps{Caption: p.Title, HideCaption: true, Empty: c.T("hearings.none"),
		Columns: []parts.Column{{Text: c.T("hearings.desk_matter")}, {Text: c.T("hearings.desk_status")}, {Text: c.T("hearings.when")}, {Text: c.T("hearings.desk_unit")}, {Text: c.T("hearings.desk_taken"), Number: true}}}
	for _, r := range rows {
		taken, seats, date := 0, 0, ""
		for _, k := range r.Categories {
			taken, seats = taken+k.Taken, seats+k.Seats
		}
		if r.StartsAt != nil {
			date = c.Words.DateTime(*r.StartsAt)
		}
		p.Table.Rows = append(p.Table.Rows, parts.TableRow{Cells: []parts.Cell{{Text: r.Title(c.Lang()), URL: c.URL(deskArea + "/" + r.ID)}, {Text: c.T("hearings.state_" + string(r.State(c.Now())))}, {Text: date}, {Text: r.Unit.Name(c.Lang())}, {Text: strconv.Itoa(taken) + " / " + strconv.Itoa(seats)}}})
	}
	return c.Render(pages.Home(p))
}

// deskPreview shows a draft as everybody will read it: who publishes it has read it. One
// without dates cannot be shown yet; a public one is shown as it is.
func (h handler) deskPreview(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if o.PublishedAt != nil {
		return c.See("/hearings/" + o.ID)
	}
	if o.StartsAt == nil || o.EndsAt == nil {
		return models.ErrNotFound
	}
	p := notice(c, o.View, models.HearingDraft)
	p.Meta.Robots, p.Topic, p.Path = "noindex", "", deskArea+"/"+o.ID+"/preview"
	p.Crumbs = nil
	p.Preview = frontend.Notice{Kind: frontend.NoticeInfo, Text: c.T("hearings.desk_preview_says"), LinkText: c.T("hearings.desk_preview_back"), LinkURL: c.URL(deskArea + "/" + o.ID)}
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.Render(public.Show(p))
}

func (h handler) deskShow(c *web.Ctx) error { return h.showDesk(c, withKey(c, nil)) }

func (h handler) showDesk(c *web.Ctx, form *parts.Form) error {
	id := c.Params("id")
	o, err := h.s.Overview(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	state := o.State(c.Now())
	base := c.URL(deskArea + "/" + id)
	p := pages.ShowPage{Frame: deskFrame(c, o.Hearing, o.Title(c.Lang())), Form: form, State: string(state), Place: o.Place(c.Lang())}
	p.Failed = form.Failed()
	if o.StartsAt != nil && o.EndsAt != nil {
		p.When = when(c, o.Hearing)
	}
	if o.PublishedAt != nil {
		p.PublicURL = c.URL("/hearings/" + id)
	}
	if o.Returned.Note != "" {
		p.Returned, p.ReturnedNote = c.T("hearings.desk_returned_by", "name", o.Returned.By, "date", c.Words.DateTime(o.Returned.At)), o.Returned.Note
	}
	tasks(c, &p, o, base)
	deskActs(c, &p, o, state, base)
	counts(c, &p, o)
	for _, a := range o.Files {
		f := pages.File{Name: a.Name, URL: c.URL("/hearings/" + id + "/files/" + a.ID)}
		if o.Officer && o.PublishedAt == nil {
			f.Remove = base + "/files/" + a.ID + "/remove"
		}
		p.Files = append(p.Files, f)
	}
	if o.Officer && state != models.HearingRecorded && state != models.HearingCancelled {
		p.AttachURL, p.MostMB = base+"/files", hearings.FileLimit>>20
	}
	for _, step := range o.Clock {
		last := step.LastDay.End(frontend.Zone()).Add(-time.Second)
		p.Law = append(p.Law, pages.Duty{Date: last, Left: c.Words.DayLeft(last, c.Now()), Text: words(c.Lang(), step.Rule.Duty), Source: words(c.Lang(), step.Rule.Source)})
	}
	return c.Render(pages.Show(p))
}

// tasks is the checklist while the hearing is not public.
func tasks(c *web.Ctx, p *pages.ShowPage, o hearings.Overview, base string) {
	if o.PublishedAt != nil {
		return
	}
	edit := ""
	if o.ProposedBy == "" && o.Officer {
		edit = base + "/edit?part="
	}
	placed := map[string]bool{}
	for _, k := range o.Checks {
		t := parts.Task{Text: checkText(c, k), State: "done", Blocking: k.Blocking}
		if k.Rule.Key == "" {
			t.Text = c.T("hearings.check." + k.Key)
		}
		if !placed[k.Key] { // where a refused proposal leads to
			t.ID, placed[k.Key] = p.Form.ID(k.Key), true
		}
		if !k.Met {
			t.State = "todo"
			if edit != "" {
				t.URL = edit + partFor(k.Key)
			}
			if k.Blocking {
				t.State = "fix"
				if o.OverrideZH != "" && !k.Fixed {
					t.State, t.Hint = "doing", c.T("hearings.override_because", "why", o.OverrideZH)
				}
			}
		}
		p.Tasks = append(p.Tasks, t)
	}
}

// deskActs are what can be done now, and what comes next in a sentence.
func deskActs(c *web.Ctx, p *pages.ShowPage, o hearings.Overview, state models.HearingState, base string) {
	act := func(key, path string, fields map[string]string) {
		p.Acts = append(p.Acts, pages.Act{Text: c.T(key), URL: base + path, Fields: fields})
	}
	link := func(key, path, icon string) {
		p.Links = append(p.Links, pages.Link{Text: c.T(key), URL: base + path, Icon: icon})
	}
	p.Next = c.T("hearings.desk_next_" + string(state))
	if state == models.HearingRecorded && o.Report != nil {
		p.Next = c.T("hearings.desk_next_reported")
	}
	open := o.PublishedAt != nil
	if o.Officer && !open {
		if o.StartsAt != nil && o.EndsAt != nil {
			link("hearings.desk_preview", "/preview", "draft")
		}
		if o.ProposedBy == "" {
			act("hearings.desk_propose", "/propose", nil)
			link("hearings.desk_edit", "/edit", "pen")
			return
		}
		if p.Next = c.T("hearings.desk_next_second", "name", o.ProposedName, "date", c.Words.DateTime(moment(o.ProposedAt))); o.ProposedBy == c.Who.PersonID {
			p.Next = c.T("hearings.desk_next_colleague")
		} else {
			act("hearings.desk_publish", "/publish", map[string]string{"revision": strconv.FormatInt(o.Revision, 10)})
		}
		if o.ProposedBy == c.Who.PersonID {
			act("hearings.desk_take_back", "/take-back", nil)
		} else {
			p.ReturnURL = base + "/take-back"
		}
		return
	}
	if !open {
		return
	}
	link("hearings.desk_registrations", "/registrations", "people")
	if c.Has(deskArea + "/:id/door") {
		link("hearings.desk_door", "/door", "check-circle")
	}
	over := state == models.HearingEnded || state == models.HearingRecorded || state == models.HearingCancelled
	if state == models.HearingLive {
		act("hearings.desk_end", "/end", nil)
	}
	if state == models.HearingLive || state == models.HearingEnded || state == models.HearingRecorded {
		link("hearings.record", "/record", "draft")
	}
	if !o.Officer {
		return
	}
	if state == models.HearingEnded || state == models.HearingRecorded {
		link("hearings.report", "/report", "file")
	}
	for _, k := range o.Categories {
		if k.Method == models.ByDraw {
			link("hearings.draw", "/draw", "refresh")
			break
		}
	}
	if over {
		return
	}
	if state == models.HearingOpen {
		link("hearings.desk_entry", "/entry", "phone")
	}
	if len(o.Files) > 0 && state != models.HearingBefore && state != models.HearingLive {
		act("hearings.desk_deliver", "/deliver", nil)
	}
	if state == models.HearingClosed && o.ListPublishedAt == nil {
		p.ListURL = base + "/list"
	}
	if state != models.HearingLive {
		link("hearings.desk_move", "/move", "calendar")
	}
	link("hearings.desk_cancel", "/cancel", "close")
	p.SeatsURL = base + "/seats"
	for _, k := range o.Categories {
		p.SeatOptions = append(p.SeatOptions, parts.Option{Value: k.ID, Text: k.Name(c.Lang()) + " " + strconv.Itoa(k.Taken) + " / " + strconv.Itoa(k.Seats)})
	}
}

// counts is the table of categories with their seats and states.
func counts(c *web.Ctx, p *pages.ShowPage, o hearings.Overview) {
	p.Counts = parts.TableProps{Caption: c.T("hearings.desk_counts_table"), HideCaption: true, Empty: c.T("hearings.desk_no_groups"), Columns: []parts.Column{{Text: c.T("hearings.category")}, {Text: c.T("hearings.desk_cat_method")},
		{Text: c.T("hearings.desk_cat_seats"), Number: true}, {Text: c.T("hearings.status_confirmed"), Number: true}, {Text: c.T("hearings.status_waiting"), Number: true}, {Text: c.T("hearings.status_pool"), Number: true}, {Text: c.T("hearings.status_pending"), Number: true}}}
	of := map[string]map[models.RegistrationStatus]int64{}
	for _, n := range o.Counts {
		if of[n.CategoryID] == nil {
			of[n.CategoryID] = map[models.RegistrationStatus]int64{}
		}
		of[n.CategoryID][n.Status] = n.Seats
	}
	number := func(n int64) parts.Cell { return parts.Cell{Text: c.Words.Number(int(n))} }
	for _, k := range o.Categories {
		n := of[k.ID]
		p.Counts.Rows = append(p.Counts.Rows, parts.TableRow{Cells: []parts.Cell{{Text: categoryName(c, k)}, {Text: c.T("hearings.method_" + string(k.Method))}, number(int64(k.Seats)),
			number(n[models.RegistrationConfirmed] + n[models.RegistrationOffered]), number(n[models.RegistrationWaiting]), number(n[models.RegistrationPool]), number(n[models.RegistrationPending])}})
	}
	if o.PublishedAt != nil {
		p.Shares = append(p.Shares, c.Words.N("hearings.desk_arrived", o.Arrived))
	}
	for i, s := range o.Composition {
		p.Shares = append(p.Shares, c.T("hearings.desk_share", "rule", words(c.Lang(), s.Rule.Duty), "part", s.Part, "whole", s.Whole, "met", c.T("hearings.desk_met_"+strconv.FormatBool(s.Met))))
		if o.Arrived > 0 && i < len(o.Came) {
			came := o.Came[i]
			p.Shares = append(p.Shares, c.T("hearings.desk_share_came", "part", came.Part, "whole", came.Whole, "met", c.T("hearings.desk_met_"+strconv.FormatBool(came.Met))))
		}
	}
}

// deskAct does one thing and shows the hearing again, with the fault if there is one.
func (h handler) deskAct(done string, do func(c *web.Ctx, id string) error) web.Handler {
	return func(c *web.Ctx) error {
		err := do(c, c.Params("id"))
		if err == nil {
			return c.SeeWith(deskArea+"/"+c.Params("id"), done)
		}
		form := withKey(c, nil)
		for _, name := range []string{"seat_category", "seats", "waiting", "reason_zh", "reason_en", "note"} {
			form.Values[name] = c.FormValue(name)
		}
		if c.Refuse(form, err) {
			return h.showDesk(c, form)
		}
		return err
	}
}

func (h handler) attach(c *web.Ctx, id string) error {
	files, err := c.Files("file", hearings.FileLimit)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return models.FailField("file", "hearings.no_materials")
	}
	if len(files) > 1 { // the form sends one; of several none is half taken
		return models.FailField("file", "upload.many", "most", 1)
	}
	_, err = h.s.Attach(c.UserContext(), c.Who, id, files[0], c.Idem(models.HashOf(string(files[0].Data))))
	return err
}
