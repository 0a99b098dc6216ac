package webtest

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// A Browser keeps cookies and follows no redirects, unless told to.
type Browser struct {
	w      *World
	Client *http.Client
	Token  string // sent as Authorization: Bearer, where it is not empty
}

// Browser returns one that is not signed in.
func (w *World) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &Browser{w: w, Client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// A Reply is an answer with its body read.
type Reply struct {
	*http.Response
	Text string // the body
}

// Send sends a form; headers are names and values in turn.
func (b *Browser) Send(method, path string, form url.Values, headers ...string) Reply {
	b.w.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.w.Server.URL + path
	}
	req, err := http.NewRequestWithContext(context.Background(), method, path, strings.NewReader(form.Encode()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.Token != "" {
		req.Header.Set("Authorization", "Bearer "+b.Token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1] // "" for that of the address
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.Client.Do(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return Reply{res, string(body)}
}

// Get is Send without a form.
func (b *Browser) Get(path string, headers ...string) Reply {
	b.w.t.Helper()
	return b.Send(http.MethodGet, path, nil, headers...)
}

// Post sends a form of names and values in turn.
func (b *Browser) Post(path string, pairs ...string) Reply {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.Send(http.MethodPost, path, form)
}

// Follow gets a page and goes where it leads, at most ten times.
func (b *Browser) Follow(path string) Reply {
	b.w.t.Helper()
	for range 10 {
		r := b.Get(path)
		to := r.Header.Get("Location")
		if r.StatusCode < 300 || r.StatusCode > 399 || to == "" {
			return r
		}
		next, err := r.Request.URL.Parse(to)
		if err != nil {
			b.w.t.Fatal(err)
		}
		path = next.String()
	}
	b.w.t.Fatalf("%s leads around in a circle", path)
	return Reply{}
}

// As signs a user in.
func (w *World) As(login string) *Browser {
	w.t.Helper()
	b := w.Browser()
	w.Door.Is(login)
	if r := b.Follow("/login/github"); r.StatusCode != http.StatusOK {
		w.t.Fatalf("signing in as %s: %s\n%s", login, r.Status, r.Text)
	}
	return b
}

// Visitor returns the browser of "nobody", of a "token" or of a user, signed in again if the session is too old.
func (w *World) Visitor(who string) *Browser {
	w.t.Helper()
	switch who {
	case "nobody":
		return w.Browser()
	case "token":
		b := w.Browser()
		b.Token = ReadToken
		return b
	}
	if w.signed == nil {
		w.signed = map[string]*signedIn{}
	}
	if s := w.signed[who]; s != nil && w.now().Sub(s.at) < 30*time.Minute {
		return s.b
	}
	w.signed[who] = &signedIn{w.As(who), w.now()}
	return w.signed[who].b
}

// A signedIn is the browser of a signed-in user.
type signedIn struct {
	b  *Browser
	at time.Time
}
