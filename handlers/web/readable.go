package web

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// searchParam is the parameter of an address that holds what somebody searches for.
const searchParam = "q"

// searchable makes a text of whatever somebody searches for: people paste what they have
// found, and for them a sign that no text has is a gap between words.
func searchable(args *fasthttp.Args) {
	if asked := args.Peek(searchParam); len(asked) > 0 && !isText(asked) {
		args.Set(searchParam, textWith(string(asked), " "))
	}
}

// readable says whether every text of the address and of the form can be text: UTF-8
// without NUL. No page of ours sends anything else, PostgreSQL keeps nothing else,
// and what is shown again would make a page that is none.
func readable(f *fiber.Ctx) bool {
	ctx := f.Context()
	searchable(ctx.URI().QueryArgs())
	if !isText(ctx.URI().Path()) || !areText(ctx.URI().QueryArgs()) {
		return false
	}
	kind := ctx.Request.Header.ContentType()
	switch {
	case bytes.HasPrefix(kind, []byte(fiber.MIMEApplicationForm)):
		return areText(ctx.PostArgs())
	case bytes.HasPrefix(kind, []byte(fiber.MIMEMultipartForm)):
		form, err := ctx.MultipartForm()
		if err != nil {
			return false
		}
		for name, list := range form.Value {
			for _, v := range append(list, name) {
				if !isText([]byte(v)) {
					return false
				}
			}
		}
		for name, list := range form.File {
			for _, head := range list {
				if !isText([]byte(name)) || !isText([]byte(head.Filename)) {
					return false
				}
			}
		}
	}
	return true
}

func areText(args *fasthttp.Args) bool {
	for k, v := range args.All() {
		if !isText(k) || !isText(v) {
			return false
		}
	}
	return true
}

func isText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

// plainText is s as far as it can be shown.
func plainText(s string) string { return textWith(s, "\uFFFD") }

// textWith is s with a sign in the place of whatever no text has.
func textWith(s, sign string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, sign), "\x00", sign)
}
