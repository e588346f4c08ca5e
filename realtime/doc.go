// Package realtime is the live side of Minyi: it tells people in front of a page
// or in a hall what has just happened, and carries their questions the other way.
//
// The hub never writes and never opens a transaction. Inwards a frame becomes a
// verb of a service (port Acts); outwards it reads the rows that were committed
// (port Source) and hands them to whoever joined the topic. Nothing of ours is
// imported here; the ports are declared by this package and filled by others.
//
// # Numbers
//
// Every topic has an epoch and numbers without gaps. A client that comes back
// says where it stopped and gets what it missed, or, when that is too much or
// the epoch has changed, a snapshot whose position was read before its content.
// A lost wake-up only delays: positions are compared every few seconds.
//
// # Counts
//
// Numbers that change with every click are sampled: a counts frame replaces the one
// before it and carries no number. It is read with the position of its topic and goes
// out only after every event up to there has: it never tells of what its reader does
// not know yet. An event that carries such a number as well must have it as of its
// commit, and what changes a number without an event must be told by Hub.Counts.
// Then whoever puts each frame's numbers in place as it comes ends with the right ones.
// That holds within one topic; between topics nothing is promised.
//
// # What not everybody may see
//
// An event with an audience keeps its number for everybody, so that nobody has
// a gap; who may not see it gets the number with kind "skip" and nothing else,
// neither time nor data nor kind. That still shows that something happened.
// Whatever must not even be noticed (the moderators' queue) therefore belongs in
// a topic of its own, such as "room:K7M4:desk", which MayJoin guards.
//
// What was public and is taken back keeps its number as well: its row is emptied, and
// Hub.Forget drops what is remembered of it, so that who comes back is not told it.
//
// # Many events at once
//
// The members of a topic are served in shards of a hundred or so, by as many
// writers as there are cores. Whatever is new when a shard's turn comes goes out
// in one write per socket: separate frames for everybody, one "events" frame for
// who joined with "batch":true. That is how the hub stays in time when there is
// more to send than one write per event would allow, and nobody waits for the
// end of a round. When shards fall far behind, reading waits for them.
//
// # Errors people see
//
// The ports return *Refusal; its key is translated at the edge of this package
// by Options.Translate. Any other error is logged and shown as "unavailable".
package realtime
