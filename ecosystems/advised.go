package ecosystems

import (
	"context"
	"io/fs"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Advised is an ecosystem whose packages have advisories in the OSV format
// (https://ossf.github.io/osv-schema/).
type Advised interface {
	// Advised returns the name and version that advisories use for a version of
	// a package; ok is false if no advisory can be about it.
	Advised(ctx context.Context, pkg Package, v version.Version) (a Subject, ok bool)
	// ReadVersion parses a version in the notation of advisories about the package.
	ReadVersion(pkg Package, text string) (v version.Version, ok bool)
}

// A Subject is a version of a package, in the notation of advisories.
type Subject struct {
	Ecosystem, Name, Version string
	Also                     string // another name that advisories use for it; "" for none
	Private                  bool   // its name must not be sent to public services
}

// An Importer is an ecosystem whose source code names the packages that it uses.
type Importer interface {
	// Imports returns the first import of each package in the code beside a
	// manifest, as "file:line". Packages that are not imported are not in the
	// result. It returns an error if it could not read all of the code.
	Imports(repo fs.FS, manifest string, packages []string) (map[string]string, error)
}
