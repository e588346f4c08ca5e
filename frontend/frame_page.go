package frontend

import "net/url"

// areas are the five items of the main navigation in their fixed order.
var areas = []string{"consultations", "hearings", "feedback", "performance", "me"}

// footerPages are the further pages of the footer in their fixed order.
var footerPages = []string{"help", "accessibility", "privacy", "sitemap", "data", "developers"}

// Areas lists the areas of the main navigation that exist, in their order.
func (f Frame) Areas() []string { return f.existing(areas) }

// FooterPages lists the further pages that exist, in their order.
func (f Frame) FooterPages() []string { return f.existing(footerPages) }

func (f Frame) existing(names []string) []string {
	var list []string
	for _, name := range names {
		if f.Site.Has(name) {
			list = append(list, name)
		}
	}
	return list
}

// Canonical is the one public address of the page.
func (f Frame) Canonical() string {
	if f.Meta.Canonical != "" {
		return f.Absolute(f.URL(f.Meta.Canonical))
	}
	return f.Absolute(f.Here())
}

// BackQuery is this page's address as the value of a back= query.
func (f Frame) BackQuery() string { return url.QueryEscape(f.Here()) }

// NormalSize and NormalContrast are the settings with the standard filled in.
func (r Reading) NormalSize() string { return NewReading(r.Size, r.Contrast).Size }

// NormalContrast is the contrast with the standard filled in.
func (r Reading) NormalContrast() string { return NewReading(r.Size, r.Contrast).Contrast }

// ColorScheme is what the browser may draw its own controls in.
func (r Reading) ColorScheme() string {
	switch r.NormalContrast() {
	case "light":
		return "light"
	case "dark", "black":
		return "dark"
	}
	return "light dark"
}

// MetaTag is one meta element.
type MetaTag struct{ Name, Content string }

// GovernmentTags are the meta tags that inspections of government sites look
// for; those without a value are left out.
func (f Frame) GovernmentTags() []MetaTag {
	all := []MetaTag{
		{"SiteName", f.Site.Name}, {"SiteDomain", f.Site.Domain}, {"SiteIDCode", f.Site.SiteID},
		{"ColumnName", f.Meta.Column}, {"ColumnType", f.Meta.ColumnType}, {"ContentSource", f.Meta.Source},
	}
	if !f.Meta.Published.IsZero() {
		all = append(all, MetaTag{"ArticleTitle", f.Title}, MetaTag{"PubDate", f.Meta.Published.In(Zone()).Format("2006-01-02 15:04")})
	}
	var set []MetaTag
	for _, tag := range all {
		if tag.Content != "" {
			set = append(set, tag)
		}
	}
	return set
}

// scriptKeys are the texts that the base scripts say by themselves.
var scriptKeys = []string{"form.sending", "form.retry", "form.saved_here", "form.restored", "form.clear_draft", "form.offline", "form.back_online",
	"form.send_when_online", "form.left", "form.left.one", "form.over", "form.over.one", "parts.copied", "parts.new_items", "parts.new_items.one", "parts.reconnecting", "parts.close",
	"parts.read_aloud", "parts.read_stop", "parts.loading", "parts.load_failed", "parts.sheet_larger", "parts.batch_chosen", "parts.batch_chosen.one",
	"parts.clause_open", "parts.clause_open.one", "parts.clause_closed", "parts.clause_closed.one", "parts.clause_paper", "parts.clause_paper.one"}

// ScriptWords are the texts for the base scripts, put into the page as data.
func (f Frame) ScriptWords() map[string]string {
	texts := make(map[string]string, len(scriptKeys))
	for _, key := range scriptKeys {
		if f.Words.Has(key) {
			texts[key] = f.Words.T(key)
		}
	}
	return texts
}
