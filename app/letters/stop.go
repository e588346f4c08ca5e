package letters

import (
	"context"
	"encoding/base64"
	"strings"

	"minyi/app/kit/code"
	"minyi/models"
)

// CheckStop says whether a link that ends letters is one of ours; NotFound
// otherwise.
func (s *Service) CheckStop(ticket string) error {
	_, err := s.stopOf(ticket)
	return err
}

func (s *Service) stopOf(ticket string) (string, error) {
	text, sign, ok := strings.Cut(ticket, ".")
	what, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil || !code.Same(sign, s.stopSign(string(what))) {
		return "", models.ErrNotFound
	}
	return string(what), nil
}

// Stop ends the letters that a link stands for, without a sign-in: whoever holds
// the letter may end them. Doing it twice is no error. NotFound for foreign links.
func (s *Service) Stop(ctx context.Context, ticket string) error {
	what, err := s.stopOf(ticket)
	if err != nil {
		return err
	}
	kind, id, _ := strings.Cut(what, ":")
	act := models.Act{By: what, Name: "letters.stop", About: "person:" + id}
	if kind == "r" {
		act.By, act.About = "system", "receipt:"+id
	}
	return s.o.DB.InTx(ctx, act, func(tx *models.Tx) error {
		if kind == "r" {
			return tx.StopReceiptNews(id)
		}
		return tx.StopNews(id)
	})
}
