package opinions

import (
	"context"
	"errors"
	"strconv"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/app/kit/upload"
	"minyi/models"
)

// BasketItem is one opinion that waits in a basket, with the clause as it was when
// it was written.
type BasketItem struct {
	models.BasketItem
	Clause Clause
	Files  []models.Attachment
}

// Basket is what somebody has written for a consultation and not sent.
type Basket struct {
	Consultation models.Consultation
	Unit         models.Unit
	ID           string // empty: there is nothing
	BeganAt      time.Time
	Items        []BasketItem
	// Takes says whether it can be sent now.
	Takes bool
}

// BeganMark is a signed note of when a form was shown, which the form sends back:
// who began before the deadline has the grace minutes.
func (s *Service) BeganMark(consultationID string) string {
	if s.o.Signer == nil {
		return ""
	}
	return s.o.Signer.Encode("began|"+consultationID, strconv.FormatInt(s.db.Now().Unix(), 36))
}

// began reads such a note; now when it is missing or forged.
func (s *Service) began(consultationID, mark string, now time.Time) time.Time {
	if s.o.Signer == nil || mark == "" {
		return now
	}
	fields, err := s.o.Signer.Decode("began|"+consultationID, mark)
	if err != nil || len(fields) != 1 {
		return now
	}
	n, err := strconv.ParseInt(fields[0], 36, 64)
	if err != nil {
		return now
	}
	return time.Unix(n, 0).UTC()
}

// adopt gives what a visitor wrote to the account that they signed in to.
func (s *Service) adopt(ctx context.Context, who actor.Actor) error {
	if !who.SignedIn() || who.Visit == "" {
		return nil
	}
	list, err := s.db.BasketsOf(ctx, "v:"+who.Visit)
	if err != nil || len(list) == 0 {
		return err
	}
	return s.db.InTx(ctx, models.Act{By: who.Voice(), Name: "opinions.adopt_basket", Silent: true}, func(tx *models.Tx) error {
		return tx.MoveBaskets("v:"+who.Visit, who.Voice())
	})
}

// PutInput is one opinion to be put into the basket.
type PutInput struct {
	ConsultationID string
	Said           Said
	BeganMark      string
	// Prefilled is the text that stood in the suggestion when the form was shown;
	// sent back unchanged it is no suggestion.
	Prefilled string
	// Files come with the opinion: at most MostFiles of FileLimit bytes.
	Files []upload.Given
}

// Put puts an opinion into the actor's basket. The same words sent twice with the
// same key are one item. Files that cannot be taken are told one by one; the opinion
// is kept all the same. Errors: Invalid with a field, NotFound, Closed, TooMany;
// SignIn for who cannot be told apart.
func (s *Service) Put(ctx context.Context, who actor.Actor, in PutInput, idem models.Idem) (models.BasketItem, []upload.Refused, error) {
	none := models.BasketItem{}
	if !who.Known() {
		return none, nil, models.Fail(models.SignIn, "error.sign_in")
	}
	if err := s.hold(writeRule, s.o.Rates.Write, who); err != nil {
		return none, nil, err
	}
	if err := s.adopt(ctx, who); err != nil {
		return none, nil, err
	}
	c, err := s.visible(ctx, in.ConsultationID)
	if err != nil {
		return none, nil, err
	}
	versions, newest, err := s.public(ctx, c.ID)
	if err != nil {
		return none, nil, err
	}
	clause, ok := versions[newest][in.Said.ClauseKey]
	if !ok {
		return none, nil, noClause("body", in.Said.ClauseKey)
	}
	if err := checkOne(&in.Said, clause, in.Prefilled); err != nil {
		return none, nil, err
	}
	files, refused := upload.TakeAll(in.Files, MostFiles, FileLimit)
	act := models.Act{By: who.Voice(), Name: "opinions.put", Silent: true}
	item := none
	err = s.keep(files, func() (err error) {
		item, _, err = models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (models.BasketItem, error) {
			return s.put(tx, who, c.ID, newest, in, files)
		})
		return err
	})
	return item, refused, err
}

// put does the work of [Service.Put] inside the act.
func (s *Service) put(tx *models.Tx, who actor.Actor, id string, newest int, in PutInput, files []upload.File) (models.BasketItem, error) {
	began := s.began(id, in.BeganMark, tx.Now)
	if began.After(tx.Now) {
		began = tx.Now
	}
	now, err := tx.Consultation(id)
	if err != nil {
		return models.BasketItem{}, err
	}
	if err := takes(now, tx.Now, began); err != nil {
		return models.BasketItem{}, err
	}
	b, err := tx.OpenBasket(who.Voice(), id, began)
	if err != nil {
		return models.BasketItem{}, err
	}
	items, err := tx.BasketItems(b.ID)
	if err != nil {
		return models.BasketItem{}, err
	}
	if len(items) >= BasketLimit {
		return models.BasketItem{}, models.FailField("body", "opinions.basket_full", "most", BasketLimit)
	}
	item := models.BasketItem{ID: models.NewID(tx.Now), BasketID: b.ID, ClauseKey: in.Said.ClauseKey, VersionNumber: newest, Stance: in.Said.Stance,
		Body: in.Said.Body, Suggestion: in.Said.Suggestion, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if err := tx.Insert(&item); err != nil {
		return item, err
	}
	return item, addFiles(tx, who, models.OfBasketItem, item.ID, 0, files)
}

func checkOne(said *Said, clause Clause, prefilled string) error {
	if sameWords(said.Suggestion, clause.Text) || prefilled != "" && sameWords(said.Suggestion, prefilled) {
		said.Suggestion = ""
	}
	var faults models.Faults
	CheckSaid(&faults, "", said)
	return faults.Err()
}

// Basket gives the actor's basket for a consultation; what a visitor wrote before
// signing in is moved to the account first. Errors: NotFound for a consultation
// that is not public.
func (s *Service) Basket(ctx context.Context, who actor.Actor, consultationID string) (Basket, error) {
	b := Basket{}
	if err := s.adopt(ctx, who); err != nil {
		return b, err
	}
	var err error
	if b.Consultation, err = s.visible(ctx, consultationID); err != nil {
		return b, err
	}
	if b.Unit, err = s.unitOf(ctx, b.Consultation); err != nil {
		return b, err
	}
	now := s.db.Now()
	b.Takes = b.Consultation.Takes(now, now)
	if !who.Known() {
		return b, nil
	}
	row, err := s.db.BasketOf(ctx, who.Voice(), consultationID)
	if models.IsNotFound(err) {
		return b, nil
	}
	if err != nil {
		return b, err
	}
	items, err := s.db.BasketItems(ctx, row.ID)
	if err != nil {
		return b, err
	}
	versions, _, err := s.public(ctx, consultationID)
	if err != nil {
		return b, err
	}
	b.ID, b.BeganAt, b.Takes = row.ID, row.BeganAt, b.Consultation.Takes(now, row.BeganAt)
	ids := make([]string, len(items))
	for n, i := range items {
		ids[n] = i.ID
	}
	files, err := s.db.AttachmentsOfAll(ctx, models.OfBasketItem, ids)
	for _, i := range items {
		b.Items = append(b.Items, BasketItem{i, versions[i.VersionNumber][i.ClauseKey], files[i.ID]})
	}
	return b, err
}

// BasketSize tells how many opinions wait in the actor's latest basket, and for
// which consultation, for the bar on every page.
func (s *Service) BasketSize(ctx context.Context, who actor.Actor) (count int, consultationID string) {
	owners := []string{who.Voice()}
	if who.SignedIn() && who.Visit != "" {
		owners = append(owners, "v:"+who.Visit)
	}
	list, err := s.db.BasketsOf(ctx, owners...)
	if err != nil || len(list) == 0 {
		return 0, "" // the bar is a convenience: no page fails for it
	}
	for _, b := range list {
		if b.ConsultationID != list[0].ConsultationID {
			continue
		}
		n, err := s.db.BasketSize(ctx, b.ID)
		if err != nil {
			return 0, ""
		}
		count += n
	}
	return count, list[0].ConsultationID
}

// Waiting finds one opinion in the actor's basket. Errors: NotFound, also for
// somebody else's.
func (s *Service) Waiting(ctx context.Context, who actor.Actor, consultationID, itemID string) (Basket, BasketItem, error) {
	b, err := s.Basket(ctx, who, consultationID)
	if err != nil {
		return b, BasketItem{}, err
	}
	for _, i := range b.Items {
		if i.ID == itemID {
			return b, i, nil
		}
	}
	return b, BasketItem{}, models.ErrNotFound
}

// ChangeInput is what becomes of an opinion in the basket: its words, files to add,
// and the id of a file to take away (empty: none).
type ChangeInput struct {
	Said     Said
	Files    []upload.Given
	DropFile string
}

// Change rewrites an opinion in the basket. Files that cannot be added are told one
// by one. Errors: Invalid with a field, NotFound.
func (s *Service) Change(ctx context.Context, who actor.Actor, consultationID, itemID string, in ChangeInput) ([]upload.Refused, error) {
	_, item, err := s.Waiting(ctx, who, consultationID, itemID)
	if err != nil {
		return nil, err
	}
	if err := checkOne(&in.Said, item.Clause, ""); err != nil {
		return nil, err
	}
	item.Stance, item.Body, item.Suggestion = in.Said.Stance, in.Said.Body, in.Said.Suggestion
	have := 0
	for _, a := range item.Files {
		if a.ID != in.DropFile {
			have++
		}
	}
	files, refused := upload.TakeAll(in.Files, max(0, MostFiles-have), FileLimit)
	err = s.keep(files, func() error {
		return s.db.InTx(ctx, models.Act{By: who.Voice(), Name: "opinions.change", Silent: true}, func(tx *models.Tx) error {
			now, err := tx.Attachments(models.OfBasketItem, item.ID)
			if err != nil {
				return err
			}
			have := len(now)
			for _, a := range now {
				if a.ID == in.DropFile {
					have--
					if err := tx.RemoveAttachment(a.ID); err != nil {
						return err
					}
				}
			}
			if err := addFiles(tx, who, models.OfBasketItem, item.ID, have, files); err != nil {
				return err
			}
			return tx.ChangeBasketItem(item.BasketItem)
		})
	})
	return refused, err
}

// Drop takes an opinion out of the basket; one that is gone already is no error.
func (s *Service) Drop(ctx context.Context, who actor.Actor, consultationID, itemID string) error {
	b, err := s.Basket(ctx, who, consultationID)
	if err != nil || b.ID == "" {
		return err
	}
	return s.db.InTx(ctx, models.Act{By: who.Voice(), Name: "opinions.drop", Silent: true}, func(tx *models.Tx) error {
		return tx.DropBasketItem(b.ID, itemID)
	})
}

// SendInput is how somebody sends their basket.
type SendInput struct {
	ConsultationID string
	Display        models.Display
	Name           string
	Notify         bool
	// Ticket and Code confirm a contact; Ticket alone stands for one that was
	// confirmed within the last hour.
	Ticket, Code string
	// Basket is the id of the basket that the form showed: sent again, it gives
	// the receipt that was given before.
	Basket string
}

// Send submits the basket and empties it, in one act: one receipt for all of it,
// however often it is sent. Errors: as for [Service.Submit], and those of the code.
func (s *Service) Send(ctx context.Context, who actor.Actor, in SendInput) (Submitted, error) {
	if !who.Known() || in.Basket == "" {
		return Submitted{}, models.FailField("", "opinions.none")
	}
	if err := s.adopt(ctx, who); err != nil {
		return Submitted{}, err
	}
	c, err := s.visible(ctx, in.ConsultationID)
	if err != nil {
		return Submitted{}, err
	}
	give := SubmitInput{ConsultationID: c.ID, Display: in.Display, Name: in.Name, Notify: in.Notify}
	if !who.SignedIn() && in.Ticket != "" {
		proven, err := s.proven(ctx, who, in)
		if err != nil {
			return Submitted{}, err
		}
		give.ContactKind, give.Contact, give.ContactKey = string(proven.Kind), proven.Value, proven.Key
	}
	if err := checkDisplay(&give); err != nil {
		return Submitted{}, err
	}
	name, err := s.displayName(ctx, who, &give)
	if err != nil {
		return Submitted{}, err
	}
	if err := s.mayWrite(ctx, who, give); err != nil {
		return Submitted{}, err
	}
	act := who.Act("opinions.submit", models.ConsultationTopic(c.ID))
	act.UnitID = c.UnitID
	idem := models.Idem{Voice: who.Voice(), Key: "basket " + in.Basket, Hash: in.Basket}
	out, _, err := models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (Submitted, error) {
		return s.sendBasket(ctx, tx, who, give, name)
	})
	return out, err
}

func (s *Service) sendBasket(ctx context.Context, tx *models.Tx, who actor.Actor, give SubmitInput, name string) (Submitted, error) {
	none := models.FailField("", "opinions.none")
	b, err := tx.Basket(who.Voice(), give.ConsultationID)
	if models.IsNotFound(err) {
		return Submitted{}, none
	}
	if err != nil {
		return Submitted{}, err
	}
	items, err := tx.BasketItems(b.ID)
	if err != nil {
		return Submitted{}, err
	}
	if len(items) == 0 {
		return Submitted{}, none
	}
	ids := make([]string, len(items))
	for n, i := range items {
		ids[n] = i.ID
	}
	files, err := tx.AttachmentsOfAll(models.OfBasketItem, ids)
	if err != nil {
		return Submitted{}, err
	}
	give.BeganAt, give.Opinions = b.BeganAt, nil
	for _, i := range items {
		give.Opinions = append(give.Opinions, Said{i.ClauseKey, i.Stance, i.Body, i.Suggestion, i.VersionNumber, sums(files[i.ID])})
	}
	out, err := s.submit(ctx, tx, who, give, name)
	if err != nil {
		return Submitted{}, err
	}
	for n, i := range items {
		if len(files[i.ID]) > 0 {
			if err := tx.GiveAttachments(models.OfBasketItem, i.ID, models.OfOpinion, out.Opinions[n]); err != nil {
				return Submitted{}, err
			}
		}
	}
	return out, tx.DropBasket(b.ID)
}

func (s *Service) proven(ctx context.Context, who actor.Actor, in SendInput) (contact.Contact, error) {
	if s.o.Contacts == nil {
		return contact.Contact{}, errors.New("opinions: nobody confirms contacts")
	}
	c, err := s.o.Contacts.Confirmed(ctx, who, in.Ticket)
	if models.IsNotFound(err) {
		return s.o.Contacts.Confirm(ctx, who, in.Ticket, in.Code)
	}
	return c, err
}

// CheckTakes says whether the basket can still be sent, before anything else is asked of
// who sends it. Errors: NotFound, Closed.
func (s *Service) CheckTakes(ctx context.Context, who actor.Actor, consultationID string) error {
	b, err := s.Basket(ctx, who, consultationID)
	if err != nil || b.Takes || len(b.Items) == 0 {
		return err
	}
	return takes(b.Consultation, s.db.Now(), b.BeganAt)
}

// CheckSending finds what is wrong with the choice of name, before a code is sent
// to anybody. Errors: Invalid with a field.
func (s *Service) CheckSending(in SendInput) error {
	give := SubmitInput{Display: in.Display, Name: in.Name}
	if err := checkDisplay(&give); err != nil {
		return err
	}
	if give.Display != models.Anonymous && give.Name == "" {
		return models.FailField("name", "opinions.name_missing")
	}
	return nil
}
