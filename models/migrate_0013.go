package models

// step0013 finds the tickets of a hearing without reading those of all others: the list
// at its door, its counts and the lookup of somebody's name read them again and again.
var step0013 = step{id: "0013_tickets_of_a_hearing", sql: []string{
	`CREATE INDEX hearing_tickets_hearing ON hearing_tickets (hearing_id)`,
}}
