package opinions

import (
	"context"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/contact"
	"minyi/models"
)

// State is where an opinion stands on its way, the same word on every page.
type State string

// The states, in their order.
const (
	StateHeld     State = "held"     // 待审核: appears after an officer has looked
	StateReceived State = "received" // 已登记, while the window is open
	StateSorting  State = "sorting"  // 整理中, after closing
	StateAnswered State = "answered" // 已答复
	StateHidden   State = "hidden"   // 未公开
	StateErased   State = "erased"   // 已删除 by its author
)

// Given is one opinion as its receipt shows it.
type Given struct {
	models.Opinion
	Clause Clause
	State  State
	// Answer is set once it is published.
	Answer *models.Answer
	// Hiding is the latest one, nil if there was none; it stays when it was lifted.
	Hiding *models.Hiding
	Files  []models.Attachment
}

// MayAppeal says whether its author can still object to its hiding.
func (g Given) MayAppeal() bool {
	return g.HiddenAt != nil && g.ErasedAt == nil && g.Hiding != nil && g.Hiding.AppealedAt == nil && g.Hiding.DecidedAt == nil
}

// Receipt is what the holder of a code sees.
type Receipt struct {
	models.Receipt
	Consultation models.Consultation
	Unit         models.Unit
	Opinions     []Given
	// Texts says that the reader has shown to be the author: the texts may be seen
	// and acted on. Otherwise Body, Suggestion and names are empty.
	Texts bool
	// Owner says that the reader's own account or visit gave the opinions.
	Owner bool
}

// AnsweredAt is when the answer to all of it was published, zero before.
func (r Receipt) AnsweredAt() time.Time {
	if r.Consultation.AnsweredAt != nil {
		return *r.Consultation.AnsweredAt
	}
	return time.Time{}
}

// Receipt finds a receipt by its code as people type it. detail is the last four
// digits of the phone number or the mail address that was given, for who has lost
// the session; it may be empty. A wrong code, a wrong detail and a detail that was
// never given are one and the same error: Invalid opinions.receipt_wrong. TooMany
// for who guesses.
func (s *Service) Receipt(ctx context.Context, who actor.Actor, typed, detail string) (Receipt, error) {
	wrong := models.FailField("code", "opinions.receipt_wrong")
	parsed, err := code.Parse(typed)
	var row models.Receipt
	if err == nil {
		row, err = s.db.ReceiptByCode(ctx, parsed)
	}
	owner := err == nil && owns(who, row)
	if !owner {
		if err := s.hold(receiptRule, s.o.Rates.Receipt, actor.Actor{Network: who.Network, Visit: who.Visit}); err != nil {
			return Receipt{}, err
		}
	}
	if err != nil {
		if models.KindOf(err) == models.Unavailable {
			return Receipt{}, err
		}
		return Receipt{}, wrong
	}
	proven := owner
	if !owner && detail != "" {
		if err := s.holdDetail(row); err != nil {
			return Receipt{}, err
		}
		if proven, err = s.fits(ctx, row, detail); err != nil {
			return Receipt{}, err
		}
		if !proven {
			return Receipt{}, wrong
		}
	}
	return s.receipt(ctx, row, owner, proven)
}

func owns(who actor.Actor, r models.Receipt) bool {
	switch {
	case who.PersonID != "" && r.PersonID == who.PersonID:
		return true
	case !who.Known():
		return false
	}
	return r.Voice == who.Voice() || who.Visit != "" && r.Voice == "v:"+who.Visit
}

// fits says whether a detail is of a contact that belongs to the receipt: the one that
// was given with it, or those of the account that gave the opinions.
func (s *Service) fits(ctx context.Context, r models.Receipt, detail string) (bool, error) {
	contacts := []string{r.Contact}
	if r.PersonID != "" {
		switch p, err := s.db.PersonByID(ctx, r.PersonID); {
		case err == nil && p.ErasedAt == nil:
			contacts = append(contacts, p.Email, p.Phone)
		case err != nil && !models.IsNotFound(err):
			return false, err
		}
	}
	for _, given := range contacts {
		if c, err := contact.Parse(given); given != "" && err == nil && (c.Matches(detail) || c.MatchesLast4(detail)) {
			return true, nil
		}
	}
	return false, nil
}

// receipt fills in what belongs to a receipt, in few statements.
func (s *Service) receipt(ctx context.Context, row models.Receipt, owner, texts bool) (Receipt, error) {
	r := Receipt{Receipt: row, Owner: owner, Texts: texts}
	var err error
	if r.Consultation, err = s.db.ConsultationByID(ctx, row.ConsultationID); err != nil {
		return r, err
	}
	if r.Unit, err = s.unitOf(ctx, r.Consultation); err != nil {
		return r, err
	}
	list, err := s.db.OpinionsOfReceipt(ctx, row.ID)
	if err != nil {
		return r, err
	}
	r.Opinions, err = s.given(ctx, r.Consultation, list)
	if !texts {
		for i := range r.Opinions {
			o := &r.Opinions[i]
			o.Body, o.Suggestion, o.DisplayName, o.Files = "", "", "", nil
		}
	}
	return r, err
}

// given adds to opinions of one consultation where each stands.
func (s *Service) given(ctx context.Context, c models.Consultation, list []models.Opinion) ([]Given, error) {
	var ids, answers []string
	for _, o := range list {
		ids = append(ids, o.ID)
		if o.AnswerID != "" {
			answers = append(answers, o.AnswerID)
		}
	}
	published, err := s.db.AnswersPublic(ctx, answers)
	if err != nil {
		return nil, err
	}
	hidings, err := s.db.HidingsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	versions, _, err := s.public(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	files, err := s.db.AttachmentsOfAll(ctx, models.OfOpinion, ids)
	if err != nil {
		return nil, err
	}
	var out []Given
	for _, o := range list {
		g := Given{Opinion: o, Clause: versions[o.VersionNumber][o.ClauseKey], Files: files[o.ID]}
		if a, ok := published[o.AnswerID]; ok {
			g.Answer = &a
		}
		if h, ok := hidings[o.ID]; ok {
			g.Hiding = &h
		}
		g.State = stateOf(g, c, s.db.Now())
		out = append(out, g)
	}
	return out, nil
}

func stateOf(g Given, c models.Consultation, now time.Time) State {
	switch {
	case g.ErasedAt != nil:
		return StateErased
	case g.Answer != nil:
		return StateAnswered
	case g.HiddenAt != nil:
		return StateHidden
	case g.HeldAt != nil && !g.Shown:
		return StateHeld
	}
	if status := c.Status(now); status == models.StatusOpen || status == models.StatusScheduled {
		return StateReceived
	}
	return StateSorting
}
