package demo

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

//go:embed content
var files embed.FS

// order is the order in which the consultations were put up, oldest first.
var order = []string{
	"village-canteens", "pocket-park", "ebike-charging", "old-building-lifts", "night-market",
	"hospital-parking", "exam-noise", "dog-walking", "bus-network",
}

// checkedAt stands for now: that the content is consistent at other hours and dates as
// well is held by a test, so that loading needs no clock.
var checkedAt = time.Date(2027, 1, 4, 12, 0, 0, 0, time.FixedZone("UTC+8", 8*60*60))

// Load reads the embedded content and checks it (see CheckAt). An error
// means that the files were edited into something inconsistent.
func Load() (Content, error) {
	var c Content
	for name, into := range map[string]any{
		"city.json": &c.City, "authors.json": &c.Authors, "hearings.json": &c.Hearings, "rooms.json": &c.Rooms,
	} {
		if err := readJSON(name, into); err != nil {
			return Content{}, err
		}
	}
	for _, key := range order {
		one, err := loadConsultation(key)
		if err != nil {
			return Content{}, err
		}
		c.Consultations = append(c.Consultations, one)
	}
	if err := errors.Join(c.CheckAt(checkedAt)...); err != nil {
		return Content{}, err
	}
	return c, nil
}

func loadConsultation(key string) (Consultation, error) {
	dir := path.Join("consultations", key)
	var c Consultation
	err := readJSON(dir+"/consultation.json", &c)
	if err == nil {
		err = readJSON(dir+"/opinions.json", &c.Opinions)
	}
	if err == nil {
		err = optional(readJSON(dir+"/answers.json", &c.Answers))
	}
	if err == nil {
		var report Report
		switch found := readJSON(dir+"/report.json", &report); {
		case found == nil:
			c.Report = &report
		default:
			err = optional(found)
		}
	}
	for i := range c.Versions {
		if err == nil {
			c.Versions[i].Draft, err = readDraft(dir, c.Versions[i].Number)
		}
	}
	return c, err
}

func readDraft(dir string, number int) (Text, error) {
	zh, err := files.ReadFile(fmt.Sprintf("content/%s/draft-v%d.zh.md", dir, number))
	if err != nil {
		return Text{}, err
	}
	en, err := files.ReadFile(fmt.Sprintf("content/%s/draft-v%d.en.md", dir, number))
	return Text{ZH: string(zh), EN: string(en)}, err
}

// readJSON refuses fields that no type knows: a misspelt one would be lost.
func readJSON(name string, into any) error {
	data, err := files.ReadFile("content/" + name)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("demo: %s: %w", name, err)
	}
	return nil
}

func optional(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
