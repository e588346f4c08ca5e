package parts

import (
	"fmt"
	"math"
	"strings"
)

// Chart kinds.
const (
	Bars    = "bars"
	Stacked = "stacked"
	Line    = "line"
)

// ChartProps describes numbers with a headline that says what they show.
type ChartProps struct {
	// ID is unique on the page.
	ID string
	// Headline says the result in a sentence; Subtitle what is counted.
	Headline, Subtitle string
	Kind               string
	// RowName is the heading of the first column (月份).
	RowName string
	Labels  []string
	// Series have one value for each label. Bars and Line use them all,
	// Stacked sets them end to end.
	Series []Series
	// Note is about small or suppressed numbers, translated.
	Note string
	// DownloadURL gives the same numbers as CSV, with its prefix.
	DownloadURL string
}

// Series is one row of numbers. Missing holds the indexes whose value is
// suppressed or unknown.
type Series struct {
	Name    string
	Values  []int
	Missing map[int]bool
}

// segment is one piece of a bar, in percent of the widest bar.
type segment struct {
	class        string
	start, width float64
}

// most is the largest bar: of all values, or of all sums when stacked.
func (p ChartProps) most() int {
	most := 1
	for i := range p.Labels {
		sum := 0
		for _, s := range p.Series {
			v := s.at(i)
			sum += v
			if p.Kind != Stacked {
				most = max(most, v)
			}
		}
		if p.Kind == Stacked {
			most = max(most, sum)
		}
	}
	return most
}

func (s Series) at(i int) int {
	if i >= len(s.Values) || s.Missing[i] {
		return 0
	}
	return max(0, s.Values[i])
}

// segments are the pieces of one row's bar: end to end when stacked; otherwise
// only the first series is drawn as a bar.
func (p ChartProps) segments(row int) []segment {
	most := float64(p.most())
	var list []segment
	start := 0.0
	for i, s := range p.Series {
		if p.Kind != Stacked && i > 0 {
			break
		}
		width := float64(s.at(row)) / most * 100
		if width > 0 {
			list = append(list, segment{class: fmt.Sprintf("series-%d", i+1), start: start, width: width})
		}
		start += width
	}
	return list
}

// niceMax rounds up to 1, 2 or 5 times a power of ten.
func niceMax(n int) int {
	if n <= 5 {
		return max(n, 1)
	}
	power := math.Pow(10, math.Floor(math.Log10(float64(n))))
	for _, step := range []float64{1, 2, 5, 10} {
		if float64(n) <= step*power {
			return int(step * power)
		}
	}
	return n
}

const (
	lineWidth, lineHeight = 640.0, 220.0
	lineLeft, lineBottom  = 44.0, 28.0
	lineTop               = 10.0
)

// point places a value of a line chart in its drawing.
func (p ChartProps) point(i, value int) (x, y float64) {
	steps := float64(max(1, len(p.Labels)-1))
	x = lineLeft + (lineWidth-lineLeft-16)*float64(i)/steps
	y = lineTop + (lineHeight-lineBottom-lineTop)*(1-float64(value)/float64(niceMax(p.most())))
	return x, y
}

// path draws a series; a missing value interrupts the line.
func (p ChartProps) path(s Series) string {
	var b strings.Builder
	pen := "M"
	for i := range p.Labels {
		if i >= len(s.Values) || s.Missing[i] {
			pen = "M"
			continue
		}
		x, y := p.point(i, s.at(i))
		fmt.Fprintf(&b, "%s%.1f %.1f", pen, x, y)
		pen = "L"
	}
	return b.String()
}

func num(v float64) string { return fmt.Sprintf("%.1f", v) }
