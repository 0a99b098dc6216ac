package dockerrules

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// ContextLeaks is the rule context-leaks: the whole folder is copied, with the history of git or files of secrets.
var ContextLeaks = check.Rule{
	ID: "context-leaks", Level: check.Could, Mode: check.Default,
	Title:  "the whole folder is copied, with the history of git or files of secrets",
	Why:    "COPY . takes everything that .dockerignore does not exclude: .git with every secret that was ever committed, and .env.",
	Silent: "where .dockerignore excludes both, where the folder has neither, and in stages that are no result.",
	Fixes:  "safe: writes a .dockerignore where there is none.",
	Source: "https://docs.docker.com/build/concepts/context/#dockerignore-files",
	Docker: contextLeaks,
}

// wholeFolder matches a source that is the whole build context.
var wholeFolder = lazyregexp.New(`^(?:\.?/?|\./?|\./\*|\*|\$\{?PWD\}?)$`)

func contextLeaks(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	if d.Repo == nil {
		return nil
	}
	for _, in := range judged.Instructions(d, "copy", "add") {
		if _, stage := in.FlagValue("from"); stage || !d.InResult(in.Stage) {
			continue
		}
		for _, w := range judged.Sources(in) {
			if !wholeFolder.MatchString(w.String()) || w.String() == "" {
				continue
			}
			dir, leaks, ignore := leaked(d)
			if len(leaks) == 0 {
				return nil
			}
			f := check.Finding{
				At: w.Span(d.Name), Evidence: "context",
				Text: fmt.Sprintf("COPY %s takes %s along: no .dockerignore excludes that", w.String(), judged.Join(leaks)),
			}
			if ignore == "" {
				f.Fix = &check.Fix{Kind: check.Safe, Text: "writes " + path.Join(dir, ".dockerignore"), Files: []check.NewFile{{Path: path.Join(dir, ".dockerignore"), Text: ignoreText}}}
			}
			return append(found, f) // one finding for each file
		}
	}
	return nil
}

const ignoreText = ".git\n.env\n.env.*\n!.env.example\n"

// leaked returns the build context and the names in it that should not be copied;
// none if the context is not known for certain.
func leaked(d *check.Docker) (dir string, leaks []string, ignore string) {
	dirs := judged.Contexts(d)
	if len(dirs) > 1 {
		return "", nil, "" // the context could be its own folder or the root
	}
	dir = dirs[0]
	for _, name := range []string{d.Name + ".dockerignore", path.Join(dir, ".dockerignore"), path.Join(dir, ".containerignore")} {
		if text, ok := judged.ReadFile(d.Repo, name); ok {
			ignore = cmp.Or(text, "\n") // an empty file exists, too, and the fix must not replace it
			break
		}
	}
	if exists(d.Repo, path.Join(dir, ".git")) && !excludes(ignore, ".git") {
		leaks = append(leaks, ".git")
	}
	if hasEnv(d.Repo, dir) && !excludes(ignore, ".env") {
		leaks = append(leaks, ".env")
	}
	return dir, leaks, ignore
}

func exists(repo fs.FS, name string) bool {
	_, err := fs.Stat(repo, name)
	return err == nil
}

// hasEnv reports whether a folder has an .env, or .gitignore lists one.
func hasEnv(repo fs.FS, dir string) bool {
	if exists(repo, path.Join(dir, ".env")) {
		return true
	}
	for _, name := range []string{path.Join(dir, ".gitignore"), ".gitignore"} {
		if text, ok := judged.ReadFile(repo, name); ok && mentionsEnv.MatchString(text) {
			return true
		}
	}
	return false
}

var mentionsEnv = lazyregexp.New(`(?m)^(?:/|\*\*/)?\.env\s*$`)

// excludes reports whether a .dockerignore excludes a name: the last matching pattern decides.
func excludes(ignore, name string) bool {
	out := false
	for line := range strings.Lines(ignore) {
		line = strings.TrimSpace(line)
		pattern, negated := strings.CutPrefix(line, "!")
		pattern = strings.Trim(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(pattern), "**/"), "./"), "/")
		pattern = strings.TrimSuffix(pattern, "/**")
		if pattern == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if ok, err := path.Match(pattern, name); err == nil && ok || pattern == "**" {
			out = !negated
		}
	}
	return out
}
