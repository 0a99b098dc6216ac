package provenance

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/package-url/packageurl-go"

	rpmdb "github.com/erikvarga/go-rpmdb/pkg"
	_ "modernc.org/sqlite" // the driver that rpmdb.sqlite is read by
)

// maxLine limits a line of a package database, in bytes. Descriptions and lists of files are long.
const maxLine = 8 << 20

// A release holds fields of os-release(5).
type release struct {
	id       string // "debian", "alpine", "rhel"
	version  string // VERSION_ID: "12", "3.19.1"; "" for rolling releases
	codename string // "bookworm"; "" if there is none
}

// release reads os-release from the layers. It returns the zero release if there is none.
func (s *system) release() (r release) {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(name)))
		if err != nil {
			continue // a system has either of them, or none
		}
		fields := map[string]string{}
		for line := range strings.Lines(string(data)) {
			if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && len(value) <= maxText {
				fields[key] = strings.Trim(value, `"'`)
			}
		}
		return release{fields["ID"], cmp.Or(fields["VERSION_ID"], fields["BUILD_ID"]), fields["VERSION_CODENAME"]}
	}
	return r
}

// A reader reads the packages of one database file.
type reader func(ctx context.Context, file string, from release) ([]Package, error)

// readerOf returns the reader for a database; nil for any other file.
func readerOf(file string) reader {
	switch {
	case strings.HasSuffix(file, "os-release"), strings.HasSuffix(file, ".md5sums"):
		return nil
	case strings.HasPrefix(file, "var/lib/dpkg/status.d/"):
		return stanzas(distroless)
	case strings.HasPrefix(file, "var/lib/dpkg/"):
		return stanzas(dpkg(packageurl.TypeDebian))
	case strings.HasPrefix(file, "usr/lib/opkg/"):
		return stanzas(dpkg("opkg"))
	case strings.HasSuffix(file, "apk/db/installed"):
		return stanzas(apk)
	case slices.Contains([]string{"Packages", "Packages.db", "rpmdb.sqlite"}, path.Base(file)):
		return rpm
	}
	return nil
}

// A stanza is one record: its fields by name, as written.
type stanza map[string]string

// stanzas returns a reader for records that empty lines separate: deb822(5), and
// the installed database of apk(5).
func stanzas(read func(stanza, release) (packageurl.PackageURL, bool)) reader {
	return func(ctx context.Context, file string, from release) ([]Package, error) {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		var list []Package
		err = eachStanza(f, func(s stanza) error {
			if u, ok := read(s, from); ok {
				if p, ok := packageOf(u); ok {
					list = append(list, p)
				}
			}
			return ctx.Err()
		})
		return list, err
	}
}

// eachStanza calls do for each record. It skips lines that begin with white
// space: they continue a field, and the fields used here have one line.
func eachStanza(r io.Reader, do func(stanza) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	s := stanza{}
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			if err := do(s); err != nil {
				return err
			}
			clear(s)
			continue
		}
		if key, value, ok := strings.Cut(line, ":"); ok && line[0] != ' ' && line[0] != '\t' && len(value) <= 4*maxText {
			s[key] = strings.TrimSpace(value)
		}
	}
	return errors.Join(lines.Err(), do(s))
}

// dpkg reads a record of dpkg's status file. It skips removed packages, which the file keeps.
func dpkg(kind string) func(stanza, release) (packageurl.PackageURL, bool) {
	return func(s stanza, from release) (packageurl.PackageURL, bool) {
		status := strings.Fields(s["Status"])
		if len(status) != 3 || status[2] != "installed" {
			return packageurl.PackageURL{}, false
		}
		u, ok := distroless(s, from)
		u.Type = kind
		return u, ok
	}
}

// distroless reads a record of a file in status.d, which has no Status field.
func distroless(s stanza, from release) (packageurl.PackageURL, bool) {
	source, version, versioned := strings.Cut(strings.TrimSuffix(s["Source"], ")"), " (")
	if versioned && source != "" {
		source += "@" + version
	}
	return from.url(packageurl.TypeDebian, s["Package"], s["Version"], source, cmp.Or(from.codename, from.version))
}

// apk reads a record of the installed database: P is the name, V the version, o the source package.
func apk(s stanza, from release) (packageurl.PackageURL, bool) {
	return from.url(packageurl.TypeApk, s["P"], s["V"], s["o"], from.version)
}

// url returns a package URL; ok is false without a name or a version.
func (r release) url(kind, name, version, upstream, distro string) (packageurl.PackageURL, bool) {
	q := map[string]string{"distro": distro}
	if upstream != "" {
		q["upstream"] = upstream
	}
	namespace := cmp.Or(r.id, "linux")
	return *packageurl.NewPackageURL(kind, namespace, name, version, packageurl.QualifiersFromMap(q), ""), name != "" && version != ""
}

// rpm reads a database of rpm in any of its forms (Berkeley DB, NDB, SQLite).
func rpm(ctx context.Context, file string, from release) (list []Package, err error) {
	// The library follows offsets in the hostile file without checking them.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the database is damaged: %v", r)
		}
	}()
	db, err := rpmdb.Open(file)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	installed, err := db.ListPackagesWithContext(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range installed {
		u, ok := from.url(packageurl.TypeRPM, i.Name, i.Version+"-"+i.Release, "", from.id+"-"+from.version)
		if epoch := i.EpochNum(); epoch > 0 {
			u.Qualifiers = append(u.Qualifiers, packageurl.Qualifier{Key: "epoch", Value: strconv.Itoa(epoch)})
		}
		if p, readable := packageOf(u); ok && readable {
			list = append(list, p)
		}
	}
	return list, nil
}
