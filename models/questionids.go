package models

import "context"

// QuestionsByID finds questions by id, in any state.
func (db *DB) QuestionsByID(ctx context.Context, ids []string) (map[string]Question, error) {
	out := map[string]Question{}
	if len(ids) == 0 {
		return out, nil
	}
	list, err := many[Question](ctx, db, "", "id IN ?", ids)
	for _, q := range list {
		out[q.ID] = q
	}
	return out, err
}

// QuestionIDsAfter lists up to limit ids of questions after an id, in order, of one
// room by its code, or of all when code is empty.
func (db *DB) QuestionIDsAfter(ctx context.Context, code, after string, limit int) ([]string, error) {
	var ids []string
	q := db.read.WithContext(ctx).Model(&Question{}).Where("id > ?", after)
	if code != "" {
		q = q.Where("room_id = (SELECT id FROM rooms WHERE code = ?)", code)
	}
	err := q.Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, wrap(err)
}

// QuestionIDsBy lists the ids of what people asked.
func (db *DB) QuestionIDsBy(ctx context.Context, people []string) ([]string, error) {
	var ids []string
	if len(people) == 0 {
		return nil, nil
	}
	err := db.read.WithContext(ctx).Model(&Question{}).Where("person_id IN ?", people).Order("id").Pluck("id", &ids).Error
	return ids, wrap(err)
}

// AllRooms lists every room, the oldest first.
func (db *DB) AllRooms(ctx context.Context) ([]Room, error) {
	return many[Room](ctx, db, "id", "1 = 1")
}
