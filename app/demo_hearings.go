package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"minyi/app/demo"
	"minyi/app/hearings"
	"minyi/app/kit/actor"
	"minyi/app/kit/draw"
	"minyi/models"
)

// planHearing notes everything that happens to a hearing, each act at its time.
func (f *filler) planHearing(h demo.Hearing) {
	owner, second := f.officers(h)
	id := func() string { return f.hearing[h.Key] }
	f.at(h.Notice, -3*time.Hour, h.Key+": create", func(ctx context.Context) error {
		made, err := f.hearings.Create(ctx, owner, f.hearingInput(h), models.Idem{})
		f.hearing[h.Key] = made.ID
		return err
	})
	f.at(h.Notice, -time.Hour, h.Key+": propose", func(ctx context.Context) error { return f.hearings.Propose(ctx, owner, id()) })
	f.at(h.Notice, 0, h.Key+": publish", func(ctx context.Context) error {
		return f.hearings.Publish(ctx, second, id(), 0, models.Idem{})
	})
	if h.State == "announced" {
		return
	}
	f.planSignups(h, owner)
	if h.State == "signup" {
		return
	}
	f.planDraw(h, owner)
	if h.State == "live" || h.State == "recorded" {
		f.at(h.Starts, -20*time.Minute, h.Key+": doors", func(ctx context.Context) error { return f.arrive(ctx, h, owner) })
		f.at(h.Starts, 2*time.Minute, h.Key+": record", func(ctx context.Context) error { return f.hearings.BeginRecord(ctx, owner, id()) })
	}
	if h.Record != nil {
		f.planRecord(h, owner, second)
	}
}

// officers are the two people of the consultation that a hearing belongs to.
func (f *filler) officers(h demo.Hearing) (owner, second actor.Actor) {
	for _, c := range f.content.Consultations {
		if c.Key == h.Consultation {
			return f.person[c.Owner], f.person[c.Second]
		}
	}
	f.err = fmt.Errorf("demo: hearing %s belongs to no consultation", h.Key)
	return owner, second
}

// hearingInput says about the hearing what an officer would type.
func (f *filler) hearingInput(h demo.Hearing) hearings.Input {
	in := hearings.Input{
		Kind: models.KindHearing, UnitID: f.unit[h.Unit].ID, Profile: h.Profile, ConsultationID: f.consultation[h.Consultation], Large: true, TitleZH: h.Title.ZH, TitleEN: h.Title.EN,
		AboutZH: h.About.ZH, AboutEN: h.About.EN, PlaceZH: h.Place.ZH, PlaceEN: h.Place.EN, AccessZH: h.Access.ZH, AccessEN: h.Access.EN, RulesZH: h.Rules.ZH, RulesEN: h.Rules.EN,
		MethodZH: h.Method.ZH, MethodEN: h.Method.EN, SignupOpensAt: f.optional(h.SignupOpens), SignupClosesAt: f.optional(h.SignupCloses), DrawAt: f.optional(h.Draw),
		StartsAt: f.optional(h.Starts), EndsAt: f.optional(h.Ends), CoolingDays: 365,
	}
	for _, u := range f.content.City.Units {
		if u.Key == h.Unit {
			in.ContactName, in.ContactPhone, in.ContactEmail = u.Name.ZH, u.Contact.Phone, u.Contact.Email
		}
	}
	for _, g := range h.Groups {
		c := hearings.CategoryInput{Key: g.Key, Role: models.Speaker, NameZH: g.Name.ZH, NameEN: g.Name.EN, Method: models.ByDraw, Seats: g.Seats}
		if g.Key == "consumers" {
			c.Rule = "consumers_share"
		}
		in.Categories = append(in.Categories, c)
	}
	in.Categories = append(in.Categories,
		hearings.CategoryInput{Key: "observers", Role: models.Observer, NameZH: "旁听人", NameEN: "Observers", Method: models.FirstCome, Seats: h.Observers, Waiting: 20},
		hearings.CategoryInput{Key: "press", Role: models.Press, NameZH: "媒体", NameEN: "Press", Method: models.Approval, Seats: 6},
		hearings.CategoryInput{Key: "online", Role: models.Online, NameZH: "线上旁听", NameEN: "Online", Method: models.FirstCome, Seats: 300})
	for _, a := range h.Agenda {
		item := models.AgendaItem{TitleZH: a.Title.ZH, TitleEN: a.Title.EN, Minutes: a.Minutes}
		for _, p := range f.content.City.People {
			if p.Key == a.By {
				item.Presenter = p.Name.ZH
			}
		}
		in.Agenda = append(in.Agenda, item)
	}
	return in
}

// planSignups lets those sign up who are named, and neighbours by phone: a draw needs
// more applicants than seats.
func (f *filler) planSignups(h demo.Hearing, owner actor.Actor) {
	minutes := 30
	at := func(what string, do func(context.Context) error) {
		f.at(h.SignupOpens, time.Duration(minutes)*time.Minute, h.Key+": "+what, do)
		minutes += 47
	}
	applied := map[string]int{}
	for _, a := range append(append([]demo.Applicant{}, h.Speakers...), h.Applicants...) {
		applied[a.Group]++
		at("sign-up of "+a.Author, func(ctx context.Context) error { return f.signUp(ctx, h, owner, a) })
	}
	for _, g := range h.Groups {
		want := g.Seats
		if h.State == "drawn" || h.State == "signup" {
			want = 2*g.Seats + 1
		}
		for i := applied[g.Key]; i < want; i++ {
			name := neighbours[(i*7+len(g.Key)*3+g.Seats)%len(neighbours)]
			at("sign-up by phone", func(ctx context.Context) error { return f.phoneIn(ctx, h, owner, g.Key, name, demo.Applicant{}) })
		}
	}
	if h.State == "live" { // a family with an account comes late: their tickets are still to be shown at the door
		for _, p := range f.content.City.People {
			if p.Role == "attendee" {
				at("sign-up of "+p.Key, func(ctx context.Context) error {
					_, err := f.hearings.Register(ctx, f.person[p.Key], hearings.RegisterInput{HearingID: f.hearing[h.Key], Category: "observers", Name: p.Name.ZH, Companions: []string{"桑一苇", "桑有竹"}}, models.Idem{})
					return err
				})
			}
		}
	}
	for i := range min(h.Observers/3, 9) {
		name := neighbours[(i*5+h.Observers)%len(neighbours)]
		at("an observer", func(ctx context.Context) error { return f.phoneIn(ctx, h, owner, "observers", name, demo.Applicant{}) })
	}
}

// neighbours are invented people who sign up by phone.
var neighbours = strings.Fields("周女士 吴先生 郑女士 冯先生 陈女士 褚先生 卫女士 蒋先生 沈女士 韩先生 杨女士 朱先生 秦女士 尤先生 许女士 何先生 吕女士 施先生 张女士 孔先生 曹女士 严先生 华女士 金先生 魏女士 陶先生 姜女士")

// signUp signs up somebody of the content: with their account, or by phone. In the
// hearing that is open everybody came by phone, so that whoever tries the
// demonstration can sign up with every account.
func (f *filler) signUp(ctx context.Context, h demo.Hearing, owner actor.Actor, a demo.Applicant) error {
	who, account := f.author[a.Author]
	if !account || h.State == "signup" {
		return f.phoneIn(ctx, h, owner, a.Group, f.nickname(a.Author), a)
	}
	_, err := f.hearings.Register(ctx, who, hearings.RegisterInput{HearingID: f.hearing[h.Key], Category: a.Group, Name: f.nickname(a.Author), PublishName: true, KeyPoints: a.Point.ZH, Stance: models.Stance(a.Stance)}, models.Idem{})
	return err
}

func (f *filler) phoneIn(ctx context.Context, h demo.Hearing, owner actor.Actor, group, name string, a demo.Applicant) error {
	in := hearings.EntryInput{Channel: models.Phone, Consent: true, RegisterInput: hearings.RegisterInput{
		HearingID: f.hearing[h.Key], Category: group, Name: name, PublishName: a.Author != "", KeyPoints: a.Point.ZH, Stance: models.Stance(a.Stance),
	}}
	got, err := f.hearings.Enter(ctx, owner, in, models.Idem{})
	if err == nil && a.Author != "" {
		f.ticket[h.Key+" "+a.Author] = got.Ticket
	}
	return err
}

// planDraw commits the list an hour before the draw, and draws.
func (f *filler) planDraw(h demo.Hearing, owner actor.Actor) {
	f.at(h.Draw, -time.Hour, h.Key+": commit list", func(ctx context.Context) error {
		rule := hearings.SeedRule{Method: models.SeedDice, Dice: draw.FewestDice, SeedAt: f.moment(h.Draw),
			RuleZH: "抽签当天在会场由三位见证人轮流掷 20 次骰子，按先后记下点数。", RuleEN: "On the day of the draw three witnesses throw dice 20 times in turn; the eyes are noted in order."}
		_, err := f.hearings.CommitList(ctx, owner, f.hearing[h.Key], rule)
		return err
	})
	f.at(h.Draw, 5*time.Minute, h.Key+": draw", func(ctx context.Context) error {
		return f.hearings.Draw(ctx, owner, f.hearing[h.Key], hearings.SeedInput{Seed: thrown(h.Key), Witnesses: []string{"陆知秋", "方见山", "程素月"}})
	})
}

// thrown are the eyes of twenty dice, the same each time for a hearing.
func thrown(key string) string {
	var b strings.Builder
	for i, x := range sha256.Sum256([]byte("dice of " + key)) {
		if i < draw.FewestDice {
			fmt.Fprint(&b, 1+int(x)%6)
		}
	}
	return b.String()
}

// arrive checks in everybody with a seat, but for one in ten and the families.
func (f *filler) arrive(ctx context.Context, h demo.Hearing, owner actor.Actor) error {
	list, err := f.db.Registrations(ctx, f.hearing[h.Key], []models.RegistrationStatus{models.RegistrationConfirmed})
	if err != nil {
		return err
	}
	tickets, err := f.db.TicketsOfHearing(ctx, f.hearing[h.Key])
	if err != nil {
		return err
	}
	seated := map[string]int64{}
	for _, r := range list {
		if r.Seats == 1 { // families come later
			seated[r.ID] = r.Number
		}
	}
	var shown []hearings.Shown
	for i, t := range tickets {
		if n, ok := seated[t.RegistrationID]; ok && n%10 != 9 {
			shown = append(shown, hearings.Shown{Key: "demo-" + t.ID, Ticket: t.Code, Way: "camera", Desk: []string{"东门", "西门"}[i%2]})
		}
	}
	_, err = f.hearings.CheckIn(ctx, owner, f.hearing[h.Key], shown)
	return err
}

// planRecord writes the record, takes the corrections, freezes it and reports.
func (f *filler) planRecord(h demo.Hearing, owner, second actor.Actor) {
	rec := h.Record
	id := func() string { return f.hearing[h.Key] }
	f.at(rec.Published, -time.Hour, h.Key+": write record", func(ctx context.Context) error {
		v, err := f.hearings.Record(ctx, owner, id())
		if err != nil {
			return err
		}
		return f.hearings.WriteRecord(ctx, owner, id(), v.Revision, hearings.RecordInput{SummaryZH: rec.Summary.ZH, SummaryEN: rec.Summary.EN, Host: owner.Name, Clerk: second.Name, Entries: spoken(h, v.Entries)})
	})
	f.at(rec.Published, 0, h.Key+": open record", func(ctx context.Context) error {
		v, err := f.hearings.Record(ctx, owner, id())
		if err != nil {
			return err
		}
		return f.hearings.OpenRecord(ctx, owner, id(), v.Revision)
	})
	for _, c := range rec.Corrections {
		f.at(c.At, 0, h.Key+": correction", func(ctx context.Context) error {
			return unlessAway(f.hearings.Correct(ctx, actor.Actor{}, f.ticketOf(ctx, h, c.Author), "", c.Text.ZH))
		})
		f.at(c.At, 14*time.Hour, h.Key+": answer to correction", func(ctx context.Context) error {
			v, err := f.hearings.Record(ctx, owner, id())
			if err != nil || len(v.Corrections) == 0 {
				return err
			}
			return f.hearings.DecideCorrection(ctx, owner, id(), v.Corrections[len(v.Corrections)-1].ID, c.Accepted, "", "核对录音后处理。")
		})
	}
	f.at(rec.Published, 48*time.Hour, h.Key+": signatures", func(ctx context.Context) error {
		for _, a := range h.Speakers {
			if err := unlessAway(f.hearings.Confirm(ctx, actor.Actor{}, f.ticketOf(ctx, h, a.Author), true)); err != nil {
				return err
			}
		}
		return nil
	})
	f.at(rec.CorrectionsUntil, 36*time.Hour, h.Key+": freeze", func(ctx context.Context) error { return f.hearings.Tick(ctx) })
	f.at(rec.CorrectionsUntil, 60*time.Hour, h.Key+": report", func(ctx context.Context) error {
		in := hearings.ReportInput{SummaryZH: "会上的每条意见都研究过了，处理如下。", SummaryEN: "Every view of the hearing was studied. This is what became of each."}
		for _, a := range h.Speakers {
			in.Items = append(in.Items, models.ReportItem{ViewZH: a.Point.ZH, ViewEN: a.Point.EN, By: f.nickname(a.Author), Decision: "study", ReasonZH: "列入方案修改，结果随采纳情况公布。", ReasonEN: "Taken into the revision; the outcome is published with the response."})
		}
		if err := f.hearings.WriteReport(ctx, owner, id(), 0, in); err != nil {
			return err
		}
		if err := f.hearings.ProposeReport(ctx, owner, id()); err != nil {
			return err
		}
		return f.hearings.PublishReport(ctx, second, id(), 0)
	})
}

// unlessAway leaves out what somebody may not say of a record because they had no seat, or
// did not come.
func unlessAway(err error) error {
	if models.IsNotFound(err) || models.KindOf(err) == models.Forbidden {
		return nil
	}
	return err
}

// spoken puts the statements under the point of the agenda at which they were made;
// who said nothing leaves no empty line.
func spoken(h demo.Hearing, entries []models.RecordEntry) []models.RecordEntry {
	var out, said []models.RecordEntry
	for _, e := range entries {
		if e.Kind == "speech" && e.TextZH != "" {
			said = append(said, e)
		}
	}
	point := 0
	for _, e := range entries {
		if e.Kind == "speech" {
			continue
		}
		out = append(out, e)
		if e.Kind == "note" {
			if point < len(h.Agenda) && h.Agenda[point].Key == "speak" {
				out, said = append(out, said...), nil
			}
			point++
		}
	}
	return append(out, said...)
}

// ticketOf is the secret of the ticket of somebody of the content.
func (f *filler) ticketOf(ctx context.Context, h demo.Hearing, author string) string {
	if t := f.ticket[h.Key+" "+author]; t != "" {
		return t
	}
	ticket, err := f.hearings.Existing(ctx, f.author[author], f.hearing[h.Key], "")
	if err != nil {
		return ""
	}
	return ticket
}
