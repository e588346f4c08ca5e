package app

import (
	"context"

	"minyi/app/kit/cursor"
	"minyi/app/opinions"
	"minyi/frontend"
	opinionhandlers "minyi/handlers/opinions"
	"minyi/handlers/system"
	"minyi/handlers/web"
)

// features holds one service for each feature.
type features struct {
	opinions *opinions.Service
	cursors  *cursor.Signer
}

// newFeatures makes the services; a service that works in the background adds its
// job to a.jobs.
func newFeatures(a *App, secret []byte) (features, error) {
	cursors, err := cursor.NewSigner(secret)
	if err != nil {
		return features{}, err
	}
	return features{opinions: opinions.New(a.DB), cursors: cursors}, nil
}

// stop tells live clients to come back elsewhere.
func (f features) stop(ctx context.Context) {}

func (a *App) webOptions(secret []byte) web.Options {
	s := a.Settings
	return web.Options{
		PublicURL: s.PublicURL, Secure: s.HTTPS(), Secret: secret, Proxies: s.ProxyNetworks(), Metrics: s.MetricsNetworks(),
		Mailbox: s.MailboxOn(), Now: a.DB.Now, Log: a.log, Ready: a.Ready, Site: a.site,
	}
}

// site is what the frame says about the site.
func (a *App) site(lang string) frontend.Site {
	w := frontend.WordsIn(lang)
	return frontend.Site{Name: w.T("frame.site_name"), Hotline: "12345", BaseURL: a.Settings.PublicURL, Areas: []string{"consultations", "me"}}
}

// mount adds every feature's routes.
func (a *App) mount() {
	r := a.Router
	system.Mount(r, a.Ready, a.Metrics)
	opinionhandlers.Mount(r, a.features.opinions, a.features.cursors)
}
