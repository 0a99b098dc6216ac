package download

import (
	"context"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// sumsBeside returns a function that reads the checksum published beside each
// wanted file, at the file's address with a suffix for the algorithm. at maps an
// address to the hosts to query; nil queries the file's own host.
func sumsBeside(suffixes map[string]string, trust ecosystems.Trust, at func(address string) []string) func(context.Context, *Client, Project, Wanted) (List, error) {
	return func(ctx context.Context, c *Client, _ Project, w Wanted) (List, error) {
		var list List
		for n, file := range w.Files {
			if n >= maxFiles {
				break
			}
			for _, algorithm := range w.Algorithms {
				suffix, ok := suffixes[algorithm]
				if !ok {
					continue
				}
				sums, err := c.sumOf(ctx, file, suffix, algorithm, at)
				if err != nil && !absent(err) {
					return List{}, err
				}
				list.Sums = append(list.Sums, sumlist.Marked(sums, trust, base(file)+suffix+" of the publisher")...)
			}
		}
		return list, nil
	}
}

func (c *Client) sumOf(ctx context.Context, file, suffix, algorithm string, at func(string) []string) ([]sumlist.Sum, error) {
	places := []string{file}
	if at != nil {
		places = at(file)
	}
	var err error
	for _, place := range places {
		var body []byte
		if body, err = c.get(ctx, place+suffix, maxList); err == nil {
			return onlyOf(sumlist.Parse(body, base(file)), file, algorithm), nil
		}
		if !absent(err) {
			return nil, err
		}
	}
	return nil, err
}

// onlyOf keeps the checksums of one file, which a list may name with its folder.
// It stores the whole address in them, since several folders may have a file of
// that name.
func onlyOf(sums []sumlist.Sum, file, algorithm string) (out []sumlist.Sum) {
	for _, s := range sums {
		if (base(s.File) == base(file) || s.File == "-") && s.Algorithm == algorithm {
			s.File = file
			out = append(out, s)
		}
	}
	return out
}

// kubernetesRows are dl.k8s.io (kubernetes.io, "Install kubectl": the .sha256
// beside the file) and get.helm.sh (helm.sh, "Installing Helm": .sha256sum).
func kubernetesRows() []row {
	return []row{{
		name: "kubernetes", project: "github.com/kubernetes/kubernetes",
		urls:     urls(`(?:dl\.k8s\.io|storage\.googleapis\.com/kubernetes-release|cdn\.dl\.k8s\.io)(?:/release)?/(?P<tag>v[0-9][^/]*)/.+`),
		versions: tagsIn("github.com/kubernetes/kubernetes", "", ""),
		files:    sumsBeside(map[string]string{"sha256": ".sha256", "sha512": ".sha512"}, ecosystems.TrustBeside, nil),
	}, {
		name: "helm", project: "github.com/helm/helm",
		urls:     urls(`(?:get\.helm\.sh|storage\.googleapis\.com/kubernetes-helm)/helm-(?P<tag>v[0-9][^/-]*(?:-(?:alpha|beta|rc)[0-9.]*)?)-[^/]+`),
		versions: tagsIn("github.com/helm/helm", "", ""),
		files:    sumsBeside(map[string]string{"sha256": ".sha256sum"}, ecosystems.TrustBeside, nil),
	}}
}

// rustRows are static.rust-lang.org (rust-lang.github.io/rustup, "Other
// installation methods": the .sha256 beside the file).
func rustRows() []row {
	files := sumsBeside(map[string]string{"sha256": ".sha256"}, ecosystems.TrustBeside, nil)
	return []row{{
		name: "rustup", project: "github.com/rust-lang/rustup", urls: urls(`static\.rust-lang\.org/rustup/archive/` + tag + `/.+`),
		versions: tagsIn("github.com/rust-lang/rustup", "", ""), files: files,
	}, {
		name: "rust", project: "github.com/rust-lang/rust", urls: urls(`static\.rust-lang\.org/dist/(?:\d{4}-\d{2}-\d{2}/)?[a-z-]+-(?P<tag>[0-9]+\.[0-9]+\.[0-9]+)(?:-[^/]*)?\.tar\.(?:gz|xz)(?:\.asc)?`),
		versions: tagsIn("github.com/rust-lang/rust", "", ""), files: files,
	}}
}

const apacheHosts = `(?:archive\.apache\.org/dist|(?:dlcdn|downloads|www-eu|www-us|apache)\.apache\.org(?:/dist)?|(?:www\.)?apache\.org/dist|(?:www\.)?apache\.org/dyn/closer\.(?:cgi|lua)(?:\?(?:action=download&)?filename=)?)`

var apacheStart = lazyregexp.New(`^https?://` + apacheHosts + `/?`)

// apacheRow follows the Apache release distribution policy: checksums come from
// downloads.apache.org, or for older releases from archive.apache.org, never
// from a mirror.
func apacheRow() row {
	return row{
		name: "apache", project: "archive.apache.org/dist/{parent}",
		urls: urls(apacheHosts + `/?(?P<parent>[^?]+?)/(?P<tag>[^/?]*[0-9]+\.[0-9]+[^/?]*)(?:/[^?]*)?(?:\?action=download)?`),
		versions: func(ctx context.Context, c *Client, p Project) ([]Release, error) {
			return c.folder(ctx, "https://archive.apache.org/dist/"+p.Vars["parent"]+"/")
		},
		files: sumsBeside(map[string]string{"sha512": ".sha512", "sha256": ".sha256", "sha1": ".sha1"}, ecosystems.TrustElsewhere, func(address string) []string {
			at := apacheStart.ReplaceAllString(strings.TrimSuffix(address, "?action=download"), "")
			return []string{"https://downloads.apache.org/" + at, "https://archive.apache.org/dist/" + at}
		}),
	}
}

var link = lazyregexp.New(`(?is)<a\s[^>]*href\s*=\s*["']?([^"'> ]+)["']?[^>]*>.*?</a>([^<]*(?:</td>\s*<td[^>]*>[^<]*)?)`)

// folder reads the names in a directory listing of a web server (Apache's
// mod_autoindex, nginx's ngx_http_autoindex_module).
func (c *Client) folder(ctx context.Context, address string) ([]Release, error) {
	body, err := c.get(ctx, address, maxIndex)
	if err != nil {
		return nil, err
	}
	var out []Release
	for _, m := range link.FindAllSubmatch(body, maxLinks) {
		name, err := url.PathUnescape(html.UnescapeString(string(m[1])))
		name = strings.TrimPrefix(strings.TrimSuffix(name, "/"), "./")
		// Listings also link to their parent, to other orders, and to pages elsewhere.
		if err != nil || !sumlist.PlainName(name) || strings.ContainsAny(name, "/?#") {
			continue
		}
		out = append(out, Release{Tag: name, Published: day(string(dated.Find(m[2])))})
	}
	if len(out) == 0 {
		return nil, malformed(address, "no listing of a folder")
	}
	return out, nil
}

// folderRows are publishers whose versions are the names in a folder. They may have a
// checksum beside each file.
func folderRows() (rows []row) {
	const version = `(?P<tag>[^/]*[0-9]+\.[0-9]+[^/]*)(?:/.*)?`
	for _, s := range []struct {
		name, project, pattern string
		sums                   map[string]string
	}{
		{"postgresql", "{parent}", `(?P<parent>ftp\.postgresql\.org/pub/source)/` + version, map[string]string{"sha256": ".sha256", "md5": ".md5"}},
		{"openssl", "{parent}", `(?:www\.)?(?P<parent>openssl\.org/source)/(?:old/[^/]+/)?` + version, map[string]string{"sha256": ".sha256", "sha1": ".sha1"}},
		{"nginx", "{parent}", `(?P<parent>nginx\.org/download)/` + version, nil},
		{"gnu", "ftp.gnu.org/gnu/{package}", `(?:ftp\.gnu\.org/(?:pub/)?gnu|ftpmirror\.gnu\.org(?:/gnu)?)/(?P<package>[^/]+)/` + version, nil},
		{"curl", "curl.se/download", `curl\.(?:se|haxx\.se)/download/` + version, nil},
		{"docker", "{parent}", `(?P<parent>download\.docker\.com/(?:linux|win|mac)/static/stable/[^/]+)/` + version, nil},
	} {
		r := row{name: s.name, project: s.project, urls: urls(s.pattern)}
		r.versions = func(ctx context.Context, c *Client, p Project) ([]Release, error) {
			return c.folder(ctx, "https://"+p.Name+"/")
		}
		if s.sums != nil {
			r.files = sumsBeside(s.sums, ecosystems.TrustBeside, nil)
		}
		rows = append(rows, r)
	}
	const yarn = "github.com/yarnpkg/yarn"
	return append(rows, row{name: "yarn", project: yarn, urls: urls(`yarnpkg\.com/downloads/` + version), versions: tagsIn(yarn, "v", "")})
}

// Beside looks for checksums beside the files of an unknown host. It sends at most
// four requests for each file (URL.sha256, URL.sha512, URL.sha256sum, SHA256SUMS).
func (c *Client) Beside(ctx context.Context, w Wanted) (List, error) {
	var list List
	asked := map[string]bool{}
	for _, file := range w.Files[:min(len(w.Files), maxFiles)] {
		err := c.besideFile(ctx, w, file, asked, &list)
		if alarm, is := alarmed(err); is {
			return alarm, nil
		}
		if err != nil {
			return List{}, err
		}
	}
	list.Sums = sumlist.Unambiguous(list.Sums)
	return list, nil
}

// besideFile adds the checksums beside one file. asked has the addresses that were
// requested for the files before it.
func (c *Client) besideFile(ctx context.Context, w Wanted, file string, asked map[string]bool, list *List) error {
	for _, place := range placesBeside(file, w.Algorithms) {
		// Files of one folder share its list.
		if asked[place] {
			continue
		}
		asked[place] = true
		body, err := c.get(ctx, place, maxList)
		if err != nil && !absent(err) {
			return err
		}
		if err == nil {
			sums, err := c.sumsIn(ctx, w, body, listed{base(place), onlyName(place, file), ecosystems.TrustBeside, base(place) + " beside it", beside(place)})
			if err != nil {
				return err
			}
			list.Sums = append(list.Sums, sums...)
		}
		if slices.ContainsFunc(list.Sums, func(s sumlist.Sum) bool { return base(s.File) == base(file) }) {
			break
		}
	}
	return nil
}

// placesBeside returns the addresses where a file's checksum may be, at most four.
func placesBeside(file string, algorithms []string) []string {
	folder := file[:strings.LastIndex(file, "/")+1]
	places := []string{folder + "SHA256SUMS", file + ".sha256sum"}
	for _, a := range algorithms {
		places = append([]string{file + "." + a}, places...)
	}
	return places[:min(len(places), 4)]
}

// onlyName returns the name of the only file that a list covers, "" for a list of many files.
func onlyName(list, file string) string {
	if strings.HasPrefix(list, file) {
		return base(file)
	}
	return ""
}
