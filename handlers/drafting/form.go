package drafting

import (
	"context"
	"encoding/json"

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

// texts are the fields of the form that hold one text each.
var texts = []string{"unit", "title_zh", "title_en", "topic", "profile", "opens_at", "closes_at", "response_due_at", "grace_minutes", "short_reason_zh", "short_reason_en",
	"points_zh", "points_en", "who_zh", "who_en", "what_zh", "what_en", "explanation_zh", "explanation_en", "next_zh", "next_en", "contact_name", "contact_phone", "contact_email", "contact_post"}

var ticks = []string{"hide_split", "hold_new"}

// rowFields are the fields of the rows of prompts and terms.
var rowFields = []string{"prompt_clause", "prompt_zh", "prompt_en", "term_zh", "meaning_zh", "term_en", "meaning_en"}

// typed reads the form and what it means; faults are those that only the form
// knows: dates and numbers that are none.
func typed(c *web.Ctx) (*parts.Form, drafting.Input) {
	f := parts.NewForm(nil)
	for _, name := range texts {
		f.Values[name] = c.FormValue(name)
	}
	for _, name := range ticks {
		if c.FormValue(name) != "" {
			f.Values[name] = "1"
		}
	}
	for i := range drafting.MostRows + 2 {
		for _, name := range rowFields {
			if v := c.FormValue(name + "_" + strconv.Itoa(i)); v != "" {
				f.Values[name+"_"+strconv.Itoa(i)] = v
			}
		}
	}
	v := f.Values
	in := drafting.Input{
		UnitID: v["unit"], Profile: v["profile"], Topic: v["topic"], TitleZH: v["title_zh"], TitleEN: v["title_en"], ExplanationZH: v["explanation_zh"], ExplanationEN: v["explanation_en"],
		NextZH: v["next_zh"], NextEN: v["next_en"], ContactName: v["contact_name"], ContactPhone: v["contact_phone"], ContactEmail: v["contact_email"], ContactPost: v["contact_post"],
		ShortReasonZH: v["short_reason_zh"], ShortReasonEN: v["short_reason_en"], HideSplit: v["hide_split"] == "1", HoldNew: v["hold_new"] == "1",
		Points: models.Points{ZH: lines(v["points_zh"]), EN: lines(v["points_en"]), WhoZH: v["who_zh"], WhoEN: v["who_en"], WhatZH: v["what_zh"], WhatEN: v["what_en"]},
	}
	in.OpensAt, in.ClosesAt, in.ResponseDueAt = date(c, f, "opens_at", false), date(c, f, "closes_at", true), date(c, f, "response_due_at", true)
	if v["grace_minutes"] != "" {
		n, err := strconv.Atoi(strings.TrimSpace(v["grace_minutes"]))
		if err != nil {
			n = -1 // refused by the service, with the sentence for it
		}
		in.GraceMinutes = n
	}
	for i := range drafting.MostRows + 2 {
		at := func(name string) string { return strings.TrimSpace(v[name+"_"+strconv.Itoa(i)]) }
		if p := (models.Prompt{ClauseKey: at("prompt_clause"), ZH: at("prompt_zh"), EN: at("prompt_en")}); p != (models.Prompt{}) {
			in.Prompts = append(in.Prompts, p)
		}
		if t := (models.Term{WordZH: at("term_zh"), ZH: at("meaning_zh"), WordEN: at("term_en"), EN: at("meaning_en")}); t != (models.Term{}) {
			in.Glossary = append(in.Glossary, t)
		}
	}
	return f, in
}

func lines(s string) []string { return strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") }

// written fills the form from what is stored.
func written(one models.Consultation) *parts.Form {
	var points models.Points
	var prompts []models.Prompt
	var terms []models.Term
	_ = json.Unmarshal([]byte(one.Points), &points)   // written by us
	_ = json.Unmarshal([]byte(one.Prompts), &prompts) // the same
	_ = json.Unmarshal([]byte(one.Glossary), &terms)  // the same
	f := parts.NewForm(map[string]string{
		"unit": one.UnitID, "title_zh": one.TitleZH, "title_en": one.TitleEN, "topic": one.Topic, "profile": one.Profile,
		"opens_at": local(one.OpensAt), "closes_at": local(one.ClosesAt), "response_due_at": local(one.ResponseDueAt), "grace_minutes": strconv.Itoa(one.GraceMinutes),
		"short_reason_zh": one.ShortReasonZH, "short_reason_en": one.ShortReasonEN, "points_zh": strings.Join(points.ZH, "\n"), "points_en": strings.Join(points.EN, "\n"),
		"who_zh": points.WhoZH, "who_en": points.WhoEN, "what_zh": points.WhatZH, "what_en": points.WhatEN, "explanation_zh": one.ExplanationZH, "explanation_en": one.ExplanationEN,
		"next_zh": one.NextZH, "next_en": one.NextEN, "contact_name": one.ContactName, "contact_phone": one.ContactPhone, "contact_email": one.ContactEmail, "contact_post": one.ContactPost,
	})
	if one.HideSplit {
		f.Values["hide_split"] = "1"
	}
	if one.HoldNew {
		f.Values["hold_new"] = "1"
	}
	for i, p := range prompts {
		n := "_" + strconv.Itoa(i)
		f.Values["prompt_clause"+n], f.Values["prompt_zh"+n], f.Values["prompt_en"+n] = p.ClauseKey, p.ZH, p.EN
	}
	for i, t := range terms {
		n := "_" + strconv.Itoa(i)
		f.Values["term_zh"+n], f.Values["meaning_zh"+n], f.Values["term_en"+n], f.Values["meaning_en"+n] = t.WordZH, t.ZH, t.WordEN, t.EN
	}
	return f
}

// rows is how many rows of a kind to draw: those that are used and two more.
func rows(f *parts.Form, names ...string) int {
	n := 0
	for i := range drafting.MostRows + 2 {
		for _, name := range names {
			if f.Values[name+"_"+strconv.Itoa(i)] != "" {
				n = i + 1
			}
		}
	}
	return min(n+2, drafting.MostRows+2)
}

func (h handler) create(c *web.Ctx) error {
	f := parts.NewForm(map[string]string{"profile": "major_decision", "grace_minutes": "30"})
	f.Key = models.NewID(c.Now())
	return h.showForm(c, f, models.Consultation{}, nil)
}

// showForm draws the form; one is the zero value for a new consultation.
func (h handler) showForm(c *web.Ctx, f *parts.Form, one models.Consultation, conflicts []parts.Conflict) error {
	p := pages.EditPage{Form: f, Action: "/desk/new", Cancel: c.URL("/desk"), Revision: strconv.FormatInt(one.Revision, 10), Conflicts: conflicts,
		Prompts: rows(f, "prompt_clause", "prompt_zh", "prompt_en"), Terms: rows(f, "term_zh", "term_en", "meaning_zh", "meaning_en")}
	if one.ID == "" {
		p.Frame = c.DeskFrame(c.T("drafting.nav_new"), "/desk/new")
	} else {
		p.Frame = within(c, one, c.T("drafting.edit"))
		p.Action, p.Cancel = "/desk/c/"+one.ID+"/edit", c.URL("/desk/c/"+one.ID)
	}
	p.Failed = f.Failed()
	if err := h.choices(c.UserContext(), c, &p, one); err != nil {
		return err
	}
	return c.Render(pages.Edit(p))
}

// choices fills what can be chosen in the form.
func (h handler) choices(ctx context.Context, c *web.Ctx, p *pages.EditPage, one models.Consultation) error {
	units, err := h.s.Units(ctx, c.Who)
	if err != nil {
		return err
	}
	for _, u := range units {
		p.Units = append(p.Units, parts.Option{Value: u.ID, Text: u.Name(c.Lang())})
	}
	profiles, err := h.s.Profiles(ctx)
	if err != nil {
		return err
	}
	for _, r := range profiles {
		name := r.Name.Zh
		if c.Lang() == "en" {
			name = r.Name.En
		}
		p.Profiles = append(p.Profiles, parts.Option{Value: r.Key, Text: name})
	}
	for _, t := range models.Topics {
		p.Topics = append(p.Topics, parts.Option{Value: t, Text: topic(c, t)})
	}
	if one.ID == "" {
		return nil
	}
	clauses, err := h.s.Targets(ctx, c.Who, one.ID)
	if err != nil {
		return err
	}
	if len(clauses) > 0 {
		p.Clauses = []parts.Option{{Value: "", Text: c.T("drafting.prompt_no_clause")}}
	}
	for _, k := range clauses {
		p.Clauses = append(p.Clauses, parts.Option{Value: k.Key, Text: name(k)})
	}
	return nil
}

// name is how a clause is called in a list.
func name(k models.Clause) string {
	s := strings.TrimSpace(k.Number + " " + k.Title)
	if s == "" {
		s = k.Text
	}
	if r := []rune(s); len(r) > 30 {
		s = string(r[:30]) + "…"
	}
	return s
}

func (h handler) doCreate(c *web.Ctx) error {
	f, in := typed(c)
	if !f.Failed() {
		one, err := h.s.Create(c.UserContext(), c.Who, in, c.Idem(in))
		if err == nil {
			return c.SeeWith("/desk/c/"+one.ID, "drafting.created")
		}
		if !c.Refuse(f, err) {
			return err
		}
	} else {
		c.Status(422)
	}
	f.Key = models.NewID(c.Now())
	return h.showForm(c, f, models.Consultation{}, nil)
}

func (h handler) edit(c *web.Ctx) error {
	one, err := h.s.Show(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if err := editable(one); err != nil {
		return err
	}
	return h.showForm(c, written(one), one, nil)
}

func editable(one models.Consultation) error {
	switch {
	case one.PublishedAt != nil:
		return models.Fail(models.Closed, "drafting.public")
	case one.ProposedBy != "":
		return models.Fail(models.Closed, "drafting.proposed")
	}
	return nil
}

func (h handler) doEdit(c *web.Ctx) error {
	f, in := typed(c)
	revision, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64) // 0 fits no revision
	one, err := h.s.Show(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if f.Failed() {
		c.Status(422)
		one.Revision = revision
		return h.showForm(c, f, one, nil)
	}
	_, err = h.s.Edit(c.UserContext(), c.Who, one.ID, revision, in)
	switch {
	case err == nil:
		return c.SeeWith("/desk/c/"+one.ID, "drafting.saved")
	case models.KindOf(err) == models.Conflict:
		return h.showConflict(c, f, one.ID)
	case c.Refuse(f, err):
		one.Revision = revision
		return h.showForm(c, f, one, nil)
	}
	return err
}

// showConflict shows the form with the typed text, and beside it what somebody
// else has saved since; saving again is then a decision.
func (h handler) showConflict(c *web.Ctx, f *parts.Form, id string) error {
	now, err := h.s.Show(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	theirs := written(now)
	var list []parts.Conflict
	for _, field := range append(append([]string{}, texts...), ticks...) {
		mine, other := strings.ReplaceAll(f.Values[field], "\r\n", "\n"), theirs.Values[field]
		if strings.TrimSpace(mine) != strings.TrimSpace(other) {
			list = append(list, parts.Conflict{Label: label(c.Words, field), Mine: mine, Theirs: other})
		}
	}
	c.Status(409)
	f.Fail("", c.T("parts.conflict"))
	return h.showForm(c, f, now, list)
}

func label(w *frontend.Words, field string) string {
	return w.T("drafting." + field)
}

func date(c *web.Ctx, f *parts.Form, field string, end bool) *time.Time {
	t, ok := moment(f.Values[field], end)
	if !ok {
		f.Fail(field, c.T("drafting.date_wrong"))
	}
	return t
}

func topic(c *web.Ctx, t string) string {
	if key := "consultations.topic_" + t; c.Words.Has(key) {
		return c.T(key)
	}
	return t
}
