package letters_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/app/kit/letter"
	"minyi/app/letters"
	"minyi/frontend"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

// post is the port at which letters leave; it can be away.
type post struct {
	mu   sync.Mutex
	err  error
	sent []letter.Letter
}

func (p *post) Send(_ context.Context, l letter.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.sent = append(p.sent, l)
	}
	return p.err
}

func each(t *testing.T, f func(t *testing.T, db *models.DB, clock *modelstest.Clock, s *letters.Service, p *post)) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		p := &post{}
		f(t, db, clock, service(db, p), p)
	})
}

func service(db *models.DB, sender letter.Sender) *letters.Service {
	return letters.New(letters.Options{
		DB: db, Sender: sender, PublicURL: "https://minyi.test", Secret: []byte("a secret of thirty-two characters"), Log: slog.New(slog.DiscardHandler),
		Words:    func(lang string) letters.Words { return frontend.WordsIn(lang) },
		SiteName: func(lang string) string { return frontend.WordsIn(lang).T("frame.site_name") },
	})
}

func queue(t *testing.T, db *models.DB, data map[string]string, list ...models.Letter) {
	t.Helper()
	err := db.InTx(ctx, models.Act{By: "system", Name: "test"}, func(tx *models.Tx) error {
		for _, l := range list {
			if err := tx.QueueLetter(l, data); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func due(t *testing.T, s *letters.Service) {
	t.Helper()
	if _, err := s.SendDue(ctx); err != nil {
		t.Fatal(err)
	}
}

func news(key string) models.Letter {
	return models.Letter{Channel: models.ChannelMail, Recipient: "lin@example.org", PersonID: "P1", Lang: "zh", Kind: "password_changed", DedupeKey: key}
}

func TestOneEventSendsOneLetter(t *testing.T) {
	each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock, s *letters.Service, p *post) {
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { queue(t, db, nil, news("a"), news("b")) })
		}
		wg.Wait()
		select {
		case <-db.LettersQueued():
		case <-time.After(time.Minute):
			t.Fatal("nobody was woken")
		}
		var senders sync.WaitGroup
		for range 3 { // three nodes at once
			senders.Go(func() { _, _ = service(db, p).SendDue(ctx) })
		}
		senders.Wait()
		due(t, s)
		if len(p.sent) != 2 {
			t.Errorf("%d letters for two events", len(p.sent))
		}
	})
}

func TestAnActThatFailsSendsNothing(t *testing.T) {
	each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock, s *letters.Service, p *post) {
		refused := models.Fail(models.Closed, "error.stale")
		err := db.InTx(ctx, models.Act{By: "system", Name: "test"}, func(tx *models.Tx) error {
			return errors.Join(tx.QueueLetter(news("a"), nil), refused)
		})
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		due(t, s)
		if len(p.sent) != 0 {
			t.Error("a letter about nothing was sent")
		}
	})
}

func TestLettersWaitForTheServerAndAreGivenUpAfterDays(t *testing.T) {
	each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock, s *letters.Service, p *post) {
		p.err = fmt.Errorf("connection refused")
		queue(t, db, nil, news("a"), news("b"))
		due(t, s)
		due(t, s) // at once again: nothing is due
		h, err := db.LettersHealth(ctx, clock.Now())
		if err != nil || h.Waiting != 2 || h.Failed != 0 {
			t.Fatalf("%+v, %v", h, err)
		}
		clock.Add(31 * time.Second)
		p.err = nil
		due(t, service(db, p)) // a process started anew
		if len(p.sent) != 2 || p.sent[0].ID == "" || p.sent[0].ID == p.sent[1].ID {
			t.Fatalf("sent %+v", p.sent)
		}
		p.err = fmt.Errorf("connection refused")
		queue(t, db, nil, news("c"))
		for range 10 {
			due(t, s)
			clock.Add(25 * time.Hour)
		}
		list, err := db.Letters(ctx, true, "", 10)
		if err != nil || len(list) != 1 || list[0].LastError != "connection refused" || list[0].Tries != 9 {
			t.Errorf("given up: %+v, %v", list, err)
		}
	})
}

func TestACodeOvertakesNewsExpiresAndLeavesNoTrace(t *testing.T) {
	each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock, s *letters.Service, p *post) {
		for i := range 60 {
			queue(t, db, nil, news(fmt.Sprint(i)))
		}
		clock.Add(time.Second)
		until := clock.Now().Add(10 * time.Minute)
		code := models.Letter{Channel: models.ChannelSMS, Recipient: "+8613800000021", Lang: "zh", Kind: "code_sign_in", DedupeKey: "code", ExpiresAt: &until}
		queue(t, db, map[string]string{"code": "271828", "minutes": "10"}, code)
		due(t, s)
		found := false
		for _, l := range p.sent {
			found = found || l.Channel == letter.SMS && strings.Contains(l.Text, "271828")
		}
		if !found {
			t.Error("the code waited behind the news")
		}
		all, err := db.Letters(ctx, false, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			if strings.Contains(l.Body+l.Subject+l.HTML+l.Data, "271828") {
				t.Errorf("the code stands in the database: %+v", l)
			}
		}
		p.err = fmt.Errorf("away")
		late := code
		late.DedupeKey = "late"
		queue(t, db, map[string]string{"code": "314159", "minutes": "10"}, late)
		for range 3 {
			due(t, s)
		}
		clock.Add(11 * time.Minute)
		p.err, p.sent = nil, nil
		for range 3 {
			due(t, s)
		}
		for _, l := range p.sent {
			if strings.Contains(l.Text, "314159") {
				t.Error("a code that had ended was sent")
			}
		}
	})
}

func TestTextAndHTMLSayTheSameInTheReadersLanguage(t *testing.T) {
	s := service(modelstest.SQLite(t, nil), &post{})
	for lang, want := range map[string]string{"zh": "https://minyi.test/me/settings", "en": "https://minyi.test/en/me/settings"} {
		l := news("a")
		l.ID, l.Lang, l.Data = "L1", lang, `{"url":"/me/settings"}`
		out, err := s.Compose(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{out.Text, out.HTML} {
			if !strings.Contains(text, want) || !strings.Contains(text, frontend.WordsIn(lang).T("letters.password_changed_button")) || strings.Contains(text, "⟦") {
				t.Errorf("%s: %s", lang, text)
			}
		}
		if out.UnsubscribeURL != "" {
			t.Error("a warning can be unsubscribed")
		}
	}
	bad := news("a")
	bad.Kind, bad.Data = "nothing", "{}"
	if _, err := s.Compose(bad); err == nil {
		t.Error("a letter without texts was composed")
	}
}

func TestOneClickEndsTheNewsAndForgedLinksDoNot(t *testing.T) {
	each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock, s *letters.Service, p *post) {
		person := models.Person{ID: models.NewID(clock.Now()), Email: "lin@example.org", Notify: models.ChannelMail, Lang: "zh", CreatedAt: clock.Now(), UpdatedAt: clock.Now()}
		key := person.Email
		person.EmailKey = &key
		if err := db.InTx(ctx, models.Act{By: "system", Name: "test"}, func(tx *models.Tx) error { return tx.Insert(&person) }); err != nil {
			t.Fatal(err)
		}
		ticket := letters.StopTicket(s, "p:"+person.ID)
		for _, forged := range []string{"", "x", ticket + "x", "x" + ticket, strings.Replace(ticket, ".", "..", 1)} {
			if err := s.Stop(ctx, forged); !models.IsNotFound(err) {
				t.Errorf("%q: %v", forged, err)
			}
		}
		if models.LetterTo(person, "x").Recipient != "lin@example.org" {
			t.Error("news do not reach who wants them")
		}
		for range 2 {
			if err := s.Stop(ctx, ticket); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.PersonByID(ctx, person.ID)
		if err != nil || got.Notify != "none" || models.LetterTo(got, "x").Recipient != "" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
