package pypi

import (
	"encoding/json"
	"net/url"
	"strings"
)

// A metafile says whether the metadata of a file are published beside it (PEP
// 658, with the names of PEP 714), and has their hash.
type metafile struct {
	there  bool
	sha256 string // in hexadecimal; "" if the index has none
}

// UnmarshalJSON parses a boolean or an object of hashes (PEP 691). Any other value
// means that there are no metadata and is not an error, so that the list of files
// stays usable.
func (m *metafile) UnmarshalJSON(data []byte) error {
	var hashes map[string]string
	switch text := string(data); {
	case text == "true":
		*m = metafile{there: true}
	case strings.HasPrefix(text, "{") && json.Unmarshal(data, &hashes) == nil:
		*m = metafile{there: true, sha256: hashes["sha256"]}
	}
	return nil
}

// metafileOf parses the attribute of an anchor: "true" or "sha256=…" (PEP 658).
func metafileOf(text string) metafile {
	m := metafile{there: text != "" && text != "false"}
	m.sha256, _ = strings.CutPrefix(text, "sha256=")
	if m.sha256 == text { // another hash, or none
		m.sha256 = ""
	}
	return m
}

func (m metafile) or(other metafile) metafile {
	if m.there {
		return m
	}
	return other
}

// A description is the location of the metadata of a release.
type description struct {
	url    string // absolute after resolve; "" if there are none
	sha256 string // "" if the index has none
}

// metadataOf selects the file whose metadata represent a release: a wheel for
// every platform, else one for Linux, else any, and a source distribution last.
// The metadata of the files of a release may differ, but comparing them would need
// a request for each file.
func metadataOf(files []file) description {
	best, rank := description{}, 0
	for _, f := range files {
		if n := weight(f); n > rank && f.metadata.there && f.url != "" {
			best, rank = description{f.url, f.metadata.sha256}, n
		}
	}
	return best
}

func weight(f file) int {
	n := 1
	switch wheel := strings.HasSuffix(f.name, ".whl"); {
	case wheel && strings.HasSuffix(f.name, "-none-any.whl"):
		n = 4
	case wheel && strings.Contains(f.name, "linux"):
		n = 3
	case wheel:
		n = 2
	}
	if !f.yanked {
		n += 4
	}
	return n
}

// resolve makes the addresses of metadata absolute. They are relative to the
// files, which may be on another host. An invalid address becomes "".
func (p *Project) resolve(page *url.URL, base string) {
	if b, err := page.Parse(base); err == nil { // without a base, that is the page itself
		page = b
	}
	for i := range p.Releases {
		meta := &p.Releases[i].meta
		if meta.url == "" {
			continue
		}
		u, err := page.Parse(meta.url)
		if err != nil || u.Opaque != "" {
			meta.url = ""
			continue
		}
		u.User, u.Fragment, u.RawFragment = nil, "", "" // the fragment holds the hash of the file, not of its metadata
		if u.Path += ".metadata"; u.RawPath != "" {
			u.RawPath += ".metadata"
		}
		meta.url = u.String()
	}
}
