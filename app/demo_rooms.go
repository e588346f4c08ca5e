package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"minyi/app/demo"
	"minyi/app/kit/actor"
	"minyi/app/rooms"
	"minyi/models"
)

// demoChair runs every room of the demonstration.
const demoChair = "ji-tingquan"

// demoRoom is a room on its way into the site.
type demoRoom struct {
	demo.Room
	items    []demo.AgendaItem
	opened   demo.When
	closed   demo.When // empty while it is open
	question map[string]string
	item     map[string]string
}

// planRoom notes everything that happens in a room.
func (f *filler) planRoom(content demo.Room) {
	r := &demoRoom{Room: content, items: content.Agenda, opened: content.Opened, question: map[string]string{}, item: map[string]string{}}
	for _, h := range f.content.Hearings {
		if h.Key == content.Hearing && content.Hearing != "" {
			r.items, r.opened, r.Unit, r.Title, r.Place = h.Agenda, h.Starts, h.Unit, &h.Title, &h.Place
			if content.State == "closed" {
				r.closed = h.Ends
			}
		}
	}
	f.at(r.opened, -20*time.Hour, r.Code+": create", func(ctx context.Context) error { return f.createRoom(ctx, r) })
	f.at(r.opened, time.Second, r.Code+": open", func(ctx context.Context) error {
		_, err := f.rooms.Open(ctx, f.person[demoChair], r.Code)
		return err
	})
	for i, q := range r.Questions {
		f.planQuestion(r, i, q)
	}
	for i, e := range r.Floor {
		f.at(r.opened, time.Duration(12+5*i)*time.Minute, r.Code+": floor", func(ctx context.Context) error { return f.speak(ctx, r, e) })
	}
	for i, p := range r.Polls {
		f.at(r.opened, time.Duration(30+i)*time.Minute, r.Code+": poll", func(ctx context.Context) error { return f.poll(ctx, r, p) })
	}
	end := f.now.Sub(f.moment(r.opened)) - time.Second
	if r.closed != "" {
		end = f.moment(r.closed).Sub(f.moment(r.opened))
	}
	f.at(r.opened, end, r.Code+": end", func(ctx context.Context) error { return f.endRoom(ctx, r) })
}

// createRoom makes a room in which everybody may ask; the people of the
// demonstration who ask have no accounts. Its tier is set at the end.
func (f *filler) createRoom(ctx context.Context, r *demoRoom) error {
	starts := f.moment(r.opened)
	in := f.roomInput(r)
	in.Tier, in.StartsAt = models.TierNone, &starts
	room, err := f.rooms.Create(ctx, f.person[demoChair], in, models.Idem{})
	if err != nil {
		return err
	}
	if room.HearingID == "" {
		var items []rooms.AgendaItem
		for _, a := range r.items {
			items = append(items, rooms.AgendaItem{Title: rooms.Words{ZH: a.Title.ZH, EN: a.Title.EN}, Minutes: a.Minutes})
		}
		if _, err := f.rooms.SetAgenda(ctx, f.person[demoChair], room.Code, items); err != nil {
			return err
		}
	}
	agenda, err := f.rooms.Agenda(ctx, room)
	if err != nil {
		return err
	}
	for i, a := range agenda[:min(len(agenda), len(r.items))] {
		r.item[r.items[i].Key] = a.ID
	}
	return nil
}

func (f *filler) roomInput(r *demoRoom) rooms.RoomInput {
	return rooms.RoomInput{
		Code: r.Code, UnitID: f.unit[r.Unit].ID, HearingID: f.hearing[r.Hearing], TitleZH: r.Title.ZH, TitleEN: r.Title.EN, PlaceZH: r.Place.ZH, PlaceEN: r.Place.EN,
		Moderated: r.Moderated, SpeechSeconds: 300,
	}
}

// endRoom closes a room, or leaves it open for people with an account.
func (f *filler) endRoom(ctx context.Context, r *demoRoom) error {
	if r.closed != "" {
		_, err := f.rooms.Close(ctx, f.person[demoChair], r.Code)
		return err
	}
	in := f.roomInput(r)
	in.Tier = models.Tier(r.Tier) // contact when empty
	starts := f.moment(r.opened)
	in.StartsAt = &starts
	if _, err := f.rooms.Change(ctx, f.person[demoChair], r.Code, 0, in); err != nil {
		return err
	}
	if len(r.Floor) > 0 {
		if _, err := f.rooms.OpenList(ctx, f.person[demoChair], r.Code, true); err != nil {
			return err
		}
	}
	for _, q := range r.Questions {
		if q.State == "answering" {
			_, err := f.rooms.OnAgenda(ctx, f.person[demoChair], r.Code, r.item[q.Agenda])
			return err
		}
	}
	return nil
}

// planQuestion notes how a question is asked, seconded and handled. All of it happens
// while the room is open; written answers come later.
func (f *filler) planQuestion(r *demoRoom, i int, q demo.Question) {
	span := f.now.Sub(f.moment(r.opened))
	if r.closed != "" {
		span = f.moment(r.closed).Sub(f.moment(r.opened))
	}
	asked := span * time.Duration(i+1) / time.Duration(3*len(r.Questions)+3) // in the first third
	f.at(r.opened, asked, r.Code+": "+q.ID, func(ctx context.Context) error {
		got, err := f.rooms.Ask(ctx, f.voice(q.Author, "zh"), rooms.AskInput{Code: r.Code, Body: q.Body.ZH, AgendaItemID: r.item[q.Agenda], Display: models.Nickname, Name: f.nickname(q.Author)}, models.Idem{})
		r.question[q.ID] = got.ID
		return err
	})
	if r.Moderated && q.State != "waiting" {
		f.at(r.opened, asked+20*time.Second, r.Code+": look at "+q.ID, func(ctx context.Context) error { return f.look(ctx, r, q) })
	}
	if q.State != "waiting" && q.State != "declined" {
		f.at(r.opened, asked+40*time.Second, r.Code+": voices for "+q.ID, func(ctx context.Context) error { return f.second(ctx, r.question[q.ID], q.Supports) })
	}
	f.planAnswer(r, span*time.Duration(4*len(r.Questions)+i)/time.Duration(6*len(r.Questions)), q)
}

// look is the moderator's first decision.
func (f *filler) look(ctx context.Context, r *demoRoom, q demo.Question) (err error) {
	which := rooms.Which{ID: r.question[q.ID]}
	if q.State == "declined" {
		_, err = f.rooms.Hold(ctx, f.person[demoChair], which, q.Reason, "", models.Idem{})
	} else {
		_, err = f.rooms.Approve(ctx, f.person[demoChair], which, models.Idem{})
	}
	return err
}

// planAnswer notes what becomes of a question, after so long in the room.
func (f *filler) planAnswer(r *demoRoom, after time.Duration, q demo.Question) {
	which := func() rooms.Which { return rooms.Which{ID: r.question[q.ID]} }
	chair := func() actor.Actor { return f.person[demoChair] }
	switch q.State {
	case "answering":
		f.at(r.opened, max(after, f.now.Sub(f.moment(r.opened))-2*time.Minute), r.Code+": answering "+q.ID, func(ctx context.Context) error {
			_, err := f.rooms.Answering(ctx, chair(), which(), models.Idem{})
			return err
		})
	case "answered":
		f.at(q.AnsweredAt, -time.Minute, r.Code+": answering "+q.ID, func(ctx context.Context) error {
			_, err := f.rooms.Answering(ctx, chair(), which(), models.Idem{})
			return err
		})
		f.at(q.AnsweredAt, 0, r.Code+": answered "+q.ID, func(ctx context.Context) error {
			_, err := f.rooms.Answered(ctx, chair(), which(), rooms.AnsweredInput{Answerer: f.person[q.AnsweredBy].Name, ZH: q.Answer.ZH, EN: q.Answer.EN}, models.Idem{})
			return err
		})
	case "written":
		f.at(r.opened, after, r.Code+": written "+q.ID, func(ctx context.Context) error {
			_, err := f.rooms.Written(ctx, chair(), which(), rooms.WrittenInput{OfficeID: f.unit[q.Assigned].ID, Due: f.moment(q.Due).Format(time.DateOnly)}, models.Idem{})
			return err
		})
		if q.Answer != nil {
			f.at(q.AnsweredAt, 0, r.Code+": answer "+q.ID, func(ctx context.Context) error {
				_, err := f.rooms.Answer(ctx, f.person[q.AnsweredBy], which(), q.Answer.ZH, q.Answer.EN, models.Idem{})
				return err
			})
		}
	}
}

// second gives a question the voices of n visitors, many at once so that they share
// commits.
func (f *filler) second(ctx context.Context, id string, n int) error {
	errs := make(chan error, n)
	for i := range n {
		go func() {
			_, err := f.rooms.Support(ctx, actor.Actor{Visit: fmt.Sprintf("demo-neighbour-%d", i), Lang: "zh"}, id, true, models.Idem{})
			errs <- err
		}()
	}
	var all []error
	for range n {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// speak puts somebody on the speaking list, and lets them speak if they did.
func (f *filler) speak(ctx context.Context, r *demoRoom, e demo.Floor) error {
	chair := f.person[demoChair]
	row, err := f.rooms.SignUp(ctx, chair, r.Code, rooms.SignUpInput{Kind: models.SpeakerKind(e.Kind), Side: e.Side, Name: f.nickname(e.Author), AgendaItemID: r.item[e.Agenda], Hall: true}, models.Idem{})
	if err != nil || e.State != "done" {
		return err
	}
	if err := f.rooms.Give(ctx, chair, row.ID, true); err != nil {
		return err
	}
	f.set(f.db.Now().Add(time.Duration(e.Minutes)*time.Minute + 7*time.Second))
	return f.rooms.Stop(ctx, chair, row.ID)
}

// poll takes a quick poll with its votes.
func (f *filler) poll(ctx context.Context, r *demoRoom, p demo.Poll) error {
	in := rooms.PollInput{Kind: models.PollKind(p.Kind), TitleZH: p.Title.ZH, TitleEN: p.Title.EN}
	for _, o := range p.Options {
		in.Options = append(in.Options, models.PollOption{ZH: o.ZH, EN: o.EN})
	}
	row, err := f.rooms.MakePoll(ctx, f.person[demoChair], r.Code, in, models.Idem{})
	if err != nil {
		return err
	}
	if _, err := f.rooms.SetPoll(ctx, f.person[demoChair], row.ID, models.PollOpen, p.Shown); err != nil {
		return err
	}
	voter := 0
	for choice, n := range p.Votes {
		for range n {
			voter++
			if _, err := f.rooms.Vote(ctx, actor.Actor{Visit: fmt.Sprintf("demo-neighbour-%d", voter), Lang: "zh"}, row.ID, []int{choice}, models.Idem{}); err != nil {
				return err
			}
		}
	}
	if p.State == "closed" {
		_, err = f.rooms.SetPoll(ctx, f.person[demoChair], row.ID, models.PollClosed, p.Shown)
	}
	return err
}

// demoRooms lists the rooms of the demonstration, those that are on first.
func (a *App) demoRooms(ctx context.Context) ([]DemoRoom, error) {
	list, err := a.features.rooms.Public(ctx)
	out := []DemoRoom{}
	for _, r := range list {
		out = append(out, DemoRoom{r.Code, string(r.State), r.Moderated})
	}
	slices.SortStableFunc(out, func(a, b DemoRoom) int { // moderated ones first: that is the usual room
		switch {
		case a.State == b.State && a.Moderated && !b.Moderated:
			return -1
		case a.State == b.State && !a.Moderated && b.Moderated:
			return 1
		}
		return 0
	})
	return out, err
}
