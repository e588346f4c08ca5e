package frontend

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Engines that must show the pages: Chrome 90 and iOS 15.4. What came later
// stands inside @supports or is left out.
var (
	newCSS = map[string]*regexp.Regexp{
		"@layer": regexp.MustCompile(`@layer\b`), "@container": regexp.MustCompile(`@container\b`), "@scope": regexp.MustCompile(`@scope\b`), "@property": regexp.MustCompile(`@property\b`),
		":has()": regexp.MustCompile(`:has\(`), "dvh and kin": regexp.MustCompile(`\d(?:dv|sv|lv)[hwib]`), "color-mix": regexp.MustCompile(`color-mix\(`), "light-dark": regexp.MustCompile(`light-dark\(`),
		"popover": regexp.MustCompile(`:popover-open|\bpopover\b`), "nesting": regexp.MustCompile(`(?m)^\s*&`), "relative colours": regexp.MustCompile(`\(from `), "subgrid": regexp.MustCompile(`\bsubgrid\b`), "media ranges": regexp.MustCompile(`@media[^{]*[<>]=?`),
		"container units": regexp.MustCompile(`\dcq[whib]`), "inset-area": regexp.MustCompile(`\b(?:anchor-name|position-anchor|inset-area)\b`), "oklch": regexp.MustCompile(`\b(?:oklch|oklab|lch|lab)\(`), "individual transforms": regexp.MustCompile(`(?:^|[;{ ])(?:rotate|scale|translate):`),
	}
	newJS = map[string]*regexp.Regexp{
		"Object.hasOwn": regexp.MustCompile(`Object\.hasOwn\b`), ".at()": regexp.MustCompile(`\.at\(`), "structuredClone": regexp.MustCompile(`\bstructuredClone\b`), "randomUUID": regexp.MustCompile(`randomUUID`),
		"findLast": regexp.MustCompile(`\.findLast`), "toSorted and kin": regexp.MustCompile(`\.(?:toSorted|toReversed|toSpliced|with)\(`), "AbortSignal.timeout": regexp.MustCompile(`AbortSignal\.(?:timeout|any)`),
		"requestSubmit": regexp.MustCompile(`\.requestSubmit\(`), "inert": regexp.MustCompile(`\.inert\b`), "lookbehind": regexp.MustCompile(`\(\?<[=!]`), "static blocks": regexp.MustCompile(`static \{`), "groupBy": regexp.MustCompile(`\.groupBy\(`),
		"withResolvers": regexp.MustCompile(`withResolvers`), "showPopover": regexp.MustCompile(`[pP]opover`), "view transitions": regexp.MustCompile(`startViewTransition`), "scheduler": regexp.MustCompile(`\bscheduler\.`), "import maps": regexp.MustCompile(`import\.meta\.resolve`),
		"html from strings": regexp.MustCompile(`\.(?:innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|\beval\(`),
	}
	guarded  = regexp.MustCompile(`(?s)@supports[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}`)
	comments = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

func TestOldEnginesCanShowThePages(t *testing.T) {
	for name, text := range sources(t, ".css") {
		text = guarded.ReplaceAllString(comments.ReplaceAllString(text, ""), "")
		for what, re := range newCSS {
			if m := re.FindString(text); m != "" {
				t.Errorf("%s uses %s (%q), which Chrome 90 or iOS 15.4 lack", name, what, m)
			}
		}
	}
	for name, text := range sources(t, ".js") {
		if !strings.Contains(name, "frontend") {
			continue
		}
		text = jsComment.ReplaceAllString(comments.ReplaceAllString(text, ""), "")
		for what, re := range newJS {
			if m := re.FindString(text); m != "" {
				t.Errorf("%s uses %s (%q)", name, what, m)
			}
		}
		if strings.Contains(text, "`") && regexp.MustCompile("(?s)`[^`]*\n\\s*//").MatchString(text) {
			t.Errorf("%s: a line of a template literal begins with //, which serving would drop", name)
		}
	}
}

// TestStylesFollowTheHouse keeps colours in the tokens and templates free of
// inline style and script, which the security policy would block.
func TestStylesFollowTheHouse(t *testing.T) {
	colour := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\brgba?\(`)
	for name, text := range sources(t, ".css") {
		text = comments.ReplaceAllString(text, "")
		if !strings.HasSuffix(name, "10-tokens.css") && !strings.HasSuffix(name, "90-print.css") {
			for _, m := range colour.FindAllString(text, -1) {
				if m != "#fff" && !strings.HasPrefix(m, "rgb(") { // paper of a QR code, backdrop of a dialog
					t.Errorf("%s writes the colour %s; use a token", name, m)
				}
			}
		}
		if strings.Contains(text, "url(") || strings.Contains(text, "@import") {
			t.Errorf("%s fetches something", name)
		}
		if strings.Contains(text, "!important") && !strings.HasSuffix(name, "20-base.css") && !strings.HasSuffix(name, "90-print.css") {
			t.Errorf("%s uses !important", name)
		}
	}
	for name, text := range sources(t, ".templ") {
		if regexp.MustCompile(`\sstyle=|<style|\son[a-z]+=`).MatchString(text) {
			t.Errorf("%s has inline style or script, which the policy forbids", name)
		}
	}
}

// themes reads the token sets: light, dark and black.
func themes(t *testing.T) map[string]map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("base", "css", "10-tokens.css"))
	if err != nil {
		t.Fatal(err)
	}
	token := regexp.MustCompile(`--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})\b`)
	read := func(from string) map[string]string {
		_, rest, ok := strings.Cut(string(raw), from)
		if !ok {
			t.Fatalf("no %s in the tokens", from)
		}
		block, _, _ := strings.Cut(rest, "}")
		set := map[string]string{}
		for _, m := range token.FindAllStringSubmatch(block, -1) {
			set[m[1]] = m[2]
		}
		return set
	}
	return map[string]map[string]string{
		"light": read(":root {"), "device dark": read("html[data-contrast=standard] {"), "dark": read("\nhtml[data-contrast=dark] {"), "black": read("html[data-contrast=black] {"),
	}
}

func TestEveryThemeCanBeRead(t *testing.T) {
	all := themes(t)
	for name, set := range all {
		need := 4.5
		if name == "black" {
			need = 7
		}
		check := func(front, back string, least float64) {
			t.Helper()
			if set[front] == "" || set[back] == "" {
				t.Errorf("%s lacks --%s or --%s", name, front, back)
				return
			}
			if got := contrast(t, set[front], set[back]); got < least {
				t.Errorf("%s: --%s on --%s is %.2f:1, less than %.1f", name, front, back, got, least)
			}
		}
		for _, back := range []string{"paper", "surface", "sunken"} {
			for _, front := range []string{"ink", "ink-2", "ink-3", "brand", "link", "visited", "seal", "support", "amend", "oppose", "question", "ok", "warn", "error"} {
				check(front, back, need)
			}
			check("control", back, 3)
		}
		for _, tint := range []string{"ok", "warn", "error", "seal", "brand"} {
			check(tint, tint+"-tint", need)
			check("ink", tint+"-tint", need)
		}
		for _, front := range []string{"support", "amend", "oppose", "question", "link", "ink-2"} {
			check(front, "brand-tint", need)
		}
		check("on-brand", "brand", need)
		check("on-brand", "brand-hover", need)
		check("focus", "focus-ring", 3)
		for step := 1; step <= 7; step++ {
			front := "heat-low"
			if step >= 5 {
				front = "heat-high"
			}
			check(front, "heat-"+strconv.Itoa(step), 4.5)
		}
	}
	for key, value := range all["dark"] {
		if all["device dark"][key] != value {
			t.Errorf("--%s differs between the device's dark and the chosen one", key)
		}
	}
}

// contrast is the ratio of WCAG 2 between two colours.
func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (math.Max(x, y) + .05) / (math.Min(x, y) + .05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(v uint64) float64 {
		c := float64(v&255) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*part(n>>16) + .7152*part(n>>8) + .0722*part(n)
}
