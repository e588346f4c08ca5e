package hearings

import (
	"fmt"
	"html"
	"strings"
)

// TicketPicture draws a ticket as one SVG picture of 360 × 520: code, digits, name,
// time and place. code is a drawn QR code (an <svg> element).
func TicketPicture(code, title, when, place, name, label, digits string) string {
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="720" height="1040" viewBox="0 0 360 520" font-family="system-ui, 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif" fill="#1B2326">`)
	b.WriteString(`<rect width="360" height="520" fill="#FBFAF6"/><rect x="8" y="8" width="344" height="504" rx="8" fill="#fff" stroke="#0E5163"/>`)
	y := 44
	line := func(s string, size int, most int) {
		for _, part := range wrapped(s, most) {
			fmt.Fprintf(&b, `<text x="180" y="%d" font-size="%d" text-anchor="middle">%s</text>`, y, size, html.EscapeString(part))
			y += size * 3 / 2
		}
	}
	line(title, 18, 18)
	line(name, 16, 20)
	fmt.Fprintf(&b, `<g transform="translate(80 %d)">%s</g>`, y, strings.Replace(code, "<svg ", `<svg width="200" height="200" `, 1))
	y += 232
	line(label, 13, 30)
	y += 16
	line(digits, 34, 12)
	line(when, 14, 24)
	line(place, 14, 24)
	b.WriteString(`</svg>`)
	return b.String()
}

// wrapped cuts a text into lines of about most wide characters; Latin ones count half.
func wrapped(s string, most int) []string {
	var out []string
	var line strings.Builder
	n := 0
	for _, r := range s {
		w := 2
		if r < 0x2E80 {
			w = 1
		}
		if n+w > 2*most {
			out = append(out, line.String())
			line.Reset()
			n = 0
		}
		line.WriteRune(r)
		n += w
	}
	if line.Len() > 0 {
		out = append(out, line.String())
	}
	return out
}
