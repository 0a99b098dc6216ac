package imagepin

import (
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// maxFile limits a file, in bytes. People do not write larger ones.
const maxFile = 1 << 20

// Load reads a text file of the repository. For a folder it returns an empty text.
// The Reason is set if the file is no text or too large; the error is for a file
// that cannot be read.
func Load(repo fs.FS, path string) (string, ecosystems.Reason, error) {
	return LoadUpTo(repo, path, maxFile)
}

// LoadUpTo does the same as Load with another limit, in bytes, for generated files.
func LoadUpTo(repo fs.FS, path string, limit int64) (string, ecosystems.Reason, error) {
	info, err := fs.Stat(repo, path)
	switch {
	case err != nil:
		return "", ecosystems.Reason{}, err
	case info.IsDir():
		return "", ecosystems.Reason{}, nil
	case !info.Mode().IsRegular(): // opening a pipe blocks until another process writes
		return "", ecosystems.Reason{Code: ecosystems.Malformed, Text: "is not a regular file"}, nil
	}
	f, err := repo.Open(path)
	if err != nil {
		return "", ecosystems.Reason{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	text := string(data)
	switch {
	case err != nil:
		return "", ecosystems.Reason{}, fmt.Errorf("read %s: %w", path, err)
	case int64(len(data)) > limit:
		return "", ecosystems.Reason{Code: ecosystems.Malformed, Text: fmt.Sprintf("larger than %d bytes", limit)}, nil
	case !IsText(text):
		return "", ecosystems.Reason{Code: ecosystems.Malformed, Text: "not a text file in UTF-8"}, nil
	}
	return text, ecosystems.Reason{}, nil
}

// IsText reports whether data can be text: it has no zero byte.
func IsText(data string) bool { return strings.IndexByte(data, 0) < 0 }

// Trouble returns the dependency that reports an unreadable place; name is the text there.
func Trouble(ecosystem, name string, at ecosystems.Span, why ecosystems.Reason) ecosystems.Dependency {
	return ecosystems.Dependency{
		Ecosystem: ecosystem, Name: name, Package: ecosystems.Package{Kind: kind},
		At: []ecosystems.Span{at}, Direct: true, Skip: why,
	}
}
