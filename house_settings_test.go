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

// TestHouseContainersUseWhatThereIs holds the files for containers, which no test can
// start everywhere, against the program: every setting in them is one (or the file
// that holds it), and so is every command that they call.
func TestHouseContainersUseWhatThereIs(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	// Filled in by compose itself, never given to the program.
	known := map[string]bool{"MINYI_PORT": true}
	for _, m := range regexp.MustCompile(`env:"(MINYI_[A-Z_]+)"`).FindAllStringSubmatch(read("app/settings/settings.go"), -1) {
		known[m[1]], known[m[1]+"_FILE"] = true, true
	}
	for _, setting := range regexp.MustCompile(`\bMINYI_[A-Z_]*[A-Z]`).FindAllString(read("README.md"), -1) {
		if !known[setting] {
			t.Errorf("README.md names %s, which is no setting", setting)
		}
	}
	compose, image := read("docker-compose.yml"), read("Dockerfile")
	for name, text := range map[string]string{"docker-compose.yml": compose, "Dockerfile": image} {
		found := regexp.MustCompile(`\bMINYI_[A-Z_]+`).FindAllString(text, -1)
		if len(found) == 0 {
			t.Errorf("%s sets nothing", name)
		}
		for _, setting := range found {
			if !known[setting] {
				t.Errorf("%s sets %s, which is no setting", name, setting)
			}
		}
		if !regexp.MustCompile(`"/minyi", "doctor", "--live"`).MatchString(text) {
			t.Errorf("%s does not ask the program how it is", name)
		}
	}
	if !regexp.MustCompile(`(?m)^USER [1-9][0-9]*:[1-9][0-9]*$`).MatchString(image) {
		t.Error("the image runs as root")
	}
	secrets := regexp.MustCompile(`(?m)^secrets:\n((?:  .*\n)+)`).FindStringSubmatch(compose)
	if secrets == nil {
		t.Fatal("docker-compose.yml keeps no secrets in files")
	}
	for _, m := range regexp.MustCompile(`/run/secrets/([a-z_]+)`).FindAllStringSubmatch(compose, -1) {
		if !regexp.MustCompile(`(?m)^  ` + m[1] + `:`).MatchString(secrets[1]) {
			t.Errorf("docker-compose.yml reads the secret %s, which it does not declare", m[1])
		}
	}
}
