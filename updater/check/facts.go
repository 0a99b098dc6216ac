package check

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// The kinds of questions that rules have for registries and other servers.
const (
	AskImage    = "image"    // Name: a reference, Detail: a platform. Answer: Image
	AskTwin     = "twin"     // Name: a reference without a version. Answer: Twin
	AskSmaller  = "smaller"  // Name: a reference, Detail: a platform. Answer: Variants
	AskNewest   = "newest"   // Name: "pypi", "npm", …; Detail: the package. Answer: Text, its newest version
	AskChecksum = "checksum" // Name: an address. Answer: Text, "sha256:…"
	AskCommit   = "commit"   // Name: an address of a git repository, Detail: a branch or tag. Answer: Text, 40 hex digits
	AskEnded    = "ended"    // Name: a reference. Answer: Text, the end of its line and the source; "" if it is supported
)

// A Question is a fact that a rule needs.
type Question struct {
	Kind   string
	Name   string // references as written in the file: "python:3.6-slim@sha256:…"
	Detail string
}

// An Answer is the result of a lookup. The kind of the question determines which field is set.
type Answer struct {
	Err      error // why the lookup failed; nil if it succeeded
	Image    ecosystems.Image
	Twin     ecosystems.Twin
	Variants []ecosystems.Variant
	Text     string
}

// Facts are the known answers. Every method reports whether it knows the answer,
// and records the question if not. An unknown fact is never a finding.
type Facts struct {
	Answers map[Question]Answer
	asked   map[Question]bool
}

func (f *Facts) ask(q Question) (Answer, bool) {
	a, ok := f.Answers[q]
	if !ok {
		if f.asked == nil {
			f.asked = map[Question]bool{}
		}
		f.asked[q] = true
	}
	// A failed lookup leaves the fact unknown and is not asked again.
	return a, ok && a.Err == nil
}

// Image returns an image as its registry describes it. Its Config may be nil.
func (f *Facts) Image(ref, platform string) (ecosystems.Image, bool) {
	if ref == "scratch" { // not an image: no registry has it
		return ecosystems.Image{Config: &ecosystems.ImageConfig{}}, true
	}
	a, ok := f.ask(Question{AskImage, ref, platform})
	return a.Image, ok
}

// Twin returns the tag with a version that currently names the same image; its Tag may be "".
func (f *Facts) Twin(ref string) (ecosystems.Twin, bool) {
	a, ok := f.ask(Question{AskTwin, ref, ""})
	return a.Twin, ok
}

// Smaller returns smaller builds of the same version.
func (f *Facts) Smaller(ref, platform string) ([]ecosystems.Variant, bool) {
	a, ok := f.ask(Question{AskSmaller, ref, platform})
	return a.Variants, ok
}

// Newest returns the newest version of a package: Newest("pypi", "flask").
func (f *Facts) Newest(kind, name string) (string, bool) {
	a, ok := f.ask(Question{AskNewest, kind, name})
	return a.Text, ok && a.Text != ""
}

// Checksum returns the "sha256:…" that its publisher lists for an address.
func (f *Facts) Checksum(url string) (string, bool) {
	a, ok := f.ask(Question{AskChecksum, url, ""})
	return a.Text, ok && a.Text != ""
}

// Commit returns the commit that a branch or tag of a git repository points to now.
func (f *Facts) Commit(repository, ref string) (string, bool) {
	a, ok := f.ask(Question{AskCommit, repository, ref})
	return a.Text, ok && a.Text != ""
}

// Ended returns when the release line of an image ended, and the source; "" if it is supported.
func (f *Facts) Ended(ref string) (string, bool) {
	a, ok := f.ask(Question{AskEnded, ref, ""})
	return a.Text, ok
}

// sortedQuestions returns the questions of a set, sorted.
func sortedQuestions(set map[Question]bool) []Question {
	return slices.SortedFunc(maps.Keys(set), func(a, b Question) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name), strings.Compare(a.Detail, b.Detail))
	})
}
