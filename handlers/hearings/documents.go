package hearings

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/handlers/web"
	"minyi/models"
)

const wordType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

func (h handler) recordWord(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.HearingTopic(id))
	b, err := h.s.RecordWord(c.UserContext(), id, c.Lang(), c)
	return sendFile(c, b, err, wordType, id+"-record.docx")
}

func (h handler) archive(c *web.Ctx) error {
	id := c.Params("id")
	b, err := h.s.Archive(c.UserContext(), id, c.Lang(), c)
	return sendFile(c, b, err, "application/zip", id+".zip")
}

func sendFile(c *web.Ctx, b []byte, err error, mime, name string) error {
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, mime)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Send(b)
}
