package models

// step0012 puts the times into UTC that SQLite was given with another zone: it compares
// times as text. PostgreSQL never had any.
var step0012 = step{id: "0012_times_in_utc", sqlite: []string{
	`UPDATE rooms SET starts_at = strftime('%Y-%m-%d %H:%M:%S', starts_at) || '+00:00' WHERE starts_at NOT LIKE '%+00:00'`,
	`UPDATE records SET corrections_until = strftime('%Y-%m-%d %H:%M:%S', corrections_until) || '+00:00' WHERE corrections_until NOT LIKE '%+00:00'`,
	`UPDATE hearing_draws SET seed_at = strftime('%Y-%m-%d %H:%M:%S', seed_at) || '+00:00' WHERE seed_at NOT LIKE '%+00:00'`,
}}
