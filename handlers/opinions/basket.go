package opinions

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"minyi/app/kit/compare"
	"minyi/app/kit/text"
	"minyi/app/kit/upload"
	"minyi/app/opinions"
	"minyi/frontend"
	pages "minyi/frontend/pages/opinions"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// Composing is the clause that a form is drawn for.
type Composing struct {
	ConsultationID, Key string
	// Label is the clause's number as readers know it; Text its words in Chinese.
	Label, Text string
	// Prompt is the officer's question that is answered, or "".
	Prompt string
	// Grace tells who begins shortly before the deadline how long they may take; see
	// [Grace].
	Grace string
}

// graceTold is how long before a deadline people who write are told of the grace.
const graceTold = 24 * time.Hour

// Grace says, shortly before the deadline of a consultation, until when they may send
// who begin to write before it; "" earlier, and where there is no grace.
func Grace(c *web.Ctx, con models.Consultation) string {
	if con.GraceMinutes == 0 || con.ClosesAt == nil || con.Status(c.Now()) != models.StatusOpen || con.ClosesAt.Sub(c.Now()) > graceTold {
		return ""
	}
	return c.T("opinions.grace_soon", "closes", c.Words.DateTime(*con.ClosesAt), "until", c.Words.DateTime(con.GraceEnds()))
}

// Composer draws the form to write about a clause on another feature's page. For
// readers without identity it holds nothing of their own, so that the page may be
// kept for all of them.
func Composer(s *opinions.Service, c *web.Ctx, f frontend.Frame, about Composing) templ.Component {
	form := parts.NewForm(map[string]string{"suggestion": about.Text})
	form.Prefix = "say-"
	if c.Who.Known() {
		form.Key = models.NewID(c.Now())
	}
	return pages.Composer(f, composing(s, c, form, about))
}

// Left draws, in the place of the form that is not offered any more, what a script shows
// to who finds words of their own on the device: within the grace the form itself, which
// their draft tells when it was begun, and else the words to copy and whom to send them to.
// gone says that the clause is not in the newest version, so that no form would be taken.
func Left(s *opinions.Service, c *web.Ctx, f frontend.Frame, about Composing, con models.Consultation, gone bool) templ.Component {
	p := pages.LeftProps{Draft: parts.DraftName(about.ConsultationID, about.Key), Contact: contactOf(con)}
	switch {
	case gone && con.Status(c.Now()) == models.StatusOpen:
		p.Text, p.Contact = c.T("opinions.left_gone"), ""
	case !gone && con.InGrace(c.Now()):
		form := parts.NewForm(map[string]string{"suggestion": about.Text})
		form.Prefix = "say-"
		props := composing(s, c, form, about)
		props.Began = "" // only the draft knows
		return pages.InGrace(f, c.T("opinions.grace_basket", "until", c.Words.DateTime(con.GraceEnds())), props)
	default:
		p.Text = c.T("opinions.left_closed")
		p.About = c.T("opinions.letter_about", "title", con.Title(c.Lang())) + "\n\n" + about.Label
	}
	p.Stances = map[string]string{}
	for _, stance := range parts.Stances {
		p.Stances[stance] = letterStance(c.Words, stance)
	}
	p.Prefilled = about.Text
	return pages.Left(f, p)
}

// contactOf is whom to write to about a consultation, with all that is known.
func contactOf(con models.Consultation) string {
	known := slices.DeleteFunc([]string{con.ContactName, con.ContactEmail, con.ContactPhone}, func(s string) bool { return s == "" })
	return strings.Join(known, "  ")
}

func composing(s *opinions.Service, c *web.Ctx, form *parts.Form, about Composing) pages.ComposerProps {
	return pages.ComposerProps{
		Form: form, Action: c.URL("/consultations/" + about.ConsultationID + "/basket?clause=" + url.QueryEscape(about.Key)),
		Key: about.Key, Label: about.Label, Text: about.Text, Prompt: about.Prompt, Grace: about.Grace,
		Draft: parts.DraftName(about.ConsultationID, about.Key), Began: s.BeganMark(about.ConsultationID),
	}
}

// private marks a page as one person's own.
func private(f frontend.Frame, consultation string) frontend.Frame {
	f.Meta.Robots, f.Nav = "noindex", "consultations"
	f.Subject = consultation
	return f
}

// saidIn reads one opinion from a form.
func saidIn(c *web.Ctx, key string) opinions.Said {
	return opinions.Said{ClauseKey: key, Stance: models.Stance(c.FormValue("stance")), Body: c.FormValue("body"), Suggestion: c.FormValue("suggestion")}
}

// put takes one opinion into the basket. Visitors get a cookie with the first one.
func (h handler) put(c *web.Ctx) error {
	id, key := c.Params("id"), c.Query("clause")
	if key == "" {
		key = c.FormValue("clause")
	}
	c.Visit()
	said := saidIn(c, key)
	files, err := c.Files("files", opinions.FileLimit)
	if err != nil {
		return err
	}
	idem := c.Idem([]any{said, files})
	if idem.Key != "" { // a page that was kept has one key for two texts: both count
		idem.Voice, idem.Key = c.Who.Voice(), idem.Key+" "+idem.Hash
	}
	item, refused, err := h.opinions.Put(c.UserContext(), c.Who, opinions.PutInput{ConsultationID: id, Said: said, BeganMark: c.FormValue("began"), Files: files}, idem)
	if err == nil && len(refused) > 0 { // the opinion is kept; its form says which files are not
		return h.refused(c, id, item.ID, refused)
	}
	if err == nil {
		if c.FormValue("then") == "basket" {
			return c.See("/consultations/" + id + "/basket")
		}
		return c.SeeWith("/consultations/"+id+"/clauses/"+url.PathEscape(key), "opinions.put_done")
	}
	form := c.Typed("stance", "body", "suggestion")
	if models.KindOf(err) == models.Conflict || !c.Refuse(form, err) {
		return err
	}
	clause, title, e := h.opinions.Quoted(c.UserContext(), id, key)
	if e != nil {
		return err
	}
	if form.Key == "" {
		form.Key = models.NewID(c.Now())
	}
	about := Composing{ConsultationID: id, Key: key, Label: label(c, clause), Text: clause.Text}
	p := pages.ComposePage{Frame: private(c.Frame(c.T("opinions.compose_title", "clause", about.Label)), title(c.Lang())), Composer: composing(h.opinions, c, form, about)}
	p.Composer.Quote, p.Composer.Began, p.Composer.Cancel = true, c.FormValue("began"), c.URL("/consultations/"+id+"/clauses/"+url.PathEscape(key))
	p.Composer.Diff = suggested(clause.Text, said.Suggestion)
	p.Path, p.Failed = "/consultations/"+id+"/clauses/"+key, true
	return c.Render(pages.Compose(p))
}

// refused shows an opinion that is in the basket with the files that are not.
func (h handler) refused(c *web.Ctx, id, itemID string, list []upload.Refused) error {
	b, i, err := h.opinions.Waiting(c.UserContext(), c.Who, id, itemID)
	if err != nil {
		return err
	}
	form := editing(i)
	form.Fail("files", c.Refused(list))
	c.Status(422)
	return h.showEdit(c, b, i, form)
}

// label is how a reader knows a clause.
func label(c *web.Ctx, clause opinions.Clause) string {
	if name := web.ClauseName(c.Words, clause.Number, clause.Title, clause.TitleEN); name != "" {
		return name
	}
	if c.Lang() == "en" && clause.TextEN != "" {
		return text.Cut(clause.TextEN, 40)
	}
	return text.Cut(clause.Text, 20)
}

// suggested is a suggestion against the clause; nil when there is none.
func suggested(clause, suggestion string) []parts.Run {
	clause, suggestion = text.Clean(clause), text.Clean(suggestion)
	if suggestion == "" || clause == suggestion {
		return nil
	}
	var runs []parts.Run
	for _, r := range compare.Text(clause, suggestion, "zh") {
		runs = append(runs, parts.Run{Op: string(r.Op), Text: r.Text})
	}
	return runs
}

func (h handler) basket(c *web.Ctx) error {
	b, err := h.opinions.Basket(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return h.showBasket(c, b, parts.NewForm(map[string]string{"display": "anonymous", "notify": "1", "way": "contact"}), nil, "")
}

func (h handler) showBasket(c *web.Ctx, b opinions.Basket, form *parts.Form, code *parts.CodeProps, ticket string) error {
	base := "/consultations/" + b.Consultation.ID
	title := b.Consultation.Title(c.Lang())
	p := pages.BasketPage{
		Frame: private(c.Frame(c.T("opinions.basket_title")), title), Form: form, Consultation: title, DraftURL: c.URL(base + "/draft"),
		Action: c.URL(base + "/basket/send"), Basket: b.ID, Closed: !b.Takes, SignedIn: c.Who.SignedIn(), Nothing: b.Unit.ReceiptOnly,
		SignInURL: c.URL("/signin?back=" + url.QueryEscape(c.URL(base+"/basket"))), Code: code, Ticket: ticket, Mailbox: c.MailboxOn(),
	}
	p.Path, p.BasketCount, p.Failed = base+"/basket", 0, form.Failed()
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("frame.nav_consultations"), URL: "/consultations"}, {Text: title, URL: base}, {Text: p.Title}}
	for _, i := range b.Items {
		p.Lines = append(p.Lines, pages.BasketLine{
			Label: label(c, i.Clause), ClauseURL: c.URL(base + "/clauses/" + url.PathEscape(i.ClauseKey)), Stance: string(i.Stance), Body: i.Body,
			Suggestion: suggested(i.Clause.Text, i.Suggestion), EditURL: c.URL(base + "/basket/" + i.ID), DropURL: c.URL(base + "/basket/" + i.ID + "/remove"), Files: fileItems(i.Files),
		})
	}
	if b.Takes && b.Consultation.InGrace(c.Now()) {
		p.Grace = c.T("opinions.grace_basket", "until", c.Words.DateTime(b.Consultation.GraceEnds()))
	}
	if p.Closed {
		h.asLetter(c, &p, b)
	}
	return c.Render(pages.Basket(p))
}

// letterStance is a stance as one writes it in a letter.
func letterStance(w *frontend.Words, stance string) string {
	return w.T("opinions.letter_stance", "stance", w.T("parts.stance_"+stance))
}

// asLetter puts what came too late into a text that can be sent to the contact.
func (h handler) asLetter(c *web.Ctx, p *pages.BasketPage, b opinions.Basket) {
	var out strings.Builder
	out.WriteString(c.T("opinions.letter_about", "title", p.Consultation) + "\n")
	for _, i := range b.Items {
		out.WriteString("\n" + label(c, i.Clause) + "\n")
		if i.Stance != "" {
			out.WriteString(letterStance(c.Words, string(i.Stance)) + "\n")
		}
		if i.Body != "" {
			out.WriteString(i.Body + "\n")
		}
		if i.Suggestion != "" {
			out.WriteString(c.T("parts.opinion_suggests") + "\n" + i.Suggestion + "\n")
		}
	}
	p.Letter, p.Contact = out.String(), contactOf(b.Consultation)
	if mail := b.Consultation.ContactEmail; mail != "" && len(p.Letter) < 6000 {
		q := url.Values{"subject": {p.Consultation}, "body": {p.Letter}}
		p.MailURL = "mailto:" + mail + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
	}
}

func (h handler) edit(c *web.Ctx) error {
	b, i, err := h.opinions.Waiting(c.UserContext(), c.Who, c.Params("id"), c.Params("item"))
	if err != nil {
		return err
	}
	return h.showEdit(c, b, i, editing(i))
}

// editing is the form of an opinion that is in the basket.
func editing(i opinions.BasketItem) *parts.Form {
	form := parts.NewForm(map[string]string{"body": i.Body, "suggestion": i.Suggestion})
	if i.Stance != "" {
		form.Values["stance"] = string(i.Stance)
	}
	if i.Suggestion == "" {
		form.Values["suggestion"] = i.Clause.Text
	}
	return form
}

// fileItems are files as the parts draw them.
func fileItems(list []models.Attachment) (out []parts.FileItem) {
	for _, a := range list {
		out = append(out, parts.FileItem{Name: a.Name, Size: a.Size})
	}
	return out
}

func (h handler) showEdit(c *web.Ctx, b opinions.Basket, i opinions.BasketItem, form *parts.Form) error {
	base := "/consultations/" + b.Consultation.ID + "/basket"
	about := Composing{ConsultationID: b.Consultation.ID, Key: i.ClauseKey, Label: label(c, i.Clause), Text: i.Clause.Text}
	p := pages.ComposePage{Frame: private(c.Frame(c.T("opinions.change_title", "clause", about.Label)), b.Consultation.Title(c.Lang())), Composer: composing(h.opinions, c, form, about)}
	p.Composer.Action, p.Composer.Cancel, p.Composer.Draft = c.URL(base+"/"+i.ID), c.URL(base), ""
	p.Composer.Taken = parts.DraftName(b.Consultation.ID, i.ClauseKey)
	for n, a := range i.Files {
		p.Composer.Files = append(p.Composer.Files, fileItems(i.Files)[n])
		p.Composer.Files[n].RemoveName, p.Composer.Files[n].RemoveValue = "drop_file", a.ID
	}
	p.Composer.Changing, p.Composer.Quote, p.Composer.Diff = true, true, suggested(i.Clause.Text, form.Value("suggestion"))
	p.Path, p.Failed = base+"/"+i.ID, form.Failed()
	return c.Render(pages.Compose(p))
}

func (h handler) change(c *web.Ctx) error {
	b, i, err := h.opinions.Waiting(c.UserContext(), c.Who, c.Params("id"), c.Params("item"))
	if err != nil {
		return err
	}
	files, err := c.Files("files", opinions.FileLimit)
	if err != nil {
		return err
	}
	in := opinions.ChangeInput{Said: saidIn(c, i.ClauseKey), Files: files, DropFile: c.FormValue("drop_file")}
	refused, err := h.opinions.Change(c.UserContext(), c.Who, b.Consultation.ID, i.ID, in)
	if err == nil && len(refused) > 0 {
		return h.refused(c, b.Consultation.ID, i.ID, refused)
	}
	if err == nil && in.DropFile != "" { // one file less, and on with the form
		return c.SeeWith("/consultations/"+b.Consultation.ID+"/basket/"+i.ID, "opinions.file_dropped")
	}
	if err == nil {
		return c.SeeWith("/consultations/"+b.Consultation.ID+"/basket", "opinions.changed")
	}
	form := c.Typed("stance", "body", "suggestion")
	if c.Refuse(form, err) {
		return h.showEdit(c, b, i, form)
	}
	return err
}

func (h handler) dropping(c *web.Ctx) error {
	b, i, err := h.opinions.Waiting(c.UserContext(), c.Who, c.Params("id"), c.Params("item"))
	if err != nil {
		return err
	}
	base := "/consultations/" + b.Consultation.ID + "/basket"
	p := pages.DropPage{Frame: private(c.Frame(c.T("opinions.drop_title", "clause", label(c, i.Clause))), b.Consultation.Title(c.Lang())),
		Form: parts.NewForm(nil), Action: c.URL(base + "/" + i.ID + "/remove"), Cancel: c.URL(base), Text: strings.TrimSpace(i.Body + "\n" + i.Suggestion)}
	return c.Render(pages.Drop(p))
}

func (h handler) drop(c *web.Ctx) error {
	if err := h.opinions.Drop(c.UserContext(), c.Who, c.Params("id"), c.Params("item")); err != nil {
		return err
	}
	return c.SeeWith("/consultations/"+c.Params("id")+"/basket", "opinions.dropped")
}

// send submits the basket. Who has no account either confirms a contact with a
// code, which is asked for on the same page, or goes without where the unit allows.
func (h handler) send(c *web.Ctx) error {
	id := c.Params("id")
	form := c.Typed("display", "name", "notify", "way", "contact", "code")
	in := opinions.SendInput{ConsultationID: id, Display: models.Display(c.FormValue("display")), Name: c.FormValue("name"), Notify: c.FormValue("notify") != "",
		Ticket: c.FormValue("t"), Code: c.FormValue("code"), Basket: c.FormValue("basket")}
	var code *parts.CodeProps
	var err error
	again := c.FormValue("again") != ""
	if c.FormValue("change") != "" { // the contact was mistyped: back to it, with all that was filled in
		return h.backToBasket(c, id, form, nil, "")
	}
	switch {
	case c.Who.SignedIn() || form.Value("way") == "none":
		in.Ticket = ""
	case in.Ticket == "" || again:
		// What can be known before the code is sent is checked before.
		err = h.opinions.CheckTakes(c.UserContext(), c.Who, id)
		if err == nil && in.Ticket == "" && c.FormValue("contact") == "" {
			err = models.FailField("contact", "opinions.contact_wanted")
		}
		if err == nil {
			err = h.opinions.CheckSending(in)
		}
		if err == nil {
			in.Ticket, code, err = h.sendCode(c, in.Ticket, again)
		}
		if err == nil {
			form.Values["code"] = ""
			return h.backToBasket(c, id, form, code, in.Ticket)
		}
	}
	var got opinions.Submitted
	if err == nil {
		if got, err = h.opinions.Send(c.UserContext(), c.Who, in); err == nil {
			return c.See("/r/" + got.Code)
		}
	}
	if in.Ticket != "" && err != nil { // a wrong code is asked for again
		if sent, e := h.accounts.Pending(c.UserContext(), c.Who, in.Ticket); e == nil {
			code = parts.CodeSent(sent.To, false)
		} else {
			in.Ticket = ""
		}
	}
	if c.Refuse(form, err) {
		return h.backToBasket(c, id, form, code, in.Ticket)
	}
	return err
}

// sendCode sends a code to the contact, or another one for the ticket. Where none
// could be sent the ticket is the old one and nothing asks for a code.
func (h handler) sendCode(c *web.Ctx, ticket string, again bool) (string, *parts.CodeProps, error) {
	sent, err := h.accounts.AskConfirm(c.UserContext(), c.Who, c.FormValue("contact"), ticket, again)
	if err != nil {
		return sent.Ticket, nil, err
	}
	return sent.Ticket, parts.CodeSent(sent.To, again && ticket != ""), nil
}

func (h handler) backToBasket(c *web.Ctx, id string, form *parts.Form, code *parts.CodeProps, ticket string) error {
	b, err := h.opinions.Basket(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	if len(b.Items) == 0 {
		form.Errors = nil // the empty basket says it itself
		c.Status(409)     // it was sent or emptied elsewhere
	}
	return h.showBasket(c, b, form, code, ticket)
}
