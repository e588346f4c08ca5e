package answers

import (
	"minyi/app/answers"
	"minyi/handlers/web"
)

// outcomesKept is how many of the latest reports the home page may name.
const outcomesKept = 6

// Outcomes says in one sentence what was changed because of opinions, or else the
// first that the report tells, for the consultations that were answered last.
func Outcomes(s *answers.Service) func(c *web.Ctx) (map[string]string, error) {
	return func(c *web.Ctx) (map[string]string, error) {
		list, err := s.Published(c.UserContext(), outcomesKept)
		out := map[string]string{}
		for _, r := range list {
			for _, l := range r.Report.Story {
				if text := answers.In(c.Lang(), l.ZH, l.EN); text != "" && (out[r.Consultation.ID] == "" || l.Kind == answers.Changed) {
					out[r.Consultation.ID] = c.T("answers.said_"+l.Kind) + plainSentence(text)
					if l.Kind == answers.Changed {
						break
					}
				}
			}
		}
		return out, err
	}
}
