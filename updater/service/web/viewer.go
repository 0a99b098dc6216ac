package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// A viewer is the user of a request with their permissions.
type viewer struct {
	Login    string // "" for a token, and if there is no sign-in
	Viewer   store.Viewer
	Operator bool // may retry jobs and use the stop switch
	Token    bool // sees everything and may change nothing
	NoLogin  bool // there is no sign-in
	session  store.Session
}

// All reports whether the viewer sees all repositories.
func (p *viewer) All() bool { return p != nil && p.Viewer.All }

// Name returns the name of the viewer in stored records of actions, "unknown user" without a login.
func (p *viewer) Name() string {
	if p.Login == "" {
		return "unknown user"
	}
	return p.Login
}

var (
	// errStale means that the permissions of a session have to be checked again.
	errStale = errors.New("the session has to be looked up again")
	errToken = &fault{http.StatusUnauthorized, "This token is not valid."}
)

const (
	sessionTime = 8 * time.Hour
	recheckTime = time.Hour // after it permissions are checked again at the forge
)

// who returns the viewer of a request: nil without a session. It returns errStale if
// the viewer's permissions have not been checked for recheckTime.
func (s *server) who(r *http.Request) (*viewer, error) {
	if s.o.NoLogin {
		return &viewer{NoLogin: true, Operator: true, Viewer: store.Viewer{All: true}}, nil
	}
	if given, ok := bearer(r); ok {
		if _, err := s.tokenOf(r, given); err != nil {
			return nil, err
		}
		return &viewer{Token: true, Viewer: store.Viewer{All: true}}, nil
	}
	cookie, err := r.Cookie(s.cookieName(r, "session"))
	if err != nil || cookie.Value == "" {
		return nil, nil
	}
	session, err := s.o.Data.Sessions.ByID(r.Context(), keyOf(cookie.Value))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.personOf(session)
}

// personOf returns the viewer of a session.
func (s *server) personOf(session store.Session) (*viewer, error) {
	now := s.o.Now()
	if !session.Expires.After(now) {
		return nil, nil
	}
	if strings.HasPrefix(session.Login, tokenMark) {
		if !slices.Contains(s.tokenNames(), session.Login) {
			return nil, nil // the token is no longer valid
		}
		return &viewer{Token: true, Viewer: store.Viewer{All: true}, session: session}, nil
	}
	// The operator has removed sign-in since the session began.
	if s.o.SignIn == nil {
		return nil, nil
	}
	if now.Sub(session.Checked) > recheckTime {
		return nil, errStale
	}
	p := &viewer{Login: session.Login, Viewer: store.Viewer{Session: session.ID}, session: session}
	if s.isOperator(session.Login) {
		p.Operator, p.Viewer = true, store.Viewer{All: true}
	}
	return p, nil
}

func (s *server) isOperator(login string) bool {
	// An empty entry of the setting must not match a viewer without a login.
	return slices.ContainsFunc(s.o.Operators, func(o string) bool { return login != "" && strings.EqualFold(o, login) })
}

// bearer returns the bearer token of a request. See RFC 6750, section 2.1.
func bearer(r *http.Request) (token string, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// tokenMark is the prefix of the login of sessions with a token. No forge allows a
// colon in logins (see loginForm).
const tokenMark = "token:"

// tokenOf returns the login of sessions with a token. It returns an error for a
// wrong token, or if the address has sent too many wrong ones.
func (s *server) tokenOf(r *http.Request, given string) (name string, err error) {
	now := s.o.Now()
	if s.tries.must(r, now) > 0 {
		return "", errGuessing
	}
	if name = s.tokenName(given); name == "" {
		s.tries.wrong(r, now)
		return "", errToken
	}
	return name, nil
}

// tokenName returns the login of sessions with a token, "" for a wrong token.
func (s *server) tokenName(given string) (name string) {
	sum := sha256.Sum256([]byte(given))
	for _, token := range s.o.Tokens {
		ours := sha256.Sum256([]byte(token))
		// No early end: the time must not tell which token matched.
		if subtle.ConstantTimeCompare(sum[:], ours[:]) == 1 {
			name = nameOfToken(token)
		}
	}
	return name
}

func (s *server) tokenNames() (names []string) {
	for _, token := range s.o.Tokens {
		names = append(names, nameOfToken(token))
	}
	return names
}

func nameOfToken(token string) string { return tokenMark + keyOf("name of token " + token)[:16] }

// keyOf returns the hash under which the secret of a browser is stored.
func keyOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// see returns a repository and the viewer's access to it. If the viewer may not read
// it, the database query and the answer are the same as for a repository that does
// not exist.
func (s *server) see(ctx context.Context, who *viewer, owner, name string) (store.Repository, store.Access, error) {
	repo, lost := s.o.Data.Repositories.ByName(ctx, owner+"/"+name)
	if lost != nil && !errors.Is(lost, store.ErrNotFound) {
		return store.Repository{}, 0, lost
	}
	may, err := s.o.Data.Repositories.May(ctx, who.Viewer, repo.ID)
	if err != nil {
		return store.Repository{}, 0, err
	}
	if lost != nil || may == 0 {
		return store.Repository{}, 0, errNotFound
	}
	if who.Token {
		may = store.Read
	}
	return repo, may, nil
}
