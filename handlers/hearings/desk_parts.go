package hearings

import (
	"slices"
	"strconv"
	"strings"

	"minyi/app/hearings"
	"minyi/app/kit/calendar"
	"minyi/frontend"
	pages "minyi/frontend/pages/deskhearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// formPart is one step of the form of a hearing: the fields that hold one text each,
// those of its rows, and the points of the checklist that are filled here.
type formPart struct {
	key         string
	texts, rows []string
	checks      []string
}

// formParts are the steps in the order in which an officer thinks of them.
var formParts = []formPart{
	{"what", []string{"kind", "unit", "profile", "title_zh", "title_en", "about_zh", "about_en", "consultation", "clauses", "large"}, nil, []string{"profile", "title", "title_en", "about", "consultation"}},
	{"when", []string{"starts_at", "ends_at", "signup_opens_at", "signup_closes_at", "draw_at", "place_zh", "place_en", "online_url"}, nil, []string{"dates", "place", "signup", "draw_date", "quotas_notice", "hearing_notice", "sign_up_closes"}},
	{"who", []string{"method_zh", "method_en", "total", "offer_hours", "cooling_days"}, []string{"cat_key", "cat_zh", "cat_en", "cat_role", "cat_method", "cat_seats", "cat_min", "cat_wait", "cat_rule"}, []string{"categories", "speakers", "observers", "method", "composition"}},
	{"agenda", nil, []string{"ag_id", "ag_zh", "ag_en", "ag_by", "ag_min"}, []string{"agenda"}},
	{"place", []string{"access_zh", "access_en", "rules_zh", "rules_en", "contact_name", "contact_phone", "contact_email"}, nil, []string{"contact", "access", "rules"}},
	{"questions", nil, []string{"ask_zh", "ask_en", "ask_must"}, nil},
	{"override", []string{"override_zh", "override_en"}, nil, nil},
}

// partOf finds a step by its key; the first one for everything else.
func partOf(key string) formPart {
	if i := slices.IndexFunc(formParts, func(p formPart) bool { return p.key == key }); i >= 0 {
		return formParts[i]
	}
	return formParts[0]
}

// partFor is the step in which a point of the checklist is filled.
func partFor(check string) string {
	for _, p := range formParts {
		if slices.Contains(p.checks, check) {
			return p.key
		}
	}
	return formParts[0].key
}

// mostRows bounds the rows that a form may bring: one more than any list may have, so
// that the service can say that it is too long.
const mostRows = hearings.MostAgenda + 2

// read puts what was typed into the form in place of what is stored.
func (p formPart) read(c *web.Ctx, f *parts.Form) {
	for _, name := range p.texts {
		f.Values[name] = c.FormValue(name)
	}
	n := 0
	for i := range mostRows {
		row := map[string]string{}
		for _, name := range p.rows {
			delete(f.Values, name+"_"+strconv.Itoa(i))
			row[name] = c.FormValue(name + "_" + strconv.Itoa(i))
		}
		if !written(row) {
			continue
		}
		for name, v := range row {
			if v != "" {
				f.Values[name+"_"+strconv.Itoa(n)] = v
			}
		}
		n++
	}
}

// chosen are the fields of a row that always hold something; they alone write nothing.
var chosen = []string{"cat_key", "cat_role", "cat_method", "cat_rule", "ag_id", "ask_must"}

// written says whether somebody wrote into a row.
func written(row map[string]string) bool {
	for name, v := range row {
		if !slices.Contains(chosen, name) && strings.TrimSpace(v) != "" {
			return true
		}
	}
	return false
}

// conflicts compares what was typed with what somebody else has saved since.
func (p formPart) conflicts(c *web.Ctx, mine, theirs *parts.Form) []parts.Conflict {
	var out []parts.Conflict
	differ := func(label, a, b string) {
		if a = strings.TrimSpace(strings.ReplaceAll(a, "\r\n", "\n")); a != strings.TrimSpace(b) {
			out = append(out, parts.Conflict{Label: label, Mine: a, Theirs: b})
		}
	}
	for _, name := range p.texts {
		differ(fieldName(c, name), mine.Values[name], theirs.Values[name])
	}
	if len(p.rows) > 0 {
		differ(c.T("hearings.desk_part_"+p.key), p.lines(c, mine), p.lines(c, theirs))
	}
	return out
}

// unsaid are fields of rows that say nothing to people, choices those whose values are
// words of the program, with the group of their texts.
var (
	unsaid  = []string{"cat_key", "ag_id", "ask_must", "e_id", "e_agenda", "cat_rule"}
	choices = map[string]string{"cat_role": "role", "cat_method": "method", "e_kind": "entry", "v_decision": "outcome"}
)

// lines writes the rows of a form as text, a line each.
func (p formPart) lines(c *web.Ctx, f *parts.Form) string {
	var out []string
	for i := range max(mostRows, hearings.MostEntries+2) {
		row, said := []string(nil), false
		for _, name := range p.rows {
			v := strings.TrimSpace(strings.ReplaceAll(f.Values[name+"_"+strconv.Itoa(i)], "\r\n", "\n"))
			if v == "" || slices.Contains(unsaid, name) {
				continue
			}
			if kind := choices[name]; kind != "" {
				v = c.T("hearings." + kind + "_" + v)
			}
			said = said || choices[name] == ""
			row = append(row, v)
		}
		if said {
			out = append(out, strings.Join(row, " · "))
		}
	}
	return strings.Join(out, "\n")
}

// fieldName is how the form calls a field.
func fieldName(c *web.Ctx, name string) string {
	own := map[string]string{"kind": "filter_kind", "profile": "check.profile", "contact_name": "contact_name", "contact_phone": "contact_phone", "contact_email": "contact_email", "offer_hours": "desk_offer", "cooling_days": "desk_cooling", "online_url": "desk_online",
		"about": "about", "method": "how_chosen", "access": "access", "rules": "rules", "override": "desk_override", "summary": "summary", "host": "host", "clerk": "clerk"}
	base, in := name, ""
	for _, lang := range []string{"zh", "en"} {
		if cut, ok := strings.CutSuffix(name, "_"+lang); ok && own[cut] != "" {
			base, in = cut, lang
		}
	}
	key := "hearings.desk_" + base
	if k := own[base]; k != "" {
		key = "hearings." + k
	}
	if in != "" {
		return c.T("hearings.desk_in_"+in, "what", c.T(key))
	}
	return c.T(key)
}

// rowsOf is how many rows of a kind to draw: those that are used and some more.
func rowsOf(f *parts.Form, most, more int, names ...string) int {
	n := 0
	for i := range most + 2 {
		for _, name := range names {
			if f.Values[name+"_"+strconv.Itoa(i)] != "" {
				n = i + 1
			}
		}
	}
	return min(n+more, max(n, most))
}

func (h handler) deskNew(c *web.Ctx) error {
	return h.showForm(c, newHearing(c), formParts[0], hearings.Overview{}, nil)
}

// newHearing is a form with what most hearings begin with.
func newHearing(c *web.Ctx) *parts.Form {
	return withKey(c, parts.NewForm(map[string]string{"kind": string(models.KindHearing), "profile": "hearing_default", "large": "1", "cooling_days": "365"}))
}

func (h handler) showForm(c *web.Ctx, f *parts.Form, part formPart, o hearings.Overview, conflicts []parts.Conflict) error {
	one := o.Hearing
	p := pages.EditPage{Form: f, Part: part.key, Action: c.URL(deskArea + "/new"), Cancel: c.URL(deskArea), Revision: strconv.FormatInt(one.Revision, 10), Conflicts: conflicts, HasRows: len(part.rows) > 0,
		Categories: max(2, rowsOf(f, hearings.MostCategories, 1, "cat_zh", "cat_en", "cat_seats", "cat_min", "cat_wait")), Agenda: max(4, rowsOf(f, hearings.MostAgenda, 2, "ag_zh", "ag_en", "ag_by", "ag_min")), Questions: max(2, rowsOf(f, hearings.MostQuestions, 1, "ask_zh", "ask_en"))}
	title := c.T("hearings.desk_part_" + part.key)
	if one.ID == "" {
		p.Frame = c.DeskFrame(title, deskArea, frontend.Crumb{Text: c.T("hearings.title"), URL: deskArea}, frontend.Crumb{Text: c.T("hearings.desk_new"), URL: deskArea + "/new"})
		p.Subject = c.T("hearings.desk_new")
	} else {
		p.Frame = deskFrame(c, one, title)
		p.Action, p.Cancel = c.URL(deskArea+"/"+one.ID+"/edit"), c.URL(deskArea+"/"+one.ID)
	}
	p.Failed = f.Failed()
	p.Steps, p.Step = formSteps(c, part, o)
	p.Last = part.key == formParts[len(formParts)-1].key
	if f.Value("cat_role_1")+f.Value("cat_zh_0")+f.Value("cat_zh_1") == "" {
		f.Values["cat_role_0"], f.Values["cat_method_0"], f.Values["cat_role_1"], f.Values["cat_method_1"] = "speaker", "draw", "observer", "first_come"
	}
	if err := h.formOptions(c, &p, part); err != nil {
		return err
	}
	return c.Render(pages.Edit(p))
}

// formSteps are the links to the steps, each with how many points of the checklist
// it still misses.
func formSteps(c *web.Ctx, now formPart, o hearings.Overview) (list []pages.Step, said string) {
	missing := map[string]int{}
	for _, k := range o.Checks {
		if !k.Met && k.Blocking {
			missing[partFor(k.Key)]++
		}
	}
	for i, p := range formParts {
		s := pages.Step{Text: c.T("hearings.desk_part_" + p.key), Current: p.key == now.key}
		if s.Current {
			said = c.T("hearings.desk_step", "n", i+1, "of", len(formParts))
		}
		if o.ID != "" {
			s.URL = c.URL(deskArea + "/" + o.ID + "/edit?part=" + p.key)
			if n := missing[p.key]; n > 0 {
				s.Missing = c.Words.N("hearings.desk_missing", n)
			}
		}
		list = append(list, s)
	}
	return list, said
}

// formOptions fills what can be chosen in a step.
func (h handler) formOptions(c *web.Ctx, p *pages.EditPage, part formPart) error {
	switch part.key {
	case "what":
		units, err := h.s.UnitsOf(c.UserContext(), c.Who)
		if err != nil {
			return err
		}
		for _, u := range units {
			p.Units = append(p.Units, parts.Option{Value: u.ID, Text: u.Name(c.Lang())})
		}
		profiles, err := h.s.Profiles(c.UserContext())
		if err != nil {
			return err
		}
		for _, r := range profiles {
			p.Profiles = append(p.Profiles, parts.Option{Value: r.Key, Text: words(c.Lang(), r.Name)})
		}
		for _, k := range []models.HearingKind{models.KindHearing, models.KindForum} {
			p.Kinds = append(p.Kinds, parts.Option{Value: string(k), Text: c.T("hearings.kind_" + string(k))})
		}
	case "who":
		p.Rules = []parts.Option{{Text: c.T("hearings.desk_no_rule")}}
		if one, err := h.s.Profile(c.UserContext(), p.Form.Value("profile"), p.Form.Value("unit")); err == nil {
			for _, rule := range one.Rules {
				if rule.Unit == calendar.Fraction {
					p.Rules = append(p.Rules, parts.Option{Value: rule.Key, Text: words(c.Lang(), rule.Duty)})
				}
			}
		}
		for _, r := range []models.HearingRole{models.Speaker, models.Observer, models.Press, models.Online} {
			p.Roles = append(p.Roles, parts.Option{Value: string(r), Text: c.T("hearings.role_" + string(r))})
		}
		for _, m := range []models.SeatMethod{models.FirstCome, models.ByDraw, models.Approval} {
			p.Methods = append(p.Methods, parts.Option{Value: string(m), Text: c.T("hearings.method_" + string(m))})
		}
	}
	return nil
}

func (h handler) deskCreate(c *web.Ctx) error {
	f, part := newHearing(c), formParts[0]
	in := typedHearing(c, f, part)
	if f.Failed() {
		c.Status(422)
		return h.showForm(c, f, part, hearings.Overview{}, nil)
	}
	made, err := h.s.Create(c.UserContext(), c.Who, in, c.Idem(f.Values))
	if err == nil {
		return c.SeeWith(deskArea+"/"+made.ID+"/edit?part="+formParts[1].key, "hearings.desk_created")
	}
	if c.Refuse(f, err) {
		return h.showForm(c, f, part, hearings.Overview{}, nil)
	}
	return err
}

func (h handler) deskEdit(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return h.showForm(c, writtenHearing(c, o), partOf(c.Query("part")), o, nil)
}

// deskSave keeps one step and goes where the pressed button says: on, back to the
// hearing, or to more rows of the same step.
func (h handler) deskSave(c *web.Ctx) error {
	o, err := h.s.Overview(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	f, part := writtenHearing(c, o), partOf(c.FormValue("part"))
	in := typedHearing(c, f, part)
	now := o.Revision
	read, _ := strconv.ParseInt(c.FormValue("revision"), 10, 64) // 0 fits no revision
	o.Revision = read
	if f.Failed() {
		c.Status(422)
		return h.showForm(c, f, part, o, nil)
	}
	_, err = h.s.Edit(c.UserContext(), c.Who, o.ID, read, in)
	switch {
	case err == nil:
		return c.SeeWith(h.afterSave(c, o.ID, part), "hearings.desk_saved")
	case models.KindOf(err) == models.Conflict:
		// Saving again is then a decision.
		o.Revision = now
		c.Status(409)
		f.Fail("", c.T("parts.conflict"))
		return h.showForm(c, f, part, o, part.conflicts(c, f, writtenHearing(c, o)))
	case c.Refuse(f, err):
		return h.showForm(c, f, part, o, nil)
	}
	return err
}

func (h handler) afterSave(c *web.Ctx, id string, part formPart) string {
	base := deskArea + "/" + id
	i := slices.IndexFunc(formParts, func(p formPart) bool { return p.key == part.key })
	switch then := c.FormValue("then"); {
	case then == "more":
		return base + "/edit?part=" + part.key
	case then == "back" || i == len(formParts)-1:
		return base
	}
	return base + "/edit?part=" + formParts[i+1].key
}
