// Package accounts holds the pages on which people sign in and say what they want
// to be called and how they want to be told.
package accounts

import (
	"net/url"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// withBack adds the page to come back to.
func withBack(path, back string) string {
	if back == "" || back == "/" {
		return path
	}
	return path + "?back=" + url.QueryEscape(back)
}

// failed is the form that was refused, for the summary.
func (p SettingsPage) failed() *parts.Form {
	for _, f := range []*parts.Form{p.Profile, p.Contact, p.Password, p.Token} {
		if f.Failed() {
			return f
		}
	}
	return nil
}

// ways are the ways of news that the person's contacts allow.
func (p SettingsPage) ways() []parts.Option {
	var list []parts.Option
	if p.Phone != "" {
		list = append(list, parts.Option{Value: "sms", Text: p.T("accounts.notify_sms")})
	}
	if p.Email != "" {
		list = append(list, parts.Option{Value: "mail", Text: p.T("accounts.notify_mail")})
	}
	return append(list, parts.Option{Value: "none", Text: p.T("accounts.notify_none")})
}

// languages are named as those who speak them do.
func languages() []parts.Option {
	var list []parts.Option
	for _, lang := range frontend.Languages {
		list = append(list, parts.Option{Value: lang, Text: frontend.WordsIn(lang).T("frame.language_name")})
	}
	return list
}
