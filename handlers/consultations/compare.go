package consultations

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"minyi/app/consultations"
	"minyi/app/kit/compare"
	pages "minyi/frontend/pages/consultations"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// span reads ?v=1..2; nothing means the newest version against the one before.
func span(c *web.Ctx) (from, to int, err error) {
	v := c.Query("v")
	if v == "" {
		return 0, 0, nil
	}
	a, b, ok := strings.Cut(v, "..")
	from, errA := strconv.Atoi(a)
	to, errB := strconv.Atoi(b)
	if !ok || errA != nil || errB != nil || from < 1 || to < 1 {
		return 0, 0, models.ErrNotFound
	}
	return min(from, to), max(from, to), nil
}

func (h *handler) compare(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.ConsultationTopic(id), "units")
	from, to, err := span(c)
	if err != nil {
		return err
	}
	if to == 0 {
		seen, err := h.s.Consultation(c.UserContext(), c.Who, id, asked(c, "preview"))
		if err != nil {
			return err
		}
		newest, _ := seen.Newest()
		from, to = newest.Number-1, newest.Number
	}
	seen, diff, err := h.s.Compare(c.UserContext(), c.Who, id, from, to, textLang(c), asked(c, "preview"))
	if err != nil {
		return h.gone(c, err)
	}
	keep(c, moment(seen.OpensAt), moment(seen.ClosesAt))
	title := c.T("consultations.compare_title", "old", from, "new", to)
	p := pages.ComparePage{Frame: h.frame(c, seen, title), Head: h.head(c, seen, 0, "compare"), Old: versionLine(c, seen, diff.Old.Version), New: versionLine(c, seen, diff.New.Version)}
	p.Path = "/consultations/" + id + "/compare?v=" + fmt.Sprintf("%d..%d", from, to)
	h.compareChoices(c, &p, seen, from, to)
	english := textLang(c) == "en" && diff.Old.Translated && diff.New.Translated
	if c.Lang() == "en" {
		switch here := "/consultations/" + id + "/compare?v=" + fmt.Sprintf("%d..%d", from, to); {
		case english:
			p.Translation, p.Original, p.OriginalURL = c.T("consultations.translation"), c.T("consultations.compare_chinese"), c.URL(here+"&text=zh")
		case diff.New.Translated:
			p.Translation, p.Original, p.OriginalURL = c.T("consultations.chinese_governs"), c.T("consultations.compare_translation"), c.URL(here)
		default:
			p.Translation = c.T("consultations.no_translation")
		}
	}
	shown := map[string]bool{}
	for _, d := range diff.Rows {
		p.Pairs = append(p.Pairs, h.pair(c, seen, diff, d, shown))
	}
	for _, change := range diff.Changes {
		p.Changes = append(p.Changes, changeLine(c, diff, change, shown))
	}
	return c.Render(pages.Compare(p))
}

// compareChoices offers the other pairs of versions.
func (h *handler) compareChoices(c *web.Ctx, p *pages.ComparePage, seen consultations.Seen, from, to int) {
	for i := range seen.Versions {
		for k := range i {
			a, b := seen.Versions[k].Number, seen.Versions[i].Number
			p.Choices = append(p.Choices, parts.Tab{Text: c.T("consultations.compare_short", "old", a, "new", b), URL: h.href(c, seen, "/compare", fmt.Sprintf("v=%d..%d", a, b)), Current: a == from && b == to})
		}
	}
}

// changeLine is one sentence of the plain list; names are said in the reader's
// language.
func changeLine(c *web.Ctx, diff *consultations.Comparison, change compare.Change, shown map[string]bool) parts.ChangeLine {
	say := func(t *consultations.Text, list []compare.Label) []compare.Label {
		out := make([]compare.Label, len(list))
		for i, l := range list {
			out[i] = l
			if cl, ok := t.Clause(l.Key); ok {
				out[i].Number, out[i].Title = number(c.Words, cl), title(c.Words, cl)
			}
		}
		return out
	}
	change.Olds, change.News = say(diff.Old, change.Olds), say(diff.New, change.News)
	var args []any
	for k, v := range change.Args(func(key string, args map[string]string) string { return c.T(key, pairs(args)...) }) {
		args = append(args, k, v)
	}
	line := parts.ChangeLine{Text: c.T(change.Key, args...)}
	for _, l := range append(change.News, change.Olds...) {
		if shown[l.Key] && !change.Range {
			line.URL = "#" + l.Key
			break
		}
	}
	return line
}

func pairs(args map[string]string) []any {
	var out []any
	for k, v := range args {
		out = append(out, k, v)
	}
	return out
}

// pair draws one clause that differs. Its id is the clause's key, so that opinions
// can point to what changed; of several rows only the first one has it.
func (h *handler) pair(c *web.Ctx, seen consultations.Seen, diff *consultations.Comparison, d consultations.Difference, shown map[string]bool) pages.Pair {
	p := pages.Pair{Verdict: c.T(compare.VerdictKey(d.Change)), Runs: runs(d.Runs)}
	for _, r := range p.Runs {
		if r.Op != parts.Added {
			p.Before = append(p.Before, r)
		}
		if r.Op != parts.Removed {
			p.After = append(p.After, r)
		}
	}
	if d.Old == nil {
		p.Before = nil
	} else {
		p.Key, p.Heading = d.Old.Key, name(c.Words, d.Old.Clause)
		p.OldName = c.T("consultations.clause_in", "clause", label(c.Words, d.Old.Clause), "n", diff.Old.Version.Number)
		p.OldURL = h.href(c, seen, "/draft", "v="+strconv.Itoa(diff.Old.Version.Number)) + "#" + d.Old.Key
	}
	if d.New == nil {
		p.After = nil
	} else {
		p.Key, p.Heading = d.New.Key, name(c.Words, d.New.Clause)
		p.NewName = c.T("consultations.clause_in", "clause", label(c.Words, d.New.Clause), "n", diff.New.Version.Number)
		p.NewURL = h.href(c, seen, "/draft", "v="+strconv.Itoa(diff.New.Version.Number)) + "#" + d.New.Key
	}
	if shown[p.Key] {
		p.Key = ""
		if d.Old != nil {
			p.Key = "from-" + d.Old.Key
		}
		if shown[p.Key] {
			p.Key = ""
		}
	}
	shown[p.Key] = true
	return p
}
