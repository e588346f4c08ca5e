package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"minyi/app/settings"
)

// composed is what of docker-compose.yml is held here, in the words of the Compose
// specification.
type composed struct {
	Services map[string]struct {
		Image       string
		Build       any
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
		Environment map[string]string
		Entrypoint  []string
		Ports       []string
		Secrets     []string
		Volumes     []string
		Tmpfs       []string
		ReadOnly    bool           `yaml:"read_only"`
		Grace       string         `yaml:"stop_grace_period"`
		Healthcheck map[string]any `yaml:"healthcheck"`
	}
	Volumes map[string]any
	Secrets map[string]struct{ File string }
}

// given fills in ${NAME:-standard} as compose does where nobody set anything; standards
// may hold others.
func given(s string) string {
	inner := regexp.MustCompile(`\$\{[A-Z_]+:-([^${}]*)\}`)
	for inner.MatchString(s) {
		s = inner.ReplaceAllString(s, "$1")
	}
	return s
}

// TestHouseComposeFileIsWhole reads docker-compose.yml as compose does: whatever a service
// refers to is there, what must be ready first is asked whether it is, and the program
// starts with the settings that it is given.
func TestHouseComposeFileIsWhole(t *testing.T) {
	raw, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var c composed
	if err := yaml.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	secret := regexp.MustCompile(`/run/secrets/([a-z_]+)`)
	kept := map[string]bool{}
	for name, s := range c.Services {
		if (s.Image == "") == (s.Build == nil) {
			t.Errorf("%s is neither an image nor built, or both", name)
		}
		if regexp.MustCompile(`:latest$|^[^:]+$`).MatchString(s.Image) && s.Build == nil {
			t.Errorf("%s takes whatever %s is on that day", name, s.Image)
		}
		if s.Healthcheck["test"] == nil {
			t.Errorf("nobody asks %s how it is", name)
		}
		for other, d := range s.DependsOn {
			if _, there := c.Services[other]; !there || d.Condition != "service_healthy" {
				t.Errorf("%s does not wait for %s until it is well", name, other)
			}
		}
		for _, v := range s.Volumes {
			volume, at, _ := strings.Cut(v, ":")
			if _, there := c.Volumes[volume]; !there || !strings.HasPrefix(at, "/") {
				t.Errorf("%s keeps %s in a volume that is not declared", name, v)
			}
			kept[volume] = true
		}
		said := strings.Join(s.Entrypoint, " ")
		for _, v := range s.Environment {
			said += " " + v
		}
		for _, m := range secret.FindAllStringSubmatch(said, -1) {
			if !slices.Contains(s.Secrets, m[1]) {
				t.Errorf("%s reads the secret %s, which it is not given", name, m[1])
			}
		}
		for _, one := range s.Secrets {
			if c.Secrets[one].File != "./secrets/"+one || !strings.Contains(string(raw), "secrets/"+one) {
				t.Errorf("%s is given the secret %s, which lies nowhere", name, one)
			}
		}
	}
	for volume := range c.Volumes {
		if !kept[volume] {
			t.Errorf("nobody uses the volume %s", volume)
		}
	}

	app := c.Services["app"]
	for _, name := range []string{"MINYI_ADDR", "MINYI_DATA_DIR", "MINYI_DATABASE_URL_FILE", "MINYI_MEILI_KEY_FILE"} {
		if app.Environment[name] == "" {
			t.Fatalf("the program is not told %s", name)
		}
	}
	at := t.TempDir()
	for file, text := range map[string]string{"database_url": "postgres://minyi:x@postgres:5432/minyi?sslmode=disable", "meili": "0123456789abcdef0123456789abcdef"} {
		if err := os.WriteFile(filepath.Join(at, file), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "MINYI_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	for name, v := range app.Environment {
		t.Setenv(name, strings.ReplaceAll(given(v), "/run/secrets/", at+"/"))
	}
	s, err := settings.Read()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(s.Addr, ":")
	if len(app.Ports) != 1 || given(app.Ports[0]) != "8080:"+port || s.PublicURL != "http://localhost:8080" {
		t.Errorf("people reach %s at %s, the program listens on %s", s.PublicURL, app.Ports, s.Addr)
	}
	for want, text := range map[string]string{"9000:" + port: app.Ports[0], "http://localhost:9000": app.Environment["MINYI_PUBLIC_URL"]} {
		if moved := given(strings.ReplaceAll(text, "${MINYI_PORT:-8080}", "9000")); moved != want { // else its forms would be refused as foreign
			t.Errorf("on another port %s stands for %s, want %s", text, moved, want)
		}
	}
	if !slices.Contains(app.Volumes, "data:"+s.DataDir) || !app.ReadOnly || !slices.Contains(app.Tmpfs, "/tmp") {
		t.Errorf("%s is not kept, or uploads have no room: %v %v", s.DataDir, app.Volumes, app.Tmpfs)
	}
	if grace, err := time.ParseDuration(app.Grace); err != nil || grace < 2*s.StopWithin {
		t.Errorf("the program may take %s to stop and is killed after %s", s.StopWithin, app.Grace)
	}
	if s.MeiliURL == "" || c.Services["meilisearch"].Environment["MEILI_HTTP_ADDR"] != "0.0.0.0:7700" || !strings.HasSuffix(s.MeiliURL, "//meilisearch:7700") {
		t.Errorf("search is looked for at %q", s.MeiliURL)
	}
}

// TestHouseImageHoldsAllItNeeds holds that nothing that the program is built from is kept
// from the builder, that its folders belong to who runs it, and that it knows its version.
func TestHouseImageHoldsAllItNeeds(t *testing.T) {
	raw, err := os.ReadFile(".dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			left = append(left, line)
		}
	}
	for file, want := range map[string]string{"app/a_test.go": "**/*_test.go", "README.md": "*.md", "secrets/meili": "secrets", "app/x.md": "", "app/data.go": ""} {
		if got := ignored(left, file); got != want {
			t.Fatalf("%s is left out by %q, want %q", file, got, want)
		}
	}
	out, err := exec.Command("go", "list", "-deps", "-json=Dir,GoFiles,EmbedFiles,Standard,Module", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p struct {
			Dir                 string
			GoFiles, EmbedFiles []string
			Standard            bool
			Module              *struct{ Main bool }
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Standard || p.Module == nil || !p.Module.Main {
			continue
		}
		for _, f := range slices.Concat(p.GoFiles, p.EmbedFiles) {
			rel, err := filepath.Rel(root, filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			looked++
			if by := ignored(left, filepath.ToSlash(rel)); by != "" {
				t.Errorf("the program is built from %s, which %q keeps from the builder", rel, by)
			}
		}
	}
	if looked < 300 {
		t.Errorf("only %d files were looked at", looked)
	}
	image, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	user := regexp.MustCompile(`(?m)^USER (\d+:\d+)$`).FindStringSubmatch(string(image))
	for _, folder := range []string{"/data", "/tmp"} { // uploads and sorts of SQLite go through the second
		if user == nil || !regexp.MustCompile(`(?m)^COPY --from=build --chown=`+user[1]+` \S+ `+folder+`$`).Match(image) {
			t.Errorf("%s is not there for who runs the program", folder)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^COPY ([^-\n].*) \S+$`).FindAllStringSubmatch(string(image), -1) {
		for _, f := range strings.Fields(m[1]) {
			if _, err := os.Stat(f); err != nil || ignored(left, f) != "" {
				t.Errorf("the image copies %s, which is not there or left out", f)
			}
		}
	}
	linker := regexp.MustCompile(`-X (minyi/[a-z/]+\.[a-z]+)=\$\{VERSION\}`).FindStringSubmatch(string(image))
	if linker == nil {
		t.Fatal("the program in the image does not know its version")
	}
	built := filepath.Join(t.TempDir(), "minyi")
	if out, err := exec.Command("go", "build", "-ldflags", "-w -X "+linker[1]+"=9.8.7", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(built, "doctor", "--help").CombinedOutput(); !strings.Contains(string(out), "--live") {
		t.Errorf("doctor has no --live, which the containers call: %v\n%s", err, out)
	}
	said, err := exec.Command(built, "version").CombinedOutput()
	if err != nil || string(said) != "minyi 9.8.7\n" {
		t.Errorf("the version of the image is not said: %v %s", err, said)
	}
}

// ignored gives the pattern of a .dockerignore that leaves a file out, "" where none does:
// patterns hold from the root, ** stands for any folders, and a folder takes its files along.
func ignored(patterns []string, file string) string {
	for _, p := range patterns {
		deep := strings.HasPrefix(p, "**/")
		p = strings.TrimPrefix(p, "**/")
		steps := strings.Split(file, "/")
		for from := range steps {
			if from > 0 && !deep {
				break
			}
			for to := from + 1; to <= len(steps); to++ {
				if ok, _ := path.Match(p, strings.Join(steps[from:to], "/")); ok {
					if deep {
						return "**/" + p
					}
					return p
				}
			}
		}
	}
	return ""
}
