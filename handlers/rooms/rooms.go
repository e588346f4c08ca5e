// Package rooms is how people and programs reach the rooms of live questions: pages,
// the JSON API, and the frames of the live socket that act.
package rooms

import (
	"minyi/app/rooms"
	"minyi/handlers/web"
)

type handler struct{ rooms *rooms.Service }

// Mount adds the routes of rooms.
func Mount(r *web.Router, s *rooms.Service) {
	h := handler{s}
	h.mountAPI(r)
	h.mountExports(r)
	h.mountRecord(r)
}
