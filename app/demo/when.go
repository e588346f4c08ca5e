package demo

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// When is a moment told from the moment the site is filled, so that the demo
// never grows old: "-2h", "+40m", or days with a clock time of the city,
// "-26d@09:00".
type When string

var whenForm = regexp.MustCompile(`^([+-])(\d{1,4})(?:([mh])|d@([01]\d|2[0-3]):([0-5]\d))$`)

// At returns the moment for a site filled at now, whose location is the
// city's. It fails if w has another form than the ones above.
func (w When) At(now time.Time) (time.Time, error) {
	m := whenForm.FindStringSubmatch(string(w))
	if m == nil {
		return time.Time{}, fmt.Errorf("demo: %q is not a moment", string(w))
	}
	n, _ := strconv.Atoi(m[1] + m[2])
	switch m[3] {
	case "m":
		return now.Add(time.Duration(n) * time.Minute), nil
	case "h":
		return now.Add(time.Duration(n) * time.Hour), nil
	}
	hour, _ := strconv.Atoi(m[4])
	minute, _ := strconv.Atoi(m[5])
	return time.Date(now.Year(), now.Month(), now.Day()+n, hour, minute, 0, 0, now.Location()), nil
}
