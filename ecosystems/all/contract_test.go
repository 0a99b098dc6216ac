package all

import (
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// TestContract holds every ecosystem to the contract, with the example in its own
// folder, testdata/contract.txtar. This has a file that uses what its format
// allows, and below moved/ the same file with a new version of every pin. Lines
// before them describe it:
//
//	names:         the expected dependencies, in order
//	indirect:      those of them that are not direct
//	foreign:       paths that the ecosystem must not match
//	ignore behind: the comment that ignores the pin on its line ("above": on the next line)
//	hashes:        the hashes of each new version
//	mirrors:       the hosts that the ecosystem asks
//	env:           variables with its sources; $SERVER is the address of the test server
func TestContract(t *testing.T) {
	for _, eco := range New(Options{Getenv: func(string) string { return "" }}) {
		folder := path.Base(reflect.Indirect(reflect.ValueOf(eco)).Type().PkgPath())
		t.Run(folder, func(t *testing.T) {
			ecosystemtest.Contract(t, example(t, eco, "../"+folder+"/testdata/contract.txtar"))
		})
	}
}

// example reads the example of an ecosystem.
func example(t *testing.T, eco ecosystems.Ecosystem, file string) ecosystemtest.Example {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatalf("%s has no example: %v", eco.Info().Name, err)
	}
	said := map[string]string{}
	for line := range strings.Lines(string(archive.Comment)) {
		if key, value, found := strings.Cut(line, ":"); found {
			said[key] = strings.TrimSpace(value)
		}
	}
	e := ecosystemtest.Example{
		Path: archive.Files[0].Name, Files: map[string]string{},
		Names: strings.Fields(said["names"]), Indirect: strings.Fields(said["indirect"]), Foreign: strings.Fields(said["foreign"]),
		Ignore: behind(" " + said["ignore behind"]),
		Make:   maker(eco.Info().Name, strings.Fields(said["mirrors"]), strings.Fields(said["env"])),
		Target: targets(t, eco, archive, strings.Fields(said["hashes"])),
	}
	if comment, ok := said["ignore above"]; ok {
		e.Ignore = above(comment)
	}
	for _, f := range archive.Files {
		if !strings.HasPrefix(f.Name, moved) {
			e.Files[f.Name] = string(f.Data)
		}
	}
	return e
}

// moved is the folder of an example with the new versions.
const moved = "moved/"

// targets returns the target of each dependency: what the ecosystem reads for it in
// the file with the new versions.
func targets(t *testing.T, eco ecosystems.Ecosystem, archive *txtar.Archive, hashes []string) func(ecosystems.Dependency) ecosystems.Target {
	t.Helper()
	repo := fstest.MapFS{}
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, moved); ok {
			repo[name] = &fstest.MapFile{Data: f.Data}
		}
	}
	list, err := eco.Extract(repo, archive.Files[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	target := func(d ecosystems.Dependency) ecosystems.Target {
		n := slices.IndexFunc(list, func(o ecosystems.Dependency) bool { return o.Name == d.Name })
		if n < 0 {
			return ecosystems.Target{}
		}
		return ecosystems.Target{Version: list[n].Pin.Version, Digest: list[n].Pin.Digest, Hashes: hashes}
	}
	before, err := txtar.FS(archive)
	if err != nil {
		t.Fatal(err)
	}
	// Without a new version, the contract would not edit the dependency at all.
	deps, _ := eco.Extract(before, archive.Files[0].Name)
	for _, d := range deps {
		if to := target(d); d.Skip.IsZero() && (to.Version.IsZero() || to.Version.Text == d.Pin.Version.Text) {
			t.Errorf("the example has no new version of %s", d.Name)
		}
	}
	return target
}

// maker makes an ecosystem whose registries, index and proxy are at one address.
func maker(name string, hosts, env []string) func(address string) ecosystems.Ecosystem {
	return func(address string) ecosystems.Ecosystem {
		mirrors, values := map[string]string{}, map[string]string{}
		for _, host := range hosts {
			mirrors[host] = address
		}
		for _, pair := range env {
			key, value, _ := strings.Cut(pair, "=")
			values[key] = strings.ReplaceAll(value, "$SERVER", address)
		}
		o := Options{
			HTTP:    fetch.New(fetch.Options{Retries: -1, Timeout: 5 * time.Second}),
			Getenv:  func(key string) string { return values[key] },
			Mirrors: mirrors, Git: Git{Mirrors: mirrors},
		}
		all := New(o)
		return all[slices.IndexFunc(all, func(e ecosystems.Ecosystem) bool { return e.Info().Name == name })]
	}
}

// behind puts a comment at the end of a line.
func behind(comment string) func(lines []string, n int) []string {
	return func(lines []string, n int) []string {
		text := strings.TrimRight(lines[n], "\r\n")
		lines[n] = text + comment + lines[n][len(text):]
		return lines
	}
}

// above puts a comment on a line of its own.
func above(comment string) func(lines []string, n int) []string {
	return func(lines []string, n int) []string {
		lines[n] = comment + "\n" + lines[n]
		return lines
	}
}
