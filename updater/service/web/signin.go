package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/store"
)

// callback is the path to which the forge redirects browsers.
const callback = "/auth/callback"

// base returns our address as the browser sees it.
func (s *server) base(r *http.Request) string {
	switch {
	case s.o.Base != "":
		return s.o.Base
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *server) back(r *http.Request) string { return s.base(r) + callback }

// returns reports whether the forge may redirect the browser back to the host of a
// request: the operator has configured it, or it is loopback.
func (s *server) returns(r *http.Request) bool { return s.o.Base != "" || Loopback(r.Host) }

// secure reports whether cookies are restricted to https.
func (s *server) secure(r *http.Request) bool { return strings.HasPrefix(s.base(r), "https://") }

// signIn returns the address for a user who has to sign in and then continue at next.
// If only permissions have to be checked again, it leads directly to the forge.
func (s *server) signIn(again bool, next string) string {
	to := "/login"
	if again && s.o.SignIn != nil {
		to = signInPath(s.o)
	}
	if next = ownPath(next); next != "/" {
		to += "?next=" + url.QueryEscape(next)
	}
	return to
}

// signInPath is the path that redirects browsers to the forge.
func signInPath(o Options) string { return "/login/" + o.Forge.Name }

// ownPath returns next if it is a path of ours, else "/". Browsers treat //host and
// /\host, even with tabs in between, as other sites.
func ownPath(next string) string {
	u, err := url.Parse(next)
	switch {
	case err != nil, u.Scheme != "", u.Host != "", u.User != nil, u.Opaque != "":
		return "/"
	case !strings.HasPrefix(next, "/"), strings.HasPrefix(next, "//"), strings.HasPrefix(u.Path, "//"):
		return "/"
	// next becomes part of a cookie (see leave); browsers limit one to 4096 bytes.
	case strings.ContainsAny(next, "\\\t\r\n\x00"), strings.ContainsAny(u.Path, "\\"), len(next) > 2000:
		return "/"
	// These would lead back to the sign-in.
	case strings.HasPrefix(u.Path, "/login"), strings.HasPrefix(u.Path, "/logout"), strings.HasPrefix(u.Path, "/auth/"):
		return "/"
	}
	return u.RequestURI()
}

// cookieName returns the name of one of our cookies. Its prefix prevents other hosts
// of the domain from setting it.
//
// See https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2
func (s *server) cookieName(r *http.Request, name string) string {
	if s.secure(r) {
		return "__Host-freshpin-" + name
	}
	return "freshpin-" + name
}

func (s *server) cookie(r *http.Request, name, value string, age time.Duration) *http.Cookie {
	// Lax and not Strict: with Strict the browser would send no cookie when the forge redirects back.
	c := &http.Cookie{
		Name: s.cookieName(r, name), Value: value, Path: "/", MaxAge: int(age.Seconds()),
		HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode,
	}
	// Package http omits a MaxAge of 0, and the browser would keep the cookie.
	if age <= 0 {
		c.MaxAge = -1
	}
	return c
}

// secret returns 256 random bits.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// stateTime is the time limit for signing in at the forge.
const stateTime = 15 * time.Minute

// leave redirects a browser to the forge. Each state has its own cookie, so that
// several windows may sign in at the same time.
//
// See RFC 6749, section 10.12.
func (s *server) leave(w http.ResponseWriter, r *http.Request) {
	if s.o.SignIn == nil || s.o.NoLogin {
		s.fail(w, r, nil, errNotFound)
		return
	}
	if !s.returns(r) {
		s.fail(w, r, nil, s.noBase())
		return
	}
	state := secret()
	next := base64.RawURLEncoding.EncodeToString([]byte(ownPath(r.URL.Query().Get("next"))))
	http.SetCookie(w, s.cookie(r, stateCookie(state), state+"."+next, stateTime))
	http.Redirect(w, r, s.o.SignIn.Address(state, s.back(r)), http.StatusSeeOther)
}

// noBase is the fault of a sign-in that has no address to return to.
func (s *server) noBase() *fault {
	return &fault{http.StatusConflict, "The operator must set base_url before people can sign in with " + s.o.Forge.Title + " here."}
}

func stateCookie(state string) string { return "state-" + state[:min(8, len(state))] }

var stateForm = lazyregexp.New(`^[A-Za-z0-9_-]{43}$`)

// comeBack signs in a user who returns from the forge.
func (s *server) comeBack(w http.ResponseWriter, r *http.Request) {
	if s.o.SignIn == nil || s.o.NoLogin {
		s.fail(w, r, nil, errNotFound)
		return
	}
	next, err := s.checkState(w, r)
	if err == nil && !s.returns(r) {
		err = s.noBase()
	}
	if err == nil {
		err = s.enter(w, r)
	}
	if err != nil {
		s.write(w, r, nil, &page{Name: "login", Title: "Sign in", Body: s.ways("/", s.faultOf(err).Why)}, s.faultOf(err).Status)
		return
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// checkState compares the state with the cookie of the browser, and returns the address to continue at.
func (s *server) checkState(w http.ResponseWriter, r *http.Request) (next string, err error) {
	state := r.URL.Query().Get("state")
	wrong := &fault{http.StatusBadRequest, "This sign-in began in another browser, or too long ago. Start again."}
	if !stateForm.MatchString(state) {
		return "", wrong
	}
	cookie, err := r.Cookie(s.cookieName(r, stateCookie(state)))
	if err != nil {
		return "", wrong
	}
	// A state serves for one sign-in.
	http.SetCookie(w, s.cookie(r, stateCookie(state), "", 0))
	ours, next, _ := strings.Cut(cookie.Value, ".")
	if subtle.ConstantTimeCompare([]byte(ours), []byte(state)) != 1 {
		return "", wrong
	}
	path, err := base64.RawURLEncoding.DecodeString(next)
	if err != nil {
		return "", wrong
	}
	return ownPath(string(path)), nil
}

// loginForm matches logins of people and Apps on a forge.
var loginForm = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_\-\[\]]{0,99}$`)

// enter gets the user and permissions from the forge, and opens a session.
func (s *server) enter(w http.ResponseWriter, r *http.Request) error {
	code := r.URL.Query().Get("code")
	// If the user declines, the forge sends error instead of code: RFC 6749, section 4.1.2.1.
	if code == "" || len(code) > 500 {
		return &fault{http.StatusForbidden, s.o.Forge.Title + " denied the sign-in."}
	}
	person, err := s.o.SignIn.Enter(r.Context(), code, s.back(r))
	// A login with a colon could pass for that of a token; see tokenMark.
	if err != nil || !loginForm.MatchString(person.Login) {
		s.o.Log.Warn("sign-in refused", "error", err)
		return &fault{http.StatusBadGateway, s.o.Forge.Title + " did not identify you. Try again later."}
	}
	now := s.o.Now()
	session := store.Session{Login: person.Login, Expires: now.Add(sessionTime), Checked: now, May: access(person)}
	was, err := s.sessionOf(r)
	if err != nil {
		return err
	}
	if was.Login == person.Login { // a repeated check of permissions does not extend the session
		session.Expires = was.Expires
	}
	return s.begin(w, r, was, session)
}

func access(p forge.Person) map[int64]store.Access {
	may := make(map[int64]store.Access, len(p.Read))
	for _, id := range p.Read {
		may[id] = store.Read
	}
	for _, id := range p.Write {
		may[id] = store.Write
	}
	return may
}

// sessionOf returns the session of a browser, an empty one if there is none.
func (s *server) sessionOf(r *http.Request) (store.Session, error) {
	cookie, err := r.Cookie(s.cookieName(r, "session"))
	if err != nil || cookie.Value == "" {
		return store.Session{}, nil
	}
	session, err := s.o.Data.Sessions.ByID(r.Context(), keyOf(cookie.Value))
	if errors.Is(err, store.ErrNotFound) || err == nil && !session.Expires.After(s.o.Now()) {
		return store.Session{}, nil
	}
	return session, err
}

// begin replaces the old session by one with a new secret.
func (s *server) begin(w http.ResponseWriter, r *http.Request, was, session store.Session) error {
	// An attacker may have set the old cookie (session fixation).
	held := secret()
	session.ID = keyOf(held)
	if err := s.o.Data.Sessions.Put(r.Context(), session); err != nil {
		return err
	}
	if was.ID != "" {
		if err := s.o.Data.Sessions.End(r.Context(), was.ID); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.cookie(r, "session", held, session.Expires.Sub(s.o.Now())))
	return nil
}

// A ways is the sign-in page.
type ways struct {
	Door, Token bool
	Leave       string   // the path that leads to the forge
	Keys        []string // settings of the operator for Door
	Next        string
	Wrong       string // error message; "" for none
}

func (s *server) ways(next, wrong string) ways {
	return ways{Door: s.o.SignIn != nil, Token: len(s.o.Tokens) > 0, Leave: signInPath(s.o), Keys: s.o.Forge.SignInKeys, Next: ownPath(next), Wrong: wrong}
}

func (s *server) login(r *http.Request, _ *viewer) (*page, error) {
	return &page{Name: "login", Title: "Sign in", Body: s.ways(r.URL.Query().Get("next"), "")}, nil
}

// enterToken signs in with a token.
func (s *server) enterToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	next := ownPath(r.PostFormValue("next"))
	name, err := s.tokenOf(r, r.PostFormValue("token"))
	if err != nil {
		f := s.faultOf(err)
		f.announce(w.Header())
		s.write(w, r, nil, &page{Name: "login", Title: "Sign in", Body: s.ways(next, f.Why)}, f.Status)
		return
	}
	now := s.o.Now()
	was, err := s.sessionOf(r)
	if err == nil {
		err = s.begin(w, r, was, store.Session{Login: name, Expires: now.Add(sessionTime), Checked: now})
	}
	if err != nil {
		s.fail(w, r, nil, err)
		return
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// logout deletes the session and its cookie.
func (s *server) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(s.cookieName(r, "session")); err == nil && cookie.Value != "" {
		// The session must end even if the browser does not wait.
		if err := s.o.Data.Sessions.End(context.WithoutCancel(r.Context()), keyOf(cookie.Value)); err != nil {
			s.fail(w, r, nil, err)
			return
		}
	}
	http.SetCookie(w, s.cookie(r, "session", "", 0))
	w.Header().Set("Clear-Site-Data", `"storage"`)
	http.Redirect(w, r, "/login?done=out", http.StatusSeeOther)
}
