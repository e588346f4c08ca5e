package models

// step0007 lets one stance be picked out of the opinions with voices, or with replies,
// by their index alone: before, every such opinion of the clause was read from the
// table. An opinion gets into these indexes with its first voice or reply, so nothing
// is paid for it when it is given.
var step0007 = step{id: "0007_ranked_stances", sql: []string{
	`DROP INDEX opinions_supported`,
	`CREATE INDEX opinions_supported ON opinions (consultation_id, clause_key, supports, id, stance) WHERE parent_id = '' AND shown AND supports > 0`,
	`DROP INDEX opinions_discussed`,
	`CREATE INDEX opinions_discussed ON opinions (consultation_id, clause_key, replies, id, stance) WHERE parent_id = '' AND shown AND replies > 0`,
}}
