package downloads

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// UnverifiedAdd is the rule unverified-add: ADD fetches something without a checksum.
var UnverifiedAdd = check.Rule{
	ID: "unverified-add", Level: check.Must, Mode: check.Default,
	Title:  "ADD fetches something without a checksum",
	Why:    "BuildKit verifies what it fetches where ADD says the checksum or the commit; without one it takes what it gets.",
	Silent: "for addresses at a commit, localhost, and signing keys and signatures, which trusted-on-first-use is about.",
	Fixes:  "safe: writes --checksum=sha256:…, or the commit behind the tag of a git repository.",
	Source: "https://docs.docker.com/reference/dockerfile/#add---checksum",
	Docker: unverifiedAdd,
}

// An added is a remote source of an ADD.
type added struct {
	word located.Text
	url  string // with known variables replaced
	git  bool
	ref  string // after # in a git address
}

var (
	gitAddress = lazyregexp.New(`(?i)^(?:git@|git://|ssh://|(?:https?://)?github\.com/[^/]+/[^/#]+?(?:\.git)?(?:#|$)|https?://[^#?]+\.git(?:[#?]|$))`)
	isHTTP     = lazyregexp.New(`(?i)^https?://`)
)

// addedBy returns the remote sources of an ADD.
func addedBy(d *check.Docker, i int, in *dockerfile.Instruction) (list []added) {
	words := in.Args.Fields()
	if strings.HasPrefix(in.Args.String(), "[") {
		return nil // the JSON form is rare, and its words have no positions of their own
	}
	for _, w := range words[:max(len(words)-1, 0)] { // the last word is the destination
		one := added{word: w}
		one.url, _, _ = d.Expand(i, w)
		switch {
		case gitAddress.MatchString(one.url):
			one.git = true
			_, one.ref, _ = strings.Cut(one.url, "#")
			one.ref, _, _ = strings.Cut(one.ref, ":")
		case !isHTTP.MatchString(one.url):
			continue
		}
		list = append(list, one)
	}
	return list
}

// aTag matches a reference that looks like a version.
var aTag = lazyregexp.New(`\d+\.\d+|^v\d+$|\d{4,}`)

func unverifiedAdd(d *check.Docker, facts *check.Facts) (found []check.Finding) {
	for i, in := range judged.Instructions(d, "add") {
		_, checked := in.FlagValue("checksum")
		for _, a := range addedBy(d, i, in) {
			proof := download{url: a.url}
			switch {
			case checked, localHost.MatchString(a.url), judged.IsCommit(a.url), proof.isProof() && !a.git:
				continue
			case a.git && !aTag.MatchString(a.ref):
				continue // the rule moving-ref covers branches
			}
			f := check.Finding{
				At: a.word.Span(d.Name), Stage: d.StageName(in.Stage), Evidence: steady(a.url),
				Text: fmt.Sprintf("%s is added without a checksum", shown(a.url)),
			}
			if a.git {
				f.Text = fmt.Sprintf("%s is added by a tag, which can be moved to another commit", shown(a.url))
				f.Fix = commitFix(d, a, facts)
			} else {
				f.Fix = checksumFix(d, in, a, facts)
			}
			found = append(found, f)
		}
	}
	return found
}

// checksumFix returns the fix that adds --checksum to an ADD with one fixed source.
func checksumFix(d *check.Docker, in *dockerfile.Instruction, a added, facts *check.Facts) *check.Fix {
	if strings.Contains(a.word.String(), "$") || len(in.Args.Fields()) != 2 || !strings.HasPrefix(strings.ToLower(a.url), "https") || !moves.MatchString(a.url) {
		return nil
	}
	sum, ok := facts.Checksum(a.url)
	if !ok {
		return nil
	}
	at := in.Word.Span(d.Name)
	at.Start = at.End // behind the word ADD, because flags come first
	return &check.Fix{Kind: check.Safe, Text: "writes --checksum=" + sum[:min(len(sum), 19)] + "…", Edits: []ecosystems.Edit{{At: at, New: " --checksum=" + sum}}}
}

// commitFix returns the fix that replaces a tag by its commit.
func commitFix(d *check.Docker, a added, facts *check.Facts) *check.Fix {
	word := a.word.String()
	repository, ref, found := strings.Cut(word, "#")
	ref, _, _ = strings.Cut(ref, ":")
	if !found || strings.Contains(word, "$") {
		return nil
	}
	commit, ok := facts.Commit(repository, ref)
	if !ok || !judged.IsCommit(commit) {
		return nil
	}
	at := a.word.Slice(len(repository)+1, len(repository)+1+len(ref)).Span(d.Name)
	return &check.Fix{Kind: check.Safe, Text: "writes the commit of " + ref, Edits: []ecosystems.Edit{{At: at, Old: ref, New: commit}}}
}
