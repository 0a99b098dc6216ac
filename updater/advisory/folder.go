package advisory

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Question is a lookup of the advisories for a version of a package.
type Question struct {
	Package Package
	Version string // as its ecosystem writes it
	Private bool   // its name must not be sent to other servers
}

// A Source finds the advisories about packages.
type Source interface {
	// Name is an address or a folder, for people.
	Name() string
	// Find returns for each question the advisories about its package, ordered by
	// ID. It may return some that do not affect the version.
	Find(ctx context.Context, questions []Question) ([][]*Record, error)
}

// A Folder holds the advisories of a folder or an archive. It implements Source.
type Folder struct {
	name      string
	byPackage map[Package][]*Record
	Skipped   []error // for files that are no advisories; they do not stop the others
}

// maxRecords limits the advisories in memory.
const maxRecords = 2_000_000

// Open reads all .json files of a folder and its subfolders, or of a zip archive
// such as those of https://osv-vulnerabilities.storage.googleapis.com.
func Open(path string) (*Folder, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("advisories: %w", err)
	}
	if info.IsDir() {
		return read(os.DirFS(path), path)
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("advisories: %s is neither a folder nor a zip archive: %w", path, err)
	}
	defer archive.Close()
	return read(archive, path)
}

func read(from fs.FS, name string) (*Folder, error) {
	f := &Folder{name: name, byPackage: map[Package][]*Record{}}
	records := 0
	err := fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		// A named pipe would block.
		if !d.Type().IsRegular() || filepath.Ext(path) != ".json" {
			return nil
		}
		if records++; records > maxRecords {
			return fmt.Errorf("more than %d files", maxRecords)
		}
		r, err := readRecord(from, path)
		if err != nil {
			f.Skipped = append(f.Skipped, fmt.Errorf("%s: %w", filepath.Join(name, filepath.FromSlash(path)), err))
			return nil
		}
		f.add(r)
		return nil
	})
	if err == nil && len(f.byPackage) == 0 {
		err = errors.New("no advisories in the OSV format are there")
	}
	if err != nil {
		return nil, fmt.Errorf("advisories: %s: %w", name, err)
	}
	return f, nil
}

func readRecord(from fs.FS, path string) (*Record, error) {
	file, err := from.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// One byte more than the limit, so that Parse refuses a larger file.
	data, err := io.ReadAll(io.LimitReader(file, maxRecord+1))
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// add adds a record to the list of each package that it is about.
func (f *Folder) add(r *Record) {
	seen := map[Package]bool{}
	for _, a := range r.Affected {
		if key := a.Package.key(); !seen[key] {
			seen[key] = true
			f.byPackage[key] = append(f.byPackage[key], r)
		}
	}
}

// key returns the package with a comparable name. Names of PyPI are equal in any
// case and with any separators (PEP 503).
func (p Package) key() Package {
	if p.Ecosystem != "PyPI" {
		return p
	}
	words := strings.FieldsFunc(strings.ToLower(p.Name), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return Package{p.Ecosystem, strings.Join(words, "-")}
}

// Name implements Source.
func (f *Folder) Name() string { return f.name }

// Find implements Source.
func (f *Folder) Find(_ context.Context, questions []Question) ([][]*Record, error) {
	found := make([][]*Record, len(questions))
	for n, q := range questions {
		found[n] = inOrder(f.byPackage[q.Package.key()])
	}
	return found, nil
}
