package qr_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"

	rsc "rsc.io/qr"

	"minyi/app/kit/qr"
)

// dark says whether a point of a picture is.
func dark(p image.Image, x, y int) bool {
	r, _, _, _ := p.At(x, y).RGBA()
	return r < 0x8000
}

func picture(t *testing.T, text, digits, below string) image.Image {
	t.Helper()
	data, err := qr.Picture(text, digits, below)
	if err != nil {
		t.Fatal(err)
	}
	p, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 20_000 {
		t.Errorf("a picture of %d bytes", len(data))
	}
	return p
}

// The picture holds the same code as the drawing, with light around it, and nothing of what
// is written below comes near it.
func TestThePictureIsTheCode(t *testing.T) {
	for _, text := range []string{"https://minyi.example/t/7K4M29QX7K4M29QX7K4M29", "1", strings.Repeat("意见", 200)} {
		want, err := rsc.Encode(text, rsc.M)
		if err != nil {
			t.Fatal(err)
		}
		p := picture(t, text, "123 456", "2027-01-24 14:00")
		width, side := p.Bounds().Dx(), want.Size+8
		if width%side != 0 || width < 500 || width > 720 || p.Bounds().Dy() <= width {
			t.Fatalf("%.20q: a picture of %v for %d modules", text, p.Bounds(), side)
		}
		module := width / side
		for y := range side {
			for x := range side {
				for _, at := range [][2]int{{0, 0}, {module - 1, module - 1}, {module / 2, module / 2}} {
					if got := dark(p, x*module+at[0], y*module+at[1]); got != want.Black(x-4, y-4) {
						t.Fatalf("%.20q: module %d, %d is dark: %v", text, x-4, y-4, got)
					}
				}
			}
		}
	}
}

// The figures below are read by people: each is its own, and the same wherever it stands.
func TestEachFigureOfAPictureIsItsOwn(t *testing.T) {
	seen := map[string]rune{}
	for _, digit := range "0123456789-: " {
		p := picture(t, "1", strings.Repeat(string(digit), 7), "")
		var shape strings.Builder
		for y := p.Bounds().Dx(); y < p.Bounds().Dy(); y++ {
			for x := range p.Bounds().Dx() {
				shape.WriteByte(map[bool]byte{true: '#', false: ' '}[dark(p, x, y)])
			}
		}
		if (strings.Contains(shape.String(), "#")) == (digit == ' ') {
			t.Errorf("%q leaves the wrong trace", digit)
		}
		if other, same := seen[shape.String()]; same {
			t.Errorf("%q looks like %q", digit, other)
		}
		seen[shape.String()] = digit
	}
}

func TestAPictureRefusesWhatItCannotDraw(t *testing.T) {
	if _, err := qr.Picture(strings.Repeat("a", 2049), "1", ""); !errors.Is(err, qr.ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	for _, text := range []string{"12a", "停车", "１２３"} {
		if data, err := qr.Picture("1", text, ""); err == nil {
			t.Errorf("%q is drawn in %d bytes", text, len(data))
		}
	}
}
