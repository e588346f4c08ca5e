package models

// NamedQuestions lists the questions under which a person's name stands, in any room.
func (tx *Tx) NamedQuestions(personID string) ([]Question, error) {
	return manyIn[Question](tx.sql(), "id", "person_id = ? AND person_id <> '' AND display_name <> ''", personID)
}

// NamedSpeeches lists the places on speaking lists under which a person's name stands, in
// any room.
func (tx *Tx) NamedSpeeches(personID string) ([]SpeakerEntry, error) {
	return manyIn[SpeakerEntry](tx.sql(), "id", "person_id = ? AND person_id <> '' AND name <> ''", personID)
}

// ForgetSpeeches takes a person's name from the speaking lists of all rooms.
func (tx *Tx) ForgetSpeeches(personID string) error {
	return tx.sql().Exec(forgetSpeeches, personID).Error
}
