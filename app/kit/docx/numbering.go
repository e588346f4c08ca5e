package docx

import (
	"strconv"
	"strings"
)

const levels = 9

// level is one level of a list.
type level struct {
	start   int
	format  string
	text    string // 第%1条
	restart int    // -1: after any higher level; 0: never; n: after level n
	legal   bool   // all numbers decimal
	style   string // paragraph style tied to this level
}

type list struct {
	abstract string
	levels   [levels]level
	starts   [levels]int // startOverride of this list, -1 without
}

// numbering holds the lists and the running counters of one document.
type numbering struct {
	lists    map[string]*list
	counters map[string]*[levels]int // by abstract list: lists that share one go on counting
	seen     map[string]bool         // lists whose startOverride was used already
}

// unset marks a level that has not been counted yet.
const unset = -1 << 30

func readNumbering(root *node) numbering {
	n := numbering{lists: map[string]*list{}, counters: map[string]*[levels]int{}, seen: map[string]bool{}}
	doc := root.find("numbering")
	abstracts, links, named := map[string][levels]level{}, map[string]string{}, map[string]string{}
	for _, a := range doc.all("abstractNum") {
		id := a.val("abstractNumId")
		abstracts[id] = readLevels(a)
		if v := a.find("numStyleLink").val("val"); v != "" {
			links[id] = v
		}
		if v := a.find("styleLink").val("val"); v != "" {
			named[v] = id
		}
	}
	for _, num := range doc.all("num") {
		id := num.find("abstractNumId").val("val")
		if target, ok := named[links[id]]; ok && links[id] != "" {
			id = target
		}
		l := &list{abstract: id, levels: abstracts[id]}
		for i := range l.starts {
			l.starts[i] = -1
		}
		for _, o := range num.all("lvlOverride") {
			i := levelIndex(o.val("ilvl"))
			if lvl := o.find("lvl"); lvl != nil {
				l.levels[i] = readLevel(lvl)
			}
			if v := o.find("startOverride").val("val"); v != "" {
				l.starts[i] = number(v, 1)
			}
		}
		n.lists[num.val("numId")] = l
	}
	return n
}

func readLevels(a *node) [levels]level {
	var out [levels]level
	for i := range out {
		out[i] = level{start: 1, format: "none", restart: -1}
	}
	for _, l := range a.all("lvl") {
		out[levelIndex(l.val("ilvl"))] = readLevel(l)
	}
	return out
}

func readLevel(l *node) level {
	out := level{start: number(l.find("start").val("val"), 0), format: l.find("numFmt").val("val"),
		text: l.find("lvlText").val("val"), restart: -1, legal: l.has("isLgl"), style: l.find("pStyle").val("val")}
	if out.format == "" {
		// Newer formats stand in an AlternateContent with a plain fallback.
		out.format = l.find("AlternateContent", "Fallback", "numFmt").val("val")
	}
	if r := l.find("lvlRestart"); r != nil {
		out.restart = number(r.val("val"), -1)
	}
	return out
}

func levelIndex(v string) int { return min(max(number(v, 0), 0), levels-1) }

// number reads a small number; everything else is the fallback.
func number(v string, fallback int) int {
	n, err := strconv.Atoi(v)
	if err != nil || n < -1_000_000 || n > 1_000_000 {
		return fallback
	}
	return n
}

// next counts one paragraph on and prints its number. bullet is true for a
// picture or sign instead of a number.
func (n *numbering) next(numID, ilvl, styleID string) (text string, bullet bool) {
	l := n.lists[numID]
	if l == nil || numID == "0" {
		return "", false
	}
	at := levelIndex(ilvl)
	if ilvl == "" && styleID != "" {
		for i, lvl := range l.levels {
			if lvl.style == styleID {
				at = i
			}
		}
	}
	c := n.counters[l.abstract]
	if c == nil {
		c = new([levels]int)
		for i := range c {
			c[i] = unset
		}
		n.counters[l.abstract] = c
	}
	if !n.seen[numID] {
		n.seen[numID] = true
		for i, s := range l.starts {
			if s >= 0 {
				c[i] = unset
			}
		}
	}
	for i := range at {
		if c[i] == unset {
			c[i] = l.start(i)
		}
	}
	if c[at] == unset {
		c[at] = l.start(at)
	} else {
		c[at]++
	}
	for i := at + 1; i < levels; i++ {
		if r := l.levels[i].restart; r == 0 || r > 0 && at+1 > r {
			continue
		}
		c[i] = unset
	}
	lvl := l.levels[at]
	if lvl.format == "bullet" {
		return "", true
	}
	return l.print(lvl, c), false
}

func (l *list) start(i int) int {
	if l.starts[i] >= 0 {
		return l.starts[i]
	}
	return l.levels[i].start
}

// print fills %1 … %9 in the level's text.
func (l *list) print(lvl level, c *[levels]int) string {
	var b strings.Builder
	for i := 0; i < len(lvl.text); i++ {
		if lvl.text[i] != '%' || i+1 >= len(lvl.text) || lvl.text[i+1] < '1' || lvl.text[i+1] > '9' {
			b.WriteByte(lvl.text[i])
			continue
		}
		i++
		k := int(lvl.text[i] - '1')
		format := l.levels[k].format
		if lvl.legal {
			format = "decimal"
		}
		v := c[k]
		if v == unset {
			v = l.start(k)
		}
		b.WriteString(formatNumber(format, v))
	}
	return strings.TrimSpace(b.String())
}
