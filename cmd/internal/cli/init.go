package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/config/migrate"
)

// workflowFile is the path of the workflow that init writes.
const workflowFile = ".github/workflows/freshpin.yml"

func newInit(e *console.Env) *cobra.Command {
	workflow := false
	cmd := &cobra.Command{
		Use:   "init [PATH]",
		Short: "Write a commented .freshpin.yaml, imported from another bot's settings if there are any",
		Long: `Writes a .freshpin.yaml into the folder PATH: from the settings of Renovate or
Dependabot where there are any, else with the defaults and what they mean. With
--workflow it also writes a scheduled workflow that opens pull requests. What is
there already is kept, and what is missing is written.`,
		Example: `  freshpin init
  freshpin init --workflow`,
		Args: console.Args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			return initialise(e, append(args, ".")[0], workflow)
		},
	}
	cmd.Flags().BoolVar(&workflow, "workflow", false, "also write "+workflowFile)
	return cmd
}

// initialise checks all files before it writes any.
func initialise(e *console.Env, dir string, workflow bool) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return console.Usagef("%s: %v", dir, console.Cause(err))
	}
	defer root.Close()
	settings, from, err := firstSettings(root)
	if err != nil {
		return err
	}
	files := []initialFile{{config.Name, settings}}
	if workflow {
		files = append(files, initialFile{workflowFile, []byte(workflowText)})
	}
	// Lstat: a dangling link is there too, and is not to be written through.
	missing := slices.DeleteFunc(slices.Clone(files), func(f initialFile) bool {
		_, err := root.Lstat(f.name)
		return !errors.Is(err, fs.ErrNotExist)
	})
	if len(missing) == 0 {
		return nothingMissing(dir, files, workflow)
	}
	for _, f := range files {
		at := filepath.Join(dir, f.name)
		if !slices.ContainsFunc(missing, func(m initialFile) bool { return m.name == f.name }) {
			console.Line(e.Stdout, "kept %s, which is there already", at)
			continue
		}
		if err := f.write(root); err != nil {
			return err
		}
		if f.name == config.Name {
			at += from
		}
		console.Line(e.Stdout, "wrote %s", at)
	}
	console.Line(e.Stdout, "next: freshpin config, then freshpin outdated")
	if workflow {
		console.Line(e.Stdout, "the workflow needs: Settings, Actions, General, \"Allow GitHub Actions to create and approve pull requests\"")
	}
	return nil
}

// nothingMissing is the error of an init that has nothing to write.
func nothingMissing(dir string, files []initialFile, workflow bool) error {
	var names []string
	for _, f := range files {
		names = append(names, filepath.Join(dir, f.name))
	}
	verb, hint := "exists", "freshpin init --workflow writes a workflow beside it; freshpin config prints the settings that apply"
	if workflow {
		verb, hint = "exist", "freshpin config prints the settings that apply"
	}
	return &console.UsageError{Err: fmt.Errorf("%s %s already, and init overwrites nothing", strings.Join(names, " and "), verb), Hint: hint}
}

// An initialFile is one that init writes.
type initialFile struct {
	name string
	data []byte
}

// write creates the file and its folder; it never overwrites a file created meanwhile.
func (f initialFile) write(root *os.Root) error {
	if err := root.MkdirAll(filepath.Dir(f.name), 0o755); err != nil {
		return err
	}
	file, err := root.OpenFile(f.name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(f.data)
	return errors.Join(err, file.Close())
}

// firstSettings returns another bot's settings, imported, or the defaults.
func firstSettings(root *os.Root) (data []byte, from string, err error) {
	name := migrate.Find(root.FS())
	if name == "" {
		return []byte(settingsText), "", nil
	}
	r, err := imported(root, name)
	if err != nil {
		return nil, "", err
	}
	return r.YAML, ", imported from " + name, nil
}

// settingsText is the initial .freshpin.yaml; its comments show the defaults.
const settingsText = `# What Freshpin may do here: https://github.com/freshpin/freshpin/blob/main/docs/configuration.md
# freshpin config prints what applies to each dependency, and why.

allow: patch            # how far a pull request may move a pin: patch, minor or major

# digests: pin          # add digests to image tags: pin, refresh or ignore
# cooldown: {packages: 3d, digests: 1d}
# group: ecosystem      # what shares a pull request: repository, ecosystem, directory or dependency
# limit: 3              # open pull requests at once
# labels: [dependencies]
# reviewers: []         # logins, or org/team
# rules:                # later rules win
#   - match: {name: postgres}
#     ignore: true
#     until: 2027-01-31
`

// workflowText is a workflow that opens pull requests: once a week, and when
// people command it or tick a box. It runs nothing of the repository, and what
// strangers write on a public one starts no job: a command needs an author who
// belongs to it (the program checks again that they may write), a box
// can only be ticked by those who may edit a bot's issue or pull request, and a
// pull request of a fork has a branch that is not ours.
//
// See https://docs.github.com/actions/reference/security/secure-use
var workflowText = strings.ReplaceAll(`# Freshpin opens pull requests: once a week, and when you command it or tick one of its boxes.
# https://github.com/freshpin/freshpin/blob/main/docs/pull-requests.md
name: Freshpin
on:
  schedule: [{cron: "17 5 * * 1"}]
  workflow_dispatch:
  issue_comment: {types: [created]} # /freshpin rebase and the other commands
  issues: {types: [edited]}         # the boxes of the dashboard
  pull_request: {types: [edited]}   # the box in a pull request
permissions: {}
jobs:
  freshpin:
    # What strangers write starts no job. Nothing of the repository is checked out or run.
    if: >-
      github.event_name == 'schedule' || github.event_name == 'workflow_dispatch' ||
      github.event.sender.type == 'User' && (
      github.event_name == 'issue_comment' && contains(github.event.comment.body, '/freshpin ') &&
      contains(fromJSON('["OWNER", "MEMBER", "COLLABORATOR"]'), github.event.comment.author_association) ||
      github.event_name == 'issues' && github.event.issue.user.type == 'Bot' &&
      contains(github.event.issue.body, '<!-- freshpin:dashboard -->') ||
      github.event_name == 'pull_request' && startsWith(github.head_ref, 'freshpin/') &&
      github.event.pull_request.user.type == 'Bot' &&
      github.event.pull_request.head.repo.full_name == github.repository)
    permissions: {contents: write, pull-requests: write, issues: write}
    concurrency: {group: freshpin} # of the job, so that a skipped job cancels no waiting run
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: freshpin/freshpin@vVERSION
`, "VERSION", console.Version)
