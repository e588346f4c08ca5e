// Package cursor makes the opaque marks by which a list goes on where the last
// page ended. A cursor is signed and bound to its purpose: what a reader sends
// back was made here, for this list, this order and these filters.
package cursor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
)

// ErrInvalid says that a cursor is forged, damaged or from another list. The
// reader is told to begin at the first page.
var ErrInvalid = errors.New("cursor: not made for this list")

const (
	version   = 1
	macLength = 16   // 128 bits: forging one takes 2^127 tries against the server
	maxLength = 1024 // of the text, in bytes; far above what lists need
	maxFields = 16
)

var text = base64.RawURLEncoding.Strict() // one spelling per cursor

// Signer makes and checks cursors; it is safe for concurrent use.
type Signer struct{ key []byte }

// NewSigner takes the site's secret, at least 16 bytes. It derives its own key,
// so that a signature made here fits nowhere else. Cursors live as long as the secret.
func NewSigner(secret []byte) (*Signer, error) {
	if len(secret) < 16 {
		return nil, errors.New("cursor: the secret is shorter than 16 bytes")
	}
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("minyi cursor"))
	return &Signer{key: m.Sum(nil)}, nil
}

// Encode writes the fields of the last row (sort value, id) as base64url text.
// The purpose names the list with everything that shapes it: its address, its
// order, its filters. Fields are readable to whoever decodes the text: no
// secrets. At most 16 fields and about 700 bytes; beyond that the cursor would not decode.
func (s *Signer) Encode(purpose string, fields ...string) string {
	body := []byte{version}
	for _, f := range fields {
		body = binary.AppendUvarint(body, uint64(len(f)))
		body = append(body, f...)
	}
	return text.EncodeToString(append(s.mac(purpose, body), body...))
}

// Decode gives the fields back, or [ErrInvalid].
func (s *Signer) Decode(purpose, cursor string) ([]string, error) {
	if len(cursor) > maxLength || strings.ContainsAny(cursor, "\r\n") { // base64 would skip line ends
		return nil, ErrInvalid
	}
	raw, err := text.DecodeString(cursor)
	if err != nil || len(raw) < macLength+1 {
		return nil, ErrInvalid
	}
	mac, body := raw[:macLength], raw[macLength:]
	if !hmac.Equal(mac, s.mac(purpose, body)) || body[0] != version {
		return nil, ErrInvalid
	}
	return split(body[1:])
}

func split(b []byte) ([]string, error) {
	var fields []string
	for len(b) > 0 {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) || len(fields) == maxFields {
			return nil, ErrInvalid
		}
		fields = append(fields, string(b[w:w+int(n)]))
		b = b[w+int(n):]
	}
	return fields, nil
}

// mac signs the purpose with its length, so that purpose and body cannot be
// shifted into each other.
func (s *Signer) mac(purpose string, body []byte) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(len(purpose))))
	m.Write([]byte(purpose))
	m.Write(body)
	return m.Sum(nil)[:macLength]
}
