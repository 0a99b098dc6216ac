package gitrefs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on the answer of one repository.
const (
	maxAnswer = 64 << 20 // bytes of a list of references
	maxRefs   = 400_000  // references in one answer
	maxName   = 1024     // bytes of the name of a reference
)

// A Ref is a tag or a branch.
type Ref struct {
	Name   string // without refs/tags/ or refs/heads/: "v4.2.1", "main"
	Object string // the object it points to, in hexadecimal: the tag object for an annotated tag
	Commit string // the commit that Object leads to; equal to Object for a lightweight tag and a branch
}

// Refs are the tags and branches of one repository, each sorted by name.
type Refs struct {
	Tags  []Ref
	Heads []Ref
	Head  string // name of the default branch; "" if the server does not say
	URL   string // address of the repository, after redirects
	SHA   string // the object format: "sha1" or "sha256"
}

// Tag returns the tag with that name.
func (r *Refs) Tag(name string) (Ref, bool) { return find(r.Tags, name) }

// Branch returns the branch with that name.
func (r *Refs) Branch(name string) (Ref, bool) { return find(r.Heads, name) }

func find(list []Ref, name string) (Ref, bool) {
	i, ok := slices.BinarySearchFunc(list, name, func(r Ref, name string) int { return strings.Compare(r.Name, name) })
	if !ok {
		return Ref{}, false
	}
	return list[i], true
}

// TagsAt returns the tags that point to a commit.
func (r *Refs) TagsAt(commit string) []Ref { return at(r.Tags, commit) }

// BranchesAt returns the branches that point to a commit.
func (r *Refs) BranchesAt(commit string) []Ref { return at(r.Heads, commit) }

func at(list []Ref, commit string) []Ref {
	var found []Ref
	for _, ref := range list {
		if strings.EqualFold(ref.Commit, commit) {
			found = append(found, ref)
		}
	}
	return found
}

// TagObject returns the annotated tag with that tag object. A pin to it pins the
// tag, not a commit.
func (r *Refs) TagObject(object string) (Ref, bool) {
	for _, ref := range r.Tags {
		if strings.EqualFold(ref.Object, object) && ref.Object != ref.Commit {
			return ref, true
		}
	}
	return Ref{}, false
}

// A list collects references during parsing.
type list struct {
	Refs
	index map[string]int // into Tags, by name
	count int
}

// parseListing parses the answer to ls-refs (gitprotocol-v2, "ls-refs"):
//
//	<object> <name>[ symref-target:<name>][ peeled:<object>]
//
// up to the flush packet.
func parseListing(body io.Reader) (*Refs, error) {
	p, l := &packets{r: body}, newList()
	for {
		next, err := p.line()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errEnd
		case err != nil:
			return nil, err
		case next.kind != payload:
			return l.done(), nil
		}
		words := strings.Split(string(next.text), " ")
		if len(words) < 2 {
			return nil, fmt.Errorf("not a reference: %.80q", next.text)
		}
		var peeled string
		for _, attribute := range words[2:] {
			if to, ok := strings.CutPrefix(attribute, "peeled:"); ok {
				peeled = to
			}
			if to, ok := strings.CutPrefix(attribute, "symref-target:refs/heads/"); ok && words[1] == "HEAD" {
				l.Head = to
			}
		}
		if words[0] == "unborn" { // HEAD of a repository without a commit
			continue
		}
		if err := l.add(words[0], words[1], peeled); err != nil {
			return nil, err
		}
	}
}

// parseAdvertisement parses the first answer of a server of version 0 or 1
// (gitprotocol-pack, "Reference Discovery"): lines "<object> <name>", the first
// with capabilities after a zero byte. The commit of an annotated tag follows as
// "<object> <name>^{}". It returns errVersion2 for a server of version 2, whose
// first answer has no references.
func parseAdvertisement(body io.Reader) (*Refs, []string, error) {
	p, l := &packets{r: body}, newList()
	var capabilities []string
	began := false
	for {
		next, err := p.line()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, nil, errEnd
		case err != nil:
			return nil, nil, err
		case next.kind == flush && !began:
			began = true // the references follow "# service=git-upload-pack"
			continue
		case next.kind != payload:
			return l.done(), capabilities, nil
		}
		text := string(next.text)
		switch {
		case strings.HasPrefix(text, "# service="), text == "version 1", strings.HasPrefix(text, "shallow "):
			continue
		case text == "version 2":
			capabilities, err := restOf(p)
			return nil, capabilities, errors.Join(err, errVersion2)
		}
		began = true
		text, caps, first := strings.Cut(text, "\x00")
		if first {
			capabilities = strings.Fields(caps)
			l.readHead(capabilities)
		}
		object, name, ok := strings.Cut(text, " ")
		if !ok {
			return nil, nil, fmt.Errorf("not a reference: %.80q", text)
		}
		if name == "capabilities^{}" { // stands for an empty repository
			continue
		}
		if err := l.add(object, name, ""); err != nil {
			return nil, nil, err
		}
	}
}

// errVersion2 means that the server uses version 2 and lists its references only on request.
var errVersion2 = errors.New("version 2")

// restOf reads the capabilities of version 2 up to the flush packet.
func restOf(p *packets) ([]string, error) {
	var list []string
	for {
		next, err := p.line()
		if err != nil || next.kind != payload {
			return list, err
		}
		if list = append(list, string(next.text)); len(list) > 1000 {
			return nil, errors.New("the git server has more than 1000 capabilities")
		}
	}
}

func newList() *list { return &list{index: map[string]int{}} }

// readHead reads the default branch from the capabilities.
func (l *list) readHead(capabilities []string) {
	for _, c := range capabilities {
		if to, ok := strings.CutPrefix(c, "symref=HEAD:refs/heads/"); ok {
			l.Head = to
		}
	}
}

// IsObject reports whether text is the full SHA-1 or SHA-256 name of an object, in
// hexadecimal digits of either case.
func IsObject(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdefABCDEF") == ""
}

// add adds one reference; peeled is the commit of its tag object, "" for none.
func (l *list) add(id, name, peeled string) error {
	if l.count++; l.count > maxRefs {
		return fmt.Errorf("the repository has more than %d references", maxRefs)
	}
	if id != strings.ToLower(id) || !IsObject(id) || peeled != "" && !IsObject(peeled) {
		return fmt.Errorf("not the name of an object: %.80q", id+" "+peeled)
	}
	l.SHA = map[int]string{40: "sha1", 64: "sha256"}[len(id)]
	ref := Ref{Object: id, Commit: id}
	if peeled != "" {
		ref.Commit = peeled
	}
	if tag, ok := strings.CutPrefix(name, "refs/tags/"); ok {
		if of, ok := strings.CutSuffix(tag, "^{}"); ok {
			if i, known := l.index[of]; known {
				l.Tags[i].Commit = id
			}
			return nil
		}
		if ref.Name = tag; proper(tag) {
			l.index[tag] = len(l.Tags)
			l.Tags = append(l.Tags, ref)
		}
	}
	if branch, ok := strings.CutPrefix(name, "refs/heads/"); ok && proper(branch) {
		ref.Name = branch
		l.Heads = append(l.Heads, ref)
	}
	return nil
}

// proper reports whether text can be the name of a reference
// (git-check-ref-format). Other names are left out, because names are written into files.
func proper(name string) bool {
	return name != "" && len(name) <= maxName && utf8.ValidString(name) && !strings.Contains(name, "..") && !strings.Contains(name, "@{") &&
		!strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsGraphic(c) || strings.ContainsRune(" ~^:?*[\\", c) })
}

// done sorts the references and returns them.
func (l *list) done() *Refs {
	byName := func(a, b Ref) int { return strings.Compare(a.Name, b.Name) }
	slices.SortStableFunc(l.Tags, byName)
	slices.SortStableFunc(l.Heads, byName)
	if !proper(l.Head) {
		l.Head = ""
	}
	return &l.Refs
}

// isDumb reports whether an answer is the static file that a web server without
// git serves at that path (gitrepository-layout, "info/refs").
func isDumb(body []byte) bool {
	line, _, _ := bytes.Cut(body, []byte("\n"))
	id, name, ok := bytes.Cut(line, []byte("\t"))
	return ok && IsObject(string(id)) && bytes.HasPrefix(name, []byte("refs/"))
}

// oneLine turns text from a server into one short line.
func oneLine(text string) string {
	const most = 200
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
