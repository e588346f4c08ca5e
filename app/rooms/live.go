package rooms

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"minyi/app/kit/actor"
	"minyi/models"
)

// State is a room as somebody sees it on opening the page: the answer of the API and
// the snapshot of the live topic.
type State struct {
	Room      RoomView       `json:"room"`
	Agenda    []AgendaItem   `json:"agenda"`
	Questions []QuestionView `json:"questions"`
	Speakers  []SpeakerView  `json:"speakers"`
	Polls     []PollView     `json:"polls"`
	// Mine are the viewer's own questions, Voiced the ids of those that the viewer
	// seconds, Votes the viewer's votes by poll; nil for who is not known.
	Mine   []OwnView         `json:"mine,omitempty"`
	Voiced []string          `json:"voiced,omitempty"`
	Votes  map[string]string `json:"votes,omitempty"`
}

// State gives a room as the actor sees it. Errors: NotFound.
func (s *Service) State(ctx context.Context, who actor.Actor, code string) (State, error) {
	room, err := s.Room(ctx, code)
	if err != nil {
		return State{}, err
	}
	return s.state(ctx, who, room)
}

// state is what everybody sees, shared by a whole hall that opens the page at once,
// with what belongs to the actor.
func (s *Service) state(ctx context.Context, who actor.Actor, room models.Room) (State, error) {
	st, err := s.halls.state(ctx, room.ID, room.Code, s)
	if err != nil || !who.Known() {
		return st, err
	}
	return st, s.own(ctx, who, room, s.offices(ctx), &st)
}

// public is a room as everybody sees it.
func (s *Service) public(ctx context.Context, roomID string) (State, error) {
	room, err := s.db.RoomByID(ctx, roomID)
	if err != nil {
		return State{}, err
	}
	unit, err := s.db.UnitByID(ctx, room.UnitID)
	if err != nil {
		return State{}, err
	}
	held, err := s.db.HeldReasons(ctx, room.ID)
	if err != nil {
		return State{}, err
	}
	st := State{Room: roomView(room, unit, held), Agenda: []AgendaItem{}, Questions: []QuestionView{}, Speakers: []SpeakerView{}}
	agenda, err := s.Agenda(ctx, room)
	if err != nil {
		return st, err
	}
	st.Agenda = append(st.Agenda, agenda...)
	list, err := s.db.QuestionsShown(ctx, room.ID, shownAtMost)
	if err != nil {
		return st, err
	}
	offices := s.offices(ctx)
	for _, q := range list {
		st.Questions = append(st.Questions, ViewOf(q, offices.name(q.OfficeID)))
	}
	speakers, err := s.db.SpeakersOf(ctx, room.ID)
	if err != nil {
		return st, err
	}
	for _, e := range speakers {
		st.Speakers = append(st.Speakers, SpeakerViewOf(e))
	}
	st.Polls, err = s.Polls(ctx, room, false)
	return st, err
}

// own adds what belongs to the viewer.
func (s *Service) own(ctx context.Context, who actor.Actor, room models.Room, offices *offices, st *State) error {
	mine, err := s.db.QuestionsBy(ctx, room.ID, who.Voice())
	if err != nil {
		return err
	}
	for _, q := range mine {
		st.Mine = append(st.Mine, ownViewOf(q, offices.name(q.OfficeID)))
	}
	voiced, err := s.db.QuestionsVoicedBy(ctx, who.Voice(), room.ID)
	if err != nil {
		return err
	}
	for id := range voiced {
		st.Voiced = append(st.Voiced, id)
	}
	slices.Sort(st.Voiced)
	st.Votes, err = s.db.PollVotesBy(ctx, room.ID, who.Voice())
	return err
}

// Queue is a room as its moderators see it.
type Queue struct {
	Room    RoomView      `json:"room"`
	Waiting []DeskView    `json:"waiting"`
	Queued  []DeskView    `json:"queued"`
	Handled []DeskView    `json:"handled"`
	Merged  []DeskView    `json:"merged"`
	Polls   []PollView    `json:"polls"`
	List    []SpeakerView `json:"speakers"`
	Wall    WallState     `json:"wall"`
}

// WallState is what the wall shows, and the secret part of its address.
type WallState struct {
	Secret string `json:"secret"`
	View   string `json:"view"`
	About  string `json:"about,omitempty"`
	Blank  bool   `json:"blank"`
}

// Queue lists everything in a room for who runs it. Errors: SignIn, NotFound.
func (s *Service) Queue(ctx context.Context, who actor.Actor, code string) (Queue, error) {
	room, err := s.Moderated(ctx, who, code)
	if err != nil {
		return Queue{}, err
	}
	return s.queue(ctx, room)
}

func (s *Service) queue(ctx context.Context, room models.Room) (Queue, error) {
	unit, err := s.db.UnitByID(ctx, room.UnitID)
	if err != nil {
		return Queue{}, err
	}
	held, err := s.db.HeldReasons(ctx, room.ID)
	if err != nil {
		return Queue{}, err
	}
	q := Queue{Room: roomView(room, unit, held), Waiting: []DeskView{}, Queued: []DeskView{}, Handled: []DeskView{}, Merged: []DeskView{}, List: []SpeakerView{},
		Wall: WallState{room.WallSecret, room.WallView, room.WallAbout, room.WallBlank}}
	all, err := s.db.QuestionsAll(ctx, room.ID)
	if err != nil {
		return q, err
	}
	names, offices := map[string]string{"": ""}, s.offices(ctx)
	for _, one := range all {
		if one.ErasedAt != nil {
			continue
		}
		if _, ok := names[one.ChangedBy]; !ok {
			names[one.ChangedBy] = s.nameOf(ctx, one.ChangedBy)
		}
		lane(&q, one.State, deskViewOf(one, offices.name(one.OfficeID), names[one.ChangedBy]))
	}
	slices.SortStableFunc(q.Queued, func(a, b DeskView) int {
		if (a.State == string(models.QuestionAnswering)) != (b.State == string(models.QuestionAnswering)) {
			if a.State == string(models.QuestionAnswering) {
				return -1
			}
			return 1
		}
		return int(b.Supports - a.Supports)
	})
	slices.Reverse(q.Handled)
	pair(&q)
	if q.Polls, err = s.Polls(ctx, room, true); err != nil {
		return q, err
	}
	speakers, err := s.db.SpeakersOf(ctx, room.ID)
	for _, e := range speakers {
		q.List = append(q.List, SpeakerViewOf(e))
	}
	return q, err
}

// lane puts a question where moderators look for it.
func lane(q *Queue, state models.QuestionState, v DeskView) {
	switch {
	case v.MergedInto != "":
		q.Merged = append(q.Merged, v)
	case state == models.QuestionWaiting:
		q.Waiting = append(q.Waiting, v)
	case state == models.QuestionQueued || state == models.QuestionAnswering:
		q.Queued = append(q.Queued, v)
	default:
		q.Handled = append(q.Handled, v)
	}
}

// Topics answers the live hub for the topics of rooms: "room:K7M4" for everybody,
// ":desk" for who runs the room, ":wall" for walls, ":me:<voice>" for the author of
// questions.
type Topics struct{ s *Service }

// Topics gives the live side of the service.
func (s *Service) Topics() Topics { return Topics{s} }

// TopicPrefix begins the name of every topic of rooms.
const TopicPrefix = "room:"

// find reads a topic's name: its room and what of it.
func (t Topics) find(ctx context.Context, topic string) (models.Room, string, error) {
	code, part, _ := strings.Cut(strings.TrimPrefix(topic, TopicPrefix), ":")
	room, err := t.s.Room(ctx, code)
	if err == nil && room.Code != code {
		err = models.ErrNotFound // one room has one topic
	}
	return room, part, err
}

// MayJoin gives nil if the actor may listen to the topic. Roles are read anew, so
// that who has lost one is not let in by an old session. Error: NotFound.
func (t Topics) MayJoin(ctx context.Context, who actor.Actor, topic string) error {
	room, part, err := t.find(ctx, topic)
	if err != nil {
		return err
	}
	switch {
	case part == "", part == "wall":
		return nil
	case part == "desk":
		if !who.SignedIn() {
			return models.ErrNotFound
		}
		if who.Roles, err = t.s.db.RolesOf(ctx, who.PersonID); err != nil {
			return err
		}
		return t.s.moderates(ctx, who, room)
	case part == "me:"+who.Voice() && who.Known():
		return nil
	}
	return models.ErrNotFound
}

// Snapshot is the state of a topic as the actor sees it.
func (t Topics) Snapshot(ctx context.Context, who actor.Actor, topic string) (any, error) {
	room, part, err := t.find(ctx, topic)
	if err != nil {
		return nil, err
	}
	switch {
	case part == "desk":
		return t.s.queue(ctx, room)
	case part == "wall":
		return WallState{View: room.WallView, About: room.WallAbout, Blank: room.WallBlank}, nil
	case strings.HasPrefix(part, "me:"):
		st := State{}
		err := t.s.own(ctx, who, room, t.s.offices(ctx), &st)
		return struct {
			Mine []OwnView `json:"mine"`
		}{append([]OwnView{}, st.Mine...)}, err
	}
	return t.s.state(ctx, who, room)
}

// Counts are the sampled numbers of a room, for everybody and for who runs it: how many
// second the questions that were seconded last, and the votes of polls whose result is
// shown.
type Counts struct {
	Supports map[string]int64 `json:"supports"`
	Polls    map[string][]int `json:"polls,omitempty"`
	// Voters are how many people voted, of polls in which one may choose several.
	Voters map[string]int `json:"voters,omitempty"`
}

// Counts reads the numbers of a topic.
func (t Topics) Counts(ctx context.Context, topic string) (any, error) {
	if _, part, _ := strings.Cut(strings.TrimPrefix(topic, TopicPrefix), ":"); part != "" && part != "desk" {
		return nil, nil
	}
	room, _, err := t.find(ctx, topic)
	if err != nil {
		return nil, err
	}
	list, err := t.s.db.QuestionCounts(ctx, room.ID, countedAtMost)
	if err != nil {
		return nil, err
	}
	c := Counts{Supports: make(map[string]int64, len(list))}
	for _, one := range list {
		c.Supports[one.ID] = one.Supports
	}
	polls, err := t.s.pollsCounted(ctx, room)
	if err != nil || len(list)+len(polls) == 0 {
		return nil, err
	}
	for _, p := range polls {
		if c.Polls == nil {
			c.Polls = map[string][]int{}
		}
		c.Polls[p.ID] = p.Counts
		if p.Kind == string(models.PollMultiple) {
			if c.Voters == nil {
				c.Voters = map[string]int{}
			}
			c.Voters[p.ID] = *p.Voters
		}
	}
	return c, nil
}

// Touched names the topics whose numbers an event has changed: a room's public one and
// that of its desk.
func (Topics) Touched(e models.Event) []string {
	code := recounted(e)
	if code == "" {
		return nil
	}
	topic := models.RoomTopic(code)
	return []string{topic, topic + ":desk"}
}

// recounted is the code of the room in which an event has changed numbers, or nothing.
func recounted(e models.Event) string {
	if e.Kind != models.EventVoiced && e.Kind != models.EventVoted {
		return ""
	}
	var data struct{ Room string }
	_ = json.Unmarshal([]byte(e.Data), &data) // what is not such an event names no room
	return data.Room
}
