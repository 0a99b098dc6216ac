package console

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/sanitize"
)

// GitHubFormat is the --output format that appends lines to the file named by
// GITHUB_OUTPUT.
const GitHubFormat = "github"

// An Output is one --output flag: a format and a file.
type Output struct{ Format, File string }

// ParseOutputs parses --output before any work is done.
func ParseOutputs(texts, formats []string) ([]Output, error) {
	var all []Output
	for _, text := range texts {
		format, file, ok := strings.Cut(text, "=")
		if !ok || file == "" {
			return nil, Usagef("--output %q is not FORMAT=FILE", text)
		}
		if !slices.Contains(formats, format) {
			return nil, Usagef("format %q is not %s or %s", format, strings.Join(formats[:len(formats)-1], ", "), formats[len(formats)-1])
		}
		// Now, and not when all lookups are done.
		if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
			return nil, Usagef("--output %q: the folder %s does not exist", text, filepath.Dir(file))
		}
		all = append(all, Output{format, file})
	}
	return all, nil
}

// Write creates the file and lets a function fill it; the github format appends
// instead.
func (o Output) Write(print func(io.Writer) error) error {
	how := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if o.Format == GitHubFormat {
		// The file named by GITHUB_OUTPUT may have lines of other commands of the step.
		how = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	f, err := create(o.File, how)
	if err != nil {
		return err
	}
	guarded := sanitize.NewWriter(f)
	err = print(guarded)
	return errors.Join(err, guarded.Flush(), f.Close())
}

// create opens a file for a result. A relative path cannot leave the current folder,
// because a hostile checkout may contain a symbolic link of that name.
func create(file string, how int) (*os.File, error) {
	if !filepath.IsLocal(file) {
		return os.OpenFile(file, how, 0o644)
	}
	here, err := os.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	defer here.Close()
	f, err := here.OpenFile(file, how, 0o644)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w; an absolute path may lead anywhere", file, Cause(err))
	}
	return f, nil
}
