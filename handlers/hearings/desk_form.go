package hearings

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"minyi/app/hearings"
	"minyi/frontend"
	pages "minyi/frontend/pages/deskhearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// layouts are what browsers and people write into a field of date and time.
var layouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006/1/2 15:04"}

// dateIn reads a field of date and time; what is none is noted beside the field.
func dateIn(c *web.Ctx, f *parts.Form, field string) *time.Time {
	s := strings.TrimSpace(f.Values[field])
	if s == "" {
		return nil
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, frontend.Zone()); err == nil {
			t = t.UTC()
			return &t
		}
	}
	f.Fail(field, c.T("drafting.date_wrong"))
	return nil
}

func local(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(frontend.Zone()).Format("2006-01-02T15:04")
}

// typedHearing reads one part of the form on top of what is stored (or, for a new
// hearing, of nothing), and what the whole means.
func typedHearing(c *web.Ctx, f *parts.Form, part formPart) hearings.Input {
	part.read(c, f)
	v := f.Values
	in := hearings.Input{
		Kind: models.HearingKind(v["kind"]), UnitID: v["unit"], Profile: v["profile"], TitleZH: v["title_zh"], TitleEN: v["title_en"], ConsultationID: v["consultation"], Clauses: strings.FieldsFunc(v["clauses"], func(r rune) bool { return strings.ContainsRune(" ,，、;；", r) }),
		Large: v["large"] != "", AboutZH: v["about_zh"], AboutEN: v["about_en"], PlaceZH: v["place_zh"], PlaceEN: v["place_en"], OnlineURL: v["online_url"], MethodZH: v["method_zh"], MethodEN: v["method_en"],
		AccessZH: v["access_zh"], AccessEN: v["access_en"], RulesZH: v["rules_zh"], RulesEN: v["rules_en"], Total: whole(v["total"]), OfferHours: whole(v["offer_hours"]), CoolingDays: whole(v["cooling_days"]),
		ContactName: v["contact_name"], ContactPhone: v["contact_phone"], ContactEmail: v["contact_email"], OverrideZH: v["override_zh"], OverrideEN: v["override_en"],
	}
	in.SignupOpensAt, in.SignupClosesAt, in.DrawAt = dateIn(c, f, "signup_opens_at"), dateIn(c, f, "signup_closes_at"), dateIn(c, f, "draw_at")
	in.StartsAt, in.EndsAt = dateIn(c, f, "starts_at"), dateIn(c, f, "ends_at")
	used := map[string]bool{}
	for i := range hearings.MostAgenda + 2 {
		at := func(name string) string { return strings.TrimSpace(v[name+"_"+strconv.Itoa(i)]) }
		if at("cat_zh")+at("cat_en")+at("cat_seats")+at("cat_min")+at("cat_wait") != "" {
			key := at("cat_key")
			for n := i + 1; key == "" || used[key]; n++ {
				key = "g" + strconv.Itoa(n)
			}
			used[key] = true
			in.Categories = append(in.Categories, hearings.CategoryInput{Key: key, Role: models.HearingRole(at("cat_role")), NameZH: at("cat_zh"), NameEN: at("cat_en"), Method: models.SeatMethod(at("cat_method")),
				Minimum: whole(at("cat_min")), Seats: whole(at("cat_seats")), Waiting: whole(at("cat_wait")), Rule: at("cat_rule")})
		}
		if at("ag_zh")+at("ag_en")+at("ag_by")+at("ag_min") != "" {
			in.Agenda = append(in.Agenda, models.AgendaItem{ID: at("ag_id"), TitleZH: at("ag_zh"), TitleEN: at("ag_en"), Presenter: at("ag_by"), Minutes: whole(at("ag_min"))})
		}
		if at("ask_zh")+at("ask_en") != "" {
			in.Questions = append(in.Questions, models.SignupQuestion{ZH: at("ask_zh"), EN: at("ask_en"), Required: at("ask_must") != ""})
		}
	}
	return in
}

// writtenHearing fills the form from what is stored.
func writtenHearing(c *web.Ctx, o hearings.Overview) *parts.Form {
	h := o.Hearing
	var clauses []string
	_ = json.Unmarshal([]byte(h.Clauses), &clauses) // written by us
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	f := withKey(c, parts.NewForm(map[string]string{
		"kind": string(h.Kind), "unit": h.UnitID, "profile": h.Profile, "title_zh": h.TitleZH, "title_en": h.TitleEN, "consultation": h.ConsultationID, "clauses": strings.Join(clauses, " "), "about_zh": h.AboutZH, "about_en": h.AboutEN,
		"signup_opens_at": local(h.SignupOpensAt), "signup_closes_at": local(h.SignupClosesAt), "draw_at": local(h.DrawAt), "starts_at": local(h.StartsAt), "ends_at": local(h.EndsAt), "place_zh": h.PlaceZH, "place_en": h.PlaceEN,
		"online_url": h.OnlineURL, "method_zh": h.MethodZH, "method_en": h.MethodEN, "access_zh": h.AccessZH, "access_en": h.AccessEN, "rules_zh": h.RulesZH, "rules_en": h.RulesEN, "total": number(h.Total), "offer_hours": number(h.OfferHours),
		"cooling_days": number(h.CoolingDays), "contact_name": h.ContactName, "contact_phone": h.ContactPhone, "contact_email": h.ContactEmail, "override_zh": h.OverrideZH, "override_en": h.OverrideEN,
	}))
	if h.Large {
		f.Values["large"] = "1"
	}
	put := func(i int, name, value string) { f.Values[name+"_"+strconv.Itoa(i)] = value }
	for i, k := range o.Categories {
		for name, value := range map[string]string{"cat_key": k.Key, "cat_zh": k.NameZH, "cat_en": k.NameEN, "cat_role": string(k.Role), "cat_method": string(k.Method), "cat_seats": strconv.Itoa(k.Seats), "cat_min": number(k.Minimum), "cat_wait": number(k.Waiting), "cat_rule": k.Rule} {
			put(i, name, value)
		}
	}
	for i, a := range o.Agenda {
		put(i, "ag_id", a.ID)
		put(i, "ag_zh", a.TitleZH)
		put(i, "ag_en", a.TitleEN)
		put(i, "ag_by", a.Presenter)
		put(i, "ag_min", number(a.Minutes))
	}
	for i, q := range hearings.QuestionsOf(h) {
		put(i, "ask_zh", q.ZH)
		put(i, "ask_en", q.EN)
		if q.Required {
			put(i, "ask_must", "1")
		}
	}
	return f
}

func (h handler) deskMoving(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return h.showReason(c, withKey(c, writtenHearing(c, o)), o.Hearing, true)
}

func (h handler) deskCancelling(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return h.showReason(c, withKey(c, nil), o.Hearing, false)
}

func (h handler) showReason(c *web.Ctx, f *parts.Form, one models.Hearing, moving bool) error {
	base := c.URL(deskArea + "/" + one.ID)
	p := pages.ReasonPage{Frame: deskFrame(c, one, c.T("hearings.desk_cancel")), Form: f, Action: base + "/cancel", Cancel: base, Lede: c.T("hearings.desk_cancel_lede"), Danger: true, Confirm: c.T("hearings.desk_cancel"), Sequence: strconv.Itoa(one.Sequence)}
	if moving {
		p.Frame, p.Action, p.Lede, p.Danger, p.Moving, p.Confirm = deskFrame(c, one, c.T("hearings.desk_move")), base+"/move", c.T("hearings.desk_move_lede"), false, true, c.T("hearings.desk_move")
	}
	p.Failed = f.Failed()
	return c.Render(pages.Reason(p))
}

func (h handler) deskMove(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	f := withKey(c, nil)
	for _, name := range []string{"starts_at", "ends_at", "signup_closes_at", "draw_at", "place_zh", "place_en", "online_url", "same_place_en", "reason_zh", "reason_en"} {
		f.Values[name] = c.FormValue(name)
	}
	starts, ends := dateIn(c, f, "starts_at"), dateIn(c, f, "ends_at")
	in := hearings.MoveInput{SignupClosesAt: dateIn(c, f, "signup_closes_at"), DrawAt: dateIn(c, f, "draw_at"), PlaceZH: f.Values["place_zh"], PlaceEN: f.Values["place_en"], SamePlaceEN: f.Values["same_place_en"] != "", OnlineURL: f.Values["online_url"], ReasonZH: f.Values["reason_zh"], ReasonEN: f.Values["reason_en"]}
	if starts == nil || ends == nil {
		f.Fail("starts_at", c.T("hearings.missing.dates"))
	}
	if f.Failed() {
		c.Status(422)
		return h.showReason(c, f, o.Hearing, true)
	}
	in.StartsAt, in.EndsAt = *starts, *ends
	if err = h.s.Move(c.UserContext(), c.Who, o.ID, whole(c.FormValue("sequence")), in); err == nil {
		return c.SeeWith(deskArea+"/"+o.ID, "hearings.desk_moved")
	}
	if c.Refuse(f, err) {
		return h.showReason(c, f, o.Hearing, true)
	}
	return err
}

func (h handler) deskCancel(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	f := withKey(c, parts.NewForm(map[string]string{"reason_zh": c.FormValue("reason_zh"), "reason_en": c.FormValue("reason_en")}))
	if err = h.s.Cancel(c.UserContext(), c.Who, o.ID, f.Value("reason_zh"), f.Value("reason_en")); err == nil {
		return c.SeeWith(deskArea+"/"+o.ID, "hearings.desk_cancelled")
	}
	if c.Refuse(f, err) {
		return h.showReason(c, f, o.Hearing, false)
	}
	return err
}
