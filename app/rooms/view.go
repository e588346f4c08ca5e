package rooms

import (
	"context"
	"time"

	"minyi/models"
)

// Words is a text in both languages; either may be empty.
type Words struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// QuestionView is a question as everybody sees it.
type QuestionView struct {
	ID       string `json:"id"`
	Number   int64  `json:"number"`
	Agenda   string `json:"agenda,omitempty"`
	Clause   string `json:"clause,omitempty"`
	Body     string `json:"body"`
	Lang     string `json:"lang"`
	Author   string `json:"author"` // empty: anonymous
	Tier     string `json:"tier"`
	State    string `json:"state"`
	Supports int64  `json:"supports"`
	Merged   int    `json:"merged"`
	// Edited says that a moderator has mended a slip; Original is what stood there.
	Edited   bool   `json:"edited,omitempty"`
	Original string `json:"original,omitempty"`
	// Answerer is who answered in the room.
	Answerer   string     `json:"answerer,omitempty"`
	Answer     *Words     `json:"answer,omitempty"`
	Office     *Words     `json:"office,omitempty"`
	DueAt      *time.Time `json:"due_at,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
}

// OwnView is a question as its author sees it, in any state.
type OwnView struct {
	QuestionView
	Reason     string `json:"reason,omitempty"`
	Note       string `json:"note,omitempty"`
	MergedInto string `json:"merged_into,omitempty"`
	Appeal     string `json:"appeal,omitempty"` // the author's objection
}

// DeskView is a question as moderators see it.
type DeskView struct {
	OwnView
	Revision  int64  `json:"revision"`
	ChangedBy string `json:"changed_by,omitempty"` // a name
	// Like is a question that asks nearly the same, to merge into.
	Like string `json:"like,omitempty"`
}

// offices names the units that owe written answers; it remembers them.
type offices struct {
	ctx  context.Context
	db   *models.DB
	seen map[string]*Words
}

func (s *Service) offices(ctx context.Context) *offices {
	return &offices{ctx, s.db, map[string]*Words{}}
}

func (o *offices) name(id string) *Words {
	if id == "" {
		return nil
	}
	if w, ok := o.seen[id]; ok {
		return w
	}
	var w *Words
	if u, err := o.db.UnitByID(o.ctx, id); err == nil {
		w = &Words{u.NameZH, u.NameEN}
	}
	o.seen[id] = w
	return w
}

// ViewOf shows a question to everybody; office is the name of the unit that answers
// in writing.
func ViewOf(q models.Question, office *Words) QuestionView {
	v := QuestionView{
		ID: q.ID, Number: q.Number, Agenda: q.AgendaItemID, Clause: q.ClauseKey, Body: q.Body, Lang: q.Lang, Tier: string(q.Tier), State: string(q.State),
		Supports: q.Supports, Merged: q.Merged, Edited: q.Original != "", Original: q.Original, Answerer: q.Answerer, Office: office, DueAt: q.DueAt, AnsweredAt: q.AnsweredAt, CreatedAt: q.CreatedAt,
	}
	if q.Display != models.Anonymous {
		v.Author = q.DisplayName
	}
	if q.AnswerZH != "" || q.AnswerEN != "" {
		v.Answer = &Words{q.AnswerZH, q.AnswerEN}
	}
	return v
}

func ownViewOf(q models.Question, office *Words) OwnView {
	return OwnView{ViewOf(q, office), q.Reason, q.Note, q.MergedInto, q.Appeal}
}

func deskViewOf(q models.Question, office *Words, changedBy string) DeskView {
	return DeskView{ownViewOf(q, office), q.Revision, changedBy, ""}
}

// RoomView is a room as everybody sees it.
type RoomView struct {
	ID            string         `json:"id"`
	Code          string         `json:"code"`
	State         string         `json:"state"`
	Title         Words          `json:"title"`
	Place         Words          `json:"place"`
	Unit          Words          `json:"unit"`
	Hearing       string         `json:"hearing,omitempty"`
	Consultation  string         `json:"consultation,omitempty"`
	Moderated     bool           `json:"moderated"`
	Tier          string         `json:"tier"`
	QuestionLimit int            `json:"question_limit"`
	Agenda        string         `json:"agenda,omitempty"` // the item that is on
	ListOpen      bool           `json:"list_open"`
	Held          map[string]int `json:"held"` // not shown, by reason
	StartsAt      *time.Time     `json:"starts_at,omitempty"`
	OpenedAt      *time.Time     `json:"opened_at,omitempty"`
	ClosedAt      *time.Time     `json:"closed_at,omitempty"`
}

func roomView(r models.Room, unit models.Unit, held map[string]int) RoomView {
	if held == nil {
		held = map[string]int{}
	}
	return RoomView{
		ID: r.ID, Code: r.Code, State: string(r.State), Title: Words{r.TitleZH, r.TitleEN}, Place: Words{r.PlaceZH, r.PlaceEN}, Unit: Words{unit.NameZH, unit.NameEN},
		Hearing: r.HearingID, Consultation: r.ConsultationID, Moderated: r.Moderated, Tier: string(r.Tier), QuestionLimit: r.QuestionLimit, Agenda: r.AgendaItemID,
		ListOpen: r.ListOpen, Held: held, StartsAt: r.StartsAt, OpenedAt: r.OpenedAt, ClosedAt: r.ClosedAt,
	}
}
