package composerules

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
	"github.com/freshpin/freshpin/updater/check/secret"
)

// EnvFileCommitted is the rule env-file-committed: a file of secrets is in the repository.
var EnvFileCommitted = judged.PerProject(check.Rule{
	ID: "env-file-committed", Level: check.Could, Mode: check.Default,
	Title:  "a file of secrets is in the repository",
	Why:    "All readers of the repository have them, and they stay in its history.",
	Silent: "files that git does not track; .env.example and the like; well-known defaults of development are information.",
	Fixes:  "text: the file belongs into .gitignore, an example beside it into the repository, and what was in it is to be changed.",
	Source: "https://docs.docker.com/compose/how-tos/environment-variables/best-practices/",
}, envFileCommitted)

// sample matches names of files that serve as a template to copy.
var sample = lazyregexp.New(`(?i)example|sample|template|dist(?:$|\.)|default|\.tpl$|\.tmpl$`)

func envFileCommitted(p *merged.Project, c *check.Compose, _ *check.Facts) (found []check.Finding) {
	if c.Tracked == nil {
		return nil
	}
	for _, file := range envFiles(p) {
		if sample.MatchString(path.Base(file)) || !c.Tracked(file) {
			continue
		}
		if f, ok := inEnvFile(c.Repo, file); ok {
			found = append(found, f)
		}
	}
	return found
}

// envFiles returns the env files of a project, including the .env beside it.
func envFiles(p *merged.Project) (files []string) {
	files = append(files, path.Join(path.Dir(p.Files[0]), ".env"))
	for _, s := range p.Services {
		for _, e := range judged.EnvFiles(s) {
			// A path that begins with ../ may lead out of the repository.
			if to := path.Join(path.Dir(e.At.File), e.String()); !e.Open && fs.ValidPath(to) {
				files = append(files, to)
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// inEnvFile returns one finding for all secrets of an env file, at the first one.
func inEnvFile(repo fs.FS, file string) (f check.Finding, ok bool) {
	src, err := merged.Source(repo, file)
	if err != nil {
		return f, false
	}
	var names []string
	weak, offset := true, 0
	for line := range strings.Lines(src) {
		name, value, at := envLine(line)
		if one, is := secret.Find(name, value); is && !strings.Contains(value, "$") {
			if len(names) == 0 || weak && !one.Weak {
				f.At = ecosystems.Span{File: file, Start: offset + at, End: offset + at + len(name)}
				f.Line, _ = ecosystems.Position([]byte(src), f.At.Start)
				f.Text = fmt.Sprintf("%s is in the repository: %s holds %s (%s)", path.Base(file), name, one.Kind, one.Masked)
			}
			weak = weak && one.Weak
			names = append(names, name)
		}
		offset += len(line)
	}
	if len(names) == 0 {
		return f, false
	}
	if len(names) > 1 {
		f.Text += fmt.Sprintf(", and %d more", len(names)-1)
	}
	f.Evidence = "env file"
	f.Hint = "the file belongs into .gitignore, an example beside it into the repository; what was in it is known and has to be changed"
	if weak {
		f.Mode = check.Information
	}
	return f, true
}

var assignment = lazyregexp.New(`^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]\s*(.*?)\s*$`)

// envLine parses a line of an env file: the name, the value without quotes, and the offset of the name.
func envLine(line string) (name, value string, at int) {
	m := assignment.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
	if m == nil {
		return "", "", 0
	}
	value = m[3]
	if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') {
		// Behind the closing quote there may be a comment.
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
			return m[2], value[1 : 1+end], len(m[1])
		}
	}
	value, _, _ = strings.Cut(value, " #")
	return m[2], strings.TrimSpace(value), len(m[1])
}
