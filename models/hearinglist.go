package models

import (
	"context"
	"time"
)

// HearingQuery narrows the list of public hearings. Empty fields do not narrow.
type HearingQuery struct {
	UnitIDs        []string
	ConsultationID string
	Kind           HearingKind
	// From and Until bound the start.
	From, Until time.Time
	// Past lists those that are over, the latest first; else those to come, the
	// next first. Both means all, the latest first.
	Past, Both bool
	Limit      int
	// After is the last hearing of the page before.
	After *HearingPlace
}

// HearingPlace is where a page of hearings ended.
type HearingPlace struct {
	StartsAt time.Time `json:"s"`
	ID       string    `json:"i"`
}

// Hearings lists public hearings by their start.
func (db *DB) Hearings(ctx context.Context, q HearingQuery, now time.Time) ([]Hearing, error) {
	g := db.read.WithContext(ctx).Where("published_at IS NOT NULL").Limit(clampLimit(q.Limit))
	if q.UnitIDs != nil {
		g = g.Where("unit_id IN ?", q.UnitIDs)
	}
	if q.ConsultationID != "" {
		g = g.Where("consultation_id = ?", q.ConsultationID)
	}
	if q.Kind != "" {
		g = g.Where("kind = ?", q.Kind)
	}
	if !q.From.IsZero() {
		g = g.Where("starts_at >= ?", q.From)
	}
	if !q.Until.IsZero() {
		g = g.Where("starts_at < ?", q.Until)
	}
	switch {
	case q.Both || q.Past:
		if q.Past {
			g = g.Where("(ends_at <= ? OR ended_at IS NOT NULL OR cancelled_at IS NOT NULL)", now)
		}
		if q.After != nil {
			g = g.Where("(starts_at < ? OR starts_at = ? AND id < ?)", q.After.StartsAt, q.After.StartsAt, q.After.ID)
		}
		return manyIn[Hearing](g, "starts_at DESC, id DESC", "1 = 1")
	default:
		g = g.Where("ends_at > ? AND ended_at IS NULL AND cancelled_at IS NULL", now)
		if q.After != nil {
			g = g.Where("(starts_at > ? OR starts_at = ? AND id > ?)", q.After.StartsAt, q.After.StartsAt, q.After.ID)
		}
		return manyIn[Hearing](g, "starts_at, id", "1 = 1")
	}
}

// HearingsUnder lists the hearings in any state of the units with these paths or
// below them, the newest first, for the desk.
func (db *DB) HearingsUnder(ctx context.Context, paths []string) ([]Hearing, error) {
	var out []Hearing
	seen := map[string]bool{}
	for _, path := range paths {
		list, err := many[Hearing](ctx, db, "id DESC", "unit_id IN (SELECT id FROM units WHERE path LIKE ?)", path+"%")
		if err != nil {
			return nil, err
		}
		for _, h := range list {
			if !seen[h.ID] {
				seen[h.ID] = true
				out = append(out, h)
			}
		}
	}
	return out, nil
}

// HearingsByID finds hearings by id, in any state.
func (db *DB) HearingsByID(ctx context.Context, ids []string) (map[string]Hearing, error) {
	out := map[string]Hearing{}
	if len(ids) == 0 {
		return out, nil
	}
	list, err := many[Hearing](ctx, db, "", "id IN ?", ids)
	for _, h := range list {
		out[h.ID] = h
	}
	return out, err
}

// HearingsUnannounced lists public hearings that reached a moment (opened, closed)
// by now without a milestone of it.
func (db *DB) HearingsUnannounced(ctx context.Context, kind string, now time.Time) ([]Hearing, error) {
	column := "signup_opens_at"
	if kind == MilestoneClosed {
		column = "signup_closes_at"
	}
	return many[Hearing](ctx, db, column+", id", "published_at IS NOT NULL AND cancelled_at IS NULL AND "+column+" <= ? AND NOT EXISTS"+
		" (SELECT 1 FROM hearing_milestones m WHERE m.hearing_id = hearings.id AND m.kind = ? AND m.at = hearings."+column+")", now, kind)
}

// HearingsStarting lists public hearings that begin in a span of time and were not
// reminded of with this kind of reminder for this start.
func (db *DB) HearingsStarting(ctx context.Context, kind string, from, until time.Time) ([]Hearing, error) {
	return many[Hearing](ctx, db, "starts_at, id", "published_at IS NOT NULL AND cancelled_at IS NULL AND ended_at IS NULL AND starts_at > ? AND starts_at <= ? AND NOT EXISTS"+
		" (SELECT 1 FROM hearing_milestones m WHERE m.hearing_id = hearings.id AND m.kind = ? AND m.at = hearings.starts_at)", from, until, kind)
}

// NextHearingMoment is the next moment after now at which a hearing opens or closes
// its sign-up, or an offer ends; zero when there is none.
func (db *DB) NextHearingMoment(ctx context.Context, now time.Time) (time.Time, error) {
	var next time.Time
	note := func(t *time.Time) {
		if t != nil && t.After(now) && (next.IsZero() || t.Before(next)) {
			next = *t
		}
	}
	g := db.read.WithContext(ctx).Limit(1)
	opens, err := manyIn[Hearing](g, "signup_opens_at", "published_at IS NOT NULL AND cancelled_at IS NULL AND signup_opens_at > ?", now)
	if err != nil {
		return next, err
	}
	closes, err := manyIn[Hearing](g, "signup_closes_at", "published_at IS NOT NULL AND cancelled_at IS NULL AND signup_closes_at > ?", now)
	if err != nil {
		return next, err
	}
	offers, err := manyIn[Registration](g, "offer_until", "status = 'offered' AND offer_until > ?", now)
	if err != nil {
		return next, err
	}
	for _, h := range opens {
		note(h.SignupOpensAt)
	}
	for _, h := range closes {
		note(h.SignupClosesAt)
	}
	for _, r := range offers {
		note(r.OfferUntil)
	}
	return next, nil
}

// HearingsUnplaced lists hearings that were drawn and whose reserves are not all on
// the waiting lists, by the lack of a milestone of this kind.
func (db *DB) HearingsUnplaced(ctx context.Context, kind string) ([]Hearing, error) {
	return many[Hearing](ctx, db, "id", "drawn_at IS NOT NULL AND cancelled_at IS NULL AND NOT EXISTS (SELECT 1 FROM hearing_milestones m WHERE m.hearing_id = hearings.id AND m.kind = ?)", kind)
}
