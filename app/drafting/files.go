package drafting

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/app/kit/upload"
	"minyi/models"
)

// Limits of attachments.
const (
	FileLimit = 20 << 20 // bytes of one file
	MostFiles = 20       // files of one consultation
)

// KeepFiles says where attachments are kept. Call it before the service is used.
func (s *Service) KeepFiles(store *upload.Store) { s.files = store }

// Attach adds a file to a consultation that is not public yet. The content decides
// what it is; pictures lose what they say about camera and place. Errors: Invalid
// on the field "file" (upload.…), Closed.
func (s *Service) Attach(ctx context.Context, who actor.Actor, id string, given upload.Given, idem models.Idem) (a models.Attachment, err error) {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return a, err
	}
	f, err := upload.Take(given, FileLimit)
	if err != nil {
		return a, err
	}
	act := who.Act("attachments.add", models.ConsultationTopic(id))
	act.UnitID, act.Detail = c.UnitID, map[string]any{"file": f.Name, "sha256": f.SHA256}
	err = s.files.Keep([]upload.File{f}, func() (err error) {
		a, _, err = models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (models.Attachment, error) {
			if err := s.filesOpen(tx, id); err != nil {
				return models.Attachment{}, err
			}
			have, err := tx.Attachments(models.OfConsultation, id)
			if err != nil {
				return models.Attachment{}, err
			}
			if len(have) >= MostFiles {
				return models.Attachment{}, models.FailField("file", "upload.many", "most", MostFiles)
			}
			row := models.Attachment{ID: models.NewID(tx.Now), OwnerKind: models.OfConsultation, OwnerID: id, Name: f.Name, Mime: f.Mime, Size: int64(len(f.Data)), SHA256: f.SHA256,
				Position: len(have) + 1, CreatedBy: who.PersonID, CreatedAt: tx.Now}
			return row, tx.Insert(&row)
		})
		return err
	})
	return a, unstored(err)
}

// unstored turns the disk's refusals into what people can be told.
func unstored(err error) error {
	if err == nil || models.KindOf(err) != models.Internal {
		return err
	}
	return &models.Error{Kind: models.Unavailable, Key: "error.unavailable", Err: err}
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
	if a.OwnerKind != models.OfConsultation || a.OwnerID != id {
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
	if a.OwnerKind != models.OfConsultation {
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
	return a, s.files.At(a.SHA256), nil
}

// Files lists the attachments of a consultation to its officers.
func (s *Service) Files(ctx context.Context, who actor.Actor, id string) ([]models.Attachment, error) {
	if _, err := s.mine(ctx, who, id); err != nil {
		return nil, err
	}
	return s.db.AttachmentsOf(ctx, models.OfConsultation, id)
}
