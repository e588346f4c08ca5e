package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"minyi/app/accounts"
	"minyi/app/answers"
	"minyi/app/demo"
	"minyi/app/drafting"
	"minyi/app/hearings"
	"minyi/app/kit/actor"
	"minyi/app/kit/compare"
	"minyi/app/kit/outline"
	"minyi/app/opinions"
	"minyi/app/rooms"
	"minyi/app/settings"
	"minyi/app/units"
	"minyi/models"
)

// DemoPassword is the password of every printed sign-in. The demonstration listens
// on this machine only.
const DemoPassword = "yunting-open-house"

// fillDemo puts the demonstration into an empty site, each act at its own time:
// everything goes through the same services as on a real site, with a clock that
// is moved from act to act.
func fillDemo(ctx context.Context, s settings.Settings, log *slog.Logger, content demo.Content, now time.Time) error {
	var clock atomic.Int64
	clock.Store(now.AddDate(0, 0, -200).UnixMicro())
	db, err := models.Open(ctx, models.Options{URL: s.DatabaseURL, Dir: s.DataDir, Log: log, Now: func() time.Time { return time.UnixMicro(clock.Load()) }})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	zone, err := time.LoadLocation(content.City.TimeZone)
	if err != nil {
		return err
	}
	f := &filler{
		db: db, content: content, now: now.In(zone).Truncate(time.Second), set: func(t time.Time) { clock.Store(t.UnixMicro()) },
		accounts: accounts.New(accounts.Options{DB: db, Log: log}), units: units.New(db), drafting: drafting.New(db, zone), opinions: opinions.New(db), answers: answers.New(db), hearings: hearings.New(db, hearings.Options{Zone: zone, Secret: []byte("demonstration")}), rooms: rooms.New(rooms.Options{DB: db, Zone: zone, Log: log}),
		unit: map[string]models.Unit{}, person: map[string]actor.Actor{}, author: map[string]actor.Actor{}, consultation: map[string]string{}, hearing: map[string]string{}, opinion: map[string]string{}, clause: map[clauseIn]string{}, ticket: map[string]string{},
	}
	return f.fill(ctx)
}

// filler fills one site.
type filler struct {
	db       *models.DB
	content  demo.Content
	now      time.Time
	set      func(time.Time)
	accounts *accounts.Service
	units    *units.Service
	drafting *drafting.Service
	opinions *opinions.Service
	answers  *answers.Service
	rooms    *rooms.Service
	hearings *hearings.Service

	unit         map[string]models.Unit
	person       map[string]actor.Actor
	author       map[string]actor.Actor // who has an account
	consultation map[string]string      // key → id
	hearing      map[string]string      // key → id
	opinion      map[string]string      // id in the content → id
	clause       map[clauseIn]string    // permanent keys
	ticket       map[string]string      // hearing and author → secret of the ticket
	deeds        []deed
	err          error
}

// deed is one act at its time.
type deed struct {
	at   time.Time
	what string
	do   func(context.Context) error
}

func (f *filler) fill(ctx context.Context) error {
	if err := f.people(ctx); err != nil {
		return err
	}
	for _, c := range f.content.Consultations {
		f.plan(c)
	}
	for _, h := range f.content.Hearings {
		f.planHearing(h)
	}
	for _, r := range f.content.Rooms {
		f.planRoom(r)
	}
	if f.err != nil {
		return f.err
	}
	slices.SortStableFunc(f.deeds, func(a, b deed) int { return a.at.Compare(b.at) })
	for _, d := range f.deeds {
		f.set(d.at)
		if err := d.do(ctx); err != nil {
			return fmt.Errorf("demo: %s at %s: %w", d.what, d.at.Format("2006-01-02 15:04"), told(err))
		}
	}
	f.set(f.now)
	return f.db.InTx(ctx, models.Act{By: "system", Name: "site.demo"}, func(tx *models.Tx) error { return tx.SetSetting(demoSetting, f.now) })
}

// told names the faults of an error that was made for people.
func told(err error) error {
	var e *models.Error
	if !errors.As(err, &e) {
		return err
	}
	text := e.Key
	for _, more := range e.Also {
		text += ", " + more.Key
	}
	return fmt.Errorf("%s: %w", text, err)
}

// at notes what is to be done when.
func (f *filler) at(w demo.When, shift time.Duration, what string, do func(context.Context) error) {
	f.deeds = append(f.deeds, deed{f.moment(w).Add(shift), what, do})
}

func (f *filler) moment(w demo.When) time.Time {
	t, err := w.At(f.now)
	f.err = cmp.Or(f.err, err)
	return t
}

func (f *filler) optional(w demo.When) *time.Time {
	if w == "" {
		return nil
	}
	t := f.moment(w).UTC()
	return &t
}

// people makes the units and accounts, long before anything happens.
func (f *filler) people(ctx context.Context) error {
	for i, u := range f.content.City.Units {
		made, err := f.units.Create(ctx, actor.System, units.Input{
			ParentID: f.unit[u.Parent].ID, Level: models.Level(u.Kind), Slug: u.Key, NameZH: u.Name.ZH, NameEN: u.Name.EN,
			AddressZH: u.Contact.Address.ZH, AddressEN: u.Contact.Address.EN, Phone: u.Contact.Phone, Email: u.Contact.Email,
			ReceiptOnly: u.Kind != "township", Position: i,
		})
		if err != nil {
			return fmt.Errorf("demo: unit %s: %w", u.Key, told(err))
		}
		f.unit[u.Key] = made
	}
	hashed := make(chan error, len(f.content.City.People))
	var made sync.Mutex
	for _, p := range f.content.City.People {
		go func() { hashed <- f.account(ctx, p, &made) }() // passwords are slow on purpose
	}
	var errs []error
	for range f.content.City.People {
		errs = append(errs, <-hashed)
	}
	return errors.Join(errs...)
}

func (f *filler) account(ctx context.Context, p demo.Person, made *sync.Mutex) error {
	in := accounts.CreateInput{Email: p.Email, Name: p.Name.ZH, Nickname: f.nickname(p.Author), Tier: models.TierContact}
	if p.SignIn || p.Role == "officer" { // colleagues, too: publishing takes two people
		in.Password = DemoPassword
	}
	row, err := f.accounts.Create(ctx, actor.System, in)
	if err != nil {
		return fmt.Errorf("demo: %s: %w", p.Key, told(err))
	}
	made.Lock()
	defer made.Unlock()
	who := actor.Actor{PersonID: row.ID, Name: row.Name, Tier: row.Tier, Lang: "zh", Fresh: true}
	if role := models.RoleName(p.Role); p.Role != "resident" && p.Role != "attendee" {
		granted, err := f.accounts.Grant(ctx, actor.System, accounts.GrantInput{PersonID: row.ID, UnitID: f.unit[p.Unit].ID, Role: role})
		if err != nil {
			return fmt.Errorf("demo: role of %s: %w", p.Key, told(err))
		}
		granted.Unit = f.unit[p.Unit]
		who.Roles = []models.Role{granted}
	}
	f.person[p.Key] = who
	if p.Author != "" {
		f.author[p.Author] = who
	}
	return nil
}

func (f *filler) nickname(author string) string {
	for _, a := range f.content.Authors {
		if a.Key == author {
			return a.Nickname
		}
	}
	return ""
}

// plan notes everything that happens to a consultation.
func (f *filler) plan(c demo.Consultation) {
	id := func() string { return f.consultation[c.Key] }
	first := c.Versions[0]
	before := -72 * time.Hour
	if f.moment(first.Published).After(f.now) { // scheduled: it was prepared before today
		before = f.now.Add(-20 * time.Hour).Sub(f.moment(first.Published))
	}
	f.at(first.Published, before, c.Key+": create", func(ctx context.Context) error {
		keys, err := lastKeys(c)
		if err != nil {
			return err
		}
		made, err := f.drafting.Create(ctx, f.person[c.Owner], f.input(c, keys), models.Idem{})
		f.consultation[c.Key] = made.ID
		return err
	})
	f.at(first.Published, before+time.Hour, c.Key+": import", func(ctx context.Context) error { return f.version(ctx, c, first) })
	f.at(first.Published, before+2*time.Hour, c.Key+": propose", func(ctx context.Context) error { return f.drafting.Propose(ctx, f.person[c.Owner], id()) })
	publish := max(before+3*time.Hour, -time.Minute)
	if before < -72*time.Hour {
		publish = before + 3*time.Hour
	}
	f.at(first.Published, publish, c.Key+": publish", func(ctx context.Context) error {
		return f.drafting.Publish(ctx, f.person[c.Second], id(), models.Idem{})
	})
	for _, v := range c.Versions[1:] {
		f.at(v.Published, -2*time.Hour, c.Key+": import", func(ctx context.Context) error { return f.version(ctx, c, v) })
		f.at(v.Published, 0, c.Key+": publish version", func(ctx context.Context) error {
			return f.drafting.PublishVersion(ctx, f.person[c.Second], id(), v.Number, models.Idem{})
		})
	}
	for _, o := range c.Opinions {
		f.planOpinion(c, o)
		f.planAround(c, o)
	}
	f.planAnswers(c)
}

// lastKeys gives the permanent keys of the clauses of the last version by their
// numbers there, by which the content names them in its prompts.
func lastKeys(c demo.Consultation) (map[string]string, error) {
	var before outline.Outline
	var kept map[string]string
	var ever []string
	for i, v := range c.Versions {
		read, err := outline.Read(c.Key+".md", []byte(v.Draft.ZH), outline.Options{})
		if err != nil {
			return nil, err
		}
		var keys []string
		for _, clause := range read.Clauses {
			keys = append(keys, clause.Key)
		}
		carried := compare.First(keys)
		if i > 0 {
			carried = compare.Carry(kept, ever, compare.Versions(before, read))
		}
		before, kept, ever = read, carried.Keys, append(ever, carried.Fresh...)
	}
	return kept, nil
}

// input says about the consultation what an officer would type; keys are those of
// lastKeys.
func (f *filler) input(c demo.Consultation, keys map[string]string) drafting.Input {
	u := f.content.City.Units[slices.IndexFunc(f.content.City.Units, func(u demo.Unit) bool { return u.Key == c.Unit })]
	in := drafting.Input{
		UnitID: f.unit[c.Unit].ID, Profile: c.Profile, Topic: demoTopics[c.Topic.ZH], TitleZH: c.Title.ZH, TitleEN: c.Title.EN,
		Points:        models.Points{WhoZH: c.Summary.Who.ZH, WhoEN: c.Summary.Who.EN, WhatZH: c.Summary.Changes.ZH, WhatEN: c.Summary.Changes.EN},
		ExplanationZH: paragraphs(c.Explanation.ZH), ExplanationEN: paragraphs(c.Explanation.EN),
		ContactName: u.Name.ZH, ContactPhone: u.Contact.Phone, ContactEmail: u.Contact.Email, ContactPost: u.Contact.Address.ZH,
		OpensAt: f.optional(c.Opens), ClosesAt: f.optional(c.Closes), ResponseDueAt: f.optional(c.ReportDue), GraceMinutes: 30,
	}
	if c.ShortReason != nil {
		in.ShortReasonZH, in.ShortReasonEN = c.ShortReason.ZH, c.ShortReason.EN
	}
	for _, p := range c.Summary.Points {
		in.Points.ZH, in.Points.EN = append(in.Points.ZH, p.ZH), append(in.Points.EN, p.EN)
	}
	for _, s := range c.Next {
		day := f.moment(s.At)
		in.NextZH += "- " + day.Format("2006 年 1 月 2 日") + "：" + s.Text.ZH + "\n"
		in.NextEN += "- " + day.Format("2 January 2006") + ": " + s.Text.EN + "\n"
	}
	for _, p := range c.Prompts {
		in.Prompts = append(in.Prompts, models.Prompt{ClauseKey: keys[p.Clause], ZH: p.Text.ZH, EN: p.Text.EN})
	}
	for _, t := range c.Glossary {
		in.Glossary = append(in.Glossary, models.Term{WordZH: t.Term.ZH, WordEN: t.Term.EN, ZH: t.Meaning.ZH, EN: t.Meaning.EN})
	}
	return in
}

// paragraphs turns lines into paragraphs of Markdown.
func paragraphs(s string) string { return strings.ReplaceAll(s, "\n", "\n\n") }

var demoTopics = map[string]string{"出行": "transport", "住房与小区": "housing", "社区生活": "city", "环境": "environment", "养老": "elderly", "城市管理": "markets"}

// version imports a draft with its working translation, as an officer does.
func (f *filler) version(ctx context.Context, c demo.Consultation, v demo.Version) error {
	who, id := f.person[c.Owner], f.consultation[c.Key]
	made, err := f.drafting.Import(ctx, who, id, c.Title.ZH+".md", []byte(v.Draft.ZH), outline.Options{}, models.Idem{})
	if err != nil {
		return err
	}
	in := drafting.ConfirmInput{Revision: made.Revision, TitleZH: c.Title.ZH, TitleEN: c.Title.EN, NoteZH: v.Note.ZH, NoteEN: v.Note.EN}
	translation, err := outline.Read(c.Key+".md", []byte(v.Draft.EN), outline.Options{})
	if err != nil {
		return err
	}
	in.Translation = &translation
	confirmed, err := f.drafting.Confirm(ctx, who, made.ID, in)
	if err != nil {
		return err
	}
	return f.remember(ctx, c, v, confirmed)
}

// remember notes under which permanent keys the clauses of a version are kept: the
// content names clauses by their numbers in the version that is meant.
func (f *filler) remember(ctx context.Context, c demo.Consultation, v demo.Version, confirmed models.Version) error {
	read, err := outline.Read(c.Key+".md", []byte(v.Draft.ZH), outline.Options{})
	if err != nil {
		return err
	}
	kept, err := f.db.ClausesOf(ctx, confirmed.ID)
	if err != nil {
		return err
	}
	for i, clause := range kept {
		f.clause[clauseIn{c.Key, v.Number, read.Clauses[i].Key}] = clause.Key
	}
	return nil
}

// clauseIn names a clause as the content does.
type clauseIn struct {
	consultation string
	version      int
	key          string
}

// voice is who gives an opinion: an account, or a visitor with a contact.
func (f *filler) voice(author, lang string) actor.Actor {
	who, ok := f.author[author]
	if !ok {
		who = actor.Actor{Visit: "demo-" + author, Tier: models.TierContact}
	}
	who.Lang = lang
	return who
}

func (f *filler) nameOf(author string, display models.Display) string {
	for _, a := range f.content.Authors {
		if a.Key == author && display == models.RealName {
			return a.Name
		}
	}
	return f.nickname(author)
}

func (f *filler) planOpinion(c demo.Consultation, o demo.Opinion) {
	given := o.At
	if o.Entered != nil {
		given = o.Entered.At
	}
	f.at(given, 0, c.Key+": opinion "+o.ID, func(ctx context.Context) error {
		if o.Entered != nil {
			return f.enter(ctx, c, o)
		}
		return f.say(ctx, c, o)
	})
	// Voices come in the day after the opinion, and never after now or the deadline.
	last := f.moment(given).Add(20 * time.Hour)
	if closes := f.moment(c.Closes); last.After(closes) {
		last = closes.Add(-time.Minute)
	}
	if last.After(f.now) {
		last = f.now
	}
	f.at(given, max(last.Sub(f.moment(given)), time.Second), c.Key+": voices for "+o.ID, func(ctx context.Context) error {
		return f.support(ctx, f.opinion[o.ID], o.Supports)
	})
}

// say gives one opinion through the use case that a resident's form calls.
func (f *filler) say(ctx context.Context, c demo.Consultation, o demo.Opinion) error {
	in := opinions.SubmitInput{
		ConsultationID: f.consultation[c.Key], Display: models.Display(o.Display), Name: f.nameOf(o.Author, models.Display(o.Display)),
		Opinions: []opinions.Said{{ClauseKey: f.clause[clauseIn{c.Key, o.Version, o.Clause}], Stance: models.Stance(o.Stance), Body: o.Body, Suggestion: o.Suggestion}},
	}
	got, err := f.opinions.Submit(ctx, f.voice(o.Author, o.Lang), in, models.Idem{})
	if err == nil {
		f.opinion[o.ID] = got.Opinions[0]
	}
	return err
}

// support gives an opinion the voices of n visitors, many at once so that they
// share commits.
func (f *filler) support(ctx context.Context, id string, n int) error {
	errs := make(chan error, n)
	for i := range n {
		go func() {
			_, err := f.opinions.Support(ctx, actor.Actor{Visit: fmt.Sprintf("demo-neighbour-%d", i), Lang: "zh"}, id, true, models.Idem{})
			errs <- err
		}()
	}
	var all []error
	for range n {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}
