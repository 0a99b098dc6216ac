package provenance

import (
	"cmp"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"
)

// A Package is a package that is installed in an image.
type Package struct {
	Type    string // of its package URL: "deb", "apk", "rpm", "pypi"
	Name    string // "libssl3", "github.com/acme/shop"
	Version string

	// Source and SourceVersion are the source package of a distribution's package:
	// "openssl" for "libssl3". They equal Name and Version if it is unknown.
	Source, SourceVersion string
	// Ecosystem is its ecosystem in advisory databases: "Debian:12",
	// "Alpine:v3.19", "PyPI"; "" if they have none.
	Ecosystem string
}

// maxText limits a name and a version, in bytes.
const maxText = 300

// readPURL parses a package URL (ECMA-427).
func readPURL(text string) (Package, bool) {
	if len(text) > 4*maxText {
		return Package{}, false
	}
	u, err := packageurl.FromString(text)
	if err != nil {
		return Package{}, false
	}
	return packageOf(u)
}

// packageOf converts a package URL. ok is false if its parts are missing or too long.
func packageOf(u packageurl.PackageURL) (Package, bool) {
	if u.Name == "" || u.Version == "" || len(u.Name)+len(u.Namespace) > maxText || len(u.Version) > maxText {
		return Package{}, false
	}
	q := u.Qualifiers.Map()
	p := Package{Type: u.Type, Name: u.Name, Version: u.Version}
	if !distribution(u.Type) && u.Namespace != "" {
		separator := "/"
		if u.Type == packageurl.TypeMaven {
			separator = ":" // as advisory databases write it
		}
		p.Name = u.Namespace + separator + u.Name
	}
	if epoch := q["epoch"]; epoch != "" && epoch != "0" && !strings.Contains(p.Version, ":") {
		p.Version = epoch + ":" + p.Version
	}
	p.Source, p.SourceVersion = p.Name, p.Version
	// The name of an rpm's source file does not say where its version begins.
	if upstream := cmp.Or(q["upstream"], q["origin"]); upstream != "" && !strings.HasSuffix(upstream, ".rpm") && len(upstream) <= maxText {
		name, version, found := strings.Cut(upstream, "@")
		p.Source = name
		if found {
			p.SourceVersion = version
		}
	}
	p.Ecosystem = ecosystem(u, q["distro"])
	return p, true
}

// distribution reports whether a type is for packages of distributions. Their
// namespace is the name of the distribution.
func distribution(kind string) bool {
	return slices.Contains([]string{packageurl.TypeDebian, packageurl.TypeRPM, packageurl.TypeApk, "alpm", "opkg"}, kind)
}

// languages are OSV's ecosystems for types of package URLs (OSV schema, "Defined ecosystems").
var languages = map[string]string{
	packageurl.TypePyPi: "PyPI", packageurl.TypeGolang: "Go", packageurl.TypeNPM: "npm", packageurl.TypeGem: "RubyGems",
	packageurl.TypeCargo: "crates.io", packageurl.TypeMaven: "Maven", packageurl.TypeComposer: "Packagist", packageurl.TypeNuget: "NuGet",
}

// codenames maps the codenames of Debian's releases to their numbers.
var codenames = map[string]string{
	"stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14",
}

// ubuntus maps the codenames of Ubuntu's LTS releases to their numbers.
var ubuntus = map[string]string{"bionic": "18.04", "focal": "20.04", "jammy": "22.04", "noble": "24.04", "resolute": "26.04"}

// ecosystem returns OSV's ecosystem for a language, or for a distribution's release; "" for none.
func ecosystem(u packageurl.PackageURL, distro string) string {
	if name := languages[u.Type]; name != "" {
		return name
	}
	number := strings.TrimPrefix(distro, u.Namespace+"-")
	major, rest, _ := strings.Cut(number, ".")
	switch u.Namespace {
	case "debian":
		if n := cmp.Or(codenames[number], major); n != "" && digits(n) {
			return "Debian:" + n
		}
	case "ubuntu":
		n := cmp.Or(ubuntus[number], number)
		// LTS releases are those of April in even years.
		if year, month, ok := strings.Cut(n, "."); ok && month == "04" && digits(year) && len(year) == 2 && (year[1]-'0')%2 == 0 {
			return "Ubuntu:" + n + ":LTS"
		} else if ok && digits(year) {
			return "Ubuntu:" + n
		}
	case "alpine":
		minor, _, _ := strings.Cut(rest, ".")
		if major = strings.TrimPrefix(major, "v"); digits(major) && digits(minor) {
			return "Alpine:v" + major + "." + minor
		}
	case "wolfi":
		return "Wolfi"
	case "chainguard":
		return "Chainguard"
	case "rocky":
		return "Rocky Linux:" + major
	case "almalinux":
		return "AlmaLinux:" + major
	case "mageia":
		return "Mageia:" + major
	case "opensuse-leap":
		return "openSUSE:Leap " + number
	case "sles":
		return "SUSE:" + number
	case "azurelinux", "mariner":
		return "Azure Linux:" + major
	}
	return ""
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// A PackageChange is a package that differs between two images.
type PackageChange struct {
	Type, Name string
	Old, New   string // versions, several joined by ", "; "" for none
}

// A Difference is how two sets of packages differ. The lists are sorted by name.
type Difference struct {
	Changed, Added, Removed []PackageChange
	Same                    int // how many are in both
}

// Empty reports whether nothing differs.
func (d *Difference) Empty() bool { return len(d.Changed)+len(d.Added)+len(d.Removed) == 0 }

// Differ compares two sets of packages. If a package is installed in several
// versions, the change has those that only one side has.
func Differ(was, is []Package) *Difference {
	before, after := byName(was), byName(is)
	d := &Difference{}
	for key, versions := range after {
		gone, came := minus(before[key], versions), minus(versions, before[key])
		c := PackageChange{key.kind, key.name, strings.Join(gone, ", "), strings.Join(came, ", ")}
		switch {
		case len(before[key]) == 0:
			d.Added = append(d.Added, c)
		case len(gone)+len(came) > 0:
			d.Changed = append(d.Changed, c)
		default:
			d.Same++
		}
	}
	for key, versions := range before {
		if len(after[key]) == 0 {
			d.Removed = append(d.Removed, PackageChange{key.kind, key.name, strings.Join(versions, ", "), ""})
		}
	}
	for _, list := range [][]PackageChange{d.Changed, d.Added, d.Removed} {
		slices.SortFunc(list, func(a, b PackageChange) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type)) })
	}
	return d
}

type key struct{ kind, name string }

// byName returns the versions of each package, sorted, without duplicates.
func byName(list []Package) map[key][]string {
	m := map[key][]string{}
	for _, p := range list {
		k := key{p.Type, p.Name}
		m[k] = append(m[k], p.Version)
	}
	for k := range m {
		slices.Sort(m[k])
		m[k] = slices.Compact(m[k])
	}
	return m
}
