package hearings_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"minyi/handlers/handlerstest"
)

// odd are names of materials as people and their programs give them, and how each is
// called in the package.
var odd = [][2]string{
	{"停车收费方案（征求意见稿）.pdf", "停车收费方案（征求意见稿）.pdf"},
	{"停车收费方案（征求意见稿）.pdf", "停车收费方案（征求意见稿）.pdf"}, // another file of that name
	{"../../附件 1: 价格<表>.pdf", "附件 1_ 价格_表_.pdf"},
	{"🅿️ plan…v2.final.pdf", "🅿️ plan…v2.final.pdf"},
	{"..pdf", "file.pdf"},
	{strings.Repeat("长", 200) + ".pdf", strings.Repeat("长", 44) + ".pdf"},
}

// attach adds materials with odd names.
func (j *journey) attach() {
	j.t.Helper()
	for i, name := range odd {
		to, values := handlerstest.Fields(j.one.Open(j.desks("")), "/files")
		j.sent(j.one.UploadAs(to, "file", values, handlerstest.Attached{Name: name[0], Data: fmt.Appendf(nil, "%%PDF-1.7\n%% %d\n%%%%EOF\n", i)}), "attaching "+name[0])
	}
}

// unpacked holds that tools which are none of ours read the package, find the same files
// in it under the same names, and agree with its manifest.
func (j *journey) unpacked(body []byte, files map[string][]byte) {
	j.t.Helper()
	dir := j.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "archive.zip"), body, 0o600); err != nil {
		j.t.Fatal(err)
	}
	// tool runs a program in the folder and gives what it prints.
	tool := func(name string, args ...string) (string, bool) {
		if _, err := exec.LookPath(name); err != nil {
			j.t.Logf("SKIPPED: no %s for the archive", name)
			return "", false
		}
		run := exec.Command(name, args...)
		run.Dir, run.Env = dir, append(os.Environ(), "LC_ALL=C.UTF-8")
		out, err := run.CombinedOutput()
		if err != nil {
			j.t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return string(out), err == nil
	}
	for i, name := range odd {
		if path := fmt.Sprintf("materials/%02d-%s", i+1, name[1]); files[path] == nil {
			j.t.Errorf("the package has no %s: %q", path, slices.Collect(func(yield func(string) bool) {
				for n := range files {
					if !yield(n) {
						return
					}
				}
			}))
		}
	}
	if list, ok := tool("unzip", "-l", "archive.zip"); ok {
		for name := range files {
			if !strings.Contains(list, name) {
				j.t.Errorf("unzip does not list %s:\n%s", name, list)
			}
		}
	}
	tool("unzip", "-tq", "archive.zip")
	if _, ok := tool("unzip", "-q", "archive.zip"); ok {
		tool("sha256sum", "--strict", "-c", "MANIFEST.sha256")
	}
	python := `import json, zipfile; z = zipfile.ZipFile("archive.zip"); assert z.testzip() is None; print(json.dumps({i.filename: [i.flag_bits >> 11 & 1, i.file_size] for i in z.infolist()}))`
	if out, ok := tool("python3", "-c", python); ok {
		var read map[string][2]int
		if err := json.Unmarshal([]byte(out), &read); err != nil || len(read) != len(files) {
			j.t.Errorf("Python reads %d files: %v", len(read), err)
		}
		for name, data := range files {
			ascii := !strings.ContainsFunc(name, func(r rune) bool { return r > 127 })
			if has, there := read[name]; !there || has[0] == 0 && !ascii || has[1] != len(data) {
				j.t.Errorf("Python reads %s as %v of %d bytes (UTF-8 flag first)", name, has, len(data))
			}
		}
	}
}
