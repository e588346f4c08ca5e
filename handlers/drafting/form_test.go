package drafting_test

import (
	"strings"
	"testing"

	"minyi/handlers/handlerstest"
	"minyi/models/modelstest"
)

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
