// Package accounts holds the pages on which people sign in and say what they want
// to be called and how they want to be told.
package accounts

import "net/url"

// withBack adds the page to come back to.
func withBack(path, back string) string {
	if back == "" || back == "/" {
		return path
	}
	return path + "?back=" + url.QueryEscape(back)
}
