// Package gallery shows every part in every state, in the language, size and
// contrast of the reader. It is where a new part is looked at first and where
// the checks for accessibility run.
package gallery

import (
	"strconv"
	"time"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// ShowPage is the gallery. Every sample is made from its words and Now, so the
// same page is drawn every time.
type ShowPage struct {
	frontend.Frame
}

// Path is where handlers mount the gallery.
const Path = "/gallery"

// NewShowPage fills the gallery's own parts of the frame.
func NewShowPage(f frontend.Frame) ShowPage {
	f.Title = f.T("gallery.title")
	f.Path = Path
	f.Meta.Robots = "noindex"
	f.Crumbs = []frontend.Crumb{{Text: f.T("gallery.home"), URL: "/"}, {Text: f.T("gallery.title")}}
	f.BasketCount, f.BasketURL = 3, Path
	f.Scripts = append(f.Scripts, "pages/gallery/gallery.js")
	return ShowPage{Frame: f}
}

func (p ShowPage) ago(d time.Duration) time.Time  { return p.Now.Add(-d) }
func (p ShowPage) soon(d time.Duration) time.Time { return p.Now.Add(d) }

// filled is a form in which things were typed and found wrong.
func (p ShowPage) filled() *parts.Form {
	form := parts.NewForm(map[string]string{"phone": "1380013", "body": p.T("gallery.long_text"), "stance": "amend", "how": "name", "code": "12 34 5", "district": "east"})
	form.Prefix = "bad-"
	form.Lists["need"] = []string{"sign"}
	form.Fail("phone", p.T("gallery.error_phone"))
	form.Fail("body", p.T("gallery.error_body"))
	form.Fail("code", p.T("gallery.error_code"))
	form.Fail("how", p.T("gallery.error_how"))
	form.Fail("files", p.T("gallery.error_files"))
	return form
}

func (p ShowPage) empty(prefix string) *parts.Form {
	form := parts.NewForm(nil)
	form.Prefix = prefix
	return form
}

func (p ShowPage) hows() []parts.Option {
	return []parts.Option{
		{Value: "anonymous", Text: p.T("gallery.how_anonymous"), Hint: p.T("gallery.how_anonymous_hint")},
		{Value: "nickname", Text: p.T("gallery.how_nickname")},
		{Value: "name", Text: p.T("gallery.how_name")},
	}
}

func (p ShowPage) needs() []parts.Option {
	return []parts.Option{{Value: "wheel", Text: p.T("gallery.need_wheel")}, {Value: "sign", Text: p.T("gallery.need_sign")}, {Value: "large", Text: p.T("gallery.need_large")}}
}

func (p ShowPage) districts() []parts.Option {
	return []parts.Option{{Value: "", Text: p.T("gallery.district_all")}, {Value: "east", Text: p.T("gallery.district_east")}, {Value: "west", Text: p.T("gallery.district_west")}}
}

func (p ShowPage) files() []parts.FileItem {
	return []parts.FileItem{
		{Name: p.T("gallery.file_photo"), Size: 2_400_000, RemoveName: "remove", RemoveValue: "1"},
		{Name: p.T("gallery.file_video"), Size: 48_000_000, Error: p.T("gallery.file_too_big"), RemoveName: "remove", RemoveValue: "2"},
		{Name: p.T("gallery.file_plan"), Size: 640_000, Percent: 40},
	}
}

// changed is the sample clause with what was added and removed.
func (p ShowPage) changed() []parts.Run {
	return []parts.Run{
		{Op: parts.Same, Text: p.T("gallery.run_1")}, {Op: parts.Removed, Text: p.T("gallery.run_2")},
		{Op: parts.Added, Text: p.T("gallery.run_3")}, {Op: parts.Same, Text: p.T("gallery.run_4")},
	}
}

func (p ShowPage) before() []parts.Run { return p.changed()[:2] }

func (p ShowPage) after() []parts.Run {
	all := p.changed()
	return []parts.Run{all[0], all[2], all[3]}
}

func (p ShowPage) control(count, fresh int, open bool, counts *parts.StanceCounts) *parts.ClauseControlProps {
	return &parts.ClauseControlProps{URL: "#nowhere", Key: "a12", Number: p.T("gallery.clause_number"), Count: count, New: fresh, Open: open, Counts: counts}
}

func (p ShowPage) clauses() []parts.ClauseProps {
	text := []parts.ClauseParagraph{
		{Text: p.T("gallery.clause_text")},
		{Number: p.T("gallery.item_1_number"), Text: p.T("gallery.item_1"), Depth: 1},
		{Number: p.T("gallery.item_2_number"), Text: p.T("gallery.item_2"), Depth: 1},
	}
	number := p.T("gallery.clause_number")
	return []parts.ClauseProps{
		{Key: "c2", Kind: "chapter", Number: p.T("gallery.chapter_number"), Title: p.T("gallery.chapter_title"), Level: 3},
		{Key: "a12", Number: number, Title: p.T("gallery.clause_title"), Level: 4, Paragraphs: text, Control: p.control(41, 3, true, &parts.StanceCounts{Support: 18, Amend: 12, Oppose: 7, Question: 4})},
		{Key: "a13", Number: p.T("gallery.clause_number_2"), Level: 4, Paragraphs: text[:1], Control: p.control(0, 0, true, nil), Change: "new"},
		{Key: "a14", Number: p.T("gallery.clause_number_3"), Level: 4, Runs: p.changed(), Control: p.control(1, 0, true, nil), Change: "changed", Mine: 2, Selected: true},
		{Key: "a15", Number: p.T("gallery.clause_number_4"), Level: 4, Paragraphs: text[:1], Control: p.control(86, 0, false, nil), Change: "moved", MovedFrom: number},
		{Key: "a16", Number: p.T("gallery.clause_number_5"), Level: 4, Paragraphs: text[:1], Change: "deleted"},
	}
}

func (p ShowPage) opinions() []parts.OpinionProps {
	body, short := p.T("gallery.opinion_body"), p.T("gallery.opinion_short")
	return []parts.OpinionProps{
		{ID: "o214", Number: 214, Author: p.T("gallery.nickname"), Place: p.T("gallery.place"), Stance: "amend", At: p.ago(3 * time.Hour), Body: body, Suggestion: p.changed(), Supports: 27,
			URL: "#o214", SupportURL: "#nowhere", ReplyURL: "#nowhere", ReportURL: "#nowhere",
			Replies: []parts.ReplyProps{{ID: "r1", Author: p.T("gallery.unit"), Official: true, At: p.ago(time.Hour), Body: p.T("gallery.reply_official")}, {ID: "r2", At: p.ago(40 * time.Minute), Body: p.T("gallery.reply_body")}}},
		{ID: "o215", Number: 215, Stance: "support", State: "mine", At: p.ago(20 * time.Second), Body: short, Supports: 1, Supported: true, URL: "#o215", SupportURL: "#nowhere"},
		{ID: "o216", Number: 216, Stance: "question", State: "held", At: p.ago(9 * time.Minute), Body: short},
		{ID: "o217", Number: 217, Stance: "oppose", State: "hidden", HiddenWhy: p.T("gallery.hidden_why"), At: p.ago(26 * time.Hour)},
		{ID: "o218", Number: 218, State: "merged", At: p.ago(50 * time.Hour), Body: short, Changed: true, Supports: 12},
		{ID: "o219", Number: 219, Author: p.T("gallery.unit"), State: "official", At: p.ago(240 * time.Hour), Body: p.T("gallery.reply_official")},
		{ID: "o220", Number: 220, Stance: "amend", At: p.ago(720 * time.Hour), Body: body, Clause: p.T("gallery.clause_number"), ClauseURL: "#nowhere",
			Decision: &parts.DecisionProps{Outcome: "partly", Reason: p.T("gallery.reason_partly"), By: p.T("gallery.unit"), At: p.ago(48 * time.Hour), URL: "#nowhere"}},
		{ID: "o221", Number: 221, At: p.ago(721 * time.Hour), Body: short, Decision: &parts.DecisionProps{Outcome: "not_adopted", Reason: p.T("gallery.reason_not")}},
		{ID: "o222", Number: 222, At: p.ago(722 * time.Hour), Body: short, Decision: &parts.DecisionProps{Outcome: "adopted"}},
		{ID: "o223", Number: 223, At: p.ago(723 * time.Hour), Body: short, Decision: &parts.DecisionProps{Outcome: "studied", Reason: p.T("gallery.reason_studied")}},
	}
}

func (p ShowPage) way() []parts.StatusStep {
	return []parts.StatusStep{
		{Text: p.T("gallery.status_received"), State: "done", At: p.ago(240 * time.Hour)},
		{Text: p.T("gallery.status_recorded"), State: "done", At: p.ago(200 * time.Hour)},
		{Text: p.T("gallery.status_sorting"), State: "current", At: p.soon(300 * time.Hour), Note: p.T("gallery.status_note")},
		{Text: p.T("gallery.status_answered"), State: "next", At: p.soon(700 * time.Hour)},
	}
}

func (p ShowPage) late() []parts.StatusStep {
	steps := p.way()
	steps[2].State, steps[2].At = "late", p.ago(72*time.Hour)
	return steps
}

func (p ShowPage) tasks() []parts.Task {
	return []parts.Task{
		{Text: p.T("gallery.task_period"), Hint: p.T("gallery.task_period_hint"), URL: "#nowhere", State: "fix", Blocking: true},
		{Text: p.T("gallery.task_explain"), URL: "#nowhere", State: "doing", Blocking: true},
		{Text: p.T("gallery.task_summary"), URL: "#nowhere", State: "todo"},
		{Text: p.T("gallery.task_contact"), State: "done"},
	}
}

func (p ShowPage) tabs() []parts.Tab {
	return []parts.Tab{
		{Text: p.T("gallery.tab_new"), URL: "#nowhere", Count: "41", HasCount: true, Current: true},
		{Text: p.T("gallery.tab_supported"), URL: "#nowhere"},
		{Text: p.T("gallery.tab_sides"), URL: "#nowhere"},
	}
}

func (p ShowPage) filter() parts.FilterProps {
	return parts.FilterProps{Action: "#nowhere", Open: true, Result: p.N("gallery.found", 12), Ignored: p.T("gallery.ignored"),
		Chosen: []parts.ChosenFilter{{Text: p.T("gallery.district_east"), RemoveURL: "#nowhere"}, {Text: p.T("gallery.state_open"), RemoveURL: "#nowhere"}}}
}

func (p ShowPage) table(rows bool) parts.TableProps {
	t := parts.TableProps{Caption: p.T("gallery.table_caption"), Empty: p.T("gallery.table_empty"),
		Columns: []parts.Column{{Text: p.T("gallery.col_number"), SortURL: "#nowhere", Sorted: "descending"}, {Text: p.T("gallery.col_clause"), SortURL: "#nowhere"}, {Text: p.T("gallery.col_text")}, {Text: p.T("gallery.col_supports"), Number: true}}}
	if !rows {
		t.Caption = p.T("gallery.table_caption_empty")
		return t
	}
	t.Select = "chosen"
	short, number := p.T("gallery.opinion_short"), p.T("gallery.clause_number")
	for i, id := range []string{"214", "213", "212", "211"} {
		row := parts.TableRow{Value: id, Label: p.T("gallery.select_row", "number", id), Cells: []parts.Cell{{Text: id, URL: "#nowhere"}, {Text: number}, {Text: short}, {Text: p.Words.Number(1240 >> (3 * i))}}}
		switch i {
		case 1:
			row.Chosen = true
		case 2:
			row.Error = p.T("gallery.row_error")
		case 3:
			row.Note = p.T("gallery.row_note")
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (p ShowPage) months() []string {
	return []string{p.T("date.month_1"), p.T("date.month_2"), p.T("date.month_3"), p.T("date.month_4"), p.T("date.month_5"), p.T("date.month_6")}
}

func (p ShowPage) bars() parts.ChartProps {
	return parts.ChartProps{ID: "chart-bars", Kind: parts.Bars, Headline: p.T("gallery.bars_headline"), Subtitle: p.T("gallery.bars_subtitle"), RowName: p.T("gallery.col_month"), Labels: p.months(),
		Series: []parts.Series{{Name: p.T("gallery.series_opinions"), Values: []int{120, 86, 0, 342, 4, 1210}, Missing: map[int]bool{4: true}}}, Note: p.T("gallery.chart_note"), DownloadURL: "#nowhere"}
}

func (p ShowPage) stacked() parts.ChartProps {
	return parts.ChartProps{ID: "chart-stacked", Kind: parts.Stacked, Headline: p.T("gallery.stacked_headline"), RowName: p.T("gallery.col_clause"),
		Labels: []string{p.T("gallery.clause_number"), p.T("gallery.clause_number_2"), p.T("gallery.clause_number_3")},
		Series: []parts.Series{{Name: p.T("parts.outcome_adopted"), Values: []int{18, 3, 0}}, {Name: p.T("parts.outcome_partly"), Values: []int{12, 1, 2}}, {Name: p.T("parts.outcome_not_adopted"), Values: []int{7, 5, 1}}, {Name: p.T("parts.outcome_studied"), Values: []int{4, 0, 2}}}}
}

func (p ShowPage) lines() parts.ChartProps {
	return parts.ChartProps{ID: "chart-lines", Kind: parts.Line, Headline: p.T("gallery.lines_headline"), Subtitle: p.T("gallery.lines_subtitle"), RowName: p.T("gallery.col_month"), Labels: p.months(),
		Series: []parts.Series{{Name: p.T("gallery.district_east"), Values: []int{9, 8, 8, 6, 5, 4}}, {Name: p.T("gallery.district_west"), Values: []int{12, 11, 0, 12, 9, 7}, Missing: map[int]bool{2: true}}}}
}

// changes are more than are read at once, the first with a way to its clause.
func (p ShowPage) changes() []parts.ChangeLine {
	lines := []parts.ChangeLine{{Text: p.T("compare.edited", "old", "1.1"), URL: "#nowhere"}}
	for n := 2; n <= 40; n++ {
		lines = append(lines, parts.ChangeLine{Text: p.T("compare.new", "new", "1."+strconv.Itoa(n))})
	}
	return lines
}

func (p ShowPage) notices() []frontend.Notice {
	return []frontend.Notice{
		{Kind: frontend.NoticeInfo, Text: p.T("gallery.notice_info"), LinkText: p.T("gallery.notice_link"), LinkURL: "#nowhere"},
		{Kind: frontend.NoticeSuccess, Text: p.T("gallery.notice_success")},
		{Kind: frontend.NoticeProblem, Text: p.T("gallery.notice_problem")},
	}
}
