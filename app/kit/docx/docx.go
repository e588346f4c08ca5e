// Package docx reads and writes the part of Word's OOXML format that drafts and
// reports need: paragraphs with their automatic numbers, headings, tables,
// footnotes, tracked changes and pictures by their description. It keeps every
// visible character and refuses what could do harm (macros, zip bombs).
package docx

// Kind says what a block is.
type Kind int

// The kinds of blocks, in document order; notes come last.
const (
	Para  Kind = iota // a paragraph
	Table             // a table with its rows
	Note              // a footnote or endnote, numbered as its mark in the text
	Box               // a paragraph out of a text box
)

// Block is one paragraph, table or note.
type Block struct {
	Kind   Kind
	Line   int        // 1-based position among the paragraphs of the body; a table counts once
	Number string     // the automatic number as Word prints it (第三条, 1.2), empty without
	Text   string     // lines are parted by \n, tabs kept; without Number
	Style  string     // style name in small letters, as "heading 1"
	Level  int        // outline level 1–9, 0 for body text
	Bullet bool       // an automatic bullet instead of a number
	Center bool       // centred, as titles are
	TOC    bool       // a line of an automatic table of contents
	Rows   [][]string // cells of a table, else nil
}

// Remark is something a person should know about, with its place.
type Remark struct {
	Line int
	Code string // tracked_changes, image, footnote, text_box, hidden_text, comments
	Args []string
}

// Document is what was read.
type Document struct {
	Title   string // from the file's properties; often stale, so only a hint
	Blocks  []Block
	Remarks []Remark
	Changes int // tracked insertions, deletions and moves found
}

// Changes says what becomes of tracked changes.
type Changes string

// Accept takes the text as if all changes were accepted (the default), Reject as
// if none had been made.
const (
	Accept Changes = "accept"
	Reject Changes = "reject"
)

// Options of Read; the zero value means the defaults of Limits and Accept.
type Options struct {
	Changes Changes
	Limits  Limits
}

// Limits guard against damaged and hostile files; zero fields mean the default.
type Limits struct {
	FileBytes int64 // size of the file itself, 20 MiB
	Entries   int   // files in the package, 4,000
	PartBytes int64 // unpacked size of one XML part, 64 MiB
	XMLDepth  int   // nesting of elements, 256
	Blocks    int   // paragraphs and tables, 100,000
}

func (l Limits) orDefault() Limits {
	if l.FileBytes <= 0 {
		l.FileBytes = 20 << 20
	}
	if l.Entries <= 0 {
		l.Entries = 4000
	}
	if l.PartBytes <= 0 {
		l.PartBytes = 64 << 20
	}
	if l.XMLDepth <= 0 {
		l.XMLDepth = 256
	}
	if l.Blocks <= 0 {
		l.Blocks = 100_000
	}
	return l
}

// Error is a file that cannot be read, with a stable code for the reader's words.
type Error struct {
	Code string
	Err  error // the cause, for logs only
}

// The codes of Error.
const (
	CodeTooLarge  = "too_large"  // the file, a part or the number of blocks is over the limit
	CodeBomb      = "bomb"       // unpacks to far more than a text can need, or nests too deep
	CodeDamaged   = "damaged"    // not a whole package or broken XML
	CodeMacro     = "macro"      // carries macros (.docm or vbaProject.bin)
	CodeEncrypted = "encrypted"  // protected by a password
	CodeOldWord   = "old_word"   // .doc or .wps: save as .docx
	CodeWrongType = "wrong_type" // PDF, spreadsheet, picture …
)

func (e *Error) Error() string {
	if e.Err != nil {
		return "docx: " + e.Code + ": " + e.Err.Error()
	}
	return "docx: " + e.Code
}

func (e *Error) Unwrap() error { return e.Err }

func fail(code string, err error) error { return &Error{Code: code, Err: err} }
