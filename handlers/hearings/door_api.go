package hearings

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/hearings"
	"minyi/handlers/web"
)

// doorSentences are the words that the script of the door says, by their last part.
var doorSentences = []string{"door.word_in", "door.word_already", "door.word_reserve", "door.word_not_confirmed", "door.word_wrong_hearing", "door.word_unknown", "door.word_unknown_here", "door.word_undone",
	"door.word_key_used", "door.word_held", "door.word_withdrawn", "door.word_cancelled", "door.word_no_show", "door.word_offered", "door.since", "door.since_desk", "door.kept_here", "door.not_kept", "door.camera_failed", "door.find_off",
	"door.refused_sign_in", "door.refused_role", "door.open_again", "door.state_on", "door.state_off", "door.state_list", "door.state_waiting", "door.conflict_seen", "door.conflict_seen_of"}

// doorData is what the script of the door needs to work alone.
func doorData(c *web.Ctx, id string) map[string]any {
	say := map[string]string{"number": c.T("hearings.number_is"), "arrived_at": c.T("hearings.arrived_at")}
	for _, k := range doorSentences {
		say[strings.TrimPrefix(k, "door.")] = c.T(k)
	}
	api := "/api/v1/desk/hearings/" + id
	return map[string]any{"hearing": id, "list": api + "/door", "post": api + "/check-ins", "page": c.URL(doorPath(id)), "csrf": c.Who.CSRF, "lang": c.Lang(), "words": say}
}

type doorCategoryJSON struct {
	ID       string `json:"id"`
	Key      string `json:"key"`
	Name     string `json:"name"`
	Seats    int    `json:"seats"`
	Expected int    `json:"expected"`
	Arrived  int    `json:"arrived"`
	Waiting  int    `json:"waiting"` // reserves at the door
}

type doorEntryJSON struct {
	ID        string     `json:"id"`
	Digits    string     `json:"digits"`
	Code      string     `json:"code"`
	Number    int64      `json:"number"`
	Category  string     `json:"category"`
	Status    string     `json:"status"`
	ArrivedAt *time.Time `json:"arrived_at"`
}

type doorJSON struct {
	Hearing    string             `json:"hearing"`
	At         time.Time          `json:"at"`
	Salt       string             `json:"salt"`
	Open       bool               `json:"open"`
	Categories []doorCategoryJSON `json:"categories"`
	Tickets    []doorEntryJSON    `json:"tickets"`
}

// apiDoor answers the list that a desk keeps to work without a connection.
func (h handler) apiDoor(c *web.Ctx) error {
	l, err := h.s.DoorList(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	out := doorJSON{Hearing: l.HearingID, At: l.At, Salt: l.Salt, Open: l.Open, Categories: []doorCategoryJSON{}, Tickets: []doorEntryJSON{}}
	for _, k := range l.Categories {
		out.Categories = append(out.Categories, doorCategoryJSON{k.ID, k.Key, k.Name(c.Lang()), k.Seats, k.Expected, k.Arrived, k.Waiting})
	}
	for _, t := range l.Tickets {
		out.Tickets = append(out.Tickets, doorEntryJSON{t.ID, t.Digits, t.Code, t.Number, t.Category, string(t.Status), t.ArrivedAt})
	}
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.Answer(out)
}

// apiCheckIns takes what a desk saw, in the order in which it was seen; sending the
// same keys again has no further effect.
func (h handler) apiCheckIns(c *web.Ctx) error {
	c.KeepsKeys() // each check-in has its own
	var in struct {
		CheckIns []hearings.Shown `json:"check_ins"`
		SentAt   time.Time        `json:"sent_at"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	got, err := h.s.Merge(c.UserContext(), c.Who, c.Params("id"), in.SentAt, in.CheckIns)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.Answer(map[string]any{"outcomes": got})
}
