package answers

import (
	"context"
	"strings"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// QueuePage is how many opinions stand on a page of the queue.
const QueuePage = 50

// Filter is what an officer looks for in the queue; empty fields do not narrow.
type Filter struct {
	ConsultationID string // empty: all of the officer's units
	ClauseKey      string
	Stance         models.Stance
	Decision       models.Decision
	Channel        models.Channel
	Assignee       string // "me", "-" for nobody, or a person's id
	State          models.QueueState
	Text           string
}

// Clause names a clause of one version for people.
type Clause struct {
	Key, Number, Title, TitleEN string
	Target                      bool
}

// Queue is a page of opinions as the officers see them.
type Queue struct {
	Consultations []models.Consultation // those of the officer, the newest first
	// One is the consultation asked for, with its unit; nil for all.
	One      *models.Consultation
	Opinions []models.Opinion
	Answers  map[string]models.Answer   // by answer id
	People   map[string]models.Person   // assignees by id
	Cover    map[string]models.Coverage // by consultation
	Clauses  []Clause                   // of the newest version of One
	Version  int                        // the number of that version
	Numbers  map[string]string          // printed clause numbers by consultation and key, joined by "/"
	Officers []models.Person            // who may handle the opinions of One
	Found    int64
	// Last is the highest number of One that the officer can have seen.
	Last int64
	Next *models.QueuePlace
	// Files are the attachments of the page's opinions, by opinion id.
	Files map[string][]models.Attachment
}

func (s *Service) query(who actor.Actor, f Filter) models.QueueQuery {
	q := models.QueueQuery{ClauseKey: f.ClauseKey, Stance: f.Stance, Decision: f.Decision, Channel: f.Channel, Assignee: f.Assignee, State: f.State, Text: text.Cut(text.Line(f.Text), 100)}
	if q.Assignee == "me" {
		q.Assignee = who.PersonID
	}
	return q
}

// Queue gives a page of opinions of one consultation or of all the officer's
// consultations that are public. Errors: NotFound.
func (s *Service) Queue(ctx context.Context, who actor.Actor, f Filter, after *models.QueuePlace) (Queue, error) {
	var out Queue
	q := s.query(who, f)
	if f.ConsultationID != "" {
		c, u, err := s.mine(ctx, who, f.ConsultationID)
		if err != nil {
			return out, err
		}
		out.One, out.Consultations = &c, []models.Consultation{c}
		if out.Clauses, out.Version, err = s.clauses(ctx, c.ID); err != nil {
			return out, err
		}
		if out.Officers, err = s.officers(ctx, u); err != nil {
			return out, err
		}
	} else {
		all, err := s.db.ConsultationsUnder(ctx, who.Paths(models.Officer))
		if err != nil {
			return out, err
		}
		for _, c := range all {
			if c.PublishedAt != nil && c.WithdrawnAt == nil {
				out.Consultations = append(out.Consultations, c)
			}
		}
	}
	for _, c := range out.Consultations {
		q.ConsultationIDs = append(q.ConsultationIDs, c.ID)
	}
	var err error
	if out.Cover, err = s.db.CoverageOf(ctx, q.ConsultationIDs); err != nil {
		return out, err
	}
	if out.Found, err = s.db.CountQueue(ctx, q); err != nil {
		return out, err
	}
	q.After, q.Limit = after, QueuePage+1
	if out.Opinions, err = s.db.Queue(ctx, q); err != nil {
		return out, err
	}
	if len(out.Opinions) > QueuePage {
		out.Opinions = out.Opinions[:QueuePage]
		last := out.Opinions[QueuePage-1]
		out.Next = &models.QueuePlace{ConsultationID: last.ConsultationID, Number: last.Number}
	}
	if out.One != nil {
		out.Last, err = s.db.LastNumber(ctx, out.One.ID)
	}
	if err != nil {
		return out, err
	}
	return out, s.name(ctx, &out)
}

// name reads the answers, the files and the handlers of the page's opinions.
func (s *Service) name(ctx context.Context, q *Queue) (err error) {
	var ids, answers, people []string
	for _, o := range q.Opinions {
		ids = append(ids, o.ID)
		if o.AnswerID != "" {
			answers = append(answers, o.AnswerID)
		}
		if o.Assignee != "" {
			people = append(people, o.Assignee)
		}
	}
	if q.Answers, err = s.db.AnswersByID(ctx, answers); err != nil {
		return err
	}
	if q.Files, err = s.db.AttachmentsOfAll(ctx, models.OfOpinion, ids); err != nil {
		return err
	}
	if err := s.number(ctx, q); err != nil {
		return err
	}
	q.People, err = s.db.PeopleByID(ctx, people)
	return err
}

// number gives the clauses of the page's opinions their printed numbers, as they
// stand in the newest version.
func (s *Service) number(ctx context.Context, q *Queue) error {
	q.Numbers = map[string]string{}
	seen := map[string]bool{}
	for _, o := range q.Opinions {
		if seen[o.ConsultationID] {
			continue
		}
		seen[o.ConsultationID] = true
		list, _, err := s.clauses(ctx, o.ConsultationID)
		if err != nil {
			return err
		}
		for _, c := range list {
			q.Numbers[o.ConsultationID+"/"+c.Key] = c.Number
		}
	}
	return nil
}

// clauses lists the clauses that people comment on, of the newest version, and
// gives its number.
func (s *Service) clauses(ctx context.Context, id string) ([]Clause, int, error) {
	versions, err := s.db.VersionsOf(ctx, id)
	if err != nil || len(versions) == 0 {
		return nil, 0, err
	}
	v := versions[len(versions)-1]
	list, err := s.clausesOf(ctx, v.ID)
	return list, v.Number, err
}

func (s *Service) clausesOf(ctx context.Context, versionID string) ([]Clause, error) {
	rows, err := s.db.ClausesOf(ctx, versionID)
	var list []Clause
	for _, r := range rows {
		if r.Target {
			list = append(list, Clause{Key: r.Key, Number: r.Number, Title: r.Title, TitleEN: r.TitleEN, Target: true})
		}
	}
	return list, err
}

// Effect counts what answering all opinions of a filter would do: how many would
// get the answer, and how many that were found keep what they have.
func (s *Service) Effect(ctx context.Context, who actor.Actor, f Filter, upTo int64) (gets, keeps int64, err error) {
	c, _, err := s.mine(ctx, who, f.ConsultationID)
	if err != nil {
		return 0, 0, err
	}
	q := s.query(who, f)
	q.ConsultationIDs, q.UpTo = []string{c.ID}, upTo
	all, err := s.db.CountQueue(ctx, q)
	if err != nil {
		return 0, 0, err
	}
	gets, err = s.db.CountQueueOpen(ctx, q)
	return gets, all - gets, err
}

// DecideFilter is [Service.DecideAll] for the filter of the queue.
func (s *Service) DecideFilter(ctx context.Context, who actor.Actor, f Filter, upTo int64, in Decision, idem models.Idem) (Given, error) {
	q := s.query(who, f)
	q.UpTo = upTo
	return s.DecideAll(ctx, who, f.ConsultationID, q, in, idem)
}

// Detail is one opinion as the officer who answers it sees it.
type Detail struct {
	Consultation models.Consultation
	Opinion      models.Opinion
	Answer       *models.Answer
	AnswerBy     models.Person // who gave it
	Clause       models.Clause // as it was when the opinion was given
	Version      *models.Version
	Newest       *models.Version // the newest version, public or not
	NewestClause *models.Clause  // the same clause there; nil when it is gone
	Clauses      []Clause        // of the newest version
	Replies      []models.Opinion
	Files        []models.Attachment
	Officers     []models.Person
	Templates    []models.AnswerTemplate
	// Next is the next opinion without an answer; empty when there is none.
	Next string
}

// Detail gives one opinion to its officers. Errors: NotFound.
func (s *Service) Detail(ctx context.Context, who actor.Actor, opinionID string) (d Detail, err error) {
	if d.Opinion, err = s.db.OpinionByID(ctx, opinionID); err != nil {
		return d, err
	}
	o := d.Opinion
	c, u, err := s.mine(ctx, who, o.ConsultationID)
	if err != nil {
		return d, err
	}
	d.Consultation = c
	if o.AnswerID != "" {
		found, err := s.db.AnswersByID(ctx, []string{o.AnswerID})
		if err != nil {
			return d, err
		}
		if a, ok := found[o.AnswerID]; ok {
			d.Answer = &a
			if p, err := s.db.PersonByID(ctx, a.CreatedBy); err == nil {
				d.AnswerBy = p
			}
		}
	}
	if err := s.detailTexts(ctx, &d); err != nil {
		return d, err
	}
	replies, err := s.db.RepliesTo(ctx, []string{o.ID})
	if err != nil {
		return d, err
	}
	d.Replies = replies[o.ID]
	if d.Files, err = s.db.AttachmentsOf(ctx, models.OfOpinion, o.ID); err != nil {
		return d, err
	}
	if d.Officers, err = s.officers(ctx, u); err != nil {
		return d, err
	}
	if d.Templates, err = s.templatesFor(ctx, u); err != nil {
		return d, err
	}
	d.Next, err = s.next(ctx, o)
	return d, err
}

func (s *Service) detailTexts(ctx context.Context, d *Detail) error {
	versions, err := s.db.VersionsOf(ctx, d.Consultation.ID)
	if err != nil {
		return err
	}
	for i, v := range versions {
		if v.Number == d.Opinion.VersionNumber {
			d.Version = &versions[i]
			if d.Clause, err = s.db.ClauseIn(ctx, v.ID, d.Opinion.ClauseKey); err != nil && !models.IsNotFound(err) {
				return err
			}
		}
	}
	if len(versions) == 0 {
		return nil
	}
	d.Newest = &versions[len(versions)-1]
	cl, err := s.db.ClauseIn(ctx, d.Newest.ID, d.Opinion.ClauseKey)
	if err == nil {
		d.NewestClause = &cl
	} else if !models.IsNotFound(err) {
		return err
	}
	d.Clauses, err = s.clausesOf(ctx, d.Newest.ID)
	return err
}

// next finds the next opinion of the same consultation without an answer, and
// begins again at the first one.
func (s *Service) next(ctx context.Context, o models.Opinion) (string, error) {
	q := models.QueueQuery{ConsultationIDs: []string{o.ConsultationID}, State: models.QueueOpen, After: &models.QueuePlace{ConsultationID: o.ConsultationID, Number: o.Number}, Limit: 1}
	list, err := s.db.Queue(ctx, q)
	if err == nil && len(list) == 0 {
		q.After = nil
		list, err = s.db.Queue(ctx, q)
	}
	if err != nil || len(list) == 0 || list[0].ID == o.ID {
		return "", err
	}
	return list[0].ID, nil
}

// templatesFor lists the ready reasons of a unit and of those above it.
func (s *Service) templatesFor(ctx context.Context, u models.Unit) ([]models.AnswerTemplate, error) {
	return s.db.TemplatesOf(ctx, strings.Split(strings.Trim(u.Path, "/"), "/"))
}
