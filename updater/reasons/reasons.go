// Package reasons says in plain words what the codes of reasons mean, and what to
// do about each: for summaries, and for the page of documentation that lists them.
//
// It decides nothing. A test holds the list against the codes that the other
// packages have.
package reasons

import (
	"fmt"
	"io"
	"strings"
)

// A Meaning is what a code stands for.
type Meaning struct {
	Code  string
	Short string // stands behind a number: "3 without a version"
	Means string // one or two sentences
	Do    string // a way on
}

// All are the codes, in the order of the documentation: what is held, what is
// skipped, what failed.
func All() []Meaning {
	return append(append(held(), skipped()...), failed()...)
}

// Of returns what a code means; for an unknown one the code itself.
func Of(code string) Meaning {
	for _, m := range All() {
		if m.Code == code {
			return m
		}
	}
	return Meaning{Code: code, Short: code, Means: code}
}

func held() []Meaning {
	return []Meaning{
		{"policy", "newer than `allow` lets through", "A newer version exists, and it is further than `allow` lets a pull request move.", "Allow more for this dependency in a rule (`allow: minor`), or tick its box in the dashboard."},
		{"cooldown", "too new: the cooldown is not over", "The version was published a short while ago. New releases are sometimes taken back, or turn out to be malicious.", "Wait, or shorten `cooldown`. Fixes of known vulnerabilities do not wait."},
		{"platform", "no longer built for a platform in use", "The newer image is not offered for a platform that the one in use is offered for.", "Change the platform, or stay on the version until the image is built for it."},
		{"conflict", "not installable with the other pins", "The newer version does not install together with the other pins of the file.", "`freshpin explain FILE:LINE` names the pin it conflicts with; move both, or loosen that one."},
		{"python", "not for the Python in use", "The newer version does not run on the Python that the project is for.", "Set `python:` where the wrong one is inferred, or move the project to a newer Python."},
		{"signature", "not signed as the settings want", "The settings ask for a signature that the newer image does not have, or that does not verify; or the checksums in use come from a signed list, and the newer ones do not.", "Look at who published it. Change `verify` or `downloads: {keys: …}` only if the publisher changed keys or identity."},
		{"checksum-unknown", "with a checksum that no list has", "A checksum in the file is of nothing that the publisher lists for the version in use, so it is not known which file it is of.", "Correct the checksum. Where the publisher lists none, `downloads: {trust: compute}` downloads the file once."},
		{"checksum-mismatch", "with another checksum than is published", "The publisher lists another checksum for the file: the file was changed after it was published, or the checksum is wrong.", "Find out which, before anything is built from it. Freshpin does not touch it."},
		{"bad-signature", "with a list of checksums that is signed wrongly", "The list of checksums carries a signature that is not by one of the keys named for it, or is not over this list.", "Find out which, before anything is built from it. Where the publisher has a new key, put it into the file that `downloads: {keys: …}` names."},
		{"rebuild", "rebuilt without a change that matters", "The image behind the tag was built again, and nothing in it changed that `rebuilds` asks for.", "`rebuilds: any` proposes every rebuild."},
		{"drags", "would move another dependency too far", "The update needs another dependency to move further than its own `allow` lets it.", "Allow more for that other dependency; the reason names it."},
		{"no-tool", "need a tool that is not installed", "The tool that completes the change (the go command for go.mod) is not installed.", "Install it where Freshpin runs."},
		{"not-tidy", "in a module that go mod tidy changes", "`go mod tidy` changes the module before anything moves, and cannot be run on it.", "Run `go mod tidy` and commit what it changes."},
		{"too-new", "in a module for a newer Go than installed", "The manifest asks for a newer tool than the one installed.", "Install the newer Go where Freshpin runs."},
		{"tool-fail", "refused by a tool", "The tool that completes the change gave up on it.", "The reason quotes the tool; `freshpin update --only NAME -v` shows all of it."},
		{"refused", "closed without merging before", "A pull request with this very update was closed without merging, so it is not offered again.", "Tick its box in the dashboard, or comment `/freshpin recreate` on the closed pull request."},
		{"reverted", "merged and taken back before", "This update was merged and then reverted, so it is not offered again.", "Tick its box in the dashboard."},
		{"proposed-elsewhere", "proposed by another bot already", "An open pull request of Renovate or Dependabot makes the same update.", "Merge that one, or close it: the next run proposes the update."},
	}
}

func skipped() []Meaning {
	return []Meaning{
		{"unpinned", "without a version", "No version is written, so there is nothing to update.", "Write one, or set `pin: true`, which writes bounds and digests."},
		{"variable", "put together from variables", "The version comes from variables whose values are not in the file.", "Give the variable a default in the same file."},
		{"no-tag", "with a digest and no tag", "A digest alone does not say which release line it belongs to.", "Write the tag before the digest: `name:1.2@sha256:…`."},
		{"build", "built here", "The image is built from this repository and not pulled.", "Nothing: its Dockerfile is read."},
		{"tag-moved", "with a tag that was moved", "The tag names another commit than the one that was written for it.", "Look at what changed between the two commits before you take the new one."},
		{"foreign-commit", "with a commit that no branch holds", "The repository has the pinned commit in no branch and no tag: it may come from a fork.", "Pin a commit that a release tag names, and look at who wrote the old one."},
		{"url", "given by an address", "The dependency is an archive or a repository given by its address.", "Use a released version if there is one."},
		{"path", "given by a path", "The dependency is a folder or file of this machine.", "Nothing: it is your own."},
		{"index-not-allowed", "from an index that is not allowed", "The file names a package index that the operator has not allowed.", "Add its host to `allowed_hosts` of the operator's file."},
		{"ignored", "ignored by the settings", "A rule, a comment in the file or `/freshpin ignore` says to leave it alone.", "Remove the rule, or give it an `until:` date."},
		{"indirect", "indirect", "Something else requires it; it is not a requirement of this module itself.", "`indirect: true` lists and moves them."},
		{"replaced", "replaced in go.mod", "A `replace` directive decides which code is used.", "Change or remove the `replace` directive."},
		{"unsupported", "in a form that is not supported", "The text is readable, and it is of a kind that Freshpin does not update.", "Write it in one of the forms that the documentation lists for this kind of file."},
	}
}

func failed() []Meaning {
	return []Meaning{
		{"not-found", "not found", "The registry or index says that there is no such package, or hides it from this login.", "Check the name; if it is private, log in (`freshpin doctor` shows which logins are found)."},
		{"unauthorized", "need a login", "The registry or index wants a login, or does not accept the one it got.", "`docker login HOST`, `~/.netrc`, or the index address with a token in the environment; `freshpin doctor` helps."},
		{"rate-limited", "refused for now: too many requests", "The host takes no more requests for a while.", "Log in, which usually allows more, or try again later. Answers that were found are kept."},
		{"unreachable", "not looked up: the host did not answer", "There was no connection, no answer in time, or an error of the server.", "Check the network and the proxy (`HTTPS_PROXY`), then run again. `freshpin doctor` looks at each host."},
		{"offline", "not in the cache", "With `--offline` only the cache is read, and the answer is not in it.", "Run once without `--offline`."},
		{"bad-answer", "answered wrongly", "The answer is not what such a host answers: a login page, or a document that was cut off.", "A proxy or mirror is often the reason; the error names the address."},
		{"too-large", "with an answer that is too large", "The answer is larger than Freshpin reads.", "Report it, with the address."},
		{"malformed", "not readable", "The file or line is not what it should be.", "The reason names the place; correct it there."},
		{"unreadable", "not opened", "The system does not let Freshpin read the file.", "Look at its owner and mode; the reason is what the system says."},
		{"limit", "over a limit", "The operator's limits, or those of the program, are used up.", "Raise the limit in the operator's file, or split the work."},
	}
}

// Docs writes all of it as a page of documentation.
func Docs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Why is this not updated?

<!-- Generated from the reasons: go test ./cmd/internal/cli -run Docs -update-docs -->

Every pin that is not proposed has a reason: a stable word (` + "`reason_code`" + ` in JSON) and a sentence. ` + "`freshpin explain FILE:LINE`" + `
shows everything that led to one decision.
`)
	for _, part := range []struct {
		title, text string
		list        []Meaning
	}{
		{"Held", "A newer version exists, and it is not proposed.", held()},
		{"Skipped", "The pin cannot be updated as it is written.", skipped()},
		{"Failed", "The pin could not be looked up. Nothing is known about it, and its open pull request is left alone.", failed()},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| code | what it means | what to do |\n| --- | --- | --- |\n", part.title, part.text)
		for _, m := range part.list {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.Code, m.Means, m.Do)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
