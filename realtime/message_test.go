package realtime

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sent is a frame as a client sends it, masked.
func sent(head byte, p string) []byte {
	mask := [4]byte{7, 31, 127, 200}
	b := []byte{head}
	switch n := len(p); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	b = append(b, mask[:]...)
	for i := range len(p) {
		b = append(b, p[i]^mask[i&3])
	}
	return b
}

// heardFrom puts the bytes in by pieces of the given size and tells what came out.
func heardFrom(p []byte, piece int) (list []string, end error) {
	var m messages
	for part := range slices.Chunk(p, max(piece, 1)) {
		m.add(part)
		for {
			msg, ok, err := m.next()
			if err != nil {
				return list, err
			}
			if !ok {
				break
			}
			list = append(list, fmt.Sprintf("%X %s", msg.op, msg.p))
		}
	}
	return list, nil
}

// TestMessages holds what RFC 6455 §5 says of a client's frames.
func TestMessages(t *testing.T) {
	long, most := strings.Repeat("a", 300), strings.Repeat("b", maxMessage)
	code := func(n uint16, why string) string { return string(binary.BigEndian.AppendUint16(nil, n)) + why }
	cases := map[string]struct {
		in   [][]byte
		want []string
		end  error
	}{
		"one":                          {[][]byte{sent(0x81, "a")}, []string{"1 a"}, nil},
		"binary":                       {[][]byte{sent(0x82, "a")}, []string{"2 a"}, nil},
		"empty":                        {[][]byte{sent(0x81, "")}, []string{"1 "}, nil},
		"several at once":              {[][]byte{sent(0x81, "a"), sent(0x81, long), sent(0x81, "c")}, []string{"1 a", "1 " + long, "1 c"}, nil},
		"as long as allowed":           {[][]byte{sent(0x81, most)}, []string{"1 " + most}, nil},
		"longer":                       {[][]byte{sent(0x81, most+"b")}, nil, errTooBig},
		"much longer":                  {[][]byte{{0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}}, nil, errTooBig},
		"a length that is none":        {[][]byte{{0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}}, nil, errProtocol},
		"in parts":                     {[][]byte{sent(0x01, "a"), sent(0x00, "b"), sent(0x80, "c")}, []string{"1 abc"}, nil},
		"a ping between parts":         {[][]byte{sent(0x01, "a"), sent(0x89, "p"), sent(0x80, "c")}, []string{"9 p", "1 ac"}, nil},
		"parts too long together":      {[][]byte{sent(0x01, most), sent(0x80, "b")}, nil, errTooBig},
		"empty parts without end":      {[][]byte{sent(0x01, ""), sent(0x00, ""), sent(0x81, "")}, nil, errProtocol},
		"empty parts, too many":        {[][]byte{sent(0x01, ""), bytes.Repeat(sent(0x00, ""), maxParts)}, nil, errTooBig},
		"a part of nothing":            {[][]byte{sent(0x80, "a")}, nil, errProtocol},
		"a new one between parts":      {[][]byte{sent(0x01, "a"), sent(0x81, "b")}, nil, errProtocol},
		"not masked":                   {[][]byte{{0x81, 0x01, 'a'}}, nil, errProtocol},
		"compressed without leave":     {[][]byte{sent(0xC1, "a")}, nil, errProtocol},
		"unknown kind":                 {[][]byte{sent(0x83, "a")}, nil, errProtocol},
		"unknown kind of control":      {[][]byte{sent(0x8B, "a")}, nil, errProtocol},
		"a ping in parts":              {[][]byte{sent(0x09, "a")}, nil, errProtocol},
		"a long ping":                  {[][]byte{sent(0x89, long)}, nil, errProtocol},
		"pong":                         {[][]byte{sent(0x8A, "x")}, []string{"A x"}, nil},
		"close":                        {[][]byte{sent(0x88, ""), sent(0x81, "a")}, nil, errClosed},
		"close with a reason":          {[][]byte{sent(0x88, code(1001, "再见"))}, nil, errClosed},
		"close with half a code":       {[][]byte{sent(0x88, "x")}, nil, errProtocol},
		"close with a secret code":     {[][]byte{sent(0x88, code(1006, ""))}, nil, errProtocol},
		"close with no code at all":    {[][]byte{sent(0x88, code(999, ""))}, nil, errProtocol},
		"close with a broken reason":   {[][]byte{sent(0x88, code(1000, "\xff"))}, nil, errProtocol},
		"half a frame waits":           {[][]byte{sent(0x81, "abc")[:7]}, nil, nil},
		"a message before an evil one": {[][]byte{sent(0x81, "a"), {0x81, 0x01, 'a'}}, []string{"1 a"}, errProtocol},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			all := slices.Concat(c.in...)
			for _, piece := range []int{1, 3, 7, 1000, len(all)} {
				got, end := heardFrom(all, piece)
				if !slices.Equal(got, c.want) || !errors.Is(end, c.end) {
					t.Fatalf("by %d: %.80q, %v", piece, got, end)
				}
			}
		})
	}
}

// TestMessagesHoldNothing: who says nothing costs no buffer, and what was handed
// over is not written to again.
func TestMessagesHoldNothing(t *testing.T) {
	var m messages
	m.add(slices.Concat(sent(0x81, "first"), sent(0x81, "second")))
	first, _, _ := m.next()
	m.add(sent(0x81, "third"))
	second, _, _ := m.next()
	third, _, _ := m.next()
	if string(first.p)+string(second.p)+string(third.p) != "firstsecondthird" {
		t.Fatalf("%s %s %s", first.p, second.p, third.p)
	}
	if m.in != nil || m.parts != nil {
		t.Fatal("something is still held", cap(m.in), cap(m.parts))
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(slices.Concat(sent(0x01, "a"), sent(0x89, "p"), sent(0x80, strings.Repeat("c", 200))), 3)
	f.Add(sent(0x88, "\x03\xe8bye"), 1)
	f.Add([]byte{0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0x40, 0x01}, 4)
	f.Fuzz(func(t *testing.T, p []byte, piece int) {
		whole, end := heardFrom(bytes.Clone(p), len(p))
		parts, endParts := heardFrom(bytes.Clone(p), piece)
		if !slices.Equal(whole, parts) || !errors.Is(endParts, end) {
			t.Fatal("it matters how the bytes arrive", whole, end, parts, endParts)
		}
		for _, m := range whole {
			if len(m) > maxMessage+2 {
				t.Fatal("over the limit", len(m))
			}
		}
	})
}
