package answers

import (
	"strconv"

	"minyi/app/answers"
	pages "minyi/frontend/pages/deskanswers"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

var sentences = []string{"story1", "story2", "story3", "story4", "story5"}

func (h handler) report(c *web.Ctx) error { return h.showReport(c, nil) }

func (h handler) showReport(c *web.Ctx, form *parts.Form) error {
	id := c.Params("id")
	d, err := h.s.Desk(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	p := pages.ReportPage{Frame: desk(c, c.T("answers.report"), &d.Consultation), Name: c.T("answers.report_of", "title", d.Consultation.Title(c.Lang())), Form: form, Action: c.URL("/desk/c/" + id + "/report"), Revision: strconv.FormatInt(d.Stored.Revision, 10),
		Lede: c.T("answers.sums", "received", d.Figures.Received, "adopted", d.Figures.Adopted, "partly", d.Figures.Partly, "not", d.Figures.Not, "study", d.Figures.Study), Sentences: sentences, Decisions: decisions(c, c.T("answers.undecided"))}
	for _, k := range []string{answers.Asked, answers.Said, answers.Changed} {
		p.Kinds = append(p.Kinds, parts.Option{Value: k, Text: c.T("answers.said_" + k)})
	}
	ready := true
	for _, k := range d.Checks {
		t := parts.Task{Text: c.T("answers.check."+k.Key, "n", k.N), State: "done", Blocking: k.Blocking}
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
		p.Clauses = append(p.Clauses, pages.ClauseBlock{Prefix: answers.ClauseField(o.ClauseKey), Name: o.Number + " " + o.Title,
			Count: c.T("answers.clause_count", "n", o.Sums.Received, "adopted", o.Sums.Adopted, "partly", o.Sums.Partly, "not", o.Sums.Not, "study", o.Sums.Study)})
	}
	if p.Form == nil {
		p.Form = fresh(c)
		fillReport(p.Form.Values, d.Report)
	}
	p.Failed = p.Form.Failed()
	return c.Render(pages.Report(p))
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
	_, err = h.s.SaveReport(c.UserContext(), c.Who, id, revision, in)
	if err == nil {
		return c.SeeWith("/desk/c/"+id+"/report", "answers.report_saved")
	}
	form := fresh(c)
	fillReport(form.Values, in)
	if refuse(c, form, err) {
		return h.showReport(c, form)
	}
	return err
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
		return h.showReport(c, form)
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
