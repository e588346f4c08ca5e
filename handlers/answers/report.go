package answers

import (
	"errors"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"minyi/app/answers"
	"minyi/frontend"
	pages "minyi/frontend/pages/deskanswers"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

var sentences = []string{"story1", "story2", "story3", "story4", "story5"}

// place is where in a report somebody is: the whole of a short one; the overview of a long
// one with its beginning and end, or one piece of its clauses.
type place struct {
	pieces  []answers.Piece
	at      int           // of the piece in pieces; -1 in the overview and among the unfinished
	todo    bool          // clauses that lack something, of any chapter
	piece   answers.Piece // the clauses to write on here
	held    answers.Held  // what the form holds
	version string        // an earlier version whose words stand in the form, or ""
}

// placeOf reads from an address or a form where somebody is; what makes no sense is the
// overview.
func placeOf(d answers.Desk, get func(string, ...string) string) place {
	p := place{pieces: answers.Pieces(d.Clauses), at: -1, version: get("version")}
	switch part := get("part"); {
	case len(p.pieces) == 1:
		p.piece, p.held.Frame = p.pieces[0], true
	case get("show") == "todo":
		p.todo, p.piece = true, answers.Unfinished(d.Clauses, get("after"))
	case part != "":
		if p.at = answers.PieceOf(p.pieces, part); p.at >= 0 {
			p.piece = p.pieces[p.at]
		}
	}
	if !p.todo && p.at < 0 {
		p.held.Frame = true
	}
	for _, o := range p.piece.Clauses {
		p.held.Clauses = append(p.held.Clauses, o.ClauseKey)
	}
	return p
}

// url is the address of the place that q names.
func (p place) url(id string, q ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(q); i += 2 {
		if q[i+1] != "" {
			v.Set(q[i], q[i+1])
		}
	}
	if p.version != "" {
		v.Set("version", p.version)
	}
	to := "/desk/c/" + id + "/report"
	if len(v) > 0 {
		to += "?" + v.Encode()
	}
	return to
}

// here is the address of the place itself.
func (p place) here(id string) string {
	switch {
	case p.todo:
		return p.url(id, "show", "todo")
	case p.at >= 0:
		return p.url(id, "part", p.pieces[p.at].Key)
	}
	return p.url(id)
}

// next is where to go on after the place, "" at the end.
func (p place) next(d answers.Desk, id string) string {
	switch {
	case p.todo && len(p.piece.Clauses) > 0:
		last := p.piece.Clauses[len(p.piece.Clauses)-1].ClauseKey
		if len(answers.Unfinished(d.Clauses, last).Clauses) > 0 {
			return p.url(id, "show", "todo", "after", last)
		}
	case p.at >= 0 && p.at+1 < len(p.pieces):
		return p.url(id, "part", p.pieces[p.at+1].Key)
	}
	return ""
}

// report shows the report, or with ?version= the words of an earlier version, to be
// looked at or saved anew.
func (h handler) report(c *web.Ctx) error {
	d, err := h.s.Desk(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	at := placeOf(d, c.Query)
	for _, v := range d.Versions {
		if at.version != strconv.FormatInt(v.Revision, 10) {
			continue
		}
		old, err := answers.ReportOf(models.Response{Body: v.Body})
		if err != nil {
			return err
		}
		form := fresh(c)
		fillReport(form.Values, old)
		return h.showReport(c, d, at, form, c.T("answers.report_old", "time", c.Words.DateTime(v.SavedAt), "name", d.Savers[v.SavedBy].Name), nil)
	}
	at.version = ""
	return h.showReport(c, d, at, nil, "", nil)
}

// showReport draws the report. note says which words stand in the form when they are
// not the stored ones; theirs are a colleague's words that differ from them.
func (h handler) showReport(c *web.Ctx, d answers.Desk, at place, form *parts.Form, note string, theirs []pages.FieldText) error {
	id := c.Params("id")
	p := pages.ReportPage{Frame: desk(c, c.T("answers.report"), &d.Consultation), Name: c.T("answers.report_of", "title", d.Consultation.Title(c.Lang())), Form: form, Action: c.URL("/desk/c/" + id + "/report"), Seen: at.held.Mark(d.Report),
		Lede: c.T("answers.sums", "received", d.Figures.Received, "adopted", d.Figures.Adopted, "partly", d.Figures.Partly, "not", d.Figures.Not, "study", d.Figures.Study), Decisions: decisions(c, c.T("answers.undecided"))}
	if at.held.Frame {
		p.Sentences = sentences
	}
	for _, k := range []string{answers.Asked, answers.Said, answers.Changed} {
		p.Kinds = append(p.Kinds, parts.Option{Value: k, Text: c.T("answers.said_" + k)})
	}
	p.Editable = d.Consultation.AnsweredAt == nil && d.Stored.ProposedBy == ""
	if at.held.Frame {
		h.steps(c, d, at, &p)
	}
	for _, o := range at.piece.Clauses {
		p.Clauses = append(p.Clauses, block(c, id, o))
	}
	h.around(c, d, at, &p)
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
	p.Path = at.here(id)
	if p.Editable {
		p.Scripts = []string{"pages/deskanswers/report.js"}
	} else if d.Consultation.AnsweredAt == nil { // who is to publish it reads it first
		p.Read = written(c, d, d.Clauses, nil)
	}
	return c.Render(pages.Report(p))
}

// steps adds what the report still needs, and the acts that are possible now.
func (h handler) steps(c *web.Ctx, d answers.Desk, at place, p *pages.ReportPage) {
	id, ready := d.Consultation.ID, true
	if d.Consultation.AnsweredAt != nil {
		p.ReadURL = c.URL("/consultations/" + id + "/response")
		return
	}
	to := map[string]string{"covered": c.URL("/desk/c/" + id + "/queue?state=open"), "held": c.URL("/desk/c/" + id + "/moderation")}
	if p.Editable {
		to["story"], to["english"], to["next"], to["reasons"] = "#story", "#story", "#next", "#by-clause"
		if len(at.pieces) > 1 {
			to["reasons"] = c.URL(at.url(id, "show", "todo"))
		}
	}
	for _, k := range d.Checks {
		t := parts.Task{Text: c.T("answers.check."+k.Key, "n", k.N), State: "done", Blocking: k.Blocking}
		if done := "answers.check." + k.Key + "_done"; k.Done && c.Words.Has(done) {
			t.Text = c.T(done)
		}
		if !k.Done {
			t.State, t.URL = "fix", to[k.Key]
			ready = ready && !k.Blocking
		}
		p.Tasks = append(p.Tasks, t)
	}
	switch {
	case !p.Editable:
		p.Return = c.URL("/desk/c/" + id + "/report/return")
		if !d.Second && ready {
			p.Publish = c.URL("/desk/c/" + id + "/report/publish")
			p.Effects = []string{c.T("answers.effect_publish", "n", d.Cover.Answered), c.T("answers.effect_letters", "n", d.Letters)}
		}
	case ready:
		p.Propose = c.URL("/desk/c/" + id + "/report/propose")
	}
	for _, v := range d.Versions {
		p.Versions = append(p.Versions, pages.Version{Text: c.T("answers.report_version", "time", c.Words.DateTime(v.SavedAt), "name", d.Savers[v.SavedBy].Name), URL: c.URL("/desk/c/" + id + "/report?version=" + strconv.FormatInt(v.Revision, 10))})
	}
}

// around adds the way through the pieces of a long report.
func (h handler) around(c *web.Ctx, d answers.Desk, at place, p *pages.ReportPage) {
	id := d.Consultation.ID
	if len(at.pieces) == 1 {
		return
	}
	next := at.next(d, id)
	switch {
	case at.todo:
		p.Part, p.Hidden = c.T("answers.report_todo"), [][2]string{{"show", "todo"}}
		p.Empty = len(at.piece.Clauses) == 0
	case at.at >= 0:
		piece := at.pieces[at.at]
		p.Part, p.Hidden = pieceName(c, piece), [][2]string{{"part", piece.Key}}
	default:
		h.overview(c, at, p)
	}
	if at.version != "" {
		p.Hidden = append(p.Hidden, [2]string{"version", at.version})
	}
	if p.Part == "" {
		return
	}
	p.Hidden = append(p.Hidden, [2]string{"next", next})
	p.OverviewURL, p.HasNext = c.URL(at.url(id)), next != ""
	p.Crumbs[len(p.Crumbs)-1].URL = "/desk/c/" + id + "/report"
	p.Crumbs = append(p.Crumbs, frontend.Crumb{Text: p.Part})
}

// overview lists the pieces of a long report with what they still lack.
func (h handler) overview(c *web.Ctx, at place, p *pages.ReportPage) {
	id := c.Params("id")
	t := parts.TableProps{Caption: c.T("answers.by_clause"), HideCaption: true, Narrow: true, Columns: []parts.Column{{Text: c.T("answers.col_piece")}, {Text: c.T("answers.col_clauses"), Number: true}, {Text: c.T("answers.col_todo"), Number: true}}}
	all := 0
	for _, piece := range at.pieces {
		n := piece.Todo()
		all += n
		left := parts.Cell{Text: c.T("answers.piece_done")}
		if n > 0 {
			left.Text = c.Words.Number(n)
		}
		t.Rows = append(t.Rows, parts.TableRow{Cells: []parts.Cell{{Text: pieceName(c, piece), URL: c.URL(at.url(id, "part", piece.Key))}, {Text: c.Words.Number(len(piece.Clauses))}, left}})
	}
	p.Pieces = &t
	if all > 0 {
		p.TodoURL, p.TodoText = c.URL(at.url(id, "show", "todo")), c.T("answers.report_todo_n", "n", all)
	}
}

// pieceName is the chapter of a piece with its first and last clause.
func pieceName(c *web.Ctx, p answers.Piece) string {
	name := func(o answers.ClauseOutcome) string {
		if n := web.ClauseNumber(c.Words, o.Number); n != "" {
			return n
		}
		return web.ClauseName(c.Words, o.Number, o.Title, o.TitleEN)
	}
	from, to := name(p.Clauses[0]), name(p.Clauses[len(p.Clauses)-1])
	if from != to {
		from = c.T("answers.piece_from_to", "from", from, "to", to)
	}
	if p.Chapter.Key == "" {
		return from
	}
	return c.T("answers.piece_in", "chapter", web.ClauseName(c.Words, p.Chapter.Number, p.Chapter.Title, p.Chapter.TitleEN), "clauses", from)
}

// block is one clause of the report in the form.
func block(c *web.Ctx, id string, o answers.ClauseOutcome) pages.ClauseBlock {
	b := pages.ClauseBlock{Prefix: answers.ClauseField(o.ClauseKey), Name: web.ClauseName(c.Words, o.Number, o.Title, o.TitleEN), State: c.T("answers.clause_state_" + string(o.State())), Done: o.State() == answers.Done,
		English: o.SummaryEN+o.ReasonEN != "",
		Count:   c.Words.N("answers.clause_count", int(o.Sums.Received), "adopted", o.Sums.Adopted, "partly", o.Sums.Partly, "not", o.Sums.Not, "study", o.Sums.Study)}
	if b.Done {
		b.State = word(c, o.Decision)
	}
	if o.Sums.Received > 0 {
		b.SaidURL, b.SaidText = c.URL("/desk/c/"+id+"/queue?clause="+url.QueryEscape(o.ClauseKey)), c.T("answers.clause_said", "clause", b.Name)
	}
	return b
}

// written lists what the report says where it differs from what stands in a form; for a
// nil form, all that it says. clauses are those of the form.
func written(c *web.Ctx, d answers.Desk, clauses []answers.ClauseOutcome, typed map[string]string) (out []pages.FieldText) {
	stored := map[string]string{}
	fillReport(stored, d.Report)
	add := func(field, label, text string) {
		if stored[field] != typed[field] && stored[field] != "" {
			out = append(out, pages.FieldText{Label: label, Text: text})
		}
	}
	if _, frame := typed["method_zh"]; frame || typed == nil {
		for i, n := range sentences {
			kind := ""
			if k := stored[n+"_kind"]; k != "" && typed == nil {
				kind = c.T("answers.said_" + k)
			}
			add(n+"_zh", c.T("answers.sentence", "n", i+1), kind+stored[n+"_zh"])
			add(n+"_en", c.T("answers.sentence", "n", i+1)+" · "+c.T("answers.in_en"), stored[n+"_en"])
		}
	}
	for _, o := range clauses {
		f, name := answers.ClauseField(o.ClauseKey), web.ClauseName(c.Words, o.Number, o.Title, o.TitleEN)+" · "
		add(f+"decision", name+c.T("answers.col_decision"), word(c, o.Decision))
		for _, k := range []string{"summary_zh", "reason_zh", "summary_en", "reason_en"} {
			add(f+k, name+c.T("answers."+k), stored[f+k])
		}
	}
	if _, frame := typed["method_zh"]; frame || typed == nil {
		for _, k := range []string{"outside", "method", "next"} {
			add(k+"_zh", c.T("answers."+k), stored[k+"_zh"])
			add(k+"_en", c.T("answers."+k)+" · "+c.T("answers.in_en"), stored[k+"_en"])
		}
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

// saveReport keeps what is written in a form; its clauses are those of the desk that it
// has fields for.
func (h handler) saveReport(c *web.Ctx) error {
	id := c.Params("id")
	d, err := h.s.Desk(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	v := c.FormValue
	has := func(name string) bool { return c.Request().PostArgs().Has(name) }
	at, in := placeOf(d, v), answers.Report{}
	at.held, at.piece.Clauses = answers.Held{Frame: has("method_zh")}, nil
	if at.held.Frame {
		in = answers.Report{OutsideZH: v("outside_zh"), OutsideEN: v("outside_en"), MethodZH: v("method_zh"), MethodEN: v("method_en"), NextZH: v("next_zh"), NextEN: v("next_en")}
		for _, n := range sentences {
			if v(n+"_zh") != "" || v(n+"_en") != "" {
				in.Story = append(in.Story, answers.Sentence{Kind: v(n + "_kind"), ZH: v(n + "_zh"), EN: v(n + "_en")})
			}
		}
	}
	for _, o := range d.Clauses {
		f := answers.ClauseField(o.ClauseKey)
		if !has(f + "decision") {
			continue
		}
		at.held.Clauses, at.piece.Clauses = append(at.held.Clauses, o.ClauseKey), append(at.piece.Clauses, o)
		in.Clauses = append(in.Clauses, answers.ClauseSummary{ClauseKey: o.ClauseKey, Decision: models.Decision(v(f + "decision")), SummaryZH: v(f + "summary_zh"), SummaryEN: v(f + "summary_en"), ReasonZH: v(f + "reason_zh"), ReasonEN: v(f + "reason_en")})
	}
	row, err := h.s.SavePart(c.UserContext(), c.Who, id, at.held, v("seen"), in)
	if v("auto") != "" {
		return autosaved(c, at.held, row, err)
	}
	if err == nil {
		at.version = ""
		to := at.here(id)
		if next := v("next"); v("then") == "next" && strings.HasPrefix(next, "/desk/c/"+id+"/report?") {
			to = next
		}
		return c.SeeWith(to, "answers.report_saved")
	}
	form := fresh(c)
	fillReport(form.Values, in)
	var known *models.Error
	if errors.As(err, &known) && known.Key == "error.stale" { // both are shown; saving again is a choice
		c.Status(web.Status(err))
		form.Fail("", c.T("answers.report_conflict", "name", d.UpdatedBy.Name, "ago", c.Words.Ago(d.Stored.UpdatedAt, c.Now())))
		return h.showReport(c, d, at, form, "", written(c, d, at.piece.Clauses, form.Values))
	}
	if refuse(c, form, err) {
		return h.showReport(c, d, at, form, "", nil)
	}
	return err
}

// autosaved answers the script that saves while one writes: what is seen from now on, or
// what is wrong in words.
func autosaved(c *web.Ctx, held answers.Held, row models.Response, err error) error {
	c.Set("Cache-Control", "no-store")
	if err == nil {
		now, err := answers.ReportOf(row)
		if err != nil {
			return err
		}
		return c.JSON(map[string]any{"seen": held.Mark(now), "text": c.T("answers.report_autosaved", "time", c.Words.Clock(row.UpdatedAt))})
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
		return h.showReport(c, d, placeOf(d, c.FormValue), form, "", nil)
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
