package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"os"
	"strings"

	"github.com/gofiber/fiber/v2"

	"minyi/app/kit/upload"
	"minyi/models"
)

// mostFilesRead bounds how many files of one form are looked at; what a feature
// takes is less.
const mostFilesRead = 20

// Files reads the files of a form field, each of at most the given number of bytes;
// a larger one comes without its bytes, marked as such. No file gives none: the
// browser sends an empty part, or none at all, for an empty field.
func (c *Ctx) Files(field string, most int) ([]upload.Given, error) {
	if !strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		return nil, nil
	}
	form, err := c.MultipartForm()
	if err != nil {
		return nil, models.Fail(models.Invalid, "error.malformed")
	}
	var out []upload.Given
	for _, head := range form.File[field] {
		if head.Filename == "" || len(out) == mostFilesRead {
			continue
		}
		g := upload.Given{Name: head.Filename, TooLarge: head.Size > int64(most)}
		if !g.TooLarge {
			if g.Data, err = bytesOf(head); err != nil {
				return nil, err
			}
		}
		out = append(out, g)
	}
	return out, nil
}

func bytesOf(head *multipart.FileHeader) ([]byte, error) {
	f, err := head.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, head.Size)
	_, err = io.ReadFull(f, data)
	return data, err
}

// Refused says of each file why it was not taken, in the reader's language.
func (c *Ctx) Refused(list []upload.Refused) string {
	var out []string
	for _, r := range list {
		var known *models.Error
		if errors.As(r.Err, &known) {
			out = append(out, c.T("upload.refused", "name", r.Name, "reason", c.Message(known)))
		}
	}
	return strings.Join(out, " ")
}

// SendAttachment sends a kept file, which no browser may show or run in this site's
// name.
func (c *Ctx) SendAttachment(a models.Attachment, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return &models.Error{Kind: models.Unavailable, Key: "error.unavailable", Err: err}
	}
	c.Set(fiber.HeaderContentType, a.Mime)
	c.Set(fiber.HeaderContentDisposition, "attachment; filename*=UTF-8''"+strings.ReplaceAll(url.QueryEscape(a.Name), "+", "%20"))
	c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'")
	if c.GetRespHeader(fiber.HeaderCacheControl) == "" {
		c.Set(fiber.HeaderCacheControl, "private, max-age=3600")
	}
	return c.Send(data)
}
