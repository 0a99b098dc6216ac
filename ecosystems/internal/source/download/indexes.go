package download

import (
	"context"
	"encoding/json"
	"path"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// decode downloads a JSON document.
func decode[T any](ctx context.Context, c *Client, address string) (v T, err error) {
	body, err := c.get(ctx, address, maxIndex)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, malformed(address, "not the JSON it should be: "+err.Error())
	}
	return v, nil
}

// day parses the date of a release; zero if it has none.
func day(text string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02", "02 Jan 2006", "2006-01-02 15:04", "02-Jan-2006 15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

const goList = "https://go.dev/dl/?mode=json&include=all"

// goRelease is an element of https://go.dev/dl/?mode=json (golang.org/x/website,
// internal/dl: type Release, type File).
type goRelease struct {
	Version string `json:"version"` // "go1.26.1"
	Stable  bool   `json:"stable"`
	Files   []struct {
		Filename string `json:"filename"`
		SHA256   string `json:"sha256"`
	} `json:"files"`
}

func goRow() row {
	return row{
		name: "go", project: "go.dev/dl",
		urls: urls(`(?:go\.dev/dl|golang\.org/dl|dl\.google\.com/go|storage\.googleapis\.com/golang|mirrors\.aliyun\.com/golang)/(?P<tag>go[0-9][^/-]*?)\.(?:src|[a-z\x00][a-z0-9\x00]*-[^/]*)\.?[^/]*`,
			`(?:go\.dev/dl|golang\.org/dl|dl\.google\.com/go|storage\.googleapis\.com/golang)/(?P<tag>go[0-9][^/-]*?)\.\x00[^/]*`),
		versions: func(ctx context.Context, c *Client, _ Project) ([]Release, error) {
			all, err := decode[[]goRelease](ctx, c, goList)
			var out []Release
			for _, r := range all {
				// Old releases are not stable either, and only betas and release candidates
				// have letters.
				out = append(out, Release{Tag: r.Version, Pre: !r.Stable && strings.ContainsAny(r.Version, "rb")})
			}
			return out, err
		},
		files: func(ctx context.Context, c *Client, _ Project, w Wanted) (List, error) {
			all, err := decode[[]goRelease](ctx, c, goList)
			list := List{Names: []string{}}
			for _, r := range all {
				for _, f := range r.Files {
					if r.Version == w.Tag && sumlist.AlgorithmOf(f.SHA256) == "sha256" {
						list.add(f.Filename, ecosystems.TrustElsewhere, "go.dev/dl", f.SHA256)
					}
				}
			}
			return list, err
		},
	}
}

// nodeRow follows https://nodejs.org/dist/index.json and SHASUMS256.txt beside
// the files (nodejs.org, "Verifying binaries").
func nodeRow() row {
	type release struct {
		Version string `json:"version"` // "v20.1.0"
		Date    string `json:"date"`
	}
	return row{
		name: "node", project: "{host}/{path}",
		urls: urls(`(?P<host>nodejs\.org)/(?P<path>dist|download/release)/`+tag+`/.+`, `(?P<host>unofficial-builds\.nodejs\.org)/(?P<path>download/release)/`+tag+`/.+`),
		versions: func(ctx context.Context, c *Client, p Project) ([]Release, error) {
			all, err := decode[[]release](ctx, c, "https://"+p.Name+"/index.json")
			var out []Release
			for _, r := range all {
				out = append(out, Release{Tag: r.Version, Published: day(r.Date)})
			}
			return out, err
		},
		files: func(ctx context.Context, c *Client, p Project, w Wanted) (List, error) {
			return c.listAt(ctx, "https://"+p.Name+"/"+segment(w.Tag)+"/SHASUMS256.txt", w, ".sig", ".asc")
		},
	}
}

// listAt reads a list of all files of a version. If the operator has configured
// keys, it also checks the signature beside the list, whose name ends in one of ends.
func (c *Client) listAt(ctx context.Context, address string, w Wanted, ends ...string) (List, error) {
	body, err := c.get(ctx, address, maxList)
	if err != nil {
		return List{}, err
	}
	var signatures []string
	for _, end := range ends {
		signatures = append(signatures, address+end)
	}
	sums, err := c.sumsIn(ctx, w, body, listed{name: base(address), trust: ecosystems.TrustBeside, from: base(address) + " of the publisher", signatures: signatures})
	if err != nil {
		return List{}, err
	}
	list := List{Sums: sums, Names: []string{}}
	// A login page also parses as a list, without checksums.
	if len(sums) == 0 {
		return List{}, malformed(address, "no list of checksums")
	}
	for _, s := range sums {
		list.Names = append(list.Names, s.File)
	}
	return list, nil
}

// pythonRow follows the API of python.org (python/pythondotorg, apps/downloads/api.py).
func pythonRow() row {
	const api = "https://www.python.org/api/v2/downloads/"
	type release struct {
		Name string `json:"name"` // "Python 3.11.4"
		Date string `json:"release_date"`
		Pre  bool   `json:"pre_release"`
		URI  string `json:"resource_uri"` // ends in the number of the release
	}
	releases := func(ctx context.Context, c *Client) ([]release, error) {
		return decode[[]release](ctx, c, api+"release/?is_published=true")
	}
	return row{
		name: "python", project: "www.python.org/ftp/python",
		urls: urls(`(?:www\.)?python\.org/ftp/python/[^/]+/(?:Python|python)-(?P<tag>[0-9][0-9.]*(?:(?:a|b|rc)[0-9]+)?)(?:\.|-)[^/]+`),
		versions: func(ctx context.Context, c *Client, _ Project) ([]Release, error) {
			all, err := releases(ctx, c)
			var out []Release
			for _, r := range all {
				// Other downloads, such as the install manager, have a word more in their
				// names.
				if v, ok := strings.CutPrefix(r.Name, "Python "); ok && !strings.Contains(v, " ") {
					out = append(out, Release{Tag: v, Published: day(r.Date), Pre: r.Pre})
				}
			}
			return out, err
		},
		files: func(ctx context.Context, c *Client, _ Project, w Wanted) (List, error) {
			all, err := releases(ctx, c)
			if err != nil {
				return List{}, err
			}
			for _, r := range all {
				if r.Name == "Python "+w.Tag {
					return c.pythonFiles(ctx, api+"release_file/?release="+segment(path.Base(strings.TrimSuffix(r.URI, "/"))), day(r.Date))
				}
			}
			return List{Names: []string{}}, nil
		},
	}
}

func (c *Client) pythonFiles(ctx context.Context, address string, published time.Time) (List, error) {
	type file struct {
		URL    string `json:"url"`
		SHA256 string `json:"sha256_sum"`
		MD5    string `json:"md5_sum"`
	}
	files, err := decode[[]file](ctx, c, address)
	if err != nil {
		return List{}, err
	}
	list := List{Names: []string{}, Published: published}
	for _, f := range files {
		list.add(base(f.URL), ecosystems.TrustBeside, "the release API of python.org", f.SHA256, f.MD5)
	}
	return list, nil
}

// hashicorpRow follows https://releases.hashicorp.com/terraform/index.json and
// the SHA256SUMS of each version ("Verify HashiCorp binary downloads").
func hashicorpRow() row {
	type index struct {
		Versions map[string]struct{} `json:"versions"`
	}
	return row{
		name: "hashicorp", project: "releases.hashicorp.com/{product}",
		urls: urls(`releases\.hashicorp\.com/(?P<product>[a-z0-9-]+)/` + tag + `/.+`),
		versions: func(ctx context.Context, c *Client, p Project) ([]Release, error) {
			all, err := decode[index](ctx, c, "https://"+p.Name+"/index.json")
			var out []Release
			for v := range all.Versions {
				out = append(out, Release{Tag: v})
			}
			return out, err
		},
		files: func(ctx context.Context, c *Client, p Project, w Wanted) (List, error) {
			v := segment(w.Tag)
			return c.listAt(ctx, "https://"+p.Name+"/"+v+"/"+p.Vars["product"]+"_"+v+"_SHA256SUMS", w, ".sig")
		},
	}
}

// redisRow follows the list of checksums in a repository of its own
// (redis/redis-hashes, README).
func redisRow() row {
	return row{
		name: "redis", project: "github.com/redis/redis",
		urls:     urls(`download\.redis\.io/releases/(?P<tag>redis-[^/]+?)\.tar\.gz`),
		versions: tagsIn("github.com/redis/redis", "", "redis-"), // in the names of files, but not in those of tags
		files: func(ctx context.Context, c *Client, _ Project, w Wanted) (List, error) {
			body, err := c.get(ctx, "https://raw.githubusercontent.com/redis/redis-hashes/master/README", maxList)
			if err != nil {
				return List{}, err
			}
			list := List{Names: []string{}}
			for _, s := range sumlist.Marked(sumlist.Parse(body, ""), ecosystems.TrustElsewhere, "github.com/redis/redis-hashes") {
				if s.File == w.Tag+".tar.gz" {
					list.Sums, list.Names = append(list.Sums, s), append(list.Names, s.File)
				}
			}
			return list, nil
		},
	}
}

// phpRow follows https://www.php.net/releases/index.php?json (php/web-php, releases/index.php).
func phpRow() row {
	type release struct {
		Date   string `json:"date"`
		Source []struct {
			Filename string `json:"filename"`
			SHA256   string `json:"sha256"`
			MD5      string `json:"md5"`
		} `json:"source"`
	}
	const api = "https://www.php.net/releases/index.php?json&"
	return row{
		name: "php", project: "www.php.net/distributions",
		urls:     urls(`(?:www\.|secure\.)?php\.net/distributions/php-(?P<tag>[0-9][^/]*?)\.tar\.(?:xz|gz|bz2)(?:\.asc)?`, `(?:www\.|secure\.)?php\.net/get/php-(?P<tag>[0-9][^/]*?)\.tar\.(?:xz|gz|bz2)(?:\.asc)?/from/.*`),
		versions: tagsIn("github.com/php/php-src", "php-", ""),
		files: func(ctx context.Context, c *Client, _ Project, w Wanted) (List, error) {
			r, err := decode[release](ctx, c, api+"version="+segment(w.Tag))
			if err != nil {
				return List{}, err
			}
			list := List{Names: []string{}, Published: day(r.Date)}
			for _, f := range r.Source {
				list.add(f.Filename, ecosystems.TrustBeside, "the release API of php.net", f.SHA256, f.MD5)
			}
			return list, nil
		},
	}
}

var dated = lazyregexp.New(`\b(\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?|\d{2}-[A-Z][a-z]{2}-\d{4}(?: \d{2}:\d{2})?)\b`)
