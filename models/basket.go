package models

import (
	"context"
	"time"
)

// BasketOf finds what somebody has written and not sent for a consultation;
// [ErrNotFound] if there is nothing.
func (db *DB) BasketOf(ctx context.Context, owner, consultationID string) (Basket, error) {
	return one[Basket](ctx, db, "owner = ? AND consultation_id = ?", owner, consultationID)
}

// BasketsOf lists the baskets of several owners (an account and a visit), the one
// that was used last first.
func (db *DB) BasketsOf(ctx context.Context, owners ...string) ([]Basket, error) {
	return many[Basket](ctx, db, "updated_at DESC, id DESC", "owner IN ?", owners)
}

// BasketItems lists what is in a basket, in the order in which it was written.
func (db *DB) BasketItems(ctx context.Context, basketID string) ([]BasketItem, error) {
	return many[BasketItem](ctx, db, "id", "basket_id = ?", basketID)
}

// BasketSize counts what is in a basket.
func (db *DB) BasketSize(ctx context.Context, basketID string) (int, error) {
	var n int64
	err := db.read.WithContext(ctx).Model(&BasketItem{}).Where("basket_id = ?", basketID).Count(&n).Error
	return int(n), wrap(err)
}

// OpenBasket reads the basket of an owner inside the act and makes it if there is
// none. began is when the first word was written; the earliest one stays.
func (tx *Tx) OpenBasket(owner, consultationID string, began time.Time) (Basket, error) {
	err := tx.sql().Exec("INSERT INTO baskets (id, owner, consultation_id, began_at, updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner, consultation_id) DO UPDATE SET updated_at = excluded.updated_at",
		NewID(tx.Now), owner, consultationID, began, tx.Now).Error
	if err != nil {
		return Basket{}, err
	}
	return tx.Basket(owner, consultationID)
}

// Basket reads the basket of an owner inside the act.
func (tx *Tx) Basket(owner, consultationID string) (Basket, error) {
	return oneIn[Basket](tx.sql(), "owner = ? AND consultation_id = ?", owner, consultationID)
}

// BasketItems reads what is in a basket inside the act.
func (tx *Tx) BasketItems(basketID string) ([]BasketItem, error) {
	return manyIn[BasketItem](tx.sql(), "id", "basket_id = ?", basketID)
}

// ChangeBasketItem writes the words of an item; [ErrNotFound] when the basket has
// no such item any more.
func (tx *Tx) ChangeBasketItem(item BasketItem) error {
	q := tx.sql().Model(&BasketItem{}).Where("id = ? AND basket_id = ?", item.ID, item.BasketID).
		Updates(map[string]any{"stance": item.Stance, "body": item.Body, "suggestion": item.Suggestion, "version_number": item.VersionNumber, "updated_at": tx.Now})
	if q.Error == nil && q.RowsAffected == 0 {
		return ErrNotFound
	}
	return q.Error
}

// DropBasketItem takes an item out of a basket. Doing it twice has the effect of
// once. A basket without items goes too.
func (tx *Tx) DropBasketItem(basketID, itemID string) error {
	q := tx.sql().Where("id = ? AND basket_id = ?", itemID, basketID).Delete(&BasketItem{})
	if q.Error != nil {
		return q.Error
	}
	if q.RowsAffected > 0 {
		if err := tx.RemoveAttachmentsOf(OfBasketItem, itemID); err != nil {
			return err
		}
	}
	return tx.sql().Exec("DELETE FROM baskets WHERE id = ? AND NOT EXISTS (SELECT 1 FROM basket_items WHERE basket_id = ?)", basketID, basketID).Error
}

// DropBasket deletes a basket with everything in it.
func (tx *Tx) DropBasket(basketID string) error {
	if err := tx.sql().Exec("DELETE FROM attachments WHERE owner_kind = 'basket_item' AND owner_id IN (SELECT id FROM basket_items WHERE basket_id = ?)", basketID).Error; err != nil {
		return err
	}
	if err := tx.sql().Where("basket_id = ?", basketID).Delete(&BasketItem{}).Error; err != nil {
		return err
	}
	return tx.sql().Where("id = ?", basketID).Delete(&Basket{}).Error
}

// MoveBaskets gives what one owner has written to another, for who signs in after
// writing. Where both have a basket for the same consultation, the items join and
// the earlier beginning counts.
func (tx *Tx) MoveBaskets(from, to string) error {
	list, err := manyIn[Basket](tx.sql(), "id", "owner = ?", from)
	if err != nil {
		return err
	}
	for _, b := range list {
		into, err := tx.OpenBasket(to, b.ConsultationID, b.BeganAt)
		if err != nil {
			return err
		}
		if b.BeganAt.Before(into.BeganAt) {
			if err := tx.sql().Model(&Basket{}).Where("id = ?", into.ID).Update("began_at", b.BeganAt).Error; err != nil {
				return err
			}
		}
		if err := tx.sql().Model(&BasketItem{}).Where("basket_id = ?", b.ID).Update("basket_id", into.ID).Error; err != nil {
			return err
		}
		if err := tx.DropBasket(b.ID); err != nil {
			return err
		}
	}
	return nil
}
