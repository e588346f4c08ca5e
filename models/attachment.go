package models

import "context"

// AttachmentByID finds a file; who may read it is for the service to decide.
func (db *DB) AttachmentByID(ctx context.Context, id string) (Attachment, error) {
	return one[Attachment](ctx, db, "id = ?", id)
}

// AttachmentsOf lists the files of an owner, such as ([OfConsultation], id).
func (db *DB) AttachmentsOf(ctx context.Context, ownerKind, ownerID string) ([]Attachment, error) {
	return many[Attachment](ctx, db, "position, id", "owner_kind = ? AND owner_id = ?", ownerKind, ownerID)
}

// AttachmentsOfAll lists the files of several owners of one kind, by owner.
func (db *DB) AttachmentsOfAll(ctx context.Context, ownerKind string, ownerIDs []string) (map[string][]Attachment, error) {
	if len(ownerIDs) == 0 {
		return nil, nil
	}
	list, err := many[Attachment](ctx, db, "position, id", "owner_kind = ? AND owner_id IN ?", ownerKind, ownerIDs)
	return byOwner(list), err
}

func byOwner(list []Attachment) map[string][]Attachment {
	out := map[string][]Attachment{}
	for _, a := range list {
		out[a.OwnerID] = append(out[a.OwnerID], a)
	}
	return out
}

// FileNamed says whether any row still names the bytes with a hash.
func (db *DB) FileNamed(ctx context.Context, sha256 string) (bool, error) {
	list, err := manyIn[Attachment](db.read.WithContext(ctx).Limit(1), "", "sha256 = ?", sha256)
	return len(list) > 0, err
}

// Attachments lists the files of an owner inside the act.
func (tx *Tx) Attachments(ownerKind, ownerID string) ([]Attachment, error) {
	return manyIn[Attachment](tx.sql(), "position, id", "owner_kind = ? AND owner_id = ?", ownerKind, ownerID)
}

// AttachmentsOfAll lists the files of several owners of one kind inside the act.
func (tx *Tx) AttachmentsOfAll(ownerKind string, ownerIDs []string) (map[string][]Attachment, error) {
	list, err := manyIn[Attachment](tx.sql(), "position, id", "owner_kind = ? AND owner_id IN ?", ownerKind, ownerIDs)
	return byOwner(list), err
}

// GiveAttachments makes the files of one owner those of another.
func (tx *Tx) GiveAttachments(fromKind, fromID, toKind, toID string) error {
	return tx.sql().Model(&Attachment{}).Where("owner_kind = ? AND owner_id = ?", fromKind, fromID).
		Updates(map[string]any{"owner_kind": toKind, "owner_id": toID}).Error
}

// RemoveAttachment takes a file from its owner; the stored bytes stay, because
// others may share them.
func (tx *Tx) RemoveAttachment(id string) error {
	return changed(tx.sql().Where("id = ?", id).Delete(&Attachment{}))
}

// RemoveAttachmentsOf takes all files from their owners.
func (tx *Tx) RemoveAttachmentsOf(ownerKind string, ownerIDs ...string) error {
	return tx.sql().Where("owner_kind = ? AND owner_id IN ?", ownerKind, ownerIDs).Delete(&Attachment{}).Error
}
