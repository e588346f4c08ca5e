// Package docxtest opens Word files as a program does that is not ours.
package docxtest

import (
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

//go:embed wordfile.py
var reader string

// File is what the foreign reader finds in a Word file.
type File struct {
	Text []string   // of each paragraph, those of tables too
	Rows [][]string // the cells of each row of a table; their paragraphs in lines
}

// Read opens a Word file with Python's standard library, which knows nothing of ours.
// What is not as Office Open XML wants it fails the test; where there is no Python it is
// skipped.
func Read(t *testing.T, file []byte) File {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "python3", "-I", "-c", "import zipfile, xml.etree.ElementTree").Run(); err != nil {
		t.Skip("NO FOREIGN READER of Word files: python3 does not run here: ", err)
	}
	path := filepath.Join(t.TempDir(), "read.docx")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "python3", "-I", "-c", reader, path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		File
		Wrong []string
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	for _, w := range read.Wrong {
		t.Error(w)
	}
	return read.File
}
