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
	f, err := repo.Open(path)
	if err != nil {
		return "", ecosystems.Reason{}, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return "", ecosystems.Reason{}, nil
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	text := string(data)
	switch {
	case err != nil:
		return "", ecosystems.Reason{}, fmt.Errorf("read %s: %w", path, err)
	case len(data) > maxFile:
		return "", ecosystems.Reason{Code: ecosystems.Malformed, Text: fmt.Sprintf("larger than %d bytes", maxFile)}, nil
	case strings.IndexByte(text, 0) >= 0:
		return "", ecosystems.Reason{Code: ecosystems.Malformed, Text: "not a text file in UTF-8"}, nil
	}
	return text, ecosystems.Reason{}, nil
}

// Trouble is the dependency that stands for a place that cannot be read; name is what stands there.
func Trouble(ecosystem, name string, at ecosystems.Span, why ecosystems.Reason) ecosystems.Dependency {
	return ecosystems.Dependency{
		Ecosystem: ecosystem, Name: name, Package: ecosystems.Package{Kind: "oci"},
		At: []ecosystems.Span{at}, Direct: true, Skip: why,
	}
}
