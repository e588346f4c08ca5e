package answers

import (
	"errors"
	"sort"
	"strconv"
	"strings"

	"minyi/app/answers"
	pages "minyi/frontend/pages/deskanswers"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

var sentences = []string{"story1", "story2", "story3", "story4", "story5"}

// report shows the report, or with ?version= the words of an earlier version, to be
// looked at or saved anew.
func (h handler) report(c *web.Ctx) error {
	d, err := h.s.Desk(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	for _, v := range d.Versions {
		if c.Query("version") != strconv.FormatInt(v.Revision, 10) {
			continue
		}
		old, err := answers.ReportOf(models.Response{Body: v.Body})
		if err != nil {
			return err
		}
		form := fresh(c)
		fillReport(form.Values, old)
		return h.showReport(c, d, form, c.T("answers.report_old", "time", c.Words.DateTime(v.SavedAt), "name", d.Savers[v.SavedBy].Name), nil)
	}
	return h.showReport(c, d, nil, "", nil)
}

// showReport draws the report. note says which words stand in the form when they are
// not the stored ones; theirs are a colleague's words that differ from them.
func (h handler) showReport(c *web.Ctx, d answers.Desk, form *parts.Form, note string, theirs []pages.FieldText) error {
	id := c.Params("id")
	p := pages.ReportPage{Frame: desk(c, c.T("answers.report"), &d.Consultation), Name: c.T("answers.report_of", "title", d.Consultation.Title(c.Lang())), Form: form, Action: c.URL("/desk/c/" + id + "/report"), Revision: strconv.FormatInt(d.Stored.Revision, 10),
		Lede: c.T("answers.sums", "received", d.Figures.Received, "adopted", d.Figures.Adopted, "partly", d.Figures.Partly, "not", d.Figures.Not, "study", d.Figures.Study), Sentences: sentences, Decisions: decisions(c, c.T("answers.undecided"))}
	for _, k := range []string{answers.Asked, answers.Said, answers.Changed} {
		p.Kinds = append(p.Kinds, parts.Option{Value: k, Text: c.T("answers.said_" + k)})
	}
	ready := true
	for _, k := range d.Checks {
		t := parts.Task{Text: c.T("answers.check."+k.Key, "n", k.N), State: "done", Blocking: k.Blocking}
		if done := "answers.check." + k.Key + "_done"; k.Done && c.Words.Has(done) {
			t.Text = c.T(done)
		}
		if !k.Done {
			t.State = "fix"
			ready = ready && !k.Blocking
		}
		p.Tasks = append(p.Tasks, t)
	}
	switch {
	case d.Consultation.AnsweredAt != nil:
		p.ReadURL, p.Tasks = c.URL("/consultations/"+id+"/response"), nil
	case d.Stored.ProposedBy != "":
		p.Return = c.URL("/desk/c/" + id + "/report/return")
		if !d.Second && ready {
			p.Publish = c.URL("/desk/c/" + id + "/report/publish")
			p.Effects = []string{c.T("answers.effect_publish", "n", d.Cover.Answered), c.T("answers.effect_letters", "n", d.Letters)}
		}
	default:
		p.Editable = true
		if ready {
			p.Propose = c.URL("/desk/c/" + id + "/report/propose")
		}
	}
	for _, o := range d.Clauses {
		p.Clauses = append(p.Clauses, pages.ClauseBlock{Prefix: answers.ClauseField(o.ClauseKey), Name: web.ClauseName(c.Words, o.Number, o.Title, o.TitleEN),
			Count: c.T("answers.clause_count", "n", o.Sums.Received, "adopted", o.Sums.Adopted, "partly", o.Sums.Partly, "not", o.Sums.Not, "study", o.Sums.Study)})
	}
	if p.Form == nil {
		p.Form = fresh(c)
		fillReport(p.Form.Values, d.Report)
	}
	for i, n := range sentences { // the order in which a report is told
		if p.Form.Values[n+"_kind"] == "" {
			p.Form.Values[n+"_kind"] = []string{answers.Asked, answers.Said, answers.Said, answers.Changed, answers.Changed}[i]
		}
	}
	p.Failed, p.Note, p.Theirs = p.Form.Failed(), note, theirs
	for _, v := range d.Versions {
		p.Versions = append(p.Versions, pages.Version{Text: c.T("answers.report_version", "time", c.Words.DateTime(v.SavedAt), "name", d.Savers[v.SavedBy].Name), URL: c.URL("/desk/c/" + id + "/report?version=" + strconv.FormatInt(v.Revision, 10))})
	}
	p.Scripts = []string{"pages/deskanswers/report.js"}
	return c.Render(pages.Report(p))
}

// theirs lists what a colleague has written meanwhile where it differs from what
// stands in the form.
func theirs(c *web.Ctx, d answers.Desk, typed map[string]string) (out []pages.FieldText) {
	stored := map[string]string{}
	fillReport(stored, d.Report)
	add := func(field, label string) {
		if stored[field] != typed[field] && stored[field] != "" {
			out = append(out, pages.FieldText{Label: label, Text: stored[field]})
		}
	}
	for i, n := range sentences {
		add(n+"_zh", c.T("answers.sentence", "n", i+1))
		add(n+"_en", c.T("answers.sentence", "n", i+1)+" · "+c.T("answers.in_en"))
	}
	for _, o := range d.Clauses {
		f, name := answers.ClauseField(o.ClauseKey), web.ClauseName(c.Words, o.Number, o.Title, o.TitleEN)+" · "
		for _, k := range []string{"summary_zh", "summary_en", "reason_zh", "reason_en"} {
			add(f+k, name+c.T("answers."+k))
		}
	}
	for _, k := range []string{"outside", "method", "next"} {
		add(k+"_zh", c.T("answers."+k))
		add(k+"_en", c.T("answers."+k)+" · "+c.T("answers.in_en"))
	}
	return out
}

func fillReport(v map[string]string, r answers.Report) {
	for i, l := range r.Story {
		if i < len(sentences) {
			v[sentences[i]+"_kind"], v[sentences[i]+"_zh"], v[sentences[i]+"_en"] = l.Kind, l.ZH, l.EN
		}
	}
	for _, l := range r.Clauses {
		f := answers.ClauseField(l.ClauseKey)
		v[f+"decision"], v[f+"summary_zh"], v[f+"summary_en"], v[f+"reason_zh"], v[f+"reason_en"] = string(l.Decision), l.SummaryZH, l.SummaryEN, l.ReasonZH, l.ReasonEN
	}
	v["outside_zh"], v["outside_en"], v["method_zh"], v["method_en"], v["next_zh"], v["next_en"] = r.OutsideZH, r.OutsideEN, r.MethodZH, r.MethodEN, r.NextZH, r.NextEN
}

// saveReport keeps what is written; clauses are those that the desk lists.
func (h handler) saveReport(c *web.Ctx) error {
	id := c.Params("id")
	d, err := h.s.Desk(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	v := c.FormValue
	in := answers.Report{OutsideZH: v("outside_zh"), OutsideEN: v("outside_en"), MethodZH: v("method_zh"), MethodEN: v("method_en"), NextZH: v("next_zh"), NextEN: v("next_en")}
	for _, n := range sentences {
		if v(n+"_zh") != "" || v(n+"_en") != "" {
			in.Story = append(in.Story, answers.Sentence{Kind: v(n + "_kind"), ZH: v(n + "_zh"), EN: v(n + "_en")})
		}
	}
	for _, o := range d.Clauses {
		f := answers.ClauseField(o.ClauseKey)
		in.Clauses = append(in.Clauses, answers.ClauseSummary{ClauseKey: o.ClauseKey, Decision: models.Decision(v(f + "decision")), SummaryZH: v(f + "summary_zh"), SummaryEN: v(f + "summary_en"), ReasonZH: v(f + "reason_zh"), ReasonEN: v(f + "reason_en")})
	}
	revision, _ := strconv.ParseInt(v("revision"), 10, 64)
	row, err := h.s.SaveReport(c.UserContext(), c.Who, id, revision, in)
	if v("auto") != "" {
		return autosaved(c, row, err)
	}
	if err == nil {
		return c.SeeWith("/desk/c/"+id+"/report", "answers.report_saved")
	}
	form := fresh(c)
	fillReport(form.Values, in)
	var known *models.Error
	if errors.As(err, &known) && known.Key == "error.stale" { // both are shown; saving again is a choice
		c.Status(web.Status(err))
		form.Fail("", c.T("answers.report_conflict", "name", d.UpdatedBy.Name, "ago", c.Words.Ago(d.Stored.UpdatedAt, c.Now())))
		return h.showReport(c, d, form, "", theirs(c, d, form.Values))
	}
	if refuse(c, form, err) {
		return h.showReport(c, d, form, "", nil)
	}
	return err
}

// autosaved answers the script that saves while one writes: the new revision, or
// what is wrong in words.
func autosaved(c *web.Ctx, row models.Response, err error) error {
	c.Set("Cache-Control", "no-store")
	if err == nil {
		return c.JSON(map[string]any{"revision": row.Revision, "text": c.T("answers.report_autosaved", "time", c.Words.Clock(row.UpdatedAt))})
	}
	messages, ok := c.Messages(err)
	if !ok {
		return err
	}
	var out []string
	for _, m := range messages {
		out = append(out, m)
	}
	sort.Strings(out)
	c.Status(web.Status(err))
	return c.JSON(map[string]any{"text": strings.Join(out, " ")})
}

// step is one of the acts on the way to the public.
func (h handler) step(notice string, do func(*web.Ctx, string) error) web.Handler {
	return func(c *web.Ctx) error {
		err := do(c, c.Params("id"))
		if err == nil {
			return c.SeeWith("/desk/c/"+c.Params("id")+"/report", notice)
		}
		form := fresh(c)
		if !refuse(c, form, err) {
			return err
		}
		d, derr := h.s.Desk(c.UserContext(), c.Who, c.Params("id"))
		if derr != nil {
			return derr
		}
		fillReport(form.Values, d.Report)
		return h.showReport(c, d, form, "", nil)
	}
}

func (h handler) propose(c *web.Ctx, id string) error {
	return h.s.ProposeResponse(c.UserContext(), c.Who, id)
}

func (h handler) takeBack(c *web.Ctx, id string) error {
	return h.s.TakeBackResponse(c.UserContext(), c.Who, id)
}

func (h handler) publish(c *web.Ctx, id string) error {
	return h.s.PublishResponse(c.UserContext(), c.Who, id, c.Idem(id))
}
