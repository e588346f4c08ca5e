package compare

import "strings"

const (
	most   = 1000 // differences that Myers' algorithm may look for; its memory grows with the square
	phrase = 4    // words of an anchor
	long   = 4000 // words of both sides from which on anchors are looked for first
)

// differ finds the difference of two lists of words.
type differ struct {
	a, b []word
	out  []Run
}

func (d differ) runs() []Run {
	d.solve(d.a, d.b, len(d.a)+len(d.b) > long)
	return d.out
}

func (d *differ) emit(op Op, ws []word) {
	if len(ws) == 0 {
		return
	}
	var b strings.Builder
	for _, w := range ws {
		b.WriteString(w.text)
	}
	d.out = append(d.out, Run{op, b.String()})
}

// solve emits the difference of a and b, after what both begin and before what
// both end with. It tries anchors first if told so, or when the two differ too
// much; anchors that cut nothing leave a replacement.
func (d *differ) solve(a, b []word, anchorsFirst bool) {
	n := 0
	for n < len(a) && n < len(b) && a[n].id == b[n].id {
		n++
	}
	d.emit(Kept, a[:n])
	a, b = a[n:], b[n:]
	n = 0
	for n < len(a) && n < len(b) && a[len(a)-1-n].id == b[len(b)-1-n].id {
		n++
	}
	end := a[len(a)-n:]
	a, b = a[:len(a)-n], b[:len(b)-n]
	if anchorsFirst || !d.myers(a, b) {
		if anchors := anchorsOf(a, b); len(anchors) > 0 {
			d.between(a, b, anchors)
		} else if !anchorsFirst || !d.myers(a, b) {
			d.emit(Removed, a)
			d.emit(Added, b)
		}
	}
	d.emit(Kept, end)
}

// between solves the gaps between anchors.
func (d *differ) between(a, b []word, anchors []pair) {
	i, j := 0, 0
	for _, p := range anchors {
		if p.i < i || p.j < j {
			continue
		}
		d.solveGap(a[i:p.i], b[j:p.j])
		i, j = p.i, p.j
		n := 0
		for i+n < len(a) && j+n < len(b) && a[i+n].id == b[j+n].id {
			n++
		}
		d.emit(Kept, a[i:i+n])
		i, j = i+n, j+n
	}
	d.solveGap(a[i:], b[j:])
}

// solveGap does not look for anchors again, so the depth is bounded.
func (d *differ) solveGap(a, b []word) {
	if !d.myers(a, b) {
		d.emit(Removed, a)
		d.emit(Added, b)
	}
}

// anchorsOf finds phrases that occur once on both sides, in rising order.
func anchorsOf(a, b []word) []pair {
	type seen struct{ at, count int }
	phrases := func(ws []word) map[[phrase]int32]seen {
		m := make(map[[phrase]int32]seen, len(ws))
		for i := 0; i+phrase <= len(ws); i++ {
			var k [phrase]int32
			for n := range k {
				k[n] = ws[i+n].id
			}
			s := m[k]
			m[k] = seen{i, s.count + 1}
		}
		return m
	}
	inA, inB := phrases(a), phrases(b)
	var pairs []pair
	for k, s := range inA {
		if t, ok := inB[k]; ok && s.count == 1 && t.count == 1 {
			pairs = append(pairs, pair{s.at, t.at, 1})
		}
	}
	return heaviest(pairs, len(b))
}

// myers emits a shortest edit of a into b, or says that it is too long. It
// keeps the furthest points of each step to walk back.
func (d *differ) myers(a, b []word) bool {
	if len(a) == 0 || len(b) == 0 {
		d.emit(Removed, a)
		d.emit(Added, b)
		return true
	}
	limit := min(most, len(a)+len(b))
	v := make([]int32, 2*limit+3)
	var trace [][]int32
	for step := 0; step <= limit; step++ {
		for k := -step; k <= step; k += 2 {
			x := furthest(v, k, step, limit)
			y := x - k
			for x < len(a) && y < len(b) && x >= 0 && y >= 0 && a[x].id == b[y].id {
				x, y = x+1, y+1
			}
			v[k+limit+1] = int32(x)
			if x >= len(a) && y >= len(b) {
				d.walk(a, b, trace, step)
				return true
			}
		}
		// Only -step..step can be set: keep that window.
		trace = append(trace, append([]int32(nil), v[limit+1-step:limit+2+step]...))
	}
	return false
}

// furthest is where diagonal k starts at this step: one down from k+1 or one
// right from k-1, whichever is further.
func furthest(v []int32, k, step, limit int) int {
	at := k + limit + 1
	if step == 0 {
		return 0
	}
	if k == -step || k != step && v[at-1] < v[at+1] {
		return int(v[at+1])
	}
	return int(v[at-1]) + 1
}

// walk goes back through the trace and emits the edit.
func (d *differ) walk(a, b []word, trace [][]int32, step int) {
	type part struct {
		op   Op
		from int
		to   int
	}
	var parts []part
	x, y := len(a), len(b)
	for ; step > 0; step-- {
		k, prev := x-y, trace[step-1] // prev[i] is diagonal i-(step-1)
		value := func(k int) int32 {
			if i := k + step - 1; i >= 0 && i < len(prev) {
				return prev[i]
			}
			return -1
		}
		down := k == -step || k != step && value(k-1) < value(k+1)
		var px int
		if down {
			px = int(value(k + 1))
		} else {
			px = int(value(k - 1))
		}
		start := px
		if !down {
			start++
		}
		parts = append(parts, part{Kept, start, x})
		if down {
			py := px - (k + 1)
			parts = append(parts, part{Added, py, py + 1})
			x, y = px, py
		} else {
			parts = append(parts, part{Removed, px, px + 1})
			x, y = px, px-(k-1)
		}
	}
	parts = append(parts, part{Kept, 0, x})
	for i := len(parts) - 1; i >= 0; i-- {
		if p := parts[i]; p.op == Added {
			d.emit(Added, b[p.from:p.to])
		} else {
			d.emit(p.op, a[p.from:p.to])
		}
	}
}
