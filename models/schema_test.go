package models_test

import (
	"context"
	"testing"

	"minyi/models"
	"minyi/models/modelstest"
)

func TestModelsAndSchemaAgree(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		for _, problem := range models.SchemaProblems(context.Background(), db) {
			t.Error(problem)
		}
	})
}

func TestMigrateTwiceChangesNothing(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		if left, err := db.Pending(context.Background()); err != nil || len(left) > 0 {
			t.Errorf("still pending: %v, %v", left, err)
		}
	})
}
