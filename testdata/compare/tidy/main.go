// The program tidy takes real Go projects out of the module proxy, lets freshpin
// update them within their major versions, and asks the go command whether they
// are still in order: tidy, verified, building. It prints a table and exits
// with 1 when one is not, or when fewer than five had something to update.
//
// Projects that were not in order before are named and left out.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/mod/modfile"
)

// enough is how many projects must have been updated.
const enough = 5

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: tidy FRESHPIN MODULE@VERSION...")
		os.Exit(2)
	}
	work, err := os.MkdirTemp("", "compare-tidy-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "tidy:", err)
		os.Exit(2)
	}
	ok := compare(work, os.Args[1], os.Args[2:])
	_ = os.RemoveAll(work) // leftover files do no harm
	if !ok {
		os.Exit(1)
	}
}

// compare prints the table, and what is worth saying below it.
func compare(work, freshpin string, projects []string) bool {
	table := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "project\trequired\tindirect\tmoved\tdragged along\theld\tfailed\tseconds\ttidy -diff\tverify\tbuild")
	var notes []string
	good, bad := 0, 0
	for n, name := range projects {
		p := &project{name: name, dir: filepath.Join(work, fmt.Sprint(n))}
		if err := p.run(freshpin, filepath.Join(work, "cache")); err != nil {
			notes = append(notes, fmt.Sprintf("%s is left out: %v", name, err))
			if p.updated {
				bad++
			}
			continue
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%s\t%s\t%s\n", name, p.direct, p.indirect, p.moved, p.dragged, p.held, p.failed, p.took.Seconds(), p.tidy, p.verify, p.build)
		notes = append(notes, p.notes...)
		switch {
		case p.tidy != fine || p.verify != fine || p.build != fine:
			bad++
		case p.moved > 0:
			good++
		}
	}
	table.Flush()
	for _, n := range notes {
		fmt.Println(n)
	}
	fmt.Printf("%d projects updated and in order, %d not in order\n", good, bad)
	return bad == 0 && good >= enough
}

// A project is one row.
type project struct {
	name, dir string

	direct, indirect     int
	moved, dragged, held int
	failed               int // could not be looked up
	took                 time.Duration
	tidy, verify, build  string // fine, or what is wrong
	updated              bool   // freshpin has run
	notes                []string
}

const fine = "ok"

// run does everything with a project; the error is for one that cannot be used.
func (p *project) run(freshpin, cache string) error {
	if err := p.fetch(); err != nil {
		return err
	}
	if p.check(); p.tidy != fine || p.verify != fine || p.build != fine {
		return fmt.Errorf("before any update: tidy -diff %s, verify %s, build %s", p.tidy, p.verify, p.build)
	}
	before, err := p.requirements()
	if err != nil {
		return err
	}
	p.updated = true
	if err := p.update(freshpin, cache); err != nil {
		return err
	}
	after, err := p.requirements()
	if err != nil {
		return err
	}
	p.count(before, after)
	p.check()
	return nil
}

// fetch unpacks the project.
func (p *project) fetch() error {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.dir, "go.mod"), []byte("module empty\n"), 0o600); err != nil {
		return err
	}
	out, err := command(p.dir, "go", "mod", "download", "-json", p.name)
	var m struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &m); jsonErr == nil && m.Error != "" {
		return errors.New(firstLine(m.Error))
	}
	if err != nil || m.Dir == "" {
		return fmt.Errorf("go mod download: %v", err)
	}
	if err := os.Remove(filepath.Join(p.dir, "go.mod")); err != nil {
		return err
	}
	if err := os.CopyFS(p.dir, os.DirFS(m.Dir)); err != nil {
		return err
	}
	return filepath.WalkDir(p.dir, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(file, 0o755)
	})
}

// check asks the go command.
func (p *project) check() {
	p.tidy = verdict(command(p.dir, "go", "mod", "tidy", "-diff"))
	p.verify = verdict(command(p.dir, "go", "mod", "verify"))
	p.build = verdict(command(p.dir, "go", "build", "-mod=readonly", "./..."))
}

func verdict(out []byte, err error) string {
	if err == nil {
		return fine
	}
	return firstLine(err.Error() + " " + string(out))
}

// requirements returns the versions in the go.mod.
func (p *project) requirements() (*modfile.File, error) {
	data, err := os.ReadFile(filepath.Join(p.dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	return modfile.Parse("go.mod", data, nil)
}

// count compares the requirements before and after.
func (p *project) count(before, after *modfile.File) {
	now := map[string]string{}
	for _, r := range after.Require {
		now[r.Mod.Path] = r.Mod.Version
	}
	for _, r := range before.Require {
		changed := now[r.Mod.Path] != r.Mod.Version
		switch {
		case r.Indirect:
			p.indirect++
			if changed {
				p.dragged++
			}
		default:
			p.direct++
			if changed {
				p.moved++
			}
		}
	}
	if before.Go != nil && (after.Go == nil || before.Go.Version != after.Go.Version) {
		p.notes = append(p.notes, p.name+": the go line has changed")
		p.tidy = "go line changed"
	}
}

func command(dir, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOTOOLCHAIN=local", "GOFLAGS=-mod=mod")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return out, err
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
