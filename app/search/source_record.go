package search

import (
	"context"
	"encoding/json"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// recordSource makes a document of the record (笔录) of each hearing, and of each room
// that belongs to none: what was said, once it is open for correction. Its id is that of
// the hearing, or what the record of the room is about ("room:K7M4").
var recordSource = Source{
	Kind: index.KindRecord,
	Page: "/hearings/:id/record",
	Touched: func(e models.Event) []Touch {
		switch e.Kind {
		case "hearings.record_opened", "hearings.record_changed", "hearings.recorded":
			if id, ok := strings.CutPrefix(e.Topic, models.HearingTopic("")); ok {
				return []Touch{{Kind: index.KindRecord, ID: id}}
			}
		case "rooms.record_opened", "rooms.record_changed":
			var data struct{ Room string }
			if json.Unmarshal([]byte(e.Data), &data) == nil && data.Room != "" {
				return []Touch{{Kind: index.KindRecord, ID: models.RoomTopic(data.Room)}}
			}
		}
		return nil
	},
	IDs: recordIDs,
	Load: func(ctx context.Context, l *loader, ids []string, _ bool) ([]index.Document, error) {
		list, err := l.db.HearingsByID(ctx, ids)
		if err != nil {
			return nil, err
		}
		var out []index.Document
		for _, id := range ids {
			d := index.Document{ID: documentID(index.KindRecord, id), Kind: index.KindRecord}
			if code, ok := strings.CutPrefix(id, models.RoomTopic("")); ok {
				room, err := l.db.RoomByCode(ctx, code)
				if models.IsNotFound(err) {
					continue
				}
				if err != nil {
					return nil, err
				}
				d.Matter, d.Also, d.Path = id, room.TitleZH+"\n"+room.TitleEN, "/live/"+code+"/record"
			} else {
				h, ok := list[id]
				if !ok || h.PublishedAt == nil {
					continue
				}
				d.Matter, d.Also, d.Path = models.HearingTopic(id), h.TitleZH+"\n"+h.TitleEN, "/hearings/"+id+"/record"
			}
			r, err := l.db.RecordOf(ctx, d.Matter)
			if models.IsNotFound(err) || err == nil && r.OpenedAt == nil {
				continue
			}
			if err != nil {
				return nil, err
			}
			entries, err := l.db.RecordEntries(ctx, d.Matter)
			if err != nil {
				return nil, err
			}
			d.Text, d.At = recordText(r, entries), *r.OpenedAt
			d.Year = l.yearOf(d.At)
			out = append(out, d)
		}
		return out, nil
	},
}

// recordIDs lists the hearings, and after the last of them the records of rooms.
func recordIDs(ctx context.Context, db *models.DB, matter, after string, limit int) (ids []string, next string, err error) {
	rooms := models.RoomTopic("")
	if !strings.HasPrefix(matter, rooms) && !strings.HasPrefix(after, rooms) {
		if ids, next, err = hearingSource.IDs(ctx, db, matter, after, limit); err != nil || len(ids) > 0 || matter != "" {
			return ids, next, err
		}
	}
	switch {
	case matter == "":
		return ending(db.RecordsAfter(ctx, rooms, after, limit))
	case after == "":
		return []string{matter}, matter, nil
	}
	return nil, "", nil
}

// recordText is the summary and then who said what, one line each.
func recordText(r models.Record, entries []models.RecordEntry) index.Words {
	zh, en := []string{r.SummaryZH}, []string{r.SummaryEN}
	for _, e := range entries {
		if e.TextZH != "" {
			zh = append(zh, spoken(e.Speaker, "：", e.TextZH))
		}
		if e.TextEN != "" {
			en = append(en, spoken(e.Speaker, ": ", e.TextEN))
		}
	}
	return index.Words{ZH: lines(zh...), EN: lines(en...)}
}

func spoken(speaker, sign, text string) string {
	if speaker == "" {
		return text
	}
	return strings.TrimSpace(speaker) + sign + text
}
