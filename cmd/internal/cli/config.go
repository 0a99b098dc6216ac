package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/config/reference"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/report/findings"
	"github.com/freshpin/freshpin/updater/sanitize"
)

func newConfig(e *console.Env) *cobra.Command {
	var flags wiring.Flags
	schema, imported := false, false
	cmd := &cobra.Command{
		Use:   "config [PATH]",
		Short: "Validate .freshpin.yaml, and print what applies to each dependency and why",
		Long: `Reads every .freshpin.yaml that applies below PATH, reports errors in it, and prints
for each dependency the settings in force and where each comes from. It sends no
requests.

With --import it prints the settings of Renovate or Dependabot as a .freshpin.yaml,
and says what became of each setting. PATH is the file of the other bot, or a folder
to search for one. freshpin init writes them into .freshpin.yaml, and no file where
they cannot be read; a redirection of the shell would leave an empty one.`,
		Example: `  freshpin config
  freshpin config --import
  freshpin config --import .github/dependabot.yml`,
		Args: console.Args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				return printSchema(e.Stdout, func() ([]byte, error) { return reference.Schema(all.Infos()) })
			}
			if imported {
				return importSettings(e, args)
			}
			return printConfig(cmd.Context(), e, &flags, args)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&schema, "schema", false, "print the JSON schema of .freshpin.yaml")
	f.BoolVar(&imported, "import", false, "print the settings of Renovate or Dependabot as a .freshpin.yaml")
	f.StringVar(&flags.Allow, "allow", "", "how far an update may move: patch, minor or major, as for outdated")
	f.StringVar(&flags.Operator, "config", "", "the operator's `FILE`")
	return cmd
}

func printSchema(w io.Writer, make func() ([]byte, error)) error {
	data, err := make()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", data)
	return err
}

// printConfig prints the built-in rules, and the settings that apply to each dependency.
func printConfig(ctx context.Context, e *console.Env, l *wiring.Flags, paths []string) error {
	s, err := wiring.Read(e, l)
	if err != nil {
		return err
	}
	all, err := wiring.Trees(ctx, paths, s)
	if err != nil {
		return err
	}
	planner := &updater.Planner{Ecosystems: s.Ecosystems()}
	items, err := planner.Items(all)
	wiring.Warn(e, all)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		console.Line(e.Stderr, "freshpin: there is no pin here, so these settings apply to nothing")
	}
	config.Describe(e.Stdout)
	for _, t := range all {
		if r, ok := t.Rules.(interface{ Repository() config.Repository }); ok {
			console.Line(e.Stdout, "%sthe repository: %s", sanitize.Name(t.Prefix), r.Repository())
		}
	}
	printKeys(e, items, all)
	file := ""
	for _, i := range items {
		if i.File != file {
			file = i.File
			console.Line(e.Stdout, "")
			console.Line(e.Stdout, "%s", sanitize.Name(file))
		}
		why := "default"
		if len(i.Policy.Why) > 0 {
			why = strings.Join(slices.Compact(i.Policy.Why), "; ")
		}
		if skip := i.Dependency.Skip; skip.Code != "" {
			why += "; " + skip.Text + " (" + skip.Code + ")"
		}
		console.Line(e.Stdout, "  %d %s %s: %s", i.Line, sanitize.Cell(i.Dependency.Name), sanitize.Cell(i.Dependency.Pin.Text), why)
	}
	warnUnused(e, all)
	return nil
}

// warnUnused tells of the rules that match nothing.
func warnUnused(e *console.Env, all []plan.Tree) {
	for _, t := range all {
		r, ok := t.Rules.(wiring.RuleSet)
		if !ok {
			continue
		}
		for _, where := range r.Unused() {
			console.Line(e.Stderr, "freshpin: %s: the rule matches nothing", sanitize.Cell(where))
		}
	}
}

// printKeys reports signature keys that the settings name but that do not exist.
func printKeys(e *console.Env, items []plan.Item, all []plan.Tree) {
	told := map[string]bool{}
	look := func(setting, key, without, hint string) {
		// Many pins name the same key.
		if key == "" || told[key] {
			return
		}
		told[key] = true
		there := slices.ContainsFunc(all, func(t plan.Tree) bool {
			info, err := fs.Stat(t.FS, key)
			return err == nil && info.Mode().IsRegular()
		})
		if !there {
			e.Complain(&console.UsageError{Err: fmt.Errorf("%s names %s, and there is no such file, so that no %s would be proposed", setting, key, without), Hint: hint})
			e.Code = console.ExitUsage
		}
	}
	for n := range items {
		look("verify.cosign.key", items[n].Policy.Verify.Key, "image of it", "cosign public-key prints one")
		for _, key := range items[n].Policy.Keys {
			look("downloads.keys", key, "download that is for it", "gpg --armor --export writes one")
		}
	}
}

// newHelp returns cobra's help command with two more topics: the JSON schemas and the codes.
func newHelp(e *console.Env, root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | json | json check | codes]",
		Short: "Help about a command; help json prints the schema of --format json, help json check that of check, help codes the codes",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == "json" {
				return printSchema(e.Stdout, report.Schema)
			}
			if len(args) == 2 && args[0] == "json" && args[1] == "check" {
				return printSchema(e.Stdout, findings.Schema)
			}
			if len(args) == 1 && args[0] == "codes" {
				return report.WriteCodes(e.Stdout)
			}
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, args)
			}
			return cmd.Help()
		},
	}
}
