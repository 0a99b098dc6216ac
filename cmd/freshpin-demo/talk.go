package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// talk is the bad example that the checklist comes from.
//
//go:embed testdata/talk
var talk embed.FS

// checklist shows what is wrong with the talk's example, lets all fixes be made, and shows it again.
func (s *stage) checklist(ctx context.Context, dir string) (int, error) {
	if err := os.CopyFS(dir, talk); err != nil {
		return 0, err
	}
	dir = filepath.Join(dir, "testdata", "talk")
	fmt.Printf("## The talk's bad example\n\n")
	if err := show(dir); err != nil {
		return 0, err
	}
	for _, step := range []struct {
		say   string
		flags []string
	}{{"What the checklist says", nil}, {"All fixes, and what is left", []string{"--fix=all"}}} {
		fmt.Printf("## %s\n\n$ freshpin %s\n\n", step.say, strings.Join(append([]string{"check"}, step.flags...), " "))
		args := append([]string{"check", "--as-of", today}, step.flags...)
		if code := s.freshpin(ctx, append(args, dir)...); code != 0 {
			return code, nil
		}
		fmt.Println()
	}
	fmt.Printf("## The result\n\n")
	return 0, show(dir)
}

// show prints the files of a folder.
func show(dir string) error {
	return fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		fmt.Printf("$ cat %s\n%s\n", name, data)
		return err
	})
}
