// Package console is what every command shares of its process: environment, streams,
// exit codes, errors in the command line, and files for results.
package console

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// The exit codes. The most serious problem determines the code: 2 before 1 before 3.
const (
	ExitOK          = 0   // every lookup succeeded, whether or not updates exist
	ExitFailed      = 1   // something could not be looked up, written or published
	ExitUsage       = 2   // the command line or the configuration is wrong
	ExitTripped     = 3   // the gate of --exit-code or --fail-on failed
	exitInterrupted = 130 // stopped by a signal
)

// An Env is a command's environment, and its exit code.
type Env struct {
	Getenv func(string) string
	Stdout *sanitize.Writer // both streams are sanitized
	Stderr *sanitize.Writer
	Code   int
}

// A UsageError is an error in the command line or in a configuration.
type UsageError struct {
	Err  error
	Hint string // how to fix it; "" for none
}

// Error returns the text of Err, without the hint.
func (u *UsageError) Error() string { return u.Err.Error() }

// Unwrap returns Err.
func (u *UsageError) Unwrap() error { return u.Err }

// Usagef returns a UsageError without a hint.
func Usagef(format string, args ...any) error { return &UsageError{Err: fmt.Errorf(format, args...)} }

// Exit prints an error and returns the exit code.
func (e *Env) Exit(err error) int {
	if err == nil {
		return e.Code
	}
	// After Ctrl-C what was under way failed because of it; that says nothing.
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(e.Stderr, "freshpin: interrupted")
		return exitInterrupted
	}
	e.ComplainAll(err)
	var u *UsageError
	var c *config.Error
	if errors.As(err, &u) || errors.As(err, &c) {
		return ExitUsage
	}
	return ExitFailed
}

// Fail records an exit code unless a worse one was recorded before.
func (e *Env) Fail() {
	if e.Code != ExitUsage {
		e.Code = ExitFailed
	}
}

// ComplainAll prints an error, or each of the errors that it joins.
func (e *Env) ComplainAll(err error) {
	for _, one := range apart(err) {
		e.Complain(one)
	}
}

// Complain prints one error, and its hint.
func (e *Env) Complain(err error) {
	Line(e.Stderr, "freshpin: %v", err)
	var u *UsageError
	if errors.As(err, &u) && u.Hint != "" {
		Line(e.Stderr, "freshpin: hint: %s", u.Hint)
	}
	var c *config.Error
	if errors.As(err, &c) && c.Hint != "" {
		Line(e.Stderr, "freshpin: hint: %s", c.Hint)
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
	// Only a text in front of the joined errors can be put in front of each.
	if !wraps || len(inside) < 2 {
		return []error{err}
	}
	for _, one := range inside {
		list = append(list, fmt.Errorf("%s%w", before, one))
	}
	return list
}

// Args turns an argument count error into a usage error that shows the command's synopsis.
func Args(want cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if want(cmd, args) == nil {
			return nil
		}
		return &UsageError{
			Err:  fmt.Errorf("wrong number of arguments (%d): %s", len(args), cmd.UseLine()),
			Hint: fmt.Sprintf("run %s --help for details", cmd.CommandPath()),
		}
	}
}
