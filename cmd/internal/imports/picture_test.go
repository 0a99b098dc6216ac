package imports

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A picture is the list of rooms and arrows in ARCHITECTURE.md, top down.
type picture struct {
	rooms  []string
	arrows map[string][]string // room -> the rooms drawn behind it
}

// TestPicture holds the picture of ARCHITECTURE.md to the code: each package has a
// room, each arrow an import, each import goes down and is drawn or follows from
// arrows that are.
func TestPicture(t *testing.T) {
	p := readPicture(t)
	found := p.imports(t)
	for room, drawn := range p.arrows {
		for _, to := range drawn {
			if found[[2]string{room, to}] == "" {
				t.Errorf("the arrow %s ──► %s is drawn, and there is no such import", room, to)
			}
		}
	}
	for arrow, file := range found {
		if slices.Index(p.rooms, arrow[1]) < slices.Index(p.rooms, arrow[0]) {
			t.Errorf("%s: an import of %s from %s climbs", file, arrow[1], arrow[0])
		}
		if !p.reaches(arrow[0], arrow[1]) {
			t.Errorf("%s: draw %s ──► %s", file, arrow[0], arrow[1])
		}
	}
}

func readPicture(t *testing.T) picture {
	t.Helper()
	text, err := os.ReadFile(root + "/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```\n")
	block, _, _ = strings.Cut(block, "```")
	p := picture{arrows: map[string][]string{}}
	for line := range strings.Lines(block) {
		room, drawn, _ := strings.Cut(strings.TrimSpace(line), "──►")
		if room = strings.TrimSpace(room); room == "" {
			continue
		}
		p.rooms = append(p.rooms, room)
		for to := range strings.SplitSeq(drawn, ",") {
			if to = strings.TrimSpace(to); to != "" {
				p.arrows[room] = append(p.arrows[room], to)
			}
		}
	}
	if len(p.rooms) < 40 {
		t.Fatalf("the picture has %d rooms", len(p.rooms))
	}
	return p
}

// room returns the room of a package: the nearest folder above it that has one.
// The kinds of files share one.
func (p picture) room(pkg string) string {
	if ecosystem(pkg) != "" {
		return "ecosystems/*"
	}
	for at := pkg; at != "."; at = path.Dir(at) {
		if slices.Contains(p.rooms, at) {
			return at
		}
	}
	return ""
}

// outside are programs and stand-ins that are no part of the product.
func outside(pkg string) bool {
	for at := pkg; at != "."; at = path.Dir(at) {
		if contracts[at] || slices.Contains([]string{"cmd/internal/bench", "cmd/internal/imports", "cmd/internal/weight", "cmd/freshpin-release", "cmd/freshpin-endoflife", "updater/forge/forgetest"}, at) {
			return true
		}
	}
	return false
}

// imports returns the imports between rooms, each with a file that has it.
func (p picture) imports(t *testing.T) map[[2]string]string {
	t.Helper()
	found := map[[2]string]string{}
	sources(t, parser.ImportsOnly, func(file string, parsed *ast.File) {
		from := path.Dir(file)
		if outside(from) {
			return
		}
		if p.room(from) == "" {
			t.Errorf("%s is in no room of ARCHITECTURE.md's picture", from)
		}
		for _, spec := range parsed.Imports {
			to, _ := strconv.Unquote(spec.Path.Value)
			if to, own := strings.CutPrefix(to, module); own && !outside(to) && p.room(to) != p.room(from) {
				found[[2]string{p.room(from), p.room(to)}] = file
			}
		}
	})
	return found
}

// TestAbilities holds the list of optional interfaces in CONTRIBUTING.md to package ecosystems.
func TestAbilities(t *testing.T) {
	text, err := os.ReadFile(root + "/CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(text), "Each optional ability of an ecosystem")
	list, _, _ = strings.Cut(list, "\n\n")
	files, err := filepath.Glob(root + "/ecosystems/*.go")
	if err != nil || !found {
		t.Fatal("no list", err)
	}
	named := 0
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if _, is := spec.Type.(*ast.InterfaceType); is && spec.Name.IsExported() && spec.Name.Name != "Ecosystem" {
				named++
				if !strings.Contains(list, "`"+spec.Name.Name+"`") {
					t.Errorf("CONTRIBUTING.md does not list %s", spec.Name.Name)
				}
			}
			return false
		})
	}
	if n := strings.Count(list, "`") / 2; n != named+1 {
		t.Errorf("CONTRIBUTING.md lists %d abilities, package ecosystems has %d", n-1, named)
	}
}

// reaches reports whether drawn arrows lead from one room to another. They go down,
// so that this ends.
func (p picture) reaches(from, to string) bool {
	return slices.ContainsFunc(p.arrows[from], func(next string) bool {
		return next == to || slices.Index(p.rooms, next) > slices.Index(p.rooms, from) && p.reaches(next, to)
	})
}
