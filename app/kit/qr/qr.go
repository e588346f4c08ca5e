// Package qr draws QR codes as SVG, for tickets, receipts and posters.
package qr

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"

	"rsc.io/qr"
)

// ErrTooLong says that a text does not fit: at the level used here a QR code
// holds about 2,300 bytes, but beyond 300 phones read it badly from paper.
var ErrTooLong = errors.New("qr: the text is too long")

const (
	quiet = 4 // light modules around, ISO/IEC 18004 §6.3.8
	most  = 2048
)

// SVG draws text (mostly an address of this site) as an <svg> element to be
// put into a page as it stands. The title is what a screen reader says; it
// should tell where the code leads. The drawing is dark on light in every
// theme, because many readers fail on inverted codes, and scales without loss:
// the page's style gives its size, 32 mm on paper. Level M: 15 % of it may be dirty.
func SVG(text, title string) (string, error) {
	if len(text) > most {
		return "", ErrTooLong
	}
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", ErrTooLong
	}
	side := strconv.Itoa(c.Size + 2*quiet)
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" viewBox="0 0 ` + side + ` ` + side + `" shape-rendering="crispEdges"><title>`)
	_ = xml.EscapeText(&b, []byte(title)) // a strings.Builder never fails
	b.WriteString(`</title><path fill="#fff" d="M0 0h` + side + `v` + side + `H0z"/><path fill="#000" d="`)
	draw(&b, c)
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}

// draw writes each run of dark modules in a row as one bar.
func draw(b *strings.Builder, c *qr.Code) {
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			if !c.Black(x, y) {
				continue
			}
			from := x
			for c.Black(x, y) { // false beyond the edge
				x++
			}
			n := strconv.Itoa(x - from)
			b.WriteString("M" + strconv.Itoa(from+quiet) + " " + strconv.Itoa(y+quiet) + "h" + n + "v1h-" + n + "z")
		}
	}
}
