package drafting

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// Limits of attachments.
const (
	FileLimit = 20 << 20 // bytes of one file
	MostFiles = 20       // files of one consultation
	fileOwner = "consultation"
)

// KeepFiles says in which folder attachments are kept, by the hash of their bytes.
// Call it before the service is used.
func (s *Service) KeepFiles(dir string) { s.files = dir }

// Attach adds a file to a consultation that is not public yet. The content decides
// what it is; pictures lose what they say about camera and place. Errors: Invalid
// on the field "file" (drafting.file_…), Closed.
func (s *Service) Attach(ctx context.Context, who actor.Actor, id, name string, data []byte, idem models.Idem) (models.Attachment, error) {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return models.Attachment{}, err
	}
	if name = text.Line(filepath.Base(name)); text.Length(name) > 150 {
		name = text.Cut(name, 150)
	}
	if len(data) > FileLimit {
		return models.Attachment{}, models.FailField("file", "drafting.file_large", "most", FileLimit>>20)
	}
	data, mime, err := fileOf(data)
	if err != nil {
		return models.Attachment{}, err
	}
	sum := sha256.Sum256(data)
	a := models.Attachment{OwnerKind: fileOwner, OwnerID: id, Name: named(name, mime), Mime: mime, Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), CreatedBy: who.PersonID}
	if err := s.store(a.SHA256, data); err != nil {
		return a, &models.Error{Kind: models.Unavailable, Key: "error.unavailable", Err: err}
	}
	act := who.Act("attachments.add", models.ConsultationTopic(id))
	act.UnitID, act.Detail = c.UnitID, map[string]any{"file": a.Name, "sha256": a.SHA256}
	a, _, err = models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (models.Attachment, error) {
		row := a
		if err := s.filesOpen(tx, id); err != nil {
			return row, err
		}
		have, err := tx.Attachments(fileOwner, id)
		if err != nil {
			return row, err
		}
		if len(have) >= MostFiles {
			return row, models.FailField("file", "drafting.file_many", "most", MostFiles)
		}
		row.ID, row.CreatedAt, row.Position = models.NewID(tx.Now), tx.Now, len(have)+1
		return row, tx.Insert(&row)
	})
	return a, err
}

// Detach takes a file away again. Errors: NotFound, Closed.
func (s *Service) Detach(ctx context.Context, who actor.Actor, id, fileID string) error {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	a, err := s.db.AttachmentByID(ctx, fileID)
	if err != nil {
		return err
	}
	if a.OwnerKind != fileOwner || a.OwnerID != id {
		return models.ErrNotFound
	}
	act := who.Act("attachments.remove", models.ConsultationTopic(id))
	act.UnitID, act.Detail = c.UnitID, map[string]any{"file": a.Name, "sha256": a.SHA256}
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		if err := s.filesOpen(tx, id); err != nil {
			return err
		}
		return tx.RemoveAttachment(a.ID)
	})
}

// filesOpen refuses changes to what a second person is reading or the public has.
func (s *Service) filesOpen(tx *models.Tx, id string) error {
	c, err := tx.Consultation(id)
	switch {
	case err != nil:
		return err
	case c.PublishedAt != nil:
		return models.Fail(models.Closed, "drafting.public")
	case c.ProposedBy != "":
		return models.Fail(models.Closed, "drafting.proposed")
	}
	return nil
}

// File gives an attachment of a consultation and where its bytes lie: to everybody
// once the consultation is public, before that to its officers. Errors: NotFound.
func (s *Service) File(ctx context.Context, who actor.Actor, fileID string) (models.Attachment, string, error) {
	a, err := s.db.AttachmentByID(ctx, fileID)
	if err != nil {
		return a, "", err
	}
	if a.OwnerKind != fileOwner {
		return a, "", models.ErrNotFound
	}
	c, err := s.db.ConsultationByID(ctx, a.OwnerID)
	if err != nil {
		return a, "", err
	}
	if c.PublishedAt == nil {
		if _, err := s.mine(ctx, who, c.ID); err != nil {
			return a, "", models.ErrNotFound
		}
	}
	return a, s.fileAt(a.SHA256), nil
}

// Files lists the attachments of a consultation to its officers.
func (s *Service) Files(ctx context.Context, who actor.Actor, id string) ([]models.Attachment, error) {
	if _, err := s.mine(ctx, who, id); err != nil {
		return nil, err
	}
	return s.db.AttachmentsOf(ctx, fileOwner, id)
}

func (s *Service) fileAt(sum string) string { return filepath.Join(s.files, sum[:2], sum) }

// store writes a file whole or not at all: it gets its name only when its bytes
// are on the disk.
func (s *Service) store(sum string, data []byte) error {
	path := s.fileAt(sum)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when it got its name
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
