// Package sheet writes tables for spreadsheet programs, as CSV and as XLSX with
// the same rows and cells. Rows are streamed: a table of any length takes
// little memory.
package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// Content types of the two forms.
const (
	CSVType  = "text/csv; charset=utf-8"
	XLSXType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Table is what is written. Rows is called once and calls write for every row;
// it stops at the first error that write returns and passes it on. A cell is a
// string, a bool, an int, int64 or float64, a time.Time (written as
// 2026-03-01 16:30 in Zone, the zero time as nothing), a fmt.Stringer or nil.
type Table struct {
	Name string // of the sheet
	// Lead are lines that stand above the headers, with no more cells than these.
	Lead    [][]string
	Headers []string
	Rows    func(write func(cells ...any) error) error
	Zone    *time.Location // nil for UTC
	Widths  []float64      // of the columns in XLSX, in characters; 0 or missing takes 16
}

// Errors of a table.
var (
	// ErrCell says that a cell is of another type, or longer than the 32,767
	// characters that spreadsheets hold.
	ErrCell = errors.New("sheet: a cell that cannot be written")
	// ErrRow says that a row has more cells than there are headers.
	ErrRow = errors.New("sheet: a row is longer than the headers")
)

const (
	maxCell = 32767     // UTF-16 units
	maxRows = 1_048_576 // per sheet, the header included
)

// CSV writes the table with a byte order mark, by which Excel takes it for
// UTF-8, and CR LF (RFC 4180).
func CSV(w io.Writer, t Table) error {
	b := bufio.NewWriterSize(w, 64<<10)
	if _, err := b.WriteString("\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(b)
	c.UseCRLF = true
	line := make([]string, len(t.Headers))
	err := t.each(func(cells []any) error {
		for i, x := range cells {
			switch x := x.(type) {
			case nil:
				line[i] = ""
			case string:
				line[i] = x
			case float64:
				line[i] = strconv.FormatFloat(x, 'f', -1, 64)
			default:
				line[i] = fmt.Sprint(x)
			}
		}
		return c.Write(line)
	})
	if err != nil {
		return err
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	return b.Flush()
}

// XLSX writes the table as a workbook. Rows beyond the 1,048,576 of a sheet go
// on in a second one, under the same headers.
func XLSX(w io.Writer, t Table) error {
	f := excelize.NewFile()
	defer f.Close()
	name := sheetName(t.Name)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	book := &book{file: f, table: t, name: name}
	if err := book.open(name); err != nil {
		return err
	}
	if err := t.each(book.row); err != nil {
		return err
	}
	if err := book.stream.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// book is a workbook that is being written.
type book struct {
	file    *excelize.File
	stream  *excelize.StreamWriter
	table   Table
	name    string
	sheets  int
	rows    int
	headers []any
}

func (b *book) open(name string) (err error) {
	if b.stream, err = b.file.NewStreamWriter(name); err != nil {
		return err
	}
	b.sheets++
	b.rows = 0
	for i := range b.table.Headers {
		width := 16.0
		if i < len(b.table.Widths) && b.table.Widths[i] > 0 {
			width = min(b.table.Widths[i], 255)
		}
		if err := b.stream.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	top := 1
	if b.sheets == 1 {
		top += len(b.table.Lead)
	}
	return b.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: top, TopLeftCell: "A" + strconv.Itoa(top+1), ActivePane: "bottomLeft"})
}

func (b *book) row(cells []any) error {
	if b.headers == nil && b.rows == len(b.table.Lead) {
		b.headers = append([]any{}, cells...)
	}
	if b.rows == maxRows {
		if err := b.stream.Flush(); err != nil {
			return err
		}
		name := sheetName(fmt.Sprintf("%.20s %d", b.name, b.sheets+1))
		if _, err := b.file.NewSheet(name); err != nil {
			return err
		}
		if err := b.open(name); err != nil {
			return err
		}
		if err := b.row(b.headers); err != nil {
			return err
		}
	}
	b.rows++
	at, err := excelize.CoordinatesToCellName(1, b.rows)
	if err != nil {
		return err
	}
	return b.stream.SetRow(at, cells)
}

// each calls write with the lead, the headers and then with every row, padded to the
// headers' length; the slice is used again.
func (t Table) each(write func([]any) error) error {
	line := make([]any, len(t.Headers))
	for _, texts := range append(slices.Clone(t.Lead), t.Headers) {
		if len(texts) > len(line) {
			return fmt.Errorf("%w: %d cells, %d headers", ErrRow, len(texts), len(line))
		}
		clear(line)
		for i, h := range texts {
			line[i] = Safe(h)
		}
		if err := write(line); err != nil {
			return err
		}
	}
	if t.Rows == nil {
		return nil
	}
	return t.Rows(func(cells ...any) error {
		if len(cells) > len(line) {
			return fmt.Errorf("%w: %d cells, %d headers", ErrRow, len(cells), len(line))
		}
		clear(line)
		for i, c := range cells {
			v, err := t.value(c)
			if err != nil {
				return err
			}
			line[i] = v
		}
		return write(line)
	})
}

func (t Table) value(c any) (any, error) {
	switch c := c.(type) {
	case nil, bool, int, int64, float64:
		return c, nil
	case string:
		return bounded(Safe(c))
	case time.Time:
		if c.IsZero() {
			return nil, nil
		}
		zone := t.Zone
		if zone == nil {
			zone = time.UTC
		}
		return c.In(zone).Format("2006-01-02 15:04"), nil
	case fmt.Stringer:
		return bounded(Safe(c.String()))
	}
	return nil, fmt.Errorf("%w: type %T", ErrCell, c)
}

func bounded(s string) (any, error) {
	if len(s) > maxCell && len(utf16.Encode([]rune(s))) > maxCell {
		return nil, fmt.Errorf("%w: longer than %d characters", ErrCell, maxCell)
	}
	return s, nil
}

// Safe makes a text that no spreadsheet takes for a formula, however it is
// opened or saved again: before = + - @ at its beginning (after spaces and in
// full width too), tab or a line end it gets an apostrophe. Controls that XML
// cannot hold go. Numbers that should stay numbers are given as numbers.
func Safe(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if s == "" {
		return s
	}
	first := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' })
	if strings.ContainsAny(s[:1], "\t\r\n") || first != "" && strings.ContainsRune("=+-@＝＋－＠﹣﹢﹦﹫−", []rune(first)[0]) {
		return "'" + s
	}
	return s
}

// sheetName fits a text to what Excel takes: at most 31 characters, none of
// : \ / ? * [ ], no apostrophe at the ends, not empty.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	r := []rune(strings.Trim(s, "' "))
	for len(r) > 0 && len(utf16.Encode(r)) > 31 {
		r = r[:len(r)-1]
	}
	if s = strings.Trim(string(r), "' "); s == "" || strings.EqualFold(s, "history") {
		return "Table"
	}
	return s
}
