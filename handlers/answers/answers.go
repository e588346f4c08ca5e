// Package answers is how officers answer opinions, and how the public and programs
// read the answers.
package answers

import (
	"bufio"
	"strings"
	"time"

	"minyi/app/answers"
	"minyi/app/kit/sheet"
	"minyi/handlers/web"
	"minyi/models"
)

type handler struct{ s *answers.Service }

// Mount adds the routes of answers.
func Mount(r *web.Router, s *answers.Service) {
	h := handler{s}
	r.Page("GET", "/answers.atom", web.Public, h.feed)
	r.Page("GET", "/consultations/:id/answers.atom", web.Public, h.feedOf)
	r.Page("GET", "/consultations/:id/response", web.Public, h.response)
	r.Page("GET", "/consultations/:id/adoption.csv", web.Public, h.tableFile(sheet.CSVType, ".csv", func(w *bufio.Writer, t sheet.Table) error { return sheet.CSV(w, t) }))
	r.Page("GET", "/consultations/:id/adoption.xlsx", web.Public, h.tableFile(sheet.XLSXType, ".xlsx", func(w *bufio.Writer, t sheet.Table) error { return sheet.XLSX(w, t) }))
	r.Page("GET", "/consultations/:id/adoption.docx", web.Public, h.docx)
	r.Page("GET", "/consultations/:id/adoption", web.Public, h.adoption)
	r.Page("GET", "/desk/queue", web.Officers, h.queue)
	r.Page("GET", "/desk/c/:id/queue", web.Officers, h.queue)
	r.Page("POST", "/desk/c/:id/choose", web.Officers, h.choose)
	r.Page("GET", "/desk/c/:id/answer", web.Officers, h.all)
	r.Page("POST", "/desk/c/:id/answer", web.Officers, h.answerMany)
	r.Page("GET", "/desk/opinions/:id", web.Officers, h.opinion)
	r.Page("POST", "/desk/opinions/:id/answer", web.Officers, h.answer)
	r.Page("POST", "/desk/opinions/:id/assign", web.Officers, h.assign)
	r.Page("GET", "/desk/templates", web.Officers, h.templates)
	r.Page("POST", "/desk/templates", web.Officers, h.addTemplate)
	r.Page("GET", "/desk/templates/new", web.Officers, h.newTemplate)
	r.Page("GET", "/desk/templates/:id", web.Officers, h.template)
	r.Page("POST", "/desk/templates/:id", web.Officers, h.editTemplate)
	r.Page("GET", "/desk/templates/:id/remove", web.Officers, h.removingTemplate)
	r.Page("POST", "/desk/templates/:id/remove", web.Officers, h.removeTemplate)
	r.Page("GET", "/desk/c/:id/report", web.Officers, h.report)
	r.Page("POST", "/desk/c/:id/report", web.Officers, h.saveReport)
	r.Page("POST", "/desk/c/:id/report/propose", web.Officers, h.step("answers.step_proposed", h.propose))
	r.Page("POST", "/desk/c/:id/report/return", web.Officers, h.step("answers.step_returned", h.takeBack))
	r.Page("POST", "/desk/c/:id/report/publish", web.Officers, h.step("answers.step_published", h.publish))
	r.API("GET", "/consultations/:id/response", web.Public, h.apiResponse)
	r.API("GET", "/consultations/:id/answers", web.Public, h.apiAnswers)
}

// plainSentence takes the beginning off that the page says by itself.
func plainSentence(s string) string {
	for _, p := range []string{"我们问了：", "您说了：", "我们改了：", "We asked: ", "You said: ", "We changed: "} {
		s = strings.TrimPrefix(s, p)
	}
	return s
}

// apiResponse answers the published report; published is false before.
func (h handler) apiResponse(c *web.Ctx) error {
	c.Depends(time.Time{}, models.ConsultationTopic(c.Params("id")))
	r, err := h.s.Response(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	out := map[string]any{"consultation": r.Consultation.ID, "published": r.Published}
	if r.Published {
		out["published_at"], out["report"], out["corrections"] = r.At, r.Report, r.Corrections
	}
	return c.Answer(out)
}

// apiAnswers answers the published answers, the newest first; ?cursor= is the id of
// the last one seen.
func (h handler) apiAnswers(c *web.Ctx) error {
	c.Depends(time.Time{}, models.ConsultationTopic(c.Params("id")))
	before := c.Query("cursor")
	if before != "" && !models.IsID(before) {
		return models.FailField("cursor", "opinions.cursor_invalid")
	}
	n, err := c.QueryLimit(20, 100)
	if err != nil {
		return err
	}
	_, list, err := h.s.Answers(c.UserContext(), c.Params("id"), before, n)
	if err != nil {
		return err
	}
	type answer struct {
		ID       string          `json:"id"`
		Decision models.Decision `json:"decision"`
		ReasonZH string          `json:"reason_zh"`
		ReasonEN string          `json:"reason_en"`
		Clause   string          `json:"clause"`
		Version  int             `json:"version"`
		At       *time.Time      `json:"published_at"`
	}
	out := struct {
		Answers []answer `json:"answers"`
		Next    string   `json:"next_cursor,omitempty"`
	}{Answers: []answer{}}
	for _, a := range list {
		out.Answers = append(out.Answers, answer{a.ID, a.Decision, a.ReasonZH, a.ReasonEN, a.ClauseKey, a.VersionNumber, a.PublishedAt})
	}
	if len(list) == n {
		out.Next = list[n-1].ID
	}
	return c.Answer(out)
}
