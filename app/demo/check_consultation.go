package demo

import (
	"fmt"
	"time"
)

// monthOfComment is the comment period of 重大行政决策程序暂行条例 art. 15 and
// 规章制定程序条例 art. 15; a shorter one needs a published reason.
const monthOfComment = 30 * 24 * time.Hour

func (k *checker) consultation(c Consultation) {
	where := "consultation " + c.Key
	k.officer(c.Owner, c.Unit, where)
	k.officer(c.Second, c.Unit, where)
	k.must(c.Owner != c.Second, "%s was published by one person alone", where)
	k.must(len(c.Summary.Points) == 3, "%s has %d summary points", where, len(c.Summary.Points))
	k.window(c, where)
	k.versions(c, where)
	k.opinions(c, where)
	k.answers(c, where)
}

func (k *checker) window(c Consultation, where string) {
	opens, closes := k.at(c.Opens, where), k.at(c.Closes, where)
	k.must(closes.Sub(opens) >= monthOfComment || c.ShortReason != nil, "%s: less than 30 days without a reason", where)
	k.ordered(where, c.Opens, c.Closes, c.ReportDue)
	for _, s := range c.Next {
		k.at(s.At, where)
	}
	state := "open"
	switch {
	case k.now.Before(opens):
		state = "scheduled"
	case c.Report != nil:
		state = "answered"
	case !k.now.Before(closes):
		state = "closed"
	}
	k.must(c.State == state, "%s is %s by its dates and says %s", where, state, c.State)
	if c.Report != nil {
		k.officer(c.Report.By, c.Unit, where)
		k.officer(c.Report.Second, c.Unit, where)
		k.ordered(where, c.Closes, c.Report.Published, c.ReportDue)
		k.must(!k.at(c.Report.Published, where).After(k.now), "%s: the report is from the future", where)
	}
}

func (k *checker) versions(c Consultation, where string) {
	k.must(len(c.Versions) > 0, "%s has no draft", where)
	for i, v := range c.Versions {
		zh, en := v.Articles(), articles(v.Draft.EN, articleEN)
		k.must(v.Number == i+1, "%s: version %d stands at %d", where, v.Number, i+1)
		k.must(len(zh) > 0 && len(zh) == len(en), "%s v%d: %d Chinese and %d English articles", where, v.Number, len(zh), len(en))
		k.must(len(headingZH.FindAllString(v.Draft.ZH, -1)) == len(headingEN.FindAllString(v.Draft.EN, -1)), "%s v%d: chapters differ", where, v.Number)
		if i > 0 {
			k.ordered(where, c.Versions[i-1].Published, v.Published)
			k.mapping(v.Mapping, c.Versions[i-1].Articles(), zh, where)
		}
	}
	last := c.Versions[len(c.Versions)-1].Articles()
	for _, p := range c.Prompts {
		k.must(last[p.Clause] != "", "%s: prompt at missing %s", where, p.Clause)
	}
}

// mapping holds that every old and every new article appears, and that what
// is called the same is the same.
func (k *checker) mapping(m []Mapping, before, after map[string]string, where string) {
	olds, news := map[string]bool{}, map[string]bool{}
	for _, one := range m {
		olds[one.Old], news[one.New] = true, true
		k.must(one.Old == "" || before[one.Old] != "", "%s: mapping from missing %s", where, one.Old)
		k.must(one.New == "" || after[one.New] != "", "%s: mapping to missing %s", where, one.New)
		// A reference to an article that got another number is no edit.
		same := reference.ReplaceAllString(before[one.Old], "") == reference.ReplaceAllString(after[one.New], "")
		k.must(same == (one.Change == "same" || one.Change == "moved"), "%s: %s → %s is not %s", where, one.Old, one.New, one.Change)
	}
	for key := range before {
		k.must(olds[key], "%s: old %s is not mapped", where, key)
	}
	for key := range after {
		k.must(news[key], "%s: new %s is not mapped", where, key)
	}
}

func (k *checker) opinions(c Consultation, where string) {
	seen := map[string]bool{}
	texts := make([]map[string]string, len(c.Versions))
	for i, v := range c.Versions {
		texts[i] = v.Articles()
	}
	for _, o := range c.Opinions {
		at := fmt.Sprintf("%s opinion %s", where, o.ID)
		k.must(!seen[o.ID], "%s is there twice", at)
		seen[o.ID] = true
		if o.Version < 1 || o.Version > len(c.Versions) {
			k.must(false, "%s: no version %d", at, o.Version)
			continue
		}
		v := c.Versions[o.Version-1]
		text := texts[o.Version-1][o.Clause]
		k.must(text != "", "%s: clause %s is not in version %d", at, o.Clause, o.Version)
		k.must(o.Suggestion == "" || o.Stance == "amend" && o.Suggestion != text, "%s: a suggestion belongs to amend and changes the clause", at)
		k.ordered(at, v.Published, o.At, c.Closes)
		k.must(!k.at(o.At, at).After(k.now), "%s is from the future", at)
		author, known := k.authors[o.Author]
		k.must(known && (o.Display != "name" || author.Name != ""), "%s: author %s", at, o.Author)
		k.handled(c, o, at)
		for _, r := range o.Replies {
			_, known := k.authors[r.Author]
			k.must(known, "%s: reply of %s", at, r.Author)
			k.ordered(at, o.At, r.At, c.Closes)
		}
	}
}

// handled checks what staff did with an opinion: entering, hiding, appeals.
func (k *checker) handled(c Consultation, o Opinion, at string) {
	k.must((o.Channel == "web") == (o.Entered == nil), "%s: channel %s and entry by staff do not agree", at, o.Channel)
	if e := o.Entered; e != nil {
		k.officer(e.By, c.Unit, at)
		k.ordered(at, o.At, e.At)
		k.must(e.Consent == o.Channel, "%s: consent by %s", at, e.Consent)
		k.must(o.Display != "name" || e.PublishName, "%s shows a name without consent", at)
	}
	if h := o.Hidden; h != nil {
		k.officer(h.By, c.Unit, at)
		k.ordered(at, o.At, h.At)
		k.must(h.Reason != "", "%s is hidden without a reason", at)
		if a := h.Appeal; a != nil {
			k.officer(a.By, c.Unit, at)
			k.ordered(at, h.At, a.At, a.DecidedAt)
			k.must(a.By != h.By, "%s: the appeal was decided by who hid it", at)
		}
	}
}

// answers holds that an opinion is answered at most once, and that nothing
// visible is left over where a report is published.
func (k *checker) answers(c Consultation, where string) {
	byID, done := map[string]Opinion{}, map[string]bool{}
	for _, o := range c.Opinions {
		byID[o.ID] = o
	}
	for _, a := range c.Answers {
		at := where + " answer " + a.ID
		k.officer(a.By, c.Unit, at)
		k.must(a.Version >= 1 && a.Version <= len(c.Versions) && c.Versions[max(a.Version, 1)-1].Articles()[a.Clause] != "", "%s: no clause %s", at, a.Clause)
		k.must(!k.at(a.At, at).After(k.now), "%s is from the future", at)
		for _, id := range a.Opinions {
			o, known := byID[id]
			k.must(known && !done[id], "%s: opinion %s is missing or answered twice", at, id)
			k.must(!known || !k.at(o.At, at).After(k.at(a.At, at)), "%s came before opinion %s", at, id)
			done[id] = true
		}
	}
	if c.Report == nil {
		return
	}
	for id, o := range byID {
		k.must(done[id] || o.Hidden != nil, "%s: opinion %s has no answer at publishing", where, id)
	}
	for _, r := range c.Report.Clauses {
		for _, id := range r.Quotes {
			_, known := byID[id]
			k.must(known, "%s: report quotes missing %s", where, id)
		}
	}
}
