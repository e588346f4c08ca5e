package hearings

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Names of materials come from people and from old systems; in a package each is one
// harmless file that says what it is.
func TestNamesOfMaterialsInAPackage(t *testing.T) {
	for name, want := range map[string]string{
		"停车收费方案（草案）.pdf":                   "停车收费方案（草案）.pdf",
		"Cafe\u0301 🅿️ plan.docx":          "Café 🅿️ plan.docx",
		"../../etc/passwd.pdf":             "_.._etc_passwd.pdf",
		`..\..\方案.pdf`:                     "_.._方案.pdf",
		"...":                              "file",
		"..pdf":                            "file.pdf",
		"":                                 "file",
		" a b .pdf":                        "a b.pdf",
		"a.pdf.":                           "a.pdf",
		"CON.pdf":                          "CON.pdf", // the number before it makes it harmless
		"a\nb\r\x00\x1b[31m.pdf":           "a_b___[31m.pdf",
		"pdf.\u202egnp.exe.pdf":            "pdf._gnp.exe.pdf",
		"a\xff\xfe.pdf":                    "a__.pdf",
		`"what?" <1:2>|*.pdf`:              "_what__ _1_2___.pdf",
		strings.Repeat("长", 200) + ".pdf":  strings.Repeat("长", 44) + ".pdf",
		strings.Repeat("😀", 100) + ".docx": strings.Repeat("😀", 33) + ".docx",
		"一句话。第二句.没有后缀的很长很长的句子": "一句话。第二句.没有后缀的很长很长的句子",
	} {
		if got := materialName(7, name); got != "materials/07-"+want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func FuzzNamesOfMaterials(f *testing.F) {
	for _, name := range []string{"a.pdf", "../x", "长\x00.docx", strings.Repeat("é", 300), "\u200d.\u200d"} {
		f.Add(name, 1)
	}
	f.Fuzz(func(t *testing.T, name string, n int) {
		n = n&31 + 1
		got, in := strings.CutPrefix(materialName(n, name), fmt.Sprintf("materials/%02d-", n))
		if !in || got == "" || !utf8.ValidString(got) || len(got) > materialBytes || strings.ContainsAny(got, "/\\\n\r\x00") || strings.ContainsFunc(got, unicode.IsControl) || strings.HasSuffix(got, ".") || strings.HasSuffix(got, " ") {
			t.Errorf("%q is %q", name, got)
		}
	})
}
