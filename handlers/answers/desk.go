package answers

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"minyi/app/answers"
	"minyi/app/kit/compare"
	"minyi/app/kit/text"
	"minyi/frontend"
	pages "minyi/frontend/pages/deskanswers"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

func desk(c *web.Ctx, title string, one *models.Consultation) frontend.Frame {
	f := c.DeskFrame(title, "/desk/queue")
	f.Crumbs = []frontend.Crumb{{Text: c.T("frame.desk"), URL: "/desk"}, {Text: c.T("answers.queue"), URL: "/desk/queue"}}
	if one != nil {
		f.Subject = one.Title(c.Lang())
		f.Crumbs = append(f.Crumbs, frontend.Crumb{Text: f.Subject, URL: "/desk/c/" + one.ID + "/queue"})
	}
	if f.Crumbs[len(f.Crumbs)-1].Text != title {
		f.Crumbs = append(f.Crumbs, frontend.Crumb{Text: title})
	}
	return f
}

// refuse shows in the form what is wrong, also a colleague's faster decision;
// false when the error is of another kind.
func refuse(c *web.Ctx, form *parts.Form, err error) bool {
	var e *models.Error
	if !errors.As(err, &e) {
		return false
	}
	if c.Refuse(form, err) {
		return true
	}
	if e.Kind == models.Conflict || e.Kind == models.Closed || e.Kind == models.Forbidden {
		form.Fail("", c.T(e.Key, e.Args...))
		c.Status(web.Status(err))
		return true
	}
	return false
}

// filter reads what is looked for; what makes no sense does not narrow.
func filter(get func(string) string, id string) answers.Filter {
	f := answers.Filter{ConsultationID: id, ClauseKey: get("clause"), Assignee: get("assignee"), Text: get("text")}
	for _, d := range models.Decisions {
		if get("decision") == string(d) {
			f.Decision = d
		}
	}
	for _, s := range models.QueueStates {
		if get("state") == string(s) {
			f.State = s
		}
	}
	for _, s := range models.Stances {
		if get("stance") == string(s) {
			f.Stance = s
		}
	}
	for _, ch := range []models.Channel{models.Web, models.Paper, models.Phone, models.Counter} {
		if get("channel") == string(ch) {
			f.Channel = ch
		}
	}
	return f
}

var filterNames = []string{"clause", "state", "decision", "text", "stance", "channel", "assignee"}

func decisions(c *web.Ctx, first string) []parts.Option {
	var list []parts.Option
	if first != "" {
		list = append(list, parts.Option{Text: first})
	}
	for _, d := range models.Decisions {
		list = append(list, parts.Option{Value: string(d), Text: word(c, d)})
	}
	return list
}

func clauseOptions(w *frontend.Words, list []answers.Clause, first string) []parts.Option {
	out := []parts.Option{{Text: first}}
	for _, cl := range list {
		out = append(out, parts.Option{Value: cl.Key, Text: web.ClauseName(w, cl.Number, cl.Title, cl.TitleEN)})
	}
	return out
}

func (h handler) queue(c *web.Ctx) error {
	id := c.Params("id")
	var after *models.QueuePlace
	if place, n, ok := strings.Cut(c.Query("after"), "."); ok {
		if number, err := strconv.ParseInt(n, 10, 64); err == nil {
			after = &models.QueuePlace{ConsultationID: place, Number: number}
		}
	}
	get := func(k string) string { return c.Query(k) }
	q, err := h.s.Queue(c.UserContext(), c.Who, filter(get, id), after)
	if err != nil {
		return err
	}
	path, title := "/desk/queue", c.T("answers.queue")
	if q.One != nil {
		path, title = "/desk/c/"+id+"/queue", c.T("answers.queue_of", "title", q.One.Title(c.Lang()))
	}
	var open, received int64
	for _, cv := range q.Cover {
		open, received = open+cv.Open, received+cv.Received
	}
	p := pages.QueuePage{Frame: desk(c, c.T("answers.queue"), q.One), Name: title, Lede: c.T("answers.open_of", "open", open, "all", received), Form: parts.NewForm(nil), Decisions: decisions(c, c.T("answers.any"))}
	kept := url.Values{}
	for _, k := range filterNames {
		p.Form.Values[k] = c.Query(k)
		if v := c.Query(k); v != "" {
			kept.Set(k, v)
		}
	}
	p.Filter = parts.FilterProps{Action: c.URL(path), Result: c.T("answers.found", "n", q.Found), Open: len(kept) > 0}
	p.States = []parts.Option{{Text: c.T("answers.any")}}
	for _, s := range models.QueueStates {
		p.States = append(p.States, parts.Option{Value: string(s), Text: c.T("answers.state_" + string(s))})
	}
	h.table(c, &p, q)
	p.Scripts = []string{"pages/deskanswers/queue.js"}
	for _, k := range []string{"j", "k", "x", "e", "r", "c", "/", "?"} {
		name := map[string]string{"/": "filter", "?": "help"}[k]
		if name == "" {
			name = k
		}
		if q.One != nil || k != "x" && k != "c" { // nothing can be chosen in a list over several consultations
			p.Keys = append(p.Keys, pages.Key{Key: k, Text: c.T("answers.key_" + name)})
		}
	}
	if q.One != nil {
		p.Clauses, p.ReportURL = clauseOptions(c.Words, q.Clauses, c.T("answers.any")), c.URL("/desk/c/"+id+"/report")
		p.Choose, p.Table.Select = c.URL("/desk/c/"+id+"/choose"), "opinion"
		all := url.Values{"upto": {strconv.FormatInt(q.Last, 10)}}
		for k, v := range kept {
			all[k] = v
		}
		if q.Found > 0 {
			p.AllURL, p.AllText = c.URL("/desk/c/"+id+"/answer?"+all.Encode()), c.T("answers.answer_all", "n", q.Found)
		}
	}
	if q.Next != nil {
		kept.Set("after", q.Next.ConsultationID+"."+strconv.FormatInt(q.Next.Number, 10))
		p.Pager = parts.PagerProps{Label: c.T("answers.queue"), Next: c.URL(path + "?" + kept.Encode())}
	}
	return c.Render(pages.Queue(p))
}

func (h handler) table(c *web.Ctx, p *pages.QueuePage, q answers.Queue) {
	p.Table = parts.TableProps{Caption: p.Name, HideCaption: true, Empty: c.T("answers.queue_empty")}
	for _, k := range []string{c.T("answers.col_number"), c.T("answers.col_said"), c.T("answers.col_clause"), c.T("answers.col_decision"), c.T("answers.owner")} {
		p.Table.Columns = append(p.Table.Columns, parts.Column{Text: k})
	}
	for _, o := range q.Opinions {
		clause := web.ClauseNumber(c.Words, q.Numbers[o.ConsultationID+"/"+o.ClauseKey])
		if clause == "" {
			clause = o.ClauseKey
		}
		said := o.Body
		if said == "" {
			said = o.Suggestion
		}
		said = text.Cut(text.Line(said), 60)
		if n := len(q.Files[o.ID]); n > 0 {
			said += c.Words.N("answers.with_files", n)
		}
		number := strconv.FormatInt(o.Number, 10)
		decision := parts.Cell{Text: word(c, q.Answers[o.AnswerID].Decision)}
		if decision.Text == "" {
			decision = parts.Cell{Text: c.T("answers.no_answer_yet"), Faint: true}
		}
		p.Table.Rows = append(p.Table.Rows, parts.TableRow{Value: o.ID + "." + o.AnswerID, Label: c.T("answers.choose", "number", o.Number), Cells: []parts.Cell{
			{Text: number, URL: c.URL("/desk/opinions/" + o.ID)}, {Text: said}, {Text: clause}, decision, {Text: q.People[o.Assignee].Name},
		}})
	}
}

func decisionOf(c *web.Ctx) answers.Decision {
	d := answers.Decision{Decision: models.Decision(c.FormValue("decision")), ReasonZH: c.FormValue("reason_zh"), ReasonEN: c.FormValue("reason_en"), NoteZH: c.FormValue("note_zh"), NoteEN: c.FormValue("note_en"), ClauseKey: c.FormValue("clause")}
	d.Version, _ = strconv.Atoi(c.FormValue("version"))
	return d
}

// typed is a decision as it was filled in.
func typed(c *web.Ctx) *parts.Form {
	return c.Typed("decision", "reason_zh", "reason_en", "note_zh", "note_en", "clause")
}

// insert puts the chosen ready reason into the form; what is typed stays.
func (h handler) insert(c *web.Ctx, form *parts.Form) {
	form.Key = models.NewID(c.Now())
	form.Values["template"] = c.FormValue("template")
	t, err := h.s.Ready(c.UserContext(), c.Who, c.FormValue("template"))
	if err != nil {
		form.Fail("template", c.T("answers.template_wanted"))
		return
	}
	if form.Values["decision"] == "" {
		form.Values["decision"] = string(t.Decision)
	}
	for field, text := range map[string]string{"reason_zh": t.ReasonZH, "reason_en": t.ReasonEN} {
		if before := strings.TrimRight(form.Values[field], " \r\n"); before != "" && text != "" {
			text = before + "\n" + text
		}
		if text != "" {
			form.Values[field] = text
		}
	}
}

func templateOptions(c *web.Ctx, list []models.AnswerTemplate) []parts.Option {
	var out []parts.Option
	for _, t := range list {
		out = append(out, parts.Option{Value: t.ID, Text: t.Name})
	}
	if len(out) > 0 {
		out = append([]parts.Option{{Text: c.T("answers.template_none")}}, out...)
	}
	return out
}

func fresh(c *web.Ctx) *parts.Form {
	f := parts.NewForm(nil)
	f.Key = models.NewID(c.Now())
	return f
}

func (h handler) opinion(c *web.Ctx) error { return h.showOpinion(c, nil) }

func (h handler) showOpinion(c *web.Ctx, form *parts.Form) error {
	d, err := h.s.Detail(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	o := d.Opinion
	p := pages.AnswerPage{Frame: desk(c, c.T("answers.opinion", "number", o.Number), &d.Consultation), Name: c.T("answers.opinion", "number", o.Number), Body: o.Body, Stance: string(o.Stance), Clause: web.ClauseNumber(c.Words, d.Clause.Number) + " " + d.Clause.Text, Form: form,
		Action: c.URL("/desk/opinions/" + o.ID + "/answer"), Decisions: decisions(c, ""), Clauses: clauseOptions(c.Words, d.Clauses, c.T("answers.no_clause")), Public: d.Consultation.AnsweredAt != nil,
		AssignURL: c.URL("/desk/opinions/" + o.ID + "/assign"), Owner: c.T("answers.owner_nobody"), Mine: o.Assignee == c.Who.PersonID, BackURL: c.URL("/desk/c/" + o.ConsultationID + "/queue")}
	for _, who := range d.Officers {
		if who.ID == o.Assignee {
			p.Owner = c.T("answers.owner_is", "name", who.Name)
		}
	}
	p.Meta = c.T("answers.meta", "date", p.Words.DateTime(o.CreatedAt), "clause", web.ClauseNumber(c.Words, d.Clause.Number))
	if o.Suggestion != "" {
		for _, r := range compare.Text(d.Clause.Text, o.Suggestion, "zh") {
			p.Suggestion = append(p.Suggestion, parts.Run{Op: string(r.Op), Text: r.Text})
		}
	}
	if d.Newest != nil {
		p.Hidden = append(p.Hidden, [2]string{"version", strconv.Itoa(d.Newest.Number)})
	}
	p.Templates, p.TemplatesURL = templateOptions(c, d.Templates), c.URL("/desk/templates")
	for _, a := range d.Files {
		p.Files = append(p.Files, parts.FileItem{Name: a.Name, Size: a.Size, URL: c.URL("/desk/opinions/" + o.ID + "/files/" + a.ID)})
	}
	if d.Next != "" {
		p.NextURL = c.URL("/desk/opinions/" + d.Next)
	}
	p.Hidden = append(p.Hidden, [2]string{"seen", o.AnswerID})
	if p.Form == nil {
		p.Form = fresh(c)
	}
	if a := d.Answer; a != nil {
		p.Current = &parts.DecisionProps{Outcome: outcomes[a.Decision], Reason: a.ReasonZH, By: d.AnswerBy.Name, At: a.CreatedAt}
		if form == nil {
			p.Form.Values = map[string]string{"decision": string(a.Decision), "reason_zh": a.ReasonZH, "reason_en": a.ReasonEN, "clause": a.ClauseKey}
		}
	}
	p.Failed = p.Form.Failed()
	return c.Render(pages.Answer(p))
}

func (h handler) answer(c *web.Ctx) error {
	if form := typed(c); c.FormValue("insert") != "" {
		h.insert(c, form)
		return h.showOpinion(c, form)
	}
	in := decisionOf(c)
	_, err := h.s.Decide(c.UserContext(), c.Who, c.Params("id"), c.FormValue("seen"), in, c.Idem(in))
	if err == nil {
		return c.SeeWith("/desk/opinions/"+c.Params("id"), "answers.saved")
	}
	if form := typed(c); refuse(c, form, err) {
		form.Key = models.NewID(c.Now())
		return h.showOpinion(c, form)
	}
	return err
}

func (h handler) assign(c *web.Ctx) error {
	d, err := h.s.Detail(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	to := ""
	if c.FormValue("to") == "me" {
		to = c.Who.PersonID
	}
	if _, err := h.s.Assign(c.UserContext(), c.Who, d.Consultation.ID, to, []string{d.Opinion.ID}); err != nil {
		return err
	}
	return c.SeeWith("/desk/opinions/"+d.Opinion.ID, "answers.assigned")
}

func picks(c *web.Ctx) (list []answers.Pick, hidden [][2]string) {
	for _, v := range c.Request().PostArgs().PeekMulti("opinion") {
		id, seen, _ := strings.Cut(string(v), ".")
		if models.IsID(id) {
			list = append(list, answers.Pick{OpinionID: id, Seen: seen})
			hidden = append(hidden, [2]string{"opinion", string(v)})
		}
	}
	return list, hidden
}

// choose asks for the answer to the chosen rows.
func (h handler) choose(c *web.Ctx) error {
	list, hidden := picks(c)
	if len(list) == 0 {
		return c.SeeWith("/desk/c/"+c.Params("id")+"/queue", "answers.none_chosen")
	}
	return h.showMany(c, fresh(c), []string{c.T("answers.effect_chosen", "n", len(list))}, hidden)
}

// all asks for the answer to everything that the filter finds, with its effect.
func (h handler) all(c *web.Ctx) error {
	return h.showAll(c, fresh(c), func(k string) string { return c.Query(k) })
}

func (h handler) showAll(c *web.Ctx, form *parts.Form, get func(string) string) error {
	upTo, _ := strconv.ParseInt(get("upto"), 10, 64)
	gets, keeps, err := h.s.Effect(c.UserContext(), c.Who, filter(get, c.Params("id")), upTo)
	if err != nil {
		return err
	}
	hidden := [][2]string{{"all", "1"}, {"upto", strconv.FormatInt(upTo, 10)}}
	for _, k := range filterNames {
		hidden = append(hidden, [2]string{"f_" + k, get(k)})
	}
	return h.showMany(c, form, []string{c.T("answers.effect_gets", "n", gets), c.T("answers.effect_keeps", "n", keeps)}, hidden)
}

func (h handler) showMany(c *web.Ctx, form *parts.Form, effects []string, hidden [][2]string) error {
	id := c.Params("id")
	q, err := h.s.Queue(c.UserContext(), c.Who, answers.Filter{ConsultationID: id}, nil)
	if err != nil {
		return err
	}
	version := strconv.Itoa(q.Version)
	p := pages.AnswerPage{Frame: desk(c, c.T("answers.answer_many"), q.One), Name: c.T("answers.answer_many"), Effects: effects, Form: form, Action: c.URL("/desk/c/" + id + "/answer"),
		Hidden: append(hidden, [2]string{"version", version}), Decisions: decisions(c, ""), Clauses: clauseOptions(c.Words, q.Clauses, c.T("answers.no_clause")), Public: q.One.AnsweredAt != nil, BackURL: c.URL("/desk/c/" + id + "/queue")}
	ready, err := h.s.TemplatesFor(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	p.Templates, p.TemplatesURL = templateOptions(c, ready), c.URL("/desk/templates")
	p.Failed = form.Failed()
	return c.Render(pages.Answer(p))
}

func (h handler) answerMany(c *web.Ctx) error {
	id, in := c.Params("id"), decisionOf(c)
	list, hidden := picks(c)
	get := func(k string) string {
		if k == "upto" {
			return c.FormValue(k)
		}
		return c.FormValue("f_" + k)
	}
	if form := typed(c); c.FormValue("insert") != "" {
		h.insert(c, form)
		if c.FormValue("all") != "" {
			return h.showAll(c, form, get)
		}
		return h.showMany(c, form, []string{c.T("answers.effect_chosen", "n", len(list))}, hidden)
	}
	var g answers.Given
	var err error
	if c.FormValue("all") != "" {
		upTo, _ := strconv.ParseInt(c.FormValue("upto"), 10, 64)
		g, err = h.s.DecideFilter(c.UserContext(), c.Who, filter(get, id), upTo, in, c.Idem(in))
		if err == nil && g.Done == 0 { // a colleague was faster with all of them: what was written is not lost
			err = models.Fail(models.Conflict, "error.stale")
		}
	} else {
		g, err = h.s.DecideMany(c.UserContext(), c.Who, id, list, in, c.Idem([]any{in, list}))
	}
	if err != nil {
		form := typed(c)
		if !refuse(c, form, err) {
			return err
		}
		form.Key = models.NewID(c.Now())
		if c.FormValue("all") != "" {
			return h.showAll(c, form, get)
		}
		return h.showMany(c, form, []string{c.T("answers.effect_chosen", "n", len(list))}, hidden)
	}
	if len(g.Failed) > 0 {
		form := typed(c)
		form.Key, hidden = models.NewID(c.Now()), nil
		for _, f := range g.Failed {
			form.Fail(f.OpinionID, c.T("answers.row_failed", "number", f.Number))
			hidden = append(hidden, [2]string{"opinion", f.OpinionID + "."})
		}
		c.Status(409)
		return h.showMany(c, form, []string{c.T("answers.done", "n", g.Done)}, hidden)
	}
	return c.SeeWith("/desk/c/"+id+"/queue", "answers.saved")
}
