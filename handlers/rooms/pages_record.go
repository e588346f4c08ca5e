package rooms

import (
	"strconv"
	"strings"

	"minyi/app/kit/text"
	"minyi/app/rooms"
	"minyi/frontend"
	desk "minyi/frontend/pages/deskhearings"
	pages "minyi/frontend/pages/rooms"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// mountRecordPages adds the pages on which a record is corrected and confirmed, and
// those on which moderators write that of a room of its own.
func (h pager) mountRecordPages(r *web.Router) {
	r.Page("GET", "/live/:code/record", web.Public, h.record)
	r.Page("POST", "/live/:code/record/confirm", web.Public, h.confirm)
	r.Page("POST", "/live/:code/record/corrections", web.Public, h.correct)
	r.Page("GET", "/desk/live/:code/record", web.Moderators, h.deskRecord)
	r.Page("POST", "/desk/live/:code/record", web.Moderators, h.writeRecord)
	r.Page("POST", "/desk/live/:code/record/begin", web.Moderators, h.recordVerb(func(c *web.Ctx) error { return h.rooms.BeginRecord(c.UserContext(), c.Who, c.Params("code")) }))
	r.Page("POST", "/desk/live/:code/record/open", web.Moderators, h.recordVerb(func(c *web.Ctx) error { return h.rooms.OpenRecord(c.UserContext(), c.Who, c.Params("code")) }))
	r.Page("POST", "/desk/live/:code/record/corrections/:id", web.Moderators, h.decide)
}

func (h pager) record(c *web.Ctx) error { return h.showRecord(c, fresh(c, "")) }

// showRecord draws the record; form is that of a correction.
func (h pager) showRecord(c *web.Ctx, form *parts.Form) error {
	ctx := c.UserContext()
	v, err := h.rooms.Record(ctx, c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	own, err := h.rooms.Said(ctx, c.Who, v)
	if err != nil {
		return err
	}
	p := pages.RecordPage{Frame: c.Frame(c.T("rooms_pages.record_title")), Room: listed(c, v.Room, ""), StateText: recordState(c, v), Hash: v.Hash, Summary: in(c, rooms.Words{ZH: v.SummaryZH, EN: v.SummaryEN}), Form: form, Max: rooms.AnswerLimit}
	p.Frame.Path, p.Failed = "/live/"+v.Room.Code+"/record", form.Failed()
	p.Files = files(c, v.Room)
	if v.Room.HearingID != "" {
		p.Hearing = "/hearings/" + v.Room.HearingID + "/record"
	}
	for _, e := range v.Entries {
		p.Entries = append(p.Entries, entry(c, e))
	}
	for _, k := range v.Corrections {
		p.Corrections = append(p.Corrections, pages.RecordCorrection{Name: k.Name, Text: k.Text, Decision: c.T("rooms_pages.record_wish_" + orOpen(k.Decision)), Note: k.Note})
	}
	signed, refused := confirmations(v)
	p.Confirmed = c.T("rooms_pages.record_confirmed", "n", signed, "refused", refused)
	for _, e := range own {
		p.Own = append(p.Own, entry(c, e.RecordEntry))
		p.Which = append(p.Which, parts.Option{Value: e.ID, Text: text.Cut(e.TextZH, 30)})
		if e.Signed != nil {
			p.Signed = c.T("rooms_pages.record_signed_" + strconv.FormatBool(*e.Signed))
		}
	}
	if v.Open(c.Now()) {
		p.Action = c.URL("/live/" + v.Room.Code + "/record")
	}
	return c.Render(pages.Record(p))
}

func entry(c *web.Ctx, e models.RecordEntry) pages.RecordEntry {
	one := pages.RecordEntry{ID: e.ID, Kind: e.Kind, Speaker: e.Speaker, Text: in(c, rooms.Words{ZH: e.TextZH, EN: e.TextEN})}
	if one.Text == "" && e.Kind == "answer" {
		one.Text = c.T("rooms_pages.record_spoken")
	}
	return one
}

// orOpen names the state of a wish for correction.
func orOpen(decision string) string {
	if decision == "" {
		return "open"
	}
	return decision
}

func recordState(c *web.Ctx, v rooms.Recording) string {
	switch {
	case v.FrozenAt != nil:
		return c.T("rooms_pages.record_final", "time", c.Words.DateTime(*v.FrozenAt))
	case v.CorrectionsUntil != nil:
		return c.T("rooms_pages.record_until", "time", c.Words.DateTime(*v.CorrectionsUntil))
	}
	return c.T("rooms_pages.record_writing")
}

func (h pager) confirm(c *web.Ctx) error {
	if err := h.rooms.Confirm(c.UserContext(), c.Who, c.Params("code"), c.FormValue("signed") == "1"); err != nil {
		return err
	}
	return c.SeeWith("/live/"+c.Params("code")+"/record", "rooms_pages.record_noted")
}

func (h pager) correct(c *web.Ctx) error {
	err := h.rooms.Correct(c.UserContext(), c.Who, c.Params("code"), c.FormValue("entry"), c.FormValue("text"))
	if err == nil {
		return c.SeeWith("/live/"+c.Params("code")+"/record", "rooms_pages.record_wished")
	}
	form := c.Typed("entry", "text")
	if c.Refuse(form, err) {
		return h.showRecord(c, form)
	}
	return err
}

// decide answers a wish for correction.
func (h pager) decide(c *web.Ctx) error {
	ctx, id, fields := c.UserContext(), c.Params("id"), map[string]string{"text": "text_" + c.Params("id"), "note": "note_" + c.Params("id")}
	in := rooms.DecideInput{Accept: c.FormValue("accept") == "1", Note: c.FormValue(fields["note"]), ZH: c.FormValue(fields["text"])}
	err := h.rooms.Decide(ctx, c.Who, c.Params("code"), id, in)
	if err == nil {
		return c.SeeWith("/desk/live/"+c.Params("code")+"/record", "rooms_pages.record_kept")
	}
	v, e := h.rooms.Record(ctx, c.Who, c.Params("code"))
	faults := c.Typed()
	if e != nil || !c.Refuse(faults, err) {
		return err
	}
	// What was typed stays beside the wish, and the faults are said there.
	form := written(v)
	for _, name := range fields {
		form.Values[name] = c.FormValue(name)
	}
	for _, fault := range faults.Problems() {
		form.Fail(fields[fault.Field], fault.Text)
	}
	return h.showDeskRecord(c, form)
}

func (h pager) deskRecord(c *web.Ctx) error { return h.showDeskRecord(c, nil) }

// showDeskRecord draws the record in work, as that of a hearing is; f is what was
// typed, or nil for what is kept.
func (h pager) showDeskRecord(c *web.Ctx, f *parts.Form) error {
	ctx := c.UserContext()
	r, err := h.rooms.Moderated(ctx, c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	if r.HearingID != "" {
		return c.See("/desk/hearings/" + r.HearingID + "/record")
	}
	v, err := h.rooms.Record(ctx, c.Who, r.Code)
	if err != nil && !models.IsNotFound(err) {
		return err
	}
	if f == nil {
		f = written(v)
	}
	f.Key = models.NewID(c.Now())
	console := "/desk/live/" + r.Code
	base := c.URL(console + "/record")
	p := desk.RecordPage{Frame: c.DeskFrame(c.T("rooms_pages.record_title"), "/desk/live", frontend.Crumb{Text: c.T("rooms_pages.desk_title"), URL: "/desk/live"}, frontend.Crumb{Text: r.Title(c.Lang()), URL: console}),
		Form: f, Begun: v.About != "", Frozen: v.FrozenAt != nil, Revision: strconv.FormatInt(v.Revision, 10)}
	p.Path, p.Failed = console+"/record", f.Failed()
	for _, k := range []string{"speech", "question", "answer", "note"} {
		p.Kinds = append(p.Kinds, parts.Option{Value: k, Text: c.T("rooms_pages.record_" + k)})
	}
	switch {
	case r.State != models.RoomClosed:
		p.Hint = c.T("rooms.not_ended")
	case v.OpenedAt != nil:
		p.Hint, p.PublicURL = recordState(c, v), c.URL("/live/"+r.Code+"/record")
	case p.Begun:
		p.Hint, p.SaveURL, p.OpenURL = c.T("rooms_pages.record_hint"), base, base+"/open"
		p.BeginURL, p.BeginText, p.Rows = base+"/begin", c.T("rooms_pages.record_begin"), min(len(v.Entries)+2, rooms.MostEntries)
	default:
		p.Hint, p.BeginURL, p.BeginText = c.T("rooms_pages.record_none"), base+"/begin", c.T("rooms_pages.record_begin")
	}
	where := map[string]string{}
	for _, e := range v.Entries {
		where[e.ID] = e.TextZH
	}
	for _, k := range v.Corrections {
		if k.DecidedAt == nil && !p.Frozen {
			p.Corrections = append(p.Corrections, desk.Correction{ID: k.ID, Name: k.Name, Text: k.Text, Where: where[k.EntryID], URL: base + "/corrections/" + k.ID})
		}
	}
	return c.Render(desk.Record(p))
}

// recordFields are those of each part of the record in work, in the form's names.
var recordFields = []string{"e_id", "e_agenda", "e_kind", "e_by", "e_zh", "e_en"}

func written(v rooms.Recording) *parts.Form {
	f := parts.NewForm(map[string]string{"host": v.Host, "clerk": v.Clerk, "summary_zh": v.SummaryZH, "summary_en": v.SummaryEN})
	for i, e := range v.Entries {
		for j, value := range []string{e.ID, e.AgendaID, e.Kind, e.Speaker, e.TextZH, e.TextEN} {
			f.Values[recordFields[j]+"_"+strconv.Itoa(i)] = value
		}
	}
	return f
}

func (h pager) writeRecord(c *web.Ctx) error {
	f := c.Typed("host", "clerk", "summary_zh", "summary_en")
	in := rooms.RecordInput{Host: f.Value("host"), Clerk: f.Value("clerk"), SummaryZH: f.Value("summary_zh"), SummaryEN: f.Value("summary_en")}
	for i := 0; i < rooms.MostEntries+2 && c.FormValue("e_kind_"+strconv.Itoa(i)) != ""; i++ {
		var v [6]string
		for j, name := range recordFields {
			v[j] = c.FormValue(name + "_" + strconv.Itoa(i))
			f.Values[name+"_"+strconv.Itoa(i)] = v[j]
		}
		if strings.TrimSpace(v[3]+v[4]+v[5]) != "" || v[0] != "" {
			in.Entries = append(in.Entries, models.RecordEntry{ID: v[0], AgendaID: v[1], Kind: v[2], Speaker: v[3], TextZH: v[4], TextEN: v[5]})
		}
	}
	revision, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64)
	err := h.rooms.WriteRecord(c.UserContext(), c.Who, c.Params("code"), revision, in)
	if err == nil {
		return c.SeeWith("/desk/live/"+c.Params("code")+"/record", "rooms_pages.record_kept")
	}
	if c.Refuse(f, err) {
		return h.showDeskRecord(c, f)
	}
	return err
}

// recordVerb does a verb to the record and leads back to it; what hinders it is said
// there.
func (h pager) recordVerb(do func(c *web.Ctx) error) web.Handler {
	return func(c *web.Ctx) error {
		err := do(c)
		if err == nil {
			return c.SeeWith("/desk/live/"+c.Params("code")+"/record", "rooms_pages.record_kept")
		}
		v, e := h.rooms.Record(c.UserContext(), c.Who, c.Params("code"))
		if e != nil && !models.IsNotFound(e) {
			return err
		}
		if f := written(v); c.Refuse(f, err) {
			return h.showDeskRecord(c, f)
		}
		return err
	}
}
