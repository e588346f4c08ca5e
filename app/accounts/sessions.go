package accounts

import (
	"context"
	"maps"
	"sync"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/models"
)

// Timing of sessions.
const (
	cachedFor  = 3 * time.Second // what another node ended dies here within it
	cacheLimit = 20_000
	seenEvery  = time.Minute     // a session's last use is written down this often
	flushEvery = 5 * time.Second // by this job
)

var errSessionEnded = models.Fail(models.SignIn, "error.sign_in")

// entry is what is known of a session or token, for a few seconds.
type entry struct {
	who     actor.Actor
	session models.Session
	token   models.Token
	read    time.Time
}

// sessionCache keeps what requests ask for again and again.
type sessionCache struct {
	mu      sync.RWMutex
	byHash  map[string]*entry
	version uint64               // grows with each drop, so that nothing read before is kept after it
	seen    map[string]time.Time // session id → last use not written yet
	used    map[string]time.Time // token id → last use not written yet
}

func newSessionCache() *sessionCache {
	return &sessionCache{byHash: map[string]*entry{}, seen: map[string]time.Time{}, used: map[string]time.Time{}}
}

func (c *sessionCache) find(hash string, now time.Time) (*entry, uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := c.byHash[hash]
	if e != nil && now.Sub(e.read) < cachedFor && !now.Before(e.read) {
		return e, c.version
	}
	return nil, c.version
}

func (c *sessionCache) put(hash string, e *entry, version uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version != version {
		return
	}
	if len(c.byHash) >= cacheLimit {
		clear(c.byHash)
	}
	c.byHash[hash] = e
}

// drop forgets everything about a person.
func (c *sessionCache) drop(personID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version++
	for hash, e := range c.byHash {
		if e.who.PersonID == personID {
			delete(c.byHash, hash)
		}
	}
}

// touch notes that a session was used; lastSeen is what is known of the use before.
func (c *sessionCache) touch(in map[string]time.Time, id string, now, lastSeen time.Time) {
	if now.Sub(lastSeen) < seenEvery {
		return
	}
	c.mu.RLock()
	noted := in[id]
	c.mu.RUnlock()
	if now.Sub(noted) < seenEvery {
		return
	}
	c.mu.Lock()
	in[id] = now
	c.mu.Unlock()
}

// BySession gives the actor behind a session cookie; SignIn if it has ended.
func (s *Service) BySession(ctx context.Context, secret string) (actor.Actor, error) {
	if len(secret) > 128 {
		return actor.Actor{}, errSessionEnded
	}
	hash, now := code.Hash(secret), s.db.Now()
	e, version := s.cache.find(hash, now)
	if e == nil {
		var err error
		if e, err = s.loadSession(ctx, hash, now); err != nil {
			return actor.Actor{}, err
		}
		s.cache.put(hash, e, version)
	}
	if !now.Before(s.endOf(e)) {
		return actor.Actor{}, errSessionEnded
	}
	s.cache.touch(s.cache.seen, e.session.ID, now, e.session.SeenAt)
	who := e.who
	who.Fresh = now.Sub(e.session.CreatedAt) < FreshFor
	return who, nil
}

// endOf is when a session ends if nobody uses it. It follows from the roles of
// now, so that a resident's long session does not open the desk after promotion.
func (s *Service) endOf(e *entry) time.Time {
	seen := e.session.SeenAt
	s.cache.mu.RLock()
	if noted := s.cache.seen[e.session.ID]; noted.After(seen) {
		seen = noted
	}
	s.cache.mu.RUnlock()
	return seen.Add(idleFor(e.who.Desk()))
}

func idleFor(desk bool) time.Duration {
	if desk {
		return DeskIdle
	}
	return ResidentIdle
}

func (s *Service) loadSession(ctx context.Context, hash string, now time.Time) (*entry, error) {
	session, err := s.db.SessionByHash(ctx, hash, now.Add(-seenEvery-2*flushEvery)) // a use may not be written yet
	if err != nil {
		return nil, orSignIn(err)
	}
	e := &entry{session: session, read: now}
	if e.who, err = s.actorOf(ctx, session.PersonID); err != nil {
		return nil, err
	}
	e.who.SessionID, e.who.CSRF = session.ID, session.CSRF
	return e, nil
}

func orSignIn(err error) error {
	if models.IsNotFound(err) {
		return errSessionEnded
	}
	return err
}

func (s *Service) actorOf(ctx context.Context, personID string) (actor.Actor, error) {
	p, err := s.db.PersonByID(ctx, personID)
	if err != nil {
		return actor.Actor{}, orSignIn(err)
	}
	if p.DisabledAt != nil {
		return actor.Actor{}, errSessionEnded
	}
	list, err := s.db.RolesOf(ctx, personID)
	// The list comes with room for twenty, nine kilobytes that the cache would keep
	// for everybody in a hall.
	roles := make([]models.Role, len(list))
	copy(roles, list)
	return actor.Actor{PersonID: p.ID, Name: greeting(p), Tier: p.Tier, Roles: roles, Lang: p.Lang}, err
}

// ByToken gives the actor behind an API token; SignIn if it is not valid.
func (s *Service) ByToken(ctx context.Context, token string) (actor.Actor, error) {
	if len(token) > 128 {
		return actor.Actor{}, errSessionEnded
	}
	hash, now := code.Hash(token), s.db.Now()
	e, version := s.cache.find(hash, now)
	if e == nil {
		row, err := s.db.TokenByHash(ctx, hash)
		if err != nil {
			return actor.Actor{}, orSignIn(err)
		}
		e = &entry{token: row, read: now}
		if e.who, err = s.actorOf(ctx, row.PersonID); err != nil {
			return actor.Actor{}, err
		}
		s.cache.put(hash, e, version)
	}
	var last time.Time
	if e.token.UsedAt != nil {
		last = *e.token.UsedAt
	}
	s.cache.touch(s.cache.used, e.token.ID, now, last)
	return e.who, nil
}

// Device says from where a session is begun, for the list of sessions.
type Device struct{ Network, Agent string }

// newSession makes a session row in the act and gives its secret. Who signs in
// always gets a new secret: one that was planted before is worth nothing.
func newSession(tx *models.Tx, p models.Person, secret string, d Device) (*models.Session, error) {
	roles, err := tx.RolesOf(p.ID)
	if err != nil {
		return nil, err
	}
	row := &models.Session{
		ID: models.NewID(tx.Now), TokenHash: code.Hash(secret), PersonID: p.ID, Desk: len(roles) > 0, CSRF: code.NewToken(),
		Network: d.Network, Agent: cut(d.Agent, 200), CreatedAt: tx.Now, SeenAt: tx.Now, ExpiresAt: tx.Now.Add(idleFor(len(roles) > 0)),
	}
	return row, tx.Insert(row)
}

func cut(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n])
	}
	return s
}

// SignOut ends the actor's session, here at once and on other nodes within
// seconds.
func (s *Service) SignOut(ctx context.Context, who actor.Actor) error {
	if who.SessionID == "" {
		return nil
	}
	return s.EndSession(ctx, who, who.SessionID)
}

// EndSession ends one of the actor's own sessions; NotFound for others.
func (s *Service) EndSession(ctx context.Context, who actor.Actor, id string) error {
	return s.db.InTx(ctx, who.Act("accounts.sign_out", "person:"+who.PersonID), func(tx *models.Tx) error {
		emitEnded(tx, who.PersonID, id)
		return tx.EndSession(who.PersonID, id)
	})
}

// EndOtherSessions ends all of the actor's sessions but this one.
func (s *Service) EndOtherSessions(ctx context.Context, who actor.Actor) error {
	return s.db.InTx(ctx, who.Act("accounts.sign_out_others", "person:"+who.PersonID), func(tx *models.Tx) error {
		return endOthers(tx, who.PersonID, who.SessionID)
	})
}

func endOthers(tx *models.Tx, personID, except string) error {
	list, err := tx.SessionsToEnd(personID, except)
	if err != nil {
		return err
	}
	for _, id := range list {
		emitEnded(tx, personID, id)
	}
	_, err = tx.EndSessionsOf(personID, except)
	return err
}

// Run writes down which sessions are used until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.Flush(context.WithoutCancel(ctx))
			return
		case <-tick.C:
		}
		s.Flush(ctx)
	}
}

// Flush writes down the last use of sessions and tokens. When the store takes no
// writes they are kept for the next time: reading goes on.
func (s *Service) Flush(ctx context.Context) {
	c := s.cache
	c.mu.RLock()
	seen, used := maps.Clone(c.seen), maps.Clone(c.used)
	desk := map[string]bool{}
	for _, e := range c.byHash {
		if e.session.ID != "" && e.who.Desk() {
			desk[e.session.ID] = true
		}
	}
	c.mu.RUnlock()
	if len(seen) == 0 && len(used) == 0 {
		return
	}
	err := s.db.InTx(ctx, models.Act{By: "system", Name: "accounts.seen", Silent: true}, func(tx *models.Tx) error {
		for id, at := range seen {
			if err := tx.SeenSession(id, at, at.Add(idleFor(desk[id]))); err != nil {
				return err
			}
		}
		for id, at := range used {
			if err := tx.UsedToken(id, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.log.Warn("last use of sessions waits", "err", err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	written := func(in, done map[string]time.Time) {
		for id, at := range done {
			if in[id].Equal(at) {
				delete(in, id)
			}
		}
	}
	written(c.seen, seen)
	written(c.used, used)
}
