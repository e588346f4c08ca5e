package search

import (
	"context"
	"encoding/json"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// questionSource makes a document of each public question of a room, with its answer.
// The desk's index has also what waits for a moderator, was held back or was merged: it
// belongs to a matter of its own, that of those who run the room (see roomMatters).
var questionSource = Source{
	Kind:    index.KindQuestion,
	Page:    "/live/:code",
	Touched: questionTouched,
	IDs: func(ctx context.Context, db *models.DB, matter, after string, limit int) ([]string, string, error) {
		code := ""
		if matter != "" {
			var ok bool
			if code, ok = strings.CutPrefix(matter, models.RoomTopic("")); !ok {
				return nil, "", nil
			}
		}
		return ending(db.QuestionIDsAfter(ctx, code, after, limit))
	},
	Load: loadQuestions,
	Of: func(ctx context.Context, db *models.DB, people []string) ([]string, error) {
		return db.QuestionIDsBy(ctx, people)
	},
	Matters: roomMatters,
	Seen: func(ctx context.Context, db *models.DB, ids []string) (map[string]bool, error) {
		list, err := db.QuestionsByID(ctx, ids)
		seen := map[string]bool{}
		for id, q := range list {
			seen[id] = q.Shown()
		}
		return seen, err
	},
}

// running begins the part of a room's topic, and the name of the matter, for those who
// run it.
const running = ":desk"

// questionTouched looks at what rooms tell everybody and at what they tell those who run
// them; their other topics say the same to fewer people.
func questionTouched(e models.Event) []Touch {
	code, ok := strings.CutPrefix(e.Topic, models.RoomTopic(""))
	code, desk := strings.CutSuffix(code, running)
	if !ok || strings.Contains(code, ":") {
		return nil
	}
	var news struct {
		Question *struct{ ID string }
		Removed  string
	}
	_ = json.Unmarshal([]byte(e.Data), &news) // an event of another shape touches nothing
	switch {
	case news.Question != nil:
		return []Touch{{Kind: index.KindQuestion, ID: news.Question.ID, Desk: desk}}
	case news.Removed != "":
		return []Touch{{Kind: index.KindQuestion, ID: news.Removed}}
	}
	return nil
}

func loadQuestions(ctx context.Context, l *loader, ids []string, desk bool) ([]index.Document, error) {
	list, err := l.db.QuestionsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	rooms := map[string]models.Room{}
	var out []index.Document
	for _, id := range ids {
		q, ok := list[id]
		if !ok || !q.Shown() && (!desk || q.ErasedAt != nil) {
			continue
		}
		room, ok := rooms[q.RoomID]
		if !ok {
			if room, err = l.db.RoomByID(ctx, q.RoomID); err != nil {
				return nil, err
			}
			rooms[q.RoomID] = room
		}
		d := index.Document{ID: documentID(index.KindQuestion, id), Kind: index.KindQuestion, Matter: models.RoomTopic(room.Code), Text: questionText(q),
			Path: "/live/" + room.Code + "#q-" + id, Year: l.yearOf(q.CreatedAt), Supports: q.Supports, At: q.CreatedAt}
		if q.ShownAt != nil {
			d.Since = *q.ShownAt
		}
		if desk {
			d.Contacts = q.DisplayName
		}
		if !q.Shown() {
			d.Matter, d.State, d.Path = models.RoomTopic(room.Code)+running, questionState(q), "/desk/live/"+room.Code+lane(q)+"#q-"+id
			d.Text.ZH = lines(d.Text.ZH, q.Original, q.Appeal)
		}
		out = append(out, d)
	}
	return out, nil
}

// questionState is what is special about a question that not everybody sees.
func questionState(q models.Question) string {
	switch {
	case q.MergedInto != "":
		return "merged"
	case q.State == models.QuestionWaiting:
		return "held"
	}
	return "hidden"
}

// lane is the part of the moderators' page on which a question stands.
func lane(q models.Question) string {
	if q.State == models.QuestionHeld || q.MergedInto != "" {
		return "?lane=handled"
	}
	return ""
}

// questionText is the question in the language it was asked in, with its answer.
func questionText(q models.Question) index.Words {
	w := index.Words{ZH: q.AnswerZH, EN: q.AnswerEN}
	if q.Lang == "en" {
		w.EN = strings.TrimSpace(q.Body + "\n" + w.EN)
	} else {
		w.ZH = strings.TrimSpace(q.Body + "\n" + w.ZH)
	}
	return w
}

// roomMatters lists the rooms: everybody may see each of them, and those who run one
// what is not shown in it.
func roomMatters(ctx context.Context, db *models.DB) ([]Matter, error) {
	list, err := db.AllRooms(ctx)
	status := map[models.RoomState]models.Status{models.RoomWaiting: models.StatusScheduled, models.RoomOpen: models.StatusOpen, models.RoomPaused: models.StatusOpen, models.RoomClosed: models.StatusClosed}
	var out []Matter
	for _, r := range list {
		m := Matter{ID: models.RoomTopic(r.Code), UnitID: r.UnitID, Title: index.Words{ZH: r.TitleZH, EN: r.TitleEN}, Path: "/live/" + r.Code, Public: true,
			Status: func(now) string { return string(status[r.State]) }, Desk: []models.RoleName{models.Moderator, models.Officer, models.Supervisor, models.Administrator}}
		out = append(out, m)
		m.ID, m.Public, m.Desk = m.ID+running, false, []models.RoleName{models.Moderator, models.Officer}
		out = append(out, m)
	}
	return out, err
}
