package hearings

import (
	"bufio"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/kit/sheet"
	"minyi/handlers/web"
	"minyi/models"
)

const wordType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

func (h handler) recordWord(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.HearingTopic(id))
	b, err := h.s.RecordWord(c.UserContext(), id, c.Lang(), c.Words)
	return sendFile(c, b, err, wordType, id+"-record.docx")
}

// participantList answers the open list of participants: numbers, and names where
// there is consent.
func (h handler) participantList(mime, ext string, put func(*bufio.Writer, sheet.Table) error) web.Handler {
	return func(c *web.Ctx) error {
		id := c.Params("id")
		c.Depends(time.Time{}, models.HearingTopic(id))
		t, err := h.s.ParticipantTable(c.UserContext(), id, c.Lang(), c.Words)
		if err != nil {
			return err
		}
		return sendSheet(c, t, mime, id+"-participants"+ext, put)
	}
}

// archive answers the package as one zip file.
func (h handler) archive(c *web.Ctx) error {
	id := c.Params("id")
	file, size, err := h.s.ArchiveFile(c.UserContext(), id, c.Lang(), c.Words)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/zip")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+id+`.zip"`)
	return c.SendStream(file, size) // closes it
}

func sendFile(c *web.Ctx, b []byte, err error, mime, name string) error {
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, mime)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Send(b)
}
