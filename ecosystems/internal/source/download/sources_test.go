package download

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
)

const (
	sha1Of   = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	sha256Of = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	sha512Of = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
)

// server answers for every host under its own name: "/go.dev/dl/…". It counts what was asked.
type server struct {
	*httptest.Server
	pages map[string]string
	asked []string
}

func newServer(t *testing.T, pages map[string]string) *server {
	s := &server{pages: pages}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := strings.TrimPrefix(r.URL.EscapedPath(), "/")
		if r.URL.RawQuery != "" {
			at += "?" + r.URL.RawQuery
		}
		s.asked = append(s.asked, at)
		page, ok := s.pages[at]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, page)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) client(tags map[string][]string) *Client {
	mirrors := map[string]string{}
	for page := range s.pages {
		host, _, _ := strings.Cut(page, "/")
		mirrors[host] = s.URL + "/" + host
	}
	return New(Options{
		HTTP: fetch.New(fetch.Options{Retries: -1}), Mirrors: mirrors, Compute: 1 << 10,
		Tags: func(_ context.Context, repository string) (list []Tag, err error) {
			if rest, mirrored := strings.CutPrefix(repository, s.URL+"/"); mirrored {
				repository = "https://" + rest
			}
			for _, name := range tags[repository] {
				list = append(list, Tag{Name: name})
			}
			return list, nil
		},
	})
}

// TestSources holds every row to the contract: an address is read, its versions
// are listed, and its checksums are found by value. The shapes are those of the
// documents that the rows cite.
func TestSources(t *testing.T) {
	for _, c := range []struct {
		source, address, project, tag string
		pages                         map[string]string
		tags                          map[string][]string
		versions                      []string
		want                          Wanted
		sums                          []string // file=algorithm of those with the known checksums
		requests                      int      // of versions and files together
	}{
		{
			source: "github-release", address: "https://github.com/tianon/gosu/releases/download/1.16/gosu-amd64", project: "github.com/tianon/gosu", tag: "1.16",
			tags: map[string][]string{"https://github.com/tianon/gosu": {"1.16", "1.17"}}, versions: []string{"1.16", "1.17"},
			pages: map[string]string{"api.github.com/repos/tianon/gosu/releases/tags/1.17": `{"tag_name":"1.17","draft":false,"prerelease":false,"published_at":"2023-10-31T20:26:30Z",
				"assets":[{"name":"gosu-amd64","size":9,"digest":"sha256:` + sha256Of + `"},{"name":"gosu-arm64","size":9,"digest":null},{"name":"../evil","digest":"sha256:` + sha256Of + `"}]}`},
			want: Wanted{Tag: "1.17", Version: "1.17"}, sums: []string{"gosu-amd64=sha256"}, requests: 1,
		},
		{ // a release from before June 2025: the list among the assets
			source: "github-release", address: "https://github.com/a/b/releases/download/v1.0.0/b_1.0.0_linux_amd64.tar.gz", project: "github.com/a/b", tag: "v1.0.0",
			tags: map[string][]string{"https://github.com/a/b": {"v1.0.0"}}, versions: []string{"v1.0.0"},
			pages: map[string]string{
				"api.github.com/repos/a/b/releases/tags/v1.0.0":                 `{"assets":[{"name":"b_1.0.0_linux_amd64.tar.gz","digest":null},{"name":"b_1.0.0_checksums.txt","size":90},{"name":"b_1.0.0_checksums.txt.sig","size":90}]}`,
				"github.com/a/b/releases/download/v1.0.0/b_1.0.0_checksums.txt": sha256Of + "  b_1.0.0_linux_amd64.tar.gz\n",
			},
			want: Wanted{Tag: "v1.0.0", Algorithms: []string{"sha256"}}, sums: []string{"b_1.0.0_linux_amd64.tar.gz=sha256"}, requests: 2,
		},
		{ // the list beside each file, of another algorithm than the digest
			source: "github-release", address: "https://github.com/a/b/releases/download/v1/b.jar", project: "github.com/a/b", tag: "v1",
			pages: map[string]string{
				"api.github.com/repos/a/b/releases/tags/v1":        `{"assets":[{"name":"b.jar","digest":"sha256:` + sha256Of + `"},{"name":"b.jar.sha512","size":128},{"name":"c.jar"},{"name":"c.jar.sha512","size":128}]}`,
				"github.com/a/b/releases/download/v1/b.jar.sha512": sha512Of + "\n",
			},
			want: Wanted{Tag: "v1", Algorithms: []string{"sha512"}, Files: []string{"https://github.com/a/b/releases/download/v1/b.jar"}}, sums: []string{"b.jar=sha512", "b.jar=sha256"}, requests: 2,
		},
		{source: "github-archive", address: "https://github.com/a/b/archive/refs/tags/v1.2.tar.gz", project: "github.com/a/b", tag: "v1.2"},
		{source: "github-archive", address: "https://codeload.github.com/a/b/tar.gz/refs/tags/v1.2", project: "github.com/a/b", tag: "v1.2"},
		{source: "github-raw", address: "https://raw.githubusercontent.com/nvm-sh/nvm/v0.39.3/install.sh", project: "github.com/nvm-sh/nvm", tag: "v0.39.3"},
		{
			source: "go", address: "https://go.dev/dl/go1.21.0.linux-amd64.tar.gz", project: "go.dev/dl", tag: "go1.21.0",
			pages: map[string]string{"go.dev/dl/?mode=json&include=all": `[{"version":"go1.26.1","stable":true,"files":[{"filename":"go1.26.1.linux-amd64.tar.gz","os":"linux","arch":"amd64","version":"go1.26.1","sha256":"` + sha256Of + `","size":1,"kind":"archive"}]},
				{"version":"go1.27rc1","stable":false,"files":[]}]`},
			versions: []string{"go1.26.1", "go1.27rc1"}, want: Wanted{Tag: "go1.26.1"}, sums: []string{"go1.26.1.linux-amd64.tar.gz=sha256"}, requests: 1,
		},
		{source: "go", address: "https://dl.google.com/go/go1.4-bootstrap-20170531.tar.gz"}, // no release
		{source: "go", address: "https://dl.google.com/go/go1.21.0.src.tar.gz", project: "go.dev/dl", tag: "go1.21.0"},
		{source: "go", address: "https://dl.google.com/go/go1.21.0.linux-" + Open + ".tar.gz", project: "go.dev/dl", tag: "go1.21.0"},
		{
			source: "node", address: "https://nodejs.org/dist/v20.1.0/node-v20.1.0-linux-x64.tar.xz", project: "nodejs.org/dist", tag: "v20.1.0",
			pages: map[string]string{
				"nodejs.org/dist/index.json":             `[{"version":"v20.2.0","date":"2023-05-16","files":["linux-x64"],"npm":"9.6.6","lts":false,"security":false}]`,
				"nodejs.org/dist/v20.2.0/SHASUMS256.txt": sha256Of + "  node-v20.2.0-linux-x64.tar.xz\n" + sha256Of + "  win-x64/node.exe\n",
			},
			versions: []string{"v20.2.0"}, want: Wanted{Tag: "v20.2.0"}, sums: []string{"node-v20.2.0-linux-x64.tar.xz=sha256", "win-x64/node.exe=sha256"}, requests: 2,
		},
		{
			source: "python", address: "https://www.python.org/ftp/python/3.12.0/Python-3.12.0rc1.tar.xz", project: "www.python.org/ftp/python", tag: "3.12.0rc1",
			pages: map[string]string{
				"www.python.org/api/v2/downloads/release/?is_published=true": `[{"name":"Python 3.12.1","slug":"python-3121","release_date":"2023-12-08T00:00:00Z","pre_release":false,"resource_uri":"https://www.python.org/api/v2/downloads/release/862/"},{"name":"Python install manager 25.0"}]`,
				"www.python.org/api/v2/downloads/release_file/?release=862":  `[{"name":"XZ","url":"https://www.python.org/ftp/python/3.12.1/Python-3.12.1.tar.xz","md5_sum":"","sha256_sum":"` + sha256Of + `"}]`,
			},
			versions: []string{"3.12.1"}, want: Wanted{Tag: "3.12.1"}, sums: []string{"Python-3.12.1.tar.xz=sha256"}, requests: 2,
		},
		{
			source: "hashicorp", address: "https://releases.hashicorp.com/terraform/1.5.0/terraform_1.5.0_linux_amd64.zip", project: "releases.hashicorp.com/terraform", tag: "1.5.0",
			pages: map[string]string{
				"releases.hashicorp.com/terraform/index.json":                       `{"name":"terraform","versions":{"1.5.1":{"name":"terraform","version":"1.5.1","shasums":"terraform_1.5.1_SHA256SUMS","builds":[]}}}`,
				"releases.hashicorp.com/terraform/1.5.1/terraform_1.5.1_SHA256SUMS": sha256Of + "  terraform_1.5.1_linux_amd64.zip\n",
			},
			versions: []string{"1.5.1"}, want: Wanted{Tag: "1.5.1"}, sums: []string{"terraform_1.5.1_linux_amd64.zip=sha256"}, requests: 2,
		},
		{
			source: "kubernetes", address: "https://dl.k8s.io/release/v1.27.0/bin/linux/amd64/kubectl", project: "github.com/kubernetes/kubernetes", tag: "v1.27.0",
			pages: map[string]string{"dl.k8s.io/release/v1.27.1/bin/linux/amd64/kubectl.sha256": sha256Of},
			want:  Wanted{Tag: "v1.27.1", Files: []string{"https://dl.k8s.io/release/v1.27.1/bin/linux/amd64/kubectl"}, Algorithms: []string{"sha256"}}, sums: []string{"kubectl=sha256"}, requests: 1,
		},
		{
			source: "helm", address: "https://get.helm.sh/helm-v3.12.0-linux-amd64.tar.gz", project: "github.com/helm/helm", tag: "v3.12.0",
			pages: map[string]string{"get.helm.sh/helm-v3.12.1-linux-amd64.tar.gz.sha256sum": sha256Of + "  helm-v3.12.1-linux-amd64.tar.gz\n"},
			want:  Wanted{Tag: "v3.12.1", Files: []string{"https://get.helm.sh/helm-v3.12.1-linux-amd64.tar.gz"}, Algorithms: []string{"sha256"}}, sums: []string{"helm-v3.12.1-linux-amd64.tar.gz=sha256"}, requests: 1,
		},
		{ // asked of downloads.apache.org, whatever mirror the file names
			source: "apache", address: "https://dlcdn.apache.org/kafka/3.6.0/kafka_2.13-3.6.0.tgz", project: "archive.apache.org/dist/kafka", tag: "3.6.0",
			pages: map[string]string{
				"archive.apache.org/dist/kafka/": `<pre><a href="?C=N;O=D">Name</a> <a href="/dist/">Parent Directory</a>  -
<a href="3.6.0/">3.6.0/</a>                  2023-10-10 12:00    -
<a href="3.6.1/">3.6.1/</a>                  2023-12-07 12:00    -
<a href="KEYS">KEYS</a> 2023-12-07 12:00 9K</pre>`,
				"downloads.apache.org/kafka/3.6.1/kafka_2.13-3.6.1.tgz.sha512": "kafka_2.13-3.6.1.tgz: " + sha512Of[:64] + "\n  " + sha512Of[64:] + "\n",
			},
			versions: []string{"3.6.0", "3.6.1", "KEYS"}, want: Wanted{Tag: "3.6.1", Files: []string{"https://dlcdn.apache.org/kafka/3.6.1/kafka_2.13-3.6.1.tgz"}, Algorithms: []string{"sha512"}},
			sums: []string{"kafka_2.13-3.6.1.tgz=sha512"}, requests: 2,
		},
		{source: "apache", address: "https://archive.apache.org/dist/httpd/httpd-2.4.57.tar.bz2", project: "archive.apache.org/dist/httpd", tag: "httpd-2.4.57.tar.bz2"},
		{source: "apache", address: "https://www.apache.org/dyn/closer.cgi?action=download&filename=tomcat/tomcat-9/v9.0.80/bin/apache-tomcat-9.0.80.tar.gz", project: "archive.apache.org/dist/tomcat/tomcat-9", tag: "v9.0.80"},
		{
			source: "maven", address: "https://repo1.maven.org/maven2/org/apache/derby/derby/10.14.1.0/derby-10.14.1.0.jar", project: "repo1.maven.org/maven2/org/apache/derby/derby", tag: "10.14.1.0",
			pages: map[string]string{
				"repo1.maven.org/maven2/org/apache/derby/derby/maven-metadata.xml":                 `<?xml version="1.0"?><metadata><versioning><latest>10.14.2.0</latest><versions><version>10.14.1.0</version><version>10.14.2.0</version></versions></versioning></metadata>`,
				"repo1.maven.org/maven2/org/apache/derby/derby/10.14.2.0/derby-10.14.2.0.jar.sha1": sha1Of,
			},
			versions: []string{"10.14.1.0", "10.14.2.0"}, want: Wanted{Tag: "10.14.2.0", Files: []string{"https://repo1.maven.org/maven2/org/apache/derby/derby/10.14.2.0/derby-10.14.2.0.jar"}, Algorithms: []string{"sha1"}},
			sums: []string{"derby-10.14.2.0.jar=sha1"}, requests: 2,
		},
		{
			source: "redis", address: "http://download.redis.io/releases/redis-3.2.9.tar.gz", project: "github.com/redis/redis", tag: "redis-3.2.9",
			tags: map[string][]string{"https://github.com/redis/redis": {"3.2.13"}}, versions: []string{"redis-3.2.13"},
			pages: map[string]string{"raw.githubusercontent.com/redis/redis-hashes/master/README": "hash redis-2.0.0.tar.gz sha1 " + sha1Of + " http://download.redis.io/releases/redis-2.0.0.tar.gz\n" +
				"hash redis-3.2.13.tar.gz sha256 " + sha256Of + " http://download.redis.io/releases/redis-3.2.13.tar.gz\n"},
			want: Wanted{Tag: "redis-3.2.13"}, sums: []string{"redis-3.2.13.tar.gz=sha256"}, requests: 1,
		},
		{
			source: "rustup", address: "https://static.rust-lang.org/rustup/archive/1.25.2/x86_64-unknown-linux-gnu/rustup-init", project: "github.com/rust-lang/rustup", tag: "1.25.2",
			pages: map[string]string{"static.rust-lang.org/rustup/archive/1.26.0/x86_64-unknown-linux-gnu/rustup-init.sha256": sha256Of + " *target/x86_64-unknown-linux-gnu/release/rustup-init\n"},
			want:  Wanted{Tag: "1.26.0", Files: []string{"https://static.rust-lang.org/rustup/archive/1.26.0/x86_64-unknown-linux-gnu/rustup-init"}, Algorithms: []string{"sha256"}}, sums: []string{"rustup-init=sha256"}, requests: 1,
		},
		{source: "rust", address: "https://static.rust-lang.org/dist/rust-1.70.0-x86_64-unknown-linux-gnu.tar.gz", project: "github.com/rust-lang/rust", tag: "1.70.0"},
		{
			source: "php", address: "https://www.php.net/distributions/php-8.2.7.tar.xz", project: "www.php.net/distributions", tag: "8.2.7",
			tags: map[string][]string{"https://github.com/php/php-src": {"php-8.2.8", "NEWS"}}, versions: []string{"8.2.8"},
			pages: map[string]string{"www.php.net/releases/index.php?json&version=8.2.8": `{"announcement":true,"source":[{"filename":"php-8.2.8.tar.xz","name":"PHP 8.2.8 (tar.xz)","sha256":"` + sha256Of + `","date":"06 Jul 2023"}],"date":"06 Jul 2023","version":"8.2.8"}`},
			want:  Wanted{Tag: "8.2.8"}, sums: []string{"php-8.2.8.tar.xz=sha256"}, requests: 1,
		},
		{
			source: "npm", address: "https://registry.npmjs.org/@scope/tool/-/tool-1.2.3.tgz", project: "registry.npmjs.org/@scope/tool", tag: "1.2.3",
			pages: map[string]string{"registry.npmjs.org/@scope%2ftool": `{"name":"@scope/tool","time":{"1.2.4":"2023-01-02T03:04:05.678Z"},"versions":{"1.2.4":{"dist":{"tarball":"https://registry.npmjs.org/@scope/tool/-/tool-1.2.4.tgz","shasum":"` + sha1Of + `",
				"integrity":"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="}}}}`},
			versions: []string{"1.2.4"}, want: Wanted{Tag: "1.2.4", Version: "1.2.4"}, sums: []string{"tool-1.2.4.tgz=sha512", "tool-1.2.4.tgz=sha1"}, requests: 1,
		},
		{
			source: "postgresql", address: "https://ftp.postgresql.org/pub/source/v15.2/postgresql-15.2.tar.bz2", project: "ftp.postgresql.org/pub/source", tag: "v15.2",
			pages: map[string]string{
				"ftp.postgresql.org/pub/source/":                                     `<html><body><a href="../">../</a><a href="v15.3/">v15.3/</a>    08-May-2023 21:23       -</body></html>`,
				"ftp.postgresql.org/pub/source/v15.3/postgresql-15.3.tar.bz2.sha256": sha256Of + "  postgresql-15.3.tar.bz2\n",
			},
			versions: []string{"v15.3"}, want: Wanted{Tag: "v15.3", Files: []string{"https://ftp.postgresql.org/pub/source/v15.3/postgresql-15.3.tar.bz2"}, Algorithms: []string{"sha256"}},
			sums: []string{"postgresql-15.3.tar.bz2=sha256"}, requests: 2,
		},
		{source: "openssl", address: "https://www.openssl.org/source/openssl-1.1.1t.tar.gz", project: "openssl.org/source", tag: "openssl-1.1.1t.tar.gz"},
		{source: "nginx", address: "https://nginx.org/download/nginx-1.25.1.tar.gz", project: "nginx.org/download", tag: "nginx-1.25.1.tar.gz"},
		{source: "gnu", address: "https://ftp.gnu.org/gnu/gcc/gcc-13.1.0/gcc-13.1.0.tar.xz", project: "ftp.gnu.org/gnu/gcc", tag: "gcc-13.1.0"},
		{source: "curl", address: "https://curl.haxx.se/download/curl-7.61.0.tar.bz2", project: "curl.se/download", tag: "curl-7.61.0.tar.bz2"},
		{source: "docker", address: "https://download.docker.com/linux/static/stable/x86_64/docker-24.0.5.tgz", project: "download.docker.com/linux/static/stable/x86_64", tag: "docker-24.0.5.tgz"},
		{source: "yarn", address: "https://yarnpkg.com/downloads/1.22.19/yarn-v1.22.19.tar.gz", project: "github.com/yarnpkg/yarn", tag: "1.22.19"},
		{source: "", address: "https://example.com/x-1.2.3.tar.gz"},
		{source: "", address: "ftp://ftp.gnu.org/gnu/gcc/gcc-13.1.0.tar.xz"},
		{source: "", address: "https://github.com/a/b/releases/latest/download/x"},
	} {
		p, ok := Read(c.address)
		if c.project == "" {
			if ok {
				t.Errorf("Read(%q) = %+v, want nothing", c.address, p)
			}
			continue
		}
		if !ok || p.Source != c.source || p.Name != c.project || c.address[p.Start:p.End] != c.tag {
			t.Errorf("Read(%q) = %q %q %q, %v; want %q %q %q", c.address, p.Source, p.Name, c.address[p.Start:p.End], ok, c.source, c.project, c.tag)
			continue
		}
		back, ok := ProjectOf(p.Source, p.Name)
		if !ok || back.Name != p.Name {
			t.Errorf("ProjectOf(%q, %q) = %v, %v", p.Source, p.Name, back, ok)
		}
		if c.pages == nil {
			continue
		}
		s := newServer(t, c.pages)
		client := s.client(c.tags)
		if c.versions != nil {
			releases, err := client.Versions(context.Background(), back)
			if got := tagNames(releases); err != nil || !slices.Equal(got, c.versions) {
				t.Errorf("Versions of %s = %q, %v, want %q", p.Name, got, err, c.versions)
			}
		}
		list, err := client.Files(context.Background(), back, c.want)
		if err != nil {
			t.Errorf("Files of %s %s: %v", p.Name, c.want.Tag, err)
		}
		if got := known(list.Sums); !slices.Equal(got, c.sums) {
			t.Errorf("Files of %s %s = %q, want %q", p.Name, c.want.Tag, got, c.sums)
		}
		if _, err := client.Files(context.Background(), back, c.want); err != nil || len(s.asked) != c.requests {
			t.Errorf("%s: %d requests, want %d: %q", p.Name, len(s.asked), c.requests, s.asked)
		}
	}
}

func tagNames(list []Release) (names []string) {
	for _, r := range list {
		names = append(names, r.Tag)
	}
	slices.Sort(names)
	return names
}

func known(sums []sumlist.Sum) (names []string) {
	for _, s := range sums {
		if slices.Contains([]string{sha1Of, sha256Of, sha512Of}, s.Hex) && s.Trust > ecosystems.TrustNone && s.From != "" {
			if strings.Contains(s.File, "://") {
				s.File = base(s.File)
			}
			names = append(names, s.File+"="+s.Algorithm)
		}
	}
	return names
}

// TestHostileLists is answers that must be refused with a sentence.
func TestHostileLists(t *testing.T) {
	s := newServer(t, map[string]string{
		"releases.hashicorp.com/terraform/1/terraform_1_SHA256SUMS": strings.Repeat("x", maxList+1),
		"releases.hashicorp.com/terraform/2/terraform_2_SHA256SUMS": "<html>",
		"releases.hashicorp.com/terraform/index.json":               `{"versions":[]}`,
		"api.github.com/repos/a/b/releases/tags/v1":                 `{"assets":"x"}`,
		"go.dev/dl/?mode=json&include=all":                          `[{"version":"go1.2.3","files":[{"filename":"../x","sha256":"` + sha256Of + `"},{"filename":"y","sha256":"zz"}]}]`,
		"github.com/a/b/big":                                        strings.Repeat("x", 2<<10),
	})
	c, ctx := s.client(nil), context.Background()
	terraform, _ := ProjectOf("hashicorp", "releases.hashicorp.com/terraform")
	for _, v := range []string{"1", "2", "3"} {
		if list, err := c.Files(ctx, terraform, Wanted{Tag: v}); err == nil {
			t.Errorf("Files of %s = %+v, want an error", v, list)
		}
	}
	if _, err := c.Versions(ctx, terraform); err == nil || !strings.Contains(err.Error(), "not the JSON") {
		t.Errorf("Versions: %v", err)
	}
	b, _ := ProjectOf("github-release", "github.com/a/b")
	if _, err := c.Files(ctx, b, Wanted{Tag: "v1"}); fetch.Code(err) != fetch.BadAnswer {
		t.Errorf("Files of a release that is none: %v", err)
	}
	if list, err := c.Files(ctx, Project{Source: "go", Name: "go.dev/dl"}, Wanted{Tag: "go1.2.3"}); err != nil || len(list.Sums) > 0 {
		t.Errorf("Files with bad names = %+v, %v", list, err)
	}
	if _, err := c.Compute(ctx, "https://github.com/a/b/big", "sha256"); fetch.Code(err) != fetch.TooLarge {
		t.Errorf("Compute of a large file: %v", err)
	}
	if _, err := c.Compute(ctx, "https://github.com/a/b/big", "md5"); err == nil {
		t.Error("Compute makes an md5")
	}
}
