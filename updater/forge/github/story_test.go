package github

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// These tests run against the stand-in, which keeps real repositories.

// hub is a stand-in with the repository acme/shop.
func hub(t testing.TB) (*forgetest.Server, string) {
	t.Helper()
	s := forgetest.New(t.TempDir())
	contract.Hold(t, s)
	address, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	err = s.AddRepo("acme/shop", map[string]forgetest.File{
		"Dockerfile":      {Data: []byte("FROM python:3.6.1\n")},
		"run.sh":          {Data: []byte("#!/bin/sh\n"), Mode: gittree.Executable},
		"link":            {Data: []byte("deep/go.mod"), Mode: gittree.Link},
		"deep/go.mod":     {Data: []byte("module m\n")},
		"deep/er/x.go":    {Data: []byte("package x\n")},
		"empty":           {Data: []byte{}},
		"binary":          {Data: []byte{0, 1, 2, 0xff}},
		"ümläut/a b#c?.d": {Data: []byte("odd name\n")},
	}, forgetest.Options{AutoMerge: true})
	if err != nil {
		t.Fatal(err)
	}
	return s, address
}

// proposal is a change of acme/shop as it now is.
func proposal(t testing.TB, f *Forge) forge.Change {
	t.Helper()
	c, err := f.Open(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	return forge.Change{
		Branch: "freshpin/docker", Base: c.Branch, Parent: c.Commit, Tree: c.Tree, Entries: c.Files,
		Files: []ecosystems.FileChange{
			{Path: "Dockerfile", Data: []byte("FROM python:3.6.15\n")}, {Path: "run.sh", Data: []byte("#!/bin/bash\n")}, {Path: "link", Data: []byte("Dockerfile")},
			{Path: "deep/er/x.go", Delete: true}, {Path: "new/binary", Data: []byte{0xff, 0xfe}},
		},
		Message: "Update python to 3.6.15\n\nIt is newer.", Title: "Update python", Fingerprint: "f00",
		Body:   func(head string) string { return "Built on " + head },
		Labels: []string{"dependencies"},
	}
}

func TestStory(t *testing.T) {
	_, address := hub(t)
	cache := t.TempDir()
	f, _, _ := testForge(t, address, func(o *Options) { o.Cache = cache })
	c, err := f.Open(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(c.FS, "Dockerfile", "deep/er/x.go", "run.sh", "link", "empty", "binary", "ümläut/a b#c?.d"); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	if err := c.Unpack(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	disk := forgetest.OnDisk(dir)
	if len(disk) != 8 || disk["run.sh"] != "755 #!/bin/sh\n" || disk["link"] != "-> deep/go.mod" || disk["ümläut/a b#c?.d"] != "644 odd name\n" {
		t.Errorf("unpacked %q", disk)
	}
	change := proposal(t, f)
	reads, writes := f.Requests("acme/shop")
	first, err := f.Publish(t.Context(), "acme/shop", change)
	if err != nil {
		t.Fatal(err)
	}
	if r, w := f.Requests("acme/shop"); w-writes != 6 || r-reads != 0 { // six: one file is no text
		t.Errorf("a pull request takes %d reads and %d writes, want 0 and 6", r-reads, w-writes)
	}
	if err := f.Remember(t.Context(), "acme/shop", []byte(`{"schema":1}`), ""); err != nil {
		t.Fatal(err)
	}
	board, err := f.Put(t.Context(), "acme/shop", forge.Issue{Open: true, Title: "Dashboard", Body: "list"}, "board")
	if err != nil {
		t.Fatal(err)
	}
	unchanged(t, address, cache, first, board)
	update(t, f, change, first)
}

// unchanged runs what a run does that finds nothing to do: six reads.
func unchanged(t *testing.T, address, cache string, pr forge.PullRequest, board forge.Issue) {
	t.Helper()
	f, _, _ := testForge(t, address, func(o *Options) { o.Cache = cache })
	c, err := f.Open(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Fetch(t.Context(), []string{"Dockerfile", "deep/go.mod"}); err != nil {
		t.Error(err)
	}
	data, version, err := f.Recall(t.Context(), "acme/shop")
	if err != nil || string(data) != `{"schema":1}` || version == "" {
		t.Errorf("Recall = %s, %s, %v", data, version, err)
	}
	list, err := f.PullRequests(t.Context(), "acme/shop", []int{pr.Number})
	if err != nil || len(list) != 1 || list[0].Head != pr.Head || list[0].Body != "Built on "+pr.Head || list[0].State != forge.Open || len(list[0].Labels) != 1 {
		t.Errorf("PullRequests = %+v, %v", list, err)
	}
	if comments, err := f.Comments(t.Context(), "acme/shop", time.Now().Add(-time.Hour)); err != nil || len(comments) != 0 {
		t.Errorf("Comments = %v, %v", comments, err)
	}
	if i, err := f.Issue(t.Context(), "acme/shop", board.Number, "board"); err != nil || i.Title != "Dashboard" || !hasMark(i.Body, "board") {
		t.Errorf("Issue = %+v, %v", i, err)
	}
	if reads, writes := f.Requests("acme/shop"); reads != 6 || writes != 0 {
		t.Errorf("%d reads and %d writes for an unchanged repository, want 6 and 0", reads, writes)
	}
}

// update brings the pull request to new content, and closes it.
func update(t *testing.T, f *Forge, c forge.Change, first forge.PullRequest) {
	t.Helper()
	c.Number, c.Was, c.Fingerprint, c.Title = first.Number, first.Head, "f01", "Update python again"
	c.Files = c.Files[:1]
	second, err := f.Publish(t.Context(), "acme/shop", c)
	if err != nil || second.Number != first.Number || second.Head == first.Head || second.Title != c.Title {
		t.Fatalf("Publish = %+v, %v", second, err)
	}
	if err := f.Close(t.Context(), "acme/shop", second, "Nothing is left to do."); err != nil {
		t.Fatal(err)
	}
	closed, err := f.PullRequests(t.Context(), "acme/shop", []int{first.Number})
	if err != nil || len(closed) != 1 || closed[0].State != forge.Closed || !strings.Contains(closed[0].Body, forge.ClosedMark) {
		t.Errorf("PullRequests = %+v, %v", closed, err)
	}
	if at, err := f.ref(withCall(t.Context(), ""), "acme/shop", "heads/"+c.Branch); at != "" || err != nil {
		t.Errorf("the branch stands on %q, %v", at, err)
	}
	if err := f.Close(t.Context(), "acme/shop", closed[0], "Nothing is left to do."); err != nil {
		t.Errorf("closed again: %v", err)
	}
	comments, err := f.Comments(t.Context(), "acme/shop", time.Time{})
	if err != nil || len(comments) != 1 || comments[0].Number != first.Number {
		t.Errorf("Comments = %v, %v", comments, err)
	}
}

// TestKilled ends the process at each boundary of a publish, before and after
// each write, and runs it again: exactly one branch, one commit, one pull
// request with its label.
func TestKilled(t *testing.T) {
	for n := 1; n <= 6; n++ {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("write %d, before %v", n, before), func(t *testing.T) {
				s, address := hub(t)
				f, _, _ := testForge(t, address, nil)
				change := proposal(t, f)
				var dead atomic.Bool
				s.OnWrite(func(k int, _ *http.Request, b bool) {
					if dead.Load() || k == n && b == before {
						dead.Store(true)
						panic(http.ErrAbortHandler)
					}
				})
				f, _, _ = testForge(t, address, nil)
				f.wire.whole = &mortal{base: f.wire.whole, dead: &dead}
				if _, err := f.Publish(t.Context(), "acme/shop", change); err == nil {
					t.Fatal("the process was not killed")
				}
				s.OnWrite(nil)
				f, _, _ = testForge(t, address, nil)
				change = proposal(t, f)
				pr, err := f.Publish(t.Context(), "acme/shop", change)
				if err != nil {
					t.Fatal(err)
				}
				onlyOne(t, f, change, pr)
			})
		}
	}
}

// A mortal process sends nothing once it is dead.
type mortal struct {
	base http.RoundTripper
	dead *atomic.Bool
}

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.dead.Load() {
		return nil, errors.New("killed")
	}
	return m.base.RoundTrip(r)
}

func onlyOne(t *testing.T, f *Forge, c forge.Change, pr forge.PullRequest) {
	t.Helper()
	list, err := f.PullRequests(t.Context(), "acme/shop", nil)
	if err != nil || len(list) != 1 || list[0].Number != pr.Number || list[0].Head != pr.Head || list[0].Body != "Built on "+pr.Head || strings.Join(list[0].Labels, ",") != "dependencies" {
		t.Errorf("PullRequests = %+v, %v, want only %+v", list, err, pr)
	}
	var refs []*api.Reference
	if err := f.do(withCall(t.Context(), ""), "GET", "repos/acme/shop/git/matching-refs/heads/freshpin/", nil, &refs); err != nil || len(refs) != 1 {
		t.Errorf("%d branches, %v", len(refs), err)
	}
	var head api.Commit
	if err := f.do(withCall(t.Context(), ""), "GET", "repos/acme/shop/git/commits/"+pr.Head, nil, &head); err != nil || len(head.Parents) != 1 || head.Parents[0].GetSHA() != c.Parent {
		t.Errorf("the branch stands on %v, %v", head, err)
	}
}

// TestLostAnswers lets each write of a publish take place and loses its answer.
func TestLostAnswers(t *testing.T) {
	for _, path := range []string{"/git/blobs", "/git/trees", "/git/commits", "/git/refs", "/pulls", "/labels"} {
		for _, fault := range []forgetest.Fault{{Lost: true, Times: 1}, {Status: 502, Times: 2}, {Status: 0, Times: 1}, {Status: 429, RetryAfter: "3", Times: 1}, {Status: 403, RetryAfter: "3", Times: 2}} {
			s, address := hub(t)
			f, _, _ := testForge(t, address, nil)
			change := proposal(t, f)
			fault.Method, fault.Path = http.MethodPost, path
			s.Fault(fault)
			pr, err := f.Publish(t.Context(), "acme/shop", change)
			if err != nil {
				t.Errorf("%+v: %v", fault, err)
				continue
			}
			onlyOne(t, f, change, pr)
		}
	}
}

func TestStoryOfMemory(t *testing.T) {
	s, address := hub(t)
	f, _, _ := testForge(t, address, nil)
	if data, version, err := f.Recall(t.Context(), "acme/shop"); data != nil || version != "" || err != nil {
		t.Errorf("Recall = %q, %q, %v", data, version, err)
	}
	version := ""
	for n := range 4 {
		s.Fault(forgetest.Fault{Method: http.MethodPatch, Path: "/git/refs/", Lost: true, Times: 1})
		s.Fault(forgetest.Fault{Method: http.MethodPost, Path: "/git/refs", Lost: true, Times: 1})
		want := fmt.Sprintf("{\"n\": %d}\n", n)
		if err := f.Remember(t.Context(), "acme/shop", []byte(want), version); err != nil {
			t.Fatal(err)
		}
		if err := f.Remember(t.Context(), "acme/shop", []byte(want), version); err != nil {
			t.Errorf("the same again: %v", err)
		}
		if err := f.Remember(t.Context(), "acme/shop", []byte("late"), version); !errors.Is(err, forge.ErrConflict) {
			t.Errorf("too late: %v", err)
		}
		data, now, err := f.Recall(t.Context(), "acme/shop")
		if err != nil || string(data) != want || now == version {
			t.Fatalf("Recall = %q, %q, %v", data, now, err)
		}
		version = now
	}
}

func TestStoryOfTruncatedTree(t *testing.T) {
	s, address := hub(t)
	s.Cut(4)
	f, _, _ := testForge(t, address, nil)
	c, err := f.Open(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	if data, err := fs.ReadFile(c.FS, "deep/er/x.go"); err != nil || string(data) != "package x\n" || len(c.Files) != 8 {
		t.Errorf("%d files, %q, %v", len(c.Files), data, err)
	}
}

func TestStoryOfRefusals(t *testing.T) {
	s, address := hub(t)
	for name, o := range map[string]forgetest.Options{"archived": {Archived: true}, "disabled": {Disabled: true}, "fork": {Fork: true}, "readonly": {ReadOnly: true}} {
		if err := s.AddRepo("acme/"+name, map[string]forgetest.File{"Dockerfile": {Data: []byte("FROM a\n")}}, o); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddRepo("acme/empty", nil, forgetest.Options{}); err != nil {
		t.Fatal(err)
	}
	f, _, _ := testForge(t, address, nil)
	for _, code := range []string{"archived", "disabled", "fork", "empty", "not-found"} {
		var refused *forge.Denied
		if _, err := f.Open(t.Context(), "acme/"+code); !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("Open(acme/%s) = %v", code, err)
		}
	}
	c, err := f.Open(t.Context(), "acme/readonly")
	if err != nil || c.CanWrite {
		t.Fatalf("CanWrite = %v, %v", c, err)
	}
	var refused *forge.Denied
	_, err = f.Publish(t.Context(), "acme/readonly", forge.Change{
		Branch: "freshpin/x", Base: c.Branch, Parent: c.Commit, Tree: c.Tree, Message: "x", Body: func(string) string { return "" },
		Files: []ecosystems.FileChange{{Path: "Dockerfile", Data: []byte("FROM b\n")}},
	})
	if !errors.As(err, &refused) || refused.Code != "no-permission" {
		t.Errorf("Publish = %v", err)
	}
}

func TestStoryOfApp(t *testing.T) {
	s, address := hub(t)
	key, pem := newKey(t)
	s.App(4711, "freshpin", &key.PublicKey)
	f, _, _ := testForge(t, address+"/api/v3/", func(o *Options) { o.Token, o.App, o.HTTP.Now = "", &App{ID: 4711, Key: pem}, time.Now })
	change := proposal(t, f)
	change.Automerge, change.Reviewers = true, []string{"ann"}
	pr, err := f.Publish(t.Context(), "acme/shop", change)
	if err != nil || pr.Unchecked { // checks start for pull requests of an App
		t.Fatalf("Publish = %+v, %v", pr, err)
	}
	if got, err := f.Repositories(t.Context(), "acme"); err != nil || len(got) != 1 || got[0] != "acme/shop" {
		t.Errorf("Repositories = %v, %v", got, err)
	}
	if login, err := f.whoami(withCall(t.Context(), "acme/shop")); err != nil || login != "freshpin[bot]" {
		t.Errorf("whoami = %q, %v", login, err)
	}
	if _, err := f.Put(t.Context(), "acme/shop", forge.Issue{Open: true, Title: "Dashboard", Body: "list"}, "board"); err != nil {
		t.Error(err)
	}
	if i, err := f.Issue(t.Context(), "acme/shop", 0, "board"); err != nil || !i.Open {
		t.Errorf("Issue = %+v, %v", i, err)
	}
	if ok, err := f.MayWrite(t.Context(), "acme/shop", "acme"); !ok || err != nil {
		t.Errorf("MayWrite(acme) = %v, %v", ok, err)
	}
	if ok, err := f.MayWrite(t.Context(), "acme/shop", "eve"); ok || err != nil {
		t.Errorf("MayWrite(eve) = %v, %v", ok, err)
	}
	if subjects, err := f.Subjects(t.Context(), "acme/shop"); err != nil || len(subjects) != 1 {
		t.Errorf("Subjects = %v, %v", subjects, err)
	}
}
