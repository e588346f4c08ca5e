package models

// step0003 keeps what searching remembers: saved searches, rebuilds of the index that
// somebody asked for, and who of several nodes does a work that one does for all.
var step0003 = step{id: "0003_search", sql: []string{
	`CREATE TABLE saved_searches (id TEXT PRIMARY KEY, person_id TEXT NOT NULL REFERENCES people (id), query TEXT NOT NULL, lang TEXT NOT NULL, notify BOOLEAN NOT NULL, created_at {{time}} NOT NULL, looked_at {{time}} NOT NULL, UNIQUE (person_id, query))`,
	`CREATE INDEX saved_searches_looked ON saved_searches (looked_at) WHERE notify`,
	`CREATE TABLE index_rebuilds (id TEXT PRIMARY KEY, asked_by TEXT NOT NULL, asked_at {{time}} NOT NULL, started_at {{time}}, seen_at {{time}}, finished_at {{time}}, done BIGINT NOT NULL, total BIGINT NOT NULL, failure TEXT NOT NULL)`,
	`CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until {{time}} NOT NULL)`,
}}
