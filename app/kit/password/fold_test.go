package password_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"minyi/app/kit/password"
)

func TestAnInputMethodLeftOnDoesNotLockOut(t *testing.T) {
	h, err := password.Hash("correct horse é")
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]bool{"ｃｏｒｒｅｃｔ　ｈｏｒｓｅ　é": true, "correct horse e\u0301": true, "Correct horse é": false} {
		if password.Fits(typed, h) != want {
			t.Errorf("%q fits: %v", typed, !want)
		}
	}
	if err := password.Check("ＷＯＡＩＮＩ１３１４"); !errors.Is(err, password.ErrCommon) {
		t.Errorf("full-width letters hide a common password: %v", err)
	}
	if err := password.Check(strings.Repeat("x", 1<<20)); !errors.Is(err, password.ErrLong) {
		t.Errorf("%v", err)
	}
}

func TestOnesOwnAddressIsNoPassword(t *testing.T) {
	for typed, want := range map[string]error{"zhoulan12": password.ErrCommon, "Zhoulan@example.org": password.ErrCommon, "13800000021a": password.ErrCommon, "zhoulan likes long walks": nil} {
		if err := password.Check(typed, "zhoulan@example.org", "13800000021", ""); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

// A damaged or planted hash must neither take the memory nor stop the program.
func TestDamagedHashesFitNothing(t *testing.T) {
	const rest = "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for _, h := range []string{"x", "$argon2id$v=19$m=4194304,t=2,p=1" + rest, "$argon2id$v=19$m=19456,t=0,p=1" + rest, "$argon2id$v=19$m=19456,t=2,p=0" + rest,
		"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"} {
		if password.Fits("", h) || password.Fits("correct horse", h) {
			t.Errorf("a password fits %q", h)
		}
	}
}

func TestStale(t *testing.T) {
	old, err := argon2id.CreateHash("correct horse", &argon2id.Params{Memory: 8 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	now, err := password.Hash("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !password.Stale(old) || password.Stale(now) || password.Stale("x") || !password.Fits("correct horse", old) {
		t.Error("a cheaper hash is not told, or no longer fits")
	}
}
