package consultations

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"minyi/app/consultations"
	"minyi/app/kit/compare"
	"minyi/app/opinions"
	pages "minyi/frontend/pages/consultations"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// threadPage is how many opinions stand on a page of a clause, and sideLength how
// many in each column side by side.
const (
	threadPage = 20
	sideLength = 10
	sortSides  = "sides"
)

// reading is one request for a clause page.
type reading struct {
	*handler
	c       *web.Ctx
	v       consultations.ClauseView
	list    opinions.Page
	sides   []opinions.Page
	linked  *models.Opinion
	answers map[string]models.Answer
	sort    string
	stance  models.Stance
	english bool
	open    bool
	since   string // the position "epoch:seq" at which the thread was read
}

// sideStances are the two sides that are shown beside each other.
var sideStances = []models.Stance{models.StanceSupport, models.StanceOppose}

func (h *handler) clause(c *web.Ctx) error {
	id, key := c.Params("id"), c.Params("key")
	c.Depends(time.Time{}, models.ConsultationTopic(id))
	r := reading{handler: h, c: c, sort: c.Query("sort")}
	if err := r.load(id, key); err != nil {
		return h.gone(c, err)
	}
	// Times of opinions are told in minutes, so the page is made anew each minute.
	c.Depends(c.Now().Add(time.Minute))
	return c.Render(pages.Clause(r.page()))
}

// load reads the thread and the clause. What makes no sense in the address is
// taken as not said, so that an old link still opens the clause.
func (r *reading) load(id, key string) (err error) {
	if r.nearby.Mark != nil {
		if r.since, err = r.nearby.Mark(r.c.UserContext(), models.ConsultationTopic(id)); err != nil { // before the content
			return err
		}
	}
	q := opinions.Query{ConsultationID: id, ClauseKey: key, Limit: threadPage, Sort: models.Newest}
	switch s := models.Sort(r.sort); s {
	case models.Supported, models.Discussed:
		q.Sort = s
	case sortSides:
	default:
		r.sort = ""
	}
	for _, s := range models.Stances {
		if string(s) == r.c.Query("stance") && r.sort != sortSides {
			r.stance, q.Stance = s, s
		}
	}
	if r.sort == sortSides {
		q.Sort, q.Limit = models.Supported, sideLength
		for _, s := range sideStances {
			q.Stance = s
			page, err := r.opinions.List(r.c.UserContext(), r.c.Who, q)
			if err != nil {
				return err
			}
			r.sides = append(r.sides, page)
		}
		r.list.Consultation = r.sides[0].Consultation
	} else {
		if q.After, err = r.after(q); err != nil {
			return err
		}
		if r.list, err = r.opinions.List(r.c.UserContext(), r.c.Who, q); err != nil {
			return err
		}
	}
	if r.v, err = r.s.Clause(r.c.UserContext(), r.c.Who, r.list.Consultation, key, max(versionAsked(r.c), 0)); err != nil {
		return err
	}
	if r.v.Unit.Key != key {
		return models.ErrNotFound
	}
	r.english = textLang(r.c) == "en" && r.v.Text.Translated
	r.open = r.v.Status(r.c.Now()) == models.StatusOpen && !r.v.Gone
	return r.more()
}

// more adds the opinion that the address names and the decisions.
func (r *reading) more() (err error) {
	if at := r.c.Query("at"); models.IsID(at) {
		o, err := r.s.PublicOpinion(r.c.UserContext(), at)
		if err == nil && o.ClauseKey == r.v.Unit.Key && o.ConsultationID == r.v.ID {
			r.linked = &o
		} else if err != nil && !models.IsNotFound(err) {
			return err
		}
	}
	all := r.list.Opinions
	for _, s := range r.sides {
		all = append(all, s.Opinions...)
	}
	if r.linked != nil {
		all = append(all, *r.linked)
	}
	r.answers, err = r.s.Answers(r.c.UserContext(), all)
	return err
}

func (r *reading) purpose(q opinions.Query) string {
	return strings.Join([]string{"clause", q.ConsultationID, q.ClauseKey, string(q.Stance), string(q.Sort)}, "|")
}

// after reads the cursor; a forged one, or one of another list, is an error that
// says where to begin.
func (r *reading) after(q opinions.Query) (*models.OpinionPlace, error) {
	given := r.c.Query("cursor")
	if given == "" {
		return nil, nil
	}
	fields, err := r.cursors.Decode(r.purpose(q), given)
	if err != nil || len(fields) != 2 {
		return nil, models.FailField("cursor", "opinions.cursor_invalid")
	}
	n, err := strconv.ParseInt(fields[0], 36, 64)
	if err != nil || !models.IsID(fields[1]) {
		return nil, models.FailField("cursor", "opinions.cursor_invalid")
	}
	return &models.OpinionPlace{N: n, ID: fields[1]}, nil
}

// url is the clause's address with another sort, stance or cursor.
func (r *reading) url(sort, stance, cursor string) string {
	q := url.Values{}
	for k, v := range map[string]string{"sort": sort, "stance": stance, "cursor": cursor, "v": r.c.Query("v"), "text": r.c.Query("text")} {
		if v != "" {
			q.Set(k, v)
		}
	}
	return address(r.c, "/consultations/"+r.v.ID+"/clauses/"+r.v.Unit.Key, q)
}

func (r *reading) page() pages.ClausePage {
	c, v := r.c, r.v
	words := name(c.Words, v.Unit.Clause)
	p := pages.ClausePage{Frame: r.frame(c, v.Seen, words), Head: r.head(c, v.Seen, v.Counts[""].Total, ""), Key: v.Unit.Key, Label: words, Total: int(v.Count().Total)}
	base := "/consultations/" + v.ID
	p.Frame.Path = strings.TrimPrefix(r.url(r.sort, string(r.stance), c.Query("cursor")), strings.TrimSuffix(c.URL("/"), "/"))
	p.Meta.Canonical = base + "/clauses/" + v.Unit.Key
	p.Clause = parts.ClauseProps{Key: v.Unit.Key, Paragraphs: paragraphs(c.Words, v.Unit, r.english)}
	if c.Lang() == "en" && !(r.english && v.Unit.TextEN != "") {
		p.Clause.Lang = "zh-CN"
	}
	p.DraftURL = r.href(c, v.Seen, "/draft", "") + "#" + v.Unit.Key
	if r.has("GET /search") {
		p.AllURL = c.URL("/search") + "?clause=" + url.QueryEscape(models.ConsultationTopic(v.ID)+"#"+v.Unit.Key)
	}
	r.languages(&p)
	r.relations(&p)
	r.numbers(&p)
	r.views(&p)
	r.cards(&p)
	if r.open {
		r.writing(&p)
	} else {
		p.Closed = r.closed()
		if at := r.v.Seen; at.InGrace(c.Now()) {
			p.Grace = c.T("consultations.grace_now", "time", c.Words.DateTime(at.GraceEnds()))
		}
		if st := v.Seen.Status(c.Now()); r.composer != nil && st != models.StatusDraft && st != models.StatusScheduled {
			about := r.about()
			about.Over, about.Gone = true, v.Gone
			p.Left = r.composer(c, p.Frame, about)
		}
	}
	return p
}

func (r *reading) languages(p *pages.ClausePage) {
	if r.c.Lang() != "en" {
		return
	}
	switch here := "/consultations/" + r.v.ID + "/clauses/" + r.v.Unit.Key; {
	case r.english:
		p.Translation, p.Original, p.OriginalURL = r.c.T("consultations.translation"), r.c.T("consultations.read_chinese"), r.c.URL(here+"?text=zh")
	case r.v.Text.Translated:
		p.Translation, p.Original, p.OriginalURL = r.c.T("consultations.chinese_governs"), r.c.T("consultations.read_translation"), r.c.URL(here)
	default:
		p.Translation = r.c.T("consultations.no_translation")
	}
}

func (r *reading) relations(p *pages.ClausePage) {
	link := func(u consultations.Unit) pages.Related {
		if u.Key == "" {
			return pages.Related{}
		}
		return pages.Related{Text: label(r.c.Words, u.Clause), URL: r.href(r.c, r.v.Seen, "/clauses/"+u.Key, "")}
	}
	p.Previous, p.Next = link(r.v.Before), link(r.v.After)
	lines := func(list []consultations.Relation) (out []pages.Related) {
		for _, rel := range list {
			cl := models.Clause{Kind: rel.Kind, Number: rel.Number, Title: rel.Title}
			text := r.c.T("consultations.relation", "clause", label(r.c.Words, cl), "version", rel.Version, "opinions", r.c.Words.N("consultations.opinions", int(rel.Total)))
			out = append(out, pages.Related{Text: text, URL: r.href(r.c, r.v.Seen, "/clauses/"+rel.Key, "")})
		}
		return out
	}
	p.Became, p.Earlier = lines(r.v.Became), lines(r.v.Earlier)
	if r.v.Gone {
		p.Note = r.c.T("consultations.clause_gone", "n", r.v.Text.Version.Number)
	}
	if n := r.v.Text.Version.Number; n > 1 && r.v.ChangedSince(n-1) {
		p.CompareURL = r.href(r.c, r.v.Seen, "/compare", fmt.Sprintf("v=%d..%d", n-1, n)) + "#" + r.v.Unit.Key
	}
}

// numbers shows how the stances divide, unless that waits until closing.
func (r *reading) numbers(p *pages.ClausePage) {
	if p.Total == 0 {
		return
	}
	status := r.v.Status(r.c.Now())
	if r.v.HideSplit && status != models.StatusClosed && status != models.StatusAnswered {
		p.CountsHidden = true
		return
	}
	p.Counts = stances(r.v.Count())
}

// views are the orders and, in each, the stances to look at.
func (r *reading) views(p *pages.ClausePage) {
	tab := func(sort, key string) parts.Tab {
		return parts.Tab{Text: r.c.T("consultations.sort_" + key), URL: r.url(sort, "", ""), Current: r.sort == sort}
	}
	p.Sorts = []parts.Tab{tab("", "new"), tab(string(models.Supported), "supported"), tab(string(models.Discussed), "discussed"), tab(sortSides, "sides")}
	if r.sort == sortSides || p.Counts == nil {
		return
	}
	p.Stances = []parts.Tab{{Text: r.c.T("consultations.stance_all"), URL: r.url(r.sort, "", ""), Current: r.stance == ""}}
	for _, s := range models.Stances {
		n := p.Counts.Of(string(s))
		p.Stances = append(p.Stances, parts.Tab{Text: r.c.T("parts.stance_" + string(s)), URL: r.url(r.sort, string(s), ""), Count: r.c.Words.Number(n), HasCount: true, Current: r.stance == s})
	}
}

func (r *reading) cards(p *pages.ClausePage) {
	for _, o := range r.list.Opinions {
		if r.linked == nil || o.ID != r.linked.ID {
			p.Opinions = append(p.Opinions, r.card(o, r.list))
		}
	}
	for i, page := range r.sides {
		side := pages.Side{Stance: string(sideStances[i])}
		for _, o := range page.Opinions {
			side.Opinions = append(side.Opinions, r.card(o, page))
		}
		p.Sides = append(p.Sides, side)
	}
	if r.linked != nil {
		card := r.card(*r.linked, r.list)
		if r.alike != nil {
			p.Alike = r.alike(r.c, *r.linked)
		}
		p.Linked = &card
	}
	p.RefreshURL, p.Since = r.url(r.sort, string(r.stance), ""), r.since
	p.Pager.Label = r.c.T("consultations.pages")
	if r.c.Query("cursor") != "" {
		p.Pager.Prev = r.url(r.sort, string(r.stance), "")
		p.Pager.Where = r.c.T("consultations.from_start")
	}
	if next := r.list.Next; next != nil {
		q := opinions.Query{ConsultationID: r.v.ID, ClauseKey: r.v.Unit.Key, Stance: r.stance, Sort: models.Sort(r.sort)}
		if q.Sort == "" {
			q.Sort = models.Newest
		}
		p.Pager.Next = r.url(r.sort, string(r.stance), r.cursors.Encode(r.purpose(q), strconv.FormatInt(next.N, 36), next.ID))
	}
}

// card fills one opinion as others read it.
func (r *reading) card(o models.Opinion, page opinions.Page) parts.OpinionProps {
	p := parts.OpinionProps{ID: "o-" + o.ID, Number: int(o.Number), Author: author(o), Stance: string(o.Stance), At: o.CreatedAt, Body: o.Body, Supports: int(o.Supports), Supported: page.Mine[o.ID], URL: r.c.URL("/opinions/" + o.ID)}
	if o.Official {
		p.State = "official"
	} else if o.PersonID != "" && o.PersonID == r.c.Who.PersonID {
		p.State = "mine"
	}
	if o.Suggestion != "" {
		text := r.v.Text
		if old := r.v.Former[o.VersionNumber]; old != nil {
			text = old
		}
		p.Suggestion = runs(compare.Text(text.Body(r.v.Unit.Key, o.Lang), o.Suggestion, o.Lang))
	}
	if o.VersionNumber < r.v.Text.Version.Number && r.v.ChangedSince(o.VersionNumber) {
		p.Changed = true
		p.ChangedURL = r.href(r.c, r.v.Seen, "/compare", fmt.Sprintf("v=%d..%d", o.VersionNumber, r.v.Text.Version.Number)) + "#" + r.v.Unit.Key
	}
	r.actions(&p, o)
	if a, ok := r.answers[o.AnswerID]; ok && o.AnswerID != "" {
		p.Decision = r.decision(a)
	}
	for _, reply := range page.Replies[o.ID] {
		p.Replies = append(p.Replies, parts.ReplyProps{ID: "o-" + reply.ID, Author: author(reply), Official: reply.Official, At: reply.CreatedAt, Body: reply.Body})
	}
	return p
}

func author(o models.Opinion) string {
	if o.Display == models.Anonymous {
		return ""
	}
	return o.DisplayName
}

// actions offers what the site can do with an opinion.
func (r *reading) actions(p *parts.OpinionProps, o models.Opinion) {
	at := func(route, verb string) string {
		if !r.has(route + "/opinions/:id/" + verb) {
			return ""
		}
		return r.c.URL("/opinions/" + o.ID + "/" + verb)
	}
	if r.open {
		p.SupportURL = at("POST ", "support")
		p.ReplyURL = at("GET ", "reply")
	}
	p.ReportURL = at("GET ", "report")
}

// outcomes are the decisions in the words of the page's part.
var outcomes = map[models.Decision]string{models.Adopted: "adopted", models.PartlyAdopted: "partly", models.NotAdopted: "not_adopted", models.ToBeStudied: "studied"}

func (r *reading) decision(a models.Answer) *parts.DecisionProps {
	d := &parts.DecisionProps{Outcome: outcomes[a.Decision], Reason: either(r.c.Lang(), a.ReasonZH, a.ReasonEN), At: moment(a.PublishedAt)}
	if a.ClauseKey != "" && a.VersionNumber > 1 {
		d.URL = r.href(r.c, r.v.Seen, "/compare", fmt.Sprintf("v=%d..%d", a.VersionNumber-1, a.VersionNumber)) + "#" + a.ClauseKey
	}
	return d
}

// writing puts the form on the page, with the officer's questions where nobody
// has written yet.
func (r *reading) writing(p *pages.ClausePage) {
	if r.composer == nil {
		return
	}
	about := r.about()
	asks := prompts(r.v.Prompts, r.c.Lang(), r.v.Unit.Key)
	for i, words := range asks {
		n := strconv.Itoa(i + 1)
		if r.c.Query("prompt") == n {
			about.Prompt = words
		}
		p.Prompts = append(p.Prompts, pages.Prompt{Text: words, URL: address(r.c, "/consultations/"+r.v.ID+"/clauses/"+r.v.Unit.Key, url.Values{"prompt": {n}}) + "#say-f-composer"})
	}
	p.Composer = r.composer(r.c, p.Frame, about)
}

// about is the clause as whoever draws a form for it needs to know it.
func (r *reading) about() About {
	return About{Consultation: r.v.Consultation, Version: r.v.Text.Version, Key: r.v.Unit.Key, Label: label(r.c.Words, r.v.Unit.Clause), Text: r.v.Text.Body(r.v.Unit.Key, "zh")}
}

// closed says why nothing can be written here now.
func (r *reading) closed() string {
	switch w, at := r.c.Words, r.v.Seen; {
	case r.v.Gone && at.Status(r.c.Now()) == models.StatusOpen:
		return ""
	case at.Status(r.c.Now()) == models.StatusScheduled:
		return w.T("consultations.opens_at", "date", w.DateTime(moment(at.OpensAt)))
	case at.AnsweredAt != nil:
		return w.N("consultations.answered_with", int(r.v.Counts[""].Total))
	case at.ResponseDueAt != nil:
		return w.N("consultations.closed_with", int(r.v.Counts[""].Total)) + " " + w.T("consultations.results_due", "date", w.Date(*at.ResponseDueAt))
	}
	return r.c.Words.N("consultations.closed_with", int(r.v.Counts[""].Total))
}

// opinion leads from an opinion's own address to its place in the thread.
func (h *handler) opinion(c *web.Ctx) error {
	o, err := h.s.PublicOpinion(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	anchor := o.ID
	if o.ParentID != "" {
		o.ID = o.ParentID
	}
	c.Set("Cache-Control", "no-cache")
	return c.See("/consultations/" + o.ConsultationID + "/clauses/" + o.ClauseKey + "?at=" + o.ID + "#o-" + anchor)
}
