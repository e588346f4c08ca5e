package text_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"minyi/app/kit/text"
)

func TestClean(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"line ends":              {"a\r\nb\rc\u2028d\u2029e\u0085f\vg", "a\nb\nc\nd\ne\nf\ng"},
		"ends":                   {" \u3000\n a \u3000\n", "a"},
		"spaces at line ends":    {"a \t\nb", "a\nb"},
		"indent stays":           {"a\n\u3000\u3000b", "a\n\u3000\u3000b"},
		"empty lines":            {"a\n\n\n\n\n\nb\n\nc", "a\n\n\nb\n\nc"},
		"NFC":                    {"cafe\u0301", "café"},
		"control characters":     {"a\x00\x07\x1b[31mb\x7f\u009bc\td", "a[31mbc\td"},
		"not UTF-8":              {"a\xff\xfeb", "a\ufffdb"},
		"zero width":             {"登\u200b记\ufeff\u2060\u00ad", "登记"},
		"direction overrides":    {"a\u202egnp.exe\u202c\u2066b\u2069", "agnp.exeb"},
		"fillers":                {"\u3164\uffa0\u115f\u2800", ""},
		"tags":                   {"a\U000e0041\U000e007f", "a"},
		"noncharacters":          {"a\ufdd0\uffff\U0001fffeb", "ab"},
		"emoji family stays":     {"👨\u200d👩\u200d👧 好", "👨\u200d👩\u200d👧 好"},
		"emoji variation stays":  {"❤\ufe0f", "❤\ufe0f"},
		"joiners at ends go":     {"\u200da\u200d\u200d \u200cb\u200d", "a b"},
		"joiners in a row":       {"a\u200d\u200d\u200db", "a\u200db"},
		"direction marks stay":   {"a\u200fb", "a\u200fb"},
		"marks in a heap":        {"a" + strings.Repeat("\u0338", 100), "a" + strings.Repeat("\u0338", 6)},
		"hidden between marks":   {"e\u200b\u0301", "é"},
		"compatibility unified":  {"\uf9d0", "類"},
		"full width stays":       {"ＡＢ（一）", "ＡＢ（一）"},
		"nothing":                {"", ""},
		"markup stays as it is":  {"<script>&amp;", "<script>&amp;"},
		"private use stays":      {"\ue000", "\ue000"},
		"only invisible":         {"\u200b\n\u2060\u3000", ""},
		"last empty line of CRs": {"a\r\r\nb", "a\n\nb"},
	} {
		if got := text.Clean(c.in); got != c.want {
			t.Errorf("%s: Clean(%q) = %q, want %q", name, c.in, got, c.want)
		}
	}
}

func TestLine(t *testing.T) {
	for in, want := range map[string]string{" a \r\n\r\n b\u3000\tc ": "a b c", "一\n二": "一 二", "\u200b": "", "a\u202eb": "ab"} {
		if got := text.Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLengthAndCut(t *testing.T) {
	if n := text.Length("意见 ok👍"); n != 6 {
		t.Errorf("%d characters", n)
	}
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"意见征集", 4, "意见征集"}, {"意见征集", 3, "意见…"}, {"a b c", 3, "a…"}, {"x", 0, ""}, {"xyz", 1, "…"},
		{"好👨\u200d👩\u200d👧啊", 4, "好…"}, {"ae\u0301\u0302x", 4, "a…"}, {"ab👍🏽c", 4, "ab…"},
	} {
		if got := text.Cut(c.in, c.n); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
	if !text.Blank(" \u200b\u3164\n") || text.Blank("。") {
		t.Error("Blank")
	}
}

// What is settled at a look is what folding would have left as it is: with a character
// that shows nothing before it, every text goes the long way.
func TestATextThatIsSettledIsTheOneThatFoldingLeaves(t *testing.T) {
	for r := rune(1); r <= 0xFFFF; r++ { // no others are settled at a look
		if !utf8.ValidRune(r) {
			continue
		}
		for _, s := range []string{string(r), "夜" + string(r) + "市", "a" + string(r), "摊位。" + string(r)} {
			if quick, long := text.Clean(s), text.Clean("\u200b"+s); quick != long {
				t.Fatalf("%q became %q, and %q the long way", s, quick, long)
			}
		}
	}
	for _, s := range []string{"", " ", " 夜市", "夜市 ", "夜  市", "夜 市", "\xff", "夜\xe5\xa4", "“夜市”——好……！", "Art. 12 (a) & 第十二条"} {
		if quick, long := text.Clean(s), text.Clean("\u200b"+s); quick != long {
			t.Errorf("%q became %q, and %q the long way", s, quick, long)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a\r\nb", "e\u200b\u0301", "\u1100\u200b\u1161", "\u200da\u0338", "\xff", "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\ufe0f", "\u3164\n\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		once := text.Clean(in)
		if !utf8.ValidString(once) || strings.TrimSpace(once) != once || strings.ContainsAny(once, "\r\x00\u202e\u200b\ufeff") || strings.Contains(once, "\n\n\n\n") {
			t.Fatalf("%q became %q", in, once)
		}
		if twice := text.Clean(once); twice != once {
			t.Fatalf("%q became %q, and that %q", in, once, twice)
		}
		if line := text.Line(in); strings.ContainsAny(line, "\n\t") || text.Line(line) != line {
			t.Fatalf("line %q of %q", line, in)
		}
		if c := text.Cut(once, 10); text.Length(c) > 10 {
			t.Fatalf("%q is longer than 10", c)
		}
	})
}

func TestRenderMarkdown(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"paragraphs":              {"一\n\n二", "<p>一</p>\n<p>二</p>\n"},
		"Chinese lines join":      {"第一行\n第二行", "<p>第一行第二行</p>\n"},
		"English lines keep":      {"one\ntwo", "<p>one\ntwo</p>\n"},
		"headings begin at h3":    {"# 一\n## 二\n###### 六", "<h3>一</h3>\n<h4>二</h4>\n<h6>六</h6>\n"},
		"list":                    {"- 一\n- 二", "<ul>\n<li>一</li>\n<li>二</li>\n</ul>\n"},
		"numbers":                 {"3. 三\n4. 四", "<ol start=\"3\">\n<li>三</li>\n<li>四</li>\n</ol>\n"},
		"bold before text":        {"**注意：**请准时", "<p><strong>注意：</strong>请准时</p>\n"},
		"bold after text":         {"请看**“说明”**吧", "<p>请看<strong>“说明”</strong>吧</p>\n"},
		"bold in brackets":        {"这是**（重点）**内容", "<p>这是<strong>（重点）</strong>内容</p>\n"},
		"English bold":            {"a **b** c*d* 2 * 3 * 4", "<p>a <strong>b</strong> c<em>d</em> 2 * 3 * 4</p>\n"},
		"snake_case":              {"a_b_c", "<p>a_b_c</p>\n"},
		"struck":                  {"~~旧~~新", "<p><del>旧</del>新</p>\n"},
		"link":                    {"[说明](https://town.example/a?b=1&c=2)", "<p><a href=\"https://town.example/a?b=1&amp;c=2\" rel=\"nofollow\">说明</a></p>\n"},
		"link of this site":       {"[草案](/consultations/1)", "<p><a href=\"/consultations/1\" rel=\"nofollow\">草案</a></p>\n"},
		"bare link before a stop": {"见 https://town.example/a。谢谢", "<p>见 <a href=\"https://town.example/a\" rel=\"nofollow\">https://town.example/a</a>。谢谢</p>\n"},
		"picture":                 {"![图](https://x.example/a.png)", "<p><a href=\"https://x.example/a.png\" rel=\"nofollow\">图</a></p>\n"},
		"picture without words":   {"![](https://x.example/a.png)", "<p><a href=\"https://x.example/a.png\" rel=\"nofollow\">https://x.example/a.png</a></p>\n"},
		"HTML is shown":           {"<b>a</b> & <!-- c -->", "<p>&lt;b&gt;a&lt;/b&gt; &amp; &lt;!-- c --&gt;</p>\n"},
		"HTML block is shown":     {"<div onclick=x>\n\ntext\n\n</div>", "<p>&lt;div onclick=x&gt;</p>\n<p>text</p>\n<p>&lt;/div&gt;</p>\n"},
		"indent is no code":       {"一\n\n\u3000\u3000二\n\n    三", "<p>一</p>\n<p>\u3000\u3000二</p>\n<p>三</p>\n"},
		"table":                   {"|甲|乙|\n|:-|-:|\n|1|2|", "<table>\n<thead>\n<tr>\n<th>甲</th>\n<th>乙</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"},
		"code":                    {"`<a>`\n\n```html\n<a>\n```", "<p><code>&lt;a&gt;</code></p>\n<pre><code>&lt;a&gt;\n</code></pre>\n"},
		"nothing":                 {"\u200b", ""},
	} {
		if got := text.RenderMarkdown(c.in); got != c.want {
			t.Errorf("%s:\n%s\ngot  %q\nwant %q", name, c.in, got, c.want)
		}
	}
}

var hostile = []string{
	`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `[a](javascript:alert(1))`, `[a](JaVaScRiPt:alert(1))`,
	"[a](java\tscript:alert(1))", `[a](&#106;avascript:alert(1))`, `[a](data:text/html,<script>alert(1)</script>)`, `[a](vbscript:x)`,
	`![a](javascript:alert(1))`, `![](javascript:alert(1))`, `![x](" onerror="alert(1))`, `<javascript:alert(1)>`, `[a](<javascript:alert(1)>)`,
	"[a]: javascript:alert(1)\n\n[a]", `[a](https://x.example "\" onmouseover=alert(1)")`, `[a](https://x.example/"onmouseover="alert(1))`,
	"```\"><script>alert(1)</script>\nx\n```", "`</code><script>alert(1)</script>`", `<a href="https://x.example" style="position:fixed">a</a>`,
	`# </h1><svg onload=alert(1)>`, "|<script>|\n|-|\n|<img src=x onerror=1>|", `[a](//x.example)`, `<iframe src=//x.example>`, "<style>*{}</style>",
	`\<script\>alert(1)\</script\>`, `&lt;script&gt;`, `&#60;script&#62;`, `<<script>script>alert(1)`, "<scr\x00ipt>alert(1)</script>", "![a][b]\n\n[b]: javascript:1 'x'",
	`[<img src=x onerror=1>](https://x.example)`, `[![a](javascript:1)](javascript:2)`, "https://x.example/\"onclick=1", `<https://x.example/"onclick=1>`,
}

// check walks over rendered HTML and fails on anything that could act.
func check(t *testing.T, in, out string) {
	t.Helper()
	allowed := map[string]string{"p": "", "br": "", "hr": "", "h3": "", "h4": "", "h5": "", "h6": "", "ul": "", "ol": "start", "li": "", "blockquote": "", "strong": "",
		"em": "", "del": "", "code": "", "pre": "", "table": "", "thead": "", "tbody": "", "tr": "", "th": "", "td": "", "a": "href rel"}
	for z := html.NewTokenizer(strings.NewReader(out)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.CommentToken, html.DoctypeToken:
			t.Fatalf("%q gave %q", in, out)
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			attrs, ok := allowed[tok.Data]
			if !ok {
				t.Fatalf("%q gave <%s> in %q", in, tok.Data, out)
			}
			for _, a := range tok.Attr {
				if !strings.Contains(attrs, a.Key) || a.Key == "" {
					t.Fatalf("%q gave %s=%q in %q", in, a.Key, a.Val, out)
				}
				if a.Key == "href" {
					scheme, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(a.Val)), ":")
					if found && !strings.ContainsAny(scheme, "/?#") && scheme != "http" && scheme != "https" && scheme != "mailto" && scheme != "tel" {
						t.Fatalf("%q leads to %q", in, a.Val)
					}
				}
			}
			if tok.Data == "a" && !strings.Contains(out, `rel="nofollow`) {
				t.Fatalf("%q gave a link that is followed: %q", in, out)
			}
		}
	}
}

func TestHostileMarkdown(t *testing.T) {
	for _, in := range hostile {
		check(t, in, text.RenderMarkdown(in))
	}
}

func TestHugeMarkdownEndsSoon(t *testing.T) {
	for name, in := range map[string]string{
		"quotes":      strings.Repeat(">", 20000) + "a",
		"lists":       strings.Repeat("- ", 10000) + "a",
		"brackets":    strings.Repeat("[", 50000),
		"links":       strings.Repeat("[a](", 20000),
		"stars":       strings.Repeat("**a ", 50000),
		"mixed":       strings.Repeat("*_a", 30000),
		"Chinese":     strings.Repeat("**意见：", 20000),
		"ticks":       strings.Repeat("`a``", 30000),
		"table":       strings.Repeat("|", 5000) + "\n" + strings.Repeat("|-", 5000) + "\n|a|",
		"beyond size": strings.Repeat("**a** <b>", 200000),
	} {
		done := make(chan string, 1)
		go func() { done <- text.RenderMarkdown(in) }()
		select {
		case out := <-done:
			check(t, name, out)
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: %d bytes take longer than 20 s", name, len(in))
		}
	}
}

func FuzzRenderMarkdown(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Add("**注意：**请\n# 一\n|a|\n|-|\n|b|")
	f.Fuzz(func(t *testing.T, in string) { check(t, in, text.RenderMarkdown(in)) })
}
