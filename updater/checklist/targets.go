package checklist

import (
	"io/fs"
	"path"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// aTarget matches stages that workflows, bake files and makefiles build by name.
var aTarget = lazyregexp.New(`(?m)^\s*target\s*[:=]\s*"?([A-Za-z0-9][A-Za-z0-9._-]*)"?\s*$|--target[= ]([A-Za-z0-9][A-Za-z0-9._-]*)`)

const (
	maxWorkflows = 100
	maxTargets   = 200
)

// targetsOf returns the names of stages that a repository builds by name. Some may
// not be stages of a particular Dockerfile.
func targetsOf(repo fs.FS) (targets []string) {
	files := []string{"docker-bake.hcl", "docker-bake.json", "docker-bake.override.hcl", "Makefile"}
	for _, dir := range []string{".github/workflows", ".gitlab"} {
		entries, err := fs.ReadDir(repo, dir)
		if err != nil {
			continue
		}
		for _, e := range entries[:min(len(entries), maxWorkflows)] {
			files = append(files, path.Join(dir, e.Name()))
		}
	}
	for _, file := range append(files, ".gitlab-ci.yml") {
		text, err := source(repo, file)
		if err != nil {
			continue
		}
		for _, m := range aTarget.FindAllStringSubmatch(text, maxTargets) {
			if name := m[1] + m[2]; !slices.Contains(targets, name) && len(targets) < maxTargets {
				targets = append(targets, name)
			}
		}
	}
	return targets
}
