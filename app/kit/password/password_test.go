package password_test

import (
	"errors"
	"strings"
	"testing"

	"minyi/app/kit/password"
)

func TestOnlyTheRightPasswordFits(t *testing.T) {
	a, err := password.Hash("晚风吹过稻田")
	if err != nil {
		t.Fatal(err)
	}
	b, err := password.Hash("晚风吹过稻田")
	if err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Error("two people with one password have one hash: there is no salt")
	}
	if !strings.HasPrefix(a, "$argon2id$") {
		t.Errorf("hash is %q, wanted argon2id", a)
	}
	if !password.Fits("晚风吹过稻田", a) || !password.Fits("晚风吹过稻田", b) {
		t.Error("the right password does not fit")
	}
	for _, wrong := range []string{"", "晚风吹过稻", "晚风吹过稻田 ", strings.Repeat("晚", 10_000)} {
		if password.Fits(wrong, a) {
			t.Errorf("%.20q fits", wrong)
		}
	}
	for _, none := range []string{"", "$argon2id$broken"} {
		if password.Fits("晚风吹过稻田", none) || password.Fits("\x00 nobody types this \x00", none) {
			t.Errorf("something fits the hash %q", none)
		}
	}
}

func TestWhatEverybodyGuessesFirstIsRefused(t *testing.T) {
	for typed, want := range map[string]error{
		"1234567": password.ErrShort, "七个字的密码啊": password.ErrShort, strings.Repeat("长", 129): password.ErrLong,
		"12345678": password.ErrCommon, "1234567890": password.ErrCommon, "87654321": password.ErrCommon, "abcdefgh": password.ErrCommon,
		"aaaaaaaa": password.ErrCommon, "11112222": password.ErrCommon, "Password": password.ErrCommon, "woaini1314": password.ErrCommon,
		"13800000021": password.ErrCommon, "Lin@Example.org": password.ErrCommon,
		"晚风吹过稻田和小河": nil, "correct horse": nil, "12345679x": nil,
	} {
		if err := password.Check(typed, "13800000021", "lin@example.org"); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%q: %v, wanted %v", typed, err, want)
		}
	}
}
