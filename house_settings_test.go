package main_test

import (
	"os"
	"regexp"
	"testing"
)

// TestHouseSettingsAreInTheExample holds .env.example against the settings: the message
// about an unknown setting sends people there.
func TestHouseSettingsAreInTheExample(t *testing.T) {
	const where = "app/settings/settings.go"
	code, err := os.ReadFile(where)
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(".env.example")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`env:"(MINYI_[A-Z_]+)"`).FindAllStringSubmatch(string(code), -1) {
		known[m[1]] = true
	}
	if len(known) == 0 {
		t.Fatalf("no setting found in %s", where)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(MINYI_[A-Z_]+)=`).FindAllStringSubmatch(string(example), -1) {
		listed[m[1]] = true
		if !known[m[1]] {
			t.Errorf(".env.example lists %s, which is not a setting", m[1])
		}
	}
	for name := range known {
		if !listed[name] {
			t.Errorf(".env.example does not list %s", name)
		}
	}
}
