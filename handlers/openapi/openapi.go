// Package openapi tells programs and their authors which calls the site has: the
// OpenAPI document itself and a page made of it.
package openapi

import (
	_ "embed"
	"encoding/json"
	"time"

	"minyi/handlers/web"
)

// The document is written by hand; tests hold it against the routes and against
// what they answer. What people read on the page has its Chinese in x-zh.
//
//go:embed openapi.json
var document []byte

// Document is the OpenAPI 3.1 document of /api/v1.
func Document() json.RawMessage { return document }

// Mount adds the document and the page for developers.
func Mount(r *web.Router) {
	r.API("GET", "/openapi.json", web.Public, func(c *web.Ctx) error {
		c.Depends(time.Time{})
		return c.Answer(Document())
	})
	r.Page("GET", "/developers", web.Public, developers)
}
