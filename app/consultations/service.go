// Package consultations shows the public what is put before it: the list of
// consultations, the notice, the draft with its clauses and versions, and what
// changed between them. Writing belongs to drafting and opinions.
package consultations

import (
	"context"
	"sync"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Service holds the reading use cases of consultations. It is safe for concurrent
// use.
type Service struct {
	db *models.DB

	mu    sync.Mutex
	texts map[string]*Text // by version and publication; public versions never change
	diffs map[[2]string]*Comparison
}

// New makes the service.
func New(db *models.DB) *Service {
	return &Service{db: db, texts: map[string]*Text{}, diffs: map[[2]string]*Comparison{}}
}

// Limits of what is kept in memory: far more than a county puts up at once.
const (
	keptTexts = 200
	keptDiffs = 50
)

// Seen is a consultation with who runs it, as every page of it needs it.
type Seen struct {
	models.Consultation
	Unit models.Unit
	// Versions are the ones that may be seen, oldest first.
	Versions []models.Version
	// Preview says that the public does not see it yet.
	Preview bool
}

// Newest is the latest version that may be seen; ok is false when there is none.
func (s Seen) Newest() (v models.Version, ok bool) {
	if len(s.Versions) == 0 {
		return v, false
	}
	return s.Versions[len(s.Versions)-1], true
}

// Version finds a version by its number; 0 is the newest one.
func (s Seen) Version(number int) (v models.Version, ok bool) {
	if number == 0 {
		return s.Newest()
	}
	for _, v := range s.Versions {
		if v.Number == number {
			return v, true
		}
	}
	return v, false
}

// Consultation finds a consultation with its unit and versions. What is not
// published is only shown to the officers of its unit who ask for the preview.
// Errors: NotFound; Gone (consultations.withdrawn, with the reason) for one that
// was taken back.
func (s *Service) Consultation(ctx context.Context, who actor.Actor, id string, preview bool) (Seen, error) {
	c, err := s.db.ConsultationByID(ctx, id)
	if err != nil {
		return Seen{}, err
	}
	return s.see(ctx, who, c, preview)
}

func (s *Service) see(ctx context.Context, who actor.Actor, c models.Consultation, preview bool) (Seen, error) {
	seen := Seen{Consultation: c}
	if c.PublishedAt == nil && !preview {
		return seen, models.ErrNotFound
	}
	var err error
	if seen.Unit, err = s.db.UnitByID(ctx, c.UnitID); err != nil {
		return seen, err
	}
	seen.Preview = preview && who.Has(seen.Unit.Path, models.Officer, models.Supervisor, models.Administrator)
	if c.PublishedAt == nil && !seen.Preview {
		return seen, models.ErrNotFound
	}
	if c.WithdrawnAt != nil && !seen.Preview {
		return seen, nil
	}
	all, err := s.db.VersionsOf(ctx, c.ID)
	for _, v := range all {
		if v.PublishedAt != nil || seen.Preview {
			seen.Versions = append(seen.Versions, v)
		}
	}
	return seen, err
}

// open is [Service.Consultation] for pages that end with a withdrawal.
func (s *Service) open(ctx context.Context, who actor.Actor, id string, preview bool) (Seen, error) {
	seen, err := s.Consultation(ctx, who, id, preview)
	if err == nil && seen.WithdrawnAt != nil && !seen.Preview {
		return seen, models.Fail(models.Gone, "consultations.withdrawn_page")
	}
	return seen, err
}

// Notice is everything that the notice of a consultation says.
type Notice struct {
	Seen
	Extensions  []models.Extension
	Attachments []models.Attachment
	Figures     models.Figures
	Follows     bool // the reader follows it
}

// Notice gives the notice. A withdrawn one is given with its reason and nothing
// else. Errors: NotFound.
func (s *Service) Notice(ctx context.Context, who actor.Actor, id string, preview bool) (n Notice, err error) {
	if n.Seen, err = s.Consultation(ctx, who, id, preview); err != nil {
		return n, err
	}
	if n.WithdrawnAt != nil && !n.Preview {
		return n, nil
	}
	if n.Extensions, err = s.db.ExtensionsOf(ctx, id); err != nil {
		return n, err
	}
	if n.Attachments, err = s.db.AttachmentsOf(ctx, models.OfConsultation, id); err != nil {
		return n, err
	}
	if n.Figures, err = s.db.FiguresOf(ctx, id); err != nil {
		return n, err
	}
	if who.SignedIn() {
		n.Follows, err = s.db.Follows(ctx, who.PersonID, id)
	}
	return n, err
}

// Follow makes somebody hear of what happens to a consultation, or ends it.
// Errors: SignIn, NotFound.
func (s *Service) Follow(ctx context.Context, who actor.Actor, id string, on bool) error {
	if !who.SignedIn() {
		return models.Fail(models.SignIn, "error.sign_in")
	}
	c, err := s.db.ConsultationByID(ctx, id)
	if err != nil {
		return err
	}
	if c.PublishedAt == nil {
		return models.ErrNotFound
	}
	name := "consultations.follow"
	if !on {
		name = "consultations.unfollow"
	}
	act := who.Act(name, models.ConsultationTopic(id))
	act.UnitID = c.UnitID
	return s.db.InTx(ctx, act, func(tx *models.Tx) error { return tx.Follow(who.PersonID, id, on) })
}

// Changes gives the moment at which the page of a consultation changes by itself
// after now: it opens or closes; zero when neither is to come.
func Changes(c models.Consultation, now time.Time) time.Time {
	for _, at := range []*time.Time{c.OpensAt, c.ClosesAt} {
		if at != nil && at.After(now) {
			return *at
		}
	}
	return time.Time{}
}
