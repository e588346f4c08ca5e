package opinions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/text"
	"minyi/models"
)

// Limits of what can be said at once, in characters.
const (
	BodyLimit       = 2000
	SuggestionLimit = 5000
	NameLimit       = 30
	BasketLimit     = 50 // opinions in one basket
)

// Said is one opinion as somebody gives it.
type Said struct {
	ClauseKey  string
	Stance     models.Stance
	Body       string
	Suggestion string
	// VersionNumber is the version that it was written on, for what waited in a
	// basket; 0 means the newest one.
	VersionNumber int
	// Files are the hashes of what is attached, for the receipt and the record.
	Files []string
}

// SubmitInput is a basket that somebody submits.
type SubmitInput struct {
	ConsultationID string
	Opinions       []Said
	Display        models.Display
	// Name is the nickname or the real name that is shown; empty takes the
	// account's own.
	Name string
	// Contact, already confirmed by a code, for who has no account.
	ContactKind, Contact, ContactKey string
	Notify                           bool
	// BeganAt is when the first word was written, for the grace at the deadline;
	// zero means now.
	BeganAt time.Time

	// channel and enteredBy are set for what an officer enters on behalf of
	// somebody; received is when it reached the office.
	channel   models.Channel
	enteredBy string
	received  *time.Time
}

// Submitted is the receipt as it is answered at once; the same for a repeated
// sending.
type Submitted struct {
	ReceiptID  string    `json:"receipt_id"`
	Code       string    `json:"code"`
	ReceivedAt time.Time `json:"received_at"`
	Opinions   []string  `json:"opinions"` // ids, in the order given
	Held       bool      `json:"held"`     // they appear after an officer has looked
}

// Submit takes a basket and gives one receipt for it. When it returns without an
// error, the opinions are on disk. Errors: Invalid with a field, NotFound, Closed
// (opinions.closed, opinions.not_open), SignIn where the unit wants to know who
// writes.
func (s *Service) Submit(ctx context.Context, who actor.Actor, in SubmitInput, idem models.Idem) (Submitted, error) {
	if err := s.hold(writeRule, s.o.Rates.Write, who); err != nil {
		return Submitted{}, err
	}
	if err := s.check(&in); err != nil {
		return Submitted{}, err
	}
	shownName, err := s.displayName(ctx, who, &in)
	if err != nil {
		return Submitted{}, err
	}
	if err := s.mayWrite(ctx, who, in); err != nil {
		return Submitted{}, err
	}
	act := who.Act("opinions.submit", models.ConsultationTopic(in.ConsultationID))
	out, _, err := models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (Submitted, error) {
		return s.submit(ctx, tx, who, in, shownName)
	})
	return out, err
}

// mayWrite says whether somebody without an account may take part: with a
// confirmed contact always, with nothing but the receipt where the unit allows it.
func (s *Service) mayWrite(ctx context.Context, who actor.Actor, in SubmitInput) error {
	if who.SignedIn() || in.ContactKey != "" {
		return nil
	}
	c, err := s.visible(ctx, in.ConsultationID)
	if err != nil {
		return err
	}
	u, err := s.db.UnitByID(ctx, c.UnitID)
	if err != nil {
		return err
	}
	if u.ReceiptOnly {
		return nil
	}
	return models.Fail(models.SignIn, "opinions.contact_wanted")
}

// submit does the work inside the act. Deadlines are decided here, by the time of
// the act.
func (s *Service) submit(ctx context.Context, tx *models.Tx, who actor.Actor, in SubmitInput, name string) (Submitted, error) {
	c, err := tx.PeekConsultation(in.ConsultationID)
	if err != nil {
		return Submitted{}, err
	}
	tx.Act.UnitID = c.UnitID
	if in.enteredBy == "" {
		err = takes(c, tx.Now, in.BeganAt)
	} else {
		err = takesEntry(c, tx.Now, in.received)
	}
	if err != nil {
		return Submitted{}, err
	}
	v, err := tx.PeekPublicVersion(c.ID)
	if err != nil {
		return Submitted{}, err
	}
	newest, err := s.targetsOf(ctx, v.ID)
	if err != nil {
		return Submitted{}, err
	}
	r := &models.Receipt{
		ID: models.NewID(tx.Now), Code: code.New(), ConsultationID: c.ID, PersonID: who.PersonID, Voice: who.Voice(), Lang: who.Lang,
		ContactKind: in.ContactKind, Contact: in.Contact, ContactKey: in.ContactKey, Notify: in.Notify, Opinions: len(in.Opinions), CreatedAt: tx.Now,
	}
	channel := models.Web
	if in.enteredBy != "" { // it belongs to nobody's account, least of all the officer's
		channel, r.PersonID, r.Voice = in.channel, "", "e:"+r.ID
	}
	r.Hash = receiptHash(r, in)
	tx.Later(r)
	out := Submitted{ReceiptID: r.ID, Code: r.Code, ReceivedAt: tx.Now, Held: c.HoldNew}
	var said []any
	var held []submitted
	for i, o := range in.Opinions {
		targets, number := newest, v.Number
		if o.VersionNumber != 0 && o.VersionNumber != v.Number {
			if targets, number, err = s.earlier(ctx, c.ID, o.VersionNumber); err != nil {
				return Submitted{}, err
			}
		}
		if !targets[o.ClauseKey] {
			return Submitted{}, noClause(fmt.Sprintf("opinions[%d].clause", i), o.ClauseKey)
		}
		row := &models.Opinion{
			ID: models.NewID(tx.Now), ConsultationID: c.ID, VersionNumber: number, ClauseKey: o.ClauseKey, ReceiptID: r.ID,
			PersonID: r.PersonID, Voice: r.Voice, Stance: o.Stance, Body: o.Body, Suggestion: o.Suggestion, Display: in.Display, DisplayName: name,
			Channel: channel, EnteredBy: in.enteredBy, Lang: who.Lang, Tier: tierOf(who, in), Shown: !c.HoldNew, CreatedAt: tx.Now,
		}
		if c.HoldNew {
			row.HeldAt = &tx.Now
			held = append(held, submitted{row.ID, row.ClauseKey})
		} else {
			tx.Count(c.ID, o.ClauseKey, o.Stance, 1)
			said = append(said, submitted{row.ID, row.ClauseKey})
		}
		tx.Serial("opinions:"+c.ID, &row.Number)
		tx.Later(row)
		out.Opinions = append(out.Opinions, row.ID)
	}
	detail := map[string]any{"receipt": r.ID, "opinions": out.Opinions, "hash": r.Hash, "version": v.Number}
	if files := filesOf(in.Opinions); len(files) > 0 {
		detail["files"] = files
	}
	if in.enteredBy != "" {
		detail["channel"], detail["consent"], detail["received"] = channel, true, in.received
	}
	tx.Act.Detail = detail
	if err := s.tellContact(tx, r, c.Title(r.Lang)); err != nil {
		return Submitted{}, err
	}
	tx.EmitItems(models.ConsultationTopic(c.ID), "opinions.submitted", "opinions", said...)
	if len(held) > 0 {
		tx.EmitTo("desk", "", "opinions.held", map[string]any{"opinions": held})
	}
	return out, nil
}

// earlier gives what can be commented on in an earlier public version: what was
// written on it stays on it, even if the clause is gone by now.
func (s *Service) earlier(ctx context.Context, consultationID string, number int) (map[string]bool, int, error) {
	all, err := s.db.VersionsOf(ctx, consultationID)
	if err != nil {
		return nil, 0, err
	}
	for _, v := range all {
		if v.Number == number && v.PublishedAt != nil {
			targets, err := s.targetsOf(ctx, v.ID)
			return targets, number, err
		}
	}
	return nil, number, nil
}

// submitted is what the public hears of a new opinion.
type submitted struct {
	ID     string `json:"id"`
	Clause string `json:"clause"`
}

func takes(c models.Consultation, now, began time.Time) error {
	if began.IsZero() {
		began = now
	}
	if c.Takes(now, began) {
		return nil
	}
	switch c.Status(now) {
	case models.StatusDraft:
		return models.ErrNotFound
	case models.StatusScheduled:
		return models.Fail(models.Closed, "opinions.not_open")
	}
	return models.Fail(models.Closed, "opinions.closed")
}

func tierOf(who actor.Actor, in SubmitInput) models.Tier {
	if in.enteredBy != "" {
		return models.TierNone
	}
	if !who.SignedIn() && in.ContactKey != "" {
		return models.TierContact
	}
	return who.TierOr()
}

// receiptHash covers the time, every text and every file, so that a printed receipt proves
// what was received.
func receiptHash(r *models.Receipt, in SubmitInput) string {
	b := make([]byte, 0, 1024)
	line := func(words string) { b = append(append(b, words...), '\n') }
	line(r.Code)
	line(r.ConsultationID)
	line(r.CreatedAt.UTC().Format(time.RFC3339Nano))
	for _, o := range in.Opinions {
		line(o.ClauseKey)
		line(string(o.Stance))
		line(strconv.Itoa(len(o.Body)))
		line(o.Body)
		line(strconv.Itoa(len(o.Suggestion)))
		line(o.Suggestion)
		for _, sum := range o.Files {
			line(sum)
		}
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:20])
}

// check brings the texts into their stored form and names every fault.
func (s *Service) check(in *SubmitInput) error {
	var faults models.Faults
	if len(in.Opinions) == 0 {
		faults.Add("opinions", "opinions.none")
	}
	if len(in.Opinions) > BasketLimit {
		faults.Add("opinions", "opinions.too_many", "most", BasketLimit)
		return faults.Err()
	}
	for i := range in.Opinions {
		CheckSaid(&faults, fmt.Sprintf("opinions[%d].", i), &in.Opinions[i])
	}
	addDisplayFaults(&faults, in)
	return faults.Err()
}

func checkDisplay(in *SubmitInput) error {
	var faults models.Faults
	addDisplayFaults(&faults, in)
	return faults.Err()
}

func addDisplayFaults(faults *models.Faults, in *SubmitInput) {
	switch in.Display {
	case "":
		in.Display = models.Anonymous
	case models.Anonymous, models.Nickname, models.RealName:
	default:
		faults.Add("display", "opinions.display_unknown")
	}
	in.Name = text.Line(in.Name)
	if text.Length(in.Name) > NameLimit {
		faults.Add("name", "opinions.name_long", "most", NameLimit)
	}
}

// CheckSaid brings one opinion into its stored form and adds its faults; prefix
// stands before the names of the fields.
func CheckSaid(faults *models.Faults, prefix string, o *Said) {
	o.Body, o.Suggestion = text.Clean(o.Body), text.Clean(o.Suggestion)
	switch o.Stance {
	case models.StanceNone, models.StanceSupport, models.StanceAmend, models.StanceOppose, models.StanceQuestion:
	default:
		faults.Add(prefix+"stance", "opinions.stance_unknown")
	}
	if o.Stance != models.StanceAmend && o.Suggestion != "" && o.Body == "" {
		o.Stance = models.StanceAmend
	}
	if strings.TrimSpace(o.Body) == "" && strings.TrimSpace(o.Suggestion) == "" {
		faults.Add(prefix+"body", "opinions.body_empty")
	}
	if n := text.Length(o.Body); n > BodyLimit {
		faults.Add(prefix+"body", "opinions.body_long", "over", n-BodyLimit, "most", BodyLimit)
	}
	if n := text.Length(o.Suggestion); n > SuggestionLimit {
		faults.Add(prefix+"suggestion", "opinions.suggestion_long", "over", n-SuggestionLimit, "most", SuggestionLimit)
	}
}

// displayName is the name that appears in public: chosen each time, never more
// than was chosen.
func (s *Service) displayName(ctx context.Context, who actor.Actor, in *SubmitInput) (string, error) {
	if in.Display == models.Anonymous {
		return "", nil
	}
	if in.Name != "" && (in.Display == models.Nickname || !who.SignedIn()) {
		return in.Name, nil
	}
	if who.SignedIn() {
		p, err := s.db.PersonByID(ctx, who.PersonID)
		if err != nil {
			return "", err
		}
		name := p.Nickname
		if in.Display == models.RealName {
			name = p.Name
		}
		if name != "" {
			return name, nil
		}
	}
	return "", models.FailField("display", "opinions.name_missing")
}

// noClause says that a key names nothing one can comment on, or that none was named.
func noClause(field, key string) error {
	if key == "" {
		return models.FailField(field, "opinions.clause_wanted")
	}
	return models.FailField(field, "opinions.no_such_clause", "clause", key)
}
