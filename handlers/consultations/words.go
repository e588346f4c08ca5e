package consultations

import (
	"encoding/json"
	"strings"

	"minyi/app/consultations"
	"minyi/app/kit/outline"
	"minyi/app/kit/text"
	"minyi/frontend"
	pages "minyi/frontend/pages/consultations"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// label is the number of a clause as readers of the language say it; a clause
// without a number is known by its title or its first words.
func label(w *frontend.Words, c models.Clause) string {
	if n := number(w, c); n != "" {
		return n
	}
	if t := title(w, c); t != "" {
		return t
	}
	words := c.Text
	if w.Lang == "en" && c.TextEN != "" {
		words = c.TextEN
	}
	return text.Cut(text.Line(words), 24)
}

func number(w *frontend.Words, c models.Clause) string {
	return web.ClauseNumber(w, c.Number)
}

func title(w *frontend.Words, c models.Clause) string {
	if w.Lang == "en" && c.TitleEN != "" {
		return c.TitleEN
	}
	return c.Title
}

// name is number and title together.
func name(w *frontend.Words, c models.Clause) string {
	n, t := number(w, c), title(w, c)
	switch {
	case n != "" && t != "":
		return w.T("compare.titled", "number", n, "title", t)
	case n+t == "":
		return label(w, c)
	}
	return n + t
}

// heading is number and title as they stand above a part of the text.
func heading(w *frontend.Words, c models.Clause) string {
	if n, t := number(w, c), title(w, c); n != "" && t != "" {
		return w.T("consultations.heading", "number", n, "title", t)
	}
	return name(w, c)
}

// paragraphs are the texts of a unit, its own first.
func paragraphs(w *frontend.Words, u consultations.Unit, english bool) []parts.ClauseParagraph {
	var list []parts.ClauseParagraph
	add := func(c models.Clause, own bool) {
		p := parts.ClauseParagraph{Text: c.Text, Number: c.Number}
		if english && c.TextEN != "" {
			p.Text, p.Number = c.TextEN, strings.TrimSpace(consultations.NumberEN(c))
		}
		if own {
			p.Number = ""
		} else {
			p.Key = c.Key
			p.Depth = depth(c.Kind)
			if t := title(w, c); t != "" {
				p.Text = t + " " + p.Text
			}
		}
		for i, line := range strings.Split(p.Text, "\n") {
			if strings.TrimSpace(line) == "" {
				continue
			}
			next := p
			next.Text = line
			if i > 0 {
				next.Key, next.Number = "", ""
			}
			list = append(list, next)
		}
	}
	add(u.Clause, true)
	for _, part := range u.Parts {
		add(part, false)
	}
	return list
}

func depth(kind string) int {
	switch outline.Kind(kind) {
	case outline.Item:
		return 1
	case outline.Subitem:
		return 2
	}
	return 0
}

// summary reads the three-minute summary in a language.
func summary(raw, lang string) pages.Summary {
	var p models.Points
	if json.Unmarshal([]byte(raw), &p) != nil {
		return pages.Summary{}
	}
	s := pages.Summary{Points: p.ZH, Who: either(lang, p.WhoZH, p.WhoEN), What: either(lang, p.WhatZH, p.WhatEN)}
	if lang == "en" && len(p.EN) > 0 || len(p.ZH) == 0 {
		s.Points = p.EN
	}
	return s
}

func either(lang, zh, en string) string {
	if lang == "en" && en != "" || zh == "" {
		return en
	}
	return zh
}

// rendered is a text of an officer as safe HTML, and its language if it is not
// the page's. Texts with a paragraph on each line are taken as such.
func rendered(lang, zh, en string) (html, in string) {
	words := either(lang, zh, en)
	if words == "" {
		return "", ""
	}
	if lang == "en" && en == "" {
		in = "zh-CN"
	} else if lang == "zh" && zh == "" {
		in = "en"
	}
	if !strings.Contains(words, "\n\n") && !strings.Contains(words, "\n-") && !strings.Contains(words, "\n1.") {
		words = strings.ReplaceAll(words, "\n", "\n\n")
	}
	return text.RenderMarkdown(words), in
}

func terms(raw, lang string) []pages.Term {
	var list []models.Term
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil
	}
	var out []pages.Term
	for _, t := range list {
		out = append(out, pages.Term{Word: either(lang, t.WordZH, t.WordEN), Meaning: either(lang, t.ZH, t.EN)})
	}
	return out
}

func prompts(raw, lang, key string) []string {
	var list []models.Prompt
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil
	}
	var out []string
	for _, p := range list {
		if words := either(lang, p.ZH, p.EN); p.ClauseKey == key && words != "" && len(out) < 2 {
			out = append(out, words)
		}
	}
	return out
}

func topicName(w *frontend.Words, topic string) string {
	if w.Has("consultations.topic_" + topic) {
		return w.T("consultations.topic_" + topic)
	}
	return w.T("consultations.topic_other")
}
