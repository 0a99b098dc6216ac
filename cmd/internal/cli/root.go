// Package cli is the command line: it reads flags and environment, prints a plan and
// returns an exit code. It wires the packages together and decides nothing about
// versions.
//
// It is separate from package main so that cmd/freshpin and cmd/freshpin-demo run
// the same commands.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/cli/check"
	"github.com/freshpin/freshpin/cmd/internal/cli/doctor"
	"github.com/freshpin/freshpin/cmd/internal/cli/outdated"
	"github.com/freshpin/freshpin/cmd/internal/cli/run"
	"github.com/freshpin/freshpin/cmd/internal/cli/serve"
	"github.com/freshpin/freshpin/cmd/internal/cli/update"
	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// Run runs one command and returns its exit code. It touches nothing of its process
// but the given streams, environment and work tree.
func Run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	out, errs := sanitize.NewWriter(stdout), sanitize.NewWriter(stderr)
	e := &console.Env{Getenv: getenv, Stdout: out, Stderr: errs}
	root := newRoot(e)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	code := e.Exit(root.ExecuteContext(ctx))
	if errors.Join(out.Flush(), errs.Flush()) != nil { // both, also where the first takes nothing
		code = max(code, console.ExitFailed)
	}
	return code
}

// Environment tells of variables of the process that are nearly, and not, ones that
// Freshpin reads.
func Environment(environ []string, stderr io.Writer) {
	found := config.Misspelt(environ, "FRESHPIN_CONFIG", "FRESHPIN_OFFLINE", "FRESHPIN_TEMPLATES")
	out := sanitize.NewWriter(stderr)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		console.Line(out, "freshpin: the variable %s is not read; did you mean %s?", sanitize.Cell(name), found[name])
	}
	_ = out.Flush() // the command's own output tells of a stream that takes nothing
}

// Command returns the whole tree of commands, for those that describe it: manual
// pages and completions. It is not for running; Run is.
func Command() *cobra.Command {
	return newRoot(&console.Env{Getenv: func(string) string { return "" }, Stdout: sanitize.NewWriter(io.Discard), Stderr: sanitize.NewWriter(io.Discard)})
}

func newRoot(e *console.Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "freshpin",
		Short: "Keeps dependency pins fresh without breaking builds",
		Long: "Freshpin lists every pin in " + all.Infos().Files("and") + `:
the version in use, and the newest on the same MAJOR.MINOR (safe), on the same
MAJOR (minor) and of all (latest).`,
		Example: `  freshpin outdated                    # what is outdated here
  freshpin outdated --allow minor      # what a wider policy would propose
  freshpin outdated --fail-on update   # a gate for CI: exit code 3
  freshpin explain Dockerfile:1        # why Freshpin decided so about this pin`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
	}
	// Cobra's own flag of that name takes a template; its methods cannot be known
	// when the program is linked, which then keeps every method of every library.
	version := root.Flags().BoolP("version", "v", false, "version for freshpin")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *version {
			return printVersion(e)
		}
		return cmd.Help()
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &console.UsageError{Err: err, Hint: fmt.Sprintf("%s --help lists the flags", cmd.CommandPath())}
	})
	root.AddCommand(outdated.New(e), update.New(e), check.New(e), run.New(e), serve.New(e), newFleet(e), newExplain(e), newConfig(e), newInit(e), doctor.New(e), newVersion(e))
	root.SuggestionsMinimumDistance = 2
	root.SetHelpCommand(newHelp(e, root))
	root.CompletionOptions.DisableDescriptions = true
	return root
}

// unknownCommand is the error for an unknown command, with the closest names as a hint.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	u := &console.UsageError{Err: fmt.Errorf("unknown command %q", args[0]), Hint: "freshpin help lists the commands"}
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		u.Hint = `did you mean "` + strings.Join(s, `" or "`) + `"?`
	}
	return u
}
