package text

import (
	"bytes"
	"html"
	"regexp"
	"unicode"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	ghtml "github.com/yuin/goldmark/renderer/html"
	gtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxMarkdown bounds what is rendered, in bytes; an explanation has some
// thousand characters.
// The library pairs marks in a time that grows with their
// square, so beyond maxPairs of a text they stay as typed.
const (
	maxMarkdown = 256 << 10
	maxPairs    = 2000
)

// RenderMarkdown turns an explanation into HTML that is safe to put into a
// page: headings (from h3 down, under the page's own h1 and h2), paragraphs,
// lists, quotes, tables, emphasis, code and links. HTML in the text is shown as
// typed, a picture becomes a link to it, links leave with rel="nofollow
// noopener" and only to http, https, mailto, tel or this site. Text beyond
// 256 KiB is shown as plain text.
func RenderMarkdown(s string) string {
	if len(s) > maxMarkdown {
		return "<p>" + html.EscapeString(s) + "</p>"
	}
	source := []byte(Clean(s))
	var out bytes.Buffer
	if err := markdown.Convert(source, &out); err != nil { // the writer never fails
		return "<p>" + html.EscapeString(string(source)) + "</p>"
	}
	return policy.Sanitize(out.String())
}

// Both are built once: building the policy costs more than using it.
var (
	policy   = newPolicy()
	markdown = goldmark.New(goldmark.WithParser(newParser()), goldmark.WithRenderer(newRenderer()))
)

// newParser knows everything but HTML, so that "<" stays what was typed.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(paragraph{parser.NewParagraphParser()}, 1000)),
		parser.WithInlineParsers(
			util.Prioritized(bounded{parser.NewCodeSpanParser()}, 100),
			util.Prioritized(bounded{parser.NewLinkParser()}, 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(bounded{emphasis{}}, 500),
			util.Prioritized(bounded{extension.NewStrikethroughParser()}, 500),
			util.Prioritized(extension.NewLinkifyParser(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"}), extension.WithLinkifyWWWRegexp(never), extension.WithLinkifyEmailRegexp(never)), 999)),
		parser.WithParagraphTransformers(
			util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
		parser.WithASTTransformers(
			util.Prioritized(extension.NewTableASTTransformer(), 0),
			util.Prioritized(shaper{}, 100)))
}

// bounded stops looking for marks after maxPairs of a document; closing
// brackets go on, so that what was opened can end.
type bounded struct{ parser.InlineParser }

var tried = parser.NewContextKey()

func (b bounded) Parse(parent ast.Node, block gtext.Reader, pc parser.Context) ast.Node {
	n, _ := pc.Get(tried).(int)
	line, _ := block.PeekLine()
	if n >= maxPairs && line[0] != ']' {
		return nil
	}
	pc.Set(tried, n+1)
	return b.InlineParser.Parse(parent, block, pc)
}

// CloseBlock passes the end of a block on to parsers that keep state.
func (b bounded) CloseBlock(parent ast.Node, block gtext.Reader, pc parser.Context) {
	if c, ok := b.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, block, pc)
	}
}

// paragraph takes indented lines too: without code blocks nobody else would,
// and the words would be lost.
type paragraph struct{ parser.BlockParser }

func (paragraph) CanAcceptIndentedLine() bool { return true }

// never matches nothing, and says so without looking further: bare www names and mail addresses stay text, so that
// an address in an explanation is not handed to every harvester.
var never = regexp.MustCompile(`^[^\s\S]`)

func newRenderer() renderer.Renderer {
	return renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(ghtml.NewRenderer(ghtml.WithEastAsianLineBreaks(ghtml.EastAsianLineBreaksCSS3Draft)), 1000),
		util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
		util.Prioritized(extension.NewTableHTMLRenderer(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)), 500)))
}

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "li", "blockquote", "strong", "em", "del", "code", "pre",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(false)
	p.AddTargetBlankToFullyQualifiedLinks(false)
	return p
}

// emphasis is the parser of * and _ with one rule more: beside Chinese, ** after
// punctuation closes and before punctuation opens. CommonMark, made for words
// between spaces, leaves **注意：**请 as typed.
type emphasis struct{}

type stars struct{}

func (stars) IsDelimiter(b byte) bool                   { return b == '*' || b == '_' }
func (stars) CanOpenCloser(o, c *parser.Delimiter) bool { return o.Char == c.Char }
func (stars) OnMatch(consumes int) ast.Node             { return ast.NewEmphasis(consumes) }
func (emphasis) Trigger() []byte                        { return []byte{'*', '_'} }
func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF
}
func quote(r rune) bool {
	return r == '“' || r == '”' || r == '‘' || r == '’' || r == '…' || r == '—'
}

func (emphasis) Parse(_ ast.Node, block gtext.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	d := parser.ScanDelimiter(line, before, 1, stars{})
	if d == nil {
		return nil
	}
	if d.Char == '*' {
		after := rune(' ')
		if d.OriginalLength < len(line) {
			after = util.ToRune(line, d.OriginalLength)
		}
		if wide(before) || wide(after) || quote(before) || quote(after) {
			d.CanOpen = d.CanOpen || !util.IsSpaceRune(after) && wide(before)
			d.CanClose = d.CanClose || !util.IsSpaceRune(before) && wide(after)
		}
	}
	d.Segment = segment.WithStop(segment.Start + d.OriginalLength)
	block.Advance(d.OriginalLength)
	pc.PushDelimiter(d)
	return d
}

// shaper fits a text into a page: headings begin at h3, pictures become links.
type shaper struct{}

func (shaper) Transform(doc *ast.Document, r gtext.Reader, _ parser.Context) {
	var pictures []*ast.Image
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+2, 6)
		case *ast.Image:
			pictures = append(pictures, n)
		}
		return ast.WalkContinue, nil
	})
	for _, p := range pictures {
		l := ast.NewLink()
		l.Destination, l.Title = p.Destination, p.Title
		for c := p.FirstChild(); c != nil; c = p.FirstChild() {
			l.AppendChild(l, c)
		}
		if !l.HasChildren() {
			l.AppendChild(l, ast.NewString([]byte(html.EscapeString(string(p.Destination)))))
		}
		p.Parent().ReplaceChild(p.Parent(), p, l)
	}
}
