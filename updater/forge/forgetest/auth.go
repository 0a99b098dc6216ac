package forgetest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	defaultLogin = "freshpin[bot]"
	actionsLogin = "github-actions[bot]"
)

// An actor is the caller of a request. nil means an anonymous one.
type actor struct {
	login     string
	workflow  bool      // has the token of a workflow
	installed bool      // has the token of an installation, which has no user
	account   string    // of the installation; "" for all
	ends      time.Time // expiry of the token; zero for never
	app       bool      // is the App itself, with a JWT
}

// An app is a GitHub App.
type app struct {
	id       int64
	slug     string
	key      *rsa.PublicKey
	accounts map[string]int64 // installations, by owner in lower case
	tokens   int
	made     time.Time
	rights   map[string]string // access level by permission
}

// A level is a permission; higher ones include lower ones.
type level int

const (
	none level = iota
	read
	triage
	write
	maintain
	admin
)

var levels = [...]string{none: "none", read: "read", triage: "triage", write: "write", maintain: "maintain", admin: "admin"}

// String returns the word of the API.
func (l level) String() string { return levels[l] }

// level returns the permission of a user in the repository, before restrictions by its settings.
func (r *repo) level(login string) level {
	if text, ok := r.grants[strings.ToLower(login)]; ok {
		for l, name := range levels {
			if name == text {
				return level(l)
			}
		}
	}
	switch {
	case strings.EqualFold(login, owner(r.name)):
		return admin
	case strings.HasSuffix(login, "[bot]"):
		return write
	case r.Private:
		return none
	}
	return read
}

// may returns the permission of an actor in the repository.
func (r *repo) may(a *actor) level {
	switch {
	case a == nil && r.Private:
		return none
	case a == nil:
		return read
	// Outside of its account, an installation's token reads what everyone may read.
	case a.account != "" && !strings.EqualFold(a.account, owner(r.name)):
		if r.Private {
			return none
		}
		return read
	}
	l := r.level(a.login)
	if _, granted := r.grants[strings.ToLower(a.login)]; !granted && !r.Private {
		l = max(l, write) // a person's token for this purpose
	}
	if r.ReadOnly {
		l = min(l, read)
	}
	return l
}

// who returns the actor of a request; bad is the error for invalid credentials.
func (s *Server) who(r *http.Request) (a *actor, bad error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if strings.EqualFold(scheme, "basic") {
		user, password, _ := r.BasicAuth()
		// git sends the token as the password of any user, or as the user without a password.
		if token = password; token == "" {
			token = user
		}
	}
	if token == "" {
		return nil, &problem{status: http.StatusUnauthorized, message: "Bad credentials"}
	}
	// A JWT has three parts; no other token has dots.
	if s.app != nil && strings.Count(token, ".") == 2 {
		return s.jwt(token)
	}
	a, known := s.tokens[token]
	switch {
	case known && !a.ends.IsZero() && !s.now().Before(a.ends):
		return nil, &problem{status: http.StatusUnauthorized, message: "Bad credentials"}
	case known:
		return a, nil
	}
	// Tests need not register the bot's token, see Token.
	return &actor{login: defaultLogin, installed: strings.HasPrefix(token, "ghs_")}, nil
}

// jwt verifies the token of the App itself.
//
// See https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
func (s *Server) jwt(token string) (*actor, error) {
	no := func(why string) (*actor, error) {
		return nil, &problem{status: http.StatusUnauthorized, message: why}
	}
	parts := strings.Split(token, ".")
	var header struct{ Alg string }
	var claims struct {
		Iat, Exp int64
		Iss      json.RawMessage
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	// Only RS256, as GitHub demands: the key is RSA, and "none" must not skip the signature.
	if err != nil || !unpack(parts[0], &header) || !unpack(parts[1], &claims) || header.Alg != "RS256" {
		return no("A JSON web token could not be decoded")
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(s.app.key, crypto.SHA256, sum[:], signature) != nil {
		return no("A JSON web token could not be decoded")
	}
	now := s.now().Unix()
	switch {
	// Clients write the issuer as a number or as a text.
	case strings.Trim(string(claims.Iss), `"`) != strconv.FormatInt(s.app.id, 10):
		return no("'Issuer' claim ('iss') must be an Integer")
	case claims.Exp <= now:
		return no("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
	case claims.Exp > now+600: // GitHub allows ten minutes
		return no("'Expiration time' claim ('exp') is too far in the future")
	case claims.Iat > now:
		return no("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
	}
	return &actor{login: s.app.slug + "[bot]", app: true}, nil
}

func unpack(part string, into any) bool {
	data, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(data, into) == nil
}

// installation returns the number of the App's installation in an account.
func (s *Server) installation(account string) int64 {
	key := strings.ToLower(account)
	if s.app.accounts[key] == 0 {
		s.app.accounts[key] = s.id()
	}
	return s.app.accounts[key]
}

// newToken creates a token of an installation, valid for an hour.
func (s *Server) newToken(account string) (string, time.Time) {
	s.app.tokens++
	token := fmt.Sprintf("ghs_%s%d", strings.Repeat("x", 20), s.app.tokens)
	ends := s.now().Add(time.Hour)
	s.tokens[token] = &actor{login: s.app.slug + "[bot]", installed: true, account: account, ends: ends}
	return token, ends
}
