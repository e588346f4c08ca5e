package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"minyi/models"
)

// Limits of what a request may carry.
const (
	bodyLimit = 64 << 20 // a form with files: more than can be taken, so that each file that is too large is refused by name
	formLimit = 8 << 20  // everything else: a report on 300 clauses is the longest
	jsonLimit = 1 << 20
)

// Read takes the JSON body into v. Another content type is WrongMedia, what is no JSON
// or no UTF-8 or goes on after the value is Unreadable, too much is TooLarge; what is
// no object, unknown fields and wrong types of their field are Invalid.
func (c *Ctx) Read(v any) error {
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationJSON {
		return models.Fail(models.WrongMedia, "error.json_wanted")
	}
	body := c.Body()
	if len(body) > jsonLimit {
		return models.Fail(models.TooLarge, "error.too_large")
	}
	if !utf8.Valid(body) || halfSign(body) { // the decoder would put signs of its own in place of words
		return models.Fail(models.Unreadable, "error.malformed")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return models.Fail(models.Unreadable, "error.malformed")
	}
	return nil
}

// halfSign tells whether valid UTF-8 holds an escape for half a sign (\ud83d without
// the \ude00 behind it), which stands for no text. What is no JSON may give either.
func halfSign(body []byte) bool {
	for {
		i := bytes.IndexByte(body, '\\')
		if i < 0 || i+1 >= len(body) {
			return false
		}
		if body[i+1] != 'u' {
			body = body[i+2:]
			continue
		}
		first, rest := escaped(body[i:])
		body = rest
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, behind := escaped(body)
		if utf16.DecodeRune(first, second) == unicode.ReplacementChar {
			return true
		}
		body = behind
	}
}

// escaped reads the \uXXXX at the beginning of b: what it says and what follows.
// Where there is none, it says 0.
func escaped(b []byte) (rune, []byte) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, b[min(len(b), 2):]
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return 0, b[2:]
	}
	return rune(n), b[6:]
}

func badJSON(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field == "" {
			return models.Fail(models.Invalid, "error.object_wanted")
		}
		return models.FailField(wrong.Field, "error.wrong_type", "field", wrong.Field)
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		field = strings.Trim(field, `"`)
		return models.FailField(field, "error.unknown_field", "field", field)
	}
	return models.Fail(models.Unreadable, "error.malformed")
}

// Answer sends v as JSON with an ETag; a client that has it already gets 304.
func (c *Ctx) Answer(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	tag := tagOf(b)
	c.Set(fiber.HeaderETag, tag)
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderAuthorization, fiber.HeaderCookie)
	if c.GetRespHeader(fiber.HeaderCacheControl) == "" {
		c.Set(fiber.HeaderCacheControl, "no-cache")
	}
	if c.Method() == fiber.MethodGet && HasTag(c.Get(fiber.HeaderIfNoneMatch), tag) {
		c.Status(fiber.StatusNotModified)
		return nil
	}
	c.Set(fiber.HeaderContentType, "application/json; charset=utf-8")
	c.plan()
	return c.Send(b)
}

// HasTag says whether a reader's If-None-Match names what we would send: one of a
// list, weak or not, or anything at all (RFC 9110 §13.1.2).
func HasTag(header, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one != "" && (one == tag || one == "*") {
			return true
		}
	}
	return false
}

// QueryLimit reads ?limit=: the standard where it is left out, and no more than most.
// What is no number from 1 on is refused (web.limit_invalid): programs should hear of it.
func (c *Ctx) QueryLimit(standard, most int) (int, error) {
	given := c.Query("limit")
	if given == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 {
		return 0, models.FailField("limit", "error.limit_invalid", "most", most)
	}
	return min(n, most), nil
}

func queryEscape(s string) string { return url.QueryEscape(s) }
