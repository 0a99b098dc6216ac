package github

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
)

// An App is a GitHub App that is installed on the repositories.
type App struct {
	ID  int64
	Key []byte // the private key, PEM
}

// ahead is how long before its expiry a token is renewed.
const ahead = 5 * time.Minute

// jwt signs requests as the App itself, which may do little more than request tokens
// of its installations.
//
// See https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
type jwt struct {
	id  int64
	key *rsa.PrivateKey
	now func() time.Time
}

func (j *jwt) sign(context.Context, string) (string, string, error) {
	now := j.now()
	claims, err := json.Marshal(map[string]any{
		"iat": now.Add(-time.Minute).Unix(), // allows for differing clocks
		// GitHub accepts at most ten minutes, by its own clock.
		"exp": now.Add(8 * time.Minute).Unix(),
		"iss": strconv.FormatInt(j.id, 10),
	})
	if err != nil {
		return "", "", err
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, j.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", "", err
	}
	return "Bearer " + text + "." + base64.RawURLEncoding.EncodeToString(signature), "app", nil
}

func (j *jwt) renew(string, string) bool { return false }

// parseKey parses an RSA key in GitHub's format (PKCS #1) or in PKCS #8. Its errors do not contain the key.
func parseKey(data []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("github: the private key of the App is not PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := any.(*rsa.PrivateKey); ok && err == nil {
		return key, nil
	}
	return nil, errors.New("github: the private key of the App is not an RSA key")
}

// installations holds a token for each account with the App.
type installations struct {
	api *api.Client // as the App itself
	now func() time.Time

	mu   sync.Mutex
	byID map[string]*installation // by owner, in lower case
}

// An installation is the App in one account.
type installation struct {
	turn chan struct{} // held during a request for a token, so that others wait

	id     int64 // 0 until it is known
	token  string
	ends   time.Time
	rights *api.InstallationPermissions
}

func newInstallations(o Options, base *url.URL, wire *transport) (*installations, error) {
	key, err := parseKey(o.App.Key)
	if err != nil {
		return nil, err
	}
	if o.App.ID <= 0 {
		return nil, errors.New("github: the App has no id")
	}
	now := o.HTTP.Now
	t := newTransport(wire.http, base, &jwt{id: o.App.ID, key: key, now: now})
	// No counts: the account's repositories share these requests.
	t.left = o.Left
	return &installations{api: client(t, base, o.UserAgent), now: now, byID: map[string]*installation{}}, nil
}

// of returns the installation of an owner and locks it until done is called.
func (s *installations) of(ctx context.Context, owner string) (i *installation, done func(), err error) {
	key := strings.ToLower(owner)
	s.mu.Lock()
	i = s.byID[key]
	if i == nil {
		i = &installation{turn: make(chan struct{}, 1)}
		s.byID[key] = i
	}
	s.mu.Unlock()
	select {
	case i.turn <- struct{}{}:
		return i, func() { <-i.turn }, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// sign returns the token of the installation that a repository belongs to.
func (s *installations) sign(ctx context.Context, repo string) (string, string, error) {
	i, done, err := s.of(ctx, owner(repo))
	if err != nil {
		return "", "", err
	}
	defer done()
	if left := i.ends.Sub(s.now()); i.token == "" || left <= ahead {
		// While the old token is valid, a failed renewal need not stop the request.
		if err := s.refresh(ctx, repo, i); err != nil && (i.token == "" || left <= 0) {
			return "", "", err
		}
	}
	return "Bearer " + i.token, strings.ToLower(owner(repo)), nil
}

// renew forgets a rejected token.
func (s *installations) renew(repo, authorization string) bool {
	i, done, err := s.of(context.Background(), owner(repo))
	if err != nil {
		return false
	}
	defer done()
	// Otherwise another request has renewed it meanwhile.
	if "Bearer "+i.token == authorization {
		// A reinstalled App has another id.
		i.token, i.id = "", 0
	}
	return true
}

// refresh requests a new token. If the installation no longer exists, it searches once more, because the App may have been installed again.
//
// See https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
func (s *installations) refresh(ctx context.Context, repo string, i *installation) error {
	for again := i.id != 0; ; again = false {
		if err := s.find(ctx, repo, i); err != nil {
			return err
		}
		var t api.InstallationToken
		err := ask(ctx, s.api, http.MethodPost, fmt.Sprintf("app/installations/%d/access_tokens", i.id), nil, &t)
		if err == nil && t.GetToken() == "" {
			err = errors.New("GitHub gave no token for the installation of the App")
		}
		if err == nil {
			i.token, i.ends, i.rights = t.GetToken(), t.GetExpiresAt().Time, t.Permissions
			return nil
		}
		i.id = 0
		if !again {
			return err
		}
	}
}

// find finds the installation for a repository or an owner.
func (s *installations) find(ctx context.Context, repo string, i *installation) error {
	if i.id != 0 {
		return nil
	}
	paths := []string{"repos/" + repo + "/installation"}
	// An owner may be an organization or a person; each kind has an address of its own.
	if !strings.Contains(repo, "/") {
		paths = []string{"orgs/" + repo + "/installation", "users/" + repo + "/installation"}
	}
	for _, path := range paths {
		var found api.Installation
		err := ask(ctx, s.api, http.MethodGet, path, nil, &found)
		if err == nil && found.SuspendedAt != nil {
			return &forge.Denied{Repo: repo, Code: forge.NoPermission, Reason: fmt.Sprintf("the GitHub App is suspended for %s", repo)}
		}
		if err == nil {
			i.id = found.GetID()
			return nil
		}
		if !errors.Is(err, forge.ErrNotFound) {
			return err
		}
	}
	return &forge.Denied{Repo: repo, Code: forge.NotFound, Reason: fmt.Sprintf("%s is not there, or the GitHub App is not installed on it", repo)}
}

// permissions returns the App's permissions in an account, nil if unknown.
func (s *installations) permissions(ctx context.Context, owner string) *api.InstallationPermissions {
	i, done, err := s.of(ctx, owner)
	if err != nil {
		return nil
	}
	defer done()
	return i.rights
}
