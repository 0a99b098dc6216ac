// The program compare asks freshpin and the go command for the newest version
// of every direct requirement on its own module path, and prints where they
// differ. It exits with 1 when they do.
//
// Newer major versions, which have another path, are not compared: the go
// command does not know them.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: compare FRESHPIN GO.MOD...")
		os.Exit(2)
	}
	differ := 0
	for _, file := range os.Args[2:] {
		n, err := compare(os.Args[1], file)
		if err != nil {
			fmt.Fprintf(os.Stderr, "compare: %s: %v\n", file, err)
			os.Exit(2)
		}
		differ += n
	}
	if differ > 0 {
		fmt.Printf("%d differences\n", differ)
		os.Exit(1)
	}
	fmt.Println("no differences")
}

// compare prints what differs about one go.mod, and how long both took.
func compare(freshpin, file string) (differ int, err error) {
	dir, err := os.MkdirTemp("", "compare")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), data, 0o600); err != nil {
		return 0, err
	}
	start := time.Now()
	found, requests, err := ask(freshpin, dir)
	if err != nil {
		return 0, err
	}
	ours := time.Since(start)
	deps, err := required(found, data)
	if err != nil {
		return 0, err
	}
	start = time.Now()
	updates, err := list(dir, names(deps))
	if err != nil {
		return 0, err
	}
	direct := time.Since(start)
	start = time.Now()
	if _, err := list(dir, []string{"all"}); err != nil {
		fmt.Println("go list all:", err)
	}
	all := time.Since(start)
	for _, d := range deps {
		theirs := updates[d.Package]
		if d.LatestPackage != "" && module.IsPseudoVersion(theirs.newest()) {
			continue // freshpin shows the next major version instead of a newer commit
		}
		if d.Status == "failed" && theirs.Update == nil {
			theirs = insist(dir, theirs)
		}
		if d.newest() != theirs.newest() {
			differ++
			fmt.Printf("  %-50s %-40s freshpin: %-20s go: %s\n", d.Package, d.Current, d.newest()+" "+d.Reason, theirs.newest()+" "+theirs.failure())
		}
	}
	fmt.Printf("%s\n  %d direct requirements, %d replacements and replaced ones left out, %d differ; freshpin, cold: %.1f s, %d requests, %.1f for each; go list of them: %.1f s; go list all: %.1f s, %.0f times as long\n",
		file, len(deps), len(found)-len(deps), differ, ours.Seconds(), requests, float64(requests)/float64(len(found)), direct.Seconds(), all.Seconds(), all.Seconds()/ours.Seconds())
	return differ, nil
}

// A dependency is what freshpin says about a requirement.
type dependency struct {
	Ecosystem, Package, Current, Status, Reason string
	Latest                                      string
	Minor                                       string
	LatestPackage                               string `json:"latest_package"`
	Target                                      struct{ Version string }
}

// newest is the latest version or, where that has another path, the newest of
// the same major version.
func (d dependency) newest() string {
	switch {
	case d.Status == "failed":
		return "failed"
	case d.LatestPackage == "":
		return d.Latest
	case d.Target.Version != "" && semver.Compare(d.Target.Version, d.Minor) > 0: // from v0 to v1
		return d.Target.Version
	}
	return d.Minor
}

// settings allow everything at once, so that the target is the newest version of the path.
const settings = "allow: major\ncooldown: {packages: 0d, digests: 0d}\n"

// ask runs freshpin with an empty cache.
func ask(freshpin, dir string) (deps []dependency, requests int, err error) {
	if err := os.WriteFile(filepath.Join(dir, ".freshpin.yaml"), []byte(settings), 0o600); err != nil {
		return nil, 0, err
	}
	out, err := run(dir, freshpin, "outdated", "--quiet", "--ecosystem", "gomod", "--format", "json", "--cache-dir", filepath.Join(dir, ".cache"), ".")
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) { // 1: something could not be looked up
		return nil, 0, err
	}
	var doc struct {
		Dependencies []dependency
		Requests     struct{ Sent int }
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		return nil, 0, err
	}
	for _, d := range doc.Dependencies {
		if d.Package != "toolchain" {
			deps = append(deps, d)
		}
	}
	return deps, doc.Requests.Sent, nil
}

// required leaves out what replaces or is replaced: of those the go command
// says something else, under another name.
func required(deps []dependency, data []byte) ([]dependency, error) {
	f, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for _, r := range f.Require {
		asked[r.Mod.Path] = true
	}
	for _, r := range f.Replace {
		asked[r.Old.Path] = false
	}
	return slices.DeleteFunc(slices.Clone(deps), func(d dependency) bool { return !asked[d.Package] }), nil
}

func names(deps []dependency) []string {
	var out []string
	for _, d := range deps {
		out = append(out, d.Package)
	}
	return out
}

// A moduleInfo is what the go command says about a module.
type moduleInfo struct {
	Path, Version string
	Update        *struct{ Version string }
	Error         *struct{ Err string }
}

func (m moduleInfo) newest() string {
	switch {
	case m.Error != nil:
		return "failed"
	case m.Update != nil:
		return m.Update.Version
	}
	return m.Version
}

func (m moduleInfo) failure() string {
	if m.Error == nil {
		return ""
	}
	return m.Error.Err
}

// list runs the go command.
func list(dir string, modules []string) (map[string]moduleInfo, error) {
	out, err := run(dir, "go", append([]string{"list", "-m", "-u", "-e", "-json"}, modules...)...)
	if err != nil {
		return nil, err
	}
	all := map[string]moduleInfo{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var m moduleInfo
		err := dec.Decode(&m)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all[m.Path] = m
	}
}

// insist asks for the latest version by name: with -u alone the go command
// passes silently over a module that it finds nowhere.
func insist(dir string, m moduleInfo) moduleInfo {
	latest, err := list(dir, []string{m.Path + "@latest"})
	if err != nil {
		m.Error = &struct{ Err string }{err.Error()}
		return m
	}
	if l := latest[m.Path]; l.Error != nil {
		m.Error = l.Error
	}
	return m
}

func run(dir, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", filepath.Base(name), args[0], err, strings.TrimSpace(stderr.String()))
	}
	return out, err
}
