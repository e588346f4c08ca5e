package frontend

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func brotliSize(t *testing.T, name string) int {
	t.Helper()
	body, _, encoding, ok := AssetFile(Asset(name), "br")
	if !ok {
		t.Fatalf("no asset %s", name)
	}
	if encoding != "br" {
		var b bytes.Buffer
		w := brotli.NewWriterLevel(&b, brotli.BestCompression)
		w.Write(body)
		w.Close()
		return b.Len()
	}
	return len(body)
}

func TestAnAssetKeepsItsBodyInEveryEncoding(t *testing.T) {
	address := Asset("app.css")
	plain, kind, encoding, ok := AssetFile(address, "")
	if !ok || encoding != "" || !strings.HasPrefix(kind, "text/css") || len(plain) == 0 {
		t.Fatalf("ok %v, encoding %q, kind %q, %d bytes", ok, encoding, kind, len(plain))
	}
	br, _, encoding, _ := AssetFile(address, "gzip, deflate, br")
	if encoding != "br" {
		t.Errorf("brotli is wanted, got %q", encoding)
	}
	if got, err := io.ReadAll(brotli.NewReader(bytes.NewReader(br))); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("brotli gives another body: %v", err)
	}
	gz, _, encoding, _ := AssetFile(address, "gzip")
	if encoding != "gzip" {
		t.Errorf("gzip is wanted, got %q", encoding)
	}
	r, err := gzip.NewReader(bytes.NewReader(gz))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("gzip gives another body: %v", err)
	}
}

func TestAddressesOfAssets(t *testing.T) {
	if got := AssetCacheControl(Asset("app.css")); !strings.Contains(got, "immutable") {
		t.Errorf("today's address may be kept for ever, got %q", got)
	}
	if got := AssetCacheControl(AssetPrefix + "000000000000/app.css"); got != "no-cache" {
		t.Errorf("another version's address must not be kept, got %q", got)
	}
	for _, bad := range []string{"", "/", AssetPrefix, AssetPrefix + "app.css", AssetPrefix + "x/../words.go", AssetPrefix + "x/words.go", AssetPrefix + "x/parts/clause.css", "/other/x/app.css"} {
		if _, _, _, ok := AssetFile(bad, ""); ok {
			t.Errorf("%q must not be served", bad)
		}
	}
}

// TestFirstViewStaysSmall holds the budgets of a public page: styles ≤ 14 kB,
// the scripts that any one page can need ≤ 15 kB, each module ≤ 3 kB.
func TestFirstViewStaysSmall(t *testing.T) {
	if n := brotliSize(t, "app.css"); n > 14*1024 {
		t.Errorf("app.css is %d bytes", n)
	} else {
		t.Logf("app.css %d bytes", n)
	}
	total := 0
	modules, _ := filepath.Glob("base/js/*.js")
	for _, name := range modules {
		n := brotliSize(t, filepath.ToSlash(name))
		total += n
		if n > 3*1024 {
			t.Errorf("%s is %d bytes", name, n)
		}
	}
	t.Logf("base scripts %d bytes", total)
	if total > 15*1024 {
		t.Errorf("the base scripts are %d bytes together", total)
	}
}

func TestScriptsImportOnlyWhatExists(t *testing.T) {
	for name, text := range sources(t, ".js") {
		for _, part := range strings.Split(text, "\n") {
			from := strings.Index(part, `"./`)
			if from < 0 {
				from = strings.Index(part, `"../`)
			}
			if from < 0 || !(strings.Contains(part, "import") || strings.HasPrefix(strings.TrimSpace(part), "[")) {
				continue
			}
			target, _, _ := strings.Cut(part[from+1:], `"`)
			if path.Ext(target) != ".js" {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), target)); err != nil {
				t.Errorf("%s imports %s, which is not there", name, target)
			}
		}
	}
}

func TestDevModeReadsTheDisk(t *testing.T) {
	dir := t.TempDir()
	defer UseDisk("")
	for name, text := range map[string]string{"locales/zh/a.json": `{"a.b":"磁盘"}`, "locales/en/a.json": `{"a.b":"disk"}`, "base/css/1.css": "/* x */ a  { color: red }", "parts/desk_x.css": "b{}"} {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := Asset("app.css")
	UseDisk(dir)
	if got := WordsIn("en").T("a.b"); got != "disk" {
		t.Errorf("words: got %q", got)
	}
	if body, _, _, _ := AssetFile(Asset("app.css"), ""); string(body) != "a { color: red }\n" {
		t.Errorf("public styles: got %q", body)
	}
	if body, _, _, _ := AssetFile(Asset("desk.css"), ""); string(body) != "b{}\n" {
		t.Errorf("desk styles: got %q", body)
	}
	UseDisk("")
	if Asset("app.css") != before {
		t.Error("the embedded files must come back")
	}
}
