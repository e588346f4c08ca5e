package administration

import (
	"context"
	"strconv"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/upload"
	"minyi/models"
)

// Term is how long one kind of personal data is kept, in days, and between which
// numbers an operator may choose.
type Term struct {
	Key                   string
	Standard, Least, Most int
}

// Terms lists what has an end, in the order of the pages (个人信息保护法 art. 19). The
// opinions themselves and the log of acts stay: they are the record.
var Terms = []Term{
	{"contact", 365, 30, 3650}, // from the answer on; without one, from a year after closing
	{"files", 1095, 30, 3650},  // attachments of opinions, the same
	{"letters", 90, 7, 365},    // from the sending on
	{"sessions", 30, 1, 365},   // sign-ins and codes, from their end on
	{"baskets", 60, 7, 365},    // written and not sent, from the last touch on

	// Of those who signed up for a hearing, from its end on: what is sensitive goes soonest.
	{"signup_access", 30, 1, 365},
	{"signup_contact", 180, 30, 3650},
	{"signup_name", 1095, 30, 3650},
}

const (
	retentionKey = "retention"
	purgedKey    = "retention.purged"
	purgeHour    = 3 // at night, in the site's zone
	lookAtClock  = 5 * time.Minute
	keysFor      = 30 * 24 * time.Hour
	unanswered   = 365 * 24 * time.Hour
)

// Keep tells the service the site's zone and where files lie, before [Service.Run].
func (s *Service) Keep(zone *time.Location, files *upload.Store) { s.zone, s.files = zone, files }

// Retention gives the days of each term.
func (s *Service) Retention(ctx context.Context) (map[string]int, error) {
	days := map[string]int{}
	for _, t := range Terms {
		days[t.Key] = t.Standard
	}
	return days, s.db.SettingInto(ctx, retentionKey, &days)
}

// RetentionForEdit is [Service.Retention] for its form; NotFound for who does not
// administer the whole site.
func (s *Service) RetentionForEdit(ctx context.Context, who actor.Actor) (map[string]int, error) {
	if err := whole(who); err != nil {
		return nil, err
	}
	return s.Retention(ctx)
}

// ChangeRetention sets the days of each term as they were typed. Errors: Invalid by
// field.
func (s *Service) ChangeRetention(ctx context.Context, who actor.Actor, typed map[string]string) error {
	if err := whole(who); err != nil {
		return err
	}
	before, err := s.Retention(ctx)
	if err != nil {
		return err
	}
	var faults models.Faults
	days := map[string]int{}
	for _, t := range Terms {
		n, err := strconv.Atoi(strings.TrimSpace(typed[t.Key]))
		if err != nil || n < t.Least || n > t.Most {
			faults.Add(t.Key, "administration.term_wrong", "least", t.Least, "most", t.Most)
		}
		days[t.Key] = n
	}
	if err := faults.Err(); err != nil {
		return err
	}
	return s.db.InTx(ctx, who.Act("administration.change_retention", "site"), func(tx *models.Tx) error {
		tx.Act.Detail = map[string]any{"before": before, "after": days}
		tx.Emit("", siteKind, map[string]string{}) // the privacy page says it
		return tx.SetSetting(retentionKey, days)
	})
}

// Run purges every night, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(lookAtClock)
	defer tick.Stop()
	for {
		if now := s.db.Now().In(s.zone); now.Hour() == purgeHour {
			if err := s.PurgeOnce(ctx, now.Format("2006-01-02")); err != nil && ctx.Err() == nil {
				s.log.Warn("personal data that is over its term waits", "err", err)
			}
			if err := s.db.EmptyLog(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("what was erased waits in the log of the database", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// PurgeOnce is [Service.Purge] on the one node that comes first on a day.
func (s *Service) PurgeOnce(ctx context.Context, day string) error {
	first := false
	err := s.db.InTx(ctx, models.Act{By: "system", Name: "retention.claim", Silent: true}, func(tx *models.Tx) (err error) {
		first, err = tx.ClaimDay(purgedKey, day)
		return err
	})
	if err != nil || !first {
		return err
	}
	_, err = s.Purge(ctx)
	return err
}

// Purge takes away everything that is over its term and tells how many rows of each
// kind; "disk" are files that nothing names. One audit row says it.
func (s *Service) Purge(ctx context.Context) (map[string]int64, error) {
	days, err := s.Retention(ctx)
	if err != nil {
		return nil, err
	}
	now := s.db.Now()
	ago := func(key string) time.Time { return now.AddDate(0, 0, -days[key]) }
	done := map[string]int64{}
	for kind, take := range map[string]func(tx *models.Tx, id string) (int64, error){"contact": (*models.Tx).ForgetContacts, "files": (*models.Tx).ForgetOpinionFiles} {
		over, err := s.db.ConsultationsOver(ctx, ago(kind), ago(kind).Add(-unanswered))
		if err != nil {
			return nil, err
		}
		for _, id := range over {
			err := s.until(ctx, done, kind, func(tx *models.Tx) (int64, error) {
				n, err := take(tx, id)
				if n > 0 && kind == "contact" { // the desk's search knows them too
					tx.EmitTo("desk", "", "retention.contacts_taken", map[string]string{"consultation": id})
				}
				return n, err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	for kind, field := range map[string]models.SignupField{"signup_access": models.SignupAccess, "signup_contact": models.SignupContact, "signup_name": models.SignupName} {
		over, err := s.db.SignupsOver(ctx, field, ago(kind))
		if err != nil {
			return nil, err
		}
		for _, id := range over {
			err := s.until(ctx, done, kind, func(tx *models.Tx) (int64, error) {
				n, err := tx.ForgetSignups(id, field)
				if n > 0 && field != models.SignupAccess { // nobody is found by what they need
					tx.EmitTo("desk", "", "retention.signups_taken", map[string]string{"hearing": id})
				}
				return n, err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	for kind, take := range map[string]func(tx *models.Tx) (int64, error){
		"letters":  func(tx *models.Tx) (int64, error) { return tx.ForgetLetters(ago("letters")) },
		"sessions": func(tx *models.Tx) (int64, error) { return tx.ForgetSessions(ago("sessions")) },
		"baskets":  func(tx *models.Tx) (int64, error) { return tx.ForgetBaskets(ago("baskets")) },
		"keys":     func(tx *models.Tx) (int64, error) { return tx.ForgetKeys(now.Add(-keysFor)) },
	} {
		if err := s.until(ctx, done, kind, take); err != nil {
			return nil, err
		}
	}
	if s.files != nil {
		n, err := s.files.Sweep(func(sum string) (bool, error) { return s.db.FileNamed(ctx, sum) })
		if err != nil {
			return nil, err
		}
		done["disk"] = int64(n)
	}
	return done, s.db.InTx(ctx, models.Act{By: "system", Name: "retention.purge", About: "site", Detail: map[string]any{"days": days, "taken": done}}, func(*models.Tx) error { return nil })
}

// until repeats an act that takes a bounded number of rows until none are left.
func (s *Service) until(ctx context.Context, done map[string]int64, kind string, take func(tx *models.Tx) (int64, error)) error {
	for {
		var n int64
		err := s.db.InTx(ctx, models.Act{By: "system", Name: "retention.take", Silent: true}, func(tx *models.Tx) (err error) {
			n, err = take(tx)
			return err
		})
		done[kind] += n
		if err != nil || n == 0 {
			return err
		}
	}
}
