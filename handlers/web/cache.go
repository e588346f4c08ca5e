package web

import (
	"bytes"
	"container/list"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/valyala/fasthttp"

	"minyi/frontend"
	"minyi/models"
)

// Cache keeps pages for readers without any identity, rendered and compressed,
// keyed by address, language, reading settings and encoding. A page is fresh
// while nothing that it depends on has changed and its time has not come (days
// left change at midnight); nothing else makes it expire.
//
// A page that changes all the time is not made anew for every change: it has
// [rebuildBurst] rebuilds in store and gets a new one every [rebuildEvery]. Only
// when those are used up readers without identity are shown a page that may be up
// to rebuildEvery old, so that a busy consultation costs them no rebuild for every
// opinion. Who writes has a cookie or a token and never reads from here.
//
// Most addresses are asked for once and never again: machines that read the whole
// site, the last pages of long lists. What nobody has asked for a second time has a
// part of the room only, and pushes out nothing that is wanted.
type Cache struct {
	now      func() time.Time
	versions sync.Map // dependency → *version
	mu       sync.Mutex
	entries  map[string]*list.Element
	unproved shelf // nobody has asked for these again yet
	wanted   shelf
	limit    int
	busy     map[string]*sync.Mutex
	hits     atomic.Uint64
	misses   atomic.Uint64
}

const (
	rebuildBurst = 8
	rebuildEvery = 250 * time.Millisecond
	entryLimit   = 2 << 20
	unprovedPart = 4 // of the room, one part in so many is for what was asked for once
)

type version struct{ n atomic.Uint64 }

type dep struct {
	v  *version
	at uint64
}

type cachePlan struct {
	deps  []dep
	until time.Time
}

type entry struct {
	key   string
	plan  cachePlan
	made  time.Time
	spare time.Duration // rebuilds in store when it was made, as time
	// quick is set for what was compressed quickly; readers have asked for it since.
	quick   bool
	readers int
	shelf   *shelf // where it is kept
	header  [][2]string
	body    []byte
	tag     string
}

const cacheMark = "minyi.cache"

// NewCache makes a cache of up to limit bytes.
func NewCache(limit int, now func() time.Time) *Cache {
	return &Cache{now: now, entries: map[string]*list.Element{}, limit: limit}
}

// shelf holds entries, the most recently used one first. Its zero value is empty.
type shelf struct {
	list.List
	size int // bytes, with what goes with a body
}

func (s *shelf) put(e *entry) *list.Element {
	e.shelf = s
	s.size += e.size()
	return s.PushFront(e)
}

func (s *shelf) take(el *list.Element) {
	s.Remove(el)
	s.size -= el.Value.(*entry).size()
}

// size is about what the entry takes.
func (e *entry) size() int { return len(e.body) + len(e.key) + 512 }

func (c *Cache) version(key string) *version {
	v, ok := c.versions.Load(key)
	if !ok {
		v, _ = c.versions.LoadOrStore(key, &version{})
	}
	return v.(*version)
}

// Bump says that what a key names has changed.
func (c *Cache) Bump(key string) { c.version(key).n.Add(1) }

// Committed bumps what events have changed: their topic, and the first word of
// their kind ("consultations"). It is called after each commit.
func (c *Cache) Committed(events []models.Event) {
	for _, e := range events {
		if e.Topic != "" {
			c.Bump(e.Topic)
		}
		area, _, _ := strings.Cut(e.Kind, ".")
		c.Bump(area)
	}
}

// Stats tells how many pages came from the cache and how many did not.
func (c *Cache) Stats() (hits, misses uint64) { return c.hits.Load(), c.misses.Load() }

// Depends declares what the page shows, before it reads it: live topics such as
// "consultation:2027-012", or areas such as "consultations". The page is then
// kept for other readers until one of them changes or until comes (zero: never).
func (c *Ctx) Depends(until time.Time, keys ...string) {
	c.keep, c.until = true, until
	for _, k := range append(keys, "site") {
		v := c.r.cache.version(k)
		c.deps = append(c.deps, dep{v, v.n.Load()})
	}
}

// Midnight is when days left change next, in the given zone.
func Midnight(now time.Time, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}

func (c *Ctx) cacheable() bool {
	return c.Method() == fasthttp.MethodGet && !c.Who.Known() && c.Response().StatusCode() == 200 && len(c.Response().Header.PeekCookie("minyi_notice")) == 0
}

// fresh says whether a kept page may be shown at now.
func (e *entry) fresh(now time.Time) bool {
	if !e.plan.until.IsZero() && !now.Before(e.plan.until) {
		return false
	}
	for _, d := range e.plan.deps {
		if d.v.n.Load() != d.at {
			return e.store() < rebuildEvery
		}
	}
	return true
}

// store is what the page has saved up for rebuilds.
func (e *entry) store() time.Duration {
	return min(rebuildBurst*rebuildEvery, e.spare+time.Since(e.made))
}

// find gives the kept page if it may be shown, and whether there was one at all.
func (c *Cache) find(key string) (e *entry, was bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.entries[key]
	if el == nil {
		return nil, false
	}
	e = el.Value.(*entry)
	e.readers++
	if !e.fresh(c.now()) || e.quick && e.readers > worthCare && e.calm() {
		return nil, true
	}
	if e.shelf == &c.wanted {
		c.wanted.MoveToFront(el)
	} else {
		e.shelf.take(el)
		c.entries[key] = c.wanted.put(e)
	}
	return e, true
}

func (c *Cache) put(e *entry) {
	if len(e.body) > entryLimit {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.spare = (rebuildBurst - 1) * rebuildEvery
	on := &c.unproved
	if old := c.entries[e.key]; old != nil {
		e.spare = max(0, old.Value.(*entry).store()-rebuildEvery)
		c.drop(old)
		on = &c.wanted // it was made anew because somebody asked again
	}
	c.entries[e.key] = on.put(e)
	for c.unproved.size > c.limit/unprovedPart {
		c.drop(c.unproved.Back())
	}
	for c.unproved.size+c.wanted.size > c.limit {
		c.drop(c.wanted.Back())
	}
}

func (c *Cache) drop(el *list.Element) {
	e := el.Value.(*entry)
	e.shelf.take(el)
	delete(c.entries, e.key)
}

// cacheKey is empty for requests that are never answered from the cache.
func cacheKey(ctx *fasthttp.RequestCtx, lang, encoding string) string {
	if !ctx.IsGet() || len(ctx.Request.Header.Peek("Authorization")) > 0 {
		return ""
	}
	reading := ""
	if cookie := ctx.Request.Header.Peek("Cookie"); len(cookie) > 0 {
		if bytes.Contains(cookie, []byte("minyi_session")) || bytes.Contains(cookie, []byte("minyi_visit")) || bytes.Contains(cookie, []byte("minyi_notice")) {
			return ""
		}
		reading = frontend.ParseReading(string(ctx.Request.Header.Cookie(frontend.ReadingCookie))).Cookie()
	}
	uri := ctx.RequestURI()
	if len(uri) > 512 {
		return ""
	}
	if bytes.HasPrefix(uri, []byte("/api/")) {
		lang += string(ctx.Request.Header.Peek("Accept-Language"))
	}
	return lang + "|" + encoding + "|" + reading + "|" + string(uri)
}

func encodingOf(ctx *fasthttp.RequestCtx) string {
	accept := string(ctx.Request.Header.Peek("Accept-Encoding"))
	best := ""
	for one := range strings.SplitSeq(accept, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(one), ";")
		if weight = strings.ReplaceAll(weight, " ", ""); strings.HasPrefix(weight, "q=0") && strings.Trim(weight, "q=0.") == "" {
			continue // it is named as one that the reader cannot take
		}
		switch strings.TrimSpace(name) {
		case "br":
			return "br"
		case "gzip":
			best = "gzip"
		}
	}
	return best
}

// serve answers from the cache, or lets next answer and keeps what it allows.
// While a page that was kept before is made anew, others who want it wait for it.
func (c *Cache) serve(ctx *fasthttp.RequestCtx, lang string, next fasthttp.RequestHandler) {
	encoding := encodingOf(ctx)
	key := cacheKey(ctx, lang, encoding)
	if key == "" {
		next(ctx)
		compress(ctx, encoding, quickly)
		return
	}
	e, was := c.find(key)
	if e == nil && was {
		lock := c.lock(key)
		lock.Lock()
		defer c.unlock(key, lock)
		e, _ = c.find(key)
	}
	if e != nil {
		c.hits.Add(1)
		e.send(ctx)
		return
	}
	c.misses.Add(1)
	next(ctx)
	plan, _ := ctx.UserValue(cacheMark).(*cachePlan)
	if plan == nil || ctx.Response.StatusCode() != fasthttp.StatusOK {
		compress(ctx, encoding, quickly)
		return
	}
	ctx.Response.Header.Set("Cache-Control", "no-cache")
	level := c.care(key)
	compress(ctx, encoding, level)
	e = newEntry(key, *plan, ctx)
	e.quick = encoding == "br" && level == quickly && len(ctx.Response.Header.Peek("Content-Encoding")) > 0
	c.put(e)
	e.send(ctx)
}

// Levels of brotli: carefully takes five times as long for a fifth less. Most pages
// that are made are read by one person; those that are asked for again, and have
// not just been made anew for another reason, are worth the care.
const (
	quickly   = 1
	carefully = 5
	worthCare = 3 // readers
)

// care says how carefully the page of a key is to be compressed.
func (c *Cache) care(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.entries[key]; el != nil && el.Value.(*entry).calm() {
		return carefully
	}
	return quickly
}

// calm says whether the page is seldom made anew.
func (e *entry) calm() bool { return e.store() >= (rebuildBurst-1)*rebuildEvery }

// lock is taken by who makes the page of a key, for as long as anybody waits.
func (c *Cache) lock(key string) *sync.Mutex {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy == nil {
		c.busy = map[string]*sync.Mutex{}
	}
	l := c.busy[key]
	if l == nil {
		l = &sync.Mutex{}
		c.busy[key] = l
	}
	return l
}

func (c *Cache) unlock(key string, l *sync.Mutex) {
	c.mu.Lock()
	delete(c.busy, key)
	c.mu.Unlock()
	l.Unlock()
}

func newEntry(key string, plan cachePlan, ctx *fasthttp.RequestCtx) *entry {
	body := bytes.Clone(ctx.Response.Body())
	e := &entry{key: key, plan: plan, made: time.Now(), body: body, tag: tagOf(body)}
	for k, v := range ctx.Response.Header.All() {
		switch string(k) {
		case "Content-Length", "Date", "Server", "X-Request-Id", "Connection", "Set-Cookie":
		default:
			e.header = append(e.header, [2]string{string(k), string(v)})
		}
	}
	return e
}

func (e *entry) send(ctx *fasthttp.RequestCtx) {
	for _, h := range e.header {
		ctx.Response.Header.Set(h[0], h[1])
	}
	ctx.Response.Header.Set("X-Request-Id", requestID())
	ctx.Response.Header.Set("ETag", e.tag)
	if HasTag(string(ctx.Request.Header.Peek("If-None-Match")), e.tag) {
		ctx.Response.ResetBody()
		ctx.SetStatusCode(fasthttp.StatusNotModified)
		return
	}
	ctx.Response.SetBodyRaw(e.body)
}

// compress shrinks a text answer of a page worth shrinking.
func compress(ctx *fasthttp.RequestCtx, encoding string, level int) {
	r := &ctx.Response
	if encoding == "" || r.IsBodyStream() || len(r.Header.Peek("Content-Encoding")) > 0 || len(r.Body()) < 1024 {
		return
	}
	kind := string(r.Header.ContentType())
	if !strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "json") && !strings.Contains(kind, "xml") {
		return
	}
	var out bytes.Buffer
	if encoding == "br" {
		pool := brotlis[level]
		w := pool.Get().(*brotli.Writer)
		w.Reset(&out)
		_, _ = w.Write(r.Body())
		_ = w.Close()
		pool.Put(w)
	} else {
		w := gzips.Get().(*gzip.Writer)
		w.Reset(&out)
		_, _ = w.Write(r.Body())
		_ = w.Close()
		gzips.Put(w)
	}
	r.Header.Set("Content-Encoding", encoding)
	r.Header.Add("Vary", "Accept-Encoding")
	r.SetBodyRaw(out.Bytes())
}

var (
	brotlis = map[int]*sync.Pool{quickly: brotliPool(quickly), carefully: brotliPool(carefully)}
	gzips   = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return w }}
)

func brotliPool(level int) *sync.Pool {
	return &sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, level) }}
}
