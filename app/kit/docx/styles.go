package docx

import (
	"strconv"
	"strings"
)

// style is what a paragraph inherits from its style.
type style struct {
	name   string // small letters
	based  string
	level  int // outline level 1–9, 0 none, -1 not said here
	numID  string
	ilvl   string
	center bool
}

type styles struct {
	byID     map[string]style
	standard string // the default paragraph style
}

func readStyles(root *node) styles {
	s := styles{byID: map[string]style{}}
	for _, n := range root.find("styles").all("style") {
		if n.val("type") != "paragraph" && n.val("type") != "" {
			continue
		}
		pr := n.find("pPr")
		st := style{name: strings.ToLower(n.find("name").val("val")), based: n.find("basedOn").val("val"),
			level: outlineLevel(pr), center: pr.find("jc").val("val") == "center"}
		if num := pr.find("numPr"); num != nil {
			st.numID, st.ilvl = num.find("numId").val("val"), num.find("ilvl").val("val")
		}
		s.byID[n.val("styleId")] = st
		if n.val("default") == "1" {
			s.standard = n.val("styleId")
		}
	}
	return s
}

// outlineLevel reads w:outlineLvl (0–8, 9 for body text); -1 when not said.
func outlineLevel(pr *node) int {
	v := pr.find("outlineLvl").val("val")
	if v == "" {
		return -1
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > 8 {
		return 0
	}
	return n + 1
}

// resolved follows basedOn; the bound ends circles in damaged files.
func (s styles) resolved(id string) style {
	if id == "" {
		id = s.standard
	}
	first, ok := s.byID[id]
	if !ok {
		return style{level: -1}
	}
	out := first
	for hops, at := 0, first; hops < 20 && at.based != ""; hops++ {
		at = s.byID[at.based]
		if out.level < 0 {
			out.level = at.level
		}
		if out.numID == "" {
			out.numID = at.numID
			if out.ilvl == "" {
				out.ilvl = at.ilvl
			}
		}
		out.center = out.center || at.center
	}
	if out.level < 0 {
		out.level = headingByName(out.name)
	}
	return out
}

// headingByName knows the built-in names, which carry a level even when the file
// leaves it out.
func headingByName(name string) int {
	for _, prefix := range []string{"heading ", "标题 "} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if n, err := strconv.Atoi(rest); err == nil && n >= 1 && n <= 9 {
				return n
			}
		}
	}
	return 0
}

func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	var out []*node
	for _, k := range n.kids {
		if k.name == name {
			out = append(out, k)
		}
	}
	return out
}
