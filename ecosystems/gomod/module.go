package gomod

import (
	"cmp"
	"context"
	"fmt"
	goversion "go/version"
	"path"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/freshpin/freshpin/ecosystems"
)

type requirement = modfile.Require

// A mod is a module of the repository.
type mod struct {
	folder string // below the root, "." for the root itself
	file   *modfile.File
}

// load reads the go.mod of a folder, and starts watching it and its companions.
func (f *finisher) load(folder string) (*mod, error) {
	name := path.Join(folder, "go.mod")
	if err := f.watch(name, path.Join(folder, "go.sum")); err != nil {
		return nil, err
	}
	c, err := f.read(name)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, refuse(ecosystems.ToolFail, "there is no %s", name)
	}
	file, err := modfile.Parse(name, c.data, asWritten)
	if err != nil {
		return nil, refuse(ecosystems.ToolFail, "%s", cause(err))
	}
	return &mod{folder, file}, nil
}

// cause returns the first of the errors in a file, in one line.
func cause(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSpace(first)
}

// language returns the version in the go line, "" if there is none.
func (m *mod) language() string {
	if m.file.Go == nil {
		return ""
	}
	return m.file.Go.Version
}

// toolchain returns the name in the toolchain line, "" if there is none.
func (m *mod) toolchain() string {
	if m.file.Toolchain == nil {
		return ""
	}
	return m.file.Toolchain.Name
}

// confined returns an error if a module has a replacement by a folder outside the repository.
func (f *finisher) confined(m *mod) error {
	for _, r := range m.file.Replace {
		if r.New.Version != "" {
			continue // a module, which the go command downloads
		}
		if _, err := f.inside(m.folder, r.New.Path); err != nil {
			return err
		}
	}
	return nil
}

// tooNew returns a Refusal if a go line needs a newer go command than the installed one.
func tooNew(file, line, tool string) *ecosystems.Refusal {
	tool, _, _ = strings.Cut(tool, " ") // "go1.26.2 X:experiment"
	// A go command that was built from source may have the version "devel".
	if line == "" || !goversion.IsValid(tool) || !goversion.IsValid("go"+line) || goversion.Compare("go"+line, tool) <= 0 {
		return nil
	}
	return refuse(ecosystems.TooNew, "%s asks for go %s, and the go command here is %s", file, line, strings.TrimPrefix(tool, "go"))
}

// checkGoLine refuses moves that make the go command change the go line or the toolchain
// line of a module.
func (f *finisher) checkGoLine(ctx context.Context, before, after *mod, moves []ecosystems.Move) error {
	if before.language() != after.language() {
		return f.raised(ctx, before, after, moves)
	}
	want := before.toolchain() // or what a move says: toolchain lines are moved, too
	for _, m := range moves {
		if !needsTool(m) {
			want = m.To.Version.Text
		}
	}
	if got := after.toolchain(); got != want {
		return refuse(ecosystems.Drags, "the toolchain line would be %s, not %s", cmp.Or(got, "gone"), cmp.Or(want, "left out"))
	}
	return nil
}

// raised returns a Refusal that names the module that raises the go line and the
// first move that leads to it.
func (f *finisher) raised(ctx context.Context, before, after *mod, moves []ecosystems.Move) error {
	old := cmp.Or(before.language(), "missing")
	no := refuse(ecosystems.Drags, "the go line would be %s, not %s", after.language(), old)
	out, err := f.ask(ctx, after.site(), "mod", "graph")
	if err != nil {
		return f.explain(err)
	}
	g := readGraph(string(out))
	for _, m := range moves {
		from := m.Dependency.Package.Name + "@" + m.To.Version.Text
		chain := g.toGo(from, before.language())
		if chain != nil { // else only all moves together raise it
			no.Reason.Text = fmt.Sprintf("%s, and the go line says %s", describeChain(chain), old)
			no.Moves = []string{m.Dependency.Package.Name}
			break
		}
	}
	return no
}

// A graph holds the requirements of each module version, from "go mod graph".
type graph map[string][]string

func readGraph(text string) graph {
	g := graph{}
	for line := range strings.Lines(text) {
		if from, to, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			g[from] = append(g[from], to)
		}
	}
	return g
}

// toGo returns the shortest path from a module to a Go version higher than above; nil for none.
func (g graph) toGo(from, above string) []string {
	came := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range g[queue[0]] {
			if _, seen := came[next]; seen {
				continue
			}
			came[next] = queue[0]
			if v, ok := strings.CutPrefix(next, "go@"); ok && goversion.Compare("go"+v, "go"+above) > 0 {
				return pathTo(came, next)
			}
			queue = append(queue, next)
		}
	}
	return nil
}

// pathTo returns the path to a node, beginning at the start.
func pathTo(came map[string]string, to string) (chain []string) {
	for ; to != ""; to = came[to] {
		chain = append([]string{to}, chain...)
	}
	return chain
}

// describeChain describes a path: "a v1.1.0 requires b v1.0.0, which requires go 1.25".
func describeChain(chain []string) string {
	first := " requires "
	if len(chain) > 4 { // a reason is one line
		chain, first = append(chain[:1:1], chain[len(chain)-2:]...), " leads to "
	}
	var b strings.Builder
	for i, node := range chain {
		switch {
		case i == 1:
			b.WriteString(first)
		case i > 1:
			b.WriteString(", which requires ")
		}
		b.WriteString(strings.Replace(node, "@", " ", 1))
	}
	return b.String()
}
