package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/freshpin/freshpin/cmd/internal/cli"
	"github.com/freshpin/freshpin/cmd/internal/console"
)

// documents returns the files that every archive contains beside the program, sorted by name.
func documents() ([]file, error) {
	root := cli.Command()
	root.DisableAutoGenTag = true // the tag contains today's date
	files, err := completions(root)
	if err != nil {
		return nil, err
	}
	pages, err := manual(root)
	if err != nil {
		return nil, err
	}
	files = append(files, pages...)
	top, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		data, err := os.ReadFile(filepath.Join(top, name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, data})
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files, nil
}

// completions returns the completion scripts, by the file names that shells look for.
func completions(root *cobra.Command) ([]file, error) {
	var files []file
	for _, shell := range []struct {
		name string
		made func(*bytes.Buffer) error
	}{
		{"completions/freshpin.bash", func(b *bytes.Buffer) error { return root.GenBashCompletionV2(b, true) }},
		{"completions/_freshpin", func(b *bytes.Buffer) error { return root.GenZshCompletion(b) }},
		{"completions/freshpin.fish", func(b *bytes.Buffer) error { return root.GenFishCompletion(b, true) }},
		{"completions/freshpin.ps1", func(b *bytes.Buffer) error { return root.GenPowerShellCompletionWithDesc(b) }},
	} {
		var text bytes.Buffer
		if err := shell.made(&text); err != nil {
			return nil, err
		}
		files = append(files, file{shell.name, 0o644, text.Bytes()})
	}
	return files, nil
}

// manual returns one manual page (section 1) for each command.
func manual(root *cobra.Command) ([]file, error) {
	var files []file
	var walk func(cmd *cobra.Command) error
	walk = func(cmd *cobra.Command) error {
		if !cmd.IsAvailableCommand() && cmd != root || cmd.Name() == "help" {
			return nil
		}
		var text bytes.Buffer
		header := &doc.GenManHeader{Section: "1", Source: "freshpin " + console.Version, Manual: "Freshpin", Date: &epoch}
		if err := doc.GenMan(cmd, header, &text); err != nil {
			return err
		}
		name := "man/man1/" + strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
		files = append(files, file{name, 0o644, text.Bytes()})
		for _, c := range cmd.Commands() {
			if err := walk(c); err != nil {
				return err
			}
		}
		return nil
	}
	return files, walk(root)
}
