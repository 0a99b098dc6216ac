package updater_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
)

// The budget of requests, pages and logins apart:
//
//   - one list for each distinct package, however many files name it;
//   - an image pin that stays on its tag: one HEAD for the digest, and both
//     manifests where the digest in use is another one;
//   - an image pin with a newer tag: both manifests, for digest and platforms; a
//     config for each that is no index, which tells platform and date; for the
//     date of an index one manifest and one config more;
//   - an image pin whose second number may count patches: two dates, of its own
//     tag and of its successor;
//   - a Python project: the list alone, which has dates and hashes; in a file with
//     several, of which one moves, the metadata of each new release and of those
//     that stand beside it, once each and for ever, and of the release in use
//     where the new one conflicts;
//   - a Go module: the newest .mod, a probe for the next major path (none before
//     v1 in a module that goes on, a second one in one that may have left a
//     number out), which for a week is not asked again where there is none, and
//     where it moves the .mod and the .info of the new version.
//
// A second run within the lifetime of the cache sends nothing, a later one only
// conditional requests.

// TestImageBudget counts what a plan of images costs.
func TestImageBudget(t *testing.T) {
	indexed := ociserver.Image{Platforms: []string{"linux/amd64", "linux/arm64"}, Index: true, Created: time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		name, file string
		want       string
	}{
		{"a first digest", "FROM x:1.1\n", "tags 1, head 1"},
		{"ten times the same pin costs no more", strings.Repeat("FROM x:1.1\n", 10), "tags 1, head 1"},
		{"two pins of one image share the list", "FROM x:1.1\nFROM x:3.1\n", "tags 1, head 2"},
		{"the digest in use", "FROM x:1.1@DIGEST(1.1)\n", "tags 1, head 1"},
		{"a newer version: both manifests and configs", "FROM x:2.0.1\n", "tags 1, manifest 2, blob 2"},
		{"a newer version, an index: both, and the date", "FROM x:4.0.1\n", "tags 1, manifest 3, blob 1"},
		{"a second number that may count patches: two dates, and the digest", "FROM x:6.1\n", "tags 1, head 1, manifest 2, blob 2"},
		{"in use with its digest, twice: the dates are those of the tags", "FROM x:6.1@DIGEST(6.1)\nFROM x:6.1@DIGEST(6.1)\n", "tags 1, head 1, manifest 2, blob 2"},
		{"proved by indexes: each date costs a manifest and a config more", "FROM x:7.1\n", "tags 1, manifest 6, blob 3"},
		{"a tag without a version", "FROM x:latest\n", ""},
		{"a name with its digest", "FROM x:latest@DIGEST(latest)\n", "head 1"},
	} {
		s := &ociserver.Server{}
		for _, tag := range []string{"1.1", "3.1", "latest", "2.0.1", "2.0.2", "6.1", "6.2", "6.3"} {
			s.Add("library/x", tag, image(tag))
		}
		for _, tag := range []string{"4.0.1", "4.0.2"} {
			indexed.Content = tag
			s.Add("library/x", tag, indexed)
		}
		for n, tag := range []string{"7.1", "7.2", "7.3"} {
			i := indexed
			i.Content, i.Created = tag, indexed.Created.AddDate(0, n, 0)
			s.Add("library/x", tag, i)
		}
		text := strings.NewReplacer("DIGEST(6.1)", s.Digest("library/x", "6.1"), "DIGEST(1.1)", s.Digest("library/x", "1.1"), "DIGEST(latest)", s.Digest("library/x", "latest")).Replace(c.file)
		planOf(t, map[string]string{"Dockerfile": text}, s)
		if got := counted(s.Requests()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func counted(n map[string]int) string {
	var words []string
	for _, k := range []string{"tags", "head", "manifest", "blob"} {
		if n[k] > 0 {
			words = append(words, fmt.Sprintf("%s %d", k, n[k]))
		}
	}
	return strings.Join(words, ", ")
}

// TestSetBudget counts what the check of a set of Python pins costs.
func TestSetBudget(t *testing.T) {
	for _, c := range []struct {
		name, world string
		files       map[string]string
		want        int // of lists and metadata
	}{
		{"nothing moves", "pypi a 1.0.0\npypi b 1.0.0", map[string]string{"requirements.txt": "a==1.0.0\nb==1.0.0\n"}, 2},
		{"a package alone", "pypi a 1.0.0 1.0.1", map[string]string{"requirements.txt": "a==1.0.0\n"}, 1},
		{"one moves, two stand", "pypi a 1.0.0 1.0.1\npypi b 1.0.0\npypi c 1.0.0", map[string]string{"requirements.txt": "a==1.0.0\nb==1.0.0\nc==1.0.0\n"}, 3 + 3},
		{"the same in another file, and a file where nothing moves", "pypi a 1.0.0 1.0.1\npypi b 1.0.0\npypi c 1.0.0",
			map[string]string{"requirements.txt": "a==1.0.0\nb==1.0.0\n", "x/requirements.txt": "b==1.0.0\na==1.0.0\n", "y/requirements.txt": "b==1.0.0\nc==1.0.0\n"}, 3 + 2},
		{"a conflict", "pypi a 1.0.0\npypi a 1.0.1 requires=b>=2\npypi b 1.0.0", map[string]string{"requirements.txt": "a==1.0.0\nb==1.0.0\n"}, 2 + 3},
	} {
		w, err := world.Parse(c.world)
		if err != nil {
			t.Fatal(err)
		}
		set := w.Start()
		defer w.Stop()
		tree := fstest.MapFS{}
		for name, text := range c.files {
			tree[name] = &fstest.MapFile{Data: []byte(text)}
		}
		dir := t.TempDir()
		for _, lifetime := range []time.Duration{time.Hour, -1} { // the second time only the lists are asked again
			client := fetch.New(fetch.Options{CacheDir: dir, Lifetime: lifetime})
			planner := &updater.Planner{Now: now, Ecosystems: all.New(all.Options{HTTP: client, Getenv: func(name string) string { return set[name] }})}
			if _, err := planner.Plan(context.Background(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}}); err != nil {
				t.Fatal(err)
			}
			stats := client.Stats()
			if lifetime > 0 && stats.Sent != c.want || lifetime < 0 && stats.Sent != stats.Revalidated {
				t.Errorf("%s: %+v, want %d sent, and none anew the second time", c.name, stats, c.want)
			}
		}
	}
}

// TestGoBudget counts what a Go requirement costs: cold, and a day later.
func TestGoBudget(t *testing.T) {
	const alive, old = "go 1.99", "go 1.20" // a Go of the last two years, and one before
	for _, c := range []struct {
		name, line, releases, pin string
		cold, later               string
	}{
		{"current", alive, "v1.0.0 v1.0.1", "v1.0.1", "list 2, mod 1", "list 1"},
		{"current, in a module that may have been left", old, "v1.0.0 v1.0.1", "v1.0.1", "list 2, mod 1", "list 1"},
		{"current, without a go line: the gap is crossed", "", "v1.0.0 v1.0.1", "v1.0.1", "list 3, mod 1", "list 1"},
		{"current, before v1, in a module that goes on: v1 is what comes next", alive, "v0.1.0 v0.1.1", "v0.1.1", "list 1, mod 1", "list 1"},
		{"current, before v1, in a module that may have been left", old, "v0.1.0 v0.1.1", "v0.1.1", "list 2, mod 1", "list 1"},
		{"held: a date decides nothing", alive, "v1.0.0 v1.1.0", "v1.0.0", "list 2, mod 1", "list 1"},
		{"an update to the newest of all: when it was published", alive, "v1.0.0 v1.0.1", "v1.0.0", "list 2, mod 1, info 1", "list 1"},
		{"an update to another one: its go.mod as well", alive, "v1.0.0 v1.0.1 v1.1.0", "v1.0.0", "list 2, mod 2, info 1", "list 1"},
		{"without a tag", alive, "v0.0.0-20200101000000-0123456789ab", "v0.0.0-20200101000000-0123456789ab", "list 1, latest 1, mod 1", "list 1, latest 1"},
		{"without a tag, in a module that may have been left", old, "v0.0.0-20200101000000-0123456789ab", "v0.0.0-20200101000000-0123456789ab", "list 2, latest 1, mod 1", "list 1, latest 1"},
	} {
		s := &goproxyserver.Server{}
		for _, v := range strings.Fields(c.releases) {
			s.Add("a.test/m", goproxyserver.Module{Version: v, GoMod: "module a.test/m\n\n" + c.line + "\n"})
		}
		server := httptest.NewServer(s)
		tree := fstest.MapFS{"go.mod": {Data: []byte("module m.test/m\n\n" + cmp.Or(c.line, old) + "\n\nrequire a.test/m " + c.pin + "\n")}}
		dir := t.TempDir()
		for n, want := range []string{c.cold, c.later} {
			s.ForgetRequests()
			lifetime := []time.Duration{time.Hour, -1}[n]
			client := fetch.New(fetch.Options{CacheDir: dir, Lifetime: lifetime})
			env := map[string]string{"GOPROXY": server.URL}
			planner := &updater.Planner{Now: now, Ecosystems: all.New(all.Options{HTTP: client, Getenv: func(name string) string { return env[name] }})}
			if _, err := planner.Plan(t.Context(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}}); err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, k := range []string{"list", "latest", "mod", "info"} {
				if count := s.Requests()[k]; count > 0 {
					words = append(words, fmt.Sprintf("%s %d", k, count))
				}
			}
			if got := strings.Join(words, ", "); got != want {
				t.Errorf("%s, lifetime %v: %s, want %s", c.name, lifetime, got, want)
			}
		}
		server.Close()
	}
}

const budgetWorld = `
image library/x 1.1 2.0.1 2.0.2
pypi a 1.0.0@2020-01-01 1.0.1@2020-02-01
go example.com/m v1.2.3@2020-01-01 v1.2.4@2020-02-01 v1.3.0@2020-03-01
`

// budgetTree names every package in many files.
func budgetTree() fstest.MapFS {
	tree := fstest.MapFS{}
	for n := range 20 {
		tree[fmt.Sprintf("%d/Dockerfile", n)] = &fstest.MapFile{Data: []byte("FROM x:1.1\nFROM x:2.0.1\n")}
		tree[fmt.Sprintf("%d/requirements.txt", n)] = &fstest.MapFile{Data: []byte("a==1.0.0\n")}
		tree[fmt.Sprintf("%d/go.mod", n)] = &fstest.MapFile{Data: []byte("module example.com/x\n\nrequire example.com/m v1.2.3\n")}
	}
	return tree
}

// TestBudget: the same packages in sixty files cost what they cost in one; again
// nothing, and later only the question whether anything changed.
func TestBudget(t *testing.T) {
	w, err := world.Parse(budgetWorld)
	if err != nil {
		t.Fatal(err)
	}
	set := w.Start()
	defer w.Stop()
	t.Setenv("GOPROXY", set["GOPROXY"])
	t.Setenv("GOFLAGS", "")
	dir, host := t.TempDir(), strings.TrimPrefix(set["FRESHPIN_REGISTRY_MIRRORS"], "docker.io=")
	run := func(lifetime time.Duration) fetch.Stats {
		client := fetch.New(fetch.Options{CacheDir: dir, Lifetime: lifetime})
		tree := budgetTree()
		planner := &updater.Planner{Now: now, Ecosystems: all.New(all.Options{
			HTTP: client, Mirrors: map[string]string{"docker.io": host}, Getenv: func(name string) string { return set[name] },
		})}
		p, err := planner.Plan(context.Background(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}})
		if err != nil || len(p.Items) != 80 || slices.ContainsFunc(p.Items, func(i plan.Item) bool { return i.Status == plan.Failed }) {
			t.Fatalf("%d items: %v", len(p.Items), err)
		}
		return client.Stats()
	}

	cold := run(time.Hour)
	images, modules := counted(w.Images.Requests()), w.Modules.Requests()
	if images != "tags 1, head 1, manifest 2, blob 2" {
		t.Errorf("images: %s", images)
	}
	if total(w.Index.Requests()) != 1 {
		t.Errorf("the index: %v", w.Index.Requests())
	}
	if modules["list"] != 1+2 || modules["mod"] != 2 || modules["info"] != 1 { // two lists are probes
		t.Errorf("modules: %v", modules)
	}
	if ping := 1; cold.Sent != 6+ping+1+6 {
		t.Errorf("cold: %+v", cold)
	}
	if again := run(time.Hour); again.Sent != 0 {
		t.Errorf("within the lifetime: %+v, want nothing sent", again)
	}
	later := run(-1)
	if unconditional := later.Sent - later.Revalidated; unconditional > 1+1 { // the ping, and the HEAD, which costs no less with a condition
		t.Errorf("later: %+v, want only conditional requests", later)
	}
}

func total(n map[string]int) int {
	sum := 0
	for _, v := range n {
		sum += v
	}
	return sum
}
