package rooms

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/docx"
	"minyi/app/kit/sheet"
	"minyi/app/rooms"
	"minyi/frontend"
	"minyi/handlers/web"
	"minyi/models"
)

// mountExports adds the draft record of a room as files.
func (h handler) mountExports(r *web.Router) {
	r.Page("GET", "/live/:code/record.csv", web.Public, h.recordCSV)
	r.Page("GET", "/live/:code/questions.csv", web.Public, h.questionsCSV)
	r.Page("GET", "/live/:code/record.docx", web.Public, h.recordWord)
	r.Page("GET", "/live/:code/speakers.csv", web.Public, h.speakersCSV)
}

// wordType is the content type of a Word document.
const wordType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// in picks the text of the reader's language.
func in(c *web.Ctx, w rooms.Words) string {
	if c.Lang() == "en" && w.EN != "" || w.ZH == "" {
		return w.EN
	}
	return w.ZH
}

// attach sends a file under a plain name.
func attach(c *web.Ctx, kind, name string, body []byte) error {
	c.Set("Content-Type", kind)
	c.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Set("Cache-Control", "private, no-cache")
	return c.Send(body)
}

// minutes writes a true speaking time as 3:07.
func minutes(d time.Duration) string {
	s := int(d.Seconds())
	return strconv.Itoa(s/60) + ":" + strconv.Itoa(s/10%6) + strconv.Itoa(s%10)
}

// outcome says in words what became of a question.
func outcome(c *web.Ctx, q rooms.DraftQuestion) string {
	switch {
	case q.State == models.QuestionWritten && q.AnsweredAt != nil:
		return c.T("rooms.outcome_in_writing")
	case q.Overdue(c.Now()):
		return c.T("rooms.outcome_late")
	}
	return c.T("rooms.outcome_" + string(q.State))
}

// by is who asked, as it is shown.
func by(c *web.Ctx, name string) string {
	if name == "" {
		return c.T("rooms.anonymous")
	}
	return name
}

// itemNames gives the titles of an agenda by id.
func itemNames(c *web.Ctx, d rooms.Draft) map[string]string {
	names := map[string]string{}
	for _, a := range d.Agenda {
		names[a.ID] = in(c, a.Title)
	}
	return names
}

// attachCSV sends a table under a plain name.
func attachCSV(c *web.Ctx, name string, t sheet.Table) error {
	var b bytes.Buffer
	if err := sheet.CSV(&b, t); err != nil {
		return err
	}
	return attach(c, sheet.CSVType, name+".csv", b.Bytes())
}

// speakersCSV sends who spoke when and truly how long, in seconds for reckoning.
func (h handler) speakersCSV(c *web.Ctx) error {
	d, err := h.rooms.Draft(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	names := itemNames(c, d)
	t := sheet.Table{Name: c.T("rooms.record_speakers"), Zone: frontend.Zone(), Headers: []string{
		c.T("rooms.column_began"), c.T("rooms.column_name"), c.T("rooms.column_kind"), c.T("rooms.column_side"), c.T("rooms.column_item"), c.T("rooms.column_spoken"), c.T("rooms.column_seconds"),
	}}
	t.Rows = func(write func(cells ...any) error) error {
		for _, e := range d.Speakers {
			spoken := e.Spoken(d.At)
			if err := write(*e.BeganAt, e.Name, c.T("rooms.kind_"+string(e.Kind)), side(c, e.Side), names[e.AgendaItemID], minutes(spoken), int(spoken.Seconds())); err != nil {
				return err
			}
		}
		return nil
	}
	return attachCSV(c, "room-"+d.Room.Code+"-speakers", t)
}

func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func office(c *web.Ctx, q rooms.DraftQuestion) string {
	if q.Office == nil {
		return ""
	}
	return in(c, *q.Office)
}

// numbers lists the numbers of merged questions: 4, 9.
func numbers(list []models.Question) string {
	var out []string
	for _, q := range list {
		out = append(out, strconv.FormatInt(q.Number, 10))
	}
	return strings.Join(out, ", ")
}

func (h handler) recordWord(c *web.Ctx) error {
	d, err := h.rooms.Draft(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	title := d.Room.Title(c.Lang())
	w := docx.NewWriter(docx.Meta{Title: title, Creator: d.Unit.Name(c.Lang()), Lang: c.Words.HTMLLang, Created: d.At})
	w.Title(title)
	w.Subtitle(c.T("rooms.record_of", "unit", d.Unit.Name(c.Lang()), "code", d.Room.Code))
	h.wordFacts(c, w, d)
	if err := h.wordRecord(c, w, d.Room.Code); err != nil {
		return err
	}
	h.wordQuestions(c, w, d)
	h.wordSpeakers(c, w, d)
	h.wordPolls(c, w, d)
	b, err := w.Bytes()
	if err != nil {
		return err
	}
	return attach(c, wordType, "room-"+d.Room.Code+".docx", b)
}

func (h handler) wordFacts(c *web.Ctx, w *docx.Writer, d rooms.Draft) {
	if place := d.Room.Place(c.Lang()); place != "" {
		w.Text(c.T("rooms.record_place", "place", place))
	}
	if d.Room.OpenedAt != nil {
		w.Text(c.T("rooms.record_opened", "time", c.Words.DateTime(*d.Room.OpenedAt)))
	}
	if d.Room.ClosedAt != nil {
		w.Text(c.T("rooms.record_closed", "time", c.Words.DateTime(*d.Room.ClosedAt)))
	} else {
		w.Text(c.T("rooms.record_draft"))
	}
	held := 0
	for _, n := range d.Held {
		held += n
	}
	w.Text(c.T("rooms.record_sums", "questions", len(d.Questions), "held", held, "speeches", len(d.Speakers)))
	for _, reason := range rooms.Reasons {
		if n := d.Held[reason]; n > 0 {
			w.Plain(docx.Run{Text: c.T("rooms.record_held", "reason", c.T("rooms.reason_"+reason), "n", n)})
		}
	}
}

// wordRecord is the record itself as everybody may read it, once it is open: what was
// said, how it was corrected, who confirmed, and its hash.
func (h handler) wordRecord(c *web.Ctx, w *docx.Writer, code string) error {
	v, err := h.rooms.Record(c.UserContext(), actor.Actor{}, code)
	if models.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	w.Heading(1, c.T("rooms_pages.record_title"))
	w.Text(recordState(c, v))
	if v.Hash != "" {
		w.Text(c.T("rooms_pages.record_hash") + " " + v.Hash)
	}
	if summary := in(c, rooms.Words{ZH: v.SummaryZH, EN: v.SummaryEN}); summary != "" {
		w.Text(summary)
	}
	for _, e := range v.Entries {
		one := entry(c, e)
		head := c.T("rooms_pages.record_" + one.Kind)
		if one.Speaker != "" {
			head += " · " + one.Speaker
		}
		w.Plain(docx.Run{Text: head, Bold: true})
		w.Text(one.Text)
	}
	for _, k := range v.Corrections {
		w.Plain(docx.Run{Text: c.T("rooms_pages.record_corrections") + " · " + k.Name + " · " + c.T("rooms_pages.record_wish_"+orOpen(k.Decision)), Bold: true})
		w.Text(k.Text)
		if k.Note != "" {
			w.Text(k.Note)
		}
	}
	signed, refused := confirmations(v)
	w.Text(c.T("rooms_pages.record_confirmed", "n", signed, "refused", refused))
	return nil
}

// confirmations counts who confirmed their words and who refused to.
func confirmations(v rooms.Recording) (signed, refused int) {
	for _, k := range v.Confirmations {
		if k.Signed {
			signed++
		} else {
			refused++
		}
	}
	return signed, refused
}

func (h handler) wordQuestions(c *web.Ctx, w *docx.Writer, d rooms.Draft) {
	w.Heading(1, c.T("rooms.record_questions"))
	if len(d.Questions) == 0 {
		w.Text(c.T("rooms.record_none"))
	}
	names := itemNames(c, d)
	for _, q := range d.Questions {
		head := c.T("rooms.record_question", "number", q.Number, "by", by(c, q.By()), "n", q.Supports)
		if item := names[q.AgendaItemID]; item != "" {
			head += " · " + item
		}
		w.Plain(docx.Run{Text: head, Bold: true})
		w.Text(q.Body)
		if q.Original != "" {
			w.Text(c.T("rooms.record_original", "text", q.Original))
		}
		for _, m := range q.Merged {
			w.Text(c.T("rooms.record_merged", "number", m.Number, "text", m.Body))
		}
		line := outcome(c, q)
		if q.Answerer != "" {
			line = c.T("rooms.record_answerer", "outcome", line, "name", q.Answerer)
		} else if o := office(c, q); o != "" && q.DueAt != nil {
			line = c.T("rooms.record_office", "outcome", line, "office", o, "date", c.Words.Date(*q.DueAt))
		}
		if answer := q.Answer(c.Lang()); answer != "" {
			line += "\n" + answer
		}
		w.Text(line)
	}
}

func (h handler) wordSpeakers(c *web.Ctx, w *docx.Writer, d rooms.Draft) {
	if len(d.Speakers) == 0 {
		return
	}
	names := itemNames(c, d)
	w.Heading(1, c.T("rooms.record_speakers"))
	var rows [][]string
	for _, e := range d.Speakers {
		rows = append(rows, []string{c.Words.DateTime(*e.BeganAt), e.Name, c.T("rooms.kind_" + string(e.Kind)), side(c, e.Side), names[e.AgendaItemID], minutes(e.Spoken(d.At))})
	}
	w.Table([]string{c.T("rooms.column_began"), c.T("rooms.column_name"), c.T("rooms.column_kind"), c.T("rooms.column_side"), c.T("rooms.column_item"), c.T("rooms.column_spoken")}, rows, []int{22, 18, 12, 12, 22, 14})
	rows = nil
	for _, s := range d.Sides {
		rows = append(rows, []string{names[s.AgendaItemID], side(c, s.Side), strconv.Itoa(s.Speeches), minutes(s.Spoken)})
	}
	w.Heading(2, c.T("rooms.record_sides"))
	w.Table([]string{c.T("rooms.column_item"), c.T("rooms.column_side"), c.T("rooms.column_speeches"), c.T("rooms.column_spoken")}, rows, []int{40, 20, 20, 20})
}

func side(c *web.Ctx, s string) string {
	if s == "" {
		return ""
	}
	return c.T("rooms.side_" + s)
}

func (h handler) wordPolls(c *web.Ctx, w *docx.Writer, d rooms.Draft) {
	shown := false
	for _, p := range d.Polls {
		if p.Counts == nil {
			continue // its result was never shown
		}
		if !shown {
			shown = true
			w.Heading(1, c.T("rooms.record_polls"))
		}
		w.Heading(2, in(c, p.Title))
		var rows [][]string
		for i, o := range p.Options {
			rows = append(rows, []string{in(c, o), strconv.Itoa(p.Counts[i])})
		}
		w.Table([]string{c.T("rooms.column_option"), c.T("rooms.column_votes")}, rows, []int{75, 25})
		w.Text(c.T("rooms.record_voters", "n", *p.Voters))
	}
}
