package wiring

import (
	"cmp"
	"io/fs"
	"os"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/message"
)

// Texts returns the built-in templates, overridden by those in the operator's folder.
func Texts(getenv func(string) string, dir string) (*message.Renderer, error) {
	var own fs.FS
	if dir := cmp.Or(dir, getenv("FRESHPIN_TEMPLATES")); dir != "" {
		if _, err := Stat(dir); err != nil {
			return nil, err
		}
		own = os.DirFS(dir)
	}
	texts, err := message.New(own)
	if err != nil {
		return nil, console.Usagef("%w", err)
	}
	return texts, nil
}
