package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/console"
)

func newVersion(e *console.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  console.Args(cobra.NoArgs),
		RunE:  func(*cobra.Command, []string) error { return printVersion(e) },
	}
}

func printVersion(e *console.Env) error {
	_, err := fmt.Fprintf(e.Stdout, "freshpin %s%s\n", console.Version, console.Revision())
	return err
}
