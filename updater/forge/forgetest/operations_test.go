package forgetest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract"
)

// A step is one request of TestOperations: "METHOD PATH", or with "as APP" the
// App's own. MAIN, TREE, BLOB and NEW in it are the SHAs of what is there.
type step struct {
	request string
	body    string
	status  int
}

// steps ask for everything that the stand-in answers, once at least.
var steps = []step{
	{"GET /repos/acme/shop", "", 200},
	{"GET /repos/acme/shop/branches?per_page=1", "", 200},
	{"GET /repos/acme/shop/branches/main", "", 200},
	{"GET /repos/acme/shop/releases?per_page=100", "", 200},
	{"GET /repos/acme/shop/git/ref/heads/main", "", 200},
	{"GET /repos/acme/shop/git/ref/heads/nowhere", "", 404},
	{"GET /repos/acme/shop/git/matching-refs/heads/", "", 200},
	{"GET /repos/acme/shop/git/trees/MAIN?recursive=1", "", 200},
	{"GET /repos/acme/shop/git/trees/main", "", 200},
	{"GET /repos/acme/shop/git/commits/MAIN", "", 200},
	{"GET /repos/acme/shop/commits?sha=main&per_page=1", "", 200},
	{"GET /repos/acme/shop/commits/main", "", 200},
	{"GET /repos/acme/shop/contents/a.b/x?ref=main", "", 200},
	{"GET /repos/acme/shop/contents/bin", "", 200},
	{"GET /repos/acme/shop/contents/bin/start", "", 200},
	{"GET /repos/acme/shop/contents/", "", 200},
	{"GET /repos/acme/shop/contents/nowhere", "", 404},
	{"GET /repos/acme/shop/tarball/MAIN", "", 302},
	{"POST /repos/acme/shop/git/blobs", `{"content":"RlJPTQ==","encoding":"base64"}`, 201},
	{"POST /repos/acme/shop/git/blobs", `{"encoding":"base64"}`, 422},
	{"GET /repos/acme/shop/git/blobs/BLOB", "", 200},
	{"POST /repos/acme/shop/git/trees", `{"base_tree":"TREE","tree":[{"path":"Dockerfile","mode":"100755","type":"blob","sha":"BLOB"},{"path":"a/x","mode":"100644","type":"blob","sha":null},{"path":"n","mode":"120000","type":"blob","content":"a.b"}]}`, 201},
	{"POST /repos/acme/shop/git/trees", `{"base_tree":"TREE","tree":[{"path":"/etc/passwd","mode":"100644","type":"blob","sha":"BLOB"}]}`, 422},
	{"POST /repos/acme/shop/git/commits", `{"message":"Update","tree":"NEW","parents":["MAIN"],"author":{"name":"Ada","email":"ada@example.com","date":"2026-11-23T10:00:00Z"}}`, 201},
	{"POST /repos/acme/shop/git/refs", `{"ref":"refs/heads/freshpin/one","sha":"NEW"}`, 201},
	{"POST /repos/acme/shop/git/refs", `{"ref":"refs/heads/freshpin/one","sha":"NEW"}`, 422},
	{"POST /repos/acme/shop/git/refs", `{"ref":"refs/heads/freshpin/two","sha":"MAIN"}`, 201},
	{"PATCH /repos/acme/shop/git/refs/heads/freshpin/two", `{"sha":"TREE","force":true}`, 422},
	{"DELETE /repos/acme/shop/git/refs/heads/freshpin/two", "", 204},
	{"DELETE /repos/acme/shop/git/refs/heads/freshpin/two", "", 422},
	{"POST /repos/acme/shop/pulls", `{"title":"Update","head":"freshpin/one","base":"main","body":"Because.","maintainer_can_modify":true}`, 201},
	{"POST /repos/acme/shop/pulls", `{"title":"Update","head":"freshpin/one","base":"main"}`, 422},
	{"GET /repos/acme/shop/pulls?state=all&head=acme:freshpin/one&base=main&sort=created&direction=asc&per_page=100", "", 200},
	{"GET /repos/acme/shop/pulls/1", "", 200},
	{"GET /repos/acme/shop/pulls/1/files", "", 200},
	{"GET /repos/acme/shop/pulls/1/commits", "", 200},
	{"PATCH /repos/acme/shop/pulls/1", `{"title":"Update Dockerfile","body":""}`, 200},
	{"POST /repos/acme/shop/pulls/1/requested_reviewers", `{"reviewers":["grace"],"team_reviewers":["pins"]}`, 201},
	{"POST /repos/acme/shop/pulls/1/requested_reviewers", `{"reviewers":["stranger"]}`, 422},
	{"GET /repos/acme/shop/pulls/1/requested_reviewers", "", 200},
	{"POST /repos/acme/shop/issues/1/assignees", `{"assignees":["grace","stranger"]}`, 201},
	{"GET /repos/acme/shop/pulls/1", "", 200},
	{"GET /repos/acme/shop/compare/main...freshpin/one", "", 200},
	{"GET /repos/acme/shop/commits/freshpin/one/check-runs", "", 200},
	{"GET /repos/acme/shop/commits/freshpin/one/check-suites", "", 200},
	{"POST /repos/acme/shop/issues", `{"title":"Dashboard","body":"- [ ] x","labels":["pins"]}`, 201},
	{"GET /repos/acme/shop/issues/2", "", 200},
	{"GET /repos/acme/shop/issues?state=all&creator=freshpin%5Bbot%5D&labels=pins&since=2026-01-01T00:00:00Z", "", 200},
	{"GET /repos/acme/shop/issues?state=all", "", 200},
	{"POST /repos/acme/shop/issues/1/comments", `{"body":"/freshpin rebase"}`, 201},
	{"POST /repos/acme/shop/issues/1/comments", `{"body":""}`, 422},
	{"GET /repos/acme/shop/issues/1/comments", "", 200},
	{"GET /repos/acme/shop/issues/comments?sort=updated&direction=desc&since=2026-01-01T00:00:00Z", "", 200},
	{"GET /repos/acme/shop/issues/comments/COMMENT", "", 200},
	{"PATCH /repos/acme/shop/issues/comments/COMMENT", `{"body":"/freshpin split"}`, 200},
	{"POST /repos/acme/shop/issues/comments/COMMENT/reactions", `{"content":"+1"}`, 201},
	{"DELETE /repos/acme/shop/issues/comments/COMMENT", "", 204},
	{"POST /repos/acme/shop/issues/1/labels", `{"labels":["pins","docker"]}`, 200},
	{"POST /repos/acme/shop/issues/1/labels", `["new"]`, 200},
	{"GET /repos/acme/shop/issues/1/labels", "", 200},
	{"POST /repos/acme/shop/labels", `{"name":"python","color":"ededed","description":"Pins of Python"}`, 201},
	{"POST /repos/acme/shop/labels", `{"name":"python","color":"ededed"}`, 422},
	{"GET /repos/acme/shop/labels", "", 200},
	{"PATCH /repos/acme/shop/issues/2", `{"state":"closed"}`, 200},
	{"GET /repos/acme/shop/issues/2", "", 200},
	{"GET /repos/acme/shop/collaborators/grace/permission", "", 200},
	{"PUT /repos/acme/shop/pulls/1/merge", `{"merge_method":"squash"}`, 200},
	{"PUT /repos/acme/shop/pulls/1/merge", `{}`, 405},
	{"GET /repos/acme/shop/pulls/1", "", 200},
	{"PATCH /repos/acme/shop/git/refs/heads/freshpin/one", `{"sha":"MAIN","force":true}`, 200},
	{"GET /orgs/acme/repos?per_page=1", "", 200},
	{"GET /users/acme/repos", "", 200},
	{"GET /users/ada", "", 200},
	{"GET /user", "", 200},
	{"GET /user/repos", "", 200},
	{"GET /rate_limit", "", 200},
	{"as APP GET /app", "", 200},
	{"as APP GET /app/installations", "", 200},
	{"as APP GET /repos/acme/shop/installation", "", 200},
	{"as APP GET /orgs/acme/installation", "", 200},
	{"as APP GET /users/ada/installation", "", 200},
	{"as APP POST /app/installations/INSTALLATION/access_tokens", `{}`, 201},
	{"as TOKEN GET /installation/repositories", "", 200},
	{"GET /user/installations", "", 200},
	{"GET /user/installations/INSTALLATION/repositories", "", 200},
}

// TestOperations asks for every operation, and has all of it checked.
func TestOperations(t *testing.T) {
	s := forgetest.New(t.TempDir())
	s.Clock = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	description, err := contract.Load()
	var watched *contract.Recorder
	switch {
	case err == nil:
		watched = description.Watch(s)
	case !errors.Is(err, contract.ErrMissing):
		t.Fatal(err)
	}
	w := walk(t, s)
	for _, p := range steps {
		w.do(p)
	}
	if watched == nil {
		t.Skip(err)
	}
	for _, violation := range watched.Violations() {
		t.Error(violation)
	}
	for _, operation := range watched.Unseen() {
		t.Errorf("nothing asks for %s", operation)
	}
}

// A walker does steps, and remembers what they made.
type walker struct {
	t     *testing.T
	url   string
	names map[string]string
	as    map[string]string // tokens
}

// walk returns a walker in a world with two repositories, an App and three people.
func walk(t *testing.T, s *forgetest.Server) *walker {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	url, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.App(7, "pins", &key.PublicKey)
	s.Token("ghp_ada", "ada", false)
	s.Person("ada")
	if err := errors.Join(
		s.AddRepo("acme/shop", shop, forgetest.Options{AutoMerge: true, Checks: []string{"test"}}), s.AddRepo("acme/tools", shop, forgetest.Options{}),
		s.AddRepo("ada/tools", shop, forgetest.Options{}), s.Grant("acme/shop", "grace", "maintain"), s.Grant("acme/shop", "freshpin[bot]", "write"),
	); err != nil {
		t.Fatal(err)
	}
	now := s.Clock().Unix()
	return &walker{
		t: t, url: url, names: map[string]string{"MAIN": s.Heads("acme/shop")["main"]},
		as: map[string]string{"": "ghp_bot", "ADA": "ghp_ada", "APP": jwt(t, key, fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":"7"}`, now-60, now+500))},
	}
}

// do does one step.
func (w *walker) do(p step) {
	w.t.Helper()
	request, as := p.request, ""
	if rest, ok := strings.CutPrefix(request, "as "); ok {
		as, request, _ = strings.Cut(rest, " ")
	}
	method, path, _ := strings.Cut(request, " ")
	pairs := []string{}
	for name, value := range w.names {
		pairs = append(pairs, name, value)
	}
	fill := strings.NewReplacer(pairs...)
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+fill.Replace(path), strings.NewReader(fill.Replace(p.body)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.as[as])
	req.Header.Set("Accept", "application/vnd.github+json")
	if p.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		w.t.Fatalf("%s: %v", p.request, err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != p.status {
		w.t.Fatalf("%s: %d %s (%v), want %d", p.request, response.StatusCode, data, err, p.status)
	}
	if p.status < 300 {
		w.remember(request, data)
	}
}

// remember gives names to what an answer tells.
func (w *walker) remember(request string, data []byte) {
	var answer struct {
		ID         int64
		SHA, Token string
		Tree       json.RawMessage
	}
	var tree struct{ SHA string }
	if json.Unmarshal(data, &answer) != nil {
		return // a list
	}
	_ = json.Unmarshal(answer.Tree, &tree)
	switch method, _, _ := strings.Cut(request, "?"); {
	case strings.HasSuffix(method, "/git/commits/MAIN"):
		w.names["TREE"] = tree.SHA
	case strings.HasSuffix(method, "/git/blobs"):
		w.names["BLOB"] = answer.SHA
	case strings.HasPrefix(method, "POST ") && answer.SHA != "":
		w.names["NEW"] = answer.SHA
	case strings.HasSuffix(method, "/issues/1/comments"):
		w.names["COMMENT"] = strconv.FormatInt(answer.ID, 10)
	case strings.HasSuffix(method, "/installation"):
		w.names["INSTALLATION"] = strconv.FormatInt(answer.ID, 10)
	case answer.Token != "":
		w.as["TOKEN"] = answer.Token
	}
}
