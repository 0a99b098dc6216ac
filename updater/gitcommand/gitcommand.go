// Package gitcommand runs git in repositories that a stranger may have written, such
// as an unpacked archive or a shared folder. Nothing in their configuration,
// attributes or objects makes git run a program or fetch.
//
// The program runs all git commands through Run.
package gitcommand

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	timeLimit = 20 * time.Second // a command may block, for example on a named pipe
	maxOutput = 64 << 20         // in bytes
)

// harmless are the commands that Run accepts. They read the configuration, the
// index, trees and objects, but no content of the work tree, so that no filter of
// gitattributes(5) applies. Filters cannot be disabled by an option; cat-file
// applies them only with one.
var harmless = []string{"cat-file", "config", "ls-files", "ls-tree", "merge-base", "rev-parse", "version"}

// settings override those of the repository, so that git runs no program and uses no transport.
var settings = []string{
	"core.fsmonitor=false", "core.hooksPath=" + os.DevNull, "core.attributesFile=" + os.DevNull, "core.pager=cat", "core.editor=false",
	"core.sshCommand=false", "core.gitProxy=", "core.askPass=", "core.alternateRefsCommand=false", "credential.helper=", "protocol.allow=never",
	"diff.external=", "gpg.program=false", "submodule.recurse=false", "maintenance.auto=false", "gc.auto=0",
}

// environment removes variables that would make git use another repository, and disables prompts.
func environment(all []string) []string {
	kept := []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"}
	env := slices.DeleteFunc(slices.Clone(all), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return strings.HasPrefix(strings.ToUpper(name), "GIT_") && !slices.Contains(kept, name)
	})
	return append(env, "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=", "GIT_PROTOCOL_FROM_USER=0", "GIT_TERMINAL_PROMPT=0",
		"GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_ATTR_NOSYSTEM=1", "GIT_PAGER=cat", "GIT_EDITOR=false", "LC_ALL=C")
}

// Run runs one of the harmless commands in a folder and returns its standard
// output. Without git the error is exec.ErrNotFound.
func Run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	return run(ctx, timeLimit, dir, maxOutput, "", args)
}

// converts reports whether an option makes git run a filter or a converter of the repository.
func converts(arg string) bool {
	return strings.HasPrefix(arg, "--filter") || strings.HasPrefix(arg, "--textconv")
}

// run runs a command with standard input and limits on time and output.
func run(ctx context.Context, limit time.Duration, dir string, most int64, stdin string, args []string) ([]byte, error) {
	if len(args) == 0 || !slices.Contains(harmless, args[0]) || slices.ContainsFunc(args, converts) {
		return nil, fmt.Errorf("git %q is not a command that only reads", args)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	full := []string{"--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"}
	for _, s := range settings {
		full = append(full, "-c", s)
	}
	cmd := exec.CommandContext(limited, "git", append(full, args...)...)
	stdout, stderr := bounded{most: most}, bounded{most: maxOutput}
	if stdin != "" {
		cmd.Stdin = strings.NewReader(stdin)
	}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environment(os.Environ()), &stdout, &stderr
	cmd.WaitDelay = time.Second // a process that git has started may keep the pipes open
	err := cmd.Run()
	text, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	// git that was ended also fails, so the reason for ending it comes first.
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("git %s: no answer within %s", args[0], limit)
	case stdout.full:
		return nil, fmt.Errorf("git %s: more than %d MB of output", args[0], most>>20)
	case err != nil && text != "":
		return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimPrefix(text, "fatal: "))
	}
	return stdout.Bytes(), err
}

// A bounded is a buffer that drops bytes beyond its limit.
type bounded struct {
	bytes.Buffer
	most int64 // in bytes
	full bool
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if int64(b.Len()+len(p)) > b.most {
		b.full = true
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
