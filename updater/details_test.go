package updater_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ocipush"
	standin "github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/endoflife"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/provenance/signature"
)

func deb(name, v string) string { return "pkg:deb/debian/" + name + "@" + v + "?distro=debian-12" }

// noted returns the text of a note, "" where there is none.
func noted(i plan.Item, code string) string {
	for _, n := range i.Notes {
		if n.Code == code {
			return n.Text
		}
	}
	return ""
}

// TestRebuilds holds which rebuilt digests are proposed (rebuilds: any, packages, security).
func TestRebuilds(t *testing.T) {
	dir := t.TempDir()
	record := `{"id":"DEBIAN-CVE-2024-1","affected":[{"package":{"ecosystem":"Debian:12","name":"openssl"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"3.0.13-1"}]}]}]}`
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	known, err := advisory.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	old := []string{deb("openssl", "3.0.11-1"), deb("wget", "1")}
	for _, c := range []struct {
		name, rebuilds string
		old, new       []string
		advisories     advisory.Source
		want           plan.Status
		text           string // of the reason, or of the note
	}{
		{"any", "any", old, old, known, plan.Update, ""},
		{"the same packages", "packages", old, old, known, plan.Held, "the rebuilt 1.1 changes no package"},
		{"another package", "packages", old, []string{deb("openssl", "3.0.11-1"), deb("wget", "2")}, known, plan.Update, ""},
		{"unknown packages", "packages", nil, nil, known, plan.Update, "is not known, so it is proposed: neither image has a list of its packages"},
		{"security: nothing of it", "security", old, []string{deb("openssl", "3.0.11-1"), deb("wget", "2")}, known, plan.Held, "the rebuilt 1.1 fixes no known vulnerability: 1 package changed"},
		{"security: fixed", "security", old, []string{deb("openssl", "3.0.13-1"), deb("wget", "1")}, known, plan.Update, ""},
		{"security: the same packages", "security", old, old, known, plan.Held, "changes no package"},
		{"security: not requested", "security", old, []string{deb("wget", "2")}, nil, plan.Update, ""},
		{"security: unknown packages", "security", nil, nil, known, plan.Update, "is not known, so it is proposed"},
	} {
		s := &standin.Server{}
		i := image("before")
		i.Packages = c.old
		s.Add("library/x", "1.1", i)
		digest := s.Digest("library/x", "1.1")
		i = image("after")
		i.Packages = c.new
		s.Add("library/x", "1.1", i)
		got := only(t, planWith(t, map[string]string{
			"Dockerfile": "FROM x:1.1@" + digest + "\n", ".freshpin.yaml": "rebuilds: " + c.rebuilds + "\n",
		}, s, &updater.Planner{Advisories: c.advisories}))
		if got.Status != c.want || !strings.Contains(got.Reason.Text+noted(got, "rebuild-unknown"), c.text) {
			t.Errorf("%s: %s, %q, notes %v; want %s, %q", c.name, got.Status, got.Reason.Text, got.Notes, c.want, c.text)
		}
	}
}

// TestVerify holds images that are not signed as the policy wants it, and goes
// to an older one that is.
func TestVerify(t *testing.T) {
	server := httptest.NewServer(ociserver.New(ocimem.New(), nil))
	defer server.Close()
	name := strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1) + "/acme/app"
	push, err := ocipush.At(name)
	if err != nil {
		t.Fatal(err)
	}
	key, public := keyOf(t)
	_, other := keyOf(t)
	digests := map[string]string{}
	for _, tag := range []string{"1.1.0", "1.1.1", "1.1.2"} {
		b, err := push.Build(tag, ocipush.Image{Platform: "linux/amd64", Created: "2020-01-02T00:00:00Z", Layers: []map[string]string{{"app": tag}}})
		if err != nil {
			t.Fatal(err)
		}
		digests[tag] = b.Index.Digest
	}
	sign(t, push, key, digests["1.1.1"])
	const rule = "rules:\n  - match: {name: \"*/acme/app\"}\n    verify: {cosign: {key: keys/acme.pub}}\n"
	for _, c := range []struct {
		name, from, settings string
		key                  []byte
		planner              *updater.Planner
		status               plan.Status
		version, text        string
	}{
		{"the newest that is signed", "1.1.0", rule, public, &updater.Planner{Signatures: &signature.Verifier{}}, plan.Update, "1.1.1", "is signed by the key keys/acme.pub"},
		{"none that is newer is signed", "1.1.1@" + digests["1.1.1"], rule, public, &updater.Planner{Signatures: &signature.Verifier{}}, plan.Held, "", "1.1.2 (sha256:"},
		{"no rule", "1.1.0", "", public, &updater.Planner{}, plan.Update, "1.1.2", ""},
		{"another key", "1.1.0", rule, other, &updater.Planner{Signatures: &signature.Verifier{}}, plan.Held, "", "1.1.2 ("},
		{"no key", "1.1.0", rule, nil, &updater.Planner{Signatures: &signature.Verifier{}}, plan.Held, "", "the key keys/acme.pub cannot be read"},
		{"no verifier", "1.1.0", rule, public, &updater.Planner{}, plan.Held, "", "nothing here verifies signatures"},
	} {
		tree := fstest.MapFS{"Dockerfile": {Data: []byte("FROM " + name + ":" + c.from + "\n")}}
		if c.settings != "" {
			tree[".freshpin.yaml"] = &fstest.MapFile{Data: []byte(c.settings)}
		}
		if c.key != nil {
			tree["keys/acme.pub"] = &fstest.MapFile{Data: c.key}
		}
		c.planner.Ecosystems = all.New(all.Options{HTTP: fetch.New(fetch.Options{}), Getenv: func(string) string { return "" }})
		c.planner.Now = now
		p, err := c.planner.Plan(context.Background(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}})
		if err != nil {
			t.Fatal(err)
		}
		got := only(t, p)
		if got.Status != c.status || got.Target.Version.Text != c.version || !strings.Contains(got.Reason.Text+noted(got, "signed"), c.text) {
			t.Errorf("%s: %s to %q, %q, %v; want %s to %q, %q", c.name, got.Status, got.Target.Version.Text, got.Reason.Text, got.Notes, c.status, c.version, c.text)
		}
		if got.Status == plan.Held && got.Reason.Code != "signature" {
			t.Errorf("%s: reason %q", c.name, got.Reason.Code)
		}
	}
}

// keyOf makes a key, and its public half as cosign writes it.
func keyOf(t *testing.T) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ocipush.PublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

// sign lays a signature beside an image as cosign does.
func sign(t *testing.T, push *ocipush.Repository, key *ecdsa.PrivateKey, digest string) {
	t.Helper()
	signed, err := ocipush.Signature(key, ocipush.Payload(digest))
	if err != nil {
		t.Fatal(err)
	}
	_, err = push.Beside(ocipush.SignatureTag(digest), signed)
	if err != nil {
		t.Fatal(err)
	}
}

// TestTagMovedBack tells of a tag that names an older image than the one in use.
func TestTagMovedBack(t *testing.T) {
	for older, want := range map[bool]string{true: "the tag 1.1.1 was moved to an older image, of 2019-01-01; the digest in use is of 2020-01-02", false: ""} {
		s := &standin.Server{}
		s.Add("library/x", "1.1.1", image("in use"))
		digest := s.Digest("library/x", "1.1.1")
		i := image("another")
		i.Created = i.Created.AddDate(1, 0, 0)
		if older {
			i.Created = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		s.Add("library/x", "1.1.1", i)
		got := only(t, planOf(t, map[string]string{"Dockerfile": "FROM x:1.1.1@" + digest + "\n"}, s))
		if text := noted(got, "tag-moved"); got.Status != plan.Update || !strings.HasPrefix(text, want) || want == "" && text != "" {
			t.Errorf("%s, %q; want %q", got.Status, text, want)
		}
	}
}

// TestLiveness asks about a digest in use that its tag names no more once a week, and not for ever.
func TestLiveness(t *testing.T) {
	s := &standin.Server{}
	s.Add("library/x", "1.1", image("in use"))
	digest := s.Digest("library/x", "1.1")
	s.Add("library/x", "1.1", image("rebuilt"))
	server := httptest.NewServer(s)
	defer server.Close()
	dir := t.TempDir()
	tree := fstest.MapFS{"Dockerfile": {Data: []byte("FROM x:1.1@" + digest + "\n")}}
	look := func() plan.Item {
		planner := &updater.Planner{Now: now, Ecosystems: all.New(all.Options{
			HTTP: fetch.New(fetch.Options{CacheDir: dir}), Getenv: func(string) string { return "" }, Mirrors: map[string]string{"docker.io": server.URL},
		})}
		p, err := planner.Plan(context.Background(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}})
		if err != nil {
			t.Fatal(err)
		}
		return only(t, p)
	}
	if got := look(); got.Status != plan.Update || noted(got, "digest-gone") != "" {
		t.Fatalf("%s, %v", got.Status, got.Notes)
	}
	s.Delete("library/x", digest)
	age(t, dir, 3*24*time.Hour)
	if got := look(); noted(got, "digest-gone") != "" {
		t.Errorf("asked within the week: %v", got.Notes)
	}
	age(t, dir, 8*24*time.Hour)
	if got := look(); got.Status != plan.Update || noted(got, "digest-gone") == "" {
		t.Errorf("not asked after a week: %s, %v", got.Status, got.Notes)
	}
}

// age makes a cache that old.
func age(t *testing.T, dir string, d time.Duration) {
	t.Helper()
	then := time.Now().Add(-d)
	err := filepath.WalkDir(dir, func(file string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			err = os.Chtimes(file, then, then)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEnds notes lines that end, by the table, under the operator's dates.
func TestEnds(t *testing.T) {
	own, err := endoflife.Read([]byte(`{"products": [{"name": "python", "lines": [{"line": "3.7", "ends": "2026-12-24"}, {"line": "3.8", "ends": "2099-01-01"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	table := endoflife.Bundled().With(own)
	for tag, want := range map[string]string{"3.6": "end-of-life", "3.7": "end-of-life-soon", "3.8": "", "latest": ""} {
		s := &standin.Server{}
		s.Add("library/python", tag, image(tag))
		got := only(t, planWith(t, map[string]string{"Dockerfile": "FROM python:" + tag + "@" + s.Digest("library/python", tag) + "\n"}, s, &updater.Planner{Ends: table}))
		for _, code := range []string{"end-of-life", "end-of-life-soon"} {
			if (noted(got, code) != "") != (code == want) {
				t.Errorf("%s: %v, want %q", tag, got.Notes, want)
			}
		}
	}
}

// TestStaleLine notes a line without releases while newer ones have had several.
func TestStaleLine(t *testing.T) {
	for _, c := range []struct{ name, releases, want string }{
		{"stale", "1.0.0@2020-01-01 1.0.1@2020-06-01 1.1.0@2024-01-01 1.1.1@2025-01-01 2.0@2026-01-01", "the line 1.0 has had no release since 2020-06-01; newer lines have had 3 since, the last on 2026-01-01"},
		{"alive", "1.0.0@2020-01-01 1.0.1@2026-06-01 1.1.0@2024-01-01 1.1.1@2025-01-01 2.0@2026-07-01", ""},
		{"few newer ones", "1.0.0@2020-01-01 1.0.1@2020-06-01 1.1.0@2024-01-01 2.0@2026-01-01", ""},
		{"the newest line, quiet", "1.0.0@2020-01-01 1.0.1@2020-06-01 0.9.1@2024-01-01 0.9.2@2025-01-01 0.9.3@2026-01-01", ""},
		{"newer ones were there before", "1.0.0@2022-01-01 1.1.0@2021-01-01 1.1.1@2021-02-01 2.0@2021-03-01", ""},
	} {
		w, err := world.Parse("pypi x " + c.releases)
		if err != nil {
			t.Fatal(err)
		}
		set := w.Start()
		tree := fstest.MapFS{"requirements.txt": {Data: []byte("x==1.0.0\n")}}
		planner := &updater.Planner{Now: now, Ecosystems: all.New(all.Options{HTTP: fetch.New(fetch.Options{}), Getenv: func(name string) string { return set[name] }})}
		p, err := planner.Plan(context.Background(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}})
		w.Stop()
		if err != nil {
			t.Fatal(err)
		}
		if got := noted(only(t, p), "stale-line"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
