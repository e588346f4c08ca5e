//go:build torture

package app_test

import (
	"testing"

	"minyi/models"
	"minyi/models/modelstest"
)

// A hall of a thousand phones, and the program killed under it.
func TestTortureKilledRoom(t *testing.T) {
	phones, kills := number("MINYI_TORTURE_PHONES", 1000), number("MINYI_TORTURE_KILLS", 3)
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		h := furnish(t, models.Options{Dir: dir}, 1)
		s := &program{}
		s.serve(t, "MINYI_DATA_DIR="+dir, "MINYI_LIMIT_ASK=0")
		roomKilled(t, s, h, phones, kills)
	})
	t.Run("postgres", func(t *testing.T) {
		database := modelstest.PostgresURL(t)
		h := furnish(t, models.Options{URL: database}, 1)
		s := &program{}
		s.serve(t, "MINYI_DATA_DIR="+t.TempDir(), "MINYI_DATABASE_URL="+database, "MINYI_LIMIT_ASK=0")
		roomKilled(t, s, h, phones, kills)
	})
}
