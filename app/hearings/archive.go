package hearings

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"minyi/app/kit/docx"
	"minyi/app/kit/record"
	"minyi/app/kit/sheet"
	"minyi/models"
)

// Texts are the words that documents of a hearing need; the handlers give them in
// the reader's language.
type Texts interface {
	// T is the text of a key.
	T(key string, args ...any) string
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
		{t.T("hearings.when"), s.moment(*h.StartsAt) + " – " + s.moment(*h.EndsAt)}, {t.T("hearings.place"), h.Place(lang)}, {t.T("hearings.host"), v.Host}, {t.T("hearings.clerk"), v.Clerk},
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
		rows = append(rows, []string{c.Name, t.T(fmt.Sprintf("hearings.signed_%v", c.Signed), "date", s.moment(c.CreatedAt))})
	}
	w.Table([]string{t.T("hearings.name"), t.T("hearings.says")}, rows, []int{40, 60})
	if v.Hash != "" {
		w.Plain(docx.Run{Text: "SHA-256 " + v.Hash})
	}
	return w.Bytes()
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

// Archive writes the package of a hearing whose record is frozen: notice, materials,
// list of participants, proof of the draw, record and report, with a manifest of
// SHA-256 hashes that sha256sum -c understands. It holds no personal data beyond
// what is public. Errors: NotFound before the record is frozen.
func (s *Service) Archive(ctx context.Context, id, lang string, t Texts) ([]byte, error) {
	h, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	if h.RecordedAt == nil {
		return nil, models.ErrNotFound
	}
	view, err := s.view(ctx, h)
	if err != nil {
		return nil, err
	}
	rec, err := s.publicRecord(ctx, h)
	if err != nil {
		return nil, err
	}
	p := &pack{at: *h.RecordedAt}
	p.json("notice.json", noticeOf(view))
	if err := s.packList(ctx, p, h, t); err != nil {
		return nil, err
	}
	if file, d, err := s.DrawFile(ctx, id); err == nil {
		p.file("draw.txt", []byte(file))
		p.file("draw-commitment.txt", []byte(d.Commitment+"\n"))
	}
	p.file("record.txt", []byte(record.Text(rec.Record, rec.RecordParts)))
	p.file("record.sha256", []byte(rec.Hash+"  record.txt\n"))
	word, err := s.RecordWord(ctx, id, lang, t)
	if err != nil {
		return nil, err
	}
	p.file("record.docx", word)
	if view.Report != nil {
		p.json("report.json", map[string]any{"summary_zh": view.Report.SummaryZH, "summary_en": view.Report.SummaryEN, "items": ReportItems(*view.Report), "published_at": view.Report.PublishedAt})
	}
	if s.files != nil {
		for i, a := range view.Files {
			data, err := os.ReadFile(s.files.At(a.SHA256))
			if err != nil {
				return nil, &models.Error{Kind: models.Unavailable, Key: "error.unavailable", Err: err}
			}
			p.file(fmt.Sprintf("materials/%02d-%s", i+1, strings.NewReplacer("/", "_", "\\", "_").Replace(a.Name)), data)
		}
	}
	return p.bytes()
}

func (s *Service) packList(ctx context.Context, p *pack, h models.Hearing, t Texts) error {
	table, err := s.ParticipantTable(ctx, h.ID, "zh", t)
	if models.IsNotFound(err) { // of a hearing without a list
		table, err = sheet.Table{Headers: []string{t.T("hearings.number")}, Rows: func(func(cells ...any) error) error { return nil }}, nil
	}
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := sheet.CSV(&out, table); err != nil {
		return err
	}
	p.file("participants.csv", out.Bytes())
	return nil
}

// noticeOf is the notice as it stood, for the archive.
func noticeOf(v View) map[string]any {
	h := v.Hearing
	h.CreatedBy, h.ProposedBy, h.PublishedBy = "", "", ""
	changes := slices.Clone(v.Changes)
	for i := range changes {
		changes[i].CreatedBy = ""
	}
	return map[string]any{"hearing": h, "unit": map[string]string{"zh": v.Unit.NameZH, "en": v.Unit.NameEN}, "categories": v.Categories, "agenda": v.Agenda, "changes": changes}
}

// pack collects the files of an archive; its times are those of the record, so that
// the same hearing gives the same bytes.
type pack struct {
	at    time.Time
	names []string
	data  [][]byte
	err   error
}

func (p *pack) file(name string, data []byte) {
	p.names, p.data = append(p.names, name), append(p.data, data)
}

func (p *pack) json(name string, v any) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		p.err = err
	}
	p.file(name, append(b, '\n'))
}

func (p *pack) bytes() ([]byte, error) {
	if p.err != nil {
		return nil, p.err
	}
	var manifest strings.Builder
	for i, name := range p.names {
		sum := sha256.Sum256(p.data[i])
		manifest.WriteString(hex.EncodeToString(sum[:]) + "  " + name + "\n")
	}
	p.file("MANIFEST.sha256", []byte(manifest.String()))
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i, name := range p.names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.at.UTC()})
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(w, bytes.NewReader(p.data[i])); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil { // here the directory of the package is written
		return nil, err
	}
	return out.Bytes(), nil
}
