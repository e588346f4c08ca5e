package frontend

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Names of form fields and of the cookie that every part of the house shares.
const (
	// CSRFField is the hidden field with the token against forged forms.
	CSRFField = "csrf"
	// IdempotencyField is the hidden field that makes a repeated sending one act.
	IdempotencyField = "idempotency_key"
	// ReadingCookie keeps Reading on the reader's device.
	ReadingCookie = "minyi_reading"
	// ReadingPath takes the reading settings as a GET form (size, contrast,
	// back) and, without them, shows the page of settings.
	ReadingPath = "/reading"
)

// Frame is what surrounds every page: who reads, how, where, and what the site
// says about itself. Handlers fill it; pages embed it.
type Frame struct {
	// Words is the language of the page. Required.
	Words *Words
	// Path is the address without the language prefix, with its query where
	// the query chooses the content ("/consultations?status=open"). The
	// language switch and hreflang use it.
	Path string
	// Title is the name of the page; Subject, if set, is the matter that it
	// belongs to. The window's title reads Title – Subject – Site.Name.
	Title, Subject string
	Site           Site
	Reading        Reading
	Viewer         Viewer
	// CSRF is the token for forms of this reader; empty on cached pages.
	CSRF string
	// BasketCount is the number of opinions in the basket shown by the basket
	// bar; 0 hides the bar. BasketURL has no language prefix.
	BasketCount int
	BasketURL   string
	// Notice is the one message before the heading, or nil.
	Notice *Notice
	// Crumbs lead from the home page to here, the current page last.
	Crumbs []Crumb
	Meta   Meta
	// Nav is the current area of the main navigation ("consultations"), and
	// DeskNav the current one of the desk.
	Nav string
	// DeskNav lists the areas of the officers' desk or the administration.
	DeskNav []NavItem
	// Now is the time by which days left are counted. Required.
	Now time.Time
	// Topic is the live topic that scripts join ("consultation:2027-012").
	Topic string
	// Failed says that a form on the page has errors: the title begins with it.
	Failed bool
	// Scripts are further modules of this page ("pages/hearings/show.js").
	Scripts []string
	// RequestID is the number that people can give to the help desk.
	RequestID string
}

// Site is what the operator said about the site. Empty fields are not shown.
type Site struct {
	// Name of the site and Host, the organisation that runs it (主办单位).
	Name, Host string
	// Contact is an address or office; Phone is dialled from every page of the
	// elder view; Hotline is usually 12345.
	Contact, Phone, Hotline string
	// SiteID is 网站标识码, ICP the filing number, Police the public security
	// filing number.
	SiteID, ICP, Police string
	// ReportURL is 我为政府网站找错, PartyURL the party and government sign.
	ReportURL, PartyURL string
	// Domain is the public host name, BaseURL the public address without a
	// slash at the end.
	Domain, BaseURL string
	// Areas are the areas of the main navigation that exist, in any order:
	// consultations, hearings, feedback, performance, me.
	Areas []string
	// Search shows the search field.
	Search bool
	// Pages are the further pages that exist for the footer: sitemap,
	// accessibility, privacy, help, data, developers.
	Pages []string
}

// Has tells whether an area or a footer page exists.
func (s Site) Has(name string) bool {
	return slices.Contains(s.Areas, name) || slices.Contains(s.Pages, name)
}

// Viewer is who reads.
type Viewer struct {
	SignedIn bool
	// Name is how the viewer is greeted.
	Name string
	// Desk and Admin open the officers' desk and the administration.
	Desk, Admin bool
}

// Notice kinds.
const (
	NoticeInfo    = "info"
	NoticeSuccess = "success"
	NoticeProblem = "problem"
)

// Notice is one translated message before the heading.
type Notice struct {
	// Kind is NoticeInfo, NoticeSuccess or NoticeProblem.
	Kind string
	Text string
	// LinkText and LinkURL offer what to do next.
	LinkText, LinkURL string
}

// Crumb is one step of the breadcrumb; URL has no language prefix and is empty
// for the current page.
type Crumb struct{ Text, URL string }

// NavItem is a link of the desk navigation; Count 0 is not shown.
type NavItem struct {
	Text, URL, Icon string
	Count           int
	Current         bool
}

// Meta is what machines read about the page.
type Meta struct {
	Description string
	// Canonical is the path of the canonical address, Path if empty.
	Canonical string
	// Column and ColumnType, Published and Source follow the meta tags of
	// government sites.
	Column, ColumnType, Source string
	Published                  time.Time
	// Robots is "noindex" for personal and unlisted pages.
	Robots string
	// Image is the address of the share card, Feed of the Atom feed.
	Image, Feed string
	// OneLanguage leaves out hreflang for a page that exists only once.
	OneLanguage bool
}

// T is the text of a key in the page's language.
func (f Frame) T(key string, args ...any) string { return f.Words.T(key, args...) }

// N is the text of a key for an amount in the page's language.
func (f Frame) N(key string, n int, args ...any) string { return f.Words.N(key, n, args...) }

// URL adds the language prefix to a path of the site. Addresses with a scheme
// or of assets stay as they are.
func (f Frame) URL(p string) string { return urlIn(f.Words.Lang, p) }

// InLanguage is the address of this same page in another language.
func (f Frame) InLanguage(lang string) string { return urlIn(lang, f.Path) }

// Here is the address of this page in its language.
func (f Frame) Here() string { return f.URL(f.Path) }

// Absolute puts the public address before a path.
func (f Frame) Absolute(p string) string { return f.Site.BaseURL + p }

func urlIn(lang, p string) string {
	if lang != "en" || !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.HasPrefix(p, AssetPrefix) {
		return p
	}
	return "/en" + p
}

// WindowTitle is 页面 – 事项 – 站点, with "错误：" first when a form failed.
func (f Frame) WindowTitle() string {
	var names []string
	for _, name := range []string{f.Title, f.Subject, f.Site.Name} {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	title := strings.Join(names, " – ")
	if f.Failed {
		return f.T("frame.title_error", "title", title)
	}
	return title
}

// Reading is how someone wants to read. The zero value is the standard.
type Reading struct {
	// Size is standard, large, elder or xl.
	Size string
	// Contrast is standard (follows the device), light, dark or black.
	Contrast string
}

// Sizes and Contrasts are the allowed values in the order in which they are offered.
var (
	Sizes     = []string{"standard", "large", "elder", "xl"}
	Contrasts = []string{"standard", "light", "dark", "black"}
)

// ParseReading reads the cookie; whatever is not allowed becomes standard.
func ParseReading(cookie string) Reading {
	size, contrast, _ := strings.Cut(cookie, ".")
	return NewReading(size, contrast)
}

// NewReading makes allowed settings from form values.
func NewReading(size, contrast string) Reading {
	r := Reading{Size: "standard", Contrast: "standard"}
	if slices.Contains(Sizes, size) {
		r.Size = size
	}
	if slices.Contains(Contrasts, contrast) {
		r.Contrast = contrast
	}
	return r
}

// Cookie is the value for ReadingCookie, also fit as a part of a cache key.
func (r Reading) Cookie() string {
	n := NewReading(r.Size, r.Contrast)
	return n.Size + "." + n.Contrast
}

// Elder tells whether the one-column view with large targets is wanted.
func (r Reading) Elder() bool { return r.Size == "elder" || r.Size == "xl" }

// ReadingURL is the address that changes settings and comes back here.
func (f Frame) ReadingURL(size, contrast string) string {
	q := url.Values{"size": {size}, "contrast": {contrast}, "back": {f.Here()}}
	return f.URL(ReadingPath) + "?" + q.Encode()
}

// SafeBack is a path that a form gave to come back to, or "/" if it leads
// anywhere but to this site.
func SafeBack(p string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n\t") {
		return "/"
	}
	return p
}
