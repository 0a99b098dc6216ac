package pypi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A page is the page of a project, from HTML or JSON.
type page struct {
	files  []file
	base   string // base of relative addresses, if an HTML page has one
	status string
	reason string
}

// A file is one distribution of a release.
type file struct {
	name     string
	url      string // as written
	sha256   string
	metadata metafile
	python   string // requires-python
	yanked   bool
	why      string // of the yank
	uploaded time.Time
}

// parsePage parses an answer by its content type.
func parsePage(name string, body []byte, h http.Header) (*page, error) {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return nil, errors.New("an empty answer")
	case media == "application/vnd.pypi.simple.v1+json" || media == "application/json":
		return parseJSON(name, body)
	case media == "application/vnd.pypi.simple.v1+html" || media == "text/html":
		return parseHTML(body)
	}
	return nil, fmt.Errorf("content type %q is not one of the simple API", media)
}

// A jsonPage is the project detail of PEP 691 with the additions of PEP 700 and 792.
type jsonPage struct {
	Meta struct {
		Version string `json:"api-version"`
	}
	Name   string
	Files  *jsonFiles
	Status json.RawMessage `json:"project-status"`
}

// status returns the status of PEP 792; a malformed one is ignored.
func (j jsonPage) status() (status, reason string) {
	var s struct{ Status, Reason string }
	if json.Unmarshal(j.Status, &s) != nil || s.Status == "active" {
		return "", ""
	}
	return s.Status, shortened(s.Reason)
}

// mostFiles is the largest number of files of one project; the largest of pypi.org have some ten thousand.
const mostFiles = 100_000

// jsonFiles decodes files one by one, so that a page with millions of empty ones is refused at the limit.
type jsonFiles []jsonFile

// UnmarshalJSON parses an array, or null for none.
func (f *jsonFiles) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if start, err := d.Token(); err != nil || start != json.Delim('[') {
		return errors.New("files is not an array")
	}
	*f = jsonFiles{}
	for d.More() {
		if len(*f) == mostFiles {
			return fmt.Errorf("more than %d files", mostFiles)
		}
		var one jsonFile
		if err := d.Decode(&one); err != nil {
			return err
		}
		*f = append(*f, one)
	}
	return nil
}

type jsonFile struct {
	Filename string
	URL      string
	Hashes   map[string]string
	Metadata metafile `json:"core-metadata"`
	Older    metafile `json:"dist-info-metadata"` // before PEP 714
	Python   *string  `json:"requires-python"`
	Yanked   yank
	Uploaded string `json:"upload-time"`
}

// A yank is false, true, or the reason (PEP 592).
type yank struct {
	yes bool
	why string
}

// UnmarshalJSON parses a boolean or a string. A file is yanked if the value is
// truthy (PEP 691), so an empty string and null mean that it is not.
func (y *yank) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "false", "null", "0", `""`, "[]", "{}":
		return nil
	}
	y.yes = true
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &y.why)
	}
	return nil
}

func parseJSON(name string, body []byte) (*page, error) {
	var in jsonPage
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, fmt.Errorf("not the JSON of the simple API: %v", err)
	}
	switch major, _, _ := strings.Cut(in.Meta.Version, "."); {
	case in.Meta.Version != "" && major != "1":
		return nil, fmt.Errorf("version %.20q of the simple API is not known", in.Meta.Version)
	case in.Files == nil:
		return nil, errors.New("not the JSON of the simple API: no list of files")
	case in.Name != "" && Normal(in.Name) != name:
		return nil, fmt.Errorf("the answer is about %.80q, not %s", in.Name, name)
	}
	p := &page{files: make([]file, 0, len(*in.Files))}
	p.status, p.reason = in.status()
	for _, f := range *in.Files {
		out := file{name: f.Filename, url: f.URL, sha256: f.Hashes["sha256"], metadata: f.Metadata.or(f.Older), yanked: f.Yanked.yes, why: f.Yanked.why}
		if f.Python != nil {
			out.python = *f.Python
		}
		if t, err := time.Parse(time.RFC3339Nano, f.Uploaded); err == nil { // optional (PEP 700)
			out.uploaded = version.Date(t)
		}
		p.files = append(p.files, out)
	}
	return p, nil
}

// parseHTML parses the anchors of PEP 503. It returns an error for a page that has
// forms or scripts but no file, because that is a login page, not an index.
func parseHTML(body []byte) (*page, error) {
	p, suspect, markup := &page{}, false, false
	z := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			// The tokenizer accepts any text, so a page without a single tag is none.
			if !markup || suspect && len(p.files) == 0 {
				return nil, errors.New("not the HTML of the simple API")
			}
			return p, nil
		case html.DoctypeToken:
			markup = true
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			markup = true
			switch t.Data {
			case "a":
				if f, ok := anchor(t); ok {
					p.files = append(p.files, f)
				}
			case "form", "script":
				suspect = true
			case "base":
				p.base = attribute(t, "href")
			case "meta":
				if err := p.meta(t); err != nil {
					return nil, err
				}
			}
		}
	}
}

func (p *page) meta(t html.Token) error {
	switch attribute(t, "name") {
	case "pypi:repository-version":
		if v := attribute(t, "content"); !strings.HasPrefix(v, "1.") {
			return fmt.Errorf("version %.20q of the simple API is not known", v)
		}
	case "pypi:project-status":
		if s := attribute(t, "content"); s != "active" {
			p.status = s
		}
	case "pypi:project-status-reason":
		p.reason = shortened(attribute(t, "content"))
	}
	return nil
}

func attribute(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// anchor parses a link to a file: its name is the last element of the path, its
// hash the fragment.
func anchor(t html.Token) (file, bool) {
	u, err := url.Parse(strings.TrimSpace(attribute(t, "href")))
	if err != nil || u.Path == "" {
		return file{}, false
	}
	f := file{name: path.Base(u.Path), python: attribute(t, "data-requires-python"), why: attribute(t, "data-yanked")}
	for _, a := range t.Attr {
		f.yanked = f.yanked || a.Key == "data-yanked"
		switch a.Key {
		case "data-core-metadata":
			f.metadata = metafileOf(a.Val)
		case "data-dist-info-metadata":
			f.metadata = f.metadata.or(metafileOf(a.Val))
		}
	}
	if f.metadata.there { // else the address is not needed, and pages have tens of thousands
		f.url = u.String()
	}
	for part := range strings.SplitSeq(u.Fragment, "&") {
		if sum, ok := strings.CutPrefix(part, "sha256="); ok {
			f.sha256 = sum
		}
	}
	return f, true
}
