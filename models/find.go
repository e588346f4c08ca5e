package models

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// wrap turns the store's errors into ours: no row is [ErrNotFound], anything else
// that is not a person's fault is Unavailable.
func wrap(err error) error {
	var known *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound):
		return ErrNotFound
	case errors.Is(err, context.Canceled):
		return err
	}
	return unavailable(err)
}

// one reads the single row that where and args describe.
func one[T any](ctx context.Context, db *DB, where string, args ...any) (T, error) {
	return oneIn[T](db.read.WithContext(ctx), where, args...)
}

func oneIn[T any](g *gorm.DB, where string, args ...any) (T, error) {
	var row T
	return row, wrap(g.Where(where, args...).Take(&row).Error)
}

// many reads the rows that where and args describe, in the given order.
func many[T any](ctx context.Context, db *DB, order, where string, args ...any) ([]T, error) {
	return manyIn[T](db.read.WithContext(ctx), order, where, args...)
}

func manyIn[T any](g *gorm.DB, order, where string, args ...any) ([]T, error) {
	var list []T
	q := g.Where(where, args...)
	if order != "" {
		q = q.Order(order)
	}
	return list, wrap(q.Find(&list).Error)
}

// changed turns "no row was changed" into a conflict: the condition of a
// conditional update did not hold any more.
func changed(q *gorm.DB) error {
	if q.Error != nil {
		return q.Error
	}
	if q.RowsAffected == 0 {
		return Fail(Conflict, "error.stale")
	}
	return nil
}

// Insert writes a new row at once, so that a violated unique key is answered
// inside the act. row is a pointer to a model.
func (tx *Tx) Insert(row any) error { return tx.sql().Create(row).Error }

// Save writes all fields of a row that exists. row is a pointer to a model.
func (tx *Tx) Save(row any) error { return changed(tx.sql().Select("*").Updates(row)) }
