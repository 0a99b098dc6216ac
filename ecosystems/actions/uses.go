package actions

import (
	"net/url"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// docker is the prefix of an image that is used as an action.
const docker = "docker://"

// A use is the parsed value of "uses:".
type use struct {
	local  bool   // in this repository
	name   string // as written, without the reference: "github/codeql-action/init"
	server string // "https://codeberg.org"; "" if it names none
	repo   string // "github/codeql-action"
	path   string // in the repository: "init"; "" for its root
	ref    string // "v3"
}

var (
	segment   = lazyregexp.New(`^[A-Za-z0-9_.-]+$`)
	reference = lazyregexp.New(`^[^\s~^:?*\[\\\x00-\x1f\x7f]+$`) // git-check-ref-format
)

// parseUses parses owner/repository[/path]@reference, also with a server before
// it, which Gitea and Forgejo accept. The Reason says why text is not supported.
func parseUses(text string) (use, ecosystems.Reason) {
	unsupported := func(why string) (use, ecosystems.Reason) {
		return use{}, ecosystems.Reason{Code: ecosystems.Unsupported, Text: why}
	}
	if text == "." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || strings.HasPrefix(text, ".\\") {
		return use{local: true}, ecosystems.Reason{}
	}
	if strings.Contains(text, "${{") {
		return use{}, ecosystems.Reason{Code: ecosystems.Variable, Text: "an expression fills it in: what is used is not known here"}
	}
	address, rest := "", text
	if scheme, behind, ok := strings.Cut(text, "://"); ok {
		host, inside, _ := strings.Cut(behind, "/")
		u, err := url.Parse(scheme + "://" + host)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Hostname() == "" {
			return unsupported("not the address of an action that can be asked about")
		}
		address, rest = strings.ToLower(scheme+"://"+host), inside
	}
	name, ref, ok := strings.Cut(rest, "@")
	parts := strings.Split(strings.Trim(name, "/"), "/")
	switch {
	case !ok || ref == "":
		return unsupported("no version is named behind an @, which every runner wants")
	case len(parts) < 2 || !reference.MatchString(ref) || strings.Contains(ref, ".."):
		return unsupported("not owner/repository@reference")
	}
	for _, p := range parts {
		if !segment.MatchString(p) || p == ".." || p == "." {
			return unsupported("not owner/repository@reference")
		}
	}
	return use{
		name: text[:len(text)-len(ref)-1], server: address, ref: ref,
		repo: strings.Join(parts[:2], "/"), path: strings.Join(parts[2:], "/"),
	}, ecosystems.Reason{}
}

// pkg returns the repository as a package: all actions of a repository share its
// tags. server hosts the action if the use names no server; "" for the
// operator's choice.
func (u use) pkg(server string) ecosystems.Package {
	name := strings.ToLower(u.repo)
	if u.server != "" && u.server != DefaultServer {
		server = u.server
	}
	if server == "" || u.server == DefaultServer {
		return ecosystems.Package{Kind: kind, Name: name}
	}
	_, host, _ := strings.Cut(server, "://")
	return ecosystems.Package{Kind: kind, Name: path.Join(host, name), Index: server + "/" + u.repo}
}

// noDigest returns why the commit must not be written, "" if it may: a few
// workflows read the tag by which they are called.
func (u use) noDigest() string {
	if strings.EqualFold(u.repo, "slsa-framework/slsa-github-generator") && strings.HasPrefix(u.path, ".github/workflows/") {
		return "its workflows verify the tag by which they are called (slsa-github-generator, \"Referencing SLSA builders and generators\")"
	}
	return ""
}
