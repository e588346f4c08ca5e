package models

// step0005 adds the rooms of live questions: questions with their voices and the
// moves of moderators, the speaking list with true speaking times, and polls.
var step0005 = step{id: "0005_rooms", sql: []string{
	`CREATE TABLE rooms (id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, unit_id TEXT NOT NULL REFERENCES units (id), hearing_id TEXT NOT NULL, consultation_id TEXT NOT NULL, title_zh TEXT NOT NULL, title_en TEXT NOT NULL, place_zh TEXT NOT NULL, place_en TEXT NOT NULL, state TEXT NOT NULL, moderated BOOLEAN NOT NULL, tier TEXT NOT NULL, question_limit INTEGER NOT NULL, per_person INTEGER NOT NULL, answer_days INTEGER NOT NULL, hall TEXT NOT NULL, agenda_item_id TEXT NOT NULL, list_open BOOLEAN NOT NULL, speech_seconds INTEGER NOT NULL, side_seconds INTEGER NOT NULL, wall_secret TEXT NOT NULL UNIQUE, wall_view TEXT NOT NULL, wall_about TEXT NOT NULL, wall_blank BOOLEAN NOT NULL, revision BIGINT NOT NULL, changed_by TEXT NOT NULL, created_by TEXT NOT NULL, created_at {{time}} NOT NULL, updated_at {{time}} NOT NULL, starts_at {{time}}, opened_at {{time}}, closed_at {{time}})`,
	`CREATE INDEX rooms_unit ON rooms (unit_id)`,
	`CREATE INDEX rooms_hearing ON rooms (hearing_id) WHERE hearing_id <> ''`,
	`CREATE INDEX rooms_state ON rooms (state, id)`,
	`CREATE TABLE room_questions (id TEXT PRIMARY KEY, room_id TEXT NOT NULL REFERENCES rooms (id), number BIGINT NOT NULL, agenda_item_id TEXT NOT NULL, clause_key TEXT NOT NULL, person_id TEXT NOT NULL, voice TEXT NOT NULL, body TEXT NOT NULL, original TEXT NOT NULL, display TEXT NOT NULL, display_name TEXT NOT NULL, tier TEXT NOT NULL, channel TEXT NOT NULL, entered_by TEXT NOT NULL, lang TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL, held_by TEXT NOT NULL, appeal TEXT NOT NULL, appealed_at {{time}}, merged_into TEXT NOT NULL, merged INTEGER NOT NULL, supports BIGINT NOT NULL, voiced_at {{time}}, answerer TEXT NOT NULL, answer_zh TEXT NOT NULL, answer_en TEXT NOT NULL, answered_by TEXT NOT NULL, office_id TEXT NOT NULL, due_at {{time}}, revision BIGINT NOT NULL, changed_by TEXT NOT NULL, created_at {{time}} NOT NULL, updated_at {{time}} NOT NULL, shown_at {{time}}, answering_at {{time}}, answered_at {{time}}, erased_at {{time}})`,
	`CREATE UNIQUE INDEX room_questions_number ON room_questions (room_id, number)`,
	`CREATE INDEX room_questions_voice ON room_questions (room_id, voice)`,
	`CREATE INDEX room_questions_person ON room_questions (person_id, id) WHERE person_id <> ''`,
	`CREATE INDEX room_questions_merged ON room_questions (merged_into) WHERE merged_into <> ''`,
	`CREATE INDEX room_questions_due ON room_questions (due_at, id) WHERE state = 'written'`,
	`CREATE INDEX room_questions_voiced ON room_questions (room_id, voiced_at)`,
	`CREATE TABLE question_voices (question_id TEXT NOT NULL REFERENCES room_questions (id), voice TEXT NOT NULL, tier TEXT NOT NULL, created_at {{time}} NOT NULL, PRIMARY KEY (question_id, voice))`,
	`CREATE INDEX question_voices_voice ON question_voices (voice)`,
	`CREATE TABLE room_moves (id TEXT PRIMARY KEY, room_id TEXT NOT NULL REFERENCES rooms (id), question_id TEXT NOT NULL, verb TEXT NOT NULL, made_by TEXT NOT NULL, made_at {{time}} NOT NULL, before TEXT NOT NULL, revision BIGINT NOT NULL, undone_at {{time}})`,
	`CREATE INDEX room_moves_question ON room_moves (question_id, id)`,
	`CREATE INDEX room_moves_room ON room_moves (room_id, id)`,
	`CREATE TABLE speaker_entries (id TEXT PRIMARY KEY, room_id TEXT NOT NULL REFERENCES rooms (id), agenda_item_id TEXT NOT NULL, kind TEXT NOT NULL, side TEXT NOT NULL, person_id TEXT NOT NULL, voice TEXT NOT NULL, name TEXT NOT NULL, entered_by TEXT NOT NULL, state TEXT NOT NULL, place BIGINT NOT NULL, seconds INTEGER NOT NULL, pauses TEXT NOT NULL, spoken_ms BIGINT NOT NULL, running_at {{time}}, revision BIGINT NOT NULL, changed_by TEXT NOT NULL, created_at {{time}} NOT NULL, updated_at {{time}} NOT NULL, began_at {{time}}, ended_at {{time}})`,
	`CREATE INDEX speaker_entries_room ON speaker_entries (room_id, place, id)`,
	// One voice waits once on the list of an agenda item.
	`CREATE UNIQUE INDEX speaker_entries_waiting ON speaker_entries (room_id, agenda_item_id, voice, kind) WHERE state = 'waiting' AND voice <> ''`,
	// One person speaks at a time.
	`CREATE UNIQUE INDEX speaker_entries_speaking ON speaker_entries (room_id) WHERE state = 'speaking'`,
	`CREATE TABLE speeches (id TEXT PRIMARY KEY, entry_id TEXT NOT NULL REFERENCES speaker_entries (id), room_id TEXT NOT NULL, started_at {{time}} NOT NULL, ended_at {{time}})`,
	`CREATE INDEX speeches_room ON speeches (room_id, id)`,
	`CREATE INDEX speeches_entry ON speeches (entry_id)`,
	`CREATE TABLE room_polls (id TEXT PRIMARY KEY, room_id TEXT NOT NULL REFERENCES rooms (id), agenda_item_id TEXT NOT NULL, kind TEXT NOT NULL, title_zh TEXT NOT NULL, title_en TEXT NOT NULL, options TEXT NOT NULL, state TEXT NOT NULL, shown BOOLEAN NOT NULL, revision BIGINT NOT NULL, changed_by TEXT NOT NULL, created_by TEXT NOT NULL, created_at {{time}} NOT NULL, updated_at {{time}} NOT NULL, opened_at {{time}}, closed_at {{time}})`,
	`CREATE INDEX room_polls_room ON room_polls (room_id, id)`,
	`CREATE TABLE poll_votes (poll_id TEXT NOT NULL REFERENCES room_polls (id), voice TEXT NOT NULL, choices TEXT NOT NULL, tier TEXT NOT NULL, created_at {{time}} NOT NULL, PRIMARY KEY (poll_id, voice))`,
}}
