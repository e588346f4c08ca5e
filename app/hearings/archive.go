package hearings

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"slices"

	"minyi/app/kit/record"
	"minyi/app/kit/sheet"
	"minyi/models"
)

// Archive gives the package of a hearing whose record is frozen: notice, materials,
// list of participants, proof of the draw, record and report, with a manifest of
// SHA-256 hashes that sha256sum -c understands. It holds no personal data beyond
// what is public. Errors: NotFound before the record is frozen, Unavailable when the
// bytes of a material are not there.
func (s *Service) Archive(ctx context.Context, id, lang string, t Texts) (*Package, error) {
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
	p := &Package{at: *h.RecordedAt}
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
			path := s.files.At(a.SHA256)
			if _, err := os.Stat(path); err != nil {
				return nil, &models.Error{Kind: models.Unavailable, Key: "error.unavailable", Err: err}
			}
			p.parts = append(p.parts, part{name: materialName(i+1, a.Name), path: path, sum: a.SHA256})
		}
	}
	return p, p.err
}

// ArchiveFile writes the package of [Service.Archive] into a file without a name, to be
// read from its begin and closed; whoever reads it slowly keeps no memory. Errors: as
// there, Unavailable also when it cannot be written.
func (s *Service) ArchiveFile(ctx context.Context, id, lang string, t Texts) (file *os.File, size int, err error) {
	p, err := s.Archive(ctx, id, lang, t)
	if err != nil {
		return nil, 0, err
	}
	if file, err = s.files.Scratch(); err == nil {
		if size, err = writeTo(file, p); err == nil {
			return file, size, nil
		}
		file.Close()
	}
	return nil, 0, &models.Error{Kind: models.Unavailable, Key: "error.unavailable", Err: err}
}

// writeTo writes a package into a file, goes back to its begin and gives its size.
func writeTo(file *os.File, p *Package) (int, error) {
	out := bufio.NewWriterSize(file, 1<<16)
	if err := p.WriteZip(out); err != nil {
		return 0, err
	}
	if err := out.Flush(); err != nil {
		return 0, err
	}
	size, err := file.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	return int(size), err
}

func (s *Service) packList(ctx context.Context, p *Package, h models.Hearing, t Texts) error {
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
