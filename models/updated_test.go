package models_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Times of change are those of the act. Left alone, gorm writes its own clock into a
// field of the name UpdatedAt, and that clock stands still here on purpose.
func TestNoTimeOfChangeIsLeftToTheLibrary(t *testing.T) {
	field := regexp.MustCompile(`(?m)^\s+UpdatedAt\s.*$`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range field.FindAllString(string(raw), -1) {
			if found++; !strings.Contains(line, `gorm:"autoUpdateTime:false`) {
				t.Errorf("%s: %s", name, strings.TrimSpace(line))
			}
		}
	}
	if found < 10 {
		t.Errorf("%d fields found: the search is wrong", found)
	}
}
