package github

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	api "github.com/google/go-github/v57/github"
	"golang.org/x/oauth2"

	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/forge"
)

// SignInOptions configure sign-in with GitHub by OAuth of the same App.
type SignInOptions struct {
	ClientID     string
	ClientSecret string
	APIURL       string        // as in Options
	SiteURL      string        // "https://github.com"; "" derives it from the address of the API
	HTTP         fetch.Options // as in Options
	UserAgent    string
}

// A SignIn implements forge.SignIn for GitHub. It stores nothing: it uses the token from
// a code to get the user and the user's permissions, and drops it.
//
// See https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
type SignIn struct {
	o     SignInOptions
	base  *url.URL
	http  *fetch.Client
	oauth oauth2.Config
}

var _ forge.SignIn = (*SignIn)(nil)

// NewSignIn returns a SignIn.
func NewSignIn(o SignInOptions) (*SignIn, error) {
	base, err := baseURL(o.APIURL)
	if err != nil {
		return nil, err
	}
	if o.ClientID == "" || o.ClientSecret == "" {
		return nil, errors.New("github: people sign in with the client id and the client secret of the App")
	}
	site := strings.TrimSuffix(o.SiteURL, "/")
	if site == "" {
		site = base.Scheme + "://" + codehost.SiteHost(base.String())
	}
	filled := Options{HTTP: o.HTTP, UserAgent: o.UserAgent}.filled()
	d := &SignIn{o: o, base: base, http: fetch.New(filled.HTTP)}
	d.oauth = oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Endpoint: oauth2.Endpoint{
		// GitHub documents the secret in the body; without AuthStyleInParams oauth2 tries a header first.
		AuthURL: site + "/login/oauth/authorize", TokenURL: site + "/login/oauth/access_token", AuthStyle: oauth2.AuthStyleInParams,
	}}
	return d, nil
}

// Address implements forge.SignIn.
func (d *SignIn) Address(state, back string) string {
	c := d.oauth
	c.RedirectURL = back
	return c.AuthCodeURL(state)
}

// Enter implements forge.SignIn.
func (d *SignIn) Enter(ctx context.Context, code, back string) (forge.Person, error) {
	c := d.oauth
	c.RedirectURL = back
	// oauth2 takes its client from the context; its own would reach private addresses.
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: d.http.Transport()})
	token, err := c.Exchange(ctx, code)
	if err != nil {
		// The error of oauth2 contains the answer as it came.
		return forge.Person{}, errors.New("GitHub refused the authorization code")
	}
	w := newTransport(d.http, d.base, guest(token.AccessToken))
	v := visitor{client(w, d.base, d.o.UserAgent)}
	return v.person(withCall(ctx, "user"))
}

// A guest is the token of a user, with its own rate limit.
type guest string

func (g guest) sign(context.Context, string) (string, string, error) {
	// The account is a name, which must not reveal the token.
	sum := sha256.Sum256([]byte(g))
	return "Bearer " + string(g), "guest " + hex.EncodeToString(sum[:8]), nil
}

func (guest) renew(string, string) bool { return false }

// A visitor sends requests to GitHub for a user who signs in.
type visitor struct{ api *api.Client }

// maxVisible is the most repositories of one user that are read.
const maxVisible = 20_000

// person returns the user with the readable and writable repositories that have our App.
//
// See https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-user-access-token
func (v visitor) person(ctx context.Context) (forge.Person, error) {
	var user api.User
	if err := ask(ctx, v.api, http.MethodGet, "user", nil, &user); err != nil {
		return forge.Person{}, fmt.Errorf("ask who signs in: %w", err)
	}
	p := forge.Person{Login: user.GetLogin()}
	_, err := everyPage(maxPages, func(page int) (int, error) {
		var got struct {
			Installations []*api.Installation `json:"installations"`
		}
		if err := ask(ctx, v.api, http.MethodGet, fmt.Sprintf("user/installations?per_page=%d&page=%d", pageSize, page), nil, &got); err != nil {
			return 0, fmt.Errorf("installations that %s sees: %w", p.Login, err)
		}
		for _, i := range got.Installations {
			if err := v.repositories(ctx, i.GetID(), &p); err != nil {
				return 0, err
			}
		}
		return len(got.Installations), nil
	})
	return p, err
}

func (v visitor) repositories(ctx context.Context, installation int64, p *forge.Person) error {
	_, err := everyPage((maxVisible-len(p.Read)+pageSize-1)/pageSize, func(page int) (int, error) {
		var got api.ListRepositories
		path := fmt.Sprintf("user/installations/%d/repositories?per_page=%d&page=%d", installation, pageSize, page)
		if err := ask(ctx, v.api, http.MethodGet, path, nil, &got); err != nil {
			return 0, fmt.Errorf("repositories that %s sees: %w", p.Login, err)
		}
		for _, r := range got.Repositories {
			p.Read = append(p.Read, r.GetID())
			if r.GetPermissions()["push"] {
				p.Write = append(p.Write, r.GetID())
			}
		}
		return len(got.Repositories), nil
	})
	return err
}
