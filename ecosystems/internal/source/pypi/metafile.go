package pypi

import (
	"encoding/json"
	"net/url"
	"strings"
)

// A metafile tells whether the metadata of a file lie beside it (PEP 658, with
// the names of PEP 714), and their hash.
type metafile struct {
	there  bool
	sha256 string // in hexadecimal; "" where the index names none
}

// UnmarshalJSON reads a boolean or an object of hashes (PEP 691). Anything else
// says that there are none; the list of files is not lost for it.
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

// metafileOf reads the attribute of an anchor: "true" or "sha256=…" (PEP 658).
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

// A description is where the metadata of a release lie.
type description struct {
	url    string // absolute once the page is read; "" for nowhere
	sha256 string // "" where the index names none
}

// described picks the file whose metadata speak for a release: a wheel for
// every platform, else one for Linux, else any, and a source distribution last.
// Files of one release may differ, but no index tells without asking for each.
func described(files []file) description {
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

// resolve makes the addresses of metadata absolute: beside the files, which may
// lie on another host. An address that is none is none.
func (p *Project) resolve(page *url.URL, base string) {
	if b, err := page.Parse(base); err == nil {
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
		u.User, u.Fragment, u.RawFragment = nil, "", ""
		if u.Path += ".metadata"; u.RawPath != "" {
			u.RawPath += ".metadata"
		}
		meta.url = u.String()
	}
}
