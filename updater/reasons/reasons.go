// Package reasons describes the reason codes and how to resolve each, for summaries
// and for the documentation page that lists them.
//
// A test checks that the list has all codes of the other packages.
package reasons

import (
	"fmt"
	"io"
	"strings"
)

// A Meaning describes a reason code.
type Meaning struct {
	Code  string
	Short string // read after a number: "3 without a version"
	Means string // one or two sentences
	Do    string // how to resolve it
}

// All returns all codes in the order of the documentation: held, skipped, failed.
func All() []Meaning {
	return append(append(held(), skipped()...), failed()...)
}

// Of returns the meaning of a code. The meaning of an unknown code is its text.
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
		{"policy", "newer than `allow` permits", "A newer version exists, but it is further away than `allow` permits.", "Allow more for this dependency in a rule (`allow: minor`), or tick its checkbox in the dashboard."},
		{"cooldown", "too new: the cooldown is not over", "The version was published only recently. New releases are sometimes withdrawn, or turn out to be malicious.", "Wait, or shorten `cooldown`. Fixes of known vulnerabilities do not wait."},
		{"platform", "no longer built for a platform in use", "The newer image is not built for every platform of the image in use.", "Drop the platform, or wait until the image is built for it."},
		{"conflict", "not installable with the other pins", "The newer version cannot be installed together with the other pins of the file.", "`freshpin explain FILE:LINE` names the conflicting pin; update both, or loosen that one."},
		{"python", "not for the Python in use", "The newer version does not support the project's Python.", "Set `python:` if Freshpin inferred the wrong one, or move the project to a newer Python."},
		{"signature", "not signed as the settings want", "The settings ask for a signature that the newer image does not have, or that does not verify; or the checksums in use come from a signed list, and the newer ones do not.", "Look at who published it. Change `verify` or `downloads: {keys: …}` only if the publisher changed keys or identity."},
		{"checksum-unknown", "with a checksum that no list contains", "A checksum in the file is not in the publisher's list for the version in use, so Freshpin does not know which file it belongs to.", "Correct the checksum. If the publisher has no list, `downloads: {trust: compute}` computes it by downloading the file once."},
		{"checksum-mismatch", "with a checksum other than the published one", "The publisher lists another checksum for this file: either the file was changed after it was published, or the checksum is wrong.", "Find out which before you build anything from it. Freshpin does not change it."},
		{"bad-signature", "with a list of checksums that is signed wrongly", "The list of checksums carries a signature that is not by one of the keys named for it, or is not over this list.", "Find out which, before anything is built from it. Where the publisher has a new key, put it into the file that `downloads: {keys: …}` names."},
		{"rebuild", "rebuilt without a relevant change", "The image of the tag was rebuilt, without a change that `rebuilds` asks for.", "`rebuilds: any` proposes every rebuild."},
		{"drags", "would move another dependency too far", "The update requires another dependency to move further than that one's `allow` permits.", "Allow more for that other dependency; the reason names it."},
		{"no-tool", "need a tool that is not installed", "The tool that completes the change (the go command for go.mod) is not installed.", "Install it where Freshpin runs."},
		{"not-tidy", "in a module that go mod tidy changes", "The module is not tidy even before the update, and Freshpin cannot run `go mod tidy` on it.", "Run `go mod tidy` and commit what it changes."},
		{"too-new", "in a module for a newer Go than installed", "The manifest requires a newer Go than the one installed.", "Install the newer Go where Freshpin runs."},
		{"tool-fail", "rejected by a tool", "The tool that completes the change failed.", "The reason quotes the tool; `freshpin update --only NAME -v` shows its whole output."},
		{"refused", "closed without merging before", "A pull request with the same update was closed without merging, so Freshpin does not propose it again.", "Tick its checkbox in the dashboard, or comment `/freshpin recreate` on the closed pull request."},
		{"reverted", "merged and reverted before", "This update was merged and then reverted, so Freshpin does not propose it again.", "Tick its checkbox in the dashboard."},
		{"proposed-elsewhere", "proposed by another bot already", "An open pull request of Renovate or Dependabot makes the same update.", "Merge it, or close it and let the next run propose the update."},
	}
}

func skipped() []Meaning {
	return []Meaning{
		{"unpinned", "without a version", "The file names no version, so there is nothing to update.", "Write a version, or set `pin: true`, which adds bounds and digests."},
		{"variable", "with a version from variables", "The version comes from a variable whose value is not in the file.", "Give the variable a default in the same file."},
		{"no-tag", "with a digest and no tag", "A digest alone does not say which release line it belongs to.", "Write the tag before the digest: `name:1.2@sha256:…`."},
		{"build", "built here", "The image is built from this repository, not pulled.", "Nothing: Freshpin reads its Dockerfile."},
		{"tag-moved", "with a tag that was moved", "The tag now points to another commit than the one in the file.", "Look at what changed between the two commits before you take the new one."},
		{"foreign-commit", "with a commit that no branch contains", "No branch and no tag of the repository contains the pinned commit: it may come from a fork.", "Pin the commit of a release tag, and find out who wrote the old one."},
		{"url", "given by an address", "The dependency is an archive or a repository given by its address.", "Use a released version if there is one."},
		{"path", "given by a path", "The dependency is a local folder or file.", "Nothing: there is no published version to update to."},
		{"index-not-allowed", "from an index that is not allowed", "The file names a package index that the operator does not allow.", "Add its host to `allowed_hosts` in the operator's file."},
		{"ignored", "ignored by the settings", "A rule, a comment in the file or `/freshpin ignore` excludes it.", "Remove the rule, or give it an `until:` date."},
		{"indirect", "indirect", "Only another dependency requires it, not this module itself.", "`indirect: true` lists and updates it."},
		{"replaced", "replaced in go.mod", "A `replace` directive determines which code is used.", "Change or remove the `replace` directive."},
		{"unsupported", "in a form that is not supported", "The pin has a form that Freshpin does not update.", "Use one of the forms that the documentation lists for this kind of file."},
	}
}

func failed() []Meaning {
	return []Meaning{
		{"not-found", "not found", "The registry or index has no such package, or hides it from this login.", "Check the name; if the package is private, log in (`freshpin doctor` shows which logins were found)."},
		{"unauthorized", "need a login", "The registry or index requires a login, or rejected the one it got.", "`docker login HOST`, `~/.netrc`, or an index address with a token in the environment; `freshpin doctor` shows which logins were found."},
		{"rate-limited", "rate-limited: try again later", "The host's rate limit is used up.", "Log in, which usually raises the limit, or try again later. Finished lookups are cached."},
		{"unreachable", "not looked up: the host is down or out of reach", "There was no connection, no answer in time, or a server error.", "Check the network and the proxy (`HTTPS_PROXY`), then run again. `freshpin doctor` checks each host."},
		{"timeout", "not looked up in time", "The time for all lookups (`--timeout`) was over before this one finished.", "Run again, or give more time: finished lookups are cached."},
		{"offline", "not in the cache", "With `--offline`, Freshpin uses only the cache, and the answer is not in it.", "Run once without `--offline`."},
		{"bad-answer", "with an invalid answer", "The answer is not valid for such a host: for example a login page, or a truncated document.", "Often a proxy or mirror is the cause; the error names the address."},
		{"too-large", "with an answer that is too large", "The answer is larger than Freshpin accepts.", "Report it as an issue, with the address."},
		{"malformed", "not readable", "The file or line has a syntax error.", "The reason names the place; correct it."},
		{"unreadable", "not opened", "The system does not let Freshpin read the file.", "Look at its owner and mode; the reason is what the system says."},
		{"host-refused", "not looked up: the host is not allowed", "A rule forbids requests to the host: in CI, in the service and for `github:` repositories, private addresses are forbidden, and the operator may allow certain hosts only.", "Name the host in `FRESHPIN_PRIVATE_HOSTS` or `private_hosts` if it may have a private address, or in the operator's `allowed_hosts`."},
		{"limit", "over a limit", "A limit of the operator or of the program is reached.", "Raise the limit in the operator's file, or split the work."},
	}
}

// Docs writes the documentation page, in Markdown.
func Docs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Why is this not updated?

<!-- Generated from the reasons: go test ./cmd/internal/cli -run Docs -update-docs -->

Every pin without a proposed update has a reason: a stable code (` + "`reason_code`" + ` in JSON) and a sentence. ` + "`freshpin explain FILE:LINE`" + `
shows how one decision was made, step by step.
`)
	for _, part := range []struct {
		title, text string
		list        []Meaning
	}{
		{"Held", "A newer version exists, but Freshpin does not propose it.", held()},
		{"Skipped", "Freshpin cannot update the pin in its present form.", skipped()},
		{"Failed", "The lookup failed, so Freshpin knows nothing about the pin and leaves its open pull request alone.", failed()},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| code | what it means | what to do |\n| --- | --- | --- |\n", part.title, part.text)
		for _, m := range part.list {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.Code, m.Means, m.Do)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
