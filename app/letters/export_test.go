package letters

import "encoding/base64"

// StopTicket makes the ticket of a link that ends letters.
func StopTicket(s *Service, what string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(what)) + "." + s.stopSign(what)
}
