package web

import (
	"strings"

	"minyi/app/kit/outline"
	"minyi/frontend"
)

// ClauseNumber is the printed number of a clause as readers of the language say it:
// 第十二条 stays in Chinese and is Article 12 in English. Numbers that say no kind, such
// as （三） and 5.1, are the same in both.
func ClauseNumber(w *frontend.Words, printed string) string {
	if w.Lang != "en" {
		return printed
	}
	kind, n := outline.Named(printed)
	if kind == "" {
		return printed
	}
	return w.T("frame.clause_"+string(kind), "n", n)
}

// ClauseName is number and title of a clause in the language; titleEN may be empty,
// then the original title stands.
func ClauseName(w *frontend.Words, printed, title, titleEN string) string {
	if w.Lang == "en" && titleEN != "" {
		title = titleEN
	}
	return strings.TrimSpace(ClauseNumber(w, printed) + " " + title)
}
