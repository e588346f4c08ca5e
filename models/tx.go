package models

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Tx is one act in progress. It is used by one goroutine and only inside the
// function that [DB.InTx] runs.
type Tx struct {
	// Now is the time of the act, UTC in microseconds: the only clock it has.
	Now time.Time
	// Act is what was announced; Detail may still be filled in.
	Act Act

	g       *group
	marked  bool
	broken  error
	later   []any
	serials []serial
	counts  []count
	events  []*Event
	claimed []*IdempotencyKey
}

type serial struct {
	name string
	put  *int64
}

type count struct {
	consultation, clause string
	stance               Stance
	by                   int64
}

// group is what acts that share one commit have in common.
type group struct {
	db      *DB
	sql     *gorm.DB
	later   []any
	serials []serial
	counts  []count
	pending []*Event
	events  []Event
	letters bool // letters were queued
	keys    map[string]*IdempotencyKey
	memo    map[string]any // rows that several acts of the group look at
}

// sql gives the database inside the act. What earlier acts of the same group left
// for later is written first, so it is visible; a savepoint keeps this act's
// statements apart from theirs. Only package models calls it.
func (tx *Tx) sql() *gorm.DB {
	if !tx.marked {
		if err := tx.g.flush(); err != nil {
			tx.broken = err
		} else if err := tx.g.sql.Exec("SAVEPOINT act").Error; err != nil {
			tx.broken = err
		}
		tx.marked = true
	}
	tx.g.memo = nil // what follows may change what was looked at
	if err := tx.flushOwn(); err != nil && tx.broken == nil {
		tx.broken = err
	}
	return tx.g.sql
}

// flushOwn writes what this act left for later, so that its own reads see it.
func (tx *Tx) flushOwn() error {
	if len(tx.later) == 0 && len(tx.serials) == 0 && len(tx.counts) == 0 {
		return nil
	}
	part := &group{db: tx.g.db, sql: tx.g.sql, later: tx.later, serials: tx.serials, counts: tx.counts}
	tx.later, tx.serials, tx.counts = nil, nil, nil
	err := part.flush()
	tx.g.letters = tx.g.letters || part.letters
	return err
}

// peek reads inside the act without writing first what is left for later. It is
// for tables whose rows are never left for later, and is what makes the frequent
// acts cheap.
func (tx *Tx) peek() *gorm.DB { return tx.g.sql }

// peekOnce reads a row once for all acts of the group; whatever writes in between
// makes the group forget it.
func peekOnce[T any](tx *Tx, key string, read func(*gorm.DB) (T, error)) (T, error) {
	if v, ok := tx.g.memo[key].(T); ok {
		return v, nil
	}
	v, err := read(tx.peek())
	if err != nil {
		if !IsNotFound(err) {
			tx.broken = err
		}
		return v, err
	}
	if tx.g.memo == nil {
		tx.g.memo = map[string]any{}
	}
	tx.g.memo[key] = v
	return v, nil
}

// Later leaves a new row to be inserted together with those of other acts when
// the group is committed. row is a pointer to a model.
func (tx *Tx) Later(row any) { tx.later = append(tx.later, row) }

// Serial fills *put with the next number of a gap-free sequence, in the order of
// commits, when the row that holds it is written.
func (tx *Tx) Serial(name string, put *int64) { tx.serials = append(tx.serials, serial{name, put}) }

// Emit announces what happened: it is written with the act, numbered without
// gaps in commit order, and given to listeners after the commit. topic is what
// live clients join (empty: nobody can); payload becomes JSON.
func (tx *Tx) Emit(topic, kind string, payload any) { tx.EmitTo("", topic, kind, payload) }

// EmitTo is [Tx.Emit] for an audience: empty means everybody.
func (tx *Tx) EmitTo(audience, topic, kind string, payload any) {
	data, err := json.Marshal(payload)
	if err != nil {
		panic(err) // a payload that is no JSON is a mistake in the code
	}
	tx.events = append(tx.events, &Event{Topic: topic, Kind: kind, Audience: audience, At: tx.Now, Data: string(data)})
}

// keep hands what a finished act left for later to its group.
func (g *group) keep(tx *Tx) {
	g.later = append(g.later, tx.later...)
	g.serials = append(g.serials, tx.serials...)
	g.counts = append(g.counts, tx.counts...)
	g.pending = append(g.pending, tx.events...)
	for _, row := range tx.claimed {
		if g.keys == nil {
			g.keys = map[string]*IdempotencyKey{}
		}
		g.keys[row.ID] = row
	}
}

// flush writes everything that was left for later: numbers first, then rows by
// table in the order in which the tables were first used, then counts.
func (g *group) flush() error {
	for _, e := range g.pending {
		g.serials = append(g.serials, serial{"events", &e.Seq})
		if e.Topic != "" {
			g.serials = append(g.serials, serial{"topic:" + e.Topic, &e.TopicSeq})
		}
		g.later = append(g.later, e)
		g.events = append(g.events, Event{})
	}
	first := len(g.events) - len(g.pending)
	if err := g.number(); err != nil {
		return err
	}
	for i, e := range g.pending {
		g.events[first+i] = *e
	}
	g.pending = nil
	if err := g.insert(); err != nil {
		return err
	}
	return g.count()
}

// number hands out all numbers that are wanted, one statement a sequence, in the
// order of their names so that two writers never wait for each other in a ring.
func (g *group) number() error {
	if len(g.serials) == 0 {
		return nil
	}
	wanted := map[string][]*int64{}
	for _, s := range g.serials {
		wanted[s.name] = append(wanted[s.name], s.put)
	}
	g.serials = nil
	for _, name := range sortedKeys(wanted) {
		n := int64(len(wanted[name]))
		var last int64
		err := g.sql.Raw("INSERT INTO serials (name, n) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = serials.n + excluded.n RETURNING n", name, n).Scan(&last).Error
		if err != nil {
			return err
		}
		for i, put := range wanted[name] {
			*put = last - n + int64(i) + 1
		}
	}
	return nil
}

func (g *group) insert() error {
	if len(g.later) == 0 {
		return nil
	}
	rows := g.later
	g.later = nil
	var order []reflect.Type
	byType := map[reflect.Type]reflect.Value{}
	for _, row := range rows {
		t := reflect.TypeOf(row)
		list, ok := byType[t]
		if !ok {
			order = append(order, t)
			list = reflect.MakeSlice(reflect.SliceOf(t), 0, len(rows))
		}
		byType[t] = reflect.Append(list, reflect.ValueOf(row))
	}
	for _, t := range order {
		q := g.sql
		if t.Implements(reflect.TypeFor[interface{ keepFirst() }]()) {
			q, g.letters = q.Clauses(clause.OnConflict{DoNothing: true}), true
		}
		if err := q.CreateInBatches(byType[t].Interface(), g.db.rowsAtOnce()).Error; err != nil {
			return err
		}
	}
	return nil
}

func sortSlice[K cmp.Ordered](s []K) { slices.Sort(s) }
