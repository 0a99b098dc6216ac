package against

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what compose-go answers into the files that the tests of our packages read")

// The tests of package merged compare our reading with the same files.
func TestProjects(t *testing.T) {
	archives, err := filepath.Glob("../../merged/testdata/projects/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("%d projects: %v", len(archives), err)
	}
	for _, name := range archives {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			var files []string
			want := ""
			for _, f := range archive.Files {
				switch f.Name {
				case "want":
					want = string(f.Data)
					continue
				case "compose.yaml", "compose.override.yaml":
					files = append(files, filepath.Join(dir, f.Name))
				}
				writeFile(t, filepath.Join(dir, f.Name), f.Data)
			}
			got := composeGo(t, dir, files)
			if *update {
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
				archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
				writeFile(t, name, txtar.Format(archive))
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("want -, compose-go + (go test -update writes it anew):\n%s", diff)
			}
		})
	}
}

func writeFile(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// composeGo describes the services that compose-go reads in files, one fact a line.
func composeGo(t *testing.T, dir string, files []string) string {
	t.Helper()
	options, err := cli.NewProjectOptions(files, cli.WithWorkingDirectory(dir), cli.WithName("p"), cli.WithEnvFiles(), cli.WithDotEnv, cli.WithProfiles([]string{"*"}))
	if err != nil {
		t.Fatal(err)
	}
	p, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, name := range slices.Sorted(maps.Keys(p.Services)) {
		for _, fact := range composeFacts(p.Services[name], dir) {
			out += name + ": " + fact + "\n"
		}
	}
	return out
}

func composeFacts(s types.ServiceConfig, dir string) []string {
	out := []string{"image " + s.Image, "user " + s.User, "hostname " + s.Hostname, fmt.Sprint("privileged ", s.Privileged), fmt.Sprint("read_only ", s.ReadOnly)}
	for _, k := range slices.Sorted(maps.Keys(s.Environment)) {
		v := s.Environment[k]
		if v == nil {
			out = append(out, "env "+k)
		} else {
			out = append(out, "env "+k+"="+*v)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.Labels)) {
		out = append(out, "label "+k+"="+s.Labels[k])
	}
	for _, p := range s.Ports {
		out = append(out, fmt.Sprintf("port %s:%d", p.Published, p.Target))
	}
	for _, v := range s.Volumes {
		source, err := filepath.Rel(dir, v.Source)
		if err != nil {
			source = v.Source
		}
		out = append(out, fmt.Sprintf("volume %s %s:%s %v", v.Type, source, v.Target, v.ReadOnly))
	}
	for _, k := range slices.Sorted(maps.Keys(s.DependsOn)) {
		out = append(out, "needs "+k)
	}
	for _, k := range slices.Sorted(maps.Keys(s.Networks)) {
		if k != "default" {
			out = append(out, "network "+k)
		}
	}
	for _, c := range append(slices.Clone(s.CapAdd), s.CapDrop...) {
		out = append(out, "cap "+c)
	}
	return append(out, "command "+strings.Join(s.Command, " "))
}
