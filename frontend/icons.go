package frontend

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"
)

var (
	iconOnce   sync.Once
	iconBodies map[string]string
	iconBody   = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)
)

// IconBody is the drawing inside the svg element of an icon (24 px grid,
// 1.75 stroke, drawn for this site); empty for an unknown name. Pages use
// parts.Icon.
func IconBody(name string) string {
	iconOnce.Do(readIcons)
	return iconBodies[name]
}

// IconNames lists the icons for the gallery, sorted.
func IconNames() []string {
	names, _ := fs.Glob(embedded, "icons/*.svg")
	for i, n := range names {
		names[i] = strings.TrimSuffix(path.Base(n), ".svg")
	}
	return names
}

func readIcons() {
	iconBodies = map[string]string{}
	for _, name := range IconNames() {
		raw, _ := fs.ReadFile(embedded, "icons/"+name+".svg")
		if m := iconBody.FindSubmatch(raw); m != nil {
			iconBodies[name] = strings.TrimSpace(string(m[1]))
		}
	}
}
