// Package settings reads how the program was told to run: MINYI_* variables, each
// secret also as MINYI_…_FILE naming a file that holds it.
package settings

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"minyi/models"
)

// Settings is everything that can be set from outside. The zero value of a
// setting means its documented default.
type Settings struct {
	Addr              string        `env:"MINYI_ADDR" envDefault:"127.0.0.1:8080"`
	PublicURL         string        `env:"MINYI_PUBLIC_URL"` // default: http://ADDR
	DataDir           string        `env:"MINYI_DATA_DIR" envDefault:"data"`
	DatabaseURL       string        `env:"MINYI_DATABASE_URL"` // empty: SQLite in DataDir
	MeiliURL          string        `env:"MINYI_MEILI_URL"`    // empty: embedded search
	MeiliKey          string        `env:"MINYI_MEILI_KEY"`
	MeiliSearchKey    string        `env:"MINYI_MEILI_SEARCH_KEY"` // may search and nothing else; empty: made with MINYI_MEILI_KEY
	SMTPURL           string        `env:"MINYI_SMTP_URL"`         // empty: letters are shown in the log and the mailbox page
	SMSURL            string        `env:"MINYI_SMS_URL"`
	SMSToken          string        `env:"MINYI_SMS_TOKEN"`
	SMSTemplate       string        `env:"MINYI_SMS_TEMPLATE"`
	Log               string        `env:"MINYI_LOG" envDefault:"text"` // text or json, optionally with a level: json:debug
	Migrate           string        `env:"MINYI_MIGRATE" envDefault:"on"`
	Zone              string        `env:"MINYI_ZONE" envDefault:"Asia/Shanghai"`
	Secret            string        `env:"MINYI_SECRET"` // empty: made once and kept in the database
	OIDCIssuer        string        `env:"MINYI_OIDC_ISSUER"`
	OIDCClient        string        `env:"MINYI_OIDC_CLIENT"`
	OIDCSecret        string        `env:"MINYI_OIDC_SECRET"`
	OIDCName          string        `env:"MINYI_OIDC_NAME"` // name of the sign-in button
	MetricsFrom       string        `env:"MINYI_METRICS_FROM" envDefault:"127.0.0.0/8,::1/128"`
	TrustedProxies    string        `env:"MINYI_TRUSTED_PROXIES"` // networks whose X-Forwarded-For is believed
	OutgoingTo        string        `env:"MINYI_OUTGOING_TO"`     // private networks that may be called
	Dev               bool          `env:"MINYI_DEV"`
	Mailbox           string        `env:"MINYI_MAILBOX"`                                 // on, off; default: on while MINYI_SMTP_URL is empty and the site is on loopback
	LimitVisit        int           `env:"MINYI_LIMIT_VISIT" envDefault:"60"`             // writes in a minute from one visitor without an account; 0: no limit
	LimitPerson       int           `env:"MINYI_LIMIT_PERSON" envDefault:"0"`             // writes in a minute from one account or API token
	LimitNetwork      int           `env:"MINYI_LIMIT_NETWORK" envDefault:"6000"`         // writes in a minute from one address by visitors: a full hall has one
	LimitReceipt      int           `env:"MINYI_LIMIT_RECEIPT" envDefault:"60"`           // receipts of others looked up in an hour from one address
	LimitAsk          int           `env:"MINYI_LIMIT_ASK" envDefault:"60"`               // questions in a minute from one person in a room; 0: no limit
	LimitAskNetwork   int           `env:"MINYI_LIMIT_ASK_NETWORK" envDefault:"1200"`     // questions in a minute in a room from one address; times 50 for the room's hall
	LimitVoice        int           `env:"MINYI_LIMIT_VOICE" envDefault:"240"`            // voices in a minute from one person in a room
	LimitVoiceNetwork int           `env:"MINYI_LIMIT_VOICE_NETWORK" envDefault:"120000"` // voices in a minute in a room from one address; times 50 for the room's hall
	StopWithin        time.Duration `env:"MINYI_STOP_WITHIN" envDefault:"10s"`

	zone     *time.Location
	metrics  []netip.Prefix
	proxies  []netip.Prefix
	outgoing []netip.Prefix
}

// wrong is the fault of one variable, whose sentence has its name and value and says
// what it must be.
func wrong(name, value, key string) error {
	return models.Fail(models.Invalid, key, "name", name, "value", strconv.Quote(value))
}

// Read takes the settings from the environment. The error is a [models.Error] of one
// clear sentence that names the variable.
func Read() (Settings, error) {
	var s Settings
	vars := env.ToMap(os.Environ())
	if err := fromFiles(vars); err != nil {
		return s, err
	}
	if err := env.ParseWithOptions(&s, env.Options{Environment: vars}); err != nil {
		return s, unreadable(err, vars)
	}
	for name := range vars {
		if strings.HasPrefix(name, "MINYI_") && !known(strings.TrimSuffix(name, "_FILE")) {
			return s, wrong(name, "", "settings.unknown")
		}
	}
	return s, s.check()
}

// unreadable says which variable could not be read, and what it must be.
func unreadable(err error, vars map[string]string) error {
	var all env.AggregateError
	var bad env.ParseError
	if !errors.As(err, &all) || len(all.Errors) == 0 || !errors.As(all.Errors[0], &bad) {
		return &models.Error{Kind: models.Invalid, Key: "settings.unreadable", Err: err}
	}
	field, _ := reflect.TypeFor[Settings]().FieldByName(bad.Name)
	name := field.Tag.Get("env")
	switch field.Type {
	case reflect.TypeFor[int]():
		return wrong(name, vars[name], "settings.whole_number")
	case reflect.TypeFor[bool]():
		return wrong(name, vars[name], "settings.true_or_false")
	}
	return wrong(name, vars[name], "settings.time")
}

// others are variables that belong to tests and tools, not to the program.
var others = []string{"MINYI_TEST_DATABASE_URL", "MINYI_SHARED", "MINYI_BENCH", "MINYI_TORTURE", "MINYI_VULNDB", "MINYI_BIN"}

func known(name string) bool {
	for _, o := range others {
		if name == o || strings.HasPrefix(name, "MINYI_TEST_") || strings.HasPrefix(name, "MINYI_BENCH_") || strings.HasPrefix(name, "MINYI_TORTURE_") {
			return true
		}
	}
	t := reflect.TypeFor[Settings]()
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("env") == name {
			return true
		}
	}
	return false
}

// fromFiles fills MINYI_X from the file that MINYI_X_FILE names.
func fromFiles(vars map[string]string) error {
	for name, file := range vars {
		base, ok := strings.CutSuffix(name, "_FILE")
		if !ok || !strings.HasPrefix(name, "MINYI_") || file == "" {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return &models.Error{Kind: models.Invalid, Key: "settings.no_file", Args: []any{"name", name}, Err: err}
		}
		vars[base] = strings.TrimRight(string(b), "\r\n")
	}
	return nil
}

func (s *Settings) check() error {
	if _, _, err := net.SplitHostPort(s.Addr); err != nil {
		return wrong("MINYI_ADDR", s.Addr, "settings.address")
	}
	if s.PublicURL == "" {
		s.PublicURL = "http://" + localName(s.Addr)
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return wrong("MINYI_PUBLIC_URL", s.PublicURL, "settings.public_url")
	}
	s.PublicURL = strings.TrimRight(s.PublicURL, "/")
	if s.DatabaseURL != "" && !strings.HasPrefix(s.DatabaseURL, "postgres://") && !strings.HasPrefix(s.DatabaseURL, "postgresql://") {
		return wrong("MINYI_DATABASE_URL", "", "settings.database_url") // its value holds a password
	}
	if s.DataDir, err = filepath.Abs(s.DataDir); err != nil {
		return &models.Error{Kind: models.Invalid, Key: "settings.folder", Args: []any{"name", "MINYI_DATA_DIR"}, Err: err}
	}
	if s.zone, err = time.LoadLocation(s.Zone); err != nil {
		return wrong("MINYI_ZONE", s.Zone, "settings.zone")
	}
	if s.Migrate != "on" && s.Migrate != "off" {
		return wrong("MINYI_MIGRATE", s.Migrate, "settings.on_or_off")
	}
	if s.Mailbox != "" && s.Mailbox != "on" && s.Mailbox != "off" {
		return wrong("MINYI_MAILBOX", s.Mailbox, "settings.on_or_off")
	}
	kind, level, _ := strings.Cut(s.Log, ":")
	if kind != "text" && kind != "json" || level != "" && !strings.Contains(" debug info warn error ", " "+level+" ") {
		return wrong("MINYI_LOG", s.Log, "settings.log")
	}
	for name, f := range map[string]struct {
		from string
		to   *[]netip.Prefix
	}{"MINYI_METRICS_FROM": {s.MetricsFrom, &s.metrics}, "MINYI_TRUSTED_PROXIES": {s.TrustedProxies, &s.proxies}, "MINYI_OUTGOING_TO": {s.OutgoingTo, &s.outgoing}} {
		if *f.to, err = prefixes(name, f.from); err != nil {
			return err
		}
	}
	if (s.OIDCIssuer == "") != (s.OIDCClient == "") {
		return models.Fail(models.Invalid, "settings.together", "one", "MINYI_OIDC_ISSUER", "other", "MINYI_OIDC_CLIENT")
	}
	if err := s.checkMeili(); err != nil {
		return err
	}
	return nil
}

// checkMeili refuses an engine without a key anywhere but on this machine: whoever
// reaches it could read and change the index.
func (s *Settings) checkMeili() error {
	if s.MeiliURL == "" {
		return nil
	}
	u, err := url.Parse(s.MeiliURL)
	if err != nil || u.Host == "" {
		return wrong("MINYI_MEILI_URL", s.MeiliURL, "settings.engine_url")
	}
	if s.MeiliSearchKey != "" && s.MeiliSearchKey == s.MeiliKey {
		return models.Fail(models.Invalid, "settings.search_key", "one", "MINYI_MEILI_SEARCH_KEY", "other", "MINYI_MEILI_KEY")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if loopback := u.Hostname() == "localhost" || err == nil && ip.IsLoopback(); !loopback && s.MeiliKey == "" {
		return models.Fail(models.Invalid, "settings.engine_key", "one", "MINYI_MEILI_KEY", "other", "MINYI_MEILI_URL")
	}
	return nil
}

func prefixes(name, list string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, p := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		if a, err := netip.ParseAddr(p); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		n, err := netip.ParsePrefix(p)
		if err != nil {
			return nil, wrong(name, p, "settings.network")
		}
		out = append(out, n)
	}
	return out, nil
}

func localName(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// Location is the site's time zone.
func (s Settings) Location() *time.Location { return s.zone }

// HTTPS says whether people reach the site over TLS.
func (s Settings) HTTPS() bool { return strings.HasPrefix(s.PublicURL, "https://") }

// MetricsNetworks may read /metrics.
func (s Settings) MetricsNetworks() []netip.Prefix { return s.metrics }

// ProxyNetworks are believed when they say whose request they forward.
func (s Settings) ProxyNetworks() []netip.Prefix { return s.proxies }

// OutgoingNetworks are private networks that may be called from here.
func (s Settings) OutgoingNetworks() []netip.Prefix { return s.outgoing }

// MailboxOn says whether the development mailbox page shows the letters.
func (s Settings) MailboxOn() bool {
	if s.Mailbox != "" {
		return s.Mailbox == "on"
	}
	host, _, _ := net.SplitHostPort(s.Addr)
	ip, err := netip.ParseAddr(host)
	return s.SMTPURL == "" && (host == "localhost" || err == nil && ip.IsLoopback())
}
