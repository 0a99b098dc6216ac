// Command freshpin-demo runs the main job on a sample project, with stand-ins for
// GitHub and every registry in its own process: no network, no account, nothing to
// install. The commands are in package cli, the registries in package world and
// GitHub in package forgetest.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/freshpin/freshpin/cmd/internal/cli"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

//go:embed releases.txt
var releases string

const (
	samples = "testdata/repos"
	owner   = "acme"
	today   = "2026-11-23"     // so that the demo says the same on every day
	pages   = "127.0.0.1:8080" // where the pages of the service are to be looked at, where nothing else is said
)

// repos are the sample projects, by folder and by name.
var repos = []string{"storefront", "identidock"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := demo(ctx, os.Args[1:], os.Stdout, os.Stderr)
	// Not deferred, because os.Exit runs no deferred calls.
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "freshpin-demo:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// demo goes the whole way, or runs another command line on the same stand-ins.
// With --serve [ADDRESS] the service goes on from there, with its pages to look at.
func demo(ctx context.Context, args []string, out, errs io.Writer) (int, error) {
	listen := ""
	if len(args) > 0 && args[0] == "--serve" {
		// The word after --serve, else the default. A taken address must fail before the story runs.
		if listen = append(args, pages)[1]; !free(listen) {
			return 0, fmt.Errorf("%s is taken; make demo-serve LISTEN=127.0.0.1:8081 takes another address", listen)
		}
	}
	if _, err := os.Stat(samples); err != nil {
		return 0, fmt.Errorf("the sample projects are not here (%s): start it in the root of the repository, with make demo", samples)
	}
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
	s.out, s.errs = out, errs
	if len(args) > 0 && listen == "" {
		return s.freshpin(ctx, args...), nil
	}
	if err := s.story(ctx, dir); err != nil {
		return 0, err
	}
	if listen == "" {
		fmt.Fprintln(out, "\nThe addresses above end here. make demo-serve keeps them, with the pages of the service.")
		return 0, nil
	}
	return s.serve(ctx, dir, listen)
}

// free reports whether an address can be listened at.
func free(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// serve runs the service over the stand-ins until it is interrupted: the same
// pages that an operator sees.
func (s *stage) serve(ctx context.Context, dir, listen string) (int, error) {
	fmt.Fprintf(s.out, "\nThe pages of the service: http://%s\nThe pull requests:        %s\nCtrl-C ends the demo.\n\n", listen, s.url)
	// The service lists the repositories of its login; a token with ghs_ has no user and may not.
	s.env["GITHUB_TOKEN"] = "ghp_demo"
	return s.freshpin(ctx, "serve", "--insecure-no-login", "--mode", "propose", "--listen", listen, "--database", filepath.Join(dir, "freshpin.db")), nil
}

// A stage is the stand-ins and the environment that points the program to them.
type stage struct {
	world *world.World
	hub   *forgetest.Server
	url   string
	env   map[string]string
	out   io.Writer
	errs  io.Writer
	told  int // steps so far
}

// open starts the stand-ins and puts the sample projects on the one for GitHub.
func open(dir string) (*stage, error) {
	w, err := world.Parse(releases)
	if err != nil {
		return nil, err
	}
	s := &stage{world: w, hub: forgetest.New(filepath.Join(dir, "hub")), env: w.Start()}
	if s.url, err = s.hub.Start(); err != nil {
		return nil, err
	}
	// The folder is removed at the end, and the user's cache stays as it is.
	s.env["XDG_CACHE_HOME"] = filepath.Join(dir, "cache")
	s.env["GITHUB_API_URL"] = s.url
	s.env["GITHUB_SERVER_URL"] = "https://github.com" // the server whose repositories it has
	s.env["GITHUB_TOKEN"] = "ghs_demo"
	for _, repo := range repos {
		files, err := project(repo)
		if err != nil {
			return nil, err
		}
		if err := s.hub.AddRepo(owner+"/"+repo, files, forgetest.Options{Checks: []string{"build"}}); err != nil {
			return nil, err
		}
	}
	return s, s.published()
}

// published adds what the sample projects read on GitHub: release notes.
func (s *stage) published() error {
	if err := s.hub.AddRepo(owner+"/lint", map[string]forgetest.File{"README.md": {Data: []byte("A linter.\n")}}, forgetest.Options{}); err != nil {
		return err
	}
	for _, r := range []forgetest.Release{
		{Tag: "v1.0.0", Name: "Names", Published: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)},
		{
			Tag: "v1.0.1", Name: "Fewer false alarms", Published: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
			Body: "## Fixed\n\n- Names in **generated** files are left alone.\n- `--fix` keeps line ends.\n",
		},
	} {
		if err := s.hub.Release(owner+"/lint", r); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) close() {
	s.hub.Close()
	s.world.Stop()
}

// project reads a sample project.
func project(name string) (map[string]forgetest.File, error) {
	sample := filepath.Join(samples, name)
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
	return cli.Run(ctx, args, getenv, s.out, s.errs)
}
