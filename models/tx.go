package models

import (
	"database/sql"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"
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
	voices  []voiced
	unsaid  []unsaid
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
	conn    *sql.Conn // what it runs on
	later   []any
	serials []serial
	counts  []count
	voices  []voiced
	unsaid  []unsaid
	pending []*Event
	last    map[string]*Event // of pending, by topic
	events  []Event
	silent  *time.Timer // ends it when the store says nothing for too long
	letters bool        // letters were queued
	keys    map[string]*IdempotencyKey
	memo    map[string]any // rows that several acts of the group look at
}

// sql gives the database inside the act. What earlier acts of the same group left
// for later is written first, so it is visible; a savepoint keeps this act's
// statements apart from theirs. Only package models calls it.
func (tx *Tx) sql() *gorm.DB {
	tx.g.alive()
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
	part := &group{db: tx.g.db, sql: tx.g.sql, conn: tx.g.conn, silent: tx.g.silent, later: tx.later, serials: tx.serials, counts: tx.counts}
	tx.later, tx.serials, tx.counts = nil, nil, nil
	err := part.flush()
	tx.g.letters = tx.g.letters || part.letters
	return err
}

// peek reads inside the act without writing first what is left for later. It is
// for tables whose rows are never left for later, and is what makes the frequent
// acts cheap.
func (tx *Tx) peek() *gorm.DB {
	tx.g.alive()
	return tx.g.sql
}

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
	tx.events = append(tx.events, &Event{Topic: topic, Kind: kind, Audience: audience, At: tx.Now, Data: string(mustJSON(payload))})
}

// EmitItems is [Tx.Emit] for what happens by the thousand: the payload is
// {list: [items…]}, and acts that commit together share one event, up to
// [joinLimit] items in each. Its time is that of the first of them. Within a topic
// nothing overtakes anything.
func (tx *Tx) EmitItems(topic, kind, list string, items ...any) {
	e := &Event{Topic: topic, Kind: kind, At: tx.Now, list: list}
	for _, item := range items {
		e.items = append(e.items, mustJSON(item))
	}
	tx.events = append(tx.events, e)
}

func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // a payload that is no JSON is a mistake in the code
	}
	return data
}

// unsaid is what shall not be told again to who comes back.
type unsaid struct{ topic, text string }

// Unsay empties what events of a topic have told of something, by its id: their
// numbers and kinds stay, so that nobody has a gap, but who comes back to them is not
// told any more what was taken back. Live hubs must be told to forget them, too.
func (tx *Tx) Unsay(topic, id string) {
	tx.unsaid = append(tx.unsaid, unsaid{topic, `"id":"` + id + `"`})
}

// unsay empties events of this group, and those that were written before.
func (g *group) unsay() error {
	for _, u := range g.unsaid {
		err := g.sql.Model(&Event{}).Where("topic = ? AND data LIKE ?", u.topic, "%"+u.text+"%").Update("data", "{}").Error
		if err != nil {
			return err
		}
	}
	g.unsaid = nil
	return nil
}

// keep hands what a finished act left for later to its group.
func (g *group) keep(tx *Tx) {
	for _, u := range tx.unsaid {
		for _, e := range g.pending {
			if e.Topic == u.topic && strings.Contains(e.Data, u.text) {
				e.Data = "{}"
			}
		}
	}
	g.unsaid = append(g.unsaid, tx.unsaid...)
	g.later = append(g.later, tx.later...)
	g.serials = append(g.serials, tx.serials...)
	g.counts = append(g.counts, tx.counts...)
	for _, e := range tx.events {
		g.announce(e)
	}
	g.voices = append(g.voices, tx.voices...)
	for _, row := range tx.claimed {
		if g.keys == nil {
			g.keys = map[string]*IdempotencyKey{}
		}
		g.keys[row.ID] = row
	}
}

// announce adds an event to those of the group, or its items to the last event of
// its topic if that is a list of the same kind with room.
func (g *group) announce(e *Event) {
	if last := g.last[e.Topic]; last != nil && e.list != "" && last.list == e.list && last.Kind == e.Kind && len(last.items)+len(e.items) <= joinLimit {
		last.items = append(last.items, e.items...)
		return
	}
	if g.last == nil {
		g.last = map[string]*Event{}
	}
	g.last[e.Topic] = e
	g.pending = append(g.pending, e)
}

// flush writes everything that was left for later: first the rows that carry no
// number, then the numbers, then the rows that carry them, then counts. A number
// is held from here to the commit, and on PostgreSQL the other writer waits for it.
func (g *group) flush() error {
	if err := g.speak(); err != nil {
		return err
	}
	if err := g.unsay(); err != nil {
		return err
	}
	g.last = nil
	for _, e := range g.pending {
		e.join()
		g.serials = append(g.serials, serial{"events", &e.Seq})
		if e.Topic != "" {
			g.serials = append(g.serials, serial{"topic:" + e.Topic, &e.TopicSeq})
		}
		g.later = append(g.later, e)
		g.events = append(g.events, Event{})
	}
	first := len(g.events) - len(g.pending)
	plain, numbered := byNumber(g.later)
	g.later = nil
	if err := g.insert(plain, nil); err != nil {
		return err
	}
	if err := g.number(); err != nil {
		return err
	}
	for i, e := range g.pending {
		g.events[first+i] = *e
	}
	g.pending = nil
	return g.insert(numbered, g.count())
}

// byNumber parts rows that carry no number of a sequence from those that may.
func byNumber(rows []any) (plain, numbered []any) {
	for _, row := range rows {
		if _, ok := row.(interface{ unnumbered() }); ok {
			plain = append(plain, row)
		} else {
			numbered = append(numbered, row)
		}
	}
	return plain, numbered
}

// number hands out all numbers that are wanted in one statement, in the order of
// the names so that two writers never wait for each other in a ring.
func (g *group) number() error {
	if len(g.serials) == 0 {
		return nil
	}
	wanted := map[string][]*int64{}
	for _, s := range g.serials {
		wanted[s.name] = append(wanted[s.name], s.put)
	}
	g.serials = nil
	names := sortedKeys(wanted)
	by := make([]int64, len(names))
	for i, name := range names {
		by[i] = int64(len(wanted[name]))
	}
	l := lines{table: "serials", n: len(names), columns: []column{texts("name", names), wholes("n", by)},
		suffix: "ON CONFLICT (name) DO UPDATE SET n = serials.n + excluded.n RETURNING name, n"}
	return g.ask(l.statements(g.db.postgres), func(rows *sql.Rows) error {
		var name string
		var last int64
		if err := rows.Scan(&name, &last); err != nil {
			return err
		}
		n := int64(len(wanted[name]))
		for i, put := range wanted[name] {
			*put = last - n + int64(i) + 1
		}
		return nil
	})
}

// insert writes rows by table, in the order in which the tables were first used,
// and what follows them.
func (g *group) insert(rows []any, then []statement) error {
	var order []reflect.Type
	byType := map[reflect.Type][]any{}
	for _, row := range rows {
		t := reflect.TypeOf(row).Elem()
		if byType[t] == nil {
			order = append(order, t)
		}
		byType[t] = append(byType[t], row)
	}
	var list []statement
	for _, t := range order {
		layout, err := layoutOf(t, g.sql.NamingStrategy)
		if err != nil {
			return err
		}
		l := layout.lines(byType[t])
		if t.Implements(reflect.TypeFor[interface{ keepFirst() }]()) {
			l.suffix, g.letters = "ON CONFLICT DO NOTHING", true
		}
		list = append(list, l.statements(g.db.postgres)...)
	}
	if list = append(list, then...); len(list) == 0 {
		return nil
	}
	//house:allow raw-sql the statements are made of the names of models and their columns
	return g.send(list)
}
