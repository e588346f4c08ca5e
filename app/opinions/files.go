package opinions

import (
	"context"
	"errors"
	"strconv"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/upload"
	"minyi/models"
)

// Limits of attachments. They are read by the office and by their author; they are
// never public, because nobody has looked what they show of other people.
const (
	FileLimit = 10 << 20 // bytes of one file
	MostFiles = 3        // files of one opinion
	// fileTicketFor is how long a link to a file works for who showed the contact
	// detail and has no session.
	fileTicketFor = time.Hour
)

// keep stores files and runs the act that names them.
func (s *Service) keep(files []upload.File, act func() error) error {
	if len(files) == 0 {
		return act()
	}
	if s.o.Files == nil {
		return errors.New("opinions: nobody keeps files")
	}
	err := s.o.Files.Keep(files, act)
	if err != nil && models.KindOf(err) == models.Internal {
		err = &models.Error{Kind: models.Unavailable, Key: "error.unavailable", Err: err}
	}
	return err
}

// addFiles names files as those of an owner that has some already.
func addFiles(tx *models.Tx, who actor.Actor, kind, owner string, have int, files []upload.File) error {
	if have+len(files) > MostFiles {
		return models.FailField("files", "upload.many", "most", MostFiles)
	}
	for n, f := range files {
		row := &models.Attachment{ID: models.NewID(tx.Now), OwnerKind: kind, OwnerID: owner, Name: f.Name, Mime: f.Mime, Size: int64(len(f.Data)), SHA256: f.SHA256,
			Position: have + n + 1, CreatedBy: who.PersonID, CreatedAt: tx.Now}
		if err := tx.Insert(row); err != nil {
			return err
		}
	}
	return nil
}

func sums(list []models.Attachment) (out []string) {
	for _, a := range list {
		out = append(out, a.SHA256)
	}
	return out
}

func filesOf(list []Said) (out []string) {
	for _, o := range list {
		out = append(out, o.Files...)
	}
	return out
}

// forget takes the bytes of files away that no row names any more.
func (s *Service) forget(ctx context.Context, files []models.Attachment) error {
	for _, a := range files {
		if s.o.Files == nil {
			return nil
		}
		if err := s.o.Files.Drop(a.SHA256, func() (bool, error) { return s.db.FileNamed(ctx, a.SHA256) }); err != nil {
			return err
		}
	}
	return nil
}

// Ticket lets who sees the texts of a receipt by its contact detail fetch the files and
// object to a hiding for an hour.
func (s *Service) Ticket(r Receipt) string {
	if s.o.Signer == nil || !r.Texts {
		return ""
	}
	return s.o.Signer.Encode("file|"+r.ID, strconv.FormatInt(s.db.Now().Unix(), 36))
}

// OwnFile gives a file of a receipt and where its bytes lie to its author: by
// account or visit, or by a ticket of [Service.Ticket]. Errors: NotFound.
func (s *Service) OwnFile(ctx context.Context, who actor.Actor, code, fileID, ticket string) (models.Attachment, string, error) {
	r, err := s.Receipt(ctx, who, code, "")
	if err != nil {
		if models.KindOf(err) == models.Invalid {
			err = models.ErrNotFound
		}
		return models.Attachment{}, "", err
	}
	if !r.Texts && !s.ticketFits(r, ticket) {
		return models.Attachment{}, "", models.ErrNotFound
	}
	a, err := s.db.AttachmentByID(ctx, fileID)
	if err != nil {
		return a, "", err
	}
	for _, g := range r.Opinions {
		if a.OwnerKind == models.OfOpinion && a.OwnerID == g.ID {
			return a, s.o.Files.At(a.SHA256), nil
		}
	}
	return a, "", models.ErrNotFound
}

func (s *Service) ticketFits(r Receipt, ticket string) bool {
	if s.o.Signer == nil || ticket == "" {
		return false
	}
	fields, err := s.o.Signer.Decode("file|"+r.ID, ticket)
	if err != nil || len(fields) != 1 {
		return false
	}
	n, err := strconv.ParseInt(fields[0], 36, 64)
	return err == nil && s.db.Now().Sub(time.Unix(n, 0)) < fileTicketFor
}

// DeskFile gives a file of an opinion to the officers of its unit. Errors: SignIn,
// NotFound.
func (s *Service) DeskFile(ctx context.Context, who actor.Actor, opinionID, fileID string) (models.Attachment, string, error) {
	o, _, err := s.atDesk(ctx, who, opinionID)
	if err != nil {
		return models.Attachment{}, "", err
	}
	a, err := s.db.AttachmentByID(ctx, fileID)
	if err == nil && (a.OwnerKind != models.OfOpinion || a.OwnerID != o.ID) {
		err = models.ErrNotFound
	}
	if err != nil {
		return a, "", err
	}
	return a, s.o.Files.At(a.SHA256), nil
}
