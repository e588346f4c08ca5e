package live

import (
	"context"
	"strings"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Counts are the numbers that a consultation's pages show: opinions in all and by
// clause. How they split by stance is not told live, since some offices keep it
// back until the consultation has closed.
type Counts struct {
	Total   int64            `json:"total"`
	Clauses map[string]int64 `json:"clauses"`
}

// consultations answers for the topics of consultations, once they are public.
type consultations struct{ db *models.DB }

func (t consultations) MayJoin(ctx context.Context, _ actor.Actor, topic string) error {
	c, err := t.db.ConsultationByID(ctx, strings.TrimPrefix(topic, models.ConsultationTopic("")))
	if err == nil && c.PublishedAt == nil {
		return ErrUnknownTopic
	}
	return err
}

func (t consultations) Snapshot(ctx context.Context, _ actor.Actor, topic string) (any, error) {
	return t.Counts(ctx, topic)
}

func (t consultations) Counts(ctx context.Context, topic string) (any, error) {
	rows, err := t.db.ClauseCounts(ctx, strings.TrimPrefix(topic, models.ConsultationTopic("")))
	c := Counts{Total: rows[""].Total, Clauses: make(map[string]int64, len(rows))}
	for key, row := range rows {
		if key != "" {
			c.Clauses[key] = row.Total
		}
	}
	return c, err
}

func (t consultations) Touched(e models.Event) []string {
	if strings.HasPrefix(e.Topic, models.ConsultationTopic("")) {
		return []string{e.Topic}
	}
	return nil
}
