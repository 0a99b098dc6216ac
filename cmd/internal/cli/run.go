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

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// The exit codes. The most serious problem determines the code: 2 before 1 before 3.
const (
	exitOK          = 0   // every lookup succeeded, whether or not updates exist
	exitFailed      = 1   // something could not be looked up, written or published
	exitUsage       = 2   // the command line or the configuration is wrong
	exitTripped     = 3   // the gate of --exit-code or --fail-on failed
	exitInterrupted = 130 // stopped by a signal
)

// Run runs one command and returns its exit code. It touches nothing of its process
// but the given streams, environment and work tree.
func Run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	out, errs := sanitize.NewWriter(stdout), sanitize.NewWriter(stderr)
	e := &env{getenv: getenv, stdout: out, stderr: errs}
	root := newRoot(e)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	code := e.exit(root.ExecuteContext(ctx))
	if out.Flush() != nil || errs.Flush() != nil {
		code = max(code, exitFailed)
	}
	return code
}

// Environment tells of variables of the process that are nearly, and not, ones that
// Freshpin reads.
func Environment(environ []string, stderr io.Writer) {
	found := config.Misspelt(environ, "FRESHPIN_CONFIG", "FRESHPIN_OFFLINE", "FRESHPIN_TEMPLATES")
	out := sanitize.NewWriter(stderr)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		printLine(out, "freshpin: the variable %s is not read; did you mean %s?", sanitize.Cell(name), found[name])
	}
	_ = out.Flush() // the command's own output tells of a stream that takes nothing
}

// Command returns the whole tree of commands, for those that describe it: manual
// pages and completions. It is not for running; Run is.
func Command() *cobra.Command {
	return newRoot(&env{getenv: func(string) string { return "" }, stdout: sanitize.NewWriter(io.Discard), stderr: sanitize.NewWriter(io.Discard)})
}

// An env is a command's environment, and its exit code.
type env struct {
	getenv func(string) string
	stdout *sanitize.Writer // both streams are sanitized
	stderr *sanitize.Writer
	code   int
}

// A usageError is an error in the command line or in a configuration.
type usageError struct {
	err  error
	hint string // how to fix it; "" for none
}

func (u *usageError) Error() string { return u.err.Error() }
func (u *usageError) Unwrap() error { return u.err }

func usage(format string, args ...any) error { return &usageError{err: fmt.Errorf(format, args...)} }

// exit prints an error and returns the exit code.
func (e *env) exit(err error) int {
	if err == nil {
		return e.code
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(e.stderr, "freshpin: interrupted")
		return exitInterrupted
	}
	e.complainAll(err)
	var u *usageError
	var c *config.Error
	if errors.As(err, &u) || errors.As(err, &c) {
		return exitUsage
	}
	return exitFailed
}

// complainAll prints an error, or each of the errors that it joins.
func (e *env) complainAll(err error) {
	for _, one := range apart(err) {
		e.complain(one)
	}
}

// apart returns the errors that an error joins, recursively; the error itself if it joins none.
func apart(err error) (list []error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && errors.Join(joined.Unwrap()...).Error() == err.Error() {
		for _, one := range joined.Unwrap() {
			list = append(list, apart(one)...)
		}
		return list
	}
	inner := errors.Unwrap(err)
	if inner == nil {
		return []error{err}
	}
	before, wraps := strings.CutSuffix(err.Error(), inner.Error())
	inside := apart(inner)
	if !wraps || len(inside) < 2 {
		return []error{err}
	}
	for _, one := range inside {
		list = append(list, fmt.Errorf("%s%w", before, one))
	}
	return list
}

func (e *env) complain(err error) {
	printLine(e.stderr, "freshpin: %v", err)
	var u *usageError
	if errors.As(err, &u) && u.hint != "" {
		printLine(e.stderr, "freshpin: hint: %s", u.hint)
	}
	var c *config.Error
	if errors.As(err, &c) && c.Hint != "" {
		printLine(e.stderr, "freshpin: hint: %s", c.Hint)
	}
}

func newRoot(e *env) *cobra.Command {
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
			return e.printVersion()
		}
		return cmd.Help()
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err: err, hint: fmt.Sprintf("%s --help lists the flags", cmd.CommandPath())}
	})
	root.AddCommand(newOutdated(e), newUpdate(e), newCheck(e), newRun(e), newServe(e), newFleet(e), newExplain(e), newConfig(e), newInit(e), newDoctor(e), newVersion(e))
	root.SuggestionsMinimumDistance = 2
	root.SetHelpCommand(newHelp(e, root))
	root.CompletionOptions.DisableDescriptions = true
	return root
}

// counted turns an argument count error into a usage error that shows the command's synopsis.
func counted(want cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if want(cmd, args) == nil {
			return nil
		}
		return &usageError{
			err:  fmt.Errorf("wrong number of arguments (%d): %s", len(args), cmd.UseLine()),
			hint: fmt.Sprintf("run %s --help for details", cmd.CommandPath()),
		}
	}
}

// unknownCommand is the error for an unknown command, with the closest names as a hint.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	u := &usageError{err: fmt.Errorf("unknown command %q", args[0]), hint: "freshpin help lists the commands"}
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		u.hint = `did you mean "` + strings.Join(s, `" or "`) + `"?`
	}
	return u
}
