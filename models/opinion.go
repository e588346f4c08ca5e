package models

import (
	"context"
	"time"
)

// Stance is what an opinion wants; it is optional and never preselected.
type Stance string

// The stances.
const (
	StanceNone     Stance = ""
	StanceSupport  Stance = "support"  // 赞成
	StanceAmend    Stance = "amend"    // 建议修改
	StanceOppose   Stance = "oppose"   // 不赞成
	StanceQuestion Stance = "question" // 有疑问
)

// Stances lists the stances that can be chosen, in the order of the form.
var Stances = []Stance{StanceSupport, StanceAmend, StanceOppose, StanceQuestion}

// Display says how a name appears in public; chosen each time.
type Display string

// The displays.
const (
	Anonymous Display = "anonymous"
	Nickname  Display = "nickname"
	RealName  Display = "name"
)

// Channel is how an opinion reached us; all channels share one ledger.
type Channel string

// The channels.
const (
	Web     Channel = "web"
	Paper   Channel = "paper"
	Phone   Channel = "phone"
	Counter Channel = "counter"
)

// Decision is the official outcome of an opinion.
type Decision string

// The decisions.
const (
	Undecided     Decision = ""
	Adopted       Decision = "adopted" // 采纳
	PartlyAdopted Decision = "partly"  // 部分采纳
	NotAdopted    Decision = "not"     // 未采纳
	ToBeStudied   Decision = "study"   // 另行研究
)

// Decisions lists the decisions in the order of the report.
var Decisions = []Decision{Adopted, PartlyAdopted, NotAdopted, ToBeStudied}

// Opinion is what a resident says about one clause of one version, or a reply to
// such an opinion.
type Opinion struct {
	ID             string `gorm:"primaryKey"`
	ConsultationID string
	// Number counts the opinions of the consultation in the order in which they
	// were received, replies included: 第 214 号.
	Number        int64
	VersionNumber int
	ClauseKey     string
	// ParentID is the opinion that this one replies to; empty for an opinion of
	// its own. Replies are one level deep.
	ParentID  string
	ReceiptID string
	PersonID  string // empty without an account
	Voice     string // who, for "mine" and limits: see actor.Actor.Voice
	Stance    Stance
	Body      string
	// Suggestion is the wording proposed for the clause.
	Suggestion  string
	Display     Display
	DisplayName string
	Channel     Channel
	Lang        string
	Tier        Tier
	// Shown is false while held for review and after hiding.
	Shown bool
	// Official marks a reply by the office that runs the consultation.
	Official  bool
	Supports  int64
	Replies   int64
	AnswerID  string
	EnteredBy string // officer who entered it on behalf of a person
	Assignee  string // officer who handles it
	HeldAt    *time.Time
	HiddenAt  *time.Time
	ErasedAt  *time.Time
	CreatedAt time.Time
	// ShownAt is when everybody could see it first, of one that was held for review or is
	// hidden; nil for the others, which were shown when they were received.
	ShownAt *time.Time
}

// Support is one person's voice for an opinion.
type Support struct {
	OpinionID string `gorm:"primaryKey"`
	Voice     string `gorm:"primaryKey"`
	Tier      Tier
	CreatedAt time.Time
}

// Receipt is the proof for a basket of opinions that were given together.
type Receipt struct {
	ID             string `gorm:"primaryKey"`
	Code           string // unique, see app/kit/code
	ConsultationID string
	PersonID       string
	Voice          string
	ContactKind    string // mail, phone, or empty
	Contact        string
	ContactKey     string
	Lang           string
	Notify         bool // tell the contact when the answer is there
	Opinions       int
	Hash           string // over time, texts and files, shown on the receipt
	CreatedAt      time.Time
	// DisownedAt is when the contact said that the opinions are not theirs.
	DisownedAt *time.Time
}

func (Receipt) unnumbered() {}

// Basket holds what a visitor has written and not yet submitted, for one
// consultation.
type Basket struct {
	ID             string `gorm:"primaryKey"`
	Owner          string // voice
	ConsultationID string
	BeganAt        time.Time // first word, for the grace at the deadline
	UpdatedAt      time.Time `gorm:"autoUpdateTime:false"`
}

// BasketItem is one opinion in a basket.
type BasketItem struct {
	ID            string `gorm:"primaryKey"`
	BasketID      string
	ClauseKey     string
	VersionNumber int
	Stance        Stance
	Body          string
	Suggestion    string
	CreatedAt     time.Time
	UpdatedAt     time.Time `gorm:"autoUpdateTime:false"`
}

// Report is a reader's remark that an opinion breaks the rules.
type Report struct {
	ID        string `gorm:"primaryKey"`
	OpinionID string
	Reason    string // reason code
	Note      string
	Voice     string
	CreatedAt time.Time
	HandledAt *time.Time
	HandledBy string
	Outcome   string // hidden, kept
}

// Hiding is the act of not showing an opinion, with its reason and the appeal.
type Hiding struct {
	ID             string `gorm:"primaryKey"`
	OpinionID      string
	ConsultationID string
	Reason         string // reason code
	Note           string // to the author
	HiddenBy       string
	HiddenAt       time.Time
	AppealText     string
	AppealedAt     *time.Time
	DecidedBy      string // a second officer
	DecidedAt      *time.Time
	Decision       string // upheld, shown
	DecisionNote   string
	LiftedAt       *time.Time
}

// Owners of files.
const (
	OfConsultation = "consultation"
	OfOpinion      = "opinion"
	OfBasketItem   = "basket_item"
)

// Attachment is a file that belongs to a consultation, an opinion or a basket item.
type Attachment struct {
	ID        string `gorm:"primaryKey"`
	OwnerKind string // OfConsultation, OfOpinion, OfBasketItem
	OwnerID   string
	Name      string
	Mime      string
	Size      int64
	SHA256    string
	Position  int
	CreatedBy string
	CreatedAt time.Time
}

// Answer is a decision with its reason, given to one opinion or to many at once.
type Answer struct {
	ID             string `gorm:"primaryKey"`
	ConsultationID string
	Decision       Decision
	ReasonZH       string
	ReasonEN       string
	// ClauseKey and VersionNumber link to the clause that was changed because of it.
	ClauseKey     string
	VersionNumber int
	CreatedBy     string
	CreatedAt     time.Time
	UpdatedAt     time.Time `gorm:"autoUpdateTime:false"`
	Revision      int64
	PublishedAt   *time.Time
}

// AnswerTemplate is a reusable reason of a unit.
type AnswerTemplate struct {
	ID        string `gorm:"primaryKey"`
	UnitID    string
	Name      string
	Decision  Decision
	ReasonZH  string
	ReasonEN  string
	CreatedBy string
	CreatedAt time.Time
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

// Response is the published report of a consultation: we asked, you said, we
// changed, and a summary for each clause.
type Response struct {
	ConsultationID string `gorm:"primaryKey"`
	// Body is JSON: sentences and per-clause summaries, see app/answers.
	Body        string
	Revision    int64
	UpdatedBy   string
	UpdatedAt   time.Time `gorm:"autoUpdateTime:false"`
	ProposedBy  string
	ProposedAt  *time.Time
	PublishedBy string
	PublishedAt *time.Time
	// Corrections is JSON: dated corrections (更正说明), never silent changes.
	Corrections string
}

// ResponseVersion is what a report said before somebody changed it.
type ResponseVersion struct {
	ID             string `gorm:"primaryKey"`
	ConsultationID string
	Revision       int64
	Body           string // as in [Response]
	SavedBy        string
	SavedAt        time.Time
}

// Follow is a wish to be told about a consultation.
type Follow struct {
	PersonID       string `gorm:"primaryKey"`
	ConsultationID string `gorm:"primaryKey"`
	CreatedAt      time.Time
}

// OpinionByID finds an opinion in any state; [ErrNotFound] if there is none. Who
// may see it is for the service to decide.
func (db *DB) OpinionByID(ctx context.Context, id string) (Opinion, error) {
	return one[Opinion](ctx, db, "id = ?", id)
}

// ReceiptByCode finds a receipt by its normalised code.
func (db *DB) ReceiptByCode(ctx context.Context, code string) (Receipt, error) {
	return one[Receipt](ctx, db, "code = ?", code)
}
