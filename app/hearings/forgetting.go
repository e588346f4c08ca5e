package hearings

import "minyi/models"

// Erased takes away, in the act that erases a person and before [models.Tx.ErasePerson],
// what the sign-ups of that person say, and has the pages of their hearings made anew:
// a name may stand in a published list.
func (s *Service) Erased(tx *models.Tx, personID string) error {
	p, err := tx.Person(personID)
	if err != nil {
		return err
	}
	ids, err := tx.ForgetSignupsOf(p)
	if err != nil {
		return err
	}
	for _, id := range ids {
		tx.Emit(models.HearingTopic(id), "hearings.forgotten", map[string]any{"id": id})
	}
	return nil
}
