// Command freshpin-demo runs the main job on a sample project with stand-ins
// for GitHub and every registry in its own process: no network, no account,
// nothing to install. It is a doorway: see package cli for the job, package
// world for the registries and package forgetest for GitHub.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/cli"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

//go:embed releases.txt
var releases string

const (
	sample = "testdata/repos/identidock"
	repo   = "acme/identidock"
	today  = "2026-11-23" // so that the demo says the same on every day
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := demo(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "freshpin-demo:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// demo goes the whole way, or runs another command line on the same stand-ins.
// With --serve the service goes on from there, with its pages to look at.
func demo(ctx context.Context, args []string) (int, error) {
	dir, err := os.MkdirTemp("", "freshpin-demo-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	s, err := open(dir)
	if err != nil {
		return 0, err
	}
	defer s.close()
	serve := len(args) == 1 && args[0] == "--serve"
	if len(args) > 0 && !serve {
		return s.freshpin(ctx, args...), nil
	}
	if code, err := s.checklist(ctx, dir); code != 0 || err != nil {
		return code, err
	}
	if code, err := s.wholeWay(ctx); code != 0 || err != nil || !serve {
		return code, err
	}
	return s.serve(ctx, dir)
}

// pages is where the pages of the service are to be looked at.
const pages = "127.0.0.1:8080"

// serve runs the service over the stand-ins until it is interrupted: the same
// pages that an operator sees.
func (s *stage) serve(ctx context.Context, dir string) (int, error) {
	fmt.Printf("\nLook at the pages of the service at http://%s, and at the pull requests at %s/%s; Ctrl-C ends the demo.\n\n", pages, s.url, repo)
	s.env["GITHUB_TOKEN"] = "ghp_demo"
	return s.freshpin(ctx, "serve", "--insecure-no-login", "--mode", "propose", "--listen", pages, "--database", filepath.Join(dir, "freshpin.db")), nil
}

// A stage is the stand-ins, and the environment in which the program finds them.
type stage struct {
	world *world.World
	hub   *forgetest.Server
	url   string
	env   map[string]string
}

// open starts the stand-ins and puts the sample project on the one for GitHub.
func open(dir string) (*stage, error) {
	w, err := world.Parse(releases)
	if err != nil {
		return nil, err
	}
	s := &stage{world: w, hub: forgetest.New(filepath.Join(dir, "hub")), env: w.Start()}
	if s.url, err = s.hub.Start(); err != nil {
		return nil, err
	}
	s.env["XDG_CACHE_HOME"] = filepath.Join(dir, "cache")
	s.env["GITHUB_API_URL"] = s.url
	s.env["GITHUB_SERVER_URL"] = "https://github.com" // whose repositories it knows
	s.env["GITHUB_TOKEN"] = "ghs_demo"
	files, err := project()
	if err != nil {
		return nil, err
	}
	return s, s.hub.AddRepo(repo, files, forgetest.Options{})
}

func (s *stage) close() {
	s.hub.Close()
	s.world.Stop()
}

// project reads the sample project.
func project() (map[string]forgetest.File, error) {
	files := map[string]forgetest.File{}
	err := fs.WalkDir(os.DirFS(sample), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(sample, name))
		files[name] = forgetest.File{Data: data, Mode: "100644"}
		return err
	})
	return files, err
}

// freshpin runs one command line in the environment of the stage.
func (s *stage) freshpin(ctx context.Context, args ...string) int {
	getenv := func(name string) string {
		if value, ok := s.env[name]; ok {
			return value
		}
		return os.Getenv(name)
	}
	return cli.Run(ctx, args, getenv, os.Stdout, os.Stderr)
}

// wholeWay lists what is outdated, opens the pull requests, shows them, and does it all again.
func (s *stage) wholeWay(ctx context.Context) (int, error) {
	for _, step := range []struct {
		say  string
		args []string
	}{
		{"What is outdated in the sample project", []string{"outdated", "--as-of", today, sample}},
		{"One pass over it on GitHub (a stand-in)", []string{"run", "--as-of", today, "github:" + repo}},
	} {
		fmt.Printf("## %s\n\n$ freshpin %s\n\n", step.say, strings.Join(step.args, " "))
		if code := s.freshpin(ctx, step.args...); code != 0 {
			return code, nil
		}
		fmt.Println()
	}
	if err := s.show(); err != nil {
		return 0, err
	}
	return s.again(ctx)
}

// show prints every pull request with its diff.
func (s *stage) show() error {
	for _, p := range s.hub.Pulls(repo) {
		diff, err := s.hub.Diff(repo, p.Number)
		if err != nil {
			return err
		}
		fmt.Printf("## Pull request %d: %s\n\n%s\n", p.Number, p.Title, diff)
	}
	return nil
}

// again makes a second pass, which must write nothing.
func (s *stage) again(ctx context.Context) (int, error) {
	s.hub.Reset()
	fmt.Printf("## The same again: nothing is done twice\n\n$ freshpin run github:%s\n\n", repo)
	if code := s.freshpin(ctx, "run", "--as-of", today, "github:"+repo); code != 0 {
		return code, nil
	}
	for _, r := range s.hub.Requests() {
		if r.Method != "GET" {
			return 0, errors.New("the second pass wrote something: " + r.Method + " " + r.Path)
		}
	}
	return 0, nil
}
