package answers

import (
	"bufio"
	"context"
	"strconv"
	"time"

	"minyi/app/answers"
	"minyi/app/kit/compare"
	"minyi/app/kit/docx"
	"minyi/app/kit/feed"
	"minyi/app/kit/sheet"
	"minyi/frontend"
	pages "minyi/frontend/pages/answers"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

var outcomes = map[models.Decision]string{models.Adopted: "adopted", models.PartlyAdopted: "partly", models.NotAdopted: "not_adopted", models.ToBeStudied: "studied"}

func word(c *web.Ctx, d models.Decision) string {
	if d == models.Undecided {
		return ""
	}
	return c.T("parts.outcome_" + outcomes[d])
}

func number(c *web.Ctx, n int64) string { return c.Words.Number(int(n)) }

// facts are the numbers of procedure.md §5, the same in every form.
func facts(c *web.Ctx, s answers.Sums) []pages.Fact {
	list := []pages.Fact{{Name: c.T("answers.received"), Value: number(c, s.Received)}}
	for _, d := range models.Decisions {
		list = append(list, pages.Fact{Name: word(c, d), Value: number(c, s.Of(d))})
	}
	if s.Without > 0 {
		list = append(list, pages.Fact{Name: c.T("answers.without"), Value: number(c, s.Without)})
	}
	return list
}

func notes(c *web.Ctx, list []answers.Correction) []pages.Note {
	var out []pages.Note
	for _, n := range list {
		what := c.T("answers.corrected", "n", n.Opinions, "to", word(c, n.To))
		if len(n.Numbers) == 1 {
			what = c.T("answers.corrected_one", "number", n.Numbers[0], "to", word(c, n.To))
		}
		out = append(out, pages.Note{At: n.At, What: what, Text: answers.In(c.Lang(), n.NoteZH, n.NoteEN)})
	}
	return out
}

func files(c *web.Ctx, base string) []pages.Download {
	return []pages.Download{
		{Text: c.T("answers.as_word"), URL: c.URL(base + "/adoption.docx")},
		{Text: c.T("answers.as_xlsx"), URL: c.URL(base + "/adoption.xlsx")},
		{Text: c.T("answers.as_csv"), URL: c.URL(base + "/adoption.csv")},
	}
}

func (h handler) response(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.ConsultationTopic(id))
	r, err := h.s.Response(c.UserContext(), id)
	if err != nil {
		return err
	}
	base, title := "/consultations/"+id, r.Consultation.Title(c.Lang())
	p := pages.ResponsePage{Frame: c.Frame(c.T("answers.response")), Name: c.T("answers.response_of", "title", title), BackURL: c.URL(base)}
	p.Subject, p.Nav, p.Topic = title, "consultations", models.ConsultationTopic(id)
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("frame.nav_consultations"), URL: "/consultations"}, {Text: title, URL: base}, {Text: p.Title}}
	p.Meta.Feed = base + "/answers.atom"
	if !r.Published {
		p.Pending = pending(c, r.Consultation)
		return c.Render(pages.Response(p))
	}
	p.Lede = c.T("answers.published_by", "unit", r.Unit.Name(c.Lang()), "date", p.Words.Date(r.At))
	for _, l := range r.Report.Story {
		p.Story = append(p.Story, pages.Line{Kind: c.T("answers.said_" + l.Kind), Text: plainSentence(answers.In(c.Lang(), l.ZH, l.EN))})
	}
	if r.Figures.Received == 0 && len(p.Story) == 0 {
		p.Story = []pages.Line{{Text: c.T("answers.nobody_wrote")}}
	}
	p.Numbers = facts(c, r.Figures.Sums)
	for _, o := range r.Clauses {
		p.Clauses = append(p.Clauses, clausePart(c, base, o))
	}
	p.Outside = answers.In(c.Lang(), r.Report.OutsideZH, r.Report.OutsideEN)
	p.Method = answers.In(c.Lang(), r.Report.MethodZH, r.Report.MethodEN)
	p.Next = answers.In(c.Lang(), r.Report.NextZH, r.Report.NextEN)
	p.Corrections, p.AdoptionURL, p.Downloads = notes(c, r.Corrections), c.URL(base+"/adoption"), files(c, base)
	return c.Render(pages.Response(p))
}

func clausePart(c *web.Ctx, base string, o answers.ClauseOutcome) pages.ClausePart {
	part := pages.ClausePart{
		ID: o.ClauseKey, Name: web.ClauseName(c.Words, o.Number, o.Title, o.TitleEN), URL: c.URL(base + "/clauses/" + o.ClauseKey), Summary: answers.In(c.Lang(), o.SummaryZH, o.SummaryEN),
		Count: c.Words.N("answers.clause_count", int(o.Sums.Received), "adopted", o.Sums.Adopted, "partly", o.Sums.Partly, "not", o.Sums.Not, "study", o.Sums.Study),
	}
	if o.Decision != models.Undecided {
		part.Decision = &parts.DecisionProps{Outcome: outcomes[o.Decision], Reason: answers.In(c.Lang(), o.ReasonZH, o.ReasonEN)}
	}
	before, after := o.Before, o.After
	if c.Lang() == "en" && o.BeforeEN != "" && o.AfterEN != "" {
		before, after = o.BeforeEN, o.AfterEN
	}
	if o.From != o.To && before != after {
		for _, r := range compare.Text(before, after, c.Lang()) {
			part.Diff = append(part.Diff, parts.Run{Op: string(r.Op), Text: r.Text})
		}
		if part.Decision != nil {
			part.Decision.URL = c.URL(base + "/compare?v=" + strconv.Itoa(o.From) + ".." + strconv.Itoa(o.To))
		}
	}
	return part
}

// cells are the columns of procedure.md §5 for one opinion; every form has these.
func cells(c *web.Ctx, r answers.Row) []string {
	author, said := r.Author, r.Body
	if author == "" {
		author = c.T("parts.anonymous")
	}
	if r.Suggestion != "" {
		if said != "" {
			said += "\n"
		}
		said += c.T("answers.suggests", "text", r.Suggestion)
	}
	if r.Withheld != "" {
		said = c.T("answers.withheld_" + r.Withheld)
	}
	clause := c.T("answers.clause_in", "clause", web.ClauseNumber(c.Words, r.Clause), "version", r.Version)
	if r.ChangedKey != "" {
		clause += c.T("answers.changed_in", "clause", web.ClauseNumber(c.Words, r.Changed), "version", r.ChangedIn)
	}
	return []string{strconv.FormatInt(r.Number, 10), author, said, word(c, r.Decision), r.Reason(c.Lang()), clause}
}

func headers(c *web.Ctx) []string {
	return []string{c.T("answers.col_number"), c.T("answers.col_author"), c.T("answers.col_said"), c.T("answers.col_decision"), c.T("answers.col_reason"), c.T("answers.col_clause")}
}

// periodLine says when comments were taken.
func periodLine(c *web.Ctx, a answers.Adoption) string {
	return c.T("answers.period", "from", c.Words.Date(a.From), "to", c.Words.Date(a.To))
}

func (h handler) adoption(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.ConsultationTopic(id))
	a, err := h.s.Adoption(c.UserContext(), id)
	if models.IsNotFound(err) { // not public, or not answered yet
		return h.soFar(c, id)
	}
	if err != nil {
		return err
	}
	after, _ := strconv.ParseInt(c.Query("after"), 10, 64)
	rows, more, err := a.Page(c.UserContext(), max(after, 0), answers.AdoptionPage)
	if err != nil {
		return err
	}
	base, title := "/consultations/"+id, a.Consultation.Title(c.Lang())
	p := pages.AdoptionPage{Frame: c.Frame(c.T("answers.table")), Name: c.T("answers.table_of", "title", title), Lede: periodLine(c, a), Numbers: facts(c, a.Sums), Downloads: files(c, base), Corrections: notes(c, a.Corrections)}
	p.Subject, p.Nav = title, "consultations"
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: title, URL: base}, {Text: c.T("answers.response"), URL: base + "/response"}, {Text: p.Title}}
	p.Table = parts.TableProps{Caption: p.Name, HideCaption: true, Empty: c.T("answers.nobody_wrote")}
	for _, head := range headers(c) {
		p.Table.Columns = append(p.Table.Columns, parts.Column{Text: head})
	}
	for _, r := range rows {
		var line parts.TableRow
		for _, x := range cells(c, r) {
			line.Cells = append(line.Cells, parts.Cell{Text: x})
		}
		p.Table.Rows = append(p.Table.Rows, line)
	}
	p.Pager.Label = c.T("answers.table")
	if after > 0 {
		p.Pager.Prev = c.URL(base + "/adoption")
	}
	if more {
		p.Pager.Next = c.URL(base + "/adoption?after=" + strconv.FormatInt(rows[len(rows)-1].Number, 10))
	}
	return c.Render(pages.Adoption(p))
}

// soFar stands in the place of the adoption table until the answers are public: it
// counts what was received and says when the decisions are due, and nothing of how
// far the work is, because decisions may still change. NotFound for what is not
// public.
func (h handler) soFar(c *web.Ctx, id string) error {
	n, err := h.s.SoFar(c.UserContext(), id)
	if err != nil {
		return err
	}
	base, title := "/consultations/"+id, n.Consultation.Title(c.Lang())
	p := pages.AdoptionPage{Frame: c.Frame(c.T("answers.table")), Name: c.T("answers.table_of", "title", title), Pending: pending(c, n.Consultation), BackURL: c.URL(base),
		Numbers: []pages.Fact{{Name: c.T("answers.received_so_far"), Value: number(c, n.Public)}, {Name: c.T("answers.decisions_so_far"), Value: c.T("answers.none_public")}}}
	if !n.From.IsZero() && !n.To.IsZero() {
		p.Lede = periodLine(c, n)
	}
	p.Subject, p.Nav, p.Topic = title, "consultations", models.ConsultationTopic(id)
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("frame.nav_consultations"), URL: "/consultations"}, {Text: title, URL: base}, {Text: p.Title}}
	return c.Render(pages.Adoption(p))
}

// pending says that the answers are not public and when they will be.
func pending(c *web.Ctx, con models.Consultation) string {
	open := con.Status(c.Now()) == models.StatusOpen || con.Status(c.Now()) == models.StatusScheduled
	switch due := con.ResponseDueAt; {
	case open && due != nil:
		return c.T("answers.pending_open_until", "date", c.Words.Date(*due))
	case open:
		return c.T("answers.pending_open")
	case due != nil:
		return c.T("answers.pending_until", "date", c.Words.Date(*due))
	}
	return c.T("answers.pending")
}

func attach(c *web.Ctx, mime, name string) {
	c.Set("Content-Type", mime)
	c.Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// lead are the lines that stand above the adoption table: the time for comments, and the
// numbers.
func lead(c *web.Ctx, a answers.Adoption) [][]string {
	var sums []string
	for _, f := range facts(c, a.Sums) {
		sums = append(sums, c.T("answers.fact_cell", "name", f.Name, "value", f.Value))
	}
	return [][]string{{periodLine(c, a)}, sums}
}

// tableFile answers the adoption table as a sheet. It is written while it is read,
// so that a table of any length takes little memory.
func (h handler) tableFile(mime, ext string, put func(*bufio.Writer, sheet.Table) error) web.Handler {
	return func(c *web.Ctx) error {
		a, err := h.s.Adoption(c.UserContext(), c.Params("id"))
		if err != nil {
			return err
		}
		attach(c, mime, "adoption-"+a.Consultation.ID+ext)
		words := &web.Ctx{Words: c.Words} // the request is over when the rows are read
		t := sheet.Table{Name: c.T("answers.table"), Lead: lead(c, a), Headers: headers(c), Zone: frontend.Zone(), Widths: []float64{8, 16, 60, 14, 50, 24}}
		t.Rows = func(write func(...any) error) error {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			return a.Rows(ctx, func(r answers.Row) error {
				line := make([]any, 0, 6)
				for i, x := range cells(words, r) {
					if i == 0 {
						line = append(line, r.Number)
						continue
					}
					line = append(line, x)
				}
				return write(line...)
			})
		}
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			if err := put(w, t); err != nil {
				panic(err) // the connection breaks off: half a table must not look whole
			}
		})
		return nil
	}
}

// word answers the adoption table in the layout of official documents.
func (h handler) docx(c *web.Ctx) error {
	a, err := h.s.Adoption(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	title := c.T("answers.table_of", "title", a.Consultation.Title(c.Lang()))
	w := docx.NewWriter(docx.Meta{Title: title, Creator: a.Unit.Name(c.Lang()), Lang: c.Words.HTMLLang, Created: a.At, Landscape: true})
	w.Title(title)
	line := periodLine(c, a)
	for _, f := range facts(c, a.Sums) {
		line += c.T("answers.fact", "name", f.Name, "value", f.Value)
	}
	w.Paragraph(docx.Run{Text: line})
	var rows [][]string
	if err := a.Rows(c.UserContext(), func(r answers.Row) error { rows = append(rows, cells(c, r)); return nil }); err != nil {
		return err
	}
	w.Table(headers(c), rows, []int{5, 9, 32, 9, 28, 14})
	for _, n := range notes(c, a.Corrections) {
		w.Paragraph(docx.Run{Text: c.Words.Date(n.At) + " " + n.What, Bold: true}, docx.Run{Text: " " + n.Text})
	}
	b, err := w.Bytes()
	if err != nil {
		return err
	}
	attach(c, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "adoption-"+a.Consultation.ID+".docx")
	return c.Send(b)
}

// feed answers the published responses of all consultations as Atom.
func (h handler) feed(c *web.Ctx) error {
	list, err := h.s.Published(c.UserContext(), 50)
	if err != nil {
		return err
	}
	f := feed.Feed{ID: feed.TagID(c.PublicHost(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "answers"), Title: c.T("answers.feed"), Lang: c.Words.HTMLLang, Self: c.Absolute("/answers.atom"), Page: c.Absolute("/consultations?status=answered"), Author: c.T("frame.site_name"), Updated: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, r := range list {
		id := r.Consultation.ID
		f.Entries = append(f.Entries, feed.Entry{
			ID: feed.TagID(c.PublicHost(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "response/"+id), Title: c.T("answers.response_of", "title", r.Consultation.Title(c.Lang())),
			Page: c.Absolute("/consultations/" + id + "/response"), Published: r.At, Updated: r.At, Author: r.Unit.Name(c.Lang()), Summary: summary(c, r),
		})
	}
	return h.atom(c, f)
}

func summary(c *web.Ctx, r answers.Response) string {
	for _, l := range r.Report.Story {
		if l.Kind == answers.Changed {
			return answers.In(c.Lang(), l.ZH, l.EN)
		}
	}
	return c.T("answers.sums", "received", r.Figures.Received, "adopted", r.Figures.Adopted, "partly", r.Figures.Partly, "not", r.Figures.Not, "study", r.Figures.Study)
}

// feedOf answers the published answers of one consultation as Atom.
func (h handler) feedOf(c *web.Ctx) error {
	id := c.Params("id")
	r, err := h.s.Response(c.UserContext(), id)
	if err != nil {
		return err
	}
	_, list, err := h.s.Answers(c.UserContext(), id, "", 50)
	if err != nil {
		return err
	}
	about, err := h.s.ClausesOf(c.UserContext(), id, list)
	if err != nil {
		return err
	}
	named := map[string]string{}
	for _, o := range r.Clauses {
		named[o.ClauseKey] = web.ClauseName(c.Words, o.Number, o.Title, o.TitleEN)
	}
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	page := c.Absolute("/consultations/" + id + "/response")
	f := feed.Feed{ID: feed.TagID(c.PublicHost(), day, "answers/"+id), Title: c.T("answers.response_of", "title", r.Consultation.Title(c.Lang())), Lang: c.Words.HTMLLang, Self: c.Absolute("/consultations/" + id + "/answers.atom"), Page: page, Author: r.Unit.Name(c.Lang()), Updated: day}
	for _, a := range list {
		title, at := word(c, a.Decision), page
		if keys := about[a.ID]; len(keys) > 0 && named[keys[0]] != "" {
			says := "answers.feed_entry"
			if len(keys) > 1 {
				says = "answers.feed_entry_several"
			}
			title, at = c.T(says, "decision", title, "clause", named[keys[0]], "n", len(keys)), page+"#"+keys[0]
		}
		f.Entries = append(f.Entries, feed.Entry{ID: feed.TagID(c.PublicHost(), day, "answer/"+a.ID), Title: title, Page: at, Published: *a.PublishedAt, Updated: *a.PublishedAt, Summary: answers.In(c.Lang(), a.ReasonZH, a.ReasonEN)})
	}
	return h.atom(c, f)
}

func (h handler) atom(c *web.Ctx, f feed.Feed) error {
	c.Set("Content-Type", feed.MediaType)
	return feed.Write(c.Response().BodyWriter(), f)
}
