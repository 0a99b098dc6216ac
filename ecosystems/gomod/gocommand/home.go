package gocommand

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/confine"
)

// A home holds the folders that the go command may write to: shared caches, and a folder for one run.
type home struct{ cache, temp string }

// openHome creates the folders.
func openHome(o Options) (h home, err error) {
	if h.cache, err = confine.Folder(o.Cache, "go"); err != nil {
		return h, err
	}
	mode := filepath.Join(h.cache, "home", ".config", "go", "telemetry")
	for _, dir := range []string{mode, filepath.Join(h.cache, "tmp")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return h, err
		}
	}
	if err := os.WriteFile(filepath.Join(mode, "mode"), []byte("off"), 0o600); err != nil {
		return h, err
	}
	h.temp, err = os.MkdirTemp(filepath.Join(h.cache, "tmp"), "run-")
	return h, err
}

// hide removes the paths of this machine from the output of a command.
func (h home) hide(text string) string {
	for _, dir := range []string{h.temp, h.cache} {
		text = strings.ReplaceAll(text, dir+string(filepath.Separator), "")
		text = strings.ReplaceAll(text, dir, "the cache")
	}
	return text
}

// close removes the folder of the run. It ignores errors: a leftover temporary folder does no harm.
func (h home) close() { _ = os.RemoveAll(h.temp) }
