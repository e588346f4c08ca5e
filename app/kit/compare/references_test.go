package compare

import "testing"

func TestOnlyReferencesToTheSameDocumentAreMasked(t *testing.T) {
	for _, c := range []struct {
		text, want string
		refs       []reference
	}{
		{"依照第十二条、第二十条第二款处理", "依照第§条、第§条第二款处理", []reference{{"条", "12"}, {"条", "20"}}},
		{"本办法第一百零五条之一", "本办法第§条之一", []reference{{"条", "105-1"}}},
		{"依照《城市供水条例》第十二条、第十三条和第十五条处理", "依照《城市供水条例》第十二条、第十三条和第十五条处理", nil},
		{"依照《城市供水条例》第十二条处理，并适用本办法第三条", "依照《城市供水条例》第十二条处理，并适用本办法第§条", []reference{{"条", "3"}}},
		{"第三章规定的措施", "第§章规定的措施", []reference{{"章", "3"}}},
		{"under section 4.2 and Article 7", "under section § and Article §", []reference{{"", "4.2"}, {"", "7"}}},
		{"under section 5 of the Clean Air Act", "under section 5 of the Clean Air Act", nil},
		{"under section 5 of this ordinance", "under section § of this ordinance", []reference{{"", "5"}}},
		{"第二十名以后", "第二十名以后", nil},
	} {
		got, refs := mask(c.text)
		if got != c.want || len(refs) != len(c.refs) {
			t.Errorf("%s becomes %s with %v, want %s with %v", c.text, got, refs, c.want, c.refs)
			continue
		}
		for i := range refs {
			if refs[i] != c.refs[i] {
				t.Errorf("%s refers to %v, want %v", c.text, refs, c.refs)
			}
		}
	}
}
