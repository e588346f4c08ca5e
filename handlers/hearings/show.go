package hearings

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"minyi/app/hearings"
	"minyi/app/kit/calendar"
	"minyi/app/kit/ical"
	"minyi/app/kit/qr"
	"minyi/app/kit/text"
	"minyi/frontend"
	pages "minyi/frontend/pages/hearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// either picks the text of a language and falls back to the other one.
func either(lang, zh, en string) string {
	if lang == "en" && en != "" || zh == "" {
		return en
	}
	return zh
}

// tongue is the language of a text of the record, for who listens to the page:
// what was said in one language stands on the pages of both.
func tongue(said string) string {
	if strings.ContainsFunc(said, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return "zh-CN"
	}
	return "en"
}

func words(lang string, w calendar.Words) string { return either(lang, w.Zh, w.En) }

// frame is what surrounds every page of one hearing.
func frame(c *web.Ctx, v models.Hearing, title string) frontend.Frame {
	f := c.Frame(title)
	name := v.Title(c.Lang())
	f.Nav, f.Topic = "hearings", models.HearingTopic(v.ID)
	f.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("hearings.title"), URL: "/hearings"}, {Text: name, URL: "/hearings/" + v.ID}}
	if title != name {
		f.Subject = name
		f.Crumbs = append(f.Crumbs, frontend.Crumb{Text: title})
	}
	f.Meta.Column, f.Meta.ColumnType = c.T("hearings.title"), c.T("hearings.title")
	f.Meta.Published = moment(v.PublishedAt)
	return f
}

func (h handler) show(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(c.Now().Add(time.Minute), models.HearingTopic(id), "units")
	v, err := h.s.Show(c.UserContext(), id)
	if err != nil {
		return err
	}
	state := v.State(c.Now())
	p := notice(c, v, state)
	links(c, &p, v)
	if state != models.HearingCancelled && state != models.HearingEnded && state != models.HearingRecorded {
		p.CalendarURL = c.URL("/hearings/" + id + "/calendar.ics")
		if p.CalendarText, err = calendarText(c, event(c, v, "", "")); err != nil {
			return err
		}
	}
	p.Share = share(c, "/hearings/"+id, v.Title(c.Lang()))
	if _, list, err := h.s.Participants(c.UserContext(), id); err != nil {
		return err
	} else if list != nil {
		participants(c, &p, v, list)
		if p.Shares, err = h.presence(c, v); err != nil {
			return err
		}
		p.Lists = []parts.Tab{{Text: "CSV", URL: c.URL("/hearings/" + id + "/participants.csv")}, {Text: "XLSX", URL: c.URL("/hearings/" + id + "/participants.xlsx")}}
	}
	if p.Open, err = h.unanswered(c, v, state); err != nil {
		return err
	}
	return c.Render(pages.Show(p))
}

// notice is the page of a hearing as far as its officers write it.
func notice(c *web.Ctx, v hearings.View, state models.HearingState) pages.ShowPage {
	p := pages.ShowPage{Frame: frame(c, v.Hearing, v.Title(c.Lang())), State: string(state), Kind: string(v.Kind), Unit: v.Unit.Name(c.Lang()), StartsAt: *v.StartsAt, EndsAt: *v.EndsAt}
	p.Meta.Description = when(c, v.Hearing) + " " + v.Place(c.Lang())
	p.Meta.Source = v.Unit.Name(c.Lang())
	p.Facts = facts(c, v)
	p.About = text.RenderMarkdown(either(c.Lang(), v.AboutZH, v.AboutEN))
	p.Method = text.RenderMarkdown(either(c.Lang(), v.MethodZH, v.MethodEN))
	p.Access = text.RenderMarkdown(either(c.Lang(), v.AccessZH, v.AccessEN))
	p.Rules = text.RenderMarkdown(either(c.Lang(), v.RulesZH, v.RulesEN))
	p.Cancelled = either(c.Lang(), v.CancelledZH, v.CancelledEN)
	action(c, &p, v, state)
	p.Steps = steps(c, v)
	for _, k := range v.Categories {
		p.Categories = append(p.Categories, category(c, v, k, state))
	}
	p.Agenda = agenda(c, v)
	for _, ch := range v.Changes {
		p.Changes = append(p.Changes, change(c, ch))
	}
	if len(v.Missing) > 0 {
		p.Override = either(c.Lang(), v.OverrideZH, v.OverrideEN)
	}
	for _, m := range v.Missing {
		p.Missing = append(p.Missing, checkText(c, m))
	}
	for _, a := range v.Files {
		p.Files = append(p.Files, pages.File{Name: a.Name, Size: c.Words.Bytes(a.Size), URL: c.URL("/hearings/" + v.ID + "/files/" + a.ID)})
	}
	for _, x := range []struct{ key, v string }{{"hearings.contact_name", v.ContactName}, {"hearings.contact_phone", v.ContactPhone}, {"hearings.contact_email", v.ContactEmail}} {
		if x.v != "" {
			p.Contact = append(p.Contact, pages.Fact{Term: c.T(x.key), Text: x.v})
		}
	}
	for _, s := range v.Clock {
		p.Law = append(p.Law, pages.Fact{Term: c.Words.Date(s.LastDay.End(frontend.Zone()).Add(-time.Second)), Text: words(c.Lang(), s.Rule.Duty) + " — " + words(c.Lang(), s.Rule.Source)})
	}
	return p
}

// presence says how the participants meet the rules on their composition, and how many
// came, with the source of each rule.
func (h handler) presence(c *web.Ctx, v hearings.View) (out []string, err error) {
	got, err := h.s.Presence(c.UserContext(), v)
	say := func(key string, list []hearings.Share) {
		for _, s := range list {
			out = append(out, c.T(key, "rule", words(c.Lang(), s.Rule.Duty), "part", s.Part, "whole", s.Whole, "met", c.T("hearings.desk_met_"+strconv.FormatBool(s.Met)), "source", words(c.Lang(), s.Rule.Source)))
		}
	}
	say("hearings.share_listed", got.Listed)
	if got.Begun {
		out = append(out, c.Words.N("hearings.came_n", got.Arrived))
		say("hearings.share_came", got.Came)
	}
	return out, err
}

// unanswered are the questions of a hearing that is over which wait for an answer, with
// the day by which an office promised it.
func (h handler) unanswered(c *web.Ctx, v hearings.View, state models.HearingState) (out []pages.OpenQuestion, err error) {
	if state != models.HearingEnded && state != models.HearingRecorded || len(v.Rooms) == 0 {
		return nil, nil
	}
	for _, r := range v.Rooms {
		c.Depends(c.Now().Add(time.Minute), models.RoomTopic(r.Code))
	}
	list, err := h.s.Unanswered(c.UserContext(), v.ID)
	for _, q := range list {
		one := pages.OpenQuestion{Text: q.Text, Lang: tongue(q.Text), URL: c.URL("/live/"+q.Room) + "#q-" + q.ID, Due: c.T("hearings.open_no_date")}
		if q.Due != nil {
			one.Due, one.Late = c.T("hearings.open_due", "date", c.Words.Date(*q.Due)), q.Due.Before(c.Now())
		}
		one.Office = either(c.Lang(), q.OfficeZH, q.OfficeEN)
		out = append(out, one)
	}
	return out, err
}

// clauses are the clauses that a hearing is about, each leading to its page.
func clauses(c *web.Ctx, v hearings.View) (out []parts.Tab) {
	if v.Consultation == nil {
		return nil
	}
	for _, k := range v.Linked {
		out = append(out, parts.Tab{Text: clauseName(c, k), URL: c.URL("/consultations/" + v.ConsultationID + "/clauses/" + k.Key)})
	}
	return out
}

// clauseName is the number of a clause as it is printed, or its title.
func clauseName(c *web.Ctx, k models.Clause) string {
	if k.Number == "" {
		return k.Title
	}
	return strings.TrimSpace(web.ClauseNumber(c.Words, k.Number) + " " + k.Title)
}

// when is date and time of a hearing in full words.
func when(c *web.Ctx, v models.Hearing) string {
	return c.Words.DateWeekday(*v.StartsAt) + " " + c.Words.Clock(*v.StartsAt) + "–" + c.Words.Clock(*v.EndsAt)
}

func facts(c *web.Ctx, v hearings.View) []pages.Fact {
	date := pages.Fact{Term: c.T("hearings.when"), Text: when(c, v.Hearing)}
	place := pages.Fact{Term: c.T("hearings.place"), Text: v.Place(c.Lang())}
	for i := len(v.Changes) - 1; i >= 0; i-- {
		ch := v.Changes[i]
		if ch.Kind != "moved" {
			continue
		}
		if ch.OldStartsAt != nil && !ch.OldStartsAt.Equal(*v.StartsAt) {
			date.Old = c.Words.DateTime(*ch.OldStartsAt)
		}
		if old := either(c.Lang(), ch.OldPlaceZH, ch.OldPlaceEN); old != v.Place(c.Lang()) {
			place.Old = old
		}
		break
	}
	out := []pages.Fact{date}
	if place.Text != "" {
		out = append(out, place)
	}
	if v.OnlineURL != "" {
		out = append(out, pages.Fact{Term: c.T("hearings.online"), Text: v.OnlineURL, URL: v.OnlineURL})
	}
	if v.Consultation != nil {
		out = append(out, pages.Fact{Term: c.T("hearings.consultation"), Text: v.Consultation.Title(c.Lang()), URL: c.URL("/consultations/" + v.ConsultationID)})
		if list := clauses(c, v); len(list) > 0 {
			out = append(out, pages.Fact{Term: c.T("hearings.clauses"), Links: list})
		}
	}
	return out
}

// action is the main thing that a reader can do now, and what comes next.
func action(c *web.Ctx, p *pages.ShowPage, v hearings.View, state models.HearingState) {
	date := func(t *time.Time) string { return c.Words.DateTime(moment(t)) }
	base := c.URL("/hearings/" + v.ID)
	switch state {
	case models.HearingBefore:
		p.ActionHint = c.T("hearings.hint_before", "date", date(v.SignupOpensAt))
	case models.HearingOpen:
		p.Action, p.ActionText, p.ActionIcon = base+"/register", c.T("hearings.sign_up"), "pen"
		p.ActionHint = c.T("hearings.hint_open", "date", date(v.SignupClosesAt), "left", c.Words.DayLeft(*v.SignupClosesAt, c.Now()))
	case models.HearingClosed:
		p.ActionHint = c.Words.N("hearings.hint_closed", v.Pool)
		if v.DrawAt != nil {
			p.ActionHint += c.T("hearings.hint_draw", "date", date(v.DrawAt))
		}
	case models.HearingDrawn:
		p.ActionHint = c.T("hearings.hint_drawn")
	case models.HearingLive:
		p.ActionHint = c.T("hearings.hint_live")
		if len(v.Rooms) > 0 {
			p.Action, p.ActionText, p.ActionIcon = c.URL("/live/"+v.Rooms[0].Code), c.T("hearings.enter_live"), "speaker"
		}
	case models.HearingEnded:
		p.ActionHint = c.T("hearings.hint_ended")
		if v.Record != nil && v.Record.CorrectionsUntil != nil {
			p.ActionHint = c.T("hearings.hint_record", "date", date(v.Record.CorrectionsUntil))
		}
	case models.HearingRecorded:
		p.ActionHint = c.T("hearings.hint_recorded")
	}
}

func links(c *web.Ctx, p *pages.ShowPage, v hearings.View) {
	base := c.URL("/hearings/" + v.ID)
	if v.Draw != nil {
		p.Links = append(p.Links, parts.Tab{Text: c.T("hearings.draw"), URL: base + "/draw"})
	}
	if v.Record != nil {
		p.Links = append(p.Links, parts.Tab{Text: c.T("hearings.record"), URL: base + "/record"})
	}
	if v.Report != nil {
		p.Links = append(p.Links, parts.Tab{Text: c.T("hearings.report"), URL: base + "/record#report-h"})
	}
	if v.RecordedAt != nil {
		p.Links = append(p.Links, parts.Tab{Text: c.T("hearings.archive"), URL: base + "/archive.zip"})
	}
}

func steps(c *web.Ctx, v hearings.View) []parts.StatusStep {
	now := c.Now()
	var out []parts.StatusStep
	add := func(key string, at *time.Time, done bool) {
		if at == nil {
			return
		}
		s := parts.StatusStep{Text: c.T("hearings.step_" + key), At: *at, State: "next", Fixed: key != "report" && key != "correction"}
		if done {
			s.State = "done"
		} else if len(out) == 0 || out[len(out)-1].State == "done" {
			s.State = "current"
			if at.Before(now) {
				s.State = "late"
			}
		}
		out = append(out, s)
	}
	past := func(t *time.Time) bool { return t != nil && !t.After(now) }
	if v.CancelledAt != nil { // what was still to come is no more
		for key, at := range map[string]*time.Time{"published": v.PublishedAt, "opens": v.SignupOpensAt, "closes": v.SignupClosesAt, "draw": v.DrawnAt} {
			if at != nil && at.Before(*v.CancelledAt) {
				out = append(out, parts.StatusStep{Text: c.T("hearings.step_" + key), At: *at, State: "done"})
			}
		}
		slices.SortFunc(out, func(a, b parts.StatusStep) int { return a.At.Compare(b.At) })
		return append(out, parts.StatusStep{Text: c.T("hearings.step_cancelled"), At: *v.CancelledAt, State: "done"})
	}
	add("published", v.PublishedAt, true)
	add("opens", v.SignupOpensAt, past(v.SignupOpensAt))
	add("closes", v.SignupClosesAt, past(v.SignupClosesAt))
	if v.DrawAt != nil {
		at := v.DrawAt
		if v.DrawnAt != nil {
			at = v.DrawnAt
		}
		add("draw", at, v.DrawnAt != nil)
	}
	add("starts", v.StartsAt, past(v.StartsAt))
	switch {
	case v.RecordedAt != nil:
		add("recorded", v.RecordedAt, true)
	case v.Record != nil:
		add("correction", v.Record.CorrectionsUntil, false)
	}
	if v.ReportedAt != nil {
		add("report", v.ReportedAt, true)
		return out
	}
	for _, s := range v.Clock {
		if s.Rule.Key == "report" {
			due := s.Due.Add(-time.Second)
			add("report", &due, false)
		}
	}
	return out
}

// roleBeside is the role, unless the category is named just so.
func roleBeside(c *web.Ctx, k models.HearingCategory) string {
	if role := c.T("hearings.role_" + string(k.Role)); !strings.HasPrefix(k.Name(c.Lang()), role) {
		return role
	}
	return ""
}

// categoryName is the name of a category with its role.
func categoryName(c *web.Ctx, k models.HearingCategory) string {
	if role := roleBeside(c, k); role != "" {
		return k.Name(c.Lang()) + " · " + role
	}
	return k.Name(c.Lang())
}

func category(c *web.Ctx, v hearings.View, k models.HearingCategory, state models.HearingState) pages.Category {
	out := pages.Category{Name: k.Name(c.Lang()), Role: roleBeside(c, k), Method: c.T("hearings.method_" + string(k.Method)), Seats: c.Words.N("hearings.seats_n", k.Seats)}
	if k.Minimum > 0 && k.Minimum != k.Seats {
		out.Seats += c.T("hearings.seats_min", "n", k.Minimum)
	}
	if state == models.HearingOpen && k.Method == models.FirstCome {
		switch left := k.Seats - k.Taken; {
		case left > 0:
			out.Left = c.Words.N("hearings.seats_left", left)
		case k.Queued < k.Waiting:
			out.Left = c.Words.N("hearings.full_waiting", k.Queued)
		default:
			out.Left = c.T("hearings.full_now")
		}
	}
	if n := v.Applied[k.ID]; n > 0 && k.Method == models.ByDraw && v.DrawnAt == nil {
		out.Applied = c.Words.N("hearings.applied_n", n)
	}
	return out
}

func agenda(c *web.Ctx, v hearings.View) []pages.AgendaRow {
	var out []pages.AgendaRow
	at := *v.StartsAt
	for _, a := range v.Agenda {
		r := pages.AgendaRow{Time: c.Words.Clock(at), Title: a.Title(c.Lang()), Presenter: a.Presenter}
		if a.Minutes > 0 {
			r.Minutes = c.Words.N("hearings.minutes", a.Minutes)
		}
		out = append(out, r)
		at = at.Add(time.Duration(a.Minutes) * time.Minute)
	}
	return out
}

func change(c *web.Ctx, ch models.HearingChange) pages.Change {
	out := pages.Change{At: ch.CreatedAt, Reason: either(c.Lang(), ch.ReasonZH, ch.ReasonEN), Text: c.T("hearings.change_" + ch.Kind)}
	if ch.Kind == "moved" && ch.OldStartsAt != nil && ch.NewStartsAt != nil {
		out.Text = c.T("hearings.change_from_to", "old", c.Words.DateTime(*ch.OldStartsAt), "new", c.Words.DateTime(*ch.NewStartsAt))
	}
	return out
}

// checkText is a point of the checklist in words, with its source.
func checkText(c *web.Ctx, m hearings.Check) string {
	if m.Rule.Key != "" {
		return words(c.Lang(), m.Rule.Duty) + " — " + words(c.Lang(), m.Rule.Source)
	}
	return c.T("hearings.check." + m.Key)
}

func participants(c *web.Ctx, p *pages.ShowPage, v hearings.View, list []hearings.Participant) {
	names := map[string]string{}
	for _, k := range v.Categories {
		names[k.ID] = k.Name(c.Lang())
	}
	p.ParticipantsNote = c.Words.N("hearings.participants_note", len(list))
	for _, x := range list {
		name := x.Name
		if x.Organisation != "" {
			name = strings.TrimSpace(name + " " + x.Organisation)
		}
		p.Participants = append(p.Participants, pages.Participant{Number: models.NumberForm(x.Number), Name: name, Category: names[x.CategoryID], Points: x.KeyPoints, Before: selections(c, x.Selections)})
	}
}

// selections say how often somebody was drawn before; nothing for who never was.
func selections(c *web.Ctx, n int) string {
	if n == 0 {
		return ""
	}
	return c.Words.N("hearings.selections_n", n)
}

// share offers an address with its code.
func share(c *web.Ctx, path, title string) parts.ShareProps {
	s := parts.ShareProps{URL: c.Absolute(path), Title: title}
	if svg, err := qr.SVG(s.URL, c.T("hearings.qr", "title", title)); err == nil {
		s.QR = templ.Raw(svg)
	}
	return s
}

// event is a hearing as a date for calendars; ticket is the path of the ticket, or "".
func event(c *web.Ctx, v hearings.View, uid, ticket string) ical.Event {
	page := c.Absolute("/hearings/" + v.ID)
	if ticket != "" {
		page = c.Absolute("/t/" + ticket)
	}
	stamp := v.UpdatedAt
	if v.PublishedAt != nil && v.PublishedAt.After(stamp) {
		stamp = *v.PublishedAt // who is published without a later change has no other stamp
	}
	if v.CancelledAt != nil {
		stamp = *v.CancelledAt
	}
	by := c.PublicURL()
	if v.ContactEmail != "" {
		by = "mailto:" + url.PathEscape(v.ContactEmail)
	}
	return ical.Event{UID: v.ID + uid + "@" + hostOf(c.PublicURL()), Sequence: v.Sequence, Stamp: stamp, Start: *v.StartsAt, End: *v.EndsAt, Summary: v.Title(c.Lang()), Location: v.Place(c.Lang()),
		Description: c.T("hearings.calendar_says", "url", page), URL: page, Cancelled: v.CancelledAt != nil, Remind: 24 * time.Hour, Organizer: by, OrganizerName: v.Unit.Name(c.Lang())}
}

// ticketEvent is a hearing as a date of one person: it may come to nothing while they
// wait for a seat, and is taken away when they have given theirs back. A later state
// never has a lower number, or calendars would keep the old one.
func ticketEvent(c *web.Ctx, v hearings.TicketView, ticket string) ical.Event {
	e := event(c, v.View, "-"+v.Registration.ID, ticket)
	if v.Registration.UpdatedAt.After(e.Stamp) {
		e.Stamp = v.Registration.UpdatedAt
	}
	switch {
	case e.Cancelled:
	case !v.Registration.Active || v.Registration.Status == models.RegistrationNoShow:
		e.Cancelled = true
		e.Sequence++
	case v.Registration.Status != models.RegistrationConfirmed:
		e.Tentative = true
	}
	return e
}

func calendarText(c *web.Ctx, e ical.Event) (string, error) {
	var out strings.Builder
	err := ical.Write(&out, ical.Calendar{Name: e.Summary, Lang: c.Words.HTMLLang, Events: []ical.Event{e}})
	return out.String(), err
}

func sendCalendar(c *web.Ctx, id string, e ical.Event) error {
	out, err := calendarText(c, e)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, ical.MediaType)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+id+`.ics"`)
	return c.SendString(out)
}

func (h handler) calendar(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.HearingTopic(id))
	v, err := h.s.Show(c.UserContext(), id)
	if err != nil {
		return err
	}
	return sendCalendar(c, id, event(c, v, "", ""))
}

func (h handler) file(c *web.Ctx) error {
	a, path, err := h.s.File(c.UserContext(), c.Who, c.Params("id"), c.Params("file"))
	if err != nil {
		return err
	}
	return c.SendAttachment(a, path)
}

// draw shows the draw: what was committed, how the seed comes about, the result.
func (h handler) draw(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(c.Now().Add(5*time.Minute), models.HearingTopic(id))
	d, err := h.s.Drawing(c.UserContext(), id)
	if err != nil {
		return err
	}
	p := pages.DrawPage{Frame: frame(c, d.Hearing, c.T("hearings.draw")), Hearing: d.Hearing.Title(c.Lang()), HearingURL: c.URL("/hearings/" + id), Commitment: d.Commitment, Rule: either(c.Lang(), d.RuleZH, d.RuleEN),
		Seed: d.Seed, Source: d.SeedSource, Witnesses: strings.Join(d.WitnessNames, c.T("compare.joiner")), FileURL: "/hearings/" + id + "/draw.txt", CheckURL: c.URL("/hearings/check-draw"), AloneURL: c.URL("/hearings/check-draw.html"), Command: "minyi draw verify " + id + "-draw.txt"}
	p.Path = "/hearings/" + id + "/draw"
	step := func(key string, at *time.Time, state string) {
		if at != nil {
			p.Steps = append(p.Steps, parts.StatusStep{Text: c.T("hearings.draw_" + key), At: *at, State: state})
		}
	}
	step("committed", &d.CommittedAt, "done")
	if d.DrawnAt == nil {
		step("seed", d.SeedAt, "current")
	} else {
		step("drawn", d.DrawnAt, "done")
	}
	names := map[string]string{}
	p.Odds = parts.TableProps{Narrow: true, Caption: c.T("hearings.odds"), Columns: []parts.Column{{Text: c.T("hearings.category")}, {Text: c.T("hearings.applicants"), Number: true}, {Text: c.T("hearings.most_seats"), Number: true}, {Text: c.T("hearings.odds_each"), Number: true}, {Text: c.T("hearings.drawn_n"), Number: true}}}
	for _, k := range d.Categories {
		o, in := d.Odds[k.Key]
		if !in {
			continue
		}
		names[k.Key] = k.Name(c.Lang())
		each, drawn := "–", "–"
		if o.Applicants > 0 {
			each = strconv.Itoa(min(100, 100*o.Seats/o.Applicants)) + " %"
		}
		if d.DrawnAt != nil {
			drawn = strconv.Itoa(o.Chosen)
		}
		p.Odds.Rows = append(p.Odds.Rows, parts.TableRow{Cells: []parts.Cell{{Text: names[k.Key]}, {Text: c.Words.Number(o.Applicants)}, {Text: c.Words.Number(o.Seats)}, {Text: each}, {Text: drawn}}})
	}
	drawTables(c, &p, d, names)
	return c.Render(pages.Draw(p))
}

// mostShown bounds the rows of a table of a draw; the file has all of them.
const mostShown = 300

func drawTables(c *web.Ctx, p *pages.DrawPage, d hearings.Drawing, names map[string]string) {
	columns := []parts.Column{{Text: c.T("hearings.number")}, {Text: c.T("hearings.category")}, {Text: c.T("hearings.people"), Number: true}}
	line := func(number, category string, persons int) parts.TableRow {
		return parts.TableRow{Cells: []parts.Cell{{Text: number}, {Text: names[category]}, {Text: strconv.Itoa(persons)}}}
	}
	p.Chosen = parts.TableProps{Narrow: true, Caption: c.T("hearings.chosen_h"), HideCaption: true, Columns: columns}
	for _, t := range d.Result.Chosen {
		p.Chosen.Rows = append(p.Chosen.Rows, line(t.Number, t.Category, t.Persons))
	}
	for _, k := range d.Categories {
		list := d.Result.Reserves[k.Key]
		if len(list) == 0 {
			continue
		}
		t := parts.TableProps{Narrow: true, Caption: c.T("hearings.reserves_of", "category", names[k.Key]), HideCaption: true, Columns: append([]parts.Column{{Text: c.T("hearings.rank"), Number: true}}, columns...)}
		for i, r := range list[:min(len(list), mostShown)] {
			row := line(r.Number, r.Category, r.Persons)
			row.Cells = append([]parts.Cell{{Text: strconv.Itoa(i + 1)}}, row.Cells...)
			t.Rows = append(t.Rows, row)
		}
		p.Reserves = append(p.Reserves, t)
	}
	p.List = parts.TableProps{Narrow: true, Caption: c.Words.N("hearings.list_of", len(d.Tickets)), HideCaption: true, Columns: append(columns, parts.Column{Text: c.T("hearings.later")})}
	for _, t := range d.Tickets[:min(len(d.Tickets), mostShown)] {
		row := line(t.Number, t.Category, t.Persons)
		later := ""
		if t.Later {
			later = c.T("hearings.later_yes")
		}
		row.Cells = append(row.Cells, parts.Cell{Text: later})
		p.List.Rows = append(p.List.Rows, row)
	}
	if n := len(d.Tickets) - mostShown; n > 0 {
		p.More = c.Words.N("hearings.list_more", n)
	}
}

func (h handler) drawFile(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.HearingTopic(id))
	file, _, err := h.s.DrawFile(c.UserContext(), id)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+id+`-draw.txt"`)
	return c.SendString(file)
}
