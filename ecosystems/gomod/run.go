package gomod

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/gomod/gocommand"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A site is where a go command runs: for a module, or for a workspace.
type site struct {
	folder string
	work   string // the go.work that applies; "" for none
}

// kind returns the first word of the commands for it: "mod" or "work".
func (s site) kind() string {
	if s.work == "" {
		return "mod"
	}
	return "work"
}

func (f *finisher) site() site { return site{folder: f.folder} }
func (m *mod) site() site      { return site{folder: m.folder} }
func (w *work) site() site     { return site{w.folder, w.file} }

// run runs a go command that changes files.
func (f *finisher) run(ctx context.Context, at site, args ...string) error {
	_, err := f.ask(ctx, at, args...)
	return f.explain(err)
}

// ask runs a go command and returns its output.
func (f *finisher) ask(ctx context.Context, at site, args ...string) ([]byte, error) {
	c := gocommand.Command{Dir: f.abs(at.folder), Args: args}
	if at.work != "" {
		c.Work = f.abs(at.work)
	}
	return f.tool.Run(ctx, c)
}

// unreached matches errors of the go command about a server that did not answer, as
// opposed to one that does not have the module.
var unreached = lazyregexp.New(`dial tcp|dial udp|no such host|connection re(set|fused)|i/o timeout|TLS handshake|x509: |proxyconnect|unexpected EOF|: EOF\b|Client\.Timeout|server misbehaving|network is unreachable|no space left|GOPROXY=off|: (401|403|407|408|429|5\d\d) [A-Z]`)

// needsGo matches its error about a module that needs a newer go command.
var needsGo = lazyregexp.New(`(?:(\S+)@(\S+)|\S+) requires go >= (\S+) \(running go (\S+?);`)

// explain distinguishes a refusal of the go command from a failed lookup.
func (f *finisher) explain(err error) error {
	failed, ok := errors.AsType[*gocommand.Failure](err)
	if !ok {
		return err
	}
	text := gocommand.Sentence(failed.Stderr, filepath.ToSlash(f.root), f.root)
	if unreached.MatchString(failed.Stderr) {
		return fmt.Errorf("go %s: %s", strings.Join(failed.Args[:2], " "), text)
	}
	if m := needsGo.FindStringSubmatch(failed.Stderr); m != nil {
		no := refuse(ecosystems.Drags, "%s %s requires go %s, and the go command here is %s", m[1], m[2], m[3], m[4])
		if m[1] == "" { // it is the main module, which has no version
			no = refuse(ecosystems.TooNew, "go.mod asks for go %s, and the go command here is %s", m[3], m[4])
		}
		return no
	}
	return refuse(ecosystems.ToolFail, "%s", text)
}

// diff summarises what go mod tidy would change in a module; "" if it is tidy.
func (f *finisher) diff(ctx context.Context, at site) (string, error) {
	_, err := f.ask(ctx, at, "mod", "tidy", "-diff")
	// go mod tidy -diff fails both if there is a difference and if it cannot tell.
	if failed, ok := errors.AsType[*gocommand.Failure](err); ok && len(failed.Stdout) > 0 {
		return summary(string(failed.Stdout)), nil
	}
	return "", f.explain(err)
}

// summary returns the files of a unified diff and the first changed line of each.
func summary(diff string) string {
	type file struct {
		name, first string
		count       int // of changed lines
	}
	var files []file
	for line := range strings.Lines(diff) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "diff ") {
			fields := strings.Fields(line) // "diff current/go.mod tidy/go.mod"
			files = append(files, file{name: filepath.Base(fields[len(fields)-1])})
			continue
		}
		if len(files) == 0 || strings.HasPrefix(line, "+++ ") || strings.HasPrefix(line, "--- ") || line == "" || line[0] != '+' && line[0] != '-' {
			continue
		}
		if text := brief(line[1:]); text != "" {
			f := &files[len(files)-1]
			f.first = cmp.Or(f.first, line[:1]+text)
			f.count++
		}
	}
	var parts []string
	for _, f := range files {
		part := fmt.Sprintf("%s (%s", f.name, f.first)
		if f.count > 1 {
			part += fmt.Sprintf(" and %d more", f.count-1)
		}
		parts = append(parts, part+")")
	}
	return strings.Join(parts, ", ")
}

// brief returns a line without indentation and without the hash of a go.sum line.
func brief(line string) string {
	line, _, _ = strings.Cut(strings.TrimSpace(line), " h1:")
	if len(line) > 120 {
		line = strings.ToValidUTF8(line[:120], "") + "…"
	}
	return line
}
