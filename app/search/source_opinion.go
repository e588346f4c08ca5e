package search

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// opinionSource makes a document of each opinion and reply.
var opinionSource = Source{
	Kind:    index.KindOpinion,
	Touched: touchedOpinions,
	IDs: func(ctx context.Context, db *models.DB, matter, after string, limit int) ([]string, string, error) {
		place := models.OpinionPlace{ID: after}
		of := ""
		if matter != "" {
			var ok bool
			if of, ok = strings.CutPrefix(matter, models.ConsultationTopic("")); !ok {
				return nil, "", nil
			}
			place.N, _ = strconv.ParseInt(after, 10, 64) // ours, or "" at the beginning
		}
		ids, next, err := db.OpinionIDsAfter(ctx, of, place, limit)
		if matter != "" {
			return ids, strconv.FormatInt(next.N, 10), err
		}
		return ids, next.ID, err
	},
	Load: loadOpinions,
	Of: func(ctx context.Context, db *models.DB, people []string) ([]string, error) {
		return db.OpinionIDsBy(ctx, people)
	},
	Below: func(ctx context.Context, db *models.DB, ids []string) ([]string, error) { return db.ReplyIDs(ctx, ids) },
	Seen: func(ctx context.Context, db *models.DB, ids []string) (map[string]bool, error) {
		list, err := db.OpinionsIn(ctx, ids)
		seen := map[string]bool{}
		for id, o := range list {
			seen[id] = o.Shown
		}
		return seen, err
	},
}

func touchedOpinions(e models.Event) []Touch {
	p := payloadOf(e)
	one := func(ids ...string) (out []Touch) {
		for _, id := range ids {
			if id != "" {
				out = append(out, Touch{Kind: index.KindOpinion, ID: id})
			}
		}
		return out
	}
	switch e.Kind {
	case "opinions.submitted", "opinions.held":
		var said []struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(p.Opinions, &said) // none is an empty basket of ours
		var ids []string
		for _, o := range said {
			ids = append(ids, o.ID)
		}
		return one(ids...)
	case "opinions.anonymised":
		if p.Person != "" {
			return []Touch{{Kind: index.KindOpinion, Person: p.Person}}
		}
		return []Touch{{Kind: index.KindOpinion, Matter: e.Topic}}
	case "accounts.sessions_ended": // with the roles also who somebody is may have changed
		if p.Person != "" && p.Roles {
			return []Touch{{Kind: index.KindOpinion, Person: p.Person, Desk: true}}
		}
		return nil
	case "retention.contacts_taken":
		return []Touch{{Kind: index.KindOpinion, Matter: models.ConsultationTopic(p.Consultation)}}
	case "answers.given", "consultations.unpublished", "consultations.withdrawn", "consultations.answered":
		return []Touch{{Kind: index.KindOpinion, Matter: e.Topic}}
	case "opinions.replied":
		return one(p.ID, p.Reply)
	case "opinions.hidden", "opinions.shown", "opinions.erased", "opinions.disowned": // with its replies, which are seen with it only
		return []Touch{{Kind: index.KindOpinion, ID: p.ID, Below: true}}
	}
	if strings.HasPrefix(e.Kind, "opinions.") {
		return one(p.ID)
	}
	return nil
}

func loadOpinions(ctx context.Context, l *loader, ids []string, desk bool) ([]index.Document, error) {
	list, err := l.db.OpinionsIn(ctx, ids)
	if err != nil {
		return nil, err
	}
	var of, parents, answers, receipts []string
	for _, o := range list {
		of = append(of, o.ConsultationID)
		if o.ParentID != "" {
			parents = append(parents, o.ParentID)
		}
		if o.AnswerID != "" {
			answers = append(answers, o.AnswerID)
		}
		if desk && o.ReceiptID != "" {
			receipts = append(receipts, o.ReceiptID)
		}
	}
	if err := l.need(ctx, of); err != nil {
		return nil, err
	}
	above, err := l.db.OpinionsIn(ctx, parents)
	if err != nil {
		return nil, err
	}
	decided, err := l.db.AnswersPublic(ctx, answers)
	if err != nil {
		return nil, err
	}
	contacts, err := l.contacts(ctx, list, receipts, desk)
	if err != nil {
		return nil, err
	}
	var out []index.Document
	for _, id := range ids {
		o, ok := list[id]
		if !ok || o.ErasedAt != nil || !desk && (!o.Shown || o.ParentID != "" && !above[o.ParentID].Shown) {
			continue
		}
		if _, ok := l.may(o.ConsultationID, desk); !ok {
			continue
		}
		d, err := l.draft(ctx, o.ConsultationID, desk)
		if err != nil {
			return nil, err
		}
		doc := index.Document{ID: documentID(index.KindOpinion, id), Kind: index.KindOpinion, Matter: models.ConsultationTopic(o.ConsultationID), Clause: o.ClauseKey,
			Text: index.Words{ZH: o.Body}, Path: "/opinions/" + id, Year: l.yearOf(o.CreatedAt), Stance: string(o.Stance), Outcome: string(decided[o.AnswerID].Decision), Supports: o.Supports, At: o.CreatedAt}
		if o.Suggestion != "" {
			doc.Text.ZH = strings.TrimSpace(o.Body + "\n" + o.Suggestion)
		}
		if c := d.clauses[o.ClauseKey]; c != nil {
			doc.Number = c.Number
		}
		if o.ShownAt != nil {
			doc.Since = *o.ShownAt
		}
		if desk {
			doc.Contacts, doc.State = contacts[id], stateOf(o)
		}
		out = append(out, doc)
	}
	return out, nil
}

func stateOf(o models.Opinion) string {
	switch {
	case o.HiddenAt != nil:
		return "hidden"
	case o.HeldAt != nil:
		return "held"
	}
	return ""
}

// contacts lists, for the desk, by what else an opinion can be found: its number, the
// receipt's code, the contact that was left, the name and contacts of the account.
func (l *loader) contacts(ctx context.Context, list map[string]models.Opinion, receipts []string, desk bool) (map[string]string, error) {
	if !desk {
		return nil, nil
	}
	given, err := l.db.ReceiptsByID(ctx, receipts)
	if err != nil {
		return nil, err
	}
	var people []string
	for _, o := range list {
		if o.PersonID != "" {
			people = append(people, o.PersonID)
		}
	}
	known, err := l.db.PeopleByID(ctx, people)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for id, o := range list {
		r, p := given[o.ReceiptID], known[o.PersonID]
		out[id] = strings.Join([]string{strconv.FormatInt(o.Number, 10), r.Code, r.Contact, o.DisplayName, p.Name, p.Nickname, p.Email, p.Phone}, "\n")
	}
	return out, nil
}
