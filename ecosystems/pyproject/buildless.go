package pyproject

import (
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/freshpin/freshpin/ecosystems/internal/tomltext"
)

// noBuild replaces the build system of the projects that uv reads: a backend
// that does not exist and needs no packages. To distinguish packages from other
// projects, uv only looks whether there is a build system, and uv.lock does not
// name it.
const noBuild = "[build-system]\nrequires = []\nbuild-backend = \"none\"\n"

// buildless returns a pyproject.toml whose build system cannot run. Without this,
// uv builds members of a workspace whose requirements it cannot read, even with
// --no-build. The error is for a build system that is not a table of its own.
func buildless(text string) (string, error) {
	p := unstable.Parser{}
	p.Reset([]byte(text))
	start, end, inside := -1, -1, false
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
			continue
		}
		path := tomltext.Keys(e.Key())
		it := e.Key()
		it.Next() // to the first part of the key, which has a position
		line := strings.LastIndexByte(text[:it.Node().Raw.Offset], '\n') + 1
		if inside { // the next table ends it
			end, inside = line, false
		}
		if len(path) == 1 && path[0] == "build-system" && start < 0 {
			start, inside = line, true
		}
	}
	if p.Error() != nil {
		return "", p.Error()
	}
	if inside {
		end = len(text)
	}
	if start >= 0 {
		text = text[:start] + noBuild + text[end:]
	}
	return text, buildsNothing(text)
}

// buildsNothing returns an error if a file has any build system but noBuild.
func buildsNothing(text string) error {
	var found []string
	_, err := tomltext.Visit(text, nil, func(path []string, n *unstable.Node) {
		if path[0] == "build-system" {
			found = append(found, strings.Join(path, " ")+" "+string(n.Data))
		}
	})
	if err == nil && len(found) > 0 && (len(found) > 1 || found[0] != "build-system build-backend none") {
		err = errors.New("its build-system is not a table of its own, so it cannot be taken out")
	}
	return err
}
