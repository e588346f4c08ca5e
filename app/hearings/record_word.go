package hearings

import (
	"context"
	"fmt"
	"strings"
	"time"

	"minyi/app/kit/calendar"
	"minyi/app/kit/docx"
	"minyi/models"
)

// Texts are the words that documents of a hearing need; the handlers give them in
// the reader's language.
type Texts interface {
	// T is the text of a key.
	T(key string, args ...any) string
	// DateLetter says a day with its hour as letters do, Clock the hour alone, ZoneName by
	// which clock that is: a document is read anywhere.
	DateLetter(t time.Time) string
	Clock(t time.Time) string
	ZoneName(t time.Time) string
}

// RecordWord writes the record as a Word file, as it stands for everybody. Errors:
// NotFound while it is not open.
func (s *Service) RecordWord(ctx context.Context, id, lang string, t Texts) ([]byte, error) {
	h, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	v, err := s.publicRecord(ctx, h)
	if err != nil {
		return nil, err
	}
	w := docx.NewWriter(docx.Meta{Title: h.Title(lang), Lang: map[string]string{"zh": "zh-CN", "en": "en"}[lang]})
	w.Title(t.T("hearings.record"))
	w.Subtitle(h.Title(lang))
	w.Table([]string{t.T("hearings.fact"), t.T("hearings.says")}, [][]string{
		{t.T("hearings.when"), s.span(t, *h.StartsAt, *h.EndsAt)}, {t.T("hearings.place"), h.Place(lang)}, {t.T("hearings.host"), v.Host}, {t.T("hearings.clerk"), v.Clerk},
	}, []int{20, 80})
	if v.SummaryZH != "" {
		w.Heading(1, t.T("hearings.summary"))
		for _, line := range strings.Split(either(lang, v.SummaryZH, v.SummaryEN), "\n") {
			w.Text(line)
		}
	}
	w.Heading(1, t.T("hearings.said_h"))
	for _, e := range v.Entries {
		said := either(lang, e.TextZH, e.TextEN)
		switch {
		case e.Kind == "note":
			w.Heading(2, said)
		case e.Speaker != "":
			w.Paragraph(docx.Run{Text: e.Speaker + "  ", Bold: true}, docx.Run{Text: said})
		default:
			w.Text(said)
		}
	}
	if len(v.Corrections) > 0 {
		w.Heading(1, t.T("hearings.corrections_h"))
		var rows [][]string
		for _, c := range v.Corrections {
			rows = append(rows, []string{c.Name, c.Text, t.T("hearings.correction_" + first(c.Decision, "open")), c.Note})
		}
		w.Table([]string{t.T("hearings.name"), t.T("hearings.says"), t.T("hearings.decision"), t.T("hearings.note")}, rows, []int{15, 45, 15, 25})
	}
	w.Heading(1, t.T("hearings.signed_h"))
	var rows [][]string
	for _, c := range v.Confirmations {
		rows = append(rows, []string{c.Name, t.T(fmt.Sprintf("hearings.signed_%v", c.Signed), "date", t.DateLetter(c.CreatedAt))})
	}
	w.Table([]string{t.T("hearings.name"), t.T("hearings.says_by", "zone", t.ZoneName(*h.StartsAt))}, rows, []int{40, 60})
	if v.Hash != "" {
		w.Plain(docx.Run{Text: "SHA-256 " + v.Hash})
	}
	return w.Bytes()
}

// span says from when until when something lasts; the day stands once where it is one.
func (s *Service) span(t Texts, from, to time.Time) string {
	end := t.DateLetter(to)
	if calendar.DayOf(from, s.o.Zone) == calendar.DayOf(to, s.o.Zone) {
		end = t.Clock(to)
	}
	return t.T("hearings.when_by", "from", t.DateLetter(from), "to", end, "zone", t.ZoneName(from))
}

func either(lang, zh, en string) string {
	if lang == "en" && en != "" || zh == "" {
		return en
	}
	return zh
}

// publicRecord gives the record as everybody sees it.
func (s *Service) publicRecord(ctx context.Context, h models.Hearing) (RecordView, error) {
	v := RecordView{Hearing: h}
	about := models.HearingTopic(h.ID)
	var err error
	if v.Record, err = s.db.RecordOf(ctx, about); err != nil {
		return v, err
	}
	if v.OpenedAt == nil {
		return v, models.ErrNotFound
	}
	v.RecordParts, err = s.db.RecordParts(ctx, about)
	return v, err
}
