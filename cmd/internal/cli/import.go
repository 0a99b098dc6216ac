package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/config/migrate"
	"github.com/freshpin/freshpin/updater/plan"
)

// importSettings prints the settings of another bot as a .freshpin.yaml.
func importSettings(e *console.Env, args []string) error {
	path := "."
	if len(args) > 0 {
		path = args[0]
	}
	dir, name := path, ""
	if info, err := os.Stat(path); err != nil {
		return console.Usagef("%s: %v", path, console.Cause(err))
	} else if !info.IsDir() {
		dir, name = filepath.Split(path)
	}
	// A link in a hostile checkout must not lead out of the folder.
	root, err := os.OpenRoot(filepath.Clean(dir))
	if err != nil {
		return err
	}
	defer root.Close()
	if name == "" {
		if name = migrate.Find(root.FS()); name == "" {
			return &console.UsageError{Err: fmt.Errorf("%s contains no settings of Renovate or Dependabot", path), Hint: "name the file: freshpin config --import FILE"}
		}
	}
	r, err := imported(root, name)
	if err != nil {
		return err
	}
	if _, err := e.Stdout.Write(r.YAML); err != nil {
		return err
	}
	count := map[migrate.Fate]int{}
	for _, s := range r.Settings {
		count[s.Fate]++
	}
	console.Line(e.Stderr, "freshpin: %s of %s: %d kept, %d the default here, %d not possible, %d unknown", plan.Count(len(r.Settings), "setting"), name,
		count[migrate.Kept], count[migrate.Default], count[migrate.Impossible], count[migrate.Unknown])
	return nil
}

// imported reads the settings of another bot below a folder.
func imported(root *os.Root, name string) (*migrate.Result, error) {
	r, err := migrate.Load(root.FS(), filepath.ToSlash(name), all.Infos())
	var p *os.PathError
	switch {
	case errors.As(err, &p):
		return nil, console.Usagef("%s: %v", name, p.Err)
	case err != nil:
		return nil, &console.UsageError{Err: err}
	}
	return r, nil
}
