package ecosystems

import (
	"path"
	"slices"
	"strings"
)

// An Info describes an ecosystem. It has everything that the rest of the program
// needs about a kind of file, so that a new ecosystem is a package and one line
// in package all (CONTRIBUTING.md has the steps).
type Info struct {
	Name  string // in configuration and output: "dockerfile"
	Files string // the name of its files, in the plural: "Dockerfiles"
	Kinds []Kind // the kinds of packages in its files, the usual one first; at least one

	// Beside are patterns (path.Match) for the base names of other files that
	// affect the meaning of the ecosystem's files: "go.sum", ".env*".
	Beside []string
	// Includes reports whether files include others with settings of their own:
	// the settings for the file in which a dependency is written apply, not those
	// for the including file.
	Includes bool

	// Indirect reports whether its files also list indirect dependencies, which
	// are left out unless the settings want them.
	Indirect bool

	// Tool is the command that completes edits (Finisher); the zero Tool for none.
	Tool Tool

	Dependabot []string // its names in Dependabot (package-ecosystem): "docker"
	Renovate   []string // its names in Renovate (managers and datasources): "pip_requirements", "pypi"
}

// A Tool is a command that completes the edits of some files.
type Tool struct {
	Command string   // "go"
	Version []string // the arguments that print its version: "env", "GOVERSION"
	Get     string   // how to install it: "install Go from https://go.dev/dl"
	Files   string   // the files that it completes: "go.mod files"
}

// A Kind describes a kind of package, independent of the files that name it.
type Kind struct {
	Word   string // Package.Kind: "oci"
	Noun   string // in the singular: "Docker image"
	Plural string // "Docker images"

	// Digests reports whether a version is a movable name, such as a tag, with a
	// digest (of an image, or the commit of a tag) that can be written beside it.
	// A newer digest of the same version is then an update.
	Digests bool
	// Resolves reports whether a listing maps digests to versions
	// (Listing.ReadPin), so that a digest alone can be updated.
	Resolves bool
	// Image reports whether the packages are container images, which have
	// comparable contents and signatures and are rebuilt with the same version.
	// The ecosystem is then an ImageReader.
	Image bool
	// Complete reports whether a listing has every installable version with its
	// date and hashes. A missing version is then an error, and candidates need no
	// further requests.
	Complete bool
	// OnlyPre reports whether installers use a pre-release if nothing else is published.
	OnlyPre bool

	OSV       string // the ecosystem in the OSV format: "PyPI"; "" for none
	Withdrawn string // the code of the note about a withdrawn version: "retracted"; "" means "yanked"

	// Canonical returns the canonical spelling of a name; nil if names have only
	// one spelling.
	Canonical func(name string) string
	// Called returns the name of a package in a sentence, and a short form:
	// "golang.org/x/net" and "x/net". nil means the name and its last element.
	Called func(name string) (full, short string)
}

// KindOf returns the kind with a word. A kind that the ecosystem does not have
// has only its word.
func (i Info) KindOf(word string) Kind {
	for _, k := range i.Kinds {
		if k.Word == word {
			return k
		}
	}
	return Kind{Word: word}
}

// IsBeside reports whether a file affects the meaning of the ecosystem's files.
func (i Info) IsBeside(file string) bool {
	for _, pattern := range i.Beside {
		if ok, err := path.Match(pattern, path.Base(file)); ok && err == nil {
			return true
		}
	}
	return false
}

// Spelled returns the canonical spelling of a name.
func (k Kind) Spelled(name string) string {
	if k.Canonical == nil {
		return name
	}
	return k.Canonical(name)
}

// Names returns the name of a package in a sentence, and its short form.
func (k Kind) Names(name string) (full, short string) {
	if k.Called != nil {
		return k.Called(name)
	}
	if base := path.Base(name); base != "." && base != "/" { // of "" and "/"
		return name, base
	}
	return name, name
}

// Infos are the descriptions of all ecosystems, in the order of the documentation.
type Infos []Info

// InfosOf returns the descriptions of the ecosystems.
func InfosOf(list []Ecosystem) (infos Infos) {
	for _, e := range list {
		infos = append(infos, e.Info())
	}
	return infos
}

// Names returns the names of the ecosystems.
func (l Infos) Names() (names []string) {
	for _, i := range l {
		names = append(names, i.Name)
	}
	return names
}

// Files returns a list of the names of files, with a word before the last:
// "Dockerfiles, compose files and go.mod files".
func (l Infos) Files(word string) string {
	var names []string
	for _, i := range l {
		if !slices.Contains(names, i.Files) { // two ecosystems may read the same files
			names = append(names, i.Files)
		}
	}
	n := len(names) - 1
	if n < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:n], ", ") + " " + word + " " + names[n]
}

// KindOf returns the kind with a word. An unknown kind has only its word.
func (l Infos) KindOf(word string) Kind {
	for _, i := range l {
		if k := i.KindOf(word); k.Noun != "" { // without a noun, it is made up
			return k
		}
	}
	return Kind{Word: word}
}

// ShortDigest returns the beginning of a digest or commit for display:
// "sha256:0123456789ab", "0123456789ab".
func ShortDigest(digest string) string {
	algorithm, sum, found := strings.Cut(digest, ":")
	if !found {
		return digest[:min(shortLength, len(digest))]
	}
	return algorithm + ":" + sum[:min(shortLength, len(sum))]
}

const shortLength = 12
