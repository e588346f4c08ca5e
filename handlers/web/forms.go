package web

import (
	"errors"

	"minyi/frontend"
	"minyi/frontend/parts"
	"minyi/models"
)

// Typed are the named fields of a sent form as they were filled in, with the key that
// makes its sending one act, so that nothing is lost when the form is shown again.
func (c *Ctx) Typed(names ...string) *parts.Form {
	form := parts.NewForm(nil)
	for _, n := range names {
		form.Values[n] = c.FormValue(n)
	}
	form.Key = c.FormValue(frontend.IdempotencyField)
	return form
}

// Refuse puts the faults of an input into the form that is shown again, in the order in
// which they were found, and sets the answer's status. It gives false, and changes
// nothing, when err is nil or of a kind that has a page of its own (see [Ctx.Messages]).
func (c *Ctx) Refuse(form *parts.Form, err error) bool {
	messages, ok := c.Messages(err)
	if !ok {
		return false
	}
	var e *models.Error
	errors.As(err, &e)
	for _, one := range append([]*models.Error{e}, e.Also...) {
		form.Fail(one.Field, messages[one.Field])
	}
	c.Status(Status(err))
	return true
}
