package hearings

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/hearings"
	pages "minyi/frontend/pages/deskhearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

func (h handler) deskDraw(c *web.Ctx) error {
	return h.showDraw(c, withKey(c, parts.NewForm(map[string]string{"method": models.SeedDice, "dice": "20"})))
}

func (h handler) showDraw(c *web.Ctx, f *parts.Form) error {
	id := c.Params("id")
	o, err := h.s.Overview(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	base := c.URL(deskArea + "/" + id)
	p := pages.DrawPage{Frame: deskFrame(c, o.Hearing, c.T("hearings.draw")), Form: f, CommitURL: base + "/draw/commit", DrawURL: base + "/draw/seed"}
	p.Failed = f.Failed()
	for _, m := range []string{models.SeedDice, models.SeedPublic} {
		p.Methods = append(p.Methods, parts.Option{Value: m, Text: c.T("hearings.desk_seed_" + m)})
	}
	switch {
	case o.CancelledAt != nil:
		p.Hint = c.T("hearings.over")
	case o.View.Draw == nil && o.State(c.Now()) == models.HearingClosed:
		p.Step, p.Hint = "commit", c.Words.N("hearings.desk_commit_hint", o.Pool)
	case o.View.Draw == nil:
		p.Hint = c.T("hearings.signup_first")
	case o.View.Draw.DrawnAt == nil:
		d := o.View.Draw
		p.Step, p.Hint, p.Dice = "seed", c.T("hearings.desk_seed_hint", "date", c.Words.DateTime(moment(d.SeedAt))), d.Method == models.SeedDice
		if !c.Now().Before(moment(d.SeedAt)) {
			p.Hint = c.T("hearings.desk_seed_now")
		}
		p.PublicURL = c.URL("/hearings/" + id + "/draw")
	default:
		p.Step, p.Hint, p.PublicURL = "done", c.T("hearings.desk_draw_done"), c.URL("/hearings/"+id+"/draw")
		if o.State(c.Now()) != models.HearingDrawn { // the hearing has begun, or is over
			p.Hint = c.T("hearings.desk_draw_was")
		}
	}
	if d := o.View.Draw; d != nil {
		if err := h.drawFacts(c, &p, *d); err != nil {
			return err
		}
	}
	return c.Render(pages.Draw(p))
}

// drawFacts tells every officer alike what was fixed for a draw and what came of it, by
// whom and when.
func (h handler) drawFacts(c *web.Ctx, p *pages.DrawPage, d models.Draw) error {
	fact := func(key, text string) {
		if text != "" {
			p.Facts = append(p.Facts, pages.Fact{Term: c.T(key), Text: text})
		}
	}
	by := func(key, person string, at time.Time) error {
		name, err := h.s.Colleague(c.UserContext(), person)
		fact(key, c.T("hearings.desk_by_at", "name", name, "date", c.Words.DateTime(at)))
		return err
	}
	if err := by("hearings.desk_committed", d.CommittedBy, d.CommittedAt); err != nil {
		return err
	}
	fact("hearings.desk_applicants", c.Words.N("hearings.desk_people", d.Applicants))
	way := c.T("hearings.desk_seed_" + d.Method)
	if d.Dice > 0 {
		way += " · " + c.Words.N("hearings.desk_throws", d.Dice)
	}
	fact("hearings.seed_rule", way)
	fact("hearings.desk_rule", either(c.Lang(), d.RuleZH, d.RuleEN))
	fact("hearings.desk_seed_at", c.Words.DateTime(moment(d.SeedAt)))
	p.Commitment = d.Commitment
	if d.DrawnAt == nil {
		return nil
	}
	fact("hearings.seed_value", d.Seed)
	var names []string
	_ = json.Unmarshal([]byte(d.Witnesses), &names) // written by us; nothing means none
	fact("hearings.desk_witnesses", strings.Join(names, c.T("compare.joiner")))
	fact("hearings.desk_source", d.SeedSource)
	return by("hearings.desk_drawn", d.DrawnBy, *d.DrawnAt)
}

func (h handler) deskCommit(c *web.Ctx) error {
	f := c.Typed("method", "dice", "rule_zh", "rule_en", "seed_at")
	rule := hearings.SeedRule{Method: f.Value("method"), Dice: whole(f.Value("dice")), RuleZH: f.Value("rule_zh"), RuleEN: f.Value("rule_en")}
	if at := dateIn(c, f, "seed_at"); at != nil {
		rule.SeedAt = *at
	}
	_, err := h.s.CommitList(c.UserContext(), c.Who, c.Params("id"), rule)
	return h.drawn(c, f, err)
}

func (h handler) deskSeed(c *web.Ctx) error {
	f := c.Typed("value", "witnesses", "source")
	err := h.s.Draw(c.UserContext(), c.Who, c.Params("id"), hearings.SeedInput{Seed: f.Value("value"), Witnesses: strings.FieldsFunc(f.Value("witnesses"), func(r rune) bool { return strings.ContainsRune("\r\n,，、", r) }), Source: f.Value("source")})
	return h.drawn(c, f, err)
}

func (h handler) drawn(c *web.Ctx, f *parts.Form, err error) error {
	if err == nil {
		return c.SeeWith(deskArea+"/"+c.Params("id")+"/draw", "hearings.desk_saved")
	}
	if c.Refuse(f, err) {
		return h.showDraw(c, f)
	}
	return err
}

// recordPart and reportPart are the forms of the record and the report, for two people
// who write at once.
var (
	recordPart = formPart{"record", []string{"host", "clerk", "summary_zh", "summary_en"}, []string{"e_id", "e_agenda", "e_kind", "e_by", "e_zh", "e_en"}, nil}
	reportPart = formPart{"report", []string{"summary_zh", "summary_en"}, []string{"v_zh", "v_en", "v_by", "v_decision", "v_why_zh", "v_why_en"}, nil}
)

func (h handler) deskRecord(c *web.Ctx) error { return h.showRecord(c, nil, nil) }

// showRecord draws the record in work; f is what was typed, or nil for what is kept,
// conflicts where somebody else has saved something else meanwhile.
func (h handler) showRecord(c *web.Ctx, f *parts.Form, conflicts []parts.Conflict) error {
	id := c.Params("id")
	o, err := h.s.Overview(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	base := c.URL(deskArea + "/" + id + "/record")
	p := pages.RecordPage{Frame: deskFrame(c, o.Hearing, c.T("hearings.record")), Hint: c.T("hearings.desk_record_none"), BeginText: c.T("hearings.desk_begin")}
	rec, err := h.s.Record(c.UserContext(), c.Who, id)
	if err != nil && !models.IsNotFound(err) {
		return err
	}
	p.Begun, p.Frozen = rec.Record.About != "", rec.FrozenAt != nil
	if f == nil {
		f = writtenRecord(c, rec)
	}
	f.Key = models.NewID(c.Now())
	p.Form, p.Failed, p.Revision, p.Conflicts = f, f.Failed(), strconv.FormatInt(rec.Revision, 10), conflicts
	for _, k := range []string{"speech", "question", "answer", "note"} {
		p.Kinds = append(p.Kinds, parts.Option{Value: k, Text: c.T("hearings.entry_" + k)})
	}
	if rec.OpenedAt == nil {
		p.BeginURL = base + "/begin"
	} else {
		p.PublicURL = c.URL("/hearings/" + id + "/record")
	}
	if p.Begun && !p.Frozen {
		p.SaveURL, p.Hint = base, c.T("hearings.desk_record_hint")
		p.Rows = rowsOf(f, hearings.MostEntries, 2, "e_zh", "e_by", "e_id")
		if rec.OpenedAt == nil && o.State(c.Now()) == models.HearingEnded {
			p.OpenURL = base + "/open"
		}
	}
	if p.Frozen {
		p.Hint = c.T("hearings.record_frozen_at", "date", c.Words.DateTime(*rec.FrozenAt))
	}
	where := map[string]string{}
	for i, e := range rec.Entries {
		where[e.ID] = c.T("hearings.desk_entry_n", "n", i+1)
	}
	for _, k := range rec.Corrections {
		if k.DecidedAt == nil && !p.Frozen {
			p.Corrections = append(p.Corrections, pages.Correction{ID: k.ID, Name: k.Name, Text: k.Text, Where: where[k.EntryID], URL: base + "/corrections/" + k.ID})
		}
	}
	return c.Render(pages.Record(p))
}

func writtenRecord(c *web.Ctx, rec hearings.RecordView) *parts.Form {
	f := withKey(c, parts.NewForm(map[string]string{"host": rec.Host, "clerk": rec.Clerk, "summary_zh": rec.SummaryZH, "summary_en": rec.SummaryEN}))
	for i, e := range rec.Entries {
		n := "_" + strconv.Itoa(i)
		f.Values["e_id"+n], f.Values["e_agenda"+n], f.Values["e_kind"+n], f.Values["e_by"+n], f.Values["e_zh"+n], f.Values["e_en"+n] = e.ID, e.AgendaID, e.Kind, e.Speaker, e.TextZH, e.TextEN
	}
	return f
}

func (h handler) deskWrite(c *web.Ctx) error {
	f := withKey(c, nil)
	for _, name := range []string{"host", "clerk", "summary_zh", "summary_en"} {
		f.Values[name] = c.FormValue(name)
	}
	in := hearings.RecordInput{Host: f.Value("host"), Clerk: f.Value("clerk"), SummaryZH: f.Value("summary_zh"), SummaryEN: f.Value("summary_en")}
	for i := range hearings.MostEntries + 2 {
		n := "_" + strconv.Itoa(i)
		if c.FormValue("e_kind"+n) == "" {
			break
		}
		if strings.TrimSpace(c.FormValue("e_zh"+n)+c.FormValue("e_by"+n)) == "" {
			continue // an empty row says nothing, and emptying one takes it out
		}
		typed := n
		n = "_" + strconv.Itoa(len(in.Entries)) // faults are told by the place among those that stay
		for _, name := range []string{"e_id", "e_agenda", "e_kind", "e_by", "e_zh", "e_en"} {
			f.Values[name+n] = c.FormValue(name + typed)
		}
		in.Entries = append(in.Entries, models.RecordEntry{ID: f.Values["e_id"+n], AgendaID: f.Values["e_agenda"+n], Kind: f.Values["e_kind"+n], Speaker: f.Values["e_by"+n], TextZH: f.Values["e_zh"+n], TextEN: f.Values["e_en"+n]})
	}
	revision, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64)
	err := h.s.WriteRecord(c.UserContext(), c.Who, c.Params("id"), revision, in)
	switch {
	case err == nil:
		return c.SeeWith(deskArea+"/"+c.Params("id")+"/record", "hearings.desk_saved")
	case models.KindOf(err) == models.Conflict:
		rec, e := h.s.Record(c.UserContext(), c.Who, c.Params("id"))
		if e != nil {
			return e
		}
		// Saving again is then a decision.
		c.Status(fiber.StatusConflict)
		f.Fail("", c.T("parts.conflict"))
		return h.showRecord(c, f, recordPart.conflicts(c, f, writtenRecord(c, rec)))
	case c.Refuse(f, err):
		return h.showRecord(c, f, nil)
	}
	return err
}

// deskCorrection answers a wish; what was typed stays if it is refused.
func (h handler) deskCorrection(c *web.Ctx) error {
	id, wish := c.Params("id"), c.Params("correction")
	typed := c.Typed("text_"+wish, "note_"+wish)
	err := h.s.DecideCorrection(c.UserContext(), c.Who, id, wish, c.FormValue("accept") == "1", typed.Value("text_"+wish), typed.Value("note_"+wish))
	if err == nil {
		return c.SeeWith(deskArea+"/"+id+"/record", "hearings.desk_saved")
	}
	rec, e := h.s.Record(c.UserContext(), c.Who, id)
	if e != nil {
		return err
	}
	f := writtenRecord(c, rec)
	maps.Copy(f.Values, typed.Values)
	if c.Refuse(f, err) {
		return h.showRecord(c, f, nil)
	}
	return err
}

func (h handler) deskRecordAct(do func(c *web.Ctx, id string) error) web.Handler {
	return func(c *web.Ctx) error {
		err := do(c, c.Params("id"))
		if err == nil {
			return c.SeeWith(deskArea+"/"+c.Params("id")+"/record", "hearings.desk_saved")
		}
		rec, e := h.s.Record(c.UserContext(), c.Who, c.Params("id"))
		if e != nil && !models.IsNotFound(e) {
			return err
		}
		f := writtenRecord(c, rec)
		if c.Refuse(f, err) {
			return h.showRecord(c, f, nil)
		}
		return err
	}
}

func (h handler) deskReport(c *web.Ctx) error { return h.showReport(c, nil, nil) }

// writtenReport fills the form from what is kept.
func writtenReport(r models.HearingReport) *parts.Form {
	f := parts.NewForm(map[string]string{"summary_zh": r.SummaryZH, "summary_en": r.SummaryEN})
	for i, it := range hearings.ReportItems(r) {
		n := "_" + strconv.Itoa(i)
		f.Values["v_zh"+n], f.Values["v_en"+n], f.Values["v_by"+n], f.Values["v_decision"+n], f.Values["v_why_zh"+n], f.Values["v_why_en"+n] = it.ViewZH, it.ViewEN, it.By, it.Decision, it.ReasonZH, it.ReasonEN
	}
	return f
}

// showReport draws the report in work; f is what was typed, or nil for what is kept,
// conflicts where somebody else has saved something else meanwhile.
func (h handler) showReport(c *web.Ctx, f *parts.Form, conflicts []parts.Conflict) error {
	one, r, err := h.s.Report(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	base := c.URL(deskArea + "/" + one.ID + "/report")
	if f == nil {
		f = writtenReport(r)
	}
	f.Key = models.NewID(c.Now())
	p := pages.ReportPage{Frame: deskFrame(c, one, c.T("hearings.report")), Form: f, SaveURL: base, Revision: strconv.FormatInt(r.Revision, 10), Rows: rowsOf(f, hearings.MostReportItems, 2, "v_zh"), Hint: c.T("hearings.desk_report_hint"), Public: r.PublishedAt != nil, Conflicts: conflicts}
	p.Failed = f.Failed()
	for _, o := range hearings.Outcomes {
		p.Outcomes = append(p.Outcomes, parts.Option{Value: o, Text: c.T("hearings.outcome_" + o)})
	}
	switch {
	case r.PublishedAt != nil:
		name, err := h.s.Colleague(c.UserContext(), r.PublishedBy)
		if err != nil {
			return err
		}
		p.Hint, p.PublicURL = c.T("hearings.desk_report_public", "name", name, "date", c.Words.DateTime(*r.PublishedAt)), c.URL("/hearings/"+one.ID+"/record#report-h")
	case r.ProposedBy == "" && r.Revision > 0:
		p.ProposeURL = base + "/propose"
	case r.ProposedBy != "" && r.ProposedBy != c.Who.PersonID:
		name, err := h.s.Colleague(c.UserContext(), r.ProposedBy)
		if err != nil {
			return err
		}
		p.Hint = c.T("hearings.desk_report_second", "name", name, "date", c.Words.DateTime(moment(r.ProposedAt)))
		p.PublishURL, p.ReturnURL = base+"/publish", base+"/return"
	case r.ProposedBy != "":
		p.Hint, p.TakeBackURL = c.T("hearings.desk_report_colleague", "date", c.Words.DateTime(moment(r.ProposedAt))), base+"/return"
	}
	back, err := h.s.ReportReturned(c.UserContext(), one, r)
	if err != nil {
		return err
	}
	if back.Note != "" {
		p.Returned, p.ReturnedNote = c.T("hearings.desk_report_returned_by", "name", back.By, "date", c.Words.DateTime(back.At)), back.Note
	}
	return c.Render(pages.Report(p))
}

func (h handler) deskReportSave(c *web.Ctx) error {
	f := withKey(c, parts.NewForm(map[string]string{"summary_zh": c.FormValue("summary_zh"), "summary_en": c.FormValue("summary_en")}))
	in := hearings.ReportInput{SummaryZH: f.Value("summary_zh"), SummaryEN: f.Value("summary_en")}
	for i := range hearings.MostReportItems + 2 {
		n := "_" + strconv.Itoa(i)
		if c.FormValue("v_decision"+n) == "" {
			break
		}
		for _, name := range []string{"v_zh", "v_en", "v_by", "v_decision", "v_why_zh", "v_why_en"} {
			f.Values[name+n] = c.FormValue(name + n)
		}
		v := f.Values
		in.Items = append(in.Items, models.ReportItem{ViewZH: v["v_zh"+n], ViewEN: v["v_en"+n], By: v["v_by"+n], Decision: v["v_decision"+n], ReasonZH: v["v_why_zh"+n], ReasonEN: v["v_why_en"+n]})
	}
	revision, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64)
	err := h.s.WriteReport(c.UserContext(), c.Who, c.Params("id"), revision, in)
	switch {
	case err == nil:
		return c.SeeWith(deskArea+"/"+c.Params("id")+"/report", "hearings.desk_saved")
	case models.KindOf(err) == models.Conflict:
		_, r, e := h.s.Report(c.UserContext(), c.Who, c.Params("id"))
		if e != nil {
			return e
		}
		// Saving again is then a decision.
		c.Status(fiber.StatusConflict)
		f.Fail("", c.T("parts.conflict"))
		return h.showReport(c, f, reportPart.conflicts(c, f, writtenReport(r)))
	case c.Refuse(f, err):
		return h.showReport(c, f, nil)
	}
	return err
}

func (h handler) deskReportAct(do func(c *web.Ctx, id string) error) web.Handler {
	return func(c *web.Ctx) error {
		err := do(c, c.Params("id"))
		if err == nil {
			return c.SeeWith(deskArea+"/"+c.Params("id")+"/report", "hearings.desk_saved")
		}
		if _, known := c.Messages(err); !known {
			return err
		}
		_, r, e := h.s.Report(c.UserContext(), c.Who, c.Params("id"))
		if e != nil {
			return err
		}
		f := writtenReport(r)
		f.Values["note"] = c.FormValue("note")
		c.Refuse(f, err)
		return h.showReport(c, f, nil)
	}
}
