package models

// step0006 takes away indexes that every new opinion paid for and hardly a question
// used. What a person said is found by the receipts; only replies, which have none,
// keep an index by person. Remembered answers are never looked up by their time.
var step0006 = step{id: "0006_lean_opinions", sql: []string{
	`DROP INDEX opinions_person`,
	`CREATE INDEX opinions_replier ON opinions (person_id, id) WHERE person_id <> '' AND receipt_id = ''`,
	`DROP INDEX idempotency_keys_created`,
}}
