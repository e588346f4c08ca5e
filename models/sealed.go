package models

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// What was answered is kept for weeks, and may hold a name or words that their author
// has had taken back since: in an answer to them, or to a moderator. Nobody can say by
// whom it is still wanted, so it is kept under a key that only who sends the request
// again has: the row holds a hash of it, a backup no more. Nothing is left to erase then.

// sealMark begins a sealed answer; no JSON begins like that. Others were kept open by
// earlier versions, until they are purged.
const sealMark = "~"

var errSeal = errors.New("models: a remembered answer does not open with its key")

// lock is what seals the answer to a key; each has its own.
func (i Idem) lock() (cipher.AEAD, error) {
	key := sha256.Sum256([]byte("answer\x00" + i.Voice + "\x00" + i.Key))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal hides an answer from everybody who has not the key.
func (i Idem) seal(answer []byte) (string, error) {
	lock, err := i.lock()
	if err != nil {
		return "", err
	}
	return sealMark + base64.RawStdEncoding.EncodeToString(lock.Seal(nil, nil, answer, nil)), nil
}

// open gives the answer again.
func (i Idem) open(kept string) ([]byte, error) {
	text, sealed := strings.CutPrefix(kept, sealMark)
	if !sealed {
		return []byte(kept), nil
	}
	lock, err := i.lock()
	if err != nil {
		return nil, err
	}
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.Join(errSeal, err)
	}
	answer, err := lock.Open(nil, nil, b, nil)
	if err != nil {
		return nil, errors.Join(errSeal, err)
	}
	return answer, nil
}
