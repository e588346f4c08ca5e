package app

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/a-h/templ"

	"minyi/app/accounts"
	"minyi/app/administration"
	"minyi/app/answers"
	"minyi/app/consultations"
	"minyi/app/drafting"
	"minyi/app/hearings"
	"minyi/app/kit/cursor"
	"minyi/app/kit/dial"
	"minyi/app/kit/letter"
	"minyi/app/kit/upload"
	"minyi/app/letters"
	"minyi/app/live"
	"minyi/app/opinions"
	"minyi/app/rooms"
	"minyi/app/search"
	"minyi/app/units"
	"minyi/frontend"
	abouthandlers "minyi/handlers/about"
	accountshandlers "minyi/handlers/accounts"
	administrationhandlers "minyi/handlers/administration"
	answershandlers "minyi/handlers/answers"
	consultationshandlers "minyi/handlers/consultations"
	draftinghandlers "minyi/handlers/drafting"
	hearinghandlers "minyi/handlers/hearings"
	lettershandlers "minyi/handlers/letters"
	livehandlers "minyi/handlers/live"
	openapihandlers "minyi/handlers/openapi"
	opinionhandlers "minyi/handlers/opinions"
	roomhandlers "minyi/handlers/rooms"
	searchhandlers "minyi/handlers/search"
	"minyi/handlers/system"
	unitshandlers "minyi/handlers/units"
	"minyi/handlers/web"
	"minyi/models"
	"minyi/realtime"
)

// features holds one service for each feature.
type features struct {
	opinions *opinions.Service
	files    *upload.Store
	drafting *drafting.Service
	answers  *answers.Service
	cursors  *cursor.Signer
	accounts *accounts.Service
	letters  *letters.Service
	units    *units.Service
	admin    *administration.Service
	hearings *hearings.Service
	live     *live.Service
	rooms    *rooms.Service
	hub      *realtime.Hub
	search   *search.Service
}

// newFeatures makes the services; a service that works in the background adds its
// job to a.jobs.
func newFeatures(ctx context.Context, a *App, secret []byte) (features, error) {
	var f features
	s := a.Settings
	var err error
	if f.cursors, err = cursor.NewSigner(secret); err != nil {
		return f, err
	}
	f.opinions = opinions.New(a.DB)
	f.drafting = drafting.New(a.DB, s.Location())
	f.answers = answers.New(a.DB)
	f.files = upload.NewStore(filepath.Join(s.DataDir, "attachments"))
	f.drafting.KeepFiles(f.files)
	a.jobs = append(a.jobs, f.drafting.Run)
	post, box, err := a.post()
	if err != nil {
		return f, err
	}
	f.letters = letters.New(letters.Options{
		DB: a.DB, Sender: post, Box: box, PublicURL: s.PublicURL, Secret: secret, Log: a.log,
		Words:    func(lang string) letters.Words { return frontend.WordsIn(lang) },
		SiteName: func(lang string) string { return a.site(lang).Name },
	})
	f.accounts = accounts.New(accounts.Options{DB: a.DB, Secret: secret, Log: a.log, NoText: post.SMS == nil, OIDC: a.provider()})
	f.units = units.New(a.DB)
	f.opinions.With(opinions.Options{Contacts: f.accounts, Signer: f.cursors, Files: f.files, Rates: opinions.Rates{
		Write:   opinions.Rate{Visit: s.LimitVisit, Person: s.LimitPerson, Network: s.LimitNetwork},
		Receipt: opinions.Rate{Network: s.LimitReceipt},
	}})
	f.hearings = hearings.New(a.DB, hearings.Options{
		Zone: s.Location(), Secret: secret, Contacts: f.accounts, Visit: s.LimitVisit, Person: s.LimitPerson, Network: s.LimitNetwork, PublicURL: s.PublicURL,
	}).KeepFiles(f.files)
	a.jobs = append(a.jobs, f.hearings.Run)
	f.admin = administration.New(a.DB, a.log)
	a.hear(f.admin.Committed)
	f.admin.Keep(s.Location(), f.files)
	a.jobs = append(a.jobs, f.letters.Run, f.accounts.Run, f.admin.Run)
	a.hear(f.accounts.Committed)
	if f.live, err = live.New(ctx, a.DB, secret, a.log); err != nil {
		return f, err
	}
	f.rooms = rooms.New(rooms.Options{DB: a.DB, Zone: s.Location(), Log: a.log, Rates: rooms.Rates{
		Ask: s.LimitAsk, AskNetwork: s.LimitAskNetwork, Voice: s.LimitVoice, VoiceNetwork: s.LimitVoiceNetwork,
	}})
	f.hearings.With(f.accounts, askedInRooms{f.rooms})
	f.accounts.OnErasing(f.rooms.Erased)
	f.accounts.OnErasing(f.hearings.Erased)
	a.jobs = append(a.jobs, f.rooms.Run)
	a.listeners = append(a.listeners, f.rooms.Committed) // of other nodes; its own it hears anyway
	f.live.Serve(rooms.TopicPrefix, votePace, f.rooms.Topics())
	f.hub = realtime.New(realtime.Options{
		Source: livehandlers.Source(f.live), Acts: roomhandlers.Acts(f.rooms), Translate: livehandlers.Translate, Log: a.log,
		CountsEvery: 50 * time.Millisecond, // the service samples; this only keeps two readings apart
	})
	a.jobs = append(a.jobs, func(ctx context.Context) {
		f.live.Run(ctx, a.follower, live.Listener{Wake: f.hub.Wake, Forget: f.hub.Forget, Wanted: f.hub.Listened, Counts: f.hub.Counts})
	})
	f.accounts.OnEnded(f.ended)
	f.search = newSearch(a.DB, s, a.log, func(route string) bool { return a.Router != nil && a.Router.HasPage(route) })
	a.hear(f.search.Committed)
	a.jobs = append(a.jobs, func(ctx context.Context) { f.search.Run(ctx, a.follower) })
	return f, nil
}

// votePace tells a hall how many second a question: once a second while many do, and
// the last number as soon as they stop.
var votePace = live.Pace{Quiet: 60 * time.Millisecond, Every: time.Second}

// ended closes the sockets of a session that is over; those of an API token are
// found by its owner.
func (f features) ended(person, session string) {
	f.live.Ended(person, session)
	if session == "" || strings.HasPrefix(session, "token:") {
		f.hub.EndPerson(person)
		return
	}
	f.hub.EndSession(session)
}

// Accounts is the service of people and their sign-ins, for commands and tests.
func (a *App) Accounts() *accounts.Service { return a.features.accounts }

// Hearings is the service of hearings, for tests that move its clock.
func (a *App) Hearings() *hearings.Service { return a.features.hearings }

// Administration is the service that tends the site, for tests of the nightly purge.
func (a *App) Administration() *administration.Service { return a.features.admin }

// hear lets a service hear of every event: of this process at the commit, before
// anybody can read what it made stale, and of other nodes a little later.
func (a *App) hear(listener func([]models.Event)) {
	a.DB.OnCommit(listener)
	a.listeners = append(a.listeners, listener)
}

// provider is the identity provider, nil when none is set.
func (a *App) provider() *accounts.Provider {
	s := a.Settings
	if s.OIDCIssuer == "" {
		return nil
	}
	name := s.OIDCName
	if name == "" {
		name = "OpenID Connect"
	}
	return &accounts.Provider{
		Name: name, Issuer: s.OIDCIssuer, Client: s.OIDCClient, Secret: s.OIDCSecret, Callback: s.PublicURL + "/signin/oidc/callback",
		HTTP: dial.New(dial.Policy{Allow: s.OutgoingNetworks()}).Client(10 * time.Second),
	}
}

// post is how letters leave the house. Where no mail server is set up they go to
// the log and the mailbox page.
func (a *App) post() (letter.Post, *letter.Box, error) {
	s := a.Settings
	out := dial.New(dial.Policy{Allow: s.OutgoingNetworks()})
	var post letter.Post
	var box *letter.Box
	if s.SMTPURL == "" {
		box = letter.NewBox(a.log, 0)
		post.Mail, post.SMS = box, box
	} else {
		smtp, err := letter.NewSMTP(s.SMTPURL, out)
		if err != nil {
			return post, nil, fmt.Errorf("MINYI_SMTP_URL: %w", err)
		}
		post.Mail = smtp
	}
	if s.SMSURL != "" {
		gateway, err := letter.NewGateway(letter.GatewaySettings{URL: s.SMSURL, Token: s.SMSToken, Template: s.SMSTemplate}, out)
		if err != nil {
			return post, nil, fmt.Errorf("MINYI_SMS_URL: %w", err)
		}
		post.SMS = gateway
	}
	return post, box, nil
}

// stop tells live clients to come back elsewhere and waits until they have gone.
func (f features) stop(ctx context.Context) error { return f.hub.Shutdown(ctx) }

func (a *App) webOptions(secret []byte) web.Options {
	s := a.Settings
	return web.Options{
		PublicURL: s.PublicURL, Secure: s.HTTPS(), People: a.features.accounts, Secret: secret, Proxies: s.ProxyNetworks(), Metrics: s.MetricsNetworks(),
		Mailbox: s.MailboxOn(), Now: a.DB.Now, Answers: a.DB, Log: a.log, Ready: a.Ready, Site: a.site, Basket: a.features.opinions.BasketSize,
	}
}

// site is what the frame says about the site: what an administrator wrote, and the
// areas that the program has.
func (a *App) site(lang string) frontend.Site {
	own := a.features.admin.Site()
	in := func(zh, en string) string {
		if lang == "en" && en != "" || zh == "" {
			return en
		}
		return zh
	}
	site := frontend.Site{
		Name: in(own.NameZH, own.NameEN), Host: in(own.HostZH, own.HostEN), Contact: in(own.ContactZH, own.ContactEN), Phone: own.Phone, Hotline: own.Hotline,
		Search: true, SiteID: own.SiteID, ICP: own.ICP, Police: own.Police, ReportURL: own.ReportURL, PartyURL: own.PartyURL,
		BaseURL: a.Settings.PublicURL, Areas: []string{"consultations", "hearings", "me"}, Pages: append([]string{"developers"}, abouthandlers.Pages...),
	}
	if u, err := url.Parse(a.Settings.PublicURL); err == nil {
		site.Domain = u.Host
	}
	if site.Name == "" {
		site.Name = frontend.WordsIn(lang).T("frame.site_name")
	}
	return site
}

// mount adds every feature's routes.
func (a *App) mount() {
	r := a.Router
	system.Mount(r, a.Ready, a.Metrics)
	reader := consultations.New(a.DB)
	abouthandlers.Mount(r, reader, a.features.admin)
	consultationshandlers.Mount(r, reader, a.features.opinions, a.features.cursors, a.composer, searchhandlers.Alike(a.features.search),
		consultationshandlers.Nearby{Hearings: hearinghandlers.Soon(a.features.hearings), Outcomes: answershandlers.Outcomes(a.features.answers), Mark: a.features.live.Mark})
	opinionhandlers.Mount(r, a.features.opinions, a.features.accounts, a.features.cursors, hearinghandlers.Tickets(a.features.hearings))
	accountshandlers.Mount(r, a.features.accounts)
	draftinghandlers.Mount(r, a.features.drafting)
	lettershandlers.Mount(r, a.features.letters)
	answershandlers.Mount(r, a.features.answers)
	unitshandlers.Mount(r, a.features.units)
	administrationhandlers.Mount(r, a.features.admin, Version(), searchhandlers.Health(a.features.search))
	livehandlers.Mount(r, a.features.live, a.features.hub)
	hearinghandlers.MountDrawCheck(r)
	hearinghandlers.Mount(r, a.features.hearings, a.features.accounts, a.features.cursors, a.features.admin.Retention)
	hearinghandlers.MountDoor(r, a.features.hearings)
	roomhandlers.Mount(r, a.features.rooms)
	searchhandlers.Mount(r, a.features.search, a.features.cursors)
	roomhandlers.MountPages(r, roomhandlers.Pages{Rooms: a.features.rooms, Live: a.features.live, Units: a.features.units})
	openapihandlers.Mount(r)
}

// composer draws the form to write on the page of a clause, or what is left of it when the time is over.
func (a *App) composer(c *web.Ctx, f frontend.Frame, about consultationshandlers.About) templ.Component {
	form := opinionhandlers.Composing{
		ConsultationID: about.Consultation.ID, Key: about.Key, Label: about.Label, Text: about.Text, Prompt: about.Prompt,
		Grace: opinionhandlers.Grace(c, about.Consultation),
	}
	if about.Over {
		return opinionhandlers.Left(a.features.opinions, c, f, form, about.Consultation, about.Gone)
	}
	return opinionhandlers.Composer(a.features.opinions, c, f, form)
}
