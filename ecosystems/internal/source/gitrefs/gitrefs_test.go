package gitrefs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/gitserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

func source(t *testing.T, change ...func(*Options)) *Source {
	t.Helper()
	client := fetch.New(fetch.Options{Retries: -1, Backoff: time.Nanosecond, Timeout: 5 * time.Second})
	t.Cleanup(client.Close)
	o := Options{HTTP: client}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// show writes tags and branches as "name=commit", with "(object)" where a tag has one of its own.
func show(r *Refs) string {
	if r == nil {
		return "nothing"
	}
	var out []string
	for _, list := range [][]Ref{r.Tags, r.Heads} {
		for _, ref := range list {
			s := ref.Name + "=" + ref.Commit[:4]
			if ref.Object != ref.Commit {
				s += "(" + ref.Object[:4] + ")"
			}
			out = append(out, s)
		}
		out = append(out, "|")
	}
	return strings.Join(append(out, r.Head), " ")
}

const (
	a = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	b = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	c = "cccccccccccccccccccccccccccccccccccccccc"
)

// lines makes packets; "0000" and other special packets stand for themselves.
func lines(texts ...string) string {
	var out []byte
	for _, text := range texts {
		if len(text) == 4 {
			out = append(out, text...)
			continue
		}
		out = appendPacket(out, text)
	}
	return string(out)
}

// TestParseListing: answers to ls-refs, the broken ones first.
func TestParseListing(t *testing.T) {
	for _, c := range []struct{ name, body, want, err string }{
		{"nothing", "", "", "ends early"},
		{"a page", "<html>", "", `begins with "<htm"`},
		{"a length that is no number", "00zz", "", `begins with "00zz"`},
		{"a length with a sign", "+00a" + "abcdef", "", "begins with"},
		{"a length that cannot be", "0003", "", "3 bytes"},
		{"a length beyond the limit", "fff1", "", "65521 bytes"},
		{"cut inside of the length", "00", "", "ends early"},
		{"cut behind the length", "0032", "", "ends early"},
		{"cut inside of a packet", "0032" + a, "", "ends early"},
		{"no flush packet", lines(a + " refs/tags/v1\n"), "", "ends early"},
		{"an error", lines("ERR access denied or repository not exported: /x\x1b[2J\n"), "", "says: access denied or repository not exported: /x [2J"},
		{"an error behind some references", lines(a+" refs/tags/v1\n", "ERR upload-pack: died"), "", "says: upload-pack: died"},
		{"no object", lines("x refs/tags/v1\n", "0000"), "", "not the name of an object"},
		{"a short object", lines(a[:39]+" refs/tags/v1\n", "0000"), "", "not the name of an object"},
		{"a wrong peeled object", lines(a+" refs/tags/v1 peeled:x\n", "0000"), "", "not the name of an object"},
		{"one word", lines(a+"\n", "0000"), "", "not a reference"},
		{"an empty packet", "00040000", "", "not a reference"},
		{"an empty repository", "0000", "| | ", ""},
		{"a repository without a commit", lines("unborn HEAD symref-target:refs/heads/main\n", "0000"), "| | main", ""},
		{"what stands behind the flush packet", lines(a+" refs/tags/v1\n", "0000", "x"), "v1=aaaa | | ", ""},
		{"all of it, with and without newlines", lines(a+" HEAD symref-target:refs/heads/main\n", a+" refs/heads/main", b+" refs/tags/v1.0 peeled:"+c+"\n", c+" refs/tags/nested/v1\n", a+" refs/pull/1/head\n", "0000"),
			"nested/v1=cccc v1.0=cccc(bbbb) | main=aaaa | main", ""},
		{"an attribute of the future", lines(a+" refs/tags/v1 size:7\n", "0000"), "v1=aaaa | | ", ""},
		{"sorted by name, in the end", lines(a+" refs/tags/v2\n", a+" refs/tags/v1\n", "0000"), "v1=aaaa v2=aaaa | | ", ""},
		{"names that git would refuse", lines(a+" refs/tags/\n", a+" refs/tags/a\x1b[31m\n", a+" refs/tags/a..b\n", a+" refs/tags/\xff\n", a+" refs/tags/a~1\n", a+" refs/tags/a@{1\n", a+" refs/tags/"+strings.Repeat("x", 1100)+"\n", "0000"), "| | ", ""},
		{"SHA-256", lines(a+a[:24]+" refs/tags/v1\n", "0000"), "v1=aaaa | | ", ""},
	} {
		got, err := parseListing(strings.NewReader(c.body))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || show(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, show(got), err, c.want)
		}
	}
}

// endless goes on and on.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	line := lines(fmt.Sprintf("%040x refs/tags/v%d\n", e.n, e.n))
	e.n++
	return copy(p, line), nil
}

// whole reads as much as is asked for, from a reader that returns less.
type whole struct {
	r    *endless
	left []byte
}

func (w *whole) Read(p []byte) (int, error) {
	if len(w.left) == 0 {
		buf := make([]byte, 256)
		n, _ := w.r.Read(buf)
		w.left = buf[:n]
	}
	n := copy(p, w.left)
	w.left = w.left[n:]
	return n, nil
}

// TestEndless: a list without an end is given up.
func TestEndless(t *testing.T) {
	if _, err := parseListing(&whole{r: &endless{}}); err == nil || !strings.Contains(err.Error(), "more than 400000 references") {
		t.Error(err)
	}
}

// TestParseAdvertisement: what servers of all versions say first.
func TestParseAdvertisement(t *testing.T) {
	head := []string{"# service=git-upload-pack\n", "0000"}
	for _, c := range []struct{ name, body, want, err string }{
		{"version 0", lines(append(head, a+" HEAD\x00multi_ack symref=HEAD:refs/heads/main agent=git/1.8\n", a+" refs/heads/main\n", b+" refs/tags/v1\n", c+" refs/tags/v1^{}\n", "0000")...), "v1=cccc(bbbb) | main=aaaa | main", ""},
		{"version 1", lines(append(head, "version 1\n", a+" refs/tags/v1\x00agent=x\n", "shallow "+a+"\n", "0000")...), "v1=aaaa | | ", ""},
		{"without a service line", lines(a+" refs/tags/v1\x00agent=x\n", "0000"), "v1=aaaa | | ", ""},
		{"an empty repository", lines(append(head, strings.Repeat("0", 40)+" capabilities^{}\x00agent=x\n", "0000")...), "| | ", ""},
		{"what a tag leads to that is not there", lines(append(head, a+" refs/tags/v1^{}\x00x\n", "0000")...), "| | ", ""},
		{"version 2", lines(append(head, "version 2\n", "ls-refs\n", "0000")...), "", "version 2"},
		{"version 2, cut off", lines(append(head, "version 2\n", "ls-refs\n")...), "", "EOF"},
		{"an error", lines(append(head, "ERR no\n")...), "", "says: no"},
		{"cut off", lines(append(head, a+" refs/tags/v1\x00x\n")...), "", "ends early"},
	} {
		got, _, err := parseAdvertisement(strings.NewReader(c.body))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || show(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, show(got), err, c.want)
		}
	}
}

// FuzzPackets: whatever a server sends is read or refused, and what is read has
// names that git could give.
func FuzzPackets(f *testing.F) {
	f.Add([]byte(lines(a+" refs/tags/v1 peeled:"+b+"\n", "0000")))
	f.Add([]byte(lines("# service=git-upload-pack\n", "0000", a+" refs/tags/v1\x00x\n", b+" refs/tags/v1^{}\n", "0000")))
	f.Add([]byte(lines("packfile\n", "\x01PACK\x00\x00\x00\x02\x00\x00\x00\x00", "0000")))
	f.Fuzz(func(t *testing.T, data []byte) {
		listed, err := parseListing(strings.NewReader(string(data)))
		advertised, _, aerr := parseAdvertisement(strings.NewReader(string(data)))
		for _, r := range []*Refs{listed, advertised} {
			if r == nil {
				continue
			}
			for _, ref := range append(r.Tags, r.Heads...) {
				if !IsObject(ref.Commit) || !IsObject(ref.Object) || !proper(ref.Name) {
					t.Errorf("%q: %+v", data, ref)
				}
			}
		}
		if listed == nil && err == nil || advertised == nil && aerr == nil {
			t.Errorf("%q: neither references nor an error", data)
		}
		_, _ = countObjects(strings.NewReader(string(data))) // it must not panic
	})
}

func TestCountObjects(t *testing.T) {
	pack := "\x01PACK\x00\x00\x00\x02\x00\x00\x00"
	for _, c := range []struct {
		name, body string
		want       uint32
		err        string
	}{
		{"none", lines("packfile\n", pack+"\x00", "0000"), 0, ""},
		{"some, behind other sections and progress", lines("acknowledgments\n", "ACK "+a+"\n", "0001", "shallow-info\n", "shallow "+a+"\n", "0001", "packfile\n", "\x02counting\n", pack+"\x07", "0000"), 7, ""},
		{"in pieces", lines("packfile\n", "\x01PACK", "\x01\x00\x00\x00\x02\x00\x00", "\x01\x00\x05xxxx", "0000"), 5, ""},
		{"an error in its band", lines("packfile\n", "\x03fatal: no\n", "0000"), 0, "says: fatal: no"},
		{"an unknown band", lines("packfile\n", "\x09xxxx", "0000"), 0, "no band 9"},
		{"no band", lines("packfile\n") + "0004" + "0000", 0, "in no band"},
		{"no pack", lines("packfile\n", "\x01PUCKxxxxxxxxxx", "0000"), 0, "not a pack"},
		{"a pack that ends", lines("packfile\n", "\x01PACK", "0000"), 0, "unexpected EOF"},
		{"no section", lines("acknowledgments\n", "0000"), 0, "ends early"},
		{"nothing", "", 0, "ends early"},
		{"without an end", strings.Repeat("0005x", 10_001), 0, "no pack in it"},
	} {
		got, err := countObjects(strings.NewReader(c.body))
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %d, %v; want %d, %q", c.name, got, err, c.want, c.err)
		}
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"https://github.com/acme/tool":             "https://github.com/acme/tool.git",
		"https://github.com/acme/tool.git/":        "https://github.com/acme/tool.git",
		"https://github.com/acme/tool/tree/main/x": "https://github.com/acme/tool.git",
		"github.com/acme/tool":                     "https://github.com/acme/tool.git",
		"git@github.com:acme/tool.git":             "https://github.com/acme/tool.git",
		"ssh://git@github.com/acme/tool":           "https://github.com/acme/tool.git",
		"https://u:p@gitlab.com/g/s/tool?x=y":      "https://gitlab.com/g/s/tool.git",
		"https://git.example.com:8443/r/tool":      "https://git.example.com:8443/r/tool",
		"https://dev.azure.com/o/p/_git/r":         "https://dev.azure.com/o/p/_git/r",
		"http://127.0.0.1:3000/acme/tool":          "http://127.0.0.1:3000/acme/tool",
		"http://git.example.com/acme/tool/":        "http://git.example.com/acme/tool",
		"file:///etc":                              "", "local": "", "": "", "https://": "", "https://example.com": "", "../x": "",
	} {
		if got, ok := Address(text); got != want || ok != (want != "") {
			t.Errorf("Address(%q) = %q, %v; want %q", text, got, ok, want)
		}
	}
}

// TestRequests: one POST a repository and run; the cache answers later.
func TestRequests(t *testing.T) {
	var s gitserver.Server
	s.Tag("acme/tool", "v1.0.0", a)
	s.Annotated("acme/tool", "v1.1.0", b)
	s.Branch("acme/tool", "main", b)
	url := serve(t, &s) + "/acme/tool"
	src := source(t)
	for range 3 {
		refs, err := src.Refs(t.Context(), url)
		object := gitserver.Object("tag acme/tool v1.1.0 " + b)
		if want := "v1.0.0=aaaa v1.1.0=bbbb(" + object[:4] + ") | main=bbbb | main"; err != nil || show(refs) != want {
			t.Fatalf("%s, %v; want %s", show(refs), err, want)
		}
		if tag, ok := refs.TagObject(object); !ok || tag.Name != "v1.1.0" {
			t.Errorf("the tag of object %s: %+v", object, tag)
		}
		if _, ok := refs.TagObject(a); ok {
			t.Error("a commit was taken for a tag object")
		}
		if got := refs.TagsAt(strings.ToUpper(b)); len(got) != 1 || got[0].Name != "v1.1.0" {
			t.Errorf("tags at b: %v", got)
		}
	}
	if got := fmt.Sprint(s.Requests()); got != "map[refs:1]" {
		t.Error(got)
	}
}

// TestReachOfMemory: a commit that is held, one of a fork, one that is not there.
func TestReachOfMemory(t *testing.T) {
	var s gitserver.Server
	s.Tag("acme/tool", "v1.0.0", a)
	s.Held("acme/tool", b)
	s.Foreign("acme/tool", c)
	src := source(t)
	refs, err := src.Refs(t.Context(), serve(t, &s)+"/acme/tool")
	if err != nil {
		t.Fatal(err)
	}
	for commit, want := range map[string]Reach{a: Reached, b: Reached, c: Unreached, gitserver.Object("x"): NoCommit} {
		if got, err := src.Reach(t.Context(), refs, commit); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", commit, got, err, want)
		}
	}
	if got := s.Requests()["fetch"]; got != 3 { // the tip needs no question
		t.Errorf("%d questions", got)
	}
	if _, err := src.Reach(t.Context(), refs, "main"); err == nil {
		t.Error("a branch was taken for a commit")
	}
}

// TestMoved: a repository that has another name now, which a POST does not find.
func TestMoved(t *testing.T) {
	var s gitserver.Server
	s.Tag("new/tool", "v1", a)
	s.Move("old/tool", "new/tool")
	url := serve(t, &s)
	refs, err := source(t).Refs(t.Context(), url+"/old/tool")
	if err != nil || show(refs) != "v1=aaaa | | " || refs.URL != url+"/new/tool" {
		t.Errorf("%s at %+v, %v", show(refs), refs, err)
	}
}

// TestPrivate: a login is sent only where it is wanted, to the host that it is for.
func TestPrivate(t *testing.T) {
	var s gitserver.Server
	s.Tag("acme/open", "v1", a)
	s.Tag("acme/secret", "v1", a)
	s.Foreign("acme/secret", c)
	s.Private("acme/secret", "s3cret")
	server := serve(t, &s)
	asked := 0
	with := func(token string, lost error) *Source {
		return source(t, func(o *Options) {
			o.Login = func(_ context.Context, at *url.URL) (string, string, bool, error) {
				asked++
				return "x-access-token", token, token != "", lost
			}
		})
	}
	for _, c := range []struct{ repo, token, code string }{
		{"acme/open", "s3cret", ""}, {"acme/secret", "s3cret", ""}, {"acme/secret", "wrong", fetch.Unauthorized}, {"acme/secret", "", fetch.Unauthorized}, {"acme/none", "s3cret", fetch.NotFound},
	} {
		_, err := with(c.token, nil).Refs(t.Context(), server+"/"+c.repo)
		if c.code == "" && err != nil || c.code != "" && fetch.Code(err) != c.code {
			t.Errorf("%s with %q: %v, want %s", c.repo, c.token, err, c.code)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("a secret in %v", err)
		}
	}
	if asked != 3 {
		t.Errorf("a login was asked for %d times, want 3", asked)
	}
	_, err := with("", errors.New("the App is suspended")).Refs(t.Context(), server+"/acme/secret")
	if fetch.Code(err) != fetch.Unauthorized || !strings.Contains(err.Error(), "the App is suspended") || !strings.Contains(err.Error(), "private or not there") {
		t.Errorf("a login that fails: %v", err)
	}
	src := with("s3cret", nil)
	refs, err := src.Refs(t.Context(), server+"/acme/secret")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := src.Reach(t.Context(), refs, c); err != nil || got != Unreached {
		t.Errorf("reach in a private repository: %v, %v", got, err)
	}
}

// TestServers: servers that are slow, dumb or something else.
func TestServers(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve http.HandlerFunc
		code  string
		words string
	}{
		{"a dumb server", func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				http.Error(w, "no", http.StatusMethodNotAllowed)
				return
			}
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, "%s\trefs/tags/v1\n", a)
		}, fetch.BadAnswer, "only git's dumb protocol"},
		{"a page that asks to log in", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>Log in</html>")
		}, fetch.BadAnswer, `its type is "text/html"`},
		{"an answer of the right type that is none", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", map[string]string{"POST": resultType, "GET": advertiseType}[r.Method])
			fmt.Fprint(w, "hello")
		}, fetch.BadAnswer, "not a packet of git"},
		{"not there, in its own words", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", map[string]string{"POST": resultType, "GET": advertiseType}[r.Method])
			fmt.Fprint(w, lines("ERR Repository not found."))
		}, fetch.NotFound, "Repository not found"},
		{"not there", http.NotFound, fetch.NotFound, "404"},
		{"broken", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }, fetch.Unreachable, "500"},
		{"busy", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(429) }, fetch.RateLimited, "429"},
	} {
		_, err := source(t).Refs(t.Context(), serve(t, c.serve)+"/acme/tool")
		if fetch.Code(err) != c.code || !strings.Contains(fmt.Sprint(err), c.words) {
			t.Errorf("%s: %v (%s), want %s and %q", c.name, err, fetch.Code(err), c.code, c.words)
		}
	}
}

// TestSlow: a server that does not go on is given up.
func TestSlow(t *testing.T) {
	stop := make(chan struct{})
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", resultType)
		fmt.Fprint(w, lines(a+" refs/tags/v1\n"))
		w.(http.Flusher).Flush()
		<-stop
	}))
	t.Cleanup(func() { close(stop) }) // before the server ends, which waits for it
	client := fetch.New(fetch.Options{Retries: -1, Timeout: 50 * time.Millisecond})
	t.Cleanup(client.Close)
	_, err := New(Options{HTTP: client}).Refs(t.Context(), server+"/acme/tool")
	if fetch.Code(err) != fetch.Unreachable {
		t.Errorf("%v (%s)", err, fetch.Code(err))
	}
}

// TestMirror: another server answers for a host, with its path before that of the repository.
func TestMirror(t *testing.T) {
	var s gitserver.Server
	s.Tag("acme/tool", "v1", a)
	server := serve(t, http.StripPrefix("/git", &s))
	src := source(t, func(o *Options) { o.Mirrors = map[string]string{"github.com": server + "/git"} })
	refs, err := src.Refs(t.Context(), "https://github.com/acme/tool.git")
	if err != nil || show(refs) != "v1=aaaa | | " {
		t.Errorf("%s, %v", show(refs), err)
	}
	if _, err := src.Refs(t.Context(), "https://github.com/acme/none.git"); err == nil || !strings.Contains(err.Error(), "list tags of https://github.com/acme/none.git") {
		t.Error(err)
	}
}
