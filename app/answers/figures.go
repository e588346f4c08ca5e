package answers

import "minyi/models"

// Sums is how many opinions came to each decision.
type Sums struct {
	Received int64 `json:"received"`
	Adopted  int64 `json:"adopted"`
	Partly   int64 `json:"partly"`
	Not      int64 `json:"not"`
	Study    int64 `json:"study"`
	// Without is what has no decision: hidden or erased when published.
	Without int64 `json:"without"`
}

func (s *Sums) add(d models.Decision, n int64) {
	s.Received += n
	switch d {
	case models.Adopted:
		s.Adopted += n
	case models.PartlyAdopted:
		s.Partly += n
	case models.NotAdopted:
		s.Not += n
	case models.ToBeStudied:
		s.Study += n
	default:
		s.Without += n
	}
}

// Of is the number of a decision.
func (s Sums) Of(d models.Decision) int64 {
	switch d {
	case models.Adopted:
		return s.Adopted
	case models.PartlyAdopted:
		return s.Partly
	case models.NotAdopted:
		return s.Not
	case models.ToBeStudied:
		return s.Study
	}
	return s.Without
}

// Figures are the numbers of a report. Every opinion is counted once in Sums, in
// one clause, in one channel and in one stance.
type Figures struct {
	Sums
	Voices   int64                    `json:"voices"`
	Hidden   int64                    `json:"hidden"`
	Erased   int64                    `json:"erased"`
	Clauses  map[string]*Sums         `json:"clauses"`
	Stances  map[string]Stances       `json:"stances"` // by clause
	Channels map[models.Channel]int64 `json:"channels"`
}

// Stances counts the stances of opinions on a clause.
type Stances struct {
	Support  int64 `json:"support"`
	Amend    int64 `json:"amend"`
	Oppose   int64 `json:"oppose"`
	Question int64 `json:"question"`
	None     int64 `json:"none"`
}

// figures sums up what the store counted.
func figures(c models.Coverage, tallies []models.Tally) Figures {
	f := Figures{Voices: c.Voices, Hidden: c.Hidden, Erased: c.Erased, Clauses: map[string]*Sums{}, Stances: map[string]Stances{}, Channels: map[models.Channel]int64{}}
	for _, t := range tallies {
		f.add(t.Decision, t.N)
		if f.Clauses[t.ClauseKey] == nil {
			f.Clauses[t.ClauseKey] = &Sums{}
		}
		f.Clauses[t.ClauseKey].add(t.Decision, t.N)
		f.Channels[t.Channel] += t.N
		st := f.Stances[t.ClauseKey]
		switch t.Stance {
		case models.StanceSupport:
			st.Support += t.N
		case models.StanceAmend:
			st.Amend += t.N
		case models.StanceOppose:
			st.Oppose += t.N
		case models.StanceQuestion:
			st.Question += t.N
		default:
			st.None += t.N
		}
		f.Stances[t.ClauseKey] = st
	}
	return f
}
