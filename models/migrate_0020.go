package models

// step0020 orders the opinions of a whole consultation by their voices and by their
// replies, and lets one stance be picked out of all of them by the index alone, as
// step0007 does within a clause. An opinion gets into the first two with its first
// voice or reply, so nothing is paid for them when it is given.
var step0020 = step{id: "0020_ranked_consultations", sql: []string{
	`CREATE INDEX opinions_all_supported ON opinions (consultation_id, supports, id, stance) WHERE parent_id = '' AND shown AND supports > 0`,
	`CREATE INDEX opinions_all_discussed ON opinions (consultation_id, replies, id, stance) WHERE parent_id = '' AND shown AND replies > 0`,
	`DROP INDEX opinions_all`,
	`CREATE INDEX opinions_all ON opinions (consultation_id, id, stance) WHERE parent_id = '' AND shown`,
}}
