// Package composego loads the Compose files that fixes make with compose-go, the
// library of docker compose. It is a module of its own, so that compose-go stays
// out of the product's go.mod.
package composego

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

// TestMended loads the mended file of every row of the rules' tables.
func TestMended(t *testing.T) {
	folder := t.TempDir()
	tables := exec.Command("go", "test", "-count=1", "./composerules/...")
	tables.Dir = filepath.Join("..", "..")
	tables.Env = append(os.Environ(), composetest.Mended+"="+folder)
	if out, err := tables.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", tables, err, out)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*", "compose.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the tables left %d mended files: %v", len(files), err)
	}
	rules := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		rules[name[:strings.LastIndex(name, "-")]] = true
		if err := load(file); err != nil {
			text, _ := os.ReadFile(file)
			t.Errorf("%s: what was mended does not load: %v\n%s", name, err, text)
		}
	}
	t.Logf("%d mended files of %d rules", len(files), len(rules))
}

// load loads a Compose file with compose-go.
func load(file string, more ...cli.ProjectOptionsFn) error {
	dir := filepath.Dir(file)
	options, err := cli.NewProjectOptions([]string{file}, append([]cli.ProjectOptionsFn{
		cli.WithWorkingDirectory(dir), cli.WithName("p"), cli.WithEnvFiles(), cli.WithDotEnv,
	}, more...)...)
	if err != nil {
		return err
	}
	_, err = options.LoadProject(context.Background())
	return err
}
