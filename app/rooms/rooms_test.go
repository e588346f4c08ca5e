package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/rooms"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

// hall is a room with people in it.
type hall struct {
	*rooms.Service
	t     *testing.T
	db    *models.DB
	clock *modelstest.Clock
	unit  models.Unit
	room  models.Room
	chair actor.Actor
	other actor.Actor // a second moderator
	ann   actor.Actor
	ben   actor.Actor
}

// inHall runs f in an open room on both databases; change may alter the room.
func inHall(t *testing.T, change func(*rooms.RoomInput), f func(t *testing.T, h hall)) {
	t.Helper()
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		h := hall{Service: rooms.New(rooms.Options{DB: db}), t: t, db: db, clock: clock, unit: unit}
		h.chair, h.other = h.person("chair", models.Moderator), h.person("other", models.Officer)
		h.ann, h.ben = h.person("ann"), h.person("ben")
		in := rooms.RoomInput{UnitID: unit.ID, TitleZH: "夜市听证会", TitleEN: "Night market hearing", Moderated: true}
		if change != nil {
			change(&in)
		}
		var err error
		if h.room, err = h.Create(ctx, h.chair, in, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if h.room, err = h.Open(ctx, h.chair, h.room.Code); err != nil {
			t.Fatal(err)
		}
		f(t, h)
	})
}

// person makes somebody with an account as the web would know them.
func (h hall) person(name string, roles ...models.RoleName) actor.Actor {
	h.t.Helper()
	p := modelstest.Person(h.t, h.db, name, h.unit, roles...)
	a := actor.Actor{PersonID: p.ID, Name: name, Tier: p.Tier, Lang: "zh"}
	for _, r := range roles {
		a.Roles = append(a.Roles, models.Role{PersonID: p.ID, UnitID: h.unit.ID, Name: r, Unit: h.unit})
	}
	return a
}

func (h hall) asks(who actor.Actor, body string) string {
	h.t.Helper()
	got, err := h.Ask(ctx, who, rooms.AskInput{Code: h.room.Code, Body: body}, models.Idem{})
	if err != nil {
		h.t.Fatal(err)
	}
	return got.ID
}

// approved asks and lets the chair approve.
func (h hall) approved(who actor.Actor, body string) string {
	h.t.Helper()
	id := h.asks(who, body)
	if _, err := h.Approve(ctx, h.chair, rooms.Which{ID: id}, models.Idem{}); err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h hall) voice(who actor.Actor, id string, on bool) int64 {
	h.t.Helper()
	got, err := h.Support(ctx, who, id, on, models.Idem{})
	if err != nil {
		h.t.Fatal(err)
	}
	return got.Supports
}

func (h hall) question(id string) models.Question {
	h.t.Helper()
	q, err := h.db.QuestionByID(ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return q
}

// refused wants an error of a kind and a key.
func refused(t *testing.T, what string, err error, kind models.Kind, key string) {
	t.Helper()
	var e *models.Error
	if models.KindOf(err) != kind || err == nil || !strings.HasPrefix(err.Error(), key) {
		t.Errorf("%s: %v, want kind %d %s (%v)", what, err, kind, key, e)
	}
}

// published lists what a topic's rows say.
func (h hall) published(topic string) string {
	h.t.Helper()
	list, err := h.db.TopicEventsAfter(ctx, topic, 0, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%s %s\n", e.Kind, e.Data)
	}
	return b.String()
}

func TestWhatIsNotApprovedIsInNoPublicRow(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		secret := "谁家的电话是多少"
		id := h.asks(h.ann, secret)
		st, err := h.State(ctx, h.ben, h.room.Code)
		if err != nil || len(st.Questions) != 0 || len(st.Mine) != 0 {
			t.Errorf("others see %v %v, %v", st.Questions, st.Mine, err)
		}
		if st, _ = h.State(ctx, h.ann, h.room.Code); len(st.Mine) != 1 || st.Mine[0].Body != secret || st.Mine[0].State != "waiting" {
			t.Errorf("the author sees %v", st.Mine)
		}
		if _, err := h.Hold(ctx, h.chair, rooms.Which{ID: id}, "personal-data", "", models.Idem{}); err != nil {
			t.Fatal(err)
		}
		for _, topic := range []string{models.RoomTopic(h.room.Code), h.room.WallTopic(), h.room.OwnTopic(h.ben.Voice())} {
			if text := h.published(topic); strings.Contains(text, secret) || strings.Contains(text, id) {
				t.Errorf("%s says %s", topic, text)
			}
		}
		if text := h.published(models.RoomTopic(h.room.Code)); !strings.Contains(text, `"held":{"personal-data":1}`) {
			t.Errorf("the count of what is held back is not public: %s", text)
		}
		if text := h.published(h.room.OwnTopic(h.ann.Voice())); !strings.Contains(text, `"reason":"personal-data"`) {
			t.Errorf("the author is not told: %s", text)
		}
		if _, err := h.Support(ctx, h.ben, id, true, models.Idem{}); !models.IsNotFound(err) {
			t.Errorf("a voice for what is held back: %v", err)
		}
	})
}

func TestOneVoiceEachAndNeverForOnesOwn(t *testing.T) {
	inHall(t, func(in *rooms.RoomInput) { in.Moderated = false }, func(t *testing.T, h hall) {
		id := h.asks(h.ann, "服务费是怎么算的？")
		_, err := h.Support(ctx, h.ann, id, true, models.Idem{})
		refused(t, "a voice for one's own", err, models.Forbidden, "rooms.support_own")
		for range 3 {
			if n := h.voice(h.ben, id, true); n != 1 {
				t.Errorf("%d voices, want 1", n)
			}
		}
		if n := h.voice(h.ben, id, false); n != 0 {
			t.Errorf("%d voices after it was taken back", n)
		}
		if n := h.voice(h.ben, id, false); n != 0 {
			t.Errorf("%d voices after it was taken back twice", n)
		}
		_, err = h.Support(ctx, actor.Actor{Visit: "somebody", Lang: "zh"}, id, true, models.Idem{})
		refused(t, "a voice without an account", err, models.SignIn, "rooms.sign_in")
	})
}

// recounted holds every count of the store against its rows.
func (h hall) recounted() {
	h.t.Helper()
	off, err := h.db.Recount(ctx)
	if err != nil || off["questions"] != 0 || off["events"] != 0 {
		h.t.Errorf("recounted: %v, %v", off, err)
	}
}

func TestManyVoicesAtOnceAreEachCountedOnce(t *testing.T) {
	inHall(t, func(in *rooms.RoomInput) { in.Moderated, in.Tier = false, models.TierNone }, func(t *testing.T, h hall) {
		id := h.asks(h.ann, "什么时候开始？")
		const people = 60
		var all sync.WaitGroup
		for i := range people * 3 { // everybody three times at once
			all.Go(func() {
				if _, err := h.Support(ctx, actor.Actor{Visit: fmt.Sprintf("v%d", i%people), Lang: "zh"}, id, true, models.Idem{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := h.question(id).Supports; n != people {
			t.Errorf("%d voices, want %d", n, people)
		}
		h.recounted()
	})
}

func TestMergingKeepsVoicesAndAuthorsAndCanBeUndone(t *testing.T) {
	inHall(t, func(in *rooms.RoomInput) { in.Tier = models.TierNone }, func(t *testing.T, h hall) {
		visitor := func(i int) actor.Actor { return actor.Actor{Visit: fmt.Sprint("v", i), Lang: "zh"} }
		a, b := h.approved(h.ann, "收费标准是什么？"), h.approved(h.ben, "收费标准怎么定的？")
		h.voice(visitor(1), a, true)
		h.voice(visitor(2), a, true)
		h.voice(visitor(2), b, true)
		h.voice(visitor(3), b, true)
		moved, err := h.Merge(ctx, h.chair, rooms.Which{ID: a}, b, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		if q := h.question(b); q.Supports != 4 || q.Merged != 1 { // 1, 2, 3 and the author of the other
			t.Errorf("%d voices and %d merged, want 4 and 1", q.Supports, q.Merged)
		}
		if st, _ := h.State(ctx, visitor(9), h.room.Code); len(st.Questions) != 1 || st.Questions[0].ID != b {
			t.Errorf("shown are %v", st.Questions)
		}
		if n := h.voice(visitor(1), b, true); n != 4 {
			t.Errorf("who seconded the merged one counts again: %d", n)
		}
		if n := h.voice(visitor(4), a, true); n != 5 {
			t.Errorf("a voice for the merged one does not count: %d", n)
		}
		if n := h.voice(visitor(2), b, false); n != 4 {
			t.Errorf("a voice taken back from both: %d", n)
		}
		h.recounted()
		if _, err := h.Undo(ctx, h.chair, moved.Move, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		h.recounted()
		if qa, qb := h.question(a), h.question(b); qa.Supports != 1 || qb.Supports != 2 || qb.Merged != 0 || qa.MergedInto != "" {
			t.Errorf("after undoing %d and %d voices, %d merged", qa.Supports, qb.Supports, qb.Merged)
		}
		text := h.published(models.RoomTopic(h.room.Code))
		if !strings.Contains(text, `"removed":"`+a+`","into":"`+b+`"`) {
			t.Errorf("nobody is told where it went: %s", text)
		}
	})
}

// TestWhoHasSecondedFindsItCounted: what a whole hall shares is not older than the voice
// or vote that was just acknowledged, and stands in its order.
func TestWhoHasSecondedFindsItCounted(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		first, second := h.approved(h.ann, "服务费怎么算？"), h.approved(h.ann, "几点散会？")
		p, err := h.MakePoll(ctx, h.chair, h.room.Code, rooms.PollInput{Kind: models.PollScale, TitleZH: "听得清吗？"}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.SetPoll(ctx, h.chair, p.ID, models.PollOpen, true); err != nil {
			t.Fatal(err)
		}
		look := func(ids []string, supports []int64, voters int) {
			t.Helper()
			st, err := h.State(ctx, h.ben, h.room.Code)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			var counted []int64
			for _, q := range st.Questions {
				got, counted = append(got, q.ID), append(counted, q.Supports)
			}
			if !slices.Equal(got, ids) || !slices.Equal(counted, supports) || *st.Polls[0].Voters != voters {
				t.Errorf("questions %v with %v, %d voters; want %v with %v, %d", got, counted, *st.Polls[0].Voters, ids, supports, voters)
			}
			h.clock.Add(time.Millisecond) // no time in which anything could grow old
		}
		look([]string{first, second}, []int64{0, 0}, 0)
		h.voice(h.ben, second, true)
		look([]string{second, first}, []int64{1, 0}, 0)
		h.voice(h.ben, second, false)
		look([]string{first, second}, []int64{0, 0}, 0)
		if _, err := h.Vote(ctx, h.ben, p.ID, []int{4}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		look([]string{first, second}, []int64{0, 0}, 1)
		if _, err := h.Answering(ctx, h.chair, rooms.Which{ID: second}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		h.voice(h.ben, first, true)
		look([]string{second, first}, []int64{0, 1}, 1)
	})
}

// TestWhateverCountsAnewIsToldWithTheCounts: a number that a phone has put in place by a
// sampled count is not left standing when a merger or its undoing changes it.
func TestWhateverCountsAnewIsToldWithTheCounts(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		head, other := h.approved(h.ann, "服务费怎么算？"), h.approved(h.ben, "服务费是怎么算的？")
		told := func(what string, do func() error) {
			t.Helper()
			last, err := h.db.LastEvent(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := do(); err != nil {
				t.Fatal(what, err)
			}
			list, err := h.db.EventsAfter(ctx, last, 100)
			if err != nil {
				t.Fatal(err)
			}
			topics := map[string]bool{}
			for _, e := range list {
				for _, topic := range h.Topics().Touched(e) {
					topics[topic] = true
				}
			}
			if !topics[models.RoomTopic(h.room.Code)] || !topics[h.room.DeskTopic()] {
				t.Errorf("%s touches %v", what, topics)
			}
		}
		merge := func() (rooms.Moved, error) {
			return h.Merge(ctx, h.chair, rooms.Which{ID: other}, head, models.Idem{})
		}
		told("merging", func() error { _, err := merge(); return err })
		told("parting", func() error { _, err := h.Unmerge(ctx, h.chair, rooms.Which{ID: other}, models.Idem{}); return err })
		moved, err := merge()
		if err != nil {
			t.Fatal(err)
		}
		told("undoing", func() error { _, err := h.Undo(ctx, h.chair, moved.Move, models.Idem{}); return err })
	})
}

func TestModeratorsDoNotStepOnEachOther(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		id := h.asks(h.ann, "几点散会？")
		seen := h.question(id).Revision
		if _, err := h.Approve(ctx, h.chair, rooms.Which{ID: id, Revision: seen}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		_, err := h.Hold(ctx, h.other, rooms.Which{ID: id, Revision: seen}, "insult", "", models.Idem{})
		refused(t, "acting on what has changed", err, models.Conflict, "rooms.conflict_approve")
		if e, ok := err.(*models.Error); !ok || len(e.Args) != 2 || e.Args[1] != "chair" {
			t.Errorf("nobody is told who it was: %v", err)
		}
		if q := h.question(id); q.State != models.QuestionQueued {
			t.Errorf("the question is %s", q.State)
		}
	})
}

func TestAMoveCanBeUndoneForTenSeconds(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		id := h.asks(h.ann, "停车费是多少？")
		moved, err := h.Approve(ctx, h.chair, rooms.Which{ID: id}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		h.clock.Add(9 * time.Second)
		if _, err := h.Undo(ctx, h.chair, moved.Move, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if q := h.question(id); q.State != models.QuestionWaiting {
			t.Errorf("after undoing it is %s", q.State)
		}
		if text := h.published(models.RoomTopic(h.room.Code)); !strings.Contains(text, `"removed":"`+id) {
			t.Errorf("it stays on the phones: %s", text)
		}
		if moved, err = h.Approve(ctx, h.chair, rooms.Which{ID: id}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		h.clock.Add(13 * time.Second)
		_, err = h.Undo(ctx, h.chair, moved.Move, models.Idem{})
		refused(t, "undoing too late", err, models.Closed, "rooms.undo_late")
	})
}

func TestOnlyWhoRunsTheRoomModerates(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		id := h.asks(h.ann, "几点散会？")
		stranger := h.person("stranger")
		stranger.Roles = []models.Role{{Name: models.Moderator, Unit: models.Unit{Path: "/elsewhere/"}}}
		for who, a := range map[string]actor.Actor{"a resident": h.ben, "a moderator of another unit": stranger} {
			if _, err := h.Approve(ctx, a, rooms.Which{ID: id}, models.Idem{}); !models.IsNotFound(err) {
				t.Errorf("%s approved: %v", who, err)
			}
			if _, err := h.Queue(ctx, a, h.room.Code); !models.IsNotFound(err) {
				t.Errorf("%s sees the queue: %v", who, err)
			}
			if err := h.Topics().MayJoin(ctx, a, h.room.DeskTopic()); !models.IsNotFound(err) {
				t.Errorf("%s hears the desk: %v", who, err)
			}
		}
		if err := h.Topics().MayJoin(ctx, actor.Actor{PersonID: h.chair.PersonID}, h.room.DeskTopic()); err != nil {
			t.Errorf("the chair may not hear the desk: %v", err)
		}
		if err := h.Topics().MayJoin(ctx, h.ben, h.room.OwnTopic(h.ann.Voice())); !models.IsNotFound(err) {
			t.Errorf("one hears what another one asked: %v", err)
		}
	})
}

func TestARoomTakesQuestionsOnlyWhileItIsOpen(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		ask := func() error {
			_, err := h.Ask(ctx, h.ann, rooms.AskInput{Code: h.room.Code, Body: "几点散会？"}, models.Idem{})
			return err
		}
		if _, err := h.Pause(ctx, h.chair, h.room.Code); err != nil {
			t.Fatal(err)
		}
		refused(t, "asking while paused", ask(), models.Closed, "rooms.closed_paused")
		if _, err := h.Open(ctx, h.chair, h.room.Code); err != nil {
			t.Fatal(err)
		}
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Close(ctx, h.chair, h.room.Code); err != nil {
			t.Fatal(err)
		}
		refused(t, "asking after the end", ask(), models.Closed, "rooms.closed_closed")
		_, err := h.Open(ctx, h.chair, h.room.Code)
		refused(t, "opening again", err, models.Closed, "rooms.closed_closed")
	})
}

func TestTheSameKeyAsksOnce(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		idem := models.Idem{Voice: h.ann.Voice(), Key: "k1", Hash: "h"}
		in := rooms.AskInput{Code: h.room.Code, Body: "几点散会？"}
		first, err := h.Ask(ctx, h.ann, in, idem)
		if err != nil {
			t.Fatal(err)
		}
		again, err := h.Ask(ctx, h.ann, in, idem)
		if err != nil || again.ID != first.ID || again.Number != first.Number {
			t.Errorf("%v, %v", again, err)
		}
		if q, _ := h.Queue(ctx, h.chair, h.room.Code); len(q.Waiting) != 1 {
			t.Errorf("%d questions wait", len(q.Waiting))
		}
	})
}

func TestAWrittenAnswerHasAnOfficeADateAndAnEnd(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		id := h.approved(h.ann, "替换清单什么时候有？")
		if _, err := h.Written(ctx, h.chair, rooms.Which{ID: id}, rooms.WrittenInput{}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		q := h.question(id)
		if q.OfficeID != h.unit.ID || q.DueAt == nil || q.DueAt.Before(h.clock.Now().Add(14*24*time.Hour)) {
			t.Errorf("office %q, due %v", q.OfficeID, q.DueAt)
		}
		if late, err := h.Overdue(ctx); err != nil || len(late) != 0 {
			t.Errorf("late already: %v, %v", late, err)
		}
		h.clock.Add(30 * 24 * time.Hour)
		if late, err := h.Overdue(ctx); err != nil || len(late) != 1 || late[0].ID != id || late[0].Office.ZH != h.unit.NameZH {
			t.Errorf("the overdue list has %v, %v", late, err)
		}
		if _, err := h.Answer(ctx, h.ben, rooms.Which{ID: id}, "下个月", "", models.Idem{}); !models.IsNotFound(err) {
			t.Errorf("a resident answered for the office: %v", err)
		}
		if _, err := h.Answer(ctx, h.other, rooms.Which{ID: id}, "下个月公布。", "Next month.", models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if late, _ := h.Overdue(ctx); len(late) != 0 {
			t.Errorf("still on the overdue list")
		}
	})
}

func TestTheFloorCountsTrueSpeakingTime(t *testing.T) {
	inHall(t, func(in *rooms.RoomInput) { in.SpeechSeconds, in.SideSeconds = 180, 240 }, func(t *testing.T, h hall) {
		sign := func(who actor.Actor, in rooms.SignUpInput) string {
			t.Helper()
			e, err := h.SignUp(ctx, who, h.room.Code, in, models.Idem{})
			if err != nil {
				t.Fatal(err)
			}
			return e.ID
		}
		_, err := h.SignUp(ctx, h.ann, h.room.Code, rooms.SignUpInput{Name: "安"}, models.Idem{})
		refused(t, "signing up while the list is closed", err, models.Closed, "rooms.list_closed")
		if _, err := h.OpenList(ctx, h.chair, h.room.Code, true); err != nil {
			t.Fatal(err)
		}
		ann := sign(h.ann, rooms.SignUpInput{Name: "安", Side: "for"})
		_, err = h.SignUp(ctx, h.ann, h.room.Code, rooms.SignUpInput{Name: "安"}, models.Idem{})
		refused(t, "signing up twice", err, models.Conflict, "rooms.on_list")
		ben := sign(h.ben, rooms.SignUpInput{Name: "本", Side: "for"})
		guest := sign(h.chair, rooms.SignUpInput{Name: "现场来宾", Kind: models.Interposed, Hall: true})
		order := sign(h.chair, rooms.SignUpInput{Name: "程序", Kind: models.PointOfOrder, Hall: true})
		list, _ := h.Speakers(ctx, h.room.Code)
		if len(list) != 4 || list[0].ID != guest || list[1].ID != order || list[2].ID != ann {
			t.Errorf("the order is %v", list)
		}
		if err := h.Place(ctx, h.chair, ben, ann); err != nil {
			t.Fatal(err)
		}
		if list, _ = h.Speakers(ctx, h.room.Code); list[2].ID != ben {
			t.Errorf("the chair's order does not hold: %v", list)
		}
		step := func(f func(context.Context, actor.Actor, string) error, id string) {
			t.Helper()
			if err := f(ctx, h.chair, id); err != nil {
				t.Fatal(err)
			}
		}
		give := func(c context.Context, a actor.Actor, id string) error { return h.Give(c, a, id, false) }
		step(give, ann)
		h.clock.Add(60 * time.Second)
		step(give, guest) // pauses ann
		h.clock.Add(30 * time.Second)
		step(h.Stop, guest) // ann goes on
		h.clock.Add(90 * time.Second)
		step(h.HoldSpeaker, ann)
		h.clock.Add(time.Hour)
		step(give, ann)
		h.clock.Add(90 * time.Second)
		step(h.Stop, ann)
		spoken := func(id string) time.Duration {
			e, err := h.db.SpeakerByID(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			return e.Spoken(h.clock.Now())
		}
		if got := spoken(ann); got != 240*time.Second {
			t.Errorf("ann spoke %v, want 4m", got)
		}
		if got := spoken(guest); got != 30*time.Second {
			t.Errorf("the guest spoke %v, want 30s", got)
		}
		refused(t, "a side without time", h.Give(ctx, h.chair, ben, false), models.Conflict, "rooms.side_over")
		if err := h.Give(ctx, h.chair, ben, true); err != nil {
			t.Errorf("the chair may not let them speak: %v", err)
		}
	})
}

func TestAPollCountsOneVoiceEachAndIsSeenWhenShown(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		p, err := h.MakePoll(ctx, h.chair, h.room.Code, rooms.PollInput{Kind: models.PollMultiple, TitleZH: "几点收摊？", Options: []models.PollOption{{ZH: "十点"}, {ZH: "十一点"}, {ZH: "十二点"}}}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		if st, _ := h.State(ctx, h.ann, h.room.Code); len(st.Polls) != 0 {
			t.Error("a draft is seen")
		}
		if _, err := h.Vote(ctx, h.ann, p.ID, []int{0}, models.Idem{}); !models.IsNotFound(err) {
			t.Errorf("a vote in a draft: %v", err)
		}
		if _, err := h.SetPoll(ctx, h.chair, p.ID, models.PollOpen, false); err != nil {
			t.Fatal(err)
		}
		for _, choices := range [][]int{{0}, {0, 2}, {2, 0, 2}} {
			if _, err := h.Vote(ctx, h.ann, p.ID, choices, models.Idem{}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Vote(ctx, h.ben, p.ID, []int{2}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		_, err = h.Vote(ctx, h.ben, p.ID, []int{7}, models.Idem{})
		refused(t, "an option that is not there", err, models.Invalid, "rooms.choice_unknown")
		if st, _ := h.State(ctx, h.ann, h.room.Code); len(st.Polls) != 1 || st.Polls[0].Counts != nil || st.Votes[p.ID] != "0,2" {
			t.Errorf("before it is shown: %+v", st)
		}
		if _, err := h.SetPoll(ctx, h.chair, p.ID, models.PollOpen, true); err != nil {
			t.Fatal(err)
		}
		// While people vote: how many they are cannot be reckoned from what they chose.
		sampled, err := h.Topics().Counts(ctx, models.RoomTopic(h.room.Code))
		if c, ok := sampled.(rooms.Counts); err != nil || !ok || fmt.Sprint(c.Polls[p.ID]) != "[1 0 2]" || c.Voters[p.ID] != 2 {
			t.Errorf("sampled are %+v, %v", sampled, err)
		}
		v, err := h.SetPoll(ctx, h.chair, p.ID, models.PollClosed, true)
		if err != nil || fmt.Sprint(v.Counts) != "[1 0 2]" || *v.Voters != 2 {
			t.Errorf("%+v, %v", v, err)
		}
		_, err = h.Vote(ctx, h.ben, p.ID, []int{1}, models.Idem{})
		refused(t, "a vote after the end", err, models.Closed, "rooms.poll_closed")
	})
}

func TestSimilarQuestionsAreFoundWhileTyping(t *testing.T) {
	inHall(t, func(in *rooms.RoomInput) { in.Moderated = false }, func(t *testing.T, h hall) {
		near := h.asks(h.ann, "服务费 0.4 元是怎么算出来的？")
		h.asks(h.ann, "车棚会不会砍树？")
		list, err := h.Similar(ctx, h.room.Code, "服务费怎么算")
		if err != nil || len(list) != 1 || list[0].ID != near {
			t.Errorf("%v, %v", list, err)
		}
	})
}

func TestASecondModeratorDecidesOnAnObjection(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		id := h.asks(h.ann, "几点散会？")
		if _, err := h.Hold(ctx, h.chair, rooms.Which{ID: id}, "off-topic", "", models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if err := h.Appeal(ctx, h.ben, id, "不同意"); !models.IsNotFound(err) {
			t.Errorf("somebody else objects: %v", err)
		}
		if err := h.Appeal(ctx, h.ann, id, "和今天的议题有关"); err != nil {
			t.Fatal(err)
		}
		refused(t, "objecting twice", h.Appeal(ctx, h.ann, id, "再说一次"), models.Conflict, "rooms.appealed")
		_, err := h.Uphold(ctx, h.chair, rooms.Which{ID: id}, "", models.Idem{})
		refused(t, "deciding on one's own act", err, models.Forbidden, "rooms.appeal_second")
		_, err = h.Approve(ctx, h.chair, rooms.Which{ID: id}, models.Idem{})
		refused(t, "deciding on one's own act", err, models.Forbidden, "rooms.appeal_second")
		if _, err := h.Approve(ctx, h.other, rooms.Which{ID: id}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if q := h.question(id); q.State != models.QuestionQueued {
			t.Errorf("it is %s", q.State)
		}
	})
}

func TestAnAuthorTakesAQuestionBack(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		id := h.approved(h.ann, "几点散会？")
		if err := h.Retract(ctx, h.ben, id); !models.IsNotFound(err) {
			t.Errorf("somebody else took it back: %v", err)
		}
		if err := h.Retract(ctx, h.ann, id); err != nil {
			t.Fatal(err)
		}
		if st, _ := h.State(ctx, h.ann, h.room.Code); len(st.Questions) != 0 || len(st.Mine) != 0 {
			t.Errorf("still there: %v %v", st.Questions, st.Mine)
		}
		if q := h.question(id); q.Body != "" || q.Number != 1 {
			t.Errorf("it keeps %q, number %d", q.Body, q.Number)
		}
		late := h.approved(h.ann, "几点开始？")
		if _, err := h.Answering(ctx, h.chair, rooms.Which{ID: late}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		refused(t, "taking back what is being answered", h.Retract(ctx, h.ann, late), models.Conflict, "rooms.retract_late")
	})
}

func TestWhoIsErasedLeavesQuestionsWithoutAName(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		const name = "安若素"
		got, err := h.Ask(ctx, h.ann, rooms.AskInput{Code: h.room.Code, Body: "几点散会？", Display: models.RealName, Name: name}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		moved, err := h.Approve(ctx, h.chair, rooms.Which{ID: got.ID}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		quiet := h.asks(h.ann, "不署名的一问")
		if _, err := h.OpenList(ctx, h.chair, h.room.Code, true); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SignUp(ctx, h.ann, h.room.Code, rooms.SignUpInput{Kind: models.Speaking, Name: name}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		data, err := h.db.PersonalData(ctx, h.ann.PersonID)
		if err != nil || len(data.Questions) != 2 {
			t.Errorf("what is kept: %v, %v", data.Questions, err)
		}
		topics := []string{models.RoomTopic(h.room.Code), h.room.DeskTopic(), h.room.WallTopic(), h.room.OwnTopic(h.ann.Voice())}
		for i, topic := range topics {
			if i != 2 && !strings.Contains(h.published(topic), name) {
				t.Fatalf("%s never held the name", topic)
			}
		}
		err = h.db.InTx(ctx, models.Act{By: "system", Name: "test.erase"}, func(tx *models.Tx) error {
			p, err := tx.Person(h.ann.PersonID)
			if err != nil {
				return err
			}
			if err := h.Erased(tx, p.ID); err != nil {
				return err
			}
			return tx.ErasePerson(p)
		})
		if err != nil {
			t.Fatal(err)
		}
		st, _ := h.State(ctx, actor.Actor{}, h.room.Code)
		if len(st.Questions) != 1 || st.Questions[0].Author != "" || st.Questions[0].Body != "几点散会？" {
			t.Errorf("shown are %v", st.Questions)
		}
		for _, e := range st.Speakers {
			if e.Name != "" || e.State == string(models.SpeakerWaiting) {
				t.Errorf("on the speaking list is %v", e)
			}
		}
		for _, topic := range topics {
			text := h.published(topic)
			if strings.Contains(text, name) {
				t.Errorf("the name stands in what %s was sent: %s", topic, text)
			}
			if topic == topics[0] && (!strings.Contains(text, "几点散会") || !strings.Contains(text, `"speakers":[]`)) {
				t.Errorf("the room was not told how it stands now: %s", text)
			}
			if strings.Contains(text, "rooms.forgotten") && strings.Contains(text[strings.Index(text, "rooms.forgotten"):], quiet) {
				t.Errorf("%s learns whose a question without a name was", topic)
			}
		}
		if _, err := h.Undo(ctx, h.chair, moved.Move, models.Idem{}); models.KindOf(err) != models.Conflict {
			t.Errorf("undoing brings the name back: %v", err)
		}
	})
}

func TestOfficesAreRemindedOnceBeforeAndOnceAfterTheDate(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		id := h.approved(h.ann, "清单什么时候有？")
		if _, err := h.Written(ctx, h.chair, rooms.Which{ID: id}, rooms.WrittenInput{}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		err := h.db.InTx(ctx, models.Act{By: "system", Name: "test"}, func(tx *models.Tx) error {
			p, err := tx.Person(h.other.PersonID)
			p.Notify = models.ChannelMail
			if err != nil {
				return err
			}
			return tx.Save(&p)
		})
		if err != nil {
			t.Fatal(err)
		}
		letters := func() (kinds []string) {
			list, err := h.db.Letters(ctx, false, "", 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range list {
				if l.PersonID == h.other.PersonID {
					kinds = append(kinds, l.Kind)
				}
			}
			return kinds
		}
		for _, step := range []struct {
			after time.Duration
			want  string
		}{{0, "[]"}, {13 * 24 * time.Hour, "[question_due]"}, {time.Hour, "[question_due]"}, {4 * 24 * time.Hour, "[question_late question_due]"}, {24 * time.Hour, "[question_late question_due]"}} {
			h.clock.Add(step.after)
			if err := h.Remind(ctx); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(letters()); got != step.want {
				t.Errorf("letters %s, want %s", got, step.want)
			}
		}
	})
}

func TestARoomClosedLongAgoKeepsItsQuestionsAndForgetsItsTalk(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		id := h.approved(h.ann, "几点散会？")
		h.asks(h.ann, "没有通过的话")
		if _, err := h.Close(ctx, h.chair, h.room.Code); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			after time.Duration
			kept  bool
		}{{29 * 24 * time.Hour, true}, {2 * 24 * time.Hour, false}} {
			h.clock.Add(step.after)
			if err := h.Tidy(ctx); err != nil {
				t.Fatal(err)
			}
			for _, topic := range []string{models.RoomTopic(h.room.Code), h.room.DeskTopic(), h.room.OwnTopic(h.ann.Voice())} {
				if kept := strings.Contains(h.published(topic), "几点散会"); kept != step.kept {
					t.Errorf("%s after %v: kept %v, want %v", topic, step.after, kept, step.kept)
				}
			}
		}
		if q := h.question(id); q.Body != "几点散会？" {
			t.Errorf("the question is %q", q.Body)
		}
		h.recounted()
	})
}

func TestTheRecordOfARoomIsCorrectedConfirmedAndWaitsToBeFrozen(t *testing.T) {
	inHall(t, func(in *rooms.RoomInput) { in.Moderated = false }, func(t *testing.T, h hall) {
		h.asks(h.ann, "几点散会？")
		refused(t, "a record before the end", h.BeginRecord(ctx, h.chair, h.room.Code), models.Closed, "rooms.not_ended")
		if _, err := h.Close(ctx, h.chair, h.room.Code); err != nil {
			t.Fatal(err)
		}
		for range 2 { // again adds nothing twice
			if err := h.BeginRecord(ctx, h.chair, h.room.Code); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Record(ctx, h.ann, h.room.Code); !models.IsNotFound(err) {
			t.Errorf("a draft is seen: %v", err)
		}
		if err := h.OpenRecord(ctx, h.chair, h.room.Code); err != nil {
			t.Fatal(err)
		}
		v, err := h.Record(ctx, actor.Actor{}, h.room.Code)
		if err != nil || len(v.Entries) != 1 {
			t.Fatalf("%v, %v", v.Entries, err)
		}
		if err := h.Correct(ctx, h.ben, h.room.Code, v.Entries[0].ID, "不对"); !models.IsNotFound(err) {
			t.Errorf("somebody else corrects: %v", err)
		}
		for range 2 { // sent twice
			if err := h.Correct(ctx, h.ann, h.room.Code, v.Entries[0].ID, "是问几点开始"); err != nil {
				t.Fatal(err)
			}
		}
		if v, _ = h.Record(ctx, actor.Actor{}, h.room.Code); len(v.Corrections) != 1 {
			t.Errorf("a wish that was sent twice is kept %d times", len(v.Corrections))
		}
		if err := h.Confirm(ctx, h.ann, h.room.Code, true); err != nil {
			t.Fatal(err)
		}
		v, _ = h.Record(ctx, actor.Actor{}, h.room.Code)
		if err := h.Decide(ctx, h.chair, h.room.Code, v.Corrections[0].ID, rooms.DecideInput{Accept: true, ZH: "几点开始？"}); err != nil {
			t.Fatal(err)
		}
		v, _ = h.Record(ctx, actor.Actor{}, h.room.Code)
		if v.Entries[0].TextZH != "几点开始？" || v.Corrections[0].Decision != "accepted" || len(v.Confirmations) != 1 {
			t.Errorf("%+v", v)
		}
		h.clock.Add(7 * 24 * time.Hour)
		refused(t, "confirming too late", h.Confirm(ctx, h.ann, h.room.Code, true), models.Closed, "rooms.corrections_closed")
		due, err := h.db.RecordsToFreeze(ctx, h.clock.Now())
		if err != nil || len(due) != 1 || due[0].About != models.RoomTopic(h.room.Code) {
			t.Errorf("to be frozen are %v, %v", due, err)
		}
	})
}

func TestTheWallIsToldByTheFrameWhatItShallShow(t *testing.T) {
	inHall(t, func(in *rooms.RoomInput) { in.Moderated = false }, func(t *testing.T, h hall) {
		if _, err := h.SetWall(ctx, h.chair, h.room.Code, rooms.WallInput{Blank: true}); err != nil {
			t.Fatal(err)
		}
		for _, topic := range []string{h.room.WallTopic(), h.room.DeskTopic()} {
			if text := h.published(topic); !strings.Contains(text, `"wall":{"view":"question","blank":true}`) {
				t.Errorf("%s does not go dark: %s", topic, text)
			}
		}
		if text := h.published(models.RoomTopic(h.room.Code)); strings.Contains(text, `"wall"`) {
			t.Errorf("phones are told of the wall: %s", text)
		}
	})
}

// Hundreds that wait are compared at once, each with those before it and the queue.
func TestAFloodIsComparedAndGrouped(t *testing.T) {
	inHall(t, func(in *rooms.RoomInput) { in.PerPerson = 1000 }, func(t *testing.T, h hall) {
		kinds := []string{"夜市几点收摊", "路灯什么时候修好", "油烟机多久检查一次", "停车位够不够用"}
		for i := range 300 {
			h.asks(h.person(fmt.Sprintf("p%d", i)), fmt.Sprintf("%s？%d", kinds[i%4], i))
		}
		q, err := h.Queue(ctx, h.chair, h.room.Code)
		if err != nil || len(q.Waiting) != 300 {
			t.Fatal(len(q.Waiting), err)
		}
		sorted, groups := rooms.Grouped(q.Waiting)
		if groups != 4 || len(sorted) != 300 {
			t.Fatalf("%d groups of %d", groups, len(sorted))
		}
		for i, v := range sorted {
			if !strings.HasPrefix(v.Body, kinds[i/75]) {
				t.Fatalf("%d is %q", i, v.Body)
			}
		}
		if again, n := rooms.Grouped(nil); n != 0 || len(again) != 0 {
			t.Error("nothing has groups")
		}
	})
}

// The rule: each sentence about an input says something of its own. Both titles of an item
// being too long are two faults of two fields, told apart by their language.
func TestFaultsOfAnAgendaAreToldApart(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h hall) {
		long := strings.Repeat("长", rooms.TitleLimit+1)
		_, err := h.SetAgenda(ctx, h.chair, h.room.Code, []rooms.AgendaItem{{Title: rooms.Words{ZH: "收费"}}, {Title: rooms.Words{ZH: long, EN: long}, Presenter: long, Minutes: 601}})
		var faults *models.Error
		if !errors.As(err, &faults) || len(faults.Also) != 3 {
			t.Fatalf("faults: %v", err)
		}
		said := map[string]bool{}
		for _, one := range append([]*models.Error{faults}, faults.Also...) {
			said[one.Field], said[one.Key] = true, true
		}
		if len(said) != 8 || !said["agenda_1_zh"] || !said["agenda_1_en"] {
			t.Errorf("said are %v", said)
		}
	})
}
