package ecosystems

import (
	"path"
	"slices"
	"strings"
)

// An Info says what an ecosystem is. All that the rest of the program has to
// know of a kind of file stands here, so that a new one is a package and a line
// in package all.
type Info struct {
	Name  string // the word for it in configuration and output: "dockerfile"
	Files string // what its files are called, in the plural: "Dockerfiles"
	Kinds []Kind // the kinds of packages that its files name, the usual one first; at least one

	// Beside are base names of files that are none of the ecosystem, and decide
	// what its files mean, as path.Match understands them: "go.sum", ".env*".
	Beside []string
	// Includes reports whether a file leads to others that have settings of their
	// own: a dependency then follows those for the file that it is written in,
	// and not those for the file that leads there.
	Includes bool

	// Indirect reports whether its files also list what others require: those are
	// left out unless the settings ask for them.
	Indirect bool

	// Tool is the command that completes edits (Finisher); the zero Tool for none.
	Tool Tool

	Dependabot []string // what Dependabot calls it (package-ecosystem): "docker"
	Renovate   []string // what Renovate calls it (managers and datasources): "pip_requirements", "pypi"
}

// A Tool is a command that completes the edits of some files.
type Tool struct {
	Command string   // "go"
	Version []string // its arguments that print its version: "env", "GOVERSION"
	Get     string   // how to come by it: "install Go from https://go.dev/dl"
	Files   string   // what it completes: "go.mod files"
}

// A Kind says what is published under the names in a file, whatever file that is.
type Kind struct {
	Word   string // Package.Kind: "oci"
	Noun   string // what one is called: "Docker image"
	Plural string // what several are called: "Docker images"

	// Digests reports whether a version is a name that its publisher can move, as
	// a tag is, and whether what it names has a digest (of an image, or the commit
	// of a tag in git) that can be written beside it. A newer digest of the same
	// version is then an update by itself.
	Digests bool
	// Resolves reports whether a listing tells which version a digest is
	// (Listing.ReadPin), so that a digest alone is a pin that can be updated.
	Resolves bool
	// Image reports whether the packages are container images: they have contents
	// that can be compared, signatures, and are built again under the same version.
	// The ecosystem is an ImageReader.
	Image bool
	// Complete reports whether a listing has every version that can be installed,
	// with its date and hashes: a version that is missing there is an error, and no
	// further request is made for a candidate.
	Complete bool
	// OnlyPre reports whether an installer takes a pre-release where nothing else is published.
	OnlyPre bool

	OSV       string // the ecosystem in the OSV format: "PyPI"; "" where it has none
	Withdrawn string // the code of the note about a version that was taken back: "retracted"; "" means "yanked"

	// Canonical returns the one spelling of a name that can be written in several
	// ways; nil where a name is spelled in one way.
	Canonical func(name string) string
	// Called returns what people call a package in a sentence, and the same as
	// short as it can be: "golang.org/x/net" and "x/net"; nil means the name and
	// the last element of it.
	Called func(name string) (full, short string)
}

// KindOf returns what the ecosystem says of a kind of package. A kind that it
// does not know has only its word.
func (i Info) KindOf(word string) Kind {
	for _, k := range i.Kinds {
		if k.Word == word {
			return k
		}
	}
	return Kind{Word: word}
}

// IsBeside reports whether a file decides what files of the ecosystem mean.
func (i Info) IsBeside(file string) bool {
	for _, pattern := range i.Beside {
		if ok, err := path.Match(pattern, path.Base(file)); ok && err == nil {
			return true
		}
	}
	return false
}

// Spelled returns the one spelling of a name.
func (k Kind) Spelled(name string) string {
	if k.Canonical == nil {
		return name
	}
	return k.Canonical(name)
}

// Names returns what people call a package in a sentence, and its short name.
func (k Kind) Names(name string) (full, short string) {
	if k.Called != nil {
		return k.Called(name)
	}
	if base := path.Base(name); base != "." && base != "/" {
		return name, base
	}
	return name, name
}

// Infos are what is said of all ecosystems, in the order of the documentation.
type Infos []Info

// InfosOf returns what the ecosystems say of themselves.
func InfosOf(list []Ecosystem) (infos Infos) {
	for _, e := range list {
		infos = append(infos, e.Info())
	}
	return infos
}

// Names returns the words for the ecosystems.
func (l Infos) Names() (names []string) {
	for _, i := range l {
		names = append(names, i.Name)
	}
	return names
}

// Files lists what the files of all ecosystems are called, the last behind a
// word: "Dockerfiles, compose files and go.mod files".
func (l Infos) Files(word string) string {
	var names []string
	for _, i := range l {
		if !slices.Contains(names, i.Files) { // two may read the same files
			names = append(names, i.Files)
		}
	}
	n := len(names) - 1
	if n < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:n], ", ") + " " + word + " " + names[n]
}

// KindOf returns what is said of a kind of package.
func (l Infos) KindOf(word string) Kind {
	for _, i := range l {
		if k := i.KindOf(word); k.Noun != "" {
			return k
		}
	}
	return Kind{Word: word}
}

// ShortDigest is as much of a digest as people compare: "sha256:0123456789ab",
// and of a commit "0123456789ab".
func ShortDigest(digest string) string {
	algorithm, sum, found := strings.Cut(digest, ":")
	if !found {
		return digest[:min(shortLength, len(digest))]
	}
	return algorithm + ":" + sum[:min(shortLength, len(sum))]
}

const shortLength = 12
