package settings_test

import (
	"strings"
	"testing"

	"minyi/app/settings"
)

// A wrong setting is named by its variable, with what was written and what it must be.
func TestAWrongSettingIsNamedInOneSentence(t *testing.T) {
	for name, c := range map[string]struct{ value, must string }{
		"MINYI_LIMIT_VISIT":       {"many", "a whole number"},
		"MINYI_LIMIT_ASK_NETWORK": {"1e3", "a whole number"},
		"MINYI_STOP_WITHIN":       {"10", "a time"},
		"MINYI_DEV":               {"perhaps", "true or false"},
		"MINYI_MIGRATE":           {"maybe", "on or off"},
		"MINYI_LOG":               {"xml", "text or json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, c.value)
			_, err := settings.Read()
			if err == nil || !strings.HasPrefix(err.Error(), name+`="`+c.value+`" must be `+c.must) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v", err)
			}
		})
	}
}
