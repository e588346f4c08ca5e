package consultations

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"minyi/app/consultations"
	"minyi/app/kit/compare"
	"minyi/app/kit/outline"
	"minyi/frontend"
	pages "minyi/frontend/pages/consultations"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// versionAsked reads ?v=2; 0 is the newest version. A number that makes no sense
// is a version that is not there.
func versionAsked(c *web.Ctx) int {
	v := c.Query("v")
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return -1
	}
	return n
}

// drawing is how the clauses of one draft page are drawn.
type drawing struct {
	c       *web.Ctx
	h       *handler
	d       consultations.Draft
	english bool // the working translation is shown
	changes bool // what changed is shown instead of the text
	split   bool // stances are shown
	open    bool
}

func (h *handler) draft(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.ConsultationTopic(id), "units")
	d, err := h.s.Draft(c.UserContext(), c.Who, id, versionAsked(c), textLang(c), asked(c, "preview"))
	if err != nil {
		return h.gone(c, err)
	}
	keep(c, moment(d.OpensAt), moment(d.ClosesAt))
	status := d.Status(c.Now())
	w := drawing{c: c, h: h, d: d, english: textLang(c) == "en" && d.Text.Translated, open: status == models.StatusOpen && !d.Preview,
		changes: c.Query("show") == "changes" && d.Changes != nil, split: !d.HideSplit || status == models.StatusClosed || status == models.StatusAnswered}
	p := pages.DraftPage{Frame: h.frame(c, d.Seen, c.T("consultations.view_draft")), Head: h.head(c, d.Seen, d.Counts[""].Total, "draft"), Version: d.Version.Number, CanWrite: w.open}
	p.Path = w.path(nil)
	p.Meta.Canonical = "/consultations/" + id + "/draft"
	if newest, _ := d.Newest(); newest.Number != d.Version.Number {
		p.NewestURL = h.href(c, d.Seen, "/draft", "")
		p.Meta.Canonical += "?v=" + strconv.Itoa(d.Version.Number)
	} else {
		p.Summary = summary(d.Points, c.Lang())
	}
	w.shows(&p)
	w.translation(&p)
	pieces := d.Text.Pieces()
	at := w.piece(pieces)
	w.contents(&p, pieces, at)
	if len(pieces) > 0 {
		if err := w.items(&p, pieces[at]); err != nil {
			return err
		}
	}
	w.pager(&p, pieces, at)
	p.Terms = terms(d.Glossary, c.Lang())
	p.Files = h.files(c, d.Attachments)
	p.Next, _ = rendered(c.Lang(), d.NextZH, d.NextEN)
	return c.Render(pages.Draft(p))
}

// gone shows the page of a withdrawn consultation with its reason.
func (h *handler) gone(c *web.Ctx, err error) error {
	if models.KindOf(err) != models.Gone {
		return err
	}
	seen, err := h.s.Consultation(c.UserContext(), c.Who, c.Params("id"), false)
	if err != nil {
		return err
	}
	return h.withdrawn(c, seen)
}

// textLang is the language in which the draft is read: on English pages the
// working translation, unless the Chinese text is asked for.
func textLang(c *web.Ctx) string {
	if c.Query("text") == "zh" {
		return "zh"
	}
	return c.Lang()
}

// path is the draft's address with what chooses its content; change replaces or,
// when empty, drops parts of the query.
func (w drawing) path(change map[string]string) string {
	q := url.Values{}
	for _, k := range []string{"v", "show", "text", "chapter", "preview"} {
		if v := w.c.Query(k); v != "" {
			q.Set(k, v)
		}
	}
	for k, v := range change {
		q.Del(k)
		if v != "" {
			q.Set(k, v)
		}
	}
	p := "/consultations/" + w.d.ID + "/draft"
	if len(q) > 0 {
		p += "?" + q.Encode()
	}
	return p
}

func (w drawing) url(change map[string]string) string { return w.c.URL(w.path(change)) }

func (w drawing) shows(p *pages.DraftPage) {
	if w.d.Changes == nil {
		return
	}
	p.Shows = []parts.Tab{
		{Text: w.c.T("consultations.show_text"), URL: w.url(map[string]string{"show": ""}), Current: !w.changes},
		{Text: w.c.T("consultations.show_changes", "n", w.d.Version.Number-1), URL: w.url(map[string]string{"show": "changes"}), Current: w.changes},
	}
}

func (w drawing) translation(p *pages.DraftPage) {
	if w.c.Lang() != "en" {
		return
	}
	switch {
	case w.english:
		p.Translation, p.Original, p.OriginalURL = w.c.T("consultations.translation"), w.c.T("consultations.read_chinese"), w.url(map[string]string{"text": "zh"})
	case w.d.Text.Translated:
		p.Translation, p.Original, p.OriginalURL = w.c.T("consultations.chinese_governs"), w.c.T("consultations.read_translation"), w.url(map[string]string{"text": ""})
	default:
		p.Translation = w.c.T("consultations.no_translation")
	}
}

// piece is which chapter is asked for, by its own key or by a clause inside.
func (w drawing) piece(pieces []consultations.Piece) int {
	if key := w.c.Query("clause"); key != "" {
		return w.d.Text.PieceOf(pieces, key)
	}
	return w.d.Text.PieceOf(pieces, w.c.Query("chapter"))
}

// contents lists the chapters with their opinions, or the clauses of a draft that
// has no chapters.
func (w drawing) contents(p *pages.DraftPage, pieces []consultations.Piece, at int) {
	t := w.d.Text
	sums, named := map[string]int{}, map[string]bool{}
	for _, u := range t.Units {
		sums[u.Chapter] += int(w.d.Counts[u.Key].Total)
	}
	for _, cl := range t.Clauses {
		if cl.ParentKey != "" || !consultations.Structural(cl.Kind) || sums[cl.Key] == 0 && !w.holds(cl.Key) {
			continue
		}
		named[cl.Key] = true
		p.Contents = append(p.Contents, pages.ContentsLine{Text: heading(w.c.Words, cl), URL: w.clauseURL(pieces, at, cl.Key), Count: sums[cl.Key], Current: len(pieces) > 1 && t.PieceOf(pieces, cl.Key) == at})
	}
	if len(p.Contents) > 1 {
		return
	}
	p.Contents = nil
	for _, u := range t.Units {
		if len(t.Units) > 400 {
			break
		}
		p.Contents = append(p.Contents, pages.ContentsLine{Text: label(w.c.Words, u.Clause), URL: w.clauseURL(pieces, at, u.Key), Count: int(w.d.Counts[u.Key].Total)})
	}
}

// holds tells whether a structure has clauses inside.
func (w drawing) holds(key string) bool {
	for _, u := range w.d.Text.Units {
		if u.Chapter == key {
			return true
		}
	}
	return false
}

// clauseURL leads to a clause in the text: on this page, or on that of its chapter.
func (w drawing) clauseURL(pieces []consultations.Piece, at int, key string) string {
	k := w.d.Text.PieceOf(pieces, key)
	if k == at {
		return "#" + key
	}
	return w.url(map[string]string{"chapter": pieces[k].Key}) + "#" + key
}

func (w drawing) pager(p *pages.DraftPage, pieces []consultations.Piece, at int) {
	if len(pieces) < 2 {
		return
	}
	p.Pager = parts.PagerProps{Label: w.c.T("consultations.chapters"), Where: w.c.T("consultations.piece_of", "n", at+1, "of", len(pieces))}
	if at > 0 {
		p.Pager.Prev = w.url(map[string]string{"chapter": pieces[at-1].Key})
	}
	if at < len(pieces)-1 {
		p.Pager.Next = w.url(map[string]string{"chapter": pieces[at+1].Key})
	}
}

// items draws the clauses of a piece; what was deleted stands at its end.
func (w drawing) items(p *pages.DraftPage, piece consultations.Piece) error {
	t := w.d.Text
	for _, cl := range t.Clauses[piece.First : piece.Last+1] {
		u, inside := t.Unit(cl.Key)
		switch {
		case inside && u.Key == cl.Key:
			item, err := w.item(p.Frame, u)
			if err != nil {
				return err
			}
			p.Items = append(p.Items, item)
		case !inside:
			p.Items = append(p.Items, w.structure(cl, len(p.Items) == 0))
		}
	}
	if w.changes && piece.Last == len(t.Clauses)-1 {
		for _, gone := range w.d.Changes.Deleted() {
			item := pages.DraftItem{ClauseProps: w.removed(gone), Deleted: true}
			p.Items = append(p.Items, item)
		}
	}
	return nil
}

// item draws a unit: that of a public version once for everybody, and for each page
// only its control.
func (w drawing) item(f frontend.Frame, u consultations.Unit) (item pages.DraftItem, err error) {
	if w.d.Version.PublishedAt == nil || w.d.Preview {
		item.ClauseProps = w.unit(u)
	} else {
		as := drawnAs{text: w.d.Text, since: w.d.Changes, words: w.c.Words, english: w.english, changes: w.changes}
		drawn, err := w.h.drawn.clause(as, f, u.Key, func() parts.ClauseProps { return w.unit(u) })
		if err != nil {
			return item, err
		}
		item.Drawn = &drawn
	}
	if u.Target {
		item.Control = w.control(u)
	}
	return item, nil
}

func (w drawing) structure(cl models.Clause, first bool) pages.DraftItem {
	item := pages.DraftItem{ClauseProps: parts.ClauseProps{Key: cl.Key, Kind: cl.Kind, Level: w.d.Text.Levels[cl.Key], Number: number(w.c.Words, cl), Title: title(w.c.Words, cl)}}
	item.Lang = w.lang(cl.TitleEN != "")
	if item.Title = first && outline.Kind(cl.Kind) == outline.Heading && cl.Number == "" && !w.holds(cl.Key); item.Title {
		return item
	}
	for _, line := range strings.Split(cl.Text, "\n") {
		if line != "" {
			item.Paragraphs = append(item.Paragraphs, parts.ClauseParagraph{Text: line})
		}
	}
	return item
}

// lang marks Chinese text on an English page.
func (w drawing) lang(translated bool) string {
	if w.c.Lang() == "en" && !(w.english && translated) {
		return "zh-CN"
	}
	return ""
}

// unit is the look of a unit without its control.
func (w drawing) unit(u consultations.Unit) parts.ClauseProps {
	p := parts.ClauseProps{Key: u.Key, Kind: u.Kind, Level: w.d.Text.Levels[u.Key], Number: number(w.c.Words, u.Clause), Title: title(w.c.Words, u.Clause), Lang: w.lang(u.TextEN != "" || u.TitleEN != "")}
	if p.Number == "" && p.Title == "" {
		p.Number, p.Unnamed = w.c.T("consultations.unnamed"), true
	}
	p.Paragraphs = paragraphs(w.c.Words, u, w.english)
	if w.d.Changes != nil {
		w.mark(&p, u)
	}
	return p
}

// mark says what became of a clause since the version before.
func (w drawing) mark(p *parts.ClauseProps, u consultations.Unit) {
	row, differs := w.d.Changes.Row(u.Key)
	if !differs {
		return
	}
	switch row.Change {
	case compare.New:
		p.Change = "new"
	case compare.Moved:
		p.Change, p.MovedFrom = "moved", number(w.c.Words, row.Old.Clause)
	default:
		p.Change = "changed"
	}
	if w.changes {
		p.Runs = runs(row.Runs)
	}
}

func (w drawing) removed(gone consultations.Difference) parts.ClauseProps {
	p := parts.ClauseProps{Key: "deleted-" + gone.Old.Key, Kind: gone.Old.Kind, Level: 3, Number: number(w.c.Words, gone.Old.Clause), Title: title(w.c.Words, gone.Old.Clause), Change: "deleted", Runs: runs(gone.Runs)}
	if n := int(w.d.Counts[gone.Old.Key].Total); n > 0 {
		p.Control = &parts.ClauseControlProps{URL: w.h.href(w.c, w.d.Seen, "/clauses/"+gone.Old.Key, ""), Key: gone.Old.Key, Number: p.Number, Count: n}
	}
	return p
}

func runs(list []compare.Run) []parts.Run {
	out := make([]parts.Run, len(list))
	for i, r := range list {
		out[i] = parts.Run{Op: string(r.Op), Text: r.Text}
	}
	return out
}

// control is the one link of a clause.
func (w drawing) control(u consultations.Unit) *parts.ClauseControlProps {
	n := w.d.Counts[u.Key]
	query := ""
	if newest, _ := w.d.Newest(); w.d.Version.Number != newest.Number {
		query = fmt.Sprintf("v=%d", w.d.Version.Number)
	}
	if w.d.Preview {
		return nil
	}
	p := &parts.ClauseControlProps{URL: w.h.href(w.c, w.d.Seen, "/clauses/"+u.Key, query), Key: u.Key, Number: label(w.c.Words, u.Clause), Count: int(n.Total), Open: w.open && query == ""}
	if w.split && n.Total > 0 {
		p.Counts = stances(n)
	}
	return p
}

func stances(n models.ClauseCount) *parts.StanceCounts {
	return &parts.StanceCounts{Support: int(n.Support), Amend: int(n.Amend), Oppose: int(n.Oppose), Question: int(n.Question), None: int(n.Total - n.Support - n.Amend - n.Oppose - n.Question)}
}
