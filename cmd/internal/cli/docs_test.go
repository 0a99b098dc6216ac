package cli

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/config/reference"
	"github.com/freshpin/freshpin/updater/reasons"
)

var updateDocs = flag.Bool("update-docs", false, "write the pages of docs that are generated")

const topFolder = "../../.."

// TestDocs: pages that are generated are current.
func TestDocs(t *testing.T) {
	for file, write := range map[string]func(io.Writer) error{
		"docs/configuration.md": func(w io.Writer) error { return reference.Write(w, all.Infos()) },
		"docs/refusals.md":      reasons.Docs,
		"docs/freshpin.schema.json": func(w io.Writer) error { // where its own $id leads
			schema, err := reference.Schema(all.Infos())
			if err == nil {
				_, err = w.Write(append(schema, '\n'))
			}
			return err
		},
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		path := filepath.Join(topFolder, filepath.FromSlash(file))
		if *updateDocs {
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, b.Bytes()) {
			t.Errorf("%s is not current (%v): go test ./cmd/internal/cli -run Docs -update-docs", file, err)
		}
	}
}

var (
	mdLink  = regexp.MustCompile(`\]\(([^)#:]+\.md)(#[^)]*)?\)`)
	command = regexp.MustCompile(`(?m)^(?:[A-Z_]+=\S+ )*freshpin ([a-z]+)(.*)$`)
	aFlag   = regexp.MustCompile(`(--[a-z-]+)`)
)

// TestDocsAgree: links lead to pages, and every command and flag in an example exists.
func TestDocsAgree(t *testing.T) {
	pages, _ := filepath.Glob(topFolder + "/docs/*.md")
	cmds := Command()
	for _, page := range append(pages, topFolder+"/README.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mdLink.FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", page, m[1])
			}
		}
		for _, m := range command.FindAllStringSubmatch(string(data), -1) {
			line, _, _ := strings.Cut(m[2], " #")
			found, _, err := cmds.Find(append([]string{m[1]}, strings.Fields(line)...))
			if err != nil || found == cmds {
				t.Errorf("%s: there is no freshpin %s", page, m[1])
				continue
			}
			for _, f := range aFlag.FindAllString(line, -1) {
				if found.Flag(strings.TrimPrefix(f, "--")) == nil && f != "--help" {
					t.Errorf("%s: freshpin %s has no %s", page, found.Name(), f)
				}
			}
		}
	}
	readme, _ := os.ReadFile(topFolder + "/README.md")
	if n := bytes.Count(readme, []byte("\n")); n > 150 {
		t.Errorf("README.md has %d lines, at most 150 are wanted", n)
	}
}
