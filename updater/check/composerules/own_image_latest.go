package composerules

import (
	"io/fs"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// OwnImageLatest is the rule own-image-latest: an image that is built and pushed here has no version.
var OwnImageLatest = judged.PerService(check.Rule{
	ID: "own-image-latest", Level: check.Must, Mode: check.Default,
	Title:  "an image that is built and pushed here has no version",
	Why:    "Every push overwrites the image that others run: what ran yesterday cannot be had again, and nothing tells which commit runs.",
	Silent: "images that are never pushed: no workflow, script or Makefile of the repository pushes with Compose or names the image in a push.",
	Fixes:  "text: a tag from a variable, such as the commit.",
	Source: "https://docs.docker.com/reference/cli/docker/compose/push/",
}, ownImageLatest)

func ownImageLatest(s judged.Service, _ *check.Facts) []check.Finding {
	n := s.Node.Get("image")
	if !judged.Builds(s.Service) || n.Empty() || n.Open || strings.Contains(n.Raw, "$") {
		return nil
	}
	name, tag := n.String(), ""
	if strings.Contains(name, "@") {
		return nil
	}
	if bare := judged.WithoutTag(name); bare != name {
		name, tag = bare, name[len(bare)+1:]
	}
	if tag != "" && tag != "latest" || !strings.Contains(name, "/") {
		return nil // a name without a namespace is an official image of Docker Hub, which users cannot push
	}
	where := pushes(s.File, s.Project, name)
	if where == "" {
		return nil
	}
	f := judged.At(n, "own image "+name, "%s is built here and pushed by %s without a version: each push overwrites the last one", name, where)
	f.Hint = "image: " + name + ":${VERSION:?} takes the version, such as the commit, from the environment of the push"
	return []check.Finding{f}
}

// mostPushers is the most files that are searched for pushes.
const mostPushers = 200

var (
	composePush = lazyregexp.New(`\bdocker[- ]compose\b[^\n|;&]*\b(?:push\b|build\b[^\n|;&]*--push\b)`)
	imagePush   = lazyregexp.New(`\b(?:docker|podman|nerdctl)(?:\s+image)?\s+push\s+(?:-\S+\s+)*['"]?([^\s'"]+)`)
	pusherFiles = lazyregexp.New(`(?i)^(?:Makefile|.*\.mk|Jenkinsfile|Justfile|Taskfile\.ya?ml|\.gitlab-ci\.ya?ml|\.travis\.ya?ml|azure-pipelines\.ya?ml|bitbucket-pipelines\.ya?ml|cloudbuild\.ya?ml|\.drone\.ya?ml|.*\.sh|.*\.ps1)$`)
)

// pushes returns a file that pushes an image of a project, "" for none.
func pushes(c *check.Compose, p *merged.Project, name string) string {
	for _, file := range pushers(c) {
		text, err := fs.ReadFile(c.Repo, file)
		if err != nil || len(text) > 1<<20 {
			continue
		}
		// A push with Compose concerns the files of the root, or a folder that the command names.
		if composePush.Match(text) && (path.Dir(p.Files[0]) == "." || strings.Contains(string(text), path.Dir(p.Files[0]))) {
			return file
		}
		for _, m := range imagePush.FindAllSubmatch(text, mostPushers) {
			if judged.WithoutTag(string(m[1])) == name {
				return file
			}
		}
	}
	return ""
}

// pushers returns the files of a repository that may push images.
func pushers(c *check.Compose) (files []string) {
	if c.Repo == nil {
		return nil
	}
	for _, dir := range []string{".", ".github/workflows", ".circleci", "scripts", "script", "bin", "ci", ".ci", "hack", "build", path.Dir(c.Name)} {
		entries, err := fs.ReadDir(c.Repo, dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			name := e.Name()
			workflow := dir == ".github/workflows" || dir == ".circleci"
			if e.Type().IsRegular() && len(files) < mostPushers && (pusherFiles.MatchString(name) || workflow && (strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml"))) {
				files = append(files, path.Join(dir, name))
			}
		}
	}
	return files
}
