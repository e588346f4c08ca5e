package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"minyi/app/kit/sheet"
)

func table(rows ...[]any) sheet.Table {
	return sheet.Table{Name: "采纳情况/2026", Headers: []string{"序号", "意见内容", "是否采纳", "时间"}, Zone: time.FixedZone("", 8*3600), Widths: []float64{6, 60},
		Rows: func(write func(...any) error) error {
			for _, r := range rows {
				if err := write(r...); err != nil {
					return err
				}
			}
			return nil
		}}
}

// read gives the rows of both forms, as other programs read them.
func read(t *testing.T, tab sheet.Table) (fromCSV, fromXLSX [][]string) {
	t.Helper()
	var c, x bytes.Buffer
	if err := sheet.CSV(&c, tab); err != nil {
		t.Fatal(err)
	}
	body, ok := strings.CutPrefix(c.String(), "\ufeff")
	if !ok || !strings.HasSuffix(body, "\r\n") {
		t.Fatalf("no byte order mark or line end: %q", c.String())
	}
	fromCSV, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if err := sheet.XLSX(&x, tab); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&x)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fromXLSX, err = f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	return fromCSV, fromXLSX
}

func TestBothFormsHaveTheSameRows(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC)
	c, x := read(t, table(
		[]any{1, "停车费，\"太贵\"\n请降低", true, at},
		[]any{int64(-2), "=HYPERLINK(\"http://x\")", 0.4, time.Time{}},
		[]any{3, "<b>&</b>", time.Minute, nil},
		[]any{4},
	))
	want := [][]string{
		{"序号", "意见内容", "是否采纳", "时间"},
		{"1", "停车费，\"太贵\"\n请降低", "true", "2026-03-01 16:30"},
		{"-2", "'=HYPERLINK(\"http://x\")", "0.4", ""},
		{"3", "<b>&</b>", "1m0s", ""},
		{"4", "", "", ""},
	}
	if len(c) != len(want) || len(x) != len(want) {
		t.Fatalf("%d and %d rows, want %d", len(c), len(x), len(want))
	}
	for i := range want {
		for j := range want[i] {
			got := ""
			if j < len(x[i]) { // that reader leaves out empty cells at the end
				got = x[i][j]
			}
			if c[i][j] != want[i][j] || !strings.EqualFold(got, want[i][j]) {
				t.Errorf("cell %d,%d: CSV %q, XLSX %q, want %q", i, j, c[i][j], got, want[i][j])
			}
		}
	}
}

// The rule: what a resident wrote never runs on an officer's machine.
func TestNoCellStartsAFormula(t *testing.T) {
	for _, s := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "\u200b=1", "＝1", "＋1", "－1", "＠A", "﹦1", "\x00=1", "=cmd|'/c calc'!A0", "\x1b@x"} {
		if got := sheet.Safe(s); !strings.HasPrefix(got, "'") {
			t.Errorf("%q stays %q", s, got)
		}
		c, x := read(t, table([]any{1, s}))
		if !strings.HasPrefix(c[1][1], "'") || !strings.HasPrefix(x[1][1], "'") {
			t.Errorf("%q: CSV %q, XLSX %q", s, c[1][1], x[1][1])
		}
	}
	for _, s := range []string{"", "意见", "1+1=2", "a@b.example", "'quoted", "（一）", "3-5 条"} {
		if got := sheet.Safe(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	if got := sheet.Safe("a\x00b\x1b\uffffc\xff"); got != "abc\ufffd" {
		t.Errorf("%q", got)
	}
	tab := table()
	tab.Headers[1] = "=evil"
	if c, x := read(t, tab); c[0][1] != "'=evil" || x[0][1] != "'=evil" {
		t.Error("a header starts a formula")
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	stop := errors.New("the database went away")
	failing := table()
	failing.Rows = func(write func(...any) error) error {
		if err := write(1); err != nil {
			return err
		}
		return stop
	}
	for name, c := range map[string]struct {
		t    sheet.Table
		want error
	}{
		"a row too long":  {table([]any{1, 2, 3, 4, 5}), sheet.ErrRow},
		"another type":    {table([]any{[]byte("x")}), sheet.ErrCell},
		"a cell too long": {table([]any{1, strings.Repeat("长", 32768)}), sheet.ErrCell},
		"rows that fail":  {failing, stop},
	} {
		if err := sheet.CSV(new(bytes.Buffer), c.t); !errors.Is(err, c.want) {
			t.Errorf("%s as CSV: %v", name, err)
		}
		var b bytes.Buffer
		if err := sheet.XLSX(&b, c.t); !errors.Is(err, c.want) || b.Len() != 0 {
			t.Errorf("%s as XLSX: %v, %d bytes", name, err, b.Len())
		}
	}
	full := strings.Repeat("长", 32766) + "x"
	if c, x := read(t, table([]any{1, full})); c[1][1] != full || x[1][1] != full {
		t.Error("the longest cell is changed")
	}
	if c, x := read(t, sheet.Table{Headers: []string{"a"}}); len(c) != 1 || len(x) != 1 {
		t.Error("a table without rows")
	}
}

func TestSheetNames(t *testing.T) {
	for in, want := range map[string]string{"采纳情况/2026": "采纳情况 2026", "": "Table", "''": "Table", "[a]:b": "a  b", strings.Repeat("长", 40): strings.Repeat("长", 31), "History": "Table"} {
		tab := table()
		tab.Name = in
		var b bytes.Buffer
		if err := sheet.XLSX(&b, tab); err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.GetSheetName(0); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
		f.Close()
	}
}

func TestALongTableIsStreamed(t *testing.T) {
	const n = 20000
	tab := table()
	tab.Rows = func(write func(...any) error) error {
		for i := range n {
			if err := write(i, fmt.Sprint("意见 ", i)); err != nil {
				return err
			}
		}
		return nil
	}
	c, x := read(t, tab)
	if len(c) != n+1 || len(x) != n+1 || c[n][1] != "意见 19999" || x[n][1] != "意见 19999" {
		t.Errorf("%d and %d rows", len(c), len(x))
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("=1")
	f.Add(" \u3000＠x")
	f.Fuzz(func(t *testing.T, s string) {
		got := sheet.Safe(s)
		if first := strings.TrimSpace(got); first != "" && strings.ContainsAny(first[:1], "=+-@") {
			t.Fatalf("%q became %q", s, got)
		}
		if sheet.Safe(got) != got {
			t.Fatalf("%q became %q, and that %q", s, got, sheet.Safe(got))
		}
	})
}
