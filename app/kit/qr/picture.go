package qr

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"rsc.io/qr"
)

// pictureWidth is how wide a picture is at most, in pixels: that of a phone's screen, so
// that the code fills it.
const pictureWidth = 720

// Picture draws text (mostly an address of this site) as a PNG picture, for who keeps
// pictures: phones put no SVG into their album. Below the code stand digits that can be read
// out, in large, and a smaller line, for which there are figures, blanks, hyphens and colons;
// there is no font for anything else. It errs for other characters, and with [ErrTooLong].
func Picture(text, digits, below string) ([]byte, error) {
	if len(text) > most {
		return nil, ErrTooLong
	}
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, ErrTooLong
	}
	side := c.Size + 2*quiet
	module := max(1, pictureWidth/side)
	width := side * module
	lines := []line{{digits, width * 7 / 10, width / 7}, {below, width * 6 / 10, width / 9}}
	height := width
	for _, l := range lines {
		height += l.height
	}
	p := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	for y := range c.Size {
		for x := range c.Size {
			if c.Black(x, y) {
				block(p, (x+quiet)*module, (y+quiet)*module, module)
			}
		}
	}
	top := width // the code keeps its quiet zone
	for _, l := range lines {
		if err := l.write(p, top); err != nil {
			return nil, err
		}
		top += l.height
	}
	var out bytes.Buffer
	err = png.Encode(&out, p)
	return out.Bytes(), err
}

// block is one dark square.
func block(p *image.Paletted, x, y, side int) {
	for dy := range side {
		for dx := range side {
			p.SetColorIndex(x+dx, y+dy, 1)
		}
	}
}

// line is a text in the middle of a picture, as wide as given at most.
type line struct {
	text          string
	width, height int
}

// Figures are dots in five columns and seven rows; one column parts them.
const (
	figureColumns = 5
	figureRows    = 7
)

func (l line) write(p *image.Paletted, top int) error {
	if l.text == "" {
		return nil
	}
	columns := len(l.text)*(figureColumns+1) - 1
	dot := max(1, min(l.width/columns, l.height/(figureRows+2)))
	left := (p.Bounds().Dx() - columns*dot) / 2
	for i, r := range []byte(l.text) {
		rows, known := figures[r]
		if !known {
			return fmt.Errorf("qr: there is no figure for %q", r)
		}
		for y, row := range rows {
			for x, mark := range []byte(row) {
				if mark == '#' {
					block(p, left+(i*(figureColumns+1)+x)*dot, top+(l.height-figureRows*dot)/2+y*dot, dot)
				}
			}
		}
	}
	return nil
}

// figures are drawn for this site; zero is narrow at its shoulders and one has a foot, so
// that none is taken for another.
var figures = map[byte][figureRows]string{
	'0': {" ### ", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "},
	'1': {"  #  ", " ##  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "},
	'2': {" ### ", "#   #", "    #", "  ## ", " #   ", "#    ", "#####"},
	'3': {" ### ", "#   #", "    #", "  ## ", "    #", "#   #", " ### "},
	'4': {"   # ", "  ## ", " # # ", "#  # ", "#####", "   # ", "   # "},
	'5': {"#####", "#    ", "#### ", "    #", "    #", "#   #", " ### "},
	'6': {" ### ", "#    ", "#### ", "#   #", "#   #", "#   #", " ### "},
	'7': {"#####", "    #", "   # ", "   # ", "  #  ", "  #  ", "  #  "},
	'8': {" ### ", "#   #", "#   #", " ### ", "#   #", "#   #", " ### "},
	'9': {" ### ", "#   #", "#   #", "#   #", " ####", "    #", " ### "},
	'-': {"     ", "     ", "     ", " ### ", "     ", "     ", "     "},
	':': {"     ", "  #  ", "     ", "     ", "     ", "  #  ", "     "},
	' ': {"     ", "     ", "     ", "     ", "     ", "     ", "     "},
}
