// Package hearings draws the pages of hearings, their registration and their draw.
package hearings

import (
	"encoding/json"
	"html"
	"strings"

	"minyi/frontend"
)

// drawSentences are the texts that the script of the check says.
var drawSentences = []string{"draw.wrong", "draw.right", "draw.commitment", "draw.not_compared", "draw.find_line", "draw.find_form", "draw.find_commitment",
	"draw.find_published", "draw.find_result", "draw.find_short", "draw.find_no_result", "draw.working"}

// DrawWords are the sentences of the check by key, with their placeholders.
func DrawWords(w *frontend.Words) map[string]string {
	texts := map[string]string{}
	for _, key := range drawSentences {
		texts[key] = w.T(key)
	}
	return texts
}

// DrawCheckAlone is the check as one page without any server: it can be kept, sent
// on and opened from a disk, years later. It holds the script and the sentences.
func DrawCheckAlone(w *frontend.Words) ([]byte, error) {
	script, err := frontend.Script("pages/hearings/draw-check.js")
	if err != nil {
		return nil, err
	}
	sentences, err := json.Marshal(DrawWords(w)) // escapes < and >, so that no text can end the element
	if err != nil {
		return nil, err
	}
	t := func(key string) string { return html.EscapeString(w.T(key)) }
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="` + w.HTMLLang + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">`)
	b.WriteString(`<meta name="color-scheme" content="light dark"><title>` + t("draw.check_title") + `</title></head><body><main>`)
	b.WriteString(`<h1>` + t("draw.check_title") + `</h1><p>` + t("draw.check_lede") + `</p><div id="draw-said" tabindex="-1" role="status"></div><form data-draw-check>`)
	b.WriteString(`<p><label>` + t("draw.check_file") + `<br><input type="file" name="file" required></label></p>`)
	b.WriteString(`<p><label>` + t("draw.check_commitment") + `<br><input name="commitment" size="64" maxlength="64"></label><br>` + t("draw.check_commitment_hint") + `</p>`)
	b.WriteString(`<p><button>` + t("draw.check_button") + `</button></p></form></main><script type="application/json" id="draw-words">`)
	b.Write(sentences)
	b.WriteString(`</script><script type="module">`)
	b.Write(script)
	b.WriteString(`</script></body></html>`)
	return []byte(b.String()), nil
}
