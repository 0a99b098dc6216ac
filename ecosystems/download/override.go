package download

import (
	"fmt"
	"io/fs"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/download/buildargs"
	"github.com/freshpin/freshpin/ecosystems/download/reading"
	"github.com/freshpin/freshpin/ecosystems/download/spelling"
)

// elsewhereSet returns the reason if the version of a group is an argument that another file sets.
func elsewhereSet(repo fs.FS, file string, g *reading.Group) ecosystems.Reason {
	for _, l := range g.Literals {
		if !l.Arg || len(spelling.Occurrences(l.Value.S, g.Version)) == 0 {
			continue
		}
		if where := buildargs.Setter(repo, file, l.Name); where != "" {
			return ecosystems.Reason{Code: ecosystems.Variable, Text: fmt.Sprintf("%s sets %s, so the default in this file is not what is built", where, l.Name)}
		}
	}
	return ecosystems.Reason{}
}
