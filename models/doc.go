// Package models is what Minyi remembers: the rows, the finders that read them
// and the one door through which they are written.
//
// Rules of the room:
//
//   - gorm is used here and nowhere else; other packages call finders or pass a
//     function to [DB.InTx].
//   - One set of models and one list of migrations serve SQLite and PostgreSQL.
//     Only what both understand alike is used: text, integers, booleans, UTC
//     times in microseconds, JSON as text. Ids are made in Go.
//   - Every change goes through [DB.InTx], which fixes one time for the act,
//     writes the audit row, hands out gap-free event numbers in commit order and
//     tells listeners after the commit and before the caller.
//   - The database decides races by unique keys and conditional updates; nothing
//     checks first and inserts then.
package models
