package hearings_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"minyi/frontend"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// cellsOf reads the first sheet of a workbook without the library that wrote it: parts
// of a zip file with cells in XML, as the standard (ECMA-376) has it.
func cellsOf(t *testing.T, book []byte) (rows [][]string, formulas int) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	part := func(name string, into any) {
		f, err := z.Open(name)
		if err != nil {
			return // shared texts may be missing
		}
		defer f.Close()
		if err := xml.NewDecoder(f).Decode(into); err != nil {
			t.Fatal(name, err)
		}
	}
	type texts struct {
		T []string `xml:"t"`
		R []struct {
			T string `xml:"t"`
		} `xml:"r"`
	}
	var shared struct {
		SI []texts `xml:"si"`
	}
	part("xl/sharedStrings.xml", &shared)
	var sheet struct {
		Rows []struct {
			Cells []struct {
				Type    string  `xml:"t,attr"`
				Value   string  `xml:"v"`
				Formula *string `xml:"f"`
				Inline  texts   `xml:"is"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
	}
	part("xl/worksheets/sheet1.xml", &sheet)
	for _, r := range sheet.Rows {
		var row []string
		for _, c := range r.Cells {
			if c.Formula != nil {
				formulas++
			}
			switch c.Type {
			case "inlineStr":
				row = append(row, strings.Join(c.Inline.T, ""))
			case "s":
				n := 0
				for _, d := range c.Value {
					n = n*10 + int(d-'0')
				}
				row = append(row, strings.Join(shared.SI[n].T, ""))
			default:
				row = append(row, c.Value)
			}
		}
		rows = append(rows, row)
	}
	return rows, formulas
}

// csvOf reads a list as other programs do: by its byte order mark as UTF-8.
func csvOf(t *testing.T, body []byte) [][]string {
	t.Helper()
	plain, marked := bytes.CutPrefix(body, []byte("\ufeff"))
	if !marked {
		t.Error("the list has no byte order mark: Excel takes it for another encoding")
	}
	rows, err := csv.NewReader(bytes.NewReader(plain)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// asking makes a hearing with a question of the organiser that has to be answered, and
// seats for the press that officers give.
func asking(t *testing.T, s handlerstest.Site) desks {
	t.Helper()
	d := filled(t, s)
	for part, fields := range map[string][]string{
		"questions": {"ask_zh_0", "您家有几辆车？", "ask_en_0", "How many cars?", "ask_must_0", "1"},
		"who":       {"cat_zh_2", "媒体", "cat_en_2", "Press", "cat_role_2", "press", "cat_method_2", "approval", "cat_seats_2", "1"},
	} {
		if p := d.one.Fill(d.one.Open(d.path()+"/edit?part="+part), d.id+"/edit", fields...); p.Status != 200 {
			t.Fatalf("%s: %d %s", part, p.Status, faultsOf(p))
		}
	}
	d.published(t)
	return d
}

// The rule of 无障碍环境建设法 art. 39: who has no phone is signed up at the counter, by the
// same rules and with the same form, and goes home with a printed ticket.
func TestPeopleWithoutAPhoneAreSignedUpAndGetATicketToPrint(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := asking(t, s)
		form := d.one.Open(d.path() + "/entry")
		long := strings.Repeat("何", 31)
		wrong := d.one.Fill(form, "/entry", "category", "nonsense", "name", long, "organisation", strings.Repeat("社", 61), "companion_0", long, "contact", "not an address", "key_points", strings.Repeat("点", 301), "q_q1", strings.Repeat("车", 301), "access_needs", "<b>轮椅</b>")
		if want := "category name organisation companions contact key_points q_q1 consent_access consent"; wrong.Status != 422 || faultsOf(wrong) != want {
			t.Fatalf("answered %d with faults %q, not %q", wrong.Status, faultsOf(wrong), want)
		}
		_, kept := handlerstest.Fields(wrong, "/entry")
		if kept.Get("name") != long || kept.Get("access_needs") != "<b>轮椅</b>" || kept.Get("companion_0") != long {
			t.Errorf("typed came back as %q", kept)
		}
		if unanswered := d.one.Fill(form, "/entry", "category", "g2", "name", "何爷爷", "consent", "1"); unanswered.Status != 422 || faultsOf(unanswered) != "q_q1" {
			t.Errorf("without an answer that is wanted: %d %q", unanswered.Status, faultsOf(unanswered))
		}
		to, values := handlerstest.Fields(form, "/entry", "channel", "counter", "category", "g2", "name", "=何爷爷", "companion_0", "老伴", "q_q1", "@一辆", "access_needs", "轮椅位", "consent", "1", "consent_access", "1")
		done := d.one.Post(to, values)
		ticket := done.Find(".notice-success a").AttrOr("href", "")
		if done.Status != 200 || !strings.HasPrefix(ticket, "/t/") || !strings.Contains(done.Find(".notice-success").Text(), "已确认") {
			t.Fatalf("signed up: %d %s\n%s", done.Status, done.Path, done.Find("main").Text())
		}
		if again := d.one.Post(to, values); again.Find(".notice-success a").AttrOr("href", "") != ticket {
			t.Errorf("sent twice: %s", again.Find("main").Text())
		}
		if p := s.Browser().Open(ticket); p.Find(".ticket").Length() != 2 || !strings.Contains(p.Find(".ticket").Text(), "老伴") {
			t.Errorf("the ticket to print: %s", p.Find("main").Text())
		}
		if foreign := d.one.Open(d.path() + "/entry?done=" + models.NewID(s.DB.Now())); foreign.Status != 200 || foreign.Find(".notice-success").Length() != 0 {
			t.Errorf("an entry that is none: %d", foreign.Status)
		}
		list := d.one.Open(d.path() + "/registrations").Find("table.data").Text()
		for _, said := range []string{"=何爷爷", "同行：老伴", "您家有几辆车？", "@一辆", "轮椅位"} {
			if !strings.Contains(list, said) {
				t.Errorf("the officers' list does not say %q: %s", said, list)
			}
		}
		// The list as files: the same rows in both, read by programs that did not write them.
		_, _, body := d.one.Raw(d.path() + "/registrations.csv")
		_, head, book := d.one.Raw(d.path() + "/registrations.xlsx")
		rows := csvOf(t, body)
		cells, formulas := cellsOf(t, book)
		if len(rows) != 2 || len(cells) != 2 || formulas != 0 || !strings.Contains(head.Get("Cache-Control"), "no-store") {
			t.Fatalf("%d and %d rows, %d formulas, %q", len(rows), len(cells), formulas, head.Get("Cache-Control"))
		}
		if !slices.Equal(rows[0], cells[0]) || rows[1][1] != "'=何爷爷" || cells[1][1] != "'=何爷爷" {
			t.Errorf("rows: %q and %q", rows, cells)
		}
		if last := len(rows[0]) - 1; rows[0][last] != "您家有几辆车？" || rows[1][last] != "'@一辆" || rows[1][3] != "老伴" {
			t.Errorf("the answers in the list: %q", rows)
		}
		if p := s.As(modelstest.Person(t, s.DB, "stranger", models.Unit{})).Open(d.path() + "/registrations.csv"); p.Status != 403 && p.Status != 404 {
			t.Errorf("a stranger reads the list: %d", p.Status)
		}
	})
}

// TestADecisionThatIsRefusedKeepsItsReason: beside the one it is about; what was decided
// once is not decided again, and each is told why.
func TestADecisionThatIsRefusedKeepsItsReason(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := asking(t, s)
		var tickets []string
		for _, name := range []string{"ren", "kai", "yu"} {
			b := s.As(modelstest.Person(t, s.DB, name, models.Unit{}))
			p := b.Fill(b.Open("/hearings/"+d.id+"/register"), "/register", "category", "g3", "name", "记者"+name, "organisation", "晚报", "q_q1", "没有", "notify", "1")
			if p.Status != 200 || !strings.Contains(p.Find(".ticket-state").Text(), "待审核") {
				t.Fatalf("applied: %d %s", p.Status, p.Find("main").Text())
			}
			tickets = append(tickets, p.Path)
		}
		page := d.one.Open(d.path() + "/registrations?status=confirmed") // whatever the list shows, who waits stands above it
		ids := page.Find("input[name=registration]").Map(func(_ int, in *goquery.Selection) string { return in.AttrOr("value", "") })
		if len(ids) != 3 || !strings.Contains(page.Find(".form-part").First().Text(), "晚报") {
			t.Fatalf("%d wait: %s", len(ids), page.Find("main").Text())
		}
		decide := func(b *handlerstest.Browser, id, approve, note string) handlerstest.Page {
			t.Helper()
			_, values := handlerstest.Fields(page, "/decide", "registration", id, "approve", approve, "note_"+id, note)
			return b.Post(d.path()+"/decide", values)
		}
		long := strings.Repeat("由", 301)
		for _, note := range []string{" ", long} {
			p := decide(d.one, ids[1], "0", note)
			field := p.Find("#f-note_" + ids[1])
			if p.Status != 422 || faultsOf(p) != "note_"+ids[1] || strings.TrimSpace(field.AttrOr("value", "")) != strings.TrimSpace(note) || p.Find("#f-note_"+ids[0]).AttrOr("value", "x") != "" {
				t.Errorf("declined with %.9q: %d %q, the field holds %.9q", note, p.Status, faultsOf(p), field.AttrOr("value", ""))
			}
		}
		if p := decide(d.one, models.NewID(s.DB.Now()), "1", ""); p.Status != 404 {
			t.Errorf("a registration of nobody: %d", p.Status)
		}
		if p := decide(d.one, ids[0], "1", ""); p.Status != 200 {
			t.Fatalf("approved: %d %s", p.Status, faultsOf(p))
		}
		if p := decide(d.two, ids[0], "0", "来晚了。"); p.Status != 409 || p.Find(".error-summary").Length() != 1 {
			t.Errorf("decided by the second as well: %d", p.Status)
		}
		if p := decide(d.two, ids[1], "0", "席位有限，请看直播。"); p.Status != 200 {
			t.Fatalf("declined: %d", p.Status)
		}
		decide(d.two, ids[2], "1", "") // one seat, so this one waits
		for i, want := range []string{"已确认", "席位有限，请看直播。", "候补"} {
			if said := s.Browser().Open(tickets[i]).Find(".ticket-state").Text(); !strings.Contains(said, want) {
				t.Errorf("ticket %d says %q, not %q", i, said, want)
			}
		}
		if faults, err := s.DB.SeatFaults(context.Background()); err != nil || len(faults) > 0 {
			t.Errorf("counters differ from a recount: %v, %v", faults, err)
		}
	})
}

// TestWhatIsAskedOfTheListOfApplicantsIsAnsweredOrSaidToBeUnknown: cursors, filters and
// numbers of others, in both languages.
func TestWhatIsAskedOfTheListOfApplicantsIsAnsweredOrSaidToBeUnknown(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := asking(t, s)
		d.one.Fill(d.one.Open(d.path()+"/entry"), "/entry", "category", "g2", "name", "何爷爷", "q_q1", "一辆", "consent", "1")
		cats, err := s.DB.CategoriesOf(context.Background(), d.id)
		if err != nil {
			t.Fatal(err)
		}
		for query, c := range map[string]struct {
			rows    int
			unknown bool
		}{
			"after=abc": {1, false}, "after=-1": {1, false}, "after=99999999999999999999": {1, false}, "after=7": {0, false},
			"category=" + models.NewID(s.DB.Now()): {1, true}, "category=%3Cb%3E": {1, true}, "status=nonsense": {1, true}, "status=confirmed": {1, false}, "status=waiting": {0, false},
			"category=" + cats[1].ID: {1, false}, "category=" + cats[0].ID: {0, false},
		} {
			for prefix, lang := range map[string]string{"": "zh", "/en": "en"} {
				p := d.one.Open(prefix + d.path() + "/registrations?" + query)
				said := strings.Contains(p.Find("main").Text(), frontend.WordsIn(lang).T("hearings.ignored"))
				if rows := strings.Count(p.Find("table.data tbody").Text(), "何爷爷"); p.Status != 200 || rows != c.rows || said != c.unknown {
					t.Errorf("%s?%s: %d, %d rows, says that it is unknown: %v", prefix, query, p.Status, rows, said)
				}
			}
		}
		for name, c := range map[string]struct {
			fields []string
			status int
			fault  string
		}{
			"no number":          {[]string{"seats", "many"}, 422, "seats"},
			"below zero":         {[]string{"seats", "-1"}, 422, "seats"},
			"beyond any hall":    {[]string{"seats", "99999999999999999999"}, 422, "seats"},
			"fewer than held":    {[]string{"seats", "0"}, 409, ""},
			"a group of nowhere": {[]string{"seat_category", models.NewID(s.DB.Now()), "seats", "9"}, 404, ""},
		} {
			p := d.one.Fill(d.one.Open(d.path()), "/seats", append([]string{"seat_category", cats[1].ID, "waiting", "4"}, c.fields...)...)
			_, kept := handlerstest.Fields(p, "/seats")
			if p.Status != c.status || c.fault != "" && (faultsOf(p) != c.fault || kept.Get("seats") != c.fields[len(c.fields)-1] || kept.Get("waiting") != "4") {
				t.Errorf("%s: %d, faults %q, kept %v", name, p.Status, faultsOf(p), kept)
			}
		}
		for _, number := range []string{"", "abc", "-1", "2", "99999999999999999999"} {
			p := d.one.Post(d.path()+"/hand-over", url.Values{"number": {number}, "csrf": {handlerstest.CSRF(d.one.Open(d.path()))}})
			if p.Status != 422 {
				t.Errorf("materials handed to number %q: %d", number, p.Status)
			}
		}
	})
}

// The rule: nobody fills in a form that is refused on sending. When nobody can be signed up
// the counter is told why instead; what was being typed as sign-up closed is not lost.
func TestTheCounterIsToldWhenNobodyCanBeSignedUp(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := filled(t, s)
		told := func(when, path, says string) {
			t.Helper()
			p := d.one.Open(path)
			if p.Status != 200 || p.Find("form[action$='/entry']").Length() > 0 || !strings.Contains(p.Find("main").Text(), says) || p.Find("main a[href$='/registrations']").Length() == 0 {
				t.Errorf("%s: %d %s", when, p.Status, p.Find("main").Text())
			}
		}
		told("before it is public", d.path()+"/entry", "还没有公布")
		d.published(t)
		form := d.one.Open(d.path() + "/entry")
		to, values := handlerstest.Fields(form, "/entry", "channel", "counter", "category", "g2", "name", "何爷爷", "consent", "1")
		clock.Add(21 * day)
		late := d.one.Post(to, values)
		if _, kept := handlerstest.Fields(late, "/entry"); late.Status != 409 || kept.Get("name") != "何爷爷" || !strings.Contains(late.Find(".error-summary").Text(), "报名已经截止") {
			t.Errorf("sent too late: %d %s", late.Status, late.Find("main").Text())
		}
		told("after sign-up closed", d.path()+"/entry", "报名已经截止")
		told("after sign-up closed", "/en"+d.path()+"/entry", "Sign-up is closed")
		if p := d.one.Open(d.path() + "/registrations"); p.Find("a[href$='/entry']").Length() > 0 {
			t.Error("the list still leads to the form")
		}
	})
}
