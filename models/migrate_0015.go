package models

// step0015 keeps in the two lists of receipts of a consultation only those that are ever
// looked for there: who wants to be told of the answer, and whose contact is to be
// forgotten. A receipt that is in neither pays for no list.
var step0015 = step{id: "0015_receipts_to_tell", sql: []string{
	`DROP INDEX receipts_consultation`,
	`CREATE INDEX receipts_notify ON receipts (consultation_id) WHERE notify`,
	`CREATE INDEX receipts_contact ON receipts (consultation_id) WHERE contact <> ''`,
}}
