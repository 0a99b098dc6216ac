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

// The limits of what is read of one repository.
const (
	maxAnswer = 64 << 20 // bytes of a list of references
	maxRefs   = 400_000  // references in one answer
	maxName   = 1024     // bytes of the name of one
)

// A Ref is a tag or a branch.
type Ref struct {
	Name   string // without refs/tags/ or refs/heads/: "v4.2.1", "main"
	Object string // what it names, in hexadecimal: for an annotated tag the tag object
	Commit string // the commit that this leads to; for a lightweight tag and a branch the same as Object
}

// Refs are the tags and branches of one repository, each sorted by name.
type Refs struct {
	Tags  []Ref
	Heads []Ref
	Head  string // name of the default branch; "" where the server does not tell
	URL   string // where the repository is: another address than the one asked where it was moved
	SHA   string // the object format: "sha1" or "sha256"
}

// Tag returns the tag of that name.
func (r *Refs) Tag(name string) (Ref, bool) { return find(r.Tags, name) }

// Branch returns the branch of that name.
func (r *Refs) Branch(name string) (Ref, bool) { return find(r.Heads, name) }

func find(list []Ref, name string) (Ref, bool) {
	i, ok := slices.BinarySearchFunc(list, name, func(r Ref, name string) int { return strings.Compare(r.Name, name) })
	if !ok {
		return Ref{}, false
	}
	return list[i], true
}

// TagsAt returns the tags that lead to a commit.
func (r *Refs) TagsAt(commit string) []Ref { return at(r.Tags, commit) }

// BranchesAt returns the branches whose newest commit it is.
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

// TagObject returns the annotated tag whose own object has that name: a pin to
// it is one to the tag, and not to a commit.
func (r *Refs) TagObject(object string) (Ref, bool) {
	for _, ref := range r.Tags {
		if strings.EqualFold(ref.Object, object) && ref.Object != ref.Commit {
			return ref, true
		}
	}
	return Ref{}, false
}

// A list collects references as they are read.
type list struct {
	Refs
	index map[string]int // into Tags, by name
	count int
}

// parseListing reads the answer to ls-refs (gitprotocol-v2, "ls-refs"):
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
			return l.done()
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

// parseAdvertisement reads what a server of version 0 or 1 tells first
// (gitprotocol-pack, "Reference Discovery"): "<object> <name>", with
// capabilities behind a zero byte in the first, and what an annotated tag leads
// to as "<object> <name>^{}" behind it. It returns errVersion2 where the server
// speaks version 2, and lists nothing yet.
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
			began = true // behind "# service=git-upload-pack"
			continue
		case next.kind != payload:
			refs, err := l.done()
			return refs, capabilities, err
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
		if name == "capabilities^{}" { // of an empty repository
			continue
		}
		if err := l.add(object, name, ""); err != nil {
			return nil, nil, err
		}
	}
}

// errVersion2 says that the server speaks version 2 and lists its references when asked.
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

// readHead takes the default branch out of the capabilities.
func (l *list) readHead(capabilities []string) {
	for _, c := range capabilities {
		if to, ok := strings.CutPrefix(c, "symref=HEAD:refs/heads/"); ok {
			l.Head = to
		}
	}
}

// IsObject reports whether text is the full name of an object, of SHA-1 or
// SHA-256, in hexadecimal digits of either case.
func IsObject(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdefABCDEF") == ""
}

// add keeps one reference; peeled is what its tag object leads to, "" for none.
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
// (git-check-ref-format): what cannot is left out, for it would be written into files.
func proper(name string) bool {
	return name != "" && len(name) <= maxName && utf8.ValidString(name) && !strings.Contains(name, "..") && !strings.Contains(name, "@{") &&
		!strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsGraphic(c) || strings.ContainsRune(" ~^:?*[\\", c) })
}

// done sorts what was read.
func (l *list) done() (*Refs, error) {
	byName := func(a, b Ref) int { return strings.Compare(a.Name, b.Name) }
	slices.SortStableFunc(l.Tags, byName)
	slices.SortStableFunc(l.Heads, byName)
	if !proper(l.Head) {
		l.Head = ""
	}
	return &l.Refs, nil
}

// isDumb reports whether an answer is the file that a server without git
// serves under that name (gitrepository-layout, "info/refs").
func isDumb(body []byte) bool {
	line, _, _ := bytes.Cut(body, []byte("\n"))
	id, name, ok := bytes.Cut(line, []byte("\t"))
	return ok && IsObject(string(id)) && bytes.HasPrefix(name, []byte("refs/"))
}

// oneLine makes text from a server fit into a sentence.
func oneLine(text string) string {
	const most = 200
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
