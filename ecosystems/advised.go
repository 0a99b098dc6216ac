package ecosystems

import (
	"context"
	"io/fs"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Advised is an ecosystem about whose packages advisories are published in
// the OSV format (https://ossf.github.io/osv-schema/).
type Advised interface {
	// Advised names a version of a package as advisories do; ok is false for
	// what none can be about.
	Advised(ctx context.Context, pkg Package, v version.Version) (a Subject, ok bool)
	// ReadVersion reads a version as advisories about the package write it.
	ReadVersion(pkg Package, text string) (v version.Version, ok bool)
}

// A Subject is a version of a package, as advisories name it.
type Subject struct {
	Ecosystem, Name, Version string
	Also                     string // another name under which advisories speak of it; "" for none
	Private                  bool   // its name is nobody's business: no stranger is asked about it
}

// An Importer is an ecosystem whose code says by name what it uses.
type Importer interface {
	// Imports returns where the code beside a manifest imports packages, as
	// "file:line"; those that it does not import are left out. The error is that
	// not all of the code could be read.
	Imports(repo fs.FS, manifest string, packages []string) (map[string]string, error)
}
