package search

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"minyi/models"
	index "minyi/search"
)

// Touch names what an event may have changed: one document, with Below also those that
// are seen with it only, or without an ID all of a kind in a matter.
type Touch struct {
	Kind   index.Kind
	ID     string // without the kind
	Below  bool
	Matter string
	Person string // all of a kind that a person wrote
	Desk   bool   // only what the desk finds it by has changed
}

// Source makes the documents of one kind from what the store holds.
type Source struct {
	// Kind of its documents; one that is [index.Kind.DeskOnly] is asked for the desk's
	// index only.
	Kind index.Kind
	// Page is the route that shows it: where the site has none, the kind is left out.
	// Empty is always there.
	Page string
	// Touched lists what an event may have changed.
	Touched func(e models.Event) []Touch
	// IDs lists ids in order, whatever their state, of a matter or of all (matter "").
	// after is "" first, then what the last call gave as next; an empty list ends it.
	IDs func(ctx context.Context, db *models.DB, matter, after string, limit int) (ids []string, next string, err error)
	// Load makes documents as the public, or the desk, may see them. Ids that give none
	// are taken out of the index.
	Load func(ctx context.Context, l *loader, ids []string, desk bool) ([]index.Document, error)
	// Below lists what is seen with some documents only; nil where nothing is.
	Below func(ctx context.Context, db *models.DB, ids []string) ([]string, error)
	// Of lists what people wrote; nil where that is no property of the kind.
	Of func(ctx context.Context, db *models.DB, people []string) ([]string, error)
	// Matters lists what documents belong to; nil for kinds that are no matter.
	Matters func(ctx context.Context, db *models.DB) ([]Matter, error)
	// Seen says which of the documents the public may see now, by id without kind: an
	// index may lag behind. nil for kinds that are seen with their matter.
	Seen func(ctx context.Context, db *models.DB, ids []string) (map[string]bool, error)
}

// all lists everything that can be found. A new kind is one line here and one file
// with the name of the kind.
var all = []Source{consultationSource, clauseSource, opinionSource, answerSource, reportSource, hearingReportSource, hearingSource, recordSource, questionSource, registrationSource}

// sources lists what can be found on this site.
func (s *Service) sources() []Source {
	if s.o.Shows == nil {
		return all
	}
	var out []Source
	for _, src := range all {
		if src.Page == "" || s.o.Shows(src.Page) {
			out = append(out, src)
		}
	}
	return out
}

// sources lists what the index holds.
func (x *indexer) sources() []Source {
	all := x.s.sources()
	if x.desk {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(src Source) bool { return src.Kind.DeskOnly() })
}

// source finds the source of a kind.
func (s *Service) source(kind index.Kind) (Source, bool) {
	for _, src := range s.sources() {
		if src.Kind == kind {
			return src, true
		}
	}
	return Source{}, false
}

// idOf splits the id of a document.
func idOf(document string) (index.Kind, string) {
	kind, id, _ := strings.Cut(document, ":")
	return index.Kind(kind), id
}

func documentID(kind index.Kind, id string) string { return string(kind) + ":" + id }

// payload is what the events of the house carry; each uses some of it.
type payload struct {
	ID           string `json:"id"`
	Reply        string `json:"reply"`
	Consultation string `json:"consultation"`
	Hearing      string `json:"hearing"`
	Person       string `json:"person"`
	Roles        bool   `json:"roles"`
	Opinions     json.RawMessage
}

func payloadOf(e models.Event) (p payload) {
	_ = json.Unmarshal([]byte(e.Data), &p) // an event of another shape touches nothing
	return p
}

// consultationOf is the id of the consultation whose topic an event has.
func consultationOf(e models.Event) string {
	id, ok := strings.CutPrefix(e.Topic, models.ConsultationTopic(""))
	if !ok {
		return ""
	}
	return id
}

// loader reads what several documents of a batch have in common only once. It lives
// as long as the batch; texts of public versions never change and are kept longer.
type loader struct {
	db            *models.DB
	zone          func() *timeZone
	texts         *texts
	consultations map[string]models.Consultation
	drafts        map[draftKey]*draft
}

type draftKey struct {
	consultation string
	desk         bool
}

func (s *Service) loader() *loader {
	return &loader{db: s.o.DB, zone: s.zone, texts: s.texts, consultations: map[string]models.Consultation{}, drafts: map[draftKey]*draft{}}
}

// consultation reads a consultation once; ok is false when there is none.
func (l *loader) need(ctx context.Context, ids []string) error {
	var missing []string
	for _, id := range ids {
		if _, ok := l.consultations[id]; !ok {
			missing = append(missing, id)
		}
	}
	found, err := l.db.ConsultationsByID(ctx, missing)
	for id, c := range found {
		l.consultations[id] = c
	}
	return err
}

// public says whether everybody may see what belongs to a consultation.
func public(c models.Consultation) bool { return c.PublishedAt != nil && c.WithdrawnAt == nil }

// may says whether the public, or the desk, may see a consultation.
func (l *loader) may(id string, desk bool) (models.Consultation, bool) {
	c, ok := l.consultations[id]
	return c, ok && (desk || public(c))
}
