package models_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
)

// line is a way to a server on which nothing can be made to pass: connections stay
// open, and new ones are taken.
type line struct {
	t    *testing.T
	ln   net.Listener
	mu   sync.Mutex
	open chan struct{} // closed while everything passes
}

// newLine makes a way to the server of an address and gives the address of the way.
func newLine(t *testing.T, address string) (*line, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{t: t, ln: ln}
	l.pass()
	to := u.Host
	go func() {
		for {
			here, err := ln.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", to)
			if err != nil {
				here.Close()
				continue
			}
			go l.carry(here, there)
			go l.carry(there, here)
		}
	}()
	t.Cleanup(func() { ln.Close(); l.pass() })
	u.Host = ln.Addr().String()
	return l, u.String()
}

func (l *line) carry(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		l.mu.Lock()
		open := l.open
		l.mu.Unlock()
		<-open
		if _, e := to.Write(buf[:n]); e != nil || err != nil && err != io.EOF {
			return
		}
		if err == io.EOF {
			return
		}
	}
}

func (l *line) pass() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil {
		l.open = make(chan struct{})
	}
	select {
	case <-l.open:
	default:
		close(l.open)
	}
}

func (l *line) hang() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = make(chan struct{})
}

// A server that keeps its connections and answers nothing makes nobody wait for long:
// who writes or reads is told that it cannot be done now, and as soon as it answers
// again everything goes on without a restart.
func TestADatabaseThatHangsIsNotWaitedForLong(t *testing.T) {
	l, address := newLine(t, modelstest.PostgresURL(t))
	const silence, within = 2 * time.Second, 15 * time.Second
	db, err := models.Open(context.Background(), models.Options{URL: address, Silence: silence})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	defer l.pass()
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	write := func(slug string) error {
		return db.InTx(context.Background(), act, func(tx *models.Tx) error { return tx.Insert(newUnit(tx, slug)) })
	}
	until := func(slug string) {
		for began := time.Now(); ; <-time.After(50 * time.Millisecond) {
			err := write(slug)
			if err == nil {
				return
			}
			if time.Since(began) > 20*time.Second {
				t.Fatal(err)
			}
		}
	}
	until("before")
	l.hang()
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			began := time.Now()
			var err error
			if i%2 == 0 {
				err = write("meanwhile" + string(rune('a'+i)))
			} else {
				_, err = db.Units(context.Background())
			}
			if models.KindOf(err) != models.Unavailable || err == nil {
				t.Errorf("%d was told %v", i, err)
			}
			if took := time.Since(began); took > within {
				t.Errorf("%d was told after %s", i, took)
			}
		})
	}
	all.Wait()
	l.pass()
	until("after")
	units, err := db.Units(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range units {
		if u.Slug != "before" && u.Slug != "after" {
			t.Errorf("%s was refused and is there", u.Slug)
		}
	}
}
