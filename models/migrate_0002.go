package models

// step0002 adds what consultations lacked: files are found by their bytes, a contact
// can disown a receipt, and a report keeps what it said before.
var step0002 = step{id: "0002_consultations", sql: []string{
	`CREATE INDEX attachments_sha256 ON attachments (sha256)`,
	`ALTER TABLE receipts ADD COLUMN disowned_at {{time}}`,
	`CREATE TABLE response_versions (id TEXT PRIMARY KEY, consultation_id TEXT NOT NULL REFERENCES consultations (id), revision BIGINT NOT NULL, body TEXT NOT NULL, saved_by TEXT NOT NULL, saved_at {{time}} NOT NULL)`,
	`CREATE INDEX response_versions_consultation ON response_versions (consultation_id, revision)`,
}}
