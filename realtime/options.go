package realtime

import (
	"log/slog"
	"time"
)

// Options of a hub. Zero values take the defaults named beside them.
type Options struct {
	Source Source
	Acts   Acts // nil: nobody can act over the socket
	// Verbs are the ops handed to Acts: "ask" and "support".
	Verbs []string
	// Translate makes the sentence of an error frame; by default the key itself.
	Translate func(lang, key string, args []any) string
	Log       *slog.Logger

	MaxSockets      int           // in this process: 15,000 (descriptors end at 20,000 on small machines)
	MaxPerAddress   int           // one hall behind one address must fit: 5,000
	MaxTopics       int           // one socket can join: 16
	QueueFrames     int           // writes that wait for one slow client: 256
	QueueBytes      int           // and their bytes: 512 KiB
	Recent          int           // events a topic keeps in memory for who comes back: 512
	MaxCatchUp      int           // events that are replayed rather than replaced by a snapshot: 1,000
	FramesPerSecond int           // that one socket may send: 20, with a burst of twice that
	SourceCalls     int           // calls into Source for joins and polls at once: 32
	PositionEvery   time.Duration // 3 s: how late a lost wake-up can make an event
	CountsEvery     time.Duration // 50 ms: counts of a topic are sent at most this often, and 20 µs later for each reader
	PingEvery       time.Duration // 25 s
	PongWait        time.Duration // 60 s
	WriteWait       time.Duration // 5 s until a client that does not read is cut
	CallWait        time.Duration // 10 s for one call of a port
	CloseWait       time.Duration // 2 s for the other side to answer a close
	Linger          time.Duration // 60 s a topic stays in memory after the last reader
}

// maxMessage is the largest message taken from a client, in bytes (contract).
const maxMessage = 16 << 10

func orElse[T int | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

func (o Options) withDefaults() Options {
	if o.Verbs == nil {
		o.Verbs = []string{"ask", "support"}
	}
	if o.Translate == nil {
		o.Translate = func(_, key string, _ []any) string { return key }
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	orElse(&o.MaxSockets, 15_000)
	orElse(&o.MaxPerAddress, 5_000)
	orElse(&o.MaxTopics, 16)
	orElse(&o.QueueFrames, 256)
	orElse(&o.QueueBytes, 512<<10)
	orElse(&o.Recent, 512)
	orElse(&o.MaxCatchUp, 1_000)
	orElse(&o.FramesPerSecond, 20)
	orElse(&o.SourceCalls, 32)
	orElse(&o.PositionEvery, 3*time.Second)
	orElse(&o.CountsEvery, 50*time.Millisecond)
	orElse(&o.PingEvery, 25*time.Second)
	orElse(&o.PongWait, 60*time.Second)
	orElse(&o.WriteWait, 5*time.Second)
	orElse(&o.CallWait, 10*time.Second)
	orElse(&o.CloseWait, 2*time.Second)
	orElse(&o.Linger, time.Minute)
	return o
}
