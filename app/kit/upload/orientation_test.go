package upload

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"strings"
	"testing"
)

// exif is the body of a segment as phones write it: the orientation among other tags,
// and where the picture was taken.
func exif(order binary.AppendByteOrder, how uint16) []byte {
	body := []byte(exifHead)
	if order.String() == "LittleEndian" {
		body = append(body, "II"...)
	} else {
		body = append(body, "MM"...)
	}
	body = order.AppendUint16(body, 42)
	body = order.AppendUint32(body, 8)
	body = order.AppendUint16(body, 2)
	for _, e := range []struct{ tag, value uint16 }{{0x0100, 4032}, {tagOrientation, how}} {
		body = order.AppendUint16(body, e.tag)
		body = order.AppendUint16(body, 3)
		body = order.AppendUint32(body, 1)
		body = order.AppendUint16(body, e.value)
		body = order.AppendUint16(body, 0)
	}
	body = order.AppendUint32(body, 0)
	return append(body, "GPS 31.2304 N 121.4737 E"...)
}

// picture is a JPEG with the given EXIF bodies.
func picture(t *testing.T, bodies ...[]byte) []byte {
	t.Helper()
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 4, 2)), nil); err != nil {
		t.Fatal(err)
	}
	out := append([]byte{}, plain.Bytes()[:2]...)
	for _, body := range bodies {
		out = binary.BigEndian.AppendUint16(append(out, 0xFF, 0xE1), uint16(len(body)+2))
		out = append(out, body...)
	}
	return append(out, plain.Bytes()[2:]...)
}

func TestAPhotoKeepsHowItStandsAndNothingElse(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		for how := range uint16(10) {
			f, err := Take(Given{Name: "photo.jpg", Data: picture(t, exif(order, how), exif(order, 3))}, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(f.Data, []byte("GPS")) {
				t.Errorf("%s %d: the place is still there", order, how)
			}
			if _, err := jpeg.Decode(bytes.NewReader(f.Data)); err != nil {
				t.Errorf("%s %d: %v", order, how, err)
			}
			want := how
			if how < 2 || how > 8 {
				want = 3 // the next segment says it
			}
			at := bytes.Index(f.Data, []byte(exifHead))
			if at < 0 || bytes.Count(f.Data, []byte(exifHead)) != 1 {
				t.Fatalf("%s %d: %d segments", order, how, bytes.Count(f.Data, []byte(exifHead)))
			}
			if got := orientation(f.Data[at:]); got != want {
				t.Errorf("%s: turned %d, not %d", order, got, want)
			}
		}
	}
}

func TestAnUprightPhotoSaysNothing(t *testing.T) {
	f, err := Take(Given{Name: "photo.jpg", Data: picture(t, exif(binary.BigEndian, 1))}, 1<<20)
	if err != nil || bytes.Contains(f.Data, []byte("Exif")) {
		t.Errorf("%v, EXIF %v", err, bytes.Contains(f.Data, []byte("Exif")))
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add(string(exif(binary.BigEndian, 6)))
	f.Add(string(exif(binary.LittleEndian, 8)))
	f.Add(exifHead + "II*\x00\xff\xff\xff\xff")
	f.Add(exifHead + "MM\x00*\x00\x00\x00\x08\xff\xff" + strings.Repeat("\x00", 13))
	f.Fuzz(func(t *testing.T, body string) {
		how := orientation([]byte(body))
		if how == 1 || how > 8 {
			t.Fatalf("turned %d", how)
		}
		if how != 0 && orientation(turned(how)[4:]) != how {
			t.Fatalf("%d is not given on", how)
		}
	})
}
