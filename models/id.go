package models

import (
	"bufio"
	"crypto/rand"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

var ids = struct {
	sync.Mutex
	entropy ulid.MonotonicReader
}{entropy: ulid.Monotonic(bufio.NewReaderSize(rand.Reader, 4096), 0)}

// NewID makes an id that sorts by time: a ULID of 26 symbols, its random part
// from crypto/rand. Ids made later in this process sort later.
func NewID(now time.Time) string {
	ids.Lock()
	defer ids.Unlock()
	id, err := ulid.New(ulid.Timestamp(now), ids.entropy)
	if err != nil { // the monotonic part of this millisecond is used up
		id = ulid.MustNew(ulid.Timestamp(now)+1, ids.entropy)
	}
	return id.String()
}

// IsID says whether s has the form of an id made by [NewID].
func IsID(s string) bool {
	if len(s) != ulid.EncodedSize {
		return false
	}
	_, err := ulid.ParseStrict(s)
	return err == nil
}

// firstID is the lowest id that can be made at a moment.
func firstID(at time.Time) string {
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(at)) // fails only after the year 10889
	return id.String()
}
