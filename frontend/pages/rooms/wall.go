package rooms

import (
	"unicode"

	"minyi/frontend"
)

// What a wall can show.
const (
	ShowQuestion = "question"
	ShowTop      = "top"
	ShowSpeakers = "speakers"
	ShowAgenda   = "agenda"
	ShowPoll     = "poll"
	ShowBlank    = "blank"
)

// WallPage is what the hall reads. It holds only what everybody may see.
type WallPage struct {
	frontend.Frame
	Room Room
	Live Live
	// Show is what is shown, see ShowQuestion and its kin.
	Show     string
	Question *Question
	Top      []Question
	Speakers []Speaker
	Agenda   []AgendaItem
	Poll     *Poll
	// Address is the host that people type before "/live", QR the drawing that leads
	// to the room.
	Address, QR string
	// Path is the wall's own address.
	WallPath string
}

// ems is how many full widths of a letter a text takes: a Latin letter takes about
// half of a Chinese one. A tenth more for the ends of lines.
func ems(s string) float64 {
	var n float64
	for _, r := range s {
		switch {
		case r >= 0x2e80:
			n++
		case unicode.IsUpper(r) || r == 'm' || r == 'w':
			n += .72
		default:
			n += .5
		}
	}
	return n * 1.08
}

// fits are the steps of the size of the question, by the most full widths that fit
// into three lines of the stage at 16:9: the stage is 128 hundredths of the screen's
// height wide. Nothing up to three lines is under 5 % of the height; a longer
// question takes more lines before it gets smaller.
var fits = []struct {
	most float64
	name string
}{{30, "fit-12"}, {36, "fit-10"}, {42, "fit-9"}, {48, "fit-8"}, {54, "fit-7"}, {63, "fit-6"}, {69, "fit-55"}, {140, "fit-5"}, {250, "fit-4"}}

// fit is the class that gives a text its size.
func fit(s string) string {
	n := ems(s)
	for _, f := range fits {
		if n <= f.most {
			return f.name
		}
	}
	return "fit-3"
}

// fitList is the size of each of up to five questions in a list.
func fitList(list []Question) string {
	var most float64
	for _, q := range list {
		most = max(most, ems(q.Body))
	}
	if most > 52 {
		return "wall-list-long"
	}
	return "wall-list"
}
