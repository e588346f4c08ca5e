//go:build torture

package app_test

import "testing"

// A thousand people for fifty seats, and 950 small hearings with twenty rivals each.
func TestTortureSeats(t *testing.T) {
	seatsOnBoth(t, number("MINYI_TORTURE_PEOPLE", 1000), 50, number("MINYI_TORTURE_HEARINGS", 950), number("MINYI_TORTURE_KILLS", 5))
}
