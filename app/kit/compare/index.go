package compare

// common is the number of clauses from which on a feature is too common to
// look clauses up by; it bounds the work on repetitive texts.
const common = 400

// posting is one clause that carries a feature.
type posting struct{ at, count int32 }

// postings is an inverted index from features to positions.
type postings struct{ lists map[int32][]posting }

func newPostings() *postings { return &postings{lists: map[int32][]posting{}} }

func (p *postings) add(at int, fs []feature) {
	for _, f := range fs {
		p.lists[f.id] = append(p.lists[f.id], posting{int32(at), f.count})
	}
}

// tally sums up by position and remembers which positions were touched.
type tally struct {
	sum []float64
	hit []int
}

func newTally(n int) *tally { return &tally{sum: make([]float64, n)} }

func (t *tally) add(at int, w float64) {
	if t.sum[at] == 0 {
		t.hit = append(t.hit, at)
	}
	t.sum[at] += w
}

func (t *tally) clear() {
	for _, at := range t.hit {
		t.sum[at] = 0
	}
	t.hit = t.hit[:0]
}

// overlap adds to found what each indexed clause shares with fs.
func (p *postings) overlap(fs []feature, rarity []float64, found *tally) {
	for _, f := range fs {
		list := p.lists[f.id]
		if len(list) > common {
			continue
		}
		for _, at := range list {
			found.add(int(at.at), float64(min(f.count, at.count))*rarity[f.id])
		}
	}
}
