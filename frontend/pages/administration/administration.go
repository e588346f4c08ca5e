// Package administration holds the pages on which an operator tends the site.
package administration

import (
	"minyi/frontend"
	"minyi/frontend/parts"
)

// siteFields are the fields of the site's identity in the order of the page.
func siteFields(f frontend.Frame) []parts.FieldProps {
	text := func(name, label string) parts.FieldProps {
		return parts.FieldProps{Name: name, Label: label, Optional: true, Max: 200}
	}
	list := []parts.FieldProps{
		text("name_zh", f.T("administration.name_zh")), text("name_en", f.T("administration.name_en")),
		text("host_zh", f.T("administration.host_zh")), text("host_en", f.T("administration.host_en")),
		text("contact_zh", f.T("administration.contact_zh")), text("contact_en", f.T("administration.contact_en")),
		text("phone", f.T("administration.phone")), text("hotline", f.T("administration.hotline")),
		text("site_id", f.T("administration.site_id")), text("icp", f.T("administration.icp")), text("police", f.T("administration.police")),
		text("report_url", f.T("administration.report_url")), text("party_url", f.T("administration.party_url")),
	}
	for i := range list {
		if n := list[i].Name; n == "report_url" || n == "party_url" {
			list[i].Type = "url"
		}
	}
	return list
}
