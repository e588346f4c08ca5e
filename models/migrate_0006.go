package models

// step0006 takes away indexes that every new opinion paid for and hardly a question
// used. What a person said is found by the receipts; only replies, which have none,
// keep an index by person. One index of a clause's opinions serves every stance: with
// one of its own for each stance, a group of thirty opinions writes thirty pages more,
// a fifth of what an opinion costs. Remembered answers are never looked up by their time.
var step0006 = step{id: "0006_lean_opinions", sql: []string{
	`DROP INDEX opinions_person`,
	`CREATE INDEX opinions_replier ON opinions (person_id, id) WHERE person_id <> '' AND receipt_id = ''`,
	`DROP INDEX opinions_new`,
	`DROP INDEX opinions_stance`,
	`CREATE INDEX opinions_clause ON opinions (consultation_id, clause_key, id, stance) WHERE parent_id = '' AND shown`,
	`DROP INDEX idempotency_keys_created`,
}}
