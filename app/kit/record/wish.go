package record

import (
	"slices"

	"minyi/models"
)

// MostWishes is how many corrections may be asked for with one sign-up, or of one thing
// that somebody said in a room.
const MostWishes = 20

// Wish keeps a wish for a correction of an entry that is there, or of the whole record
// where it names none. The same wish again, while it is open, is taken once: kept is false
// then, and the act leaves no trace. It is written at once, so that one of two that come at
// the same moment sees the other. Errors: Invalid (entry), Conflict (record.wishes_many)
// beyond [MostWishes].
func Wish(tx *models.Tx, wish models.RecordCorrection) (kept bool, err error) {
	if err := tx.LockRecord(wish.About); err != nil {
		return false, err
	}
	if wish.EntryID != "" {
		entries, err := tx.RecordEntries(wish.About)
		if err != nil {
			return false, err
		}
		if !slices.ContainsFunc(entries, func(e models.RecordEntry) bool { return e.ID == wish.EntryID }) {
			return false, models.FailField("entry", "record.entry_gone")
		}
	}
	list, err := tx.RecordCorrections(wish.About)
	if err != nil {
		return false, err
	}
	asked := 0
	for _, c := range list {
		if c.RegistrationID != wish.RegistrationID {
			continue
		}
		if asked++; c.EntryID == wish.EntryID && c.Text == wish.Text && c.Decision == "" {
			tx.Act.Silent = true
			return false, nil
		}
	}
	if asked >= MostWishes {
		return false, models.Fail(models.Conflict, "record.wishes_many", "most", MostWishes)
	}
	return true, tx.Insert(&wish)
}
