// Package letters sends what other features queued with models.Tx.QueueLetter:
// it composes mails and text messages in the reader's language after the commit,
// tries again when a server is away, and never sends a letter twice that the next
// station knows already.
package letters

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/letter"
	"minyi/models"
)

// Timing of letters.
const (
	lookEvery = 2 * time.Second // besides being woken by commits of this process
	claimFor  = 2 * time.Minute // afterwards another node may try
	sendFor   = time.Minute
	batch     = 40
	hands     = 4 // letters under way at once
)

// waits are how long a letter waits before its next try; after the last it is
// given up and shown to administrators.
var waits = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// Words speaks one language; the texts of letters are letters.<kind>_….
type Words interface {
	T(key string, args ...any) string
	Has(key string) bool
	// DateLetter says an appointment, DeadlineLetter the end of a period, ZoneName by
	// which clock.
	DateLetter(t time.Time) string
	DeadlineLetter(t time.Time) string
	ZoneName(t time.Time) string
}

// Options are what the service needs.
type Options struct {
	DB     *models.DB
	Sender letter.Sender
	// Box, where letters end that nobody sends, is shown on the mailbox page.
	Box       *letter.Box
	Words     func(lang string) Words
	SiteName  func(lang string) string
	PublicURL string
	Secret    []byte
	Log       *slog.Logger
}

// Service composes and sends letters.
type Service struct{ o Options }

// New makes the service; [Service.Run] sends.
func New(o Options) *Service { return &Service{o: o} }

// Run sends due letters until ctx ends. A letter that is under way then is
// finished or, if the process dies, tried again by whoever comes next.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		n, err := s.SendDue(ctx)
		if err != nil && ctx.Err() == nil {
			s.o.Log.Warn("letters wait", "err", err)
		}
		if n == batch {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-s.o.DB.LettersQueued():
		case <-tick.C:
		}
	}
}

// SendDue tries every letter that is due, up to a batch, and tells how many.
func (s *Service) SendDue(ctx context.Context) (int, error) {
	list, err := s.o.DB.LettersDue(ctx, s.o.DB.Now(), batch)
	if err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	free := make(chan struct{}, hands)
	for _, l := range list {
		if ctx.Err() != nil {
			break
		}
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			if err := s.try(context.WithoutCancel(ctx), l); err != nil {
				s.o.Log.Warn("letter waits", "letter", l.ID, "kind", l.Kind, "err", err)
			}
		})
	}
	wg.Wait()
	return len(list), nil
}

func act(name string) models.Act { return models.Act{By: "system", Name: name, Silent: true} }

// try claims a letter, sends it and keeps the outcome. Dying between sending and
// keeping sends it once more with the same Message-ID, never less than once.
func (s *Service) try(ctx context.Context, l models.Letter) error {
	until := s.o.DB.Now().Add(claimFor)
	err := s.o.DB.InTx(ctx, act("letters.claim"), func(tx *models.Tx) error { return tx.ClaimLetter(l, until) })
	if models.KindOf(err) == models.Conflict {
		return nil // another node has it
	}
	if err != nil {
		return err
	}
	l.Tries++
	now := s.o.DB.Now()
	if l.ExpiresAt != nil && !now.Before(*l.ExpiresAt) {
		l.FailedAt, l.LastError = &now, "expired"
	} else {
		s.send(ctx, &l)
	}
	if l.ExpiresAt != nil && (l.SentAt != nil || l.FailedAt != nil) {
		l.Data, l.Subject, l.Body, l.HTML = "{}", "", "", "" // a code stands in no database longer than it must
	}
	return s.o.DB.InTx(ctx, act("letters.finish"), func(tx *models.Tx) error { return tx.FinishLetter(l) })
}

func (s *Service) send(ctx context.Context, l *models.Letter) {
	out, err := s.Compose(*l)
	if err == nil {
		l.Subject, l.Body, l.HTML = out.Subject, out.Text, out.HTML
		within, cancel := context.WithTimeout(ctx, sendFor)
		err = s.o.Sender.Send(within, out)
		cancel()
	}
	now := s.o.DB.Now()
	switch {
	case err == nil:
		l.SentAt, l.LastError = &now, ""
	case letter.Permanent(err), l.Tries > len(waits), errors.Is(err, errCompose):
		l.FailedAt, l.LastError = &now, cutError(err)
	default:
		l.NextAt, l.LastError = now.Add(wait(*l)), cutError(err)
	}
	if err != nil {
		s.o.Log.Warn("letter was not sent", "letter", l.ID, "kind", l.Kind, "channel", l.Channel, "try", l.Tries, "err", err)
	}
}

// wait is how long to wait before the next try; a code that is of use for minutes
// is tried again within seconds.
func wait(l models.Letter) time.Duration {
	if l.ExpiresAt != nil {
		return time.Duration(l.Tries) * 5 * time.Second
	}
	return waits[min(l.Tries, len(waits))-1]
}

func cutError(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300])
	}
	return text
}

// Mailbox lists the letters that nobody sent because no server is set up, the
// newest first. Only the development page shows them.
func (s *Service) Mailbox() []letter.Letter {
	if s.o.Box == nil {
		return nil
	}
	return s.o.Box.Letters()
}

// Health tells how the sending goes, and lists the letters given up lately.
// Administrators only.
func (s *Service) Health(ctx context.Context, who actor.Actor) (models.LetterHealth, []models.Letter, error) {
	if err := administrator(who); err != nil {
		return models.LetterHealth{}, nil, err
	}
	h, err := s.o.DB.LettersHealth(ctx, s.o.DB.Now().Add(-7*24*time.Hour))
	if err != nil {
		return h, nil, err
	}
	failed, err := s.o.DB.Letters(ctx, true, "", 50)
	return h, failed, err
}

// Retry queues a letter that was given up once more. Errors: Conflict when it was
// not given up, and those of administrators.
func (s *Service) Retry(ctx context.Context, who actor.Actor, id string) error {
	if err := administrator(who); err != nil {
		return err
	}
	return s.o.DB.InTx(ctx, who.Act("letters.retry", "letter:"+id), func(tx *models.Tx) error { return tx.RetryLetter(id) })
}

// Test sends a letter to the actor's own contact on a channel and waits for what
// the server says, so that the operator sees at once whether it works. Errors:
// Conflict (letters.test_no_contact, letters.test_failed with the reason).
func (s *Service) Test(ctx context.Context, who actor.Actor, channel string) error {
	if err := administrator(who); err != nil {
		return err
	}
	p, err := s.o.DB.PersonByID(ctx, who.PersonID)
	if err != nil {
		return err
	}
	l := models.Letter{Channel: models.ChannelMail, Recipient: p.Email, PersonID: p.ID, Lang: who.Lang, Kind: "test", Data: "{}"}
	if channel == models.ChannelSMS {
		l.Channel, l.Recipient = models.ChannelSMS, ""
		if p.PhoneKey != nil {
			l.Recipient = *p.PhoneKey
		}
	}
	if l.Recipient == "" {
		return models.Fail(models.Conflict, "letters.test_no_contact")
	}
	err = s.o.DB.InTx(ctx, who.Act("letters.test", "person:"+p.ID), func(tx *models.Tx) error {
		l.ID = models.NewID(tx.Now)
		return nil
	})
	if err != nil {
		return err
	}
	out, err := s.Compose(l)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := s.o.Sender.Send(within, out); err != nil {
		return &models.Error{Kind: models.Conflict, Key: "letters.test_failed", Args: []any{"reason", cutError(err)}, Err: err}
	}
	return nil
}

func administrator(who actor.Actor) error {
	switch {
	case who.HasAnywhere(models.Administrator):
		return nil
	case !who.SignedIn():
		return models.Fail(models.SignIn, "error.sign_in")
	}
	return models.ErrNotFound
}
