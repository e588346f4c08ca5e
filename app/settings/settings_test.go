package settings_test

import (
	"errors"
	"strings"
	"testing"

	"minyi/app/settings"
	"minyi/frontend"
	"minyi/models"
)

// A wrong setting is named by its variable, with what was written and what it must be, in
// both languages.
func TestAWrongSettingIsNamedInOneSentence(t *testing.T) {
	for name, c := range map[string]struct{ value, en, zh string }{
		"MINYI_LIMIT_VISIT":       {"many", "must be a whole number", "要写整数"},
		"MINYI_LIMIT_ASK_NETWORK": {"1e3", "must be a whole number", "要写整数"},
		"MINYI_STOP_WITHIN":       {"10", "must be a time", "要写时长"},
		"MINYI_DEV":               {"perhaps", "must be true or false", "要写 true 或 false"},
		"MINYI_MIGRATE":           {"maybe", "must be on or off", "要写 on 或 off"},
		"MINYI_MAILBOX":           {"a\nb", "must be on or off", "要写 on 或 off"},
		"MINYI_LOG":               {"xml", "must be text or json", "要写 text 或 json"},
		"MINYI_ADDR":              {"8080", "must be host:port", "要写主机和端口"},
		"MINYI_PUBLIC_URL":        {"minyi", "must be the address that people type", "要写大家访问的网址"},
		"MINYI_DATABASE_URL":      {"mysql://u:secret@db", "must begin with postgres://", "要以 postgres:// 开头"},
		"MINYI_ZONE":              {"Moon", "is not a time zone", "不是时区"},
		"MINYI_METRICS_FROM":      {"office", "is neither an address nor a network", "不是地址"},
		"MINYI_MEILI_URL":         {"meili", "must be an address", "要写网址"},
		"MINYI_OIDC_ISSUER":       {"https://id.example", "must be set together", "要一起写"},
		"MINYI_SECRET_FILE":       {"/nowhere/secret", "the file cannot be read", "指定的文件读不了"},
		"MINYI_COLOUR":            {"red", "is not a setting of Minyi", "不是民意的设置"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, c.value)
			_, err := settings.Read()
			var e *models.Error
			if !errors.As(err, &e) {
				t.Fatalf("%v", err)
			}
			for lang, must := range map[string]string{"en": c.en, "zh": c.zh} {
				says := frontend.WordsIn(lang).T(e.Key, e.Args...)
				if !strings.HasPrefix(says, name) || !strings.Contains(says, must) || strings.ContainsAny(says, "\n{⟦") || strings.Contains(says, "secret@") {
					t.Errorf("%s: %s", lang, says)
				}
			}
		})
	}
}
