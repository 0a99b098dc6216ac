package imagepin

import (
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// maxFile is how much of a file is read, in bytes; a larger one is no file that a person wrote.
const maxFile = 1 << 20

// Load reads a text file of the repository. A folder is empty; what is not
// readable as text has the reason why, and the error is for a file that cannot be read at all.
func Load(repo fs.FS, path string) (string, ecosystems.Reason, error) {
	return LoadUpTo(repo, path, maxFile)
}

// LoadUpTo is Load with another limit, in bytes, for files that programs write.
func LoadUpTo(repo fs.FS, path string, limit int64) (string, ecosystems.Reason, error) {
	info, err := fs.Stat(repo, path)
	switch {
	case err != nil:
		return "", ecosystems.Reason{}, err
	case info.IsDir():
		return "", ecosystems.Reason{}, nil
	case !info.Mode().IsRegular(): // opening a pipe would wait for somebody to write
		return "", ecosystems.Reason{Code: ecosystems.Malformed, Text: "is no plain file"}, nil
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

// IsText reports whether what a file holds can be text in UTF-8.
func IsText(data string) bool { return strings.IndexByte(data, 0) < 0 }

// Trouble is the dependency that stands for a place that cannot be read; name is what stands there.
func Trouble(ecosystem, name string, at ecosystems.Span, why ecosystems.Reason) ecosystems.Dependency {
	return ecosystems.Dependency{
		Ecosystem: ecosystem, Name: name, Package: ecosystems.Package{Kind: kind},
		At: []ecosystems.Span{at}, Direct: true, Skip: why,
	}
}
