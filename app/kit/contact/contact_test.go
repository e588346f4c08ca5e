package contact_test

import (
	"errors"
	"strings"
	"testing"

	"minyi/app/kit/contact"
)

func TestParseMail(t *testing.T) {
	for typed, want := range map[string]contact.Contact{
		"li@example.org":            {Kind: contact.Mail, Value: "li@example.org", Key: "li@example.org"},
		" Li.Na+town@Example.ORG\n": {Kind: contact.Mail, Value: "Li.Na+town@example.org", Key: "li.na+town@example.org"},
		"ｌｉ＠ｅｘａｍｐｌｅ．ｏｒｇ":            {Kind: contact.Mail, Value: "li@example.org", Key: "li@example.org"},
		"li@example。org":            {Kind: contact.Mail, Value: "li@example.org", Key: "li@example.org"},
		"<li@example.org>":          {Kind: contact.Mail, Value: "li@example.org", Key: "li@example.org"},
		"mailto:li@example.org":     {Kind: contact.Mail, Value: "li@example.org", Key: "li@example.org"},
		"信箱@例子.中国":                  {Kind: contact.Mail, Value: "信箱@例子.中国", Key: "信箱@xn--fsqu00a.xn--fiqs8s"},
		"li@XN--FSQU00A.xn--fiqs8s": {Kind: contact.Mail, Value: "li@例子.中国", Key: "li@xn--fsqu00a.xn--fiqs8s"},
		"cafe\u0301@example.org":    {Kind: contact.Mail, Value: "café@example.org", Key: "café@example.org"},
		"12345@qq.com":              {Kind: contact.Mail, Value: "12345@qq.com", Key: "12345@qq.com"},
	} {
		got, err := contact.Parse(typed)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", typed, got, err, want)
		}
	}
	for typed, want := range map[string]error{
		"":                                       contact.ErrEmpty,
		" \u3000":                                contact.ErrEmpty,
		"li":                                     contact.ErrMail,
		"@example.org":                           contact.ErrMail,
		"li@":                                    contact.ErrMail,
		"li@localhost":                           contact.ErrMail,
		"li@127.0.0.1":                           contact.ErrMail,
		"li@[::1]":                               contact.ErrMail,
		"li@@example.org":                        contact.ErrMail,
		"li@example..org":                        contact.ErrMail,
		"li@-example.org":                        contact.ErrMail,
		".li@example.org":                        contact.ErrMail,
		"l..i@example.org":                       contact.ErrMail,
		"l i@example.org":                        contact.ErrMail,
		"\"li\"@example.org":                     contact.ErrMail,
		"li@example.org, wu@example.org":         contact.ErrMail,
		"li@example.org\r\nBcc: wu@example.org":  contact.ErrMail,
		"li\x00@example.org":                     contact.ErrMail,
		"li\u202e@example.org":                   contact.ErrMail,
		"\xff@example.org":                       contact.ErrMail,
		"\u0301li@example.org":                   contact.ErrMail,
		strings.Repeat("a", 65) + "@x.org":       contact.ErrTooLong,
		"a@" + strings.Repeat("a.", 700) + "org": contact.ErrTooLong,
		"li@" + strings.Repeat("a", 64) + ".org": contact.ErrMail,
	} {
		got, err := contact.ParseMail(typed)
		if !errors.Is(err, want) || got != (contact.Contact{}) {
			t.Errorf("ParseMail(%.50q) = %+v, %v; want %v", typed, got, err, want)
		}
	}
}

func TestDeliverable(t *testing.T) {
	c, err := contact.ParseMail("Li@例子.中国")
	if err != nil || c.Deliverable() != "Li@xn--fsqu00a.xn--fiqs8s" {
		t.Errorf("%q, %v", c.Deliverable(), err)
	}
}

func TestParsePhone(t *testing.T) {
	phone := func(v, k string) contact.Contact { return contact.Contact{Kind: contact.Phone, Value: v, Key: k} }
	mobile := phone("13812345678", "+8613812345678")
	beijing := phone("010-62345678", "+861062345678")
	for typed, want := range map[string]contact.Contact{
		"13812345678":             mobile,
		"138 1234 5678":           mobile,
		"138-1234-5678":           mobile,
		"+86 138 1234 5678":       mobile,
		"0086-13812345678":        mobile,
		"8613812345678":           mobile,
		"１３８１２３４５６７８":             mobile,
		"＋86（138）12345678":        mobile,
		"\u202d13812345678\u202c": mobile, // as copied from an address book
		"010-62345678":            beijing,
		"(010) 6234 5678":         beijing,
		"+86 10 62345678":         beijing,
		"+86 (010) 62345678":      beijing,
		"0755-82345678":           phone("0755-82345678", "+8675582345678"),
		"0838-2345678":            phone("0838-2345678", "+868382345678"),
		"021 52345678":            phone("021-52345678", "+862152345678"),
		"+852 2123 4567":          phone("+85221234567", "+85221234567"),
		"0044 20 7946 0958":       phone("+442079460958", "+442079460958"),
	} {
		got, err := contact.Parse(typed)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", typed, got, err, want)
		}
	}
	for typed, want := range map[string]error{
		"":                        contact.ErrEmpty,
		"--":                      contact.ErrEmpty,
		"12812345678":             contact.ErrPhone,
		"1381234567":              contact.ErrPhone,
		"138123456789":            contact.ErrPhone,
		"62345678":                contact.ErrAreaCode,
		"2345678":                 contact.ErrAreaCode,
		"010-6234567":             contact.ErrPhone,
		"0100-62345678":           contact.ErrPhone,
		"0138 12345678":           contact.ErrPhone,
		"400-812-3456":            contact.ErrPhone,
		"12345":                   contact.ErrPhone,
		"010-62345678转5":          contact.ErrPhone,
		"+8613812345678999":       contact.ErrPhone,
		"+1234567890123456":       contact.ErrTooLong,
		"+0123456789":             contact.ErrPhone,
		"1+3812345678":            contact.ErrPhone,
		"١٣٨١٢٣٤٥٦٧٨":             contact.ErrPhone,
		strings.Repeat("1", 2000): contact.ErrTooLong,
	} {
		got, err := contact.ParsePhone(typed)
		if !errors.Is(err, want) || got != (contact.Contact{}) {
			t.Errorf("ParsePhone(%.30q) = %+v, %v; want %v", typed, got, err, want)
		}
	}
}

func must(t *testing.T, typed string) contact.Contact {
	t.Helper()
	c, err := contact.Parse(typed)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMasked(t *testing.T) {
	for typed, want := range map[string]string{
		"13812345678":      "138****5678",
		"010-62345678":     "010-****5678",
		"+852 2123 4567":   "+852****4567",
		"+6321234567":      "+632****4567",
		"+2901234":         "+2****1234",
		"zhou@example.org": "z***@example.org",
		"z@example.org":    "***@example.org",
		"信箱@例子.中国":         "信***@例子.中国",
	} {
		if got := must(t, typed).Masked(); got != want {
			t.Errorf("%q masked is %q, want %q", typed, got, want)
		}
	}
	if got := (contact.Contact{Kind: contact.Phone, Value: "110"}).Masked(); got != "****" {
		t.Errorf("a short number is shown as %q", got)
	}
}

func TestMatches(t *testing.T) {
	p, m := must(t, "13812345678"), must(t, "Zhou@Example.org")
	for typed, want := range map[string]bool{
		"5678": true, " ５６７８ ": true, "+86 138 1234 5678": true,
		"5679": false, "678": false, "+5678": false, "45678": false, "": false, "zhou@example.org": false,
	} {
		if got := p.Matches(typed); got != want {
			t.Errorf("phone matches %q: %v", typed, got)
		}
	}
	for typed, want := range map[string]bool{"zhou@example.org": true, "ZHOU＠EXAMPLE.ORG": true, "z@example.org": false, "5678": false, "": false} {
		if got := m.Matches(typed); got != want {
			t.Errorf("mail matches %q: %v", typed, got)
		}
	}
	if (contact.Contact{}).Matches("") || (contact.Contact{Kind: contact.Phone}).MatchesLast4("") {
		t.Error("a receipt without a contact matches nothing")
	}
}

func TestCanText(t *testing.T) {
	for typed, want := range map[string]bool{"13812345678": true, "010-62345678": false, "+85261234567": true, "li@example.org": false} {
		if got := must(t, typed).CanText(); got != want {
			t.Errorf("CanText(%q) = %v", typed, got)
		}
	}
}

// The rules: the key of a shown value is the same key (no second account for
// one contact), and nothing that could break a mail header gets through.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"li@example.org", "信箱@例子。中国", "138 1234 5678", "+852 2123 4567", "a@xn--a.b", "İ@x.org", "\xff", "K@K.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := contact.Parse(typed)
		if err != nil {
			return
		}
		if strings.ContainsAny(c.Value+c.Key, "\r\n\x00 <>,;\"") {
			t.Fatalf("%q gave %+v", typed, c)
		}
		again, err := contact.Parse(c.Value)
		if err != nil || again.Key != c.Key || again.Value != c.Value {
			t.Fatalf("%q gave %+v, and that %+v, %v", typed, c, again, err)
		}
		byKey, err := contact.Parse(c.Key)
		if err != nil || byKey.Key != c.Key {
			t.Fatalf("the key of %+v leads to %+v, %v", c, byKey, err)
		}
		if m := c.Masked(); m == c.Value {
			t.Fatalf("%q is shown whole", m)
		}
	})
}

func TestDialledTakesWhatOfficesPrint(t *testing.T) {
	for line, want := range map[string]bool{
		"12345": true, "010-62345678": true, "（010）62345678": true, "+86 10 6234 5678": true, "0571-87654321转801": true, "0571-87654321 ext. 801": true,
		"0571-87654321、13812345678": true, "12345（工作日）": true, "０５７１－８７６５４３２１": true,
		"": false, "电话": false, "office": false, "、、": false, "5": false, strings.Repeat("0", 200): false, "010-62345678、王科长": false,
		strings.Repeat("010-62345678、", 30): false, "<script>12345</script>": false,
	} {
		if got := contact.Dialled(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
