package hearings

import (
	"slices"
	"strings"

	"minyi/app/hearings"
	pages "minyi/frontend/pages/deskhearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// entryFields are the fields of the form for others that hold one text each, in the
// order of the page; the organiser's questions come after them.
var entryFields = []string{"channel", "category", "name", "organisation", "companion_0", "companion_1", "companion_2", "contact", "key_points", "access_needs", "consent", "publish_name", "consent_access"}

func (h handler) deskEntering(c *web.Ctx) error {
	return h.showEntry(c, withKey(c, parts.NewForm(map[string]string{"channel": string(models.Phone)})))
}

func (h handler) showEntry(c *web.Ctx, f *parts.Form) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	base := c.URL(deskArea + "/" + o.ID)
	p := pages.EntryPage{Frame: deskFrame(c, o.Hearing, c.T("hearings.desk_entry")), Form: f, Action: base + "/entry", Cancel: base + "/registrations", Companions: hearings.MostCompanions}
	p.Failed = f.Failed()
	for _, k := range o.Categories {
		shown := category(c, o.View, k, o.State(c.Now()))
		text := categoryName(c, k)
		if shown.Left != "" {
			text += " · " + shown.Left
		}
		p.Options = append(p.Options, parts.Option{Value: k.Key, Text: text})
	}
	for _, ch := range []models.Channel{models.Phone, models.Counter, models.Paper} {
		p.Channels = append(p.Channels, parts.Option{Value: string(ch), Text: c.T("hearings.desk_by_" + string(ch))})
	}
	p.Closed = signupClosed(c, o.View)
	p.Questions = asked(c, o.Hearing)
	if p.Terms, err = h.terms(c); err != nil {
		return err
	}
	if done := c.Query("done"); done != "" && !p.Failed {
		h.entered(c, &p, done)
	}
	return c.Render(pages.Entry(p))
}

// entered says what became of the entry before, with the ticket to print for people
// who have no phone to carry it on.
func (h handler) entered(c *web.Ctx, p *pages.EntryPage, registration string) {
	v, err := h.s.Registration(c.UserContext(), c.Who, registration)
	if err != nil || v.ID != c.Params("id") {
		return // an address that was changed by hand
	}
	r := v.Registration
	p.Done = c.T("hearings.desk_entered_as", "name", r.Name, "number", models.NumberForm(r.Number), "status", deskStatus(c, r.Status))
	p.DoneURL = c.URL("/t/" + v.Tickets[0].Code)
}

func (h handler) deskEnter(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	fields := entryFields
	for _, q := range hearings.QuestionsOf(o.Hearing) {
		fields = append(fields[:len(fields):len(fields)], "q_"+q.Key)
	}
	f := withKey(c, parts.NewForm(nil))
	for _, name := range fields {
		if v := c.FormValue(name); v != "" {
			f.Values[name] = v
		}
	}
	v := f.Values
	in := hearings.EntryInput{Channel: models.Channel(v["channel"]), Contact: strings.TrimSpace(v["contact"]), Consent: v["consent"] != "", RegisterInput: hearings.RegisterInput{
		HearingID: o.ID, Category: v["category"], Name: v["name"], Organisation: v["organisation"], Companions: companionsIn(f), KeyPoints: v["key_points"], AccessNeeds: v["access_needs"],
		PublishName: v["publish_name"] != "", ConsentAccess: v["consent_access"] != "", Answers: answersIn(f, o.Hearing),
	}}
	got, err := h.s.Enter(c.UserContext(), c.Who, in, c.Idem(v))
	if err == nil {
		return c.See(deskArea + "/" + o.ID + "/entry?done=" + got.ID)
	}
	if c.Refuse(f, err) {
		f.Order(slices.Concat(entryFields[:4], []string{"companions", "contact", "key_points"}, questionFields(f), []string{"access_needs", "consent_access", "consent"})...)
		return h.showEntry(c, f)
	}
	return err
}
