package realtime

import (
	_ "embed"
	"encoding/json"
)

//go:embed asyncapi.json
var asyncAPI []byte

// AsyncAPI is the AsyncAPI 3 document of the live protocol, for
// /api/v1/asyncapi.json. A test holds it against the frames.
func AsyncAPI() json.RawMessage { return asyncAPI }
