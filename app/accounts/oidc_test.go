package accounts_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"minyi/app/accounts"
	"minyi/models"
)

// issuer is a small OpenID Connect provider that speaks the real protocol: it
// hands out codes bound to a PKCE challenge and signs tokens.
type issuer struct {
	*httptest.Server
	key *rsa.PrivateKey // signs
	// published is what the provider says its key is.
	published rsa.PublicKey
	now       func() time.Time
	mu        sync.Mutex
	// grants are the codes that were handed out.
	grants map[string]url.Values
	// person is who signs in at the provider next.
	person jwt.MapClaims
	// bend changes a token before it is signed, for hostile answers.
	bend func(jwt.MapClaims)
}

func newIssuer(t *testing.T, now func() time.Time) *issuer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key, published: key.PublicKey, now: now, grants: map[string]url.Values{}, bend: func(jwt.MapClaims) {}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", i.describe)
	mux.HandleFunc("/keys", i.keys)
	mux.HandleFunc("/token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) describe(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (i *issuer) keys(w http.ResponseWriter, _ *http.Request) {
	number := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": number(i.published.N.Bytes()), "e": number(big.NewInt(int64(i.published.E)).Bytes())}}})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// authorize plays the browser at the provider: it gives what comes back.
func (i *issuer) authorize(t *testing.T, address string) (state, code string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("client_id") != "minyi" || q.Get("nonce") == "" {
		t.Fatalf("asked with %v", q)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	code = rand.Text()
	i.grants[code] = q
	return q.Get("state"), code
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	asked, ok := i.grants[r.FormValue("code")]
	delete(i.grants, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	user, secret, _ := r.BasicAuth()
	if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") || user != "minyi" || secret != "hush" || r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	claims := jwt.MapClaims{"iss": i.URL, "aud": "minyi", "iat": i.now().Unix(), "exp": i.now().Add(time.Minute).Unix(), "nonce": asked.Get("nonce")}
	for k, v := range i.person {
		claims[k] = v
	}
	i.bend(claims)
	answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": i.sign(claims)})
}

func (i *issuer) sign(claims jwt.MapClaims) string {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	t.Header["kid"] = "1"
	s, err := t.SignedString(i.key)
	if err != nil {
		panic(err)
	}
	return s
}

// withProvider gives the world a service that trusts the issuer.
func (w *world) withProvider(i *issuer) *accounts.Service {
	s := accounts.New(accounts.Options{
		DB: w.db, Secret: []byte("a secret of thirty-two characters"), Log: slog.New(slog.DiscardHandler),
		OIDC: &accounts.Provider{Name: "一网通办", Issuer: i.URL, Client: "minyi", Secret: "hush", Callback: "http://minyi.test/signin/oidc/callback", HTTP: i.Client()},
	})
	w.db.OnCommit(s.Committed)
	return s
}

func (w *world) viaProvider(s *accounts.Service, i *issuer) (accounts.SignedIn, error) {
	w.Helper()
	address, sealed, err := s.BeginAtProvider(ctx, "/en/consultations/2027-001")
	w.must(err)
	state, code := i.authorize(w.T, address)
	in, back, err := s.FinishAtProvider(ctx, visitor("1"), accounts.ProviderAnswer{Sealed: sealed, State: state, Code: code, Issuer: i.URL})
	if err == nil && back != "/en/consultations/2027-001" {
		w.Errorf("came back to %q", back)
	}
	return in, err
}

func TestProviderMakesAResidentAndKnowsThemAgain(t *testing.T) {
	each(t, func(w *world) {
		i := newIssuer(w.T, w.clock.Now)
		s := w.withProvider(i)
		i.person = jwt.MapClaims{"sub": "4711", "name": "林小河", "phone_number": "+8613800000021", "phone_number_verified": true, "email": "other@example.org", "email_verified": false}
		first, err := w.viaProvider(s, i)
		w.must(err)
		p := first.Person
		if !first.New || p.Tier != models.TierResident || p.Name != "林小河" || p.PhoneKey == nil || p.EmailKey != nil {
			w.Errorf("made %+v", p)
		}
		again, err := w.viaProvider(s, i)
		w.must(err)
		if again.New || again.Person.ID != p.ID || again.Secret == first.Secret {
			w.Errorf("came again as %+v", again)
		}
		who, err := s.BySession(ctx, again.Secret)
		if err != nil || who.Tier != models.TierResident {
			w.Errorf("%+v, %v", who, err)
		}
	})
}

func TestProviderLinksAnAccountOnlyByAVerifiedContact(t *testing.T) {
	each(t, func(w *world) {
		i := newIssuer(w.T, w.clock.Now)
		s := w.withProvider(i)
		officer := w.person("wei@example.org", w.water, models.Officer)
		i.person = jwt.MapClaims{"sub": "thief", "email": "wei@example.org", "email_verified": false}
		in, err := w.viaProvider(s, i)
		w.must(err)
		if in.Person.ID == officer.ID || in.Desk {
			w.Error("an unverified address opened somebody's account")
		}
		i.person = jwt.MapClaims{"sub": "wei", "email": "wei@example.org", "email_verified": true}
		in, err = w.viaProvider(s, i)
		w.must(err)
		if in.Person.ID != officer.ID || !in.Desk {
			w.Errorf("the officer came as %+v", in.Person)
		}
		i.person = jwt.MapClaims{"sub": "second", "email": "wei@example.org", "email_verified": true}
		in, err = w.viaProvider(s, i)
		w.must(err)
		if in.Person.ID == officer.ID {
			w.Error("a second identity took over a linked account")
		}
	})
}

func TestHostileAnswersOfTheProviderAreRefused(t *testing.T) {
	each(t, func(w *world) {
		i := newIssuer(w.T, w.clock.Now)
		s := w.withProvider(i)
		i.person = jwt.MapClaims{"sub": "4711"}
		for name, bend := range map[string]func(jwt.MapClaims){
			"wrong nonce":      func(c jwt.MapClaims) { c["nonce"] = "another" },
			"no nonce":         func(c jwt.MapClaims) { delete(c, "nonce") },
			"wrong issuer":     func(c jwt.MapClaims) { c["iss"] = "https://evil.example" },
			"another audience": func(c jwt.MapClaims) { c["aud"] = "shop" },
			"expired":          func(c jwt.MapClaims) { c["exp"] = w.clock.Now().Add(-time.Minute).Unix() },
			"nobody":           func(c jwt.MapClaims) { delete(c, "sub") },
		} {
			i.bend = bend
			if _, err := w.viaProvider(s, i); key(err) != "accounts.oidc_failed" {
				w.Errorf("%s: %v", name, err)
			}
		}
		i.bend = func(jwt.MapClaims) {}
		address, sealed, err := s.BeginAtProvider(ctx, "/")
		w.must(err)
		state, code := i.authorize(w.T, address)
		finish := func(name string, a accounts.ProviderAnswer) {
			w.Helper()
			if _, _, err := s.FinishAtProvider(ctx, visitor("1"), a); key(err) != "accounts.oidc_failed" {
				w.Errorf("%s: %v", name, err)
			}
		}
		finish("wrong state", accounts.ProviderAnswer{Sealed: sealed, State: "x" + state, Code: code})
		finish("another browser", accounts.ProviderAnswer{State: state, Code: code})
		finish("a forged seal", accounts.ProviderAnswer{Sealed: "e30." + sealed, State: state, Code: code})
		finish("another issuer", accounts.ProviderAnswer{Sealed: sealed, State: state, Code: code, Issuer: "https://evil.example"})
		finish("no code", accounts.ProviderAnswer{Sealed: sealed, State: state})
		_, elsewhere, err := s.BeginAtProvider(ctx, "/")
		w.must(err)
		finish("a code of another sign-in", accounts.ProviderAnswer{Sealed: elsewhere, State: state, Code: code})
		own := i.key
		i.key = newIssuer(w.T, w.clock.Now).key
		state, code = i.authorize(w.T, address)
		finish("a foreign signature", accounts.ProviderAnswer{Sealed: sealed, State: state, Code: code})
		i.key = own
		w.clock.Add(accounts.ProviderLasts + time.Second)
		state, code = i.authorize(w.T, address)
		finish("too late", accounts.ProviderAnswer{Sealed: sealed, State: state, Code: code})
		people, err := w.db.HasPeople(ctx)
		if err != nil || people {
			w.Errorf("somebody was made: %v, %v", people, err)
		}
	})
}

func TestSigningOutAtTheProviderEndsTheSessionsHere(t *testing.T) {
	each(t, func(w *world) {
		i := newIssuer(w.T, w.clock.Now)
		s := w.withProvider(i)
		i.person = jwt.MapClaims{"sub": "4711"}
		in, err := w.viaProvider(s, i)
		w.must(err)
		logout := func(bend func(jwt.MapClaims)) error {
			c := jwt.MapClaims{"iss": i.URL, "aud": "minyi", "iat": w.clock.Now().Unix(), "jti": "1", "sub": "4711", "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}
			bend(c)
			return s.SignedOutAtProvider(ctx, i.sign(c))
		}
		for name, bend := range map[string]func(jwt.MapClaims){
			"an id token": func(c jwt.MapClaims) { delete(c, "events"); c["nonce"] = "n" },
			"with nonce":  func(c jwt.MapClaims) { c["nonce"] = "n" },
			"too old":     func(c jwt.MapClaims) { c["iat"] = w.clock.Now().Add(-time.Hour).Unix() },
			"elsewhere":   func(c jwt.MapClaims) { c["aud"] = "shop" },
		} {
			if err := logout(bend); models.KindOf(err) != models.Invalid {
				w.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.BySession(ctx, in.Secret); err != nil {
			w.Fatal("ended by a token that proves nothing: ", err)
		}
		w.must(logout(func(jwt.MapClaims) {}))
		if _, err := s.BySession(ctx, in.Secret); models.KindOf(err) != models.SignIn {
			w.Errorf("the session lives: %v", err)
		}
	})
}
