package upload

import (
	"bytes"
	"encoding/binary"
)

// exifHead begins the application segment that holds EXIF data (CIPA DC-008 §4.7.2).
const exifHead = "Exif\x00\x00"

// tagOrientation says how a picture must be turned to stand upright (TIFF 6.0, tag 274).
const tagOrientation = 0x0112

// orientation reads how a picture must be turned from the body of an EXIF segment: 2
// to 8. Upright, unsaid and unreadable give 0. Nothing else of it is looked at.
func orientation(body []byte) uint16 {
	tiff, ok := bytes.CutPrefix(body, []byte(exifHead))
	if !ok || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	} else if string(tiff[:2]) != "MM" {
		return 0
	}
	at := uint64(order.Uint32(tiff[4:]))
	if order.Uint16(tiff[2:]) != 42 || at+2 > uint64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == tagOrientation {
			if v := order.Uint16(entries[8:]); order.Uint16(entries[2:]) == 3 && v >= 2 && v <= 8 {
				return v
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}

// turned is an EXIF segment that says how a picture must be turned, and nothing else:
// most phones keep the picture as the sensor lay and say so only there.
func turned(how uint16) []byte {
	body := []byte(exifHead + "MM\x00\x2A\x00\x00\x00\x08\x00\x01")
	body = binary.BigEndian.AppendUint16(body, tagOrientation)
	body = binary.BigEndian.AppendUint16(body, 3) // a short number …
	body = binary.BigEndian.AppendUint32(body, 1) // … one of them
	body = binary.BigEndian.AppendUint16(body, how)
	body = append(body, 0, 0, 0, 0, 0, 0) // the number is filled up, and no further list follows
	out := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(body)+2))
	return append(out, body...)
}
