package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// talk is the bad example that the checklist comes from.
//
//go:embed testdata/talk
var talk embed.FS

// story goes the whole way, each step on one screen: a checklist and its fixes,
// what is outdated, the pull requests, and the same again.
func (s *stage) story(ctx context.Context, dir string) error {
	// On disk, because the fixes change it.
	if err := os.CopyFS(dir, talk); err != nil {
		return err
	}
	bad := filepath.Join(dir, "testdata", "talk")
	steps := []func() error{
		func() error { return s.judged(ctx, bad) },
		func() error { return s.mended(ctx, bad) },
		func() error {
			s.step("What is outdated: a vulnerable pin, a conflict, a failed lookup")
			return s.command(ctx, []string{"outdated", samples + "/storefront/requirements.txt"}, "--as-of", today)
		},
		func() error { return s.proposed(ctx) },
		s.changes,
		func() error { return s.inside(ctx) },
		func() error { return s.again(ctx) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// step begins a screen.
func (s *stage) step(title string) {
	s.told++
	fmt.Fprintf(s.out, "\n## %d/7 %s\n\n", s.told, title)
}

// command shows a command line and runs it with more arguments that say nothing
// new. What is red or failed in the samples is meant to be: exit code 1.
func (s *stage) command(ctx context.Context, args []string, more ...string) error {
	fmt.Fprintf(s.out, "$ freshpin %s\n", strings.Join(args, " "))
	if code := s.freshpin(ctx, append(args, more...)...); code > 1 {
		return fmt.Errorf("freshpin %s: exit code %d", strings.Join(args, " "), code)
	}
	return nil
}

// judged shows what is wrong with the talk's example.
func (s *stage) judged(ctx context.Context, dir string) error {
	s.step("A bad example, judged by the checklist")
	if err := s.cat(dir, "Dockerfile"); err != nil {
		return err
	}
	return s.command(ctx, []string{"check"}, "--as-of", today, filepath.Join(dir, "Dockerfile"))
}

// mended lets all fixes be made.
func (s *stage) mended(ctx context.Context, dir string) error {
	s.step("All fixes, what is left, and the result")
	if err := s.command(ctx, []string{"check", "--fix=all"}, "--as-of", today, filepath.Join(dir, "Dockerfile")); err != nil {
		return err
	}
	return s.cat(dir, "Dockerfile")
}

func (s *stage) cat(dir, file string) error {
	data, err := os.ReadFile(filepath.Join(dir, file))
	fmt.Fprintf(s.out, "$ cat %s\n%s\n", file, data)
	return err
}

// proposed makes a pass over all samples on the stand-in for GitHub.
func (s *stage) proposed(ctx context.Context) error {
	s.step("One pass over two repositories on GitHub (a stand-in)")
	return s.pass(ctx)
}

func (s *stage) pass(ctx context.Context) error {
	args := []string{"run"}
	for _, repo := range repos {
		args = append(args, "github:"+owner+"/"+repo)
	}
	return s.command(ctx, args, "--as-of", today)
}

// changes shows each pull request by the lines that it changes.
func (s *stage) changes() error {
	s.step("The pull requests, by the lines that they change")
	for _, p := range s.hub.Pulls(owner + "/storefront") {
		diff, err := s.hub.Diff(owner+"/storefront", p.Number)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "#%d %s\n", p.Number, p.Title)
		for line := range strings.Lines(diff) {
			if isChange(line) {
				fmt.Fprint(s.out, "   ", line)
			}
		}
	}
	return nil
}

func isChange(line string) bool {
	return strings.HasPrefix(line, "+") && !strings.HasPrefix(line, "+++") || strings.HasPrefix(line, "-") && !strings.HasPrefix(line, "---")
}

// inside shows what prose knows of an update: packages of an image, release notes.
func (s *stage) inside(ctx context.Context) error {
	s.step("What is new inside, as the pull requests tell it")
	return s.command(ctx, []string{"outdated", "--details", "--name", "*acme/*", samples + "/storefront"}, "--as-of", today)
}

// again makes a second pass, which must write nothing.
func (s *stage) again(ctx context.Context) error {
	// So that Requests returns only those of the second pass.
	s.hub.Reset()
	s.step("The same again: nothing is done twice")
	if err := s.pass(ctx); err != nil {
		return err
	}
	for _, r := range s.hub.Requests() {
		if r.Method != "GET" {
			return errors.New("the second pass wrote something: " + r.Method + " " + r.Path)
		}
	}
	return nil
}
