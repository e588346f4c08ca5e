//go:build bench || torture

package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"minyi/models"
)

func init() { executable = binary }

// binary builds the program once; MINYI_BENCH_BIN names another one to measure.
var binary = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("MINYI_BENCH_BIN"); bin != "" {
		return bin, nil
	}
	dir, err := os.MkdirTemp("", "minyi-built")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "minyi")
	out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "minyi").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %v\n%s", err, out)
	}
	return bin, nil
})

// onPostgres fills the empty database at url and serves it.
func onPostgres(t *testing.T, url string, onFirst, spread int) *program {
	t.Helper()
	return filled(t, models.Options{URL: url}, onFirst, spread, "MINYI_DATA_DIR="+t.TempDir(), "MINYI_DATABASE_URL="+url)
}

func number(name string, standard int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return standard
}

func row(t *testing.T, figure, ours, limit, target string) {
	t.Helper()
	t.Logf("| %s | %s | %s | %s |", figure, ours, limit, target)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
