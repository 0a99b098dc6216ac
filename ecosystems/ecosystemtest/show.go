package ecosystemtest

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// Shown describes the dependencies of a file, one line each: name, pin, digest,
// the place of the pin with its text, and special properties. It shortens digests
// to six digits.
func Shown(eco ecosystems.Ecosystem, repo fs.FS, file string) string {
	list, err := eco.Extract(repo, file)
	if err != nil {
		return "error: " + err.Error()
	}
	var lines []string
	for _, d := range list {
		lines = append(lines, shownOne(repo, file, d))
	}
	return strings.Join(lines, "\n")
}

func shownOne(repo fs.FS, file string, d ecosystems.Dependency) string {
	out := d.Name + " " + d.Pin.Text
	add := func(name, value string) {
		if value != "" {
			out += " " + name + "=" + value
		}
	}
	add("digest", brief(d.Pin.Digest))
	for _, at := range d.At {
		name := fileOf(at, file)
		data, _ := fs.ReadFile(repo, name)
		line, column := ecosystems.Position(data, at.Start)
		where := fmt.Sprintf("%d:%d", line, column)
		if name != file {
			where = name + ":" + where
		}
		out += fmt.Sprintf(" [%s %s]", where, brief(string(data[at.Start:at.End])))
	}
	add("before", d.Pin.Before)
	add("after", d.Pin.After)
	add("platform", d.Pin.Platform)
	if d.Pin.Comment != nil {
		data, _ := fs.ReadFile(repo, fileOf(*d.Pin.Comment, file))
		add("comment", string(data[d.Pin.Comment.Start:d.Pin.Comment.End]))
	}
	if d.Pin.NoDigest != "" {
		out += " nodigest"
	}
	add("index", d.Package.Index)
	add("skip", d.Skip.Code)
	if d.Ignored {
		out += " ignored"
	}
	return strings.TrimSpace(out)
}

func brief(text string) string {
	if hex, ok := strings.CutPrefix(text, "sha256:"); ok && len(hex) > 6 {
		return hex[:6]
	}
	return text
}
