package letter

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"minyi/app/kit/contact"
)

// Box is the sender of the embedded default: it writes letters to the log and
// keeps the latest for the development mailbox page. Codes stand in it in the
// clear: it must not be used where strangers read the log.
type Box struct {
	log  *slog.Logger
	size int

	mu      sync.Mutex
	letters []Letter // oldest first
}

// NewBox makes a box that keeps the latest size letters (200 when not positive).
// A nil log only keeps.
func NewBox(log *slog.Logger, size int) *Box {
	if size <= 0 {
		size = 200
	}
	return &Box{log: log, size: size}
}

// Send logs and keeps a letter; a letter with the same ID is kept once.
func (b *Box) Send(ctx context.Context, l Letter) error {
	if err := check(l, l.Channel); err != nil {
		return err
	}
	if _, err := contact.Parse(l.To); err != nil {
		return never("%w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.ContainsFunc(b.letters, func(x Letter) bool { return x.ID == l.ID }) {
		return nil
	}
	if len(b.letters) == b.size {
		b.letters = slices.Delete(b.letters, 0, 1)
	}
	b.letters = append(b.letters, l)
	if b.log != nil {
		b.log.InfoContext(ctx, "letter", "id", l.ID, "channel", l.Channel, "to", l.To, "subject", l.Subject, "text", l.Text)
	}
	return nil
}

// Letters are the kept letters, the newest first.
func (b *Box) Letters() []Letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.letters)
	slices.Reverse(out)
	return out
}

// To are the kept letters to one contact, the newest first; any spelling of it fits.
func (b *Box) To(address string) []Letter {
	c, err := contact.Parse(address)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(b.Letters(), func(l Letter) bool {
		x, err := contact.Parse(l.To)
		return err != nil || x.Key != c.Key
	})
}
