package frontend

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

//go:embed base icons locales parts/*.css pages/*/*.css pages/*/*.js
var embedded embed.FS

// Words speaks one language: texts by key, numbers and dates as people of that
// language write them. It is immutable and safe for many goroutines.
type Words struct {
	// Lang is "zh" or "en": the folder in locales and the choice in code.
	Lang string
	// HTMLLang is the value of the lang attribute: "zh-CN" or "en".
	HTMLLang string

	texts map[string]string
}

// Languages lists every language that the site speaks, the default first.
var Languages = []string{"zh", "en"}

type catalog struct {
	byLang map[string]*Words
	readAt time.Time
}

var words atomic.Pointer[catalog]

// WordsIn gives the words of a language. Anything but "en" (or a tag that
// begins with "en") is Chinese, the default.
func WordsIn(lang string) *Words {
	c := words.Load()
	if c == nil || (devMode() && time.Since(c.readAt) > time.Second) {
		fresh, err := readCatalog(source())
		if err != nil && c == nil {
			fresh, _ = readCatalog(embedded)
		}
		if fresh != nil {
			words.Store(fresh)
			c = fresh
		}
	}
	if lang == "en" || strings.HasPrefix(lang, "en-") {
		return c.byLang["en"]
	}
	return c.byLang["zh"]
}

// readCatalog reads locales/<lang>/*.json. In dev mode a file that is being
// edited may be broken for a moment; then the words read before are kept.
func readCatalog(files fs.FS) (*catalog, error) {
	c := &catalog{byLang: map[string]*Words{}, readAt: time.Now()}
	for _, lang := range Languages {
		w := &Words{Lang: lang, HTMLLang: lang, texts: map[string]string{}}
		if lang == "zh" {
			w.HTMLLang = "zh-CN"
		}
		names, err := fs.Glob(files, path.Join("locales", lang, "*.json"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			raw, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(raw, &w.texts); err != nil {
				return nil, fmt.Errorf("frontend: %s: %w", name, err)
			}
		}
		c.byLang[lang] = w
	}
	return c, nil
}

// Has tells whether the language knows the key.
func (w *Words) Has(key string) bool {
	_, ok := w.texts[key]
	return ok
}

// T is the text of a key. args are name/value pairs for its {name}
// placeholders; integers are written plainly (an ID or a year has no comma, use
// N or Number for amounts). A missing key comes back marked as ⟦key⟧, so that
// it is seen in the page and by tests, and the page still works.
func (w *Words) T(key string, args ...any) string {
	text, ok := w.texts[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	return fill(text, args)
}

// N is the text for an amount: English uses key.one when n is 1. {n} is filled
// with the number in grouped digits; further args as in T.
func (w *Words) N(key string, n int, args ...any) string {
	if n == 1 && w.Lang == "en" && w.Has(key+".one") {
		key += ".one"
	}
	return w.T(key, append([]any{"n", w.Number(n)}, args...)...)
}

// Number writes an integer in digits, grouped by thousands.
func (w *Words) Number(n int) string {
	s := strconv.Itoa(n)
	if 0 <= n && n < 1000 {
		return s
	}
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Keys lists every key of the language in no order; tests and the page of
// missing words use it.
func (w *Words) Keys() []string {
	keys := make([]string, 0, len(w.texts))
	for k := range w.texts {
		keys = append(keys, k)
	}
	return keys
}

// fill puts values into {name} placeholders. Unknown placeholders stay as they
// are, so that a forgotten value is seen.
func fill(text string, args []any) string {
	open := strings.IndexByte(text, '{')
	if len(args) == 0 || open < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 16)
	for open >= 0 {
		b.WriteString(text[:open])
		text = text[open:]
		end := strings.IndexByte(text, '}')
		if end < 0 {
			break
		}
		if value, ok := valueOf(args, text[1:end]); ok {
			b.WriteString(value)
			text = text[end+1:]
		} else { // only the brace: another placeholder may begin behind it
			b.WriteByte('{')
			text = text[1:]
		}
		open = strings.IndexByte(text, '{')
	}
	b.WriteString(text)
	return b.String()
}

// valueOf finds the value of a name among name/value pairs.
func valueOf(args []any, name string) (string, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if key, ok := args[i].(string); !ok || key != name {
			continue
		}
		switch v := args[i+1].(type) {
		case string:
			return v, true
		case int:
			return strconv.Itoa(v), true
		}
		return fmt.Sprint(args[i+1]), true
	}
	return "", false
}
