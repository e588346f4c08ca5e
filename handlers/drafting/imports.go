package drafting

import (
	"errors"
	"io"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"minyi/app/consultations"
	"minyi/app/drafting"
	"minyi/app/kit/compare"
	"minyi/app/kit/docx"
	"minyi/app/kit/outline"
	pages "minyi/frontend/pages/desk"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

func (h handler) upload(c *web.Ctx) error {
	return h.showUpload(c, parts.NewForm(map[string]string{"changes": "accept"}))
}

func (h handler) showUpload(c *web.Ctx, f *parts.Form) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	base := "/desk/c/" + o.ID
	p := pages.UploadPage{Frame: within(c, o.Consultation, c.T("drafting.upload_title")), Form: key(c, f), Action: c.URL(base + "/import"), Cancel: c.URL(base), Waiting: waiting(c, o.Imports)}
	p.Failed = f.Failed()
	return c.Render(pages.Upload(p))
}

// uploaded reads one file of a form. Errors: Invalid on the field where none was
// chosen, and where it is empty.
func uploaded(c *web.Ctx, field string) (name string, data []byte, err error) {
	head, err := c.FormFile(field)
	if err != nil || head == nil { // the browser sends no part for an empty field
		return "", nil, models.FailField(field, "drafting.file_wanted")
	}
	if head.Size == 0 {
		return "", nil, models.FailField(field, "upload.empty")
	}
	data, err = bytesOf(head)
	return head.Filename, data, err
}

func bytesOf(head *multipart.FileHeader) ([]byte, error) {
	f, err := head.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// onField puts an error about a whole file on the field that it came from.
func onField(err error, field string) error {
	var known *models.Error
	if errors.As(err, &known) && known.Field == "" && known.Kind != models.NotFound {
		e := *known
		e.Field = field
		return &e
	}
	return err
}

func (h handler) doUpload(c *web.Ctx) error {
	f := parts.NewForm(map[string]string{"changes": c.FormValue("changes")})
	opt := outline.Options{Changes: docx.Accept}
	if f.Values["changes"] == "reject" {
		opt.Changes = docx.Reject
	}
	var row models.Import
	name, data, err := uploaded(c, "file")
	if err == nil {
		row, err = h.s.Import(c.UserContext(), c.Who, c.Params("id"), name, data, opt, c.Idem(models.HashOf(string(data))))
	}
	if err == nil {
		return c.See("/desk/imports/" + row.ID)
	}
	if c.Refuse(f, onField(err, "file")) {
		return h.showUpload(c, f)
	}
	return err
}

// kinds are what a clause can be made, in the order of the list.
var kinds = []outline.Kind{outline.Part, outline.Chapter, outline.Section, outline.Article, outline.Paragraph, outline.Item, outline.Subitem, outline.Heading, outline.Text}

func kindWord(c *web.Ctx, k outline.Kind) string { return c.T("drafting.kind_" + string(k)) }

func (h handler) draft(c *web.Ctx) error { return h.showDraft(c, parts.NewForm(nil), c.Query("at")) }

func (h handler) showDraft(c *web.Ctx, f *parts.Form, at string) error {
	d, err := h.s.Draft(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if d.ConfirmedAt != nil {
		return c.See("/desk/c/" + d.Consultation.ID)
	}
	base := "/desk/imports/" + d.ID
	p := pages.DraftPage{Frame: within(c, d.Consultation, c.T("drafting.draft_title")), Form: f, Base: base, Revision: strconv.FormatInt(d.Revision, 10), FileName: d.FileName,
		Tracked: d.Tracked, Rejected: d.Rejected, At: at, ConfirmURL: c.URL(base + "/confirm"), Cancel: c.URL("/desk/c/" + d.Consultation.ID)}
	p.Scripts = []string{"pages/desk/outline.js"}
	p.Failed = f.Failed()
	found := map[outline.Kind]int{}
	for _, k := range d.Outline.Clauses {
		found[k.Kind]++
	}
	asked := c.Query("chapter")
	if at != "" {
		asked = at
	}
	var shown consultations.Piece
	shown, p.Pieces = piece(c, consultations.NewText(models.Version{}, drafting.Clauses(d.Outline), nil), asked, func(key string) string { return c.URL(base) + "?chapter=" + key + "#pieces" })
	p.Source = original(d, shown)
	for i, k := range d.Outline.Clauses[shown.First : shown.Last+1] {
		p.Clauses = append(p.Clauses, pages.Clause{Key: k.Key, Kind: string(k.Kind), KindWord: kindWord(c, k.Kind), Number: k.Number, Title: k.Title, Text: k.Text, Depth: k.Depth, First: shown.First+i == 0})
		if k.Key == at && !f.Failed() {
			f.Values["kind"], f.Values["number"], f.Values["title"] = string(k.Kind), k.Number, k.Title
		}
	}
	for _, k := range kinds {
		p.Kinds = append(p.Kinds, parts.Option{Value: string(k), Text: kindWord(c, k)})
		if found[k] > 0 {
			p.Counts = append(p.Counts, c.T("drafting.found", "kind", kindWord(c, k), "n", found[k]))
		}
	}
	p.Warnings = warnings(c, d.Outline, func(key string) string { return c.URL(base) + "?at=" + key + "#" + key })
	return c.Render(pages.Draft(p))
}

// warnings are the sentences about the draft, each with the way to the clause that holds
// its place now; what is about the whole file has none.
func warnings(c *web.Ctx, o outline.Outline, url func(key string) string) []parts.ChangeLine {
	var places []int
	for _, w := range o.Warnings {
		places = append(places, w.Place)
	}
	keys := o.Holding(places...)
	var list []parts.ChangeLine
	for i, w := range o.Warnings {
		var args []any
		for n, a := range w.Args {
			args = append(args, strconv.Itoa(n+1), a)
		}
		line := parts.ChangeLine{Text: c.T("outline.warning."+w.Code, args...)}
		if w.Line > 0 {
			line.Lead = c.T("drafting.line", "n", w.Line)
		}
		if keys[i] != "" {
			line.URL = url(keys[i])
		}
		list = append(list, line)
	}
	return list
}

// original is what stands in the file for the clauses that are shown. The pieces
// together are the whole of it.
func original(d drafting.Draft, shown consultations.Piece) string {
	from, to := 0, len(d.Source)
	if shown.First > 0 {
		from = outline.Cut(d.Source, d.Outline.PlaceOf(d.Outline.Clauses[shown.First].Key))
	}
	if next := shown.Last + 1; next < len(d.Outline.Clauses) {
		to = outline.Cut(d.Source, d.Outline.PlaceOf(d.Outline.Clauses[next].Key))
	}
	return d.Source[from:to]
}

// change is what a button or key does to the clause with this key.
func change(c *web.Ctx, key string) func(outline.Outline) (outline.Outline, error) {
	return func(o outline.Outline) (outline.Outline, error) {
		switch c.FormValue("op") {
		case "promote":
			return outline.Promote(o, key)
		case "demote":
			return outline.Demote(o, key)
		case "merge":
			return outline.Merge(o, key)
		case "kind":
			return outline.SetKind(o, key, outline.Kind(c.FormValue("kind")))
		case "number":
			return outline.SetNumber(o, key, c.FormValue("number"))
		case "title":
			return outline.SetTitle(o, key, c.FormValue("title"))
		case "split":
			return outline.Split(o, key, splitAt(c, o, key))
		}
		return o, models.Fail(models.Invalid, "drafting.no_such_fix")
	}
}

// splitAt is where to cut: at the caret that the script sent, or before the words
// that somebody typed. 0, which is refused, when they are not there.
func splitAt(c *web.Ctx, o outline.Outline, key string) int {
	if n, err := strconv.Atoi(c.FormValue("offset")); err == nil {
		return n
	}
	from := strings.TrimSpace(c.FormValue("from"))
	i := slices.IndexFunc(o.Clauses, func(k outline.Clause) bool { return k.Key == key })
	if i < 0 || from == "" {
		return 0
	}
	at := strings.Index(o.Clauses[i].Text, from)
	if at < 0 {
		return 0
	}
	return utf8.RuneCountInString(o.Clauses[i].Text[:at])
}

func revisionOf(c *web.Ctx) int64 {
	n, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64) // 0 fits no revision
	return n
}

func (h handler) fix(c *web.Ctx) error {
	at, place := c.FormValue("key"), 0
	fixing := change(c, at)
	row, err := h.s.Fix(c.UserContext(), c.Who, c.Params("id"), revisionOf(c), func(o outline.Outline) (outline.Outline, error) {
		place = o.PlaceOf(at)
		return fixing(o)
	})
	if err == nil {
		now, err := drafting.OutlineOf(row)
		if err != nil {
			return err
		}
		at = now.Holding(place)[0] // a fix gives new keys, and the old one may be another clause's
		return c.See("/desk/imports/" + c.Params("id") + "?at=" + at + "#" + at)
	}
	f := parts.NewForm(map[string]string{"kind": c.FormValue("kind"), "from": c.FormValue("from"), "number": c.FormValue("number"), "title": c.FormValue("title")})
	if c.Refuse(f, err) {
		return h.showDraft(c, f, at)
	}
	return err
}

func (h handler) switchChanges(c *web.Ctx) error {
	err := h.s.SwitchChanges(c.UserContext(), c.Who, c.Params("id"), revisionOf(c))
	if err != nil {
		return err
	}
	return c.See("/desk/imports/" + c.Params("id"))
}

func (h handler) giveUp(c *web.Ctx) error {
	row, err := h.s.ImportByID(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if err := h.s.GiveUp(c.UserContext(), c.Who, row.ID); err != nil {
		return err
	}
	return c.SeeWith("/desk/c/"+row.ConsultationID, "drafting.given_up")
}

func (h handler) translate(c *web.Ctx) error {
	var name string
	var data []byte
	var err error
	f := parts.NewForm(nil)
	if c.FormValue("remove") == "" {
		name, data, err = uploaded(c, "translation")
	}
	if err == nil {
		err = h.s.Translate(c.UserContext(), c.Who, c.Params("id"), revisionOf(c), name, data)
	}
	if err == nil {
		return c.See("/desk/imports/" + c.Params("id") + "/confirm")
	}
	if c.Refuse(f, onField(err, "translation")) {
		return h.showConfirm(c, f)
	}
	return err
}

func (h handler) confirm(c *web.Ctx) error { return h.showConfirm(c, parts.NewForm(nil)) }

func (h handler) showConfirm(c *web.Ctx, f *parts.Form) error {
	d, err := h.s.Draft(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if d.ConfirmedAt != nil {
		return c.See("/desk/c/" + d.Consultation.ID)
	}
	base := "/desk/imports/" + d.ID
	p := pages.ConfirmPage{Frame: within(c, d.Consultation, c.T("drafting.confirm_title")), Form: f, Base: base, Revision: strconv.FormatInt(d.Revision, 10), Back: c.URL(base),
		Clauses: len(d.Outline.Clauses), Targets: len(drafting.Commentable(d.Outline)), Translation: d.TranslationName, TitleLimit: drafting.TitleLimit, ReasonLimit: drafting.ReasonLimit}
	p.Failed = f.Failed()
	if _, typed := f.Values["title_zh"]; !typed {
		f.Values["title_zh"], f.Values["title_en"] = d.Consultation.TitleZH, d.Consultation.TitleEN
	}
	if t := d.Translation; t != nil {
		if len(t.Clauses) != len(d.Outline.Clauses) {
			p.TranslationProblem = c.T("drafting.translation_differs", "zh", len(d.Outline.Clauses), "en", len(t.Clauses))
		}
		p.Pairs = pairs(d.Outline, *t)
	}
	m, err := h.s.Match(c.UserContext(), d)
	if err != nil {
		return err
	}
	if m != nil {
		match(c, &p, *m, d.Outline)
	}
	return c.Render(pages.Confirm(p))
}

func pairs(a, b outline.Outline) []pages.Pair {
	list := make([]pages.Pair, max(len(a.Clauses), len(b.Clauses)))
	for i := range list {
		if i < len(a.Clauses) {
			list[i].ZH = whole(a.Clauses[i])
		}
		if i < len(b.Clauses) {
			list[i].EN = whole(b.Clauses[i])
		}
	}
	return list
}

func whole(k outline.Clause) string {
	return strings.Join(strings.Fields(k.Number+" "+k.Title+" "+k.Text), " ")
}

// match fills in what became of the version before.
func match(c *web.Ctx, p *pages.ConfirmPage, m drafting.Matched, now outline.Outline) {
	p.Previous = m.Previous.Number
	p.Changes = sentences(c, m.Changes)
	names := func(o outline.Outline) map[string]string {
		out := map[string]string{}
		for _, k := range o.Clauses {
			out[k.Key] = name(models.Clause{Number: k.Number, Title: k.Title, Text: k.Text})
		}
		return out
	}
	olds, news := names(m.Old), names(now)
	counted := map[string]bool{}
	for _, r := range m.Result.Clauses {
		n := int(m.Opinions[r.Old].Total)
		alike := ""
		if r.Old != "" && r.New != "" {
			alike = strconv.Itoa(int(r.Similarity*100)) + "%"
		}
		row := parts.TableRow{Cells: []parts.Cell{{Text: olds[r.Old]}, {Text: news[r.New]}, {Text: c.T(compare.VerdictKey(r.Change))}, {Text: alike}, {Text: c.Words.Number(n)}}}
		if r.Old == "" {
			row.Cells[0].Text, row.Cells[4].Text = c.T("drafting.match_none"), ""
		}
		if r.New == "" {
			row.Cells[1].Text = c.T("drafting.match_none")
		}
		p.Rows = append(p.Rows, row)
		if !counted[r.Old] {
			counted[r.Old] = true
			p.OpinionsOn += n
			if r.New != "" {
				p.OpinionsKept += n
			}
		}
	}
}

// sentences tell what changed.
func sentences(c *web.Ctx, changes []compare.Change) []parts.ChangeLine {
	text := func(key string, args map[string]string) string {
		var list []any
		for n, v := range args {
			list = append(list, n, v)
		}
		return c.T(key, list...)
	}
	if len(changes) == 0 {
		return []parts.ChangeLine{{Text: c.T(compare.KeyNothing)}}
	}
	var out []parts.ChangeLine
	for _, one := range changes {
		out = append(out, parts.ChangeLine{Text: text(one.Key, one.Args(text))})
	}
	return out
}

func (h handler) doConfirm(c *web.Ctx) error {
	f := parts.NewForm(nil)
	for _, n := range []string{"title_zh", "title_en", "note_zh", "note_en"} {
		f.Values[n] = c.FormValue(n)
	}
	v, err := h.s.Confirm(c.UserContext(), c.Who, c.Params("id"), drafting.ConfirmInput{Revision: revisionOf(c), TitleZH: f.Values["title_zh"], TitleEN: f.Values["title_en"], NoteZH: f.Values["note_zh"], NoteEN: f.Values["note_en"]})
	if err == nil {
		return c.SeeWith("/desk/c/"+v.ConsultationID, "drafting.confirmed")
	}
	if c.Refuse(f, err) {
		return h.showConfirm(c, f)
	}
	return err
}
