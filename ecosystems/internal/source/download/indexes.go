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

// decode downloads a JSON document into out.
func (c *Client) decode(ctx context.Context, address string, out any) error {
	body, err := c.get(ctx, address, maxIndex)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, out); err != nil {
		return malformed(address, "not the JSON it should be: "+err.Error())
	}
	return nil
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
			var all []goRelease
			if err := c.decode(ctx, goList, &all); err != nil {
				return nil, err
			}
			var out []Release
			for _, r := range all {
				out = append(out, Release{Tag: r.Version, Pre: !r.Stable && strings.ContainsAny(r.Version, "rb")})
			}
			return out, nil
		},
		files: func(ctx context.Context, c *Client, _ Project, w Wanted) (List, error) {
			var all []goRelease
			if err := c.decode(ctx, goList, &all); err != nil {
				return List{}, err
			}
			list := List{Names: []string{}}
			for _, r := range all {
				for _, f := range r.Files {
					if r.Version == w.Tag && sumlist.PlainName(f.Filename) && sumlist.AlgorithmOf(f.SHA256) == "sha256" {
						list.Names = append(list.Names, f.Filename)
						list.Sums = append(list.Sums, sumlist.Sum{File: f.Filename, Algorithm: "sha256", Hex: strings.ToLower(f.SHA256), Trust: ecosystems.TrustElsewhere, From: "go.dev/dl"})
					}
				}
			}
			return list, nil
		},
	}
}

// nodeRow follows https://nodejs.org/dist/index.json and SHASUMS256.txt beside
// the files (nodejs.org, "Verifying binaries").
func nodeRow() row {
	return row{
		name: "node", project: "{host}/{path}",
		urls: urls(`(?P<host>nodejs\.org)/(?P<path>dist|download/release)/`+tag+`/.+`, `(?P<host>unofficial-builds\.nodejs\.org)/(?P<path>download/release)/`+tag+`/.+`),
		versions: func(ctx context.Context, c *Client, p Project) ([]Release, error) {
			var all []struct {
				Version string `json:"version"` // "v20.1.0"
				Date    string `json:"date"`
			}
			if err := c.decode(ctx, "https://"+p.Name+"/index.json", &all); err != nil {
				return nil, err
			}
			var out []Release
			for _, r := range all {
				out = append(out, Release{Tag: r.Version, Published: day(r.Date)})
			}
			return out, nil
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
	releases := func(ctx context.Context, c *Client) (all []release, err error) {
		err = c.decode(ctx, api+"release/?is_published=true", &all)
		return all, err
	}
	return row{
		name: "python", project: "www.python.org/ftp/python",
		urls: urls(`(?:www\.)?python\.org/ftp/python/[^/]+/(?:Python|python)-(?P<tag>[0-9][0-9.]*(?:(?:a|b|rc)[0-9]+)?)(?:\.|-)[^/]+`),
		versions: func(ctx context.Context, c *Client, _ Project) ([]Release, error) {
			all, err := releases(ctx, c)
			var out []Release
			for _, r := range all {
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
	var files []struct {
		URL    string `json:"url"`
		SHA256 string `json:"sha256_sum"`
		MD5    string `json:"md5_sum"`
	}
	if err := c.decode(ctx, address, &files); err != nil {
		return List{}, err
	}
	list := List{Names: []string{}, Published: published}
	for _, f := range files {
		name := base(f.URL)
		if !sumlist.PlainName(name) {
			continue
		}
		list.Names = append(list.Names, name)
		for _, hex := range []string{f.SHA256, f.MD5} {
			if sumlist.IsHex(hex) {
				list.Sums = append(list.Sums, sumlist.Sum{File: name, Algorithm: sumlist.AlgorithmOf(hex), Hex: strings.ToLower(hex), Trust: ecosystems.TrustBeside, From: "the release API of python.org"})
			}
		}
	}
	return list, nil
}

// hashicorpRow follows https://releases.hashicorp.com/terraform/index.json and
// the SHA256SUMS of each version ("Verify HashiCorp binary downloads").
func hashicorpRow() row {
	return row{
		name: "hashicorp", project: "releases.hashicorp.com/{product}",
		urls: urls(`releases\.hashicorp\.com/(?P<product>[a-z0-9-]+)/` + tag + `/.+`),
		versions: func(ctx context.Context, c *Client, p Project) ([]Release, error) {
			var index struct {
				Versions map[string]struct {
					Version string `json:"version"`
				} `json:"versions"`
			}
			if err := c.decode(ctx, "https://"+p.Name+"/index.json", &index); err != nil {
				return nil, err
			}
			var out []Release
			for v := range index.Versions {
				out = append(out, Release{Tag: v})
			}
			return out, nil
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
		versions: redisVersions,
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

// redisVersions returns the tags with a prefix, because the names of files have one and the tags do not.
func redisVersions(ctx context.Context, c *Client, p Project) ([]Release, error) {
	all, err := tagsOf(func(Project) string { return "https://github.com/redis/redis" })(ctx, c, p)
	for n := range all {
		all[n].Tag = "redis-" + all[n].Tag
	}
	return all, err
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
		urls: urls(`(?:www\.|secure\.)?php\.net/distributions/php-(?P<tag>[0-9][^/]*?)\.tar\.(?:xz|gz|bz2)(?:\.asc)?`, `(?:www\.|secure\.)?php\.net/get/php-(?P<tag>[0-9][^/]*?)\.tar\.(?:xz|gz|bz2)(?:\.asc)?/from/.*`),
		versions: func(ctx context.Context, c *Client, _ Project) ([]Release, error) {
			tags, err := tagsOf(func(Project) string { return "https://github.com/php/php-src" })(ctx, c, Project{})
			var out []Release
			for _, t := range tags {
				if v, ok := strings.CutPrefix(t.Tag, "php-"); ok {
					out = append(out, Release{Tag: v})
				}
			}
			return out, err
		},
		files: func(ctx context.Context, c *Client, _ Project, w Wanted) (List, error) {
			var r release
			if err := c.decode(ctx, api+"version="+segment(w.Tag), &r); err != nil {
				return List{}, err
			}
			list := List{Names: []string{}, Published: day(r.Date)}
			for _, f := range r.Source {
				if !sumlist.PlainName(f.Filename) {
					continue
				}
				list.Names = append(list.Names, f.Filename)
				for _, hex := range []string{f.SHA256, f.MD5} {
					if sumlist.IsHex(hex) {
						list.Sums = append(list.Sums, sumlist.Sum{File: f.Filename, Algorithm: sumlist.AlgorithmOf(hex), Hex: strings.ToLower(hex), Trust: ecosystems.TrustBeside, From: "the release API of php.net"})
					}
				}
			}
			return list, nil
		},
	}
}

var dated = lazyregexp.New(`\b(\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?|\d{2}-[A-Z][a-z]{2}-\d{4}(?: \d{2}:\d{2})?)\b`)
