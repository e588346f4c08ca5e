package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/app/hearings"
	"minyi/app/kit/docx/docxtest"
	written "minyi/app/kit/record"
	"minyi/models"
)

// The record of a room of its own, from the last word to the hash: written from what
// was said, corrected and confirmed by those who said it, found, frozen by the clock
// when its days are over, and the same on the page, in the API and in the file.
func TestTheRecordOfARoomEndsWithAHashThatAnybodyCanReckon(t *testing.T) {
	inRoom(t, false, func(t *testing.T, c crowd) {
		ctx, base, q := context.Background(), "/rooms/"+c.code, struct{ ID string }{}
		c.must("POST", "/rooms/{code}/questions", base+"/questions", c.ann, map[string]any{"body": "石榴街几点收摊？"}, 201, &q)
		c.move("answering", q.ID, nil)
		c.move("answered", q.ID, map[string]any{"answerer": "市场监管局", "answer": map[string]string{"zh": "晚上十一点。", "en": "At eleven."}})
		c.must("POST", "/rooms/{code}/close", base+"/close", c.chair, nil, 200, nil)
		c.must("POST", "/rooms/{code}/record", base+"/record", c.chair, nil, 200, nil)
		c.must("POST", "/rooms/{code}/record/open", base+"/record/open", c.chair, nil, 200, nil)
		type record struct {
			Hash      string
			FrozenAt  *time.Time `json:"frozen_at"`
			Confirmed int
			Entries   []struct {
				ID, Kind string
				Text     struct{ ZH string }
			}
			Corrections []struct{ ID, Decision string }
		}
		read := func() (r record) {
			c.must("GET", "/rooms/{code}/record", base+"/record", "", nil, 200, &r)
			return r
		}
		r := read()
		if len(r.Entries) != 2 || r.Entries[0].Text.ZH != "石榴街几点收摊？" || r.FrozenAt != nil {
			t.Fatalf("%+v", r)
		}
		wish := map[string]any{"entry": r.Entries[0].ID, "text": "是问几点开始"}
		c.must("POST", "/rooms/{code}/record/corrections", base+"/record/corrections", c.ben, wish, 404, nil) // not ben's words
		c.must("POST", "/rooms/{code}/record/corrections", base+"/record/corrections", c.ann, wish, 201, nil)
		decide := base + "/record/corrections/" + read().Corrections[0].ID
		c.must("POST", "/rooms/{code}/record/corrections/{id}", decide, c.chair, map[string]any{"accept": true, "text": map[string]string{"zh": "石榴街几点开始摆摊？"}}, 200, nil)
		c.must("POST", "/rooms/{code}/record/confirm", base+"/record/confirm", c.ann, map[string]any{"signed": true}, 200, nil)
		eventually(t, "the record is found as it was corrected", func() bool {
			status, body, _ := c.call("GET", "/api/v1/search?kind=record&q="+url.QueryEscape("石榴街几点开始"), "", nil)
			return status == 200 && strings.Contains(string(body), "/live/"+c.code+"/record")
		})

		// Its days pass; a clock of any node freezes it.
		clock := hearings.New(c.DB, hearings.Options{})
		if err := clock.Tick(ctx); err != nil || read().FrozenAt != nil {
			t.Fatal("frozen before its days are over", err)
		}
		about := models.RoomTopic(c.code)
		err := c.DB.InTx(ctx, models.Act{By: "system", Name: "test.days", Silent: true}, func(tx *models.Tx) error {
			row, err := tx.RecordOf(about)
			if err != nil {
				return err
			}
			opened, until := row.OpenedAt.AddDate(0, 0, -9), row.CorrectionsUntil.AddDate(0, 0, -9)
			row.OpenedAt, row.CorrectionsUntil = &opened, &until
			return tx.SaveRecord(&row, row.Revision)
		})
		if err != nil {
			t.Fatal(err)
		}
		c.must("POST", "/rooms/{code}/record/confirm", base+"/record/confirm", c.ann, map[string]any{"signed": false}, 409, nil)
		if err := clock.Tick(ctx); err != nil {
			t.Fatal(err)
		}
		r = read()
		row, err := c.DB.RecordOf(ctx, about)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := c.DB.RecordParts(ctx, about)
		if err != nil {
			t.Fatal(err)
		}
		if want := written.Hash(row, parts); r.FrozenAt == nil || r.Hash != want || r.Confirmed != 1 || r.Entries[0].Text.ZH != "石榴街几点开始摆摊？" {
			t.Fatalf("%+v, want the hash %s", r, want)
		}
		c.must("POST", "/rooms/{code}/record/corrections/{id}", decide, c.chair, map[string]any{"accept": false}, 409, nil)
		for _, lang := range []string{"", "/en"} {
			if status, page, _ := c.call("GET", lang+"/live/"+c.code+"/record", "", nil); status != 200 || !strings.Contains(string(page), r.Hash) || !strings.Contains(string(page), "石榴街几点开始摆摊？") {
				t.Errorf("the page of the record%s: %d", lang, status)
			}
			if _, file, _ := c.call("GET", lang+"/live/"+c.code+"/record.docx", "", nil); !strings.Contains(wordText(t, file), r.Hash) || !strings.Contains(wordText(t, file), "石榴街几点开始摆摊？") {
				t.Errorf("the file of the record%s lacks its hash or its words", lang)
			}
		}
		for file, want := range map[string][]string{
			"record.csv":    {"石榴街几点开始摆摊？,本人已确认", "晚上十一点。", "是问几点开始,已采纳", r.Hash, "定稿，不能再改"},
			"questions.csv": {"石榴街几点收摊？", "晚上十一点。"},
		} {
			_, text, _ := c.call("GET", "/live/"+c.code+"/"+file, "", nil)
			for _, words := range want {
				if !strings.Contains(string(text), words) {
					t.Errorf("%s lacks %q: %s", file, words, text)
				}
			}
		}
	})
}

// The Word file of a record is opened by a reader that is not ours: it is whole, and says
// what the record says, word for word, with everything that markup could trip over.
func TestAForeignReaderFindsTheRecordInItsWordFile(t *testing.T) {
	inRoom(t, false, func(t *testing.T, c crowd) {
		base := "/rooms/" + c.code
		said := []string{"石榴街 <b>5 & 10</b> 号，“𠮷野”家的 🏮 怎么算？", "]]> &amp; '引号' 空格，几点收摊？"}
		answer := "晚上十一点。\n周末晚半小时 <i>。"
		for _, body := range said {
			var q struct{ ID string }
			c.must("POST", "/rooms/{code}/questions", base+"/questions", c.ann, map[string]any{"body": body, "display": "name", "name": "安若素"}, 201, &q)
			c.move("answering", q.ID, nil)
			c.move("answered", q.ID, map[string]any{"answerer": "市场监管局", "answer": map[string]string{"zh": answer, "en": "At <eleven> & later."}})
		}
		var p struct{ ID string }
		c.must("POST", "/rooms/{code}/polls", base+"/polls", c.chair, map[string]any{"kind": "single", "title": map[string]string{"zh": "周末呢？<&>", "en": "Weekends?"}, "options": []map[string]string{{"zh": "早些", "en": "Earlier"}, {"zh": "晚些", "en": "Later"}}}, 201, &p)
		c.must("POST", "/desk/polls/{id}", "/desk/polls/"+p.ID, c.chair, map[string]any{"state": "open", "shown": true}, 200, nil)
		c.must("POST", "/rooms/{code}/close", base+"/close", c.chair, nil, 200, nil)
		c.must("POST", "/rooms/{code}/record", base+"/record", c.chair, nil, 200, nil)
		c.must("POST", "/rooms/{code}/record/open", base+"/record/open", c.chair, nil, 200, nil)
		var r struct {
			Entries []struct{ Text struct{ ZH, EN string } }
		}
		c.must("GET", "/rooms/{code}/record", base+"/record", "", nil, 200, &r)
		if len(r.Entries) != 4 {
			t.Fatalf("the record has %d entries: %+v", len(r.Entries), r)
		}
		for lang, more := range map[string][]string{"": {"夜市听证会", "周末呢？<&>", "早些"}, "/en": {"Night market", "Weekends?", "Later"}} {
			status, file, _ := c.call("GET", lang+"/live/"+c.code+"/record.docx", "", nil)
			if status != 200 {
				t.Fatalf("%d %s", status, file)
			}
			lines := docxtest.Read(t, file).Text
			all := "\n" + strings.Join(lines, "\n") + "\n"
			for i, e := range r.Entries {
				text := e.Text.ZH
				if lang != "" && e.Text.EN != "" {
					text = e.Text.EN
				}
				if i%2 == 0 && text != said[i/2] || !strings.Contains(all, "\n"+text+"\n") {
					t.Errorf("%q does not stand in the file%s as it was said: %q", text, lang, lines)
				}
			}
			for _, words := range more {
				if !slices.Contains(lines, words) {
					t.Errorf("%q is not in the file%s: %q", words, lang, lines)
				}
			}
		}
	})
}

// wordText is the text of a Word file, markup and all.
func wordText(t *testing.T, file []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
