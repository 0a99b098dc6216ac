package site

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// A visit is one request, and who makes it.
type visit struct {
	w http.ResponseWriter
	*http.Request
	site *site

	viewer   store.Viewer
	login    string // "" for nobody, and for a token
	operator bool
	session  store.Session // the zero Session without one
}

// The names of the cookies.
const (
	sessionCookie = "freshpin_session"
	stateCookie   = "freshpin_state"
)

// How long somebody stays signed in, and how long it is believed what he may see.
const (
	sessionTime = 8 * time.Hour
	believed    = time.Hour
)

func (s *site) visit(w http.ResponseWriter, r *http.Request, serve func(*visit) error) {
	v := &visit{w: w, Request: r, site: s}
	err := v.recognise()
	if err == nil {
		err = serve(v)
	}
	if err == nil {
		return
	}
	if errors.Is(err, errSignIn) && r.Method == http.MethodGet {
		http.Redirect(w, r, "/login?next="+escapeQuery(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	v.sorry(err)
}

// sorry shows what went wrong.
func (v *visit) sorry(err error) {
	if code := status(err); code >= http.StatusInternalServerError {
		v.site.Log.ErrorContext(v.Context(), "a page could not be made", "path", v.URL.Path, "error", err)
	}
	v.show(status(err), "error", map[string]any{"Title": http.StatusText(status(err)), "Why": words(err)})
}

// recognise finds out who is there: by a cookie, by a token, or nobody.
func (v *visit) recognise() error {
	s := v.site
	if s.NoLogin {
		v.viewer, v.operator, v.login = store.Viewer{All: true}, true, "operator"
		return nil
	}
	if token, ok := strings.CutPrefix(v.Header.Get("Authorization"), "Bearer "); ok && s.knows(token) {
		v.viewer = store.Viewer{All: true}
		return nil
	}
	cookie, err := v.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	if token, ok := strings.CutPrefix(cookie.Value, "t-"); ok && s.knowsHash(token) {
		v.viewer = store.Viewer{All: true}
		return nil
	}
	v.session, err = s.Data.Session(v.Context(), hashed(cookie.Value))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	v.login = v.session.Login
	v.operator = slices.ContainsFunc(s.Operators, func(o string) bool { return strings.EqualFold(o, v.login) })
	v.viewer = store.Viewer{All: v.operator, Session: v.session.ID}
	return nil
}

// knows reports whether a token is one of those that see everything.
func (s *site) knows(token string) bool { return s.knowsHash(hashed(token)) }

func (s *site) knowsHash(hash string) bool {
	found := 0
	for _, t := range s.Tokens {
		found |= subtle.ConstantTimeCompare([]byte(hash), []byte(hashed(t)))
	}
	return found == 1
}

func hashed(secret string) string {
	sum := sha256.Sum256([]byte("freshpin " + secret))
	return hex.EncodeToString(sum[:])
}

// signedIn lets nobody in who is not recognised. What somebody may see is asked
// of the forge again once an hour: by sending him there and back.
func signedIn(serve func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		if !v.viewer.All && v.viewer.Session == "" {
			return errSignIn
		}
		if v.session.ID != "" && v.Method == http.MethodGet && v.site.Door != nil && v.site.Now().Sub(v.session.Checked) > believed && !v.isAPI() {
			http.Redirect(v.w, v.Request, "/auth/start?next="+escapeQuery(v.URL.RequestURI()), http.StatusSeeOther)
			return nil
		}
		return serve(v)
	}
}

// operator lets in who holds the stop switch.
func operator(serve func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		if !v.operator {
			return errNotFound
		}
		return serve(v)
	}
}

func (v *visit) isAPI() bool { return strings.HasPrefix(v.URL.Path, "/api/") }

// named returns the repository that the path names, if the viewer may see it.
// One that he may not see is not there.
func (v *visit) named() (store.Repository, store.Access, error) {
	repo, err := v.site.Data.Repository(v.Context(), v.PathValue("owner")+"/"+v.PathValue("repo"))
	if err != nil {
		return repo, 0, err
	}
	if repo.Removed {
		return repo, 0, errNotFound
	}
	may, err := v.site.Data.May(v.Context(), v.viewer, repo.ID)
	switch {
	case err != nil:
		return repo, 0, err
	case may == 0:
		return store.Repository{}, 0, errNotFound
	case v.viewer.All && !v.operator:
		may = store.Read // a token changes nothing
	}
	return repo, may, nil
}

// login offers the ways to sign in.
func (s *site) login(v *visit) error {
	return v.show(http.StatusOK, "login", map[string]any{
		"Title": "Sign in", "Next": ownPath(v.FormValue("next")), "Door": s.Door != nil, "Token": len(s.Tokens) > 0, "Wrong": v.FormValue("wrong") != "",
	})
}

// loginToken lets somebody in who has a token.
func (s *site) loginToken(v *visit) error {
	v.Body = http.MaxBytesReader(v.w, v.Body, maxForm)
	if !s.knows(v.PostFormValue("token")) {
		http.Redirect(v.w, v.Request, "/login?wrong=1&next="+escapeQuery(ownPath(v.PostFormValue("next"))), http.StatusSeeOther)
		return nil
	}
	v.setCookie(sessionCookie, "t-"+hashed(v.PostFormValue("token")), sessionTime)
	http.Redirect(v.w, v.Request, ownPath(v.PostFormValue("next")), http.StatusSeeOther)
	return nil
}

// authStart sends the browser to the forge. What comes back must bring the word
// that this browser was given.
func (s *site) authStart(v *visit) error {
	if s.Door == nil {
		return errNotFound
	}
	state := rand.Text()
	v.setCookie(stateCookie, state+" "+ownPath(v.FormValue("next")), 10*time.Minute)
	http.Redirect(v.w, v.Request, s.Door.Address(state, v.back()), http.StatusSeeOther)
	return nil
}

func (v *visit) back() string { return v.base() + "/auth/callback" }

// base is how the browser reaches the pages.
func (v *visit) base() string {
	if v.site.Base != "" {
		return v.site.Base
	}
	return "http://" + v.Host
}

// authCallback takes in who comes back from the forge.
func (s *site) authCallback(v *visit) error {
	cookie, err := v.Cookie(stateCookie)
	if s.Door == nil || err != nil {
		return fmt.Errorf("%w: the way to sign in began in another browser, or too long ago", errBadInput)
	}
	state, next, _ := strings.Cut(strings.Trim(cookie.Value, `"`), " ")
	v.setCookie(stateCookie, "", -1)
	if subtle.ConstantTimeCompare([]byte(state), []byte(v.FormValue("state"))) != 1 || v.FormValue("code") == "" {
		return fmt.Errorf("%w: the way to sign in began in another browser", errBadInput)
	}
	person, err := s.Door.Enter(v.Context(), v.FormValue("code"), v.back())
	if err != nil {
		s.Log.WarnContext(v.Context(), "somebody could not sign in", "error", err)
		return fmt.Errorf("%w: the forge did not let you in", errBadInput)
	}
	secret := rand.Text() + rand.Text()
	session := store.Session{ID: hashed(secret), Login: person.Login, Expires: s.Now().Add(sessionTime), Checked: s.Now(), May: map[int64]store.Access{}}
	for _, id := range person.Read {
		session.May[id] = store.Read
	}
	for _, id := range person.Write {
		session.May[id] = store.Write
	}
	if err := s.Data.PutSession(v.Context(), session); err != nil {
		return err
	}
	if v.session.ID != "" {
		_ = s.Data.EndSession(v.Context(), v.session.ID) // it ends by itself
	}
	v.setCookie(sessionCookie, secret, sessionTime)
	http.Redirect(v.w, v.Request, ownPath(next), http.StatusSeeOther)
	return nil
}

// logout ends the session, here and in the browser.
func (s *site) logout(v *visit) error {
	if v.session.ID != "" {
		if err := s.Data.EndSession(v.Context(), v.session.ID); err != nil {
			return err
		}
	}
	v.setCookie(sessionCookie, "", -1)
	http.Redirect(v.w, v.Request, "/login", http.StatusSeeOther)
	return nil
}

func (v *visit) setCookie(name, value string, last time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: v.site.secure, SameSite: http.SameSiteLaxMode, MaxAge: int(last / time.Second)}
	if last < 0 {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

// ownPath returns a path of these pages, "/" for whatever else is given.
func ownPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(next, "/auth/") {
		return "/"
	}
	return next
}

// change is a form that changes something.
func (v *visit) change(ctx context.Context, do func(ctx context.Context) error, back string) error {
	if err := do(ctx); err != nil {
		return err
	}
	http.Redirect(v.w, v.Request, back, http.StatusSeeOther)
	return nil
}

// maxForm bounds a form, in bytes.
const maxForm = 64 << 10
