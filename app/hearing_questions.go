package app

import (
	"context"

	"minyi/app/hearings"
	"minyi/app/rooms"
	"minyi/models"
)

// askedInRooms gives the questions of live rooms to the records of hearings: the two
// features know nothing of each other.
type askedInRooms struct{ rooms *rooms.Service }

// Asked lists the accepted questions of a hearing with their answers.
func (a askedInRooms) Asked(ctx context.Context, hearingID string) ([]hearings.Question, error) {
	list, err := a.rooms.Accepted(ctx, hearingID)
	if err != nil {
		return nil, err
	}
	codes, err := a.rooms.CodesOf(ctx, hearingID)
	out := make([]hearings.Question, 0, len(list))
	for _, q := range list {
		answer := q.AnswerZH
		if answer == "" {
			answer = q.AnswerEN
		}
		one := hearings.Question{ID: q.ID, AgendaID: q.AgendaItemID, By: q.By(), Text: q.Body, Answer: answer, Answerer: q.Answerer, At: q.CreatedAt, Open: q.AnsweredAt == nil && q.State != models.QuestionAnswered, Due: q.DueAt, Room: codes[q.RoomID]}
		if q.Office != nil {
			one.OfficeZH, one.OfficeEN = q.Office.ZH, q.Office.EN
		}
		out = append(out, one)
	}
	return out, err
}
