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

// A viewer is whoever asks, and how far their eyes and hands reach.
type viewer struct {
	Login    string // "" for the token, and where nobody signs in
	Viewer   store.Viewer
	Operator bool // may retry jobs and stop everything
	Token    bool // sees everything and changes nothing
	NoLogin  bool // nobody signs in here
	session  store.Session
}

// All reports whether everything is seen.
func (p *viewer) All() bool { return p != nil && p.Viewer.All }

// Name is how the person is called in what is kept of what they did.
func (p *viewer) Name() string {
	if p.Login == "" {
		return "somebody"
	}
	return p.Login
}

var (
	// errStale: what a session may see has to be asked for again.
	errStale = errors.New("the session has to be looked up again")
	errToken = &fault{http.StatusUnauthorized, "This token is not valid."}
)

const (
	sessionTime = 8 * time.Hour
	recheckTime = time.Hour // after it the forge is asked again what may be read
)

// who tells who asks: nil for nobody. errStale is for people whose permissions
// were not looked up for a while.
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
	session, err := s.o.Data.Session(r.Context(), keyOf(cookie.Value))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.personOf(session)
}

// personOf tells what a session lets its owner do.
func (s *server) personOf(session store.Session) (*viewer, error) {
	now := s.o.Now()
	if !session.Expires.After(now) {
		return nil, nil
	}
	if strings.HasPrefix(session.Login, tokenMark) {
		if !slices.Contains(s.tokenNames(), session.Login) {
			return nil, nil // the token is not valid any more
		}
		return &viewer{Token: true, Viewer: store.Viewer{All: true}, session: session}, nil
	}
	if s.o.Door == nil {
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
	return slices.ContainsFunc(s.o.Operators, func(o string) bool { return login != "" && strings.EqualFold(o, login) })
}

// bearer returns the token of a request that brings one. See RFC 6750, section 2.1.
func bearer(r *http.Request) (token string, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// tokenMark begins the login of sessions that were opened with a token. No
// login of GitHub holds a colon.
const tokenMark = "token:"

// tokenOf returns what sessions of a token are called. Who has sent many that
// are not ours has to wait.
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

// tokenName returns what sessions of a token are called, "" for one that is not ours.
func (s *server) tokenName(given string) (name string) {
	sum := sha256.Sum256([]byte(given))
	for _, token := range s.o.Tokens {
		ours := sha256.Sum256([]byte(token))
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

// keyOf is what is kept of a secret that a browser holds.
func keyOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// see returns a repository and what a person may do in it. One that they may
// not read is not found, exactly as if there were none: the same is asked of the
// database, and the same is answered.
func (s *server) see(ctx context.Context, who *viewer, owner, name string) (store.Repository, store.Access, error) {
	repo, lost := s.o.Data.Repository(ctx, owner+"/"+name)
	if lost != nil && !errors.Is(lost, store.ErrNotFound) {
		return store.Repository{}, 0, lost
	}
	may, err := s.o.Data.May(ctx, who.Viewer, repo.ID)
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
