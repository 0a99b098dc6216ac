package dockerrules

import (
	"io/fs"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// oci is the prefix of the keys that the OCI image specification reserves.
const oci = "org.opencontainers.image."

// keys are the ones that it defines ("Pre-Defined Annotation Keys").
var keys = map[string]bool{
	"created": true, "authors": true, "url": true, "documentation": true, "source": true, "version": true, "revision": true, "vendor": true,
	"licenses": true, "ref.name": true, "title": true, "description": true, "base.digest": true, "base.name": true,
}

// labelsOf returns the keys of the labels of a stage, including inherited ones.
func labelsOf(d *check.Docker, stage int) map[string]bool {
	set := map[string]bool{}
	for stage := range d.Chain(stage) {
		for _, in := range d.Instructions[d.Stages[stage].First:d.Stages[stage].Last] {
			if in.Name != "label" {
				continue
			}
			for _, p := range d.Pairs(in) {
				set[strings.Trim(p.Name.String(), `"'`)] = true
			}
		}
	}
	return set
}

// A publishing says what the workflows of a repository do with images.
type publishing struct{ pushes, labels bool }

var (
	pushes   = lazyregexp.New(`docker/build-push-action|docker (?:image )?push|docker buildx build[^\n]*--push|buildah push|podman push|redhat-actions/push-to-registry|docker/bake-action|ko build|kaniko`)
	labelled = lazyregexp.New(`docker/metadata-action|crazy-max/ghaction-docker-meta|--label|^\s*labels:`)
)

// publishes reads the workflows of a repository for pushes and labels of images.
func publishes(repo fs.FS) (p publishing) {
	if repo == nil {
		return p
	}
	const dir = ".github/workflows"
	entries, _ := fs.ReadDir(repo, dir)
	for _, e := range entries[:min(len(entries), 50)] { // a stranger's repository may have thousands
		if text, ok := judged.ReadFile(repo, path.Join(dir, e.Name())); ok {
			p.pushes = p.pushes || pushes.MatchString(text)
			p.labels = p.labels || labelled.MatchString(text)
		}
	}
	for _, name := range []string{"docker-bake.hcl", "docker-bake.json", "docker-bake.yml", "Makefile"} {
		if text, ok := judged.ReadFile(repo, name); ok && (strings.Contains(text, oci) || strings.Contains(text, "--label")) {
			p.labels = true
		}
	}
	return p
}
