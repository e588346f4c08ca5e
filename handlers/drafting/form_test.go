package drafting_test

import (
	"strings"
	"testing"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// What no list offers and nobody could dial is refused beside its field, with all that
// was typed; what a draft has already is not.
func TestAForgedChoiceIsRefusedWithTheWordsKept(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		b := s.As(modelstest.Person(t, s.DB, "first", s.Unit(true), models.Officer))
		right := []string{"unit", s.Unit(true).ID, "title_zh", "夜市管理办法", "topic", "markets", "profile", "major_decision", "contact_phone", "010-55550123 转 801"}
		for field, wrong := range map[string]string{"topic": "no-such-topic", "profile": "no_such_rules", "contact_phone": strings.Repeat("0", 200)} {
			p := b.Fill(b.Open("/desk/new"), "/new", append(right, field, wrong)...)
			if p.Status != 422 || p.Find(".error-summary a").Length() != 1 || p.Find("input[name=title_zh]").AttrOr("value", "") != "夜市管理办法" {
				t.Errorf("%s: %d\n%s", field, p.Status, p.Find(".error-summary").Text())
			}
		}
		p := b.Fill(b.Open("/desk/new"), "/new", right...)
		if p.Status != 200 {
			t.Fatalf("what is right: %d %s", p.Status, p.Find(".error-summary").Text())
		}
		// Rules that an administrator took away since are no fault of who edits the title.
		c := s.Consultation(func(c *models.Consultation) {
			c.Profile, c.Topic, c.PublishedAt, c.PublishedBy, c.ProposedBy = "gone", "old", nil, "", ""
		}, false)
		path := "/desk/c/" + c.ID + "/edit"
		if p := b.Fill(b.Open(path), "/edit", "title_zh", "新的名称", "profile", "gone", "topic", "old"); p.Status != 200 {
			t.Errorf("what the draft had: %d %s", p.Status, p.Find(".error-summary").Text())
		}
	})
}

// A file was chosen, and there is nothing in it: that is what is said.
func TestAnEmptyFileIsCalledEmpty(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		b := s.As(modelstest.Person(t, s.DB, "first", s.Unit(true), models.Officer))
		path := "/desk/c/" + s.Consultation(nil, false).ID + "/import"
		to, values := handlerstest.Fields(b.Open(path), "/import")
		for said, files := range map[string][]handlerstest.Attached{"空文件": {{Name: "draft.docx"}}, "请先选一个文件": nil} {
			p := b.UploadAs(to, "file", values, files...)
			if text := p.Find(".error-summary").Text(); p.Status != 422 || !strings.Contains(text, said) {
				t.Errorf("%s: %d %s", said, p.Status, text)
			}
		}
		for said, files := range map[string][]handlerstest.Attached{"空文件": {{Name: "draw.txt"}}, "请选择要核对的抽签文件": nil} {
			p := s.Browser().UploadAs("/hearings/check-draw", "file", nil, files...)
			if text := p.Find("main").Text(); p.Status != 422 || !strings.Contains(text, said) {
				t.Errorf("%s: %d %s", said, p.Status, text)
			}
		}
	})
}
