package hearings

import (
	"context"
	"encoding/json"
	"fmt"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// Outcomes are the decisions of a report, the same words as for opinions.
var Outcomes = []string{"adopted", "partly", "not_adopted", "study"}

// ReportItems reads the rows of a report.
func ReportItems(r models.HearingReport) []models.ReportItem {
	var list []models.ReportItem
	_ = json.Unmarshal([]byte(r.Items), &list) // written by us; nothing means none
	return list
}

// Report gives the report of a hearing to those who write it; an empty one with
// revision 0 before anybody wrote. Errors: NotFound.
func (s *Service) Report(ctx context.Context, who actor.Actor, id string) (models.Hearing, models.HearingReport, error) {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return h, models.HearingReport{}, err
	}
	r, err := s.db.ReportOf(ctx, id)
	if models.IsNotFound(err) {
		return h, models.HearingReport{HearingID: id, Items: "[]"}, nil
	}
	return h, r, err
}

// ReportInput is what an officer writes about how each view was treated.
type ReportInput struct {
	SummaryZH, SummaryEN string
	Items                []models.ReportItem
}

// MostReportItems bounds the rows of a report.
const MostReportItems = 300

// WriteReport keeps a report that is not public. A row without a reason is refused
// unless its view was adopted. Errors: Invalid with fields, Conflict (error.stale),
// Closed before the hearing ended.
func (s *Service) WriteReport(ctx context.Context, who actor.Actor, id string, revision int64, in ReportInput) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if state := h.State(s.db.Now()); state != models.HearingEnded && state != models.HearingRecorded {
		return models.Fail(models.Closed, "hearings.not_ended")
	}
	var faults models.Faults
	in.SummaryZH, in.SummaryEN = text.Clean(in.SummaryZH), text.Clean(in.SummaryEN)
	if text.Length(in.SummaryZH) > TextLimit || text.Length(in.SummaryEN) > TextLimit {
		faults.Add("summary_zh", "hearings.too_long", "most", TextLimit, "over", text.Length(in.SummaryZH)-TextLimit)
	}
	items := []models.ReportItem{}
	line := liner(&faults)
	for i, it := range in.Items {
		it.ViewZH, it.ViewEN, it.ReasonZH, it.ReasonEN = text.Clean(it.ViewZH), text.Clean(it.ViewEN), text.Clean(it.ReasonZH), text.Clean(it.ReasonEN)
		field := fmt.Sprintf("v_by_%d", i)
		it.By, it.Clause = line(field, it.By, 60), line(field, it.Clause, 60)
		row := fmt.Sprintf("item_%d", i)
		if it.ViewZH == "" {
			if it.ViewEN+it.By+it.ReasonZH+it.ReasonEN != "" {
				faults.Add(row, "hearings.view_wanted") // what was written must not get lost
			}
			continue
		}
		if !known(it.Decision) {
			faults.Add(row, "hearings.outcome_wanted")
		}
		if it.Decision != "adopted" && it.ReasonZH == "" {
			faults.Add(row, "hearings.outcome_reason")
		}
		if longest := max(text.Length(it.ViewZH), text.Length(it.ReasonZH), text.Length(it.ViewEN)-EntryLimit, text.Length(it.ReasonEN)-EntryLimit); longest > EntryLimit {
			faults.Add(row, "hearings.too_long", "most", EntryLimit, "over", longest-EntryLimit)
		}
		items = append(items, it)
	}
	if len(items) > MostReportItems {
		faults.Add("items", "hearings.too_many_rows", "most", MostReportItems)
	}
	if err := faults.Err(); err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "write_report", h), func(tx *models.Tx) error {
		return tx.SaveReport(models.HearingReport{HearingID: id, SummaryZH: in.SummaryZH, SummaryEN: in.SummaryEN, Items: asJSON(items)}, revision)
	})
}

func known(outcome string) bool {
	for _, o := range Outcomes {
		if o == outcome {
			return true
		}
	}
	return false
}

// ProposeReport is the first of the two steps by which a report becomes public.
// Errors: Invalid (hearings.report_empty), Conflict, NotFound.
func (s *Service) ProposeReport(ctx context.Context, who actor.Actor, id string) error {
	h, r, err := s.Report(ctx, who, id)
	if err != nil {
		return err
	}
	if r.Revision == 0 || r.SummaryZH == "" && len(ReportItems(r)) == 0 {
		return models.FailField("summary_zh", "hearings.report_empty")
	}
	return s.db.InTx(ctx, act(who, "propose_report", h), func(tx *models.Tx) error {
		now := tx.Now
		r.ProposedBy, r.ProposedAt = who.PersonID, &now
		return tx.SaveReport(r, r.Revision)
	})
}

// ReturnReport undoes the proposal of a report, so that it can be mended. Who returns a
// colleague's work says why; the note stays with the act, see [Service.ReportReturned],
// and the colleague is told. Errors: Invalid (note), Conflict when it is not proposed, is
// public, or was changed since it was read at the revision.
func (s *Service) ReturnReport(ctx context.Context, who actor.Actor, id string, revision int64, note string) error {
	h, r, err := s.Report(ctx, who, id)
	if err != nil {
		return err
	}
	if r.PublishedAt != nil || r.ProposedBy == "" || r.Revision != revision {
		return models.Fail(models.Conflict, "error.stale")
	}
	if note, err = returnNote(who, r.ProposedBy, note); err != nil {
		return err
	}
	a := act(who, reportReturned, h)
	a.Reason = note
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		by := r.ProposedBy
		r.ProposedBy, r.ProposedAt = "", nil
		if err := tx.SaveReport(r, revision); err != nil {
			return err
		}
		return s.tellReturned(tx, who, h, "hearing_report_returned", by, note, "/desk/hearings/"+id+"/report")
	})
}

// reportReturned names the act of [Service.ReturnReport].
const reportReturned = "return_report"

// ReportReturned gives the note with which a report came back last; an empty one for
// reports that are proposed or public, or never came back with one.
func (s *Service) ReportReturned(ctx context.Context, h models.Hearing, r models.HearingReport) (Returned, error) {
	if r.PublishedAt != nil || r.ProposedBy != "" {
		return Returned{}, nil
	}
	return s.lastReturn(ctx, h, reportReturned)
}

// PublishReport is the second step, by another officer who read the report at a revision
// (0 for the present one); everybody who signed up, chosen or not, is told. Errors:
// Forbidden (hearings.second_person), Conflict (error.stale, hearings.not_proposed).
func (s *Service) PublishReport(ctx context.Context, who actor.Actor, id string, revision int64) error {
	h, r, err := s.Report(ctx, who, id)
	if err != nil {
		return err
	}
	switch {
	case r.PublishedAt != nil, revision != 0 && revision != r.Revision:
		return models.Fail(models.Conflict, "error.stale")
	case r.ProposedBy == "":
		return models.Fail(models.Conflict, "hearings.not_proposed")
	case r.ProposedBy == who.PersonID:
		return models.Fail(models.Forbidden, "hearings.second_person")
	}
	return s.db.InTx(ctx, act(who, "publish_report", h), func(tx *models.Tx) error {
		now := tx.Now
		r.PublishedBy, r.PublishedAt = who.PersonID, &now
		if err := tx.SaveReport(r, r.Revision); err != nil {
			return err
		}
		tx.Emit(models.HearingTopic(id), "hearings.reported", map[string]any{"id": id})
		if err := tx.StampHearing(id, "reported"); err != nil {
			return err
		}
		return s.tellAll(tx, h, "hearing_report", "once", nil, nil)
	})
}
