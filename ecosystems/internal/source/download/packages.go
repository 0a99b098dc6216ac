package download

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
)

// mavenRow follows the layout of Maven repositories (maven.apache.org,
// "Maven Repository Layout", "Checksums").
func mavenRow() row {
	return row{
		name: "maven", project: "{host}/{group}/{artifact}",
		urls: urls(
			`(?P<host>repo1\.maven\.org/maven2)/(?P<group>[^?]+)/(?P<artifact>[^/]+)/`+tag+`/[^/]+`,
			`(?P<host>repo\.maven\.apache\.org/maven2)/(?P<group>[^?]+)/(?P<artifact>[^/]+)/`+tag+`/[^/]+`,
			`(?:search\.maven\.org/remotecontent\?filepath=)(?P<group>[^?]+)/(?P<artifact>[^/]+)/`+tag+`/[^/]+`,
		),
		versions: func(ctx context.Context, c *Client, p Project) ([]Release, error) {
			address := "https://" + mavenCentral(p.Name) + "/maven-metadata.xml"
			body, err := c.get(ctx, address, maxIndex)
			if err != nil {
				return nil, err
			}
			var data struct {
				Versions []string `xml:"versioning>versions>version"`
			}
			if err := xml.Unmarshal(body, &data); err != nil {
				return nil, malformed(address, "no maven-metadata.xml: "+err.Error())
			}
			var out []Release
			for _, v := range data.Versions {
				out = append(out, Release{Tag: v})
			}
			return out, nil
		},
		files: sumsBeside(map[string]string{"sha1": ".sha1", "sha256": ".sha256", "sha512": ".sha512", "md5": ".md5"}, ecosystems.TrustBeside, nil),
	}
}

// mavenCentral replaces a host of Maven Central that serves browsers by the one that serves files.
func mavenCentral(name string) string {
	return strings.Replace(name, "{host}", "repo1.maven.org/maven2", 1)
}

// npmRow follows the registry's package metadata (npm/registry,
// docs/responses/package-metadata.md: dist.integrity, dist.shasum).
func npmRow() row {
	type document struct {
		Versions map[string]struct {
			Dist struct {
				Tarball   string `json:"tarball"`
				Integrity string `json:"integrity"` // "sha512-" and base64
				Shasum    string `json:"shasum"`
			} `json:"dist"`
		} `json:"versions"`
		Time map[string]string `json:"time"`
	}
	ask := func(ctx context.Context, c *Client, p Project) (document, error) {
		return decode[document](ctx, c, "https://registry.npmjs.org/"+strings.Replace(p.Vars["package"], "/", "%2f", 1))
	}
	return row{
		name: "npm", project: "registry.npmjs.org/{package}",
		urls: urls(`registry\.npmjs\.org/(?P<package>@[^/]+/[^/]+)/-/[^/]+?-(?P<tag>[0-9][^/]*?)\.tgz`, `registry\.npmjs\.org/(?P<package>[^/@]+)/-/[^/]+?-(?P<tag>[0-9]+\.[^/]*?)\.tgz`,
			`registry\.yarnpkg\.com/(?P<package>(?:@[^/]+/)?[^/]+)/-/[^/]+?-(?P<tag>[0-9]+\.[^/]*?)\.tgz`),
		versions: func(ctx context.Context, c *Client, p Project) ([]Release, error) {
			d, err := ask(ctx, c, p)
			var out []Release
			for v := range d.Versions {
				out = append(out, Release{Tag: v, Published: day(d.Time[v]).Truncate(time.Second)})
			}
			return out, err
		},
		files: func(ctx context.Context, c *Client, p Project, w Wanted) (List, error) {
			d, err := ask(ctx, c, p)
			v, ok := d.Versions[w.Version]
			if err != nil || !ok {
				return List{Names: []string{}}, err
			}
			name := base(v.Dist.Tarball)
			list := List{Names: []string{name}, Published: day(d.Time[w.Version])}
			if coded, ok := strings.CutPrefix(v.Dist.Integrity, "sha512-"); ok {
				if raw, err := base64.StdEncoding.DecodeString(coded); err == nil && len(raw) == 64 {
					list.Sums = append(list.Sums, sumlist.Sum{File: name, Algorithm: "sha512", Hex: hex.EncodeToString(raw), Trust: ecosystems.TrustElsewhere, From: "dist.integrity of registry.npmjs.org"})
				}
			}
			if sumlist.AlgorithmOf(v.Dist.Shasum) == "sha1" && sumlist.IsHex(v.Dist.Shasum) {
				list.Sums = append(list.Sums, sumlist.Sum{File: name, Algorithm: "sha1", Hex: strings.ToLower(v.Dist.Shasum), Trust: ecosystems.TrustElsewhere, From: "dist.shasum of registry.npmjs.org"})
			}
			return list, nil
		},
	}
}
