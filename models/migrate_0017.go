package models

// step0017 has the nightly purge look once more at hearings whose names it has taken away
// before it knew that key points and reasons of decisions go with them, and takes those
// reasons out of the log of acts: they stand on the sign-up.
var step0017 = step{id: "0017_signups_forgotten", sql: []string{
	`UPDATE hearings SET purged_at = NULL WHERE purged_at IS NOT NULL`,
	`DELETE FROM hearing_milestones WHERE kind IN ('purged_name', 'purged_contact')`,
	`UPDATE acts SET reason = '' WHERE name = 'hearings.decide' AND name <> 'opinions.submit' AND reason <> ''`,
}}
