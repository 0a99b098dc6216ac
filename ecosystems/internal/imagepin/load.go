package imagepin

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// maxFile limits a file, in bytes. People do not write larger ones.
const maxFile = 1 << 20

// Load reads a text file of the repository. For a folder it returns an empty text.
// The Reason is set if the file is no text or too large; the error is for a file
// that cannot be read.
func Load(repo fs.FS, file string) (string, ecosystems.Reason, error) {
	return LoadUpTo(repo, file, maxFile)
}

// Open reads a file like Load. If it is no text or too large,
// unreadable is the dependency that reports it.
func Open(repo fs.FS, file string) (src string, unreadable []ecosystems.Dependency, err error) {
	src, why, err := Load(repo, file)
	if err != nil || why.IsZero() {
		return src, nil, err
	}
	return "", []ecosystems.Dependency{Trouble(path.Base(file), ecosystems.Span{File: file}, why)}, nil
}

// LoadUpTo does the same as Load with another limit, in bytes, for generated files.
func LoadUpTo(repo fs.FS, file string, limit int64) (string, ecosystems.Reason, error) {
	info, err := fs.Stat(repo, file)
	switch {
	case err != nil:
		return "", ecosystems.Reason{}, err
	case info.IsDir():
		return "", ecosystems.Reason{}, nil
	case !info.Mode().IsRegular(): // opening a pipe blocks until another process writes
		return "", ecosystems.Reason{Code: ecosystems.Malformed, Text: "is not a regular file"}, nil
	}
	f, err := repo.Open(file)
	if err != nil {
		return "", ecosystems.Reason{}, err
	}
	defer f.Close()
	// The size of info proves nothing: the file may grow meanwhile.
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	text := string(data)
	switch {
	case err != nil:
		return "", ecosystems.Reason{}, fmt.Errorf("read %s: %w", file, err)
	case int64(len(data)) > limit:
		return "", ecosystems.Reason{Code: ecosystems.Malformed, Text: fmt.Sprintf("larger than %d bytes", limit)}, nil
	case !IsText(text):
		return "", ecosystems.Reason{Code: ecosystems.Malformed, Text: "not a text file in UTF-8"}, nil
	}
	return text, ecosystems.Reason{}, nil
}

// IsText reports whether data can be text: it has no zero byte.
func IsText(data string) bool { return strings.IndexByte(data, 0) < 0 }
