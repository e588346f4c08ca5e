// Package administration keeps what an operator decides about the whole site: who
// runs it and its record numbers, holidays, the rules of the legal clock; and it
// shows what was done and how the site is.
package administration

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/app/kit/contact"
	"minyi/app/kit/upload"
	"minyi/models"
)

// Service is what administrators of the whole site can do. Those of a part of the
// tree tend their units and people only.
type Service struct {
	db   *models.DB
	log  *slog.Logger
	mu   sync.RWMutex
	site *Site // nil: read again
	// version grows with each change, so that nothing read before is kept after it.
	version uint64
	// zone and files are for the purge, see Keep.
	zone  *time.Location
	files *upload.Store
}

// New makes the service; [Service.Committed] must hear of every event.
func New(db *models.DB, log *slog.Logger) *Service { return &Service{db: db, log: log, zone: time.UTC} }

// whole says whether the actor administers the whole site: a unit without another
// above it.
func whole(who actor.Actor) error {
	for _, r := range who.Roles {
		if r.Name == models.Administrator && r.Unit.ParentID == "" && r.Unit.ID != "" {
			return nil
		}
	}
	if !who.SignedIn() {
		return models.Fail(models.SignIn, "error.sign_in")
	}
	return models.ErrNotFound
}

// Site is what the site says about itself, in the header and footer of each page.
// Empty fields are not shown.
type Site struct {
	NameZH    string `json:"name_zh"`
	NameEN    string `json:"name_en"`
	HostZH    string `json:"host_zh"` // 主办单位
	HostEN    string `json:"host_en"`
	ContactZH string `json:"contact_zh"`
	ContactEN string `json:"contact_en"`
	Phone     string `json:"phone"`
	Hotline   string `json:"hotline"`
	SiteID    string `json:"site_id"` // 网站标识码
	ICP       string `json:"icp"`
	Police    string `json:"police"`
	ReportURL string `json:"report_url"` // 我为政府网站找错
	PartyURL  string `json:"party_url"`  // 党政机关标识
}

const (
	siteKey  = "site"
	siteKind = "site.changed"
	textMax  = 200
)

// standard is what a new site says.
var standard = Site{Hotline: "12345"}

// Site is the site's identity, from memory. When the store cannot be read it is
// the standard one: every page needs it.
func (s *Service) Site() Site {
	s.mu.RLock()
	site, version := s.site, s.version
	s.mu.RUnlock()
	if site != nil {
		return *site
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	read := standard
	if err := s.db.SettingInto(ctx, siteKey, &read); err != nil {
		s.log.Warn("site identity cannot be read", "err", err)
		return standard
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version == version {
		s.site = &read
	}
	return read
}

// Committed forgets the identity when it was changed, here or on another node.
func (s *Service) Committed(events []models.Event) {
	for _, e := range events {
		if e.Kind == siteKind {
			s.mu.Lock()
			s.site, s.version = nil, s.version+1
			s.mu.Unlock()
		}
	}
}

// SiteForEdit is the identity for its form; NotFound for who does not administer
// the whole site.
func (s *Service) SiteForEdit(ctx context.Context, who actor.Actor) (Site, error) {
	if err := whole(who); err != nil {
		return Site{}, err
	}
	site := standard
	return site, s.db.SettingInto(ctx, siteKey, &site)
}

// ChangeSite keeps the identity; every page shows it from then on. Errors: Invalid
// by field.
func (s *Service) ChangeSite(ctx context.Context, who actor.Actor, in Site) error {
	if err := whole(who); err != nil {
		return err
	}
	var faults models.Faults
	for field, text := range map[string]*string{
		"name_zh": &in.NameZH, "name_en": &in.NameEN, "host_zh": &in.HostZH, "host_en": &in.HostEN, "contact_zh": &in.ContactZH, "contact_en": &in.ContactEN,
		"phone": &in.Phone, "hotline": &in.Hotline, "site_id": &in.SiteID, "icp": &in.ICP, "police": &in.Police, "report_url": &in.ReportURL, "party_url": &in.PartyURL,
	} {
		*text = strings.Join(strings.Fields(*text), " ")
		if utf8.RuneCountInString(*text) > textMax {
			faults.Add(field, "administration.too_long", "max", textMax)
		}
	}
	for field, number := range map[string]string{"phone": in.Phone, "hotline": in.Hotline} {
		if number != "" && !contact.Dialled(number) {
			faults.Add(field, "administration.phone_form")
		}
	}
	for field, address := range map[string]string{"report_url": in.ReportURL, "party_url": in.PartyURL} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			faults.Add(field, "administration.url_form")
		}
	}
	if err := faults.Err(); err != nil {
		return err
	}
	return s.db.InTx(ctx, who.Act("administration.change_site", "site"), func(tx *models.Tx) error {
		tx.Act.Detail = in
		tx.Emit("", siteKind, map[string]string{})
		return tx.SetSetting(siteKey, in)
	})
}

// Seed gives an empty site the holidays and rules that ship with the program. What
// an operator has changed stays.
func (s *Service) Seed(ctx context.Context) error {
	have, err := s.db.AllRuleProfiles(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, p := range have {
		known[p.Key] = known[p.Key] || p.UnitID == ""
	}
	var fresh []models.RuleProfile
	for _, p := range calendar.ShippedProfiles() {
		if known[p.Key] {
			continue
		}
		rules, err := json.Marshal(p.Rules)
		if err != nil {
			return err
		}
		fresh = append(fresh, models.RuleProfile{Key: p.Key, NameZH: p.Name.Zh, NameEN: p.Name.En, Rules: string(rules)})
	}
	days, err := s.db.Holidays(ctx)
	if err != nil {
		return err
	}
	var holidays []models.Holiday
	if len(days) == 0 {
		holidays = rows(calendar.Shipped())
	}
	if len(fresh) == 0 && len(holidays) == 0 {
		return nil
	}
	return s.db.InTx(ctx, models.Act{By: "system", Name: "administration.seed", About: "site"}, func(tx *models.Tx) error {
		for _, p := range fresh {
			if err := tx.SeedRuleProfile(p); err != nil {
				return err
			}
		}
		return tx.SeedHolidays(holidays)
	})
}
