package models

// step0014 remembers when opinions that were held for review were shown first: to who
// follows a search they are news then, and not when they were received.
var step0014 = step{id: "0014_opinions_shown_at", sql: []string{`ALTER TABLE opinions ADD COLUMN shown_at {{time}}`}}
