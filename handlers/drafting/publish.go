package drafting

import (
	"strconv"
	"strings"
	"time"

	"minyi/app/consultations"
	"minyi/app/drafting"
	"minyi/app/kit/compare"
	"minyi/app/kit/outline"
	"minyi/app/kit/qr"
	pages "minyi/frontend/pages/desk"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

func (h handler) checks(c *web.Ctx) error { return h.showChecks(c, parts.NewForm(nil)) }

// fieldOf says where a point of the list is put right.
var fieldOf = map[string]string{"title": "title_zh", "explanation": "explanation_zh", "dates": "opens_at", "window": "short_reason_zh", "contact": "contact_name", "next": "next_zh", "due": "response_due_at", "points": "points_zh"}

func (h handler) showChecks(c *web.Ctx, f *parts.Form) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	base := "/desk/c/" + o.ID
	p := pages.ChecksPage{Frame: within(c, o.Consultation, c.T("drafting.checks_title")), ID: o.ID, Base: base, Revision: strconv.FormatInt(o.Revision, 10), Form: key(c, f),
		Proposed: o.ProposedBy != "", Mine: o.ProposedBy == c.Who.PersonID, Public: o.PublishedAt != nil, PreviewURL: c.URL("/desk/c/" + o.ID)}
	p.Failed = f.Failed()
	if n := len(o.Versions); n > 0 {
		p.PreviewURL = c.URL(base + "/versions/" + strconv.Itoa(o.Versions[n-1].Number))
	}
	if c.Has("/consultations/:id") {
		p.PreviewURL = c.URL("/consultations/"+o.ID) + "?preview=1"
	}
	if o.ProposedAt != nil {
		p.ProposedAt, p.ProposedBy = *o.ProposedAt, h.s.NameOf(c.UserContext(), o.ProposedBy)
	}
	if o.OpensAt != nil {
		p.OpensAt = *o.OpensAt
	}
	for _, k := range o.Checks {
		t := parts.Task{Text: c.T("drafting.check." + k.Key), State: "done", Blocking: k.Blocking}
		if !k.Met {
			t.State = "todo"
			if k.Blocking {
				t.State, t.Hint = "fix", c.T("drafting.missing."+k.Key)
				p.Missing++
			}
			if !p.Proposed && !p.Public {
				t.URL = fixURL(c, base, k.Key)
			}
		}
		if k.Blocking {
			p.Blocking = append(p.Blocking, t)
		} else {
			p.Advice = append(p.Advice, t)
		}
	}
	p.Ready = p.Missing == 0
	if err := h.clock(c, &p, o.Consultation); err != nil {
		return err
	}
	return c.Render(pages.Checks(p))
}

func fixURL(c *web.Ctx, base, check string) string {
	if check == "draft" {
		return c.URL(base + "/import")
	}
	field := check
	if named := fieldOf[check]; named != "" {
		field = named
	}
	return c.URL(base+"/edit") + "#f-" + field
}

// clock says what the rules make of the dates.
func (h handler) clock(c *web.Ctx, p *pages.ChecksPage, one models.Consultation) error {
	w, err := h.s.Window(c.UserContext(), one)
	if err != nil {
		return err
	}
	if one.OpensAt != nil && one.ClosesAt != nil {
		p.Window = append(p.Window, c.Words.N("drafting.window_days", w.Days))
		if w.Minimum > 0 {
			p.Window = append(p.Window, c.Words.N("drafting.window_minimum", w.Minimum))
		}
		switch reason := one.ShortReasonZH; {
		case w.Below && reason != "":
			if c.Lang() == "en" && one.ShortReasonEN != "" {
				reason = one.ShortReasonEN
			}
			p.Window = append(p.Window, c.T("drafting.window_reason", "reason", reason))
		case w.Below:
			p.Window = append(p.Window, c.T("drafting.window_below", "time", c.Words.DateTime(w.Earliest)))
		}
		if w.RestfulEnd {
			p.Window = append(p.Window, c.T("drafting.window_rest", "time", c.Words.DateTime(w.Restful)))
		}
		if w.Provisional {
			p.Window = append(p.Window, c.T("drafting.window_provisional"))
		}
	}
	steps, err := h.s.Deadlines(c.UserContext(), one)
	for _, s := range steps {
		duty, source := s.Rule.Duty.Zh, s.Rule.Source.Zh
		if c.Lang() == "en" {
			duty, source = s.Rule.Duty.En, s.Rule.Source.En
		}
		p.Steps = append(p.Steps, parts.TableRow{Cells: []parts.Cell{{Text: duty}, {Text: c.Words.Date(s.Due.Add(-time.Minute)), Whole: true}, {Text: source}}})
	}
	return err
}

// step does one of the steps of publishing and comes back to the list with what is
// wrong, or goes on.
func (h handler) step(c *web.Ctx, err error, to, notice string) error {
	if err == nil {
		return c.SeeWith(to, notice)
	}
	f := parts.NewForm(nil)
	if c.Refuse(f, err) {
		return h.showChecks(c, f)
	}
	return err
}

func (h handler) propose(c *web.Ctx) error {
	id := c.Params("id")
	return h.step(c, h.s.Propose(c.UserContext(), c.Who, id), "/desk/c/"+id+"/checklist", "drafting.proposed_done")
}

func (h handler) takeBack(c *web.Ctx) error {
	id := c.Params("id")
	return h.step(c, h.s.TakeBack(c.UserContext(), c.Who, id), "/desk/c/"+id, "drafting.taken_back")
}

func (h handler) publish(c *web.Ctx) error {
	id := c.Params("id")
	revision := revisionOf(c)
	if revision == 0 {
		revision = -1 // a form without it has read nothing
	}
	return h.step(c, h.s.PublishSeen(c.UserContext(), c.Who, id, revision, c.Idem(id)), "/desk/c/"+id+"/published", "drafting.published")
}

func (h handler) undo(c *web.Ctx) error {
	id := c.Params("id")
	return h.step(c, h.s.Undo(c.UserContext(), c.Who, id), "/desk/c/"+id, "drafting.undone")
}

// address is where the public reads a consultation.
func address(c *web.Ctx, id, lang string) string {
	if lang == "en" {
		return c.PublicURL() + "/en/consultations/" + id
	}
	return c.PublicURL() + "/consultations/" + id
}

func (h handler) done(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if o.PublishedAt == nil {
		return c.See("/desk/c/" + o.ID + "/checklist")
	}
	p := pages.DonePage{Frame: within(c, o.Consultation, c.T("drafting.done_title")), ID: o.ID, PublicURL: address(c, o.ID, c.Lang()), Form: key(c, nil)}
	if p.QR, err = qr.SVG(p.PublicURL, c.T("drafting.poster_scan")); err != nil {
		return err
	}
	p.PosterURL, p.PosterEN = "/desk/c/"+o.ID+"/poster", "/en/desk/c/"+o.ID+"/poster"
	if o.OpensAt != nil && o.OpensAt.After(c.Now()) {
		p.OpensLater, p.OpensAt = true, *o.OpensAt
	}
	until := ""
	if o.ClosesAt != nil {
		until = c.Words.DateTime(*o.ClosesAt)
	}
	p.Share = c.T("drafting.share", "title", o.Title(c.Lang()), "unit", o.Unit.Name(c.Lang()), "time", until, "url", p.PublicURL)
	if end := o.PublishedAt.Add(drafting.UndoFor); o.Opinions == 0 && c.Now().Before(end) && o.WithdrawnAt == nil {
		p.UndoUntil = end
	}
	return c.Render(pages.Done(p))
}

func (h handler) poster(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	p := pages.PosterPage{Frame: within(c, o.Consultation, c.T("drafting.poster")), Name: o.Title(c.Lang()), Unit: o.Unit.Name(c.Lang()), PublicURL: address(c, o.ID, c.Lang()),
		Contact: strings.TrimSpace(o.ContactName + " " + o.ContactPhone)}
	if o.ClosesAt != nil {
		p.ClosesAt = *o.ClosesAt
	}
	points := written(o.Consultation).Values["points_"+c.Lang()]
	for _, s := range lines(points) {
		if s != "" && len(p.Points) < 3 {
			p.Points = append(p.Points, s)
		}
	}
	if p.QR, err = qr.SVG(p.PublicURL, c.T("drafting.poster_scan")); err != nil {
		return err
	}
	return c.Render(pages.Poster(p))
}

func (h handler) extend(c *web.Ctx) error { return h.showMove(c, parts.NewForm(nil), true) }

func (h handler) withdraw(c *web.Ctx) error { return h.showMove(c, parts.NewForm(nil), false) }

// showMove asks before dates are moved or a consultation is taken back.
func (h handler) showMove(c *web.Ctx, f *parts.Form, dates bool) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	verb := "withdraw"
	if dates {
		verb = "extend"
	}
	base := "/desk/c/" + o.ID
	p := pages.MovePage{Frame: within(c, o.Consultation, c.T("drafting."+verb)), Form: key(c, f), Action: c.URL(base + "/" + verb), Cancel: c.URL(base), Confirm: c.T("drafting." + verb + "_do"), Dates: dates, Danger: !dates, ReasonLimit: drafting.ReasonLimit}
	p.Failed = f.Failed()
	if dates && o.ClosesAt != nil {
		p.Effects = append(p.Effects, c.T("drafting.extend_now", "time", c.Words.DateTime(*o.ClosesAt)))
	}
	if dates {
		p.Effects = append(p.Effects, c.T("drafting.extend_effect"))
	} else {
		p.Effects = append(p.Effects, c.Words.N("drafting.withdraw_opinions", int(o.Opinions)), c.T("drafting.withdraw_effect"))
	}
	return c.Render(pages.Move(p))
}

func reasons(c *web.Ctx) *parts.Form {
	f := parts.NewForm(nil)
	for _, n := range []string{"closes_at", "response_due_at", "reason_zh", "reason_en"} {
		f.Values[n] = c.FormValue(n)
	}
	return f
}

func (h handler) doExtend(c *web.Ctx) error {
	f := reasons(c)
	closes, due := date(c, f, "closes_at", true), date(c, f, "response_due_at", true)
	if closes == nil {
		f.Fail("closes_at", c.T("drafting.extend_later"))
	}
	if f.Failed() {
		c.Status(422)
		return h.showMove(c, f, true)
	}
	err := h.s.Extend(c.UserContext(), c.Who, c.Params("id"), *closes, due, f.Values["reason_zh"], f.Values["reason_en"])
	if err == nil {
		return c.SeeWith("/desk/c/"+c.Params("id"), "drafting.extended")
	}
	if c.Refuse(f, err) {
		return h.showMove(c, f, true)
	}
	return err
}

func (h handler) doWithdraw(c *web.Ctx) error {
	f := reasons(c)
	err := h.s.Withdraw(c.UserContext(), c.Who, c.Params("id"), f.Values["reason_zh"], f.Values["reason_en"])
	if err == nil {
		return c.SeeWith("/desk/c/"+c.Params("id"), "drafting.withdrawn")
	}
	if c.Refuse(f, err) {
		return h.showMove(c, f, false)
	}
	return err
}

func (h handler) version(c *web.Ctx) error { return h.showVersion(c, parts.NewForm(nil)) }

func (h handler) showVersion(c *web.Ctx, f *parts.Form) error {
	ctx, id := c.UserContext(), c.Params("id")
	number, err := strconv.Atoi(c.Params("n"))
	if err != nil {
		return models.ErrNotFound
	}
	one, err := h.s.Show(ctx, c.Who, id)
	if err != nil {
		return err
	}
	v, clauses, err := h.s.VersionOf(ctx, c.Who, id, number)
	if err != nil {
		return err
	}
	title := c.T("drafting.version_n", "n", strconv.Itoa(number))
	p := pages.VersionPage{Frame: within(c, one, title), Number: number, Public: v.PublishedAt != nil, Action: c.URL("/desk/c/" + id + "/versions/" + strconv.Itoa(number)), Cancel: c.URL("/desk/c/" + id),
		PublicPath: "/consultations/" + id + "/draft?v=" + strconv.Itoa(number), Form: key(c, f), Own: v.CreatedBy == c.Who.Voice(), FirstPublish: one.PublishedAt == nil}
	p.Failed = f.Failed()
	now := drafting.Outline(v.TitleZH, clauses)
	shown, ways := piece(c, consultations.NewText(v, clauses, nil), c.Query("chapter"), func(key string) string { return p.Action + "?chapter=" + key })
	p.Pieces = ways
	for _, k := range clauses[shown.First : shown.Last+1] {
		p.Clauses = append(p.Clauses, pages.Clause{Key: k.Key, KindWord: kindWord(c, outline.Kind(k.Kind)), Number: k.Number, Title: k.Title, Text: k.Text, Depth: k.Depth})
		p.English = append(p.English, strings.TrimSpace(k.TitleEN+" "+k.TextEN))
	}
	if !p.Public && number > 1 {
		if _, before, err := h.s.VersionOf(ctx, c.Who, id, number-1); err == nil {
			old := drafting.Outline("", before)
			p.Changes = sentences(c, compare.Summary(compare.Versions(old, now), old, now))
		}
	}
	return c.Render(pages.ShowVersion(p))
}

// piece is what is shown at once, which of a very long text is the chapter asked for (by
// the key of any clause inside), and the ways to the others; url is the address of one.
func piece(c *web.Ctx, t *consultations.Text, key string, url func(key string) string) (consultations.Piece, pages.Pieces) {
	pieces := t.Pieces()
	at := t.PieceOf(pieces, key)
	var p pages.Pieces
	if len(pieces) > 1 {
		p.Pager = parts.PagerProps{Label: c.T("consultations.chapters"), Where: c.T("consultations.piece_of", "n", at+1, "of", len(pieces))}
		for i, one := range pieces {
			name := chapterOf(t.Clauses[one.First : one.Last+1])
			if name == "" {
				name = c.T("consultations.piece_of", "n", i+1, "of", len(pieces))
			}
			p.Contents = append(p.Contents, parts.Tab{Text: name, URL: url(one.Key), Current: i == at})
		}
	}
	if at > 0 {
		p.Pager.Prev = url(pieces[at-1].Key)
	}
	if at+1 < len(pieces) {
		p.Pager.Next = url(pieces[at+1].Key)
	}
	return pieces[at], p
}

// chapterOf names the chapter that a piece begins with, the title of the text before it
// apart, or the clause where there are no chapters.
func chapterOf(piece []models.Clause) string {
	named := func(is func(models.Clause) bool) string {
		for _, k := range piece {
			if name := strings.TrimSpace(k.Number + " " + k.Title); name != "" && is(k) {
				return name
			}
		}
		return ""
	}
	for _, is := range []func(models.Clause) bool{
		func(k models.Clause) bool {
			return consultations.Structural(k.Kind) && k.ParentKey == "" && k.Number != ""
		},
		func(k models.Clause) bool { return consultations.Structural(k.Kind) && k.ParentKey == "" },
		func(models.Clause) bool { return true },
	} {
		if name := named(is); name != "" {
			return name
		}
	}
	return ""
}

func (h handler) doVersion(c *web.Ctx) error {
	number, err := strconv.Atoi(c.Params("n"))
	if err != nil {
		return models.ErrNotFound
	}
	err = h.s.PublishVersion(c.UserContext(), c.Who, c.Params("id"), number, c.Idem(number))
	if err == nil {
		return c.SeeWith("/desk/c/"+c.Params("id"), "drafting.version_published")
	}
	f := parts.NewForm(nil)
	if c.Refuse(f, err) {
		return h.showVersion(c, f)
	}
	return err
}

func (h handler) files(c *web.Ctx) error { return h.showFiles(c, parts.NewForm(nil)) }

func (h handler) showFiles(c *web.Ctx, f *parts.Form) error {
	one, err := h.s.Show(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	list, err := h.s.Files(c.UserContext(), c.Who, one.ID)
	if err != nil {
		return err
	}
	p := pages.FilesPage{Frame: within(c, one, c.T("drafting.task_files")), Form: key(c, f), Action: c.URL("/desk/c/" + one.ID + "/files"), SizeLimitMB: drafting.FileLimit >> 20}
	p.Failed = f.Failed()
	if editable(one) != nil {
		p.Locked = c.T("drafting.files_locked")
	}
	for _, a := range list {
		p.Files = append(p.Files, pages.File{ID: a.ID, Name: a.Name, URL: "/attachments/" + a.ID, Size: a.Size})
	}
	return c.Render(pages.Files(p))
}

func (h handler) attach(c *web.Ctx) error {
	list, err := c.Files("file", drafting.FileLimit)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return h.filesDone(c, models.FailField("file", "drafting.file_wanted"))
	}
	_, err = h.s.Attach(c.UserContext(), c.Who, c.Params("id"), list[0], c.Idem(models.HashOf(string(list[0].Data))))
	return h.filesDone(c, err)
}

func (h handler) detach(c *web.Ctx) error {
	return h.filesDone(c, h.s.Detach(c.UserContext(), c.Who, c.Params("id"), c.Params("file")))
}

func (h handler) filesDone(c *web.Ctx, err error) error {
	if err == nil {
		return c.SeeWith("/desk/c/"+c.Params("id")+"/files", "drafting.files_saved")
	}
	f := parts.NewForm(nil)
	if c.Refuse(f, err) {
		return h.showFiles(c, f)
	}
	return err
}

// file sends an attachment of a consultation.
func (h handler) file(c *web.Ctx) error {
	a, path, err := h.s.File(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return c.SendAttachment(a, path)
}
