// Package operations is what whoever runs the site does with it as a whole: back it
// up and restore it, ask whether all is well, and make load data.
package operations

import "minyi/models"

// Service works on one store and its data folder.
type Service struct {
	db  *models.DB
	dir string
}

// New makes the service; dir is the data folder in which attachments lie.
func New(db *models.DB, dir string) *Service { return &Service{db: db, dir: dir} }
