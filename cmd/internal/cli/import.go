package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/freshpin/freshpin/updater/config/migrate"
	"github.com/freshpin/freshpin/updater/localfs"
)

// maxImport bounds the settings of another bot, in bytes.
const maxImport = 1 << 20

// importSettings prints the settings of another bot as a .freshpin.yaml.
func (e *env) importSettings(args []string) error {
	path := "."
	if len(args) > 0 {
		path = args[0]
	}
	dir, name := path, ""
	if info, err := os.Stat(path); err != nil {
		return usage("%s: %v", path, cause(err))
	} else if !info.IsDir() {
		dir, name = filepath.Split(path)
	}
	root, err := os.OpenRoot(filepath.Clean(dir))
	if err != nil {
		return err
	}
	defer root.Close()
	if name == "" {
		if name = migrate.Find(root.FS()); name == "" {
			return &usageError{err: fmt.Errorf("%s holds no settings of Renovate or Dependabot", path), hint: "freshpin config --import FILE reads a file of another name"}
		}
	}
	data, err := localfs.ReadFile(root.FS(), name, maxImport)
	if err != nil {
		return usage("%s: %v", name, cause(err))
	}
	r, err := migrate.Import(filepath.ToSlash(name), data)
	if err != nil {
		return &usageError{err: err}
	}
	if _, err := e.stdout.Write(r.YAML); err != nil {
		return err
	}
	count := map[migrate.Fate]int{}
	for _, s := range r.Settings {
		count[s.Fate]++
	}
	printLine(e.stderr, "freshpin: %d settings of %s: %d kept, %d are the default here, %d are not possible, %d are not known", len(r.Settings), name,
		count[migrate.Kept], count[migrate.Default], count[migrate.Impossible], count[migrate.Unknown])
	return nil
}

// cause is an error without the path, which is named already.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
