package hearings

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/app/kit/upload"
	"minyi/models"
)

// Limits of materials.
const (
	FileLimit = 20 << 20 // bytes of one file
	MostFiles = 30       // files of one hearing
)

// KeepFiles says where materials are kept. Call it before the service is used.
func (s *Service) KeepFiles(store *upload.Store) *Service {
	s.files = store
	return s
}

// Attach adds a file to the materials of a hearing, before or after it is public.
// The content decides what it is. Errors: Invalid on the field "file" (upload.…),
// Closed once the record is frozen.
func (s *Service) Attach(ctx context.Context, who actor.Actor, id string, given upload.Given, idem models.Idem) (a models.Attachment, err error) {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return a, err
	}
	if h.RecordedAt != nil || h.CancelledAt != nil {
		return a, models.Fail(models.Closed, "hearings.over")
	}
	f, err := upload.Take(given, FileLimit)
	if err != nil {
		return a, err
	}
	one := act(who, "attach", h)
	one.Detail = map[string]any{"file": f.Name, "sha256": f.SHA256}
	err = s.files.Keep([]upload.File{f}, func() (err error) {
		a, _, err = models.Once(ctx, s.db, one, idem, func(tx *models.Tx) (models.Attachment, error) {
			have, err := tx.Attachments(FileOwner, id)
			if err != nil {
				return models.Attachment{}, err
			}
			if len(have) >= MostFiles {
				return models.Attachment{}, models.FailField("file", "upload.many", "most", MostFiles)
			}
			row := models.Attachment{ID: models.NewID(tx.Now), OwnerKind: FileOwner, OwnerID: id, Name: f.Name, Mime: f.Mime, Size: int64(len(f.Data)), SHA256: f.SHA256,
				Position: len(have) + 1, CreatedBy: who.PersonID, CreatedAt: tx.Now}
			tx.Emit(models.HearingTopic(id), "hearings.materials", map[string]any{"id": id})
			return row, tx.Insert(&row)
		})
		return err
	})
	if err != nil && models.KindOf(err) == models.Internal {
		err = &models.Error{Kind: models.Unavailable, Key: "error.unavailable", Err: err}
	}
	return a, err
}

// Detach takes a file away while the hearing is not public: what participants were
// given stays.
func (s *Service) Detach(ctx context.Context, who actor.Actor, id, fileID string) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	a, err := s.db.AttachmentByID(ctx, fileID)
	if err != nil {
		return err
	}
	if a.OwnerKind != FileOwner || a.OwnerID != id {
		return models.ErrNotFound
	}
	if h.PublishedAt != nil {
		return models.Fail(models.Closed, "hearings.public")
	}
	return s.db.InTx(ctx, act(who, "detach", h), func(tx *models.Tx) error { return tx.RemoveAttachment(a.ID) })
}

// File gives a file of a hearing and where its bytes lie: to everybody once the
// hearing is public, before that to its officers. Errors: NotFound.
func (s *Service) File(ctx context.Context, who actor.Actor, id, fileID string) (models.Attachment, string, error) {
	a, err := s.db.AttachmentByID(ctx, fileID)
	if err != nil {
		return a, "", err
	}
	if a.OwnerKind != FileOwner || a.OwnerID != id || s.files == nil {
		return a, "", models.ErrNotFound
	}
	h, err := s.db.HearingByID(ctx, id)
	if err != nil {
		return a, "", err
	}
	if h.PublishedAt == nil {
		if _, err := s.mine(ctx, who, id); err != nil {
			return a, "", models.ErrNotFound
		}
	}
	return a, s.files.At(a.SHA256), nil
}

// Deliver sends the materials to every participant with a seat who has not got them,
// and notes when. Participants say on their ticket page that they have them. It gives
// how many were sent. Errors: Invalid (hearings.no_materials), Closed.
func (s *Service) Deliver(ctx context.Context, who actor.Actor, id string) (sent int, err error) {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return 0, err
	}
	if state := h.State(s.db.Now()); state != models.HearingDrawn && state != models.HearingClosed && state != models.HearingOpen {
		return 0, models.Fail(models.Closed, "hearings.over")
	}
	have, err := s.db.DeliveriesOf(ctx, id)
	if err != nil {
		return 0, err
	}
	return sent, s.db.InTx(ctx, act(who, "deliver", h), func(tx *models.Tx) error {
		sent = 0
		files, err := tx.Attachments(FileOwner, id)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return models.FailField("file", "hearings.no_materials")
		}
		list, err := tx.Recipients(id, []models.RegistrationStatus{models.RegistrationConfirmed})
		if err != nil {
			return err
		}
		tickets, err := tx.FirstTickets(id)
		if err != nil {
			return err
		}
		for _, r := range list {
			if _, done := have[r.ID]; done {
				continue
			}
			if err := tx.Deliver(models.Delivery{HearingID: id, RegistrationID: r.ID, Way: "page", SentBy: who.PersonID, SentAt: tx.Now}); err != nil {
				return err
			}
			if err := s.tell(tx, h, r, tickets[r.ID], "hearing_materials", "once", nil); err != nil {
				return err
			}
			sent++
		}
		tx.Act.Detail = map[string]any{"sent": sent, "files": len(files)}
		return nil
	})
}

// Receive notes that the holder of a ticket has the materials. Errors: NotFound.
func (s *Service) Receive(ctx context.Context, who actor.Actor, ticket string) error {
	r, h, err := s.participant(ctx, who, ticket)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "receive", h), func(tx *models.Tx) error {
		return tx.Deliver(models.Delivery{HearingID: h.ID, RegistrationID: r.ID, Way: "page", SentBy: "", SentAt: tx.Now, ReceivedAt: &tx.Now})
	})
}

// HandOver notes that whoever has a number in the hearing got the materials on paper:
// people without a phone sign for them too. Errors: Invalid (number) for a number of
// nobody who has a seat, NotFound.
func (s *Service) HandOver(ctx context.Context, who actor.Actor, id string, number int64) error {
	h, err := s.door(ctx, who, id)
	if err != nil {
		return err
	}
	if h.PublishedAt == nil || h.CancelledAt != nil {
		return models.Fail(models.Closed, "hearings.over")
	}
	return s.db.InTx(ctx, act(who, "hand_over", h), func(tx *models.Tx) error {
		r, err := tx.RegistrationByNumber(id, number)
		if models.IsNotFound(err) || err == nil && r.Status != models.RegistrationConfirmed {
			return models.FailField("number", "hearings.number_of_nobody")
		}
		if err != nil {
			return err
		}
		tx.Act.Detail = map[string]any{"registration": r.ID}
		return tx.Deliver(models.Delivery{HearingID: id, RegistrationID: r.ID, Way: "hand", SentBy: who.PersonID, SentAt: tx.Now, ReceivedAt: &tx.Now})
	})
}
