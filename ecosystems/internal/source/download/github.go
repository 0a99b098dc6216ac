package download

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// PublicAPI is the API of the public GitHub.
const PublicAPI = "https://api.github.com"

const (
	owner = `(?P<owner>[A-Za-z0-9][A-Za-z0-9-]*)`
	repo  = `(?P<repo>[A-Za-z0-9._-]+?)(?:\.git)?`
)

func repository(p Project) string {
	return "https://github.com/" + p.Vars["owner"] + "/" + p.Vars["repo"]
}

// githubRelease is the source for assets of a release (GitHub REST API, "Get a
// release by tag name"). Checksums are the digests of the assets, which GitHub has
// since June 2025, or come from a list among the assets.
func githubRelease() row {
	return row{
		name: "github-release", project: "github.com/{owner}/{repo}",
		urls:     urls(`github\.com/` + owner + `/` + repo + `/releases/download/` + tag + `/[^/?]+(?:\?.*)?`),
		versions: tagsOf(repository), files: githubFiles,
	}
}

// githubArchive is the source for archives of the source code at a tag. GitHub publishes no checksums for them.
func githubArchive() row {
	return row{
		name: "github-archive", project: "github.com/{owner}/{repo}",
		urls: urls(
			`github\.com/`+owner+`/`+repo+`/archive/(?:refs/tags/)?(?P<tag>[^?]+?)(?:\.tar\.gz|\.zip|\.tgz)(?:\?.*)?`,
			`codeload\.github\.com/`+owner+`/`+repo+`/(?:legacy\.)?(?:tar\.gz|zip)/(?:refs/tags/)?(?P<tag>[^?]+)`,
			`github\.com/`+owner+`/`+repo+`/(?:tarball|zipball)/(?:refs/tags/)?(?P<tag>[^?]+)`,
			`api\.github\.com/repos/`+owner+`/`+repo+`/(?:tarball|zipball)/(?:refs/tags/)?(?P<tag>[^?]+)`,
		),
		versions: tagsOf(repository),
	}
}

// githubRaw is the source for single files of the source code at a tag.
func githubRaw() row {
	return row{
		name: "github-raw", project: "github.com/{owner}/{repo}",
		urls: urls(
			`raw\.githubusercontent\.com/`+owner+`/`+repo+`/(?:refs/tags/)?`+tag+`/.+`,
			`github\.com/`+owner+`/`+repo+`/raw/(?:refs/tags/)?`+tag+`/.+`,
		),
		versions: tagsOf(repository),
	}
}

// gitRow is the source for repositories at a tag, as ADD accepts them (Dockerfile
// reference, "Adding files from a Git repository"). The checksum is the commit of
// the tag.
func gitRow() row {
	const repository = `(?P<repo>[^/?#]+/[^?#]+)\.git`
	return row{
		name: "git", project: "{repo}",
		urls:     urls(repository+`#(?:refs/tags/)?(?P<tag>[^:?&]+)(?::.*)?`, repository+`\?(?:[^#]*&)?(?:ref|tag|branch)=(?:refs/tags/)?(?P<tag>[^&#]+)(?:[&#].*)?`),
		versions: tagsOf(func(p Project) string { return "https://" + p.Vars["repo"] + ".git" }),
		files: func(ctx context.Context, c *Client, p Project, w Wanted) (List, error) {
			tags, err := c.tags(ctx, c.at("https://"+p.Vars["repo"]+".git"))
			if err != nil {
				return List{}, err
			}
			list := List{Names: []string{}}
			for _, t := range tags {
				// The commit becomes the pin, so its name must be a full SHA-1.
				if t.Name == w.Tag && sumlist.PlainName(t.Name) && sumlist.AlgorithmOf(t.Commit) == "sha1" {
					list.add("the commit of "+t.Name, ecosystems.TrustElsewhere, "the tags of "+p.Vars["repo"], t.Commit)
				}
			}
			return list, nil
		},
	}
}

// A release is the API's document. go-github v57 lacks the digest.
type release struct {
	Pre       bool      `json:"prerelease"`
	Draft     bool      `json:"draft"`
	Published time.Time `json:"published_at"`
	Assets    []asset   `json:"assets"`
}

type asset struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	Digest string `json:"digest"` // "sha256:…"; "" for assets from before June 2025
	URL    string `json:"browser_download_url"`
}

func githubFiles(ctx context.Context, c *Client, p Project, w Wanted) (List, error) {
	r, err := c.release(ctx, p, w.Tag)
	if err != nil {
		return List{}, err
	}
	list := List{Pre: r.Pre || r.Draft, Published: r.Published, Names: []string{}}
	for _, a := range r.Assets {
		algorithm, hex, _ := strings.Cut(a.Digest, ":")
		// An algorithm of the future must not be taken for one of today.
		if algorithm != sumlist.AlgorithmOf(hex) {
			hex = ""
		}
		list.add(a.Name, ecosystems.TrustDigest, "the digest of GitHub's asset", hex)
	}
	// GitHub computes the digests of whatever is uploaded, so only lists say what the
	// publisher meant.
	if w.Trust < ecosystems.TrustListed && w.Keys.Empty() && !list.lacks(w) {
		return list, nil
	}
	listed, err := c.assetLists(ctx, p, w, r.Assets)
	list.Sums = append(listed, list.Sums...)
	return list, err
}

// lacks reports whether a wanted file has no checksum of an algorithm in use.
func (l List) lacks(w Wanted) bool {
	has := map[string]int{}
	for _, s := range l.Sums {
		has[s.Algorithm]++
	}
	return slices.ContainsFunc(w.Algorithms, func(a string) bool { return has[a] < len(l.Names) })
}

// release requests one release.
func (c *Client) release(ctx context.Context, p Project, tag string) (release, error) {
	address := c.at(PublicAPI) + "/repos/" + p.Vars["owner"] + "/" + p.Vars["repo"] + "/releases/tags/" + segment(tag)
	q := fetch.Request{URL: address, Accept: "application/vnd.github+json", Limit: maxIndex}
	if c.o.Login != nil {
		var err error
		if q.Via, q.Identity, err = c.o.Login(ctx); err != nil {
			return release{}, err
		}
	}
	var r release
	q.Check = func(body []byte, _ http.Header) error { return json.Unmarshal(body, &release{}) }
	res, err := c.o.HTTP.Get(ctx, q)
	if err != nil {
		return release{}, err
	}
	if err := json.Unmarshal(res.Body, &r); err != nil {
		return release{}, malformed(address, "no release: "+err.Error())
	}
	return r, nil
}

var (
	listName  = lazyregexp.New(`(?i)(?:sha-?(?:1|256|384|512)|checksums?|shasums?|hashes|digests?|md5)`)
	otherKind = lazyregexp.New(`(?i)\.(?:sig|asc|pem|sigstore|json|intoto\.jsonl|sbom|pub|crt|cert|bundle|minisig|gpg)$`)
)

// assetLists reads the lists of checksums among the assets: those with the name
// of such a list, and the one beside each file.
func (c *Client) assetLists(ctx context.Context, p Project, w Wanted, assets []asset) ([]sumlist.Sum, error) {
	var signed, plain []sumlist.Sum
	read := 0
	folder := repository(p) + "/releases/download/" + segment(w.Tag) + "/"
	for _, a := range listsFirst(assets, w) {
		// Any number of assets may look like lists, and each costs a request.
		if read++; read > maxLists+len(w.Files) || read > maxFiles {
			break
		}
		body, err := c.get(ctx, folder+segment(a.Name), maxList)
		if err != nil {
			return nil, err
		}
		sums, err := c.sumsIn(ctx, w, body, listed{a.Name, fileOf(strings.TrimSuffix(a.Name, ".asc")), ecosystems.TrustBeside, a.Name + " beside it", signatureAssets(a, assets, folder)})
		if err != nil {
			return nil, err
		}
		if len(sums) > 0 && sums[0].Trust == ecosystems.TrustSigned {
			signed = append(signed, sums...)
			continue
		}
		plain = append(plain, sums...)
	}
	return append(sumlist.Unambiguous(signed), sumlist.Unambiguous(plain)...), nil
}

// listsFirst returns the assets that are lists of checksums: first those of many
// files, then those of one wanted file.
func listsFirst(assets []asset, w Wanted) (lists []asset) {
	names, bases := map[string]bool{}, map[string]bool{}
	for _, a := range assets {
		names[a.Name] = true
	}
	for _, f := range w.Files {
		bases[base(f)] = true
	}
	var single []asset
	for _, a := range assets {
		name, signed := strings.CutSuffix(a.Name, ".asc")
		if names[name] && signed { // the signature of a list, not a signed list
			continue
		}
		of := fileOf(name)
		switch {
		case !listName.MatchString(name) || otherKind.MatchString(name) || a.Size > maxList:
		case of == name || !names[of]: // of many files, or of a file that is not an asset
			lists = append(lists, a)
		case len(bases) == 0 || bases[of]:
			single = append(single, a)
		}
	}
	return append(lists[:min(len(lists), maxLists)], single...)
}

var sumSuffix = lazyregexp.New(`(?i)\.(?:sha(?:1|256|384|512)(?:sums?|\.txt)?|md5(?:\.txt)?|checksum)$`)

// fileOf returns the name of the file that a list for one file is about.
func fileOf(list string) string { return sumSuffix.ReplaceAllString(list, "") }
