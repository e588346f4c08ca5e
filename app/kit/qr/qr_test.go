package qr_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	rsc "rsc.io/qr"

	"minyi/app/kit/qr"
)

var bar = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

// read paints the drawing on a grid and gives it without the quiet zone.
func read(t *testing.T, svg string, size int) [][]bool {
	t.Helper()
	grid := make([][]bool, size+8)
	for i := range grid {
		grid[i] = make([]bool, size+8)
	}
	for _, m := range bar.FindAllStringSubmatch(svg, -1) {
		var x, y, w, back int
		if _, err := fmt.Sscan(m[1]+" "+m[2]+" "+m[3]+" "+m[4], &x, &y, &w, &back); err != nil || w != back {
			t.Fatal(m, err)
		}
		for i := range w {
			grid[y][x+i] = true
		}
	}
	for i := range grid {
		for j := range grid {
			if edge := i < 4 || j < 4 || i >= size+4 || j >= size+4; edge && grid[i][j] {
				t.Fatalf("dark at %d,%d in the quiet zone", j, i)
			}
		}
	}
	return grid
}

func TestDrawingIsTheCode(t *testing.T) {
	for _, text := range []string{"https://minyi.example/r/7K4M-29QX", "1", strings.Repeat("意见", 200)} {
		svg, err := qr.SVG(text, "回执 <7K4M> & \"29QX\"")
		if err != nil {
			t.Fatal(err)
		}
		want, err := rsc.Encode(text, rsc.M)
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, svg, want.Size)
		for y := range want.Size {
			for x := range want.Size {
				if got[y+4][x+4] != want.Black(x, y) {
					t.Fatalf("module %d,%d of %.20q is wrong", x, y, text)
				}
			}
		}
	}
}

func TestSVGIsSafeAndTitled(t *testing.T) {
	svg, err := qr.SVG("x", `</title><script>alert(1)</script>`)
	if err != nil {
		t.Fatal(err)
	}
	title, in := "", ""
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			in = x.Name.Local
			if !strings.Contains("svg title path", in) {
				t.Errorf("element %s", in)
			}
		case xml.CharData:
			if in == "title" {
				title += string(x)
			}
		case xml.EndElement:
			in = ""
		}
	}
	if title != `</title><script>alert(1)</script>` {
		t.Errorf("title %q", title)
	}
	if strings.Contains(svg, "style=") {
		t.Error("the content security policy refuses inline styles")
	}
}

func TestTooLong(t *testing.T) {
	for _, n := range []int{2049, 1 << 20} {
		if _, err := qr.SVG(strings.Repeat("a", n), ""); !errors.Is(err, qr.ErrTooLong) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := qr.SVG(strings.Repeat("a", 2048), ""); err != nil {
		t.Error(err)
	}
}
