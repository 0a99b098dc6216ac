package download

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// A world is all publishers on one server, each under its own name:
// "/go.dev/dl/…". The content of a file is its name, so that its checksums can be told.
type world struct {
	*httptest.Server
	t        *testing.T
	assets   map[string][]string // of a project "tianon/gosu": names of files, with {V}
	prefix   map[string]string   // of its tags: "v"
	suffix   map[string]string   // of its tags
	versions map[string][]string // by project; also "node", "go", …
	changed  map[string]bool     // files whose content is another one since: "tianon/gosu 1.16 gosu-amd64"
	gone     map[string]bool     // files that are not there
	mu       sync.Mutex
	asked    map[string]int
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, asked: map[string]int{}, changed: map[string]bool{}, gone: map[string]bool{},
		assets: map[string][]string{
			"tianon/gosu":                {"gosu-amd64", "gosu-arm64", "gosu-armhf", "gosu-i386", "gosu-amd64.asc", "gosu-arm64.asc", "SHA256SUMS"},
			"just-containers/s6-overlay": {"s6-overlay-noarch.tar.xz", "s6-overlay-x86_64.tar.xz", "s6-overlay-aarch64.tar.xz"},
			"krallin/tini":               {"tini", "tini-amd64", "tini-arm64"},
			"jqlang/jq":                  {"jq-linux64", "jq-linux-amd64"},
			"acme/tool":                  {"tool_{V}_linux_amd64.tar.gz", "tool_{V}_linux_arm64.tar.gz", "tool_{V}_linux_armv7.tar.gz", "tool_{V}_checksums.txt"},
			"acme/other":                 {"other-{V}.zip", "other-{V}-x86_64.zip", "other-{V}-aarch64.zip"},
			"boostorg/boost":             {"boost-{V}.tar.gz", "boost_{V_}.tar.gz"},
			"git-for-windows/git":        {"MinGit-{V}-64-bit.zip"},
		},
		prefix:   map[string]string{"krallin/tini": "v", "acme/tool": "v", "jqlang/jq": "jq-", "just-containers/s6-overlay": "v", "boostorg/boost": "boost-", "git-for-windows/git": "v"},
		suffix:   map[string]string{"git-for-windows/git": ".windows.1"},
		versions: map[string][]string{},
	}
	w.Server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.Close)
	return w
}

// ecosystem returns the ecosystem in a world.
func (w *world) ecosystem() *Ecosystem {
	mirrors := map[string]string{}
	for _, host := range []string{"api.github.com", "github.com", "go.dev", "nodejs.org", "www.python.org", "releases.hashicorp.com", "dl.k8s.io", "get.helm.sh", "archive.apache.org", "downloads.apache.org",
		"repo1.maven.org", "raw.githubusercontent.com", "www.php.net", "registry.npmjs.org", "static.rust-lang.org", "example.com", "nginx.org", "ftp.postgresql.org"} {
		mirrors[host] = w.URL + "/" + host
	}
	return New(source.New(source.Options{
		HTTP: fetch.New(fetch.Options{Retries: -1}), Mirrors: mirrors, Compute: 1 << 20,
		Tags: func(_ context.Context, repository string) (tags []source.Tag, err error) {
			project := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(repository, w.URL+"/github.com/"), "https://github.com/"), ".git")
			w.count("tags " + project)
			for _, v := range w.versions[project] {
				tag := w.prefix[project] + v + w.suffix[project]
				tags = append(tags, source.Tag{Name: tag, Commit: sum("sha1", "commit "+project+" "+tag)})
			}
			return tags, nil
		},
	}), nil, nil)
}

func (w *world) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[what]++
}

func sum(algorithm, content string) string {
	switch algorithm {
	case "sha1":
		s := sha1.Sum([]byte(content))
		return hex.EncodeToString(s[:])
	case "sha512":
		s := sha512.Sum512([]byte(content))
		return hex.EncodeToString(s[:])
	}
	s := sha256.Sum256([]byte(content))
	return hex.EncodeToString(s[:])
}

// content is what a file has in it now.
func (w *world) content(name string) string {
	if w.changed[name] {
		return name + ", swapped"
	}
	return name
}

var (
	releasePath = regexp.MustCompile(`^api\.github\.com/repos/([^/]+/[^/]+)/releases/tags/(.+)$`)
	sumPath     = regexp.MustCompile(`^(.*)\.(sha1|sha256|sha512|sha256sum)$`)
)

func (w *world) serve(out http.ResponseWriter, r *http.Request) {
	at := strings.TrimPrefix(r.URL.Path, "/")
	w.count(at)
	switch {
	case w.gone[at]:
	case releasePath.MatchString(at):
		m := releasePath.FindStringSubmatch(at)
		w.release(out, r, m[1], m[2])
		return
	case at == "raw.githubusercontent.com/redis/redis-hashes/master/README":
		for _, v := range w.versions["redis/redis"] {
			file := "redis-" + v + ".tar.gz"
			fmt.Fprintf(out, "hash %s sha256 %s http://download.redis.io/releases/%s\n", file, sum("sha256", w.content("redis "+v+" "+file)), file)
		}
		return
	case at == "go.dev/dl/":
		var all []map[string]any
		for _, v := range w.versions["go"] {
			var files []map[string]any
			for _, platform := range []string{"linux-amd64.tar.gz", "linux-arm64.tar.gz", "linux-armv6l.tar.gz", "src.tar.gz", "windows-amd64.zip"} {
				name := "go" + v + "." + platform
				files = append(files, map[string]any{"filename": name, "sha256": sum("sha256", w.content("go "+v+" "+name))})
			}
			all = append(all, map[string]any{"version": "go" + v, "stable": true, "files": files})
		}
		_ = json.NewEncoder(out).Encode(all)
		return
	case strings.HasPrefix(at, "releases.hashicorp.com/") && path.Base(at) == "index.json":
		all := map[string]any{}
		for _, v := range w.versions["hashicorp"] {
			all[v] = map[string]any{"version": v}
		}
		_ = json.NewEncoder(out).Encode(map[string]any{"versions": all})
		return
	case at == "nodejs.org/dist/index.json":
		var all []map[string]any
		for _, v := range w.versions["node"] {
			all = append(all, map[string]any{"version": "v" + v, "date": "2020-01-01"})
		}
		_ = json.NewEncoder(out).Encode(all)
		return
	case path.Base(at) == "SHASUMS256.txt":
		v := strings.TrimPrefix(path.Base(path.Dir(at)), "v")
		for _, platform := range []string{"linux-x64.tar.xz", "linux-arm64.tar.xz"} {
			name := "node-v" + v + "-" + platform
			fmt.Fprintf(out, "%s  %s\n", sum("sha256", w.content("node "+v+" "+name)), name)
		}
		return
	case strings.HasPrefix(at, "releases.hashicorp.com/") && strings.HasSuffix(at, "_SHA256SUMS"):
		parts := strings.Split(at, "/")
		for _, platform := range []string{"linux_amd64.zip", "linux_arm64.zip"} {
			name := parts[1] + "_" + parts[2] + "_" + platform
			fmt.Fprintf(out, "%s  %s\n", sum("sha256", w.content(parts[1]+" "+parts[2]+" "+name)), name)
		}
		return
	case at == "www.python.org/api/v2/downloads/release/":
		var all []map[string]any
		for n, v := range w.versions["python"] {
			all = append(all, map[string]any{"name": "Python " + v, "release_date": "2020-01-01T00:00:00Z", "resource_uri": fmt.Sprintf("https://www.python.org/api/v2/downloads/release/%d/", n)})
		}
		_ = json.NewEncoder(out).Encode(all)
		return
	case at == "www.python.org/api/v2/downloads/release_file/":
		n, _ := strconv.Atoi(r.URL.Query().Get("release"))
		v := w.versions["python"][n]
		name := "Python-" + v + ".tar.xz"
		w.count("python " + v)
		w.asked[at]--
		_ = json.NewEncoder(out).Encode([]map[string]any{{"url": "https://www.python.org/ftp/python/" + v + "/" + name, "sha256_sum": sum("sha256", w.content("python "+v+" "+name))}})
		return
	case at == "www.php.net/releases/index.php":
		v := r.URL.Query().Get("version")
		w.asked[at]--
		name := "php-" + v + ".tar.xz"
		_ = json.NewEncoder(out).Encode(map[string]any{"date": "06 Jul 2023", "source": []map[string]any{{"filename": name, "sha256": sum("sha256", w.content("php "+v+" "+name))}}})
		return
	case path.Base(at) == "maven-metadata.xml":
		fmt.Fprintf(out, "<metadata><versioning><versions><version>%s</version></versions></versioning></metadata>", strings.Join(w.versions["maven"], "</version><version>"))
		return
	case strings.HasSuffix(at, "/") && w.versions[at] != nil:
		for _, name := range w.versions[at] {
			fmt.Fprintf(out, "<a href=\"%s\">%s</a> 2020-01-01 10:00 -\n", name, name)
		}
		return
	case sumPath.MatchString(at):
		m := sumPath.FindStringSubmatch(at)
		if w.gone[m[1]] {
			break
		}
		algorithm := strings.TrimSuffix(m[2], "sum")
		fmt.Fprintf(out, "%s  %s\n", sum(algorithm, w.content(m[1])), path.Base(m[1]))
		return
	case strings.HasPrefix(at, "github.com/") || strings.HasPrefix(at, "example.com/"):
		fmt.Fprint(out, w.content(at))
		return
	}
	http.NotFound(out, r)
}

func (w *world) release(out http.ResponseWriter, r *http.Request, project, tag string) {
	v := strings.TrimSuffix(strings.TrimPrefix(tag, w.prefix[project]), w.suffix[project])
	assets := []map[string]any{}
	for _, a := range w.assets[project] {
		name := strings.NewReplacer("{V}", v, "{V_}", strings.ReplaceAll(v, ".", "_")).Replace(a)
		key := project + " " + v + " " + name
		if !w.gone[key] {
			assets = append(assets, map[string]any{"name": name, "size": 10, "digest": "sha256:" + sum("sha256", w.content(key))})
		}
	}
	if w.assets[project] == nil {
		http.NotFound(out, r)
		return
	}
	_ = json.NewEncoder(out).Encode(map[string]any{"tag_name": tag, "published_at": "2020-01-01T00:00:00Z", "assets": assets})
}

var holesOf = regexp.MustCompile(`\{(SHA256|sha1|sha256|sha512) ([^}]*)\}`)

// fill puts a version into a text: {V}, {V_}, {M} for MAJOR.MINOR, {sha256 …} for the checksum of a file.
func fill(s, v string) string {
	s = strings.NewReplacer("{V}", v, "{V_}", strings.ReplaceAll(v, ".", "_"), "{M}", strings.Join(strings.SplitN(v, ".", 3)[:2], ".")).Replace(s)
	return holesOf.ReplaceAllStringFunc(s, func(hole string) string {
		m := holesOf.FindStringSubmatch(hole)
		if m[1] == "SHA256" {
			return strings.ToUpper(sum("sha256", m[2]))
		}
		return sum(m[1], m[2])
	})
}

// step brings the one dependency of a name to a version, as the updater does.
func step(t *testing.T, e *Ecosystem, src, name, to string) (string, ecosystems.Reason) {
	t.Helper()
	ctx := context.Background()
	before := extract(t, e, src)
	for n, d := range before {
		if d.Name != name {
			continue
		}
		if !d.Skip.IsZero() {
			return src, d.Skip
		}
		if why, err := e.Prove(ctx, d); err != nil || !why.IsZero() {
			if err != nil {
				t.Fatal(err)
			}
			return src, why
		}
		l, err := e.Versions(ctx, d.Package)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range l.Candidates {
			if c.Version.Text != to || c.Version.Track != d.Pin.Version.Track {
				continue
			}
			if limit := e.Limit(d); limit != nil && limit(c.Version) != "" {
				return src, ecosystems.Reason{Code: ecosystems.Conflict, Text: limit(c.Version)}
			}
			target, err := e.Pins(ctx, d, c.Version)
			if err != nil {
				t.Fatal(err)
			}
			if len(target.Missing) > 0 {
				return src, ecosystems.Reason{Code: ecosystems.Platform, Text: strings.Join(target.Missing, " ")}
			}
			if !target.Hold.IsZero() {
				return src, target.Hold
			}
			edits, err := e.Edit(d, target)
			if err != nil {
				t.Fatal(err)
			}
			after, err := ecosystems.Apply([]byte(src), edits)
			if err != nil {
				t.Fatal(err)
			}
			is := extract(t, e, string(after))
			if len(is) != len(before) {
				t.Fatalf("%d dependencies, not %d", len(is), len(before))
			}
			if err := e.Inspect(d, is[n], target); err != nil {
				t.Fatal(err)
			}
			return string(after), ecosystems.Reason{}
		}
		return src, ecosystems.Reason{Code: "none", Text: fmt.Sprintf("no candidate %s among %v", to, l.Candidates)}
	}
	var names []string
	for _, d := range before {
		names = append(names, d.Name)
	}
	t.Fatalf("no dependency %s, only %q\n%s", name, names, src)
	return "", ecosystems.Reason{}
}
