package checklist

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/rules"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/endoflife"
	"github.com/freshpin/freshpin/updater/plan"
)

func tree(files map[string]string) plan.Tree {
	repo := fstest.MapFS{}
	for name, text := range files {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return plan.Tree{FS: repo, Rules: config.Load(repo, config.Overrides{})}
}

// rootChecker answers that every image runs as root, and counts the questions.
func rootChecker(asked *[]string) *Checker {
	var mu sync.Mutex
	return &Checker{
		Ecosystems: all.New(all.Options{Getenv: func(string) string { return "" }}), Rules: rules.All(), Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
		Answer: func(_ context.Context, q check.Question) check.Answer {
			mu.Lock()
			defer mu.Unlock()
			*asked = append(*asked, q.Kind+" "+q.Name)
			if strings.Contains(q.Name, "gone") {
				return check.Answer{Err: errors.New("404")}
			}
			return check.Answer{Image: ecosystems.Image{Config: &ecosystems.ImageConfig{}}}
		},
	}
}

func found(r *Report) string {
	var out []string
	for _, f := range r.Findings {
		if f.Mode == check.Default {
			out = append(out, fmt.Sprintf("%s:%d %s", f.At.File, f.Line, f.Rule))
		}
	}
	return strings.Join(out, "; ")
}

func TestRun(t *testing.T) {
	var asked []string
	s := rootChecker(&asked)
	r, err := s.Run(t.Context(), tree(map[string]string{
		"Dockerfile":               "FROM x:1 AS dev\nCMD y\nFROM x:1\nUSER 1\n",
		"b/Dockerfile":             "FROM x:1\nCMD y\n",
		"gone/Dockerfile":          "FROM gone:1\nCMD y\n",
		"compose.yaml":             "services:\n  b:\n    build: b\n    user: \"1000\"\n",
		".github/workflows/ci.yml": "jobs:\n  x:\n    with:\n      target: dev\n",
		"vendor/Dockerfile":        "FROM python\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := found(r), "Dockerfile:1 root-user"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	if len(r.Failed) == 0 || !strings.Contains(r.Failed[0].String(), "look up ended of gone:1: 404") && !strings.Contains(r.Failed[0].String(), "look up image of gone:1: 404") {
		t.Errorf("failed: %v", r.Failed)
	}
	slices.Sort(asked)
	if len(slices.Compact(slices.Clone(asked))) != len(asked) {
		t.Errorf("a question was asked twice: %v", asked)
	}
}

// TestRuleGivesUp holds that a panic of a rule is a problem of its file, and hides no
// finding of another.
func TestRuleGivesUp(t *testing.T) {
	s := rootChecker(new([]string))
	s.Rules = append(slices.Clone(s.Rules), check.Rule{ID: "trap", Mode: check.Default, Docker: func(d *check.Docker, _ *check.Facts) []check.Finding {
		if d.Name == "b/Dockerfile" {
			panic("index out of range")
		}
		return nil
	}})
	r, err := s.Run(t.Context(), tree(map[string]string{"a/Dockerfile": "FROM x:1\nCMD y\n", "b/Dockerfile": "FROM x:1\nCMD y\n", "c/Dockerfile": "FROM x:1\nCMD y\n"}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := found(r), "a/Dockerfile:1 root-user; c/Dockerfile:1 root-user"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	if len(r.Problems) != 1 || r.Problems[0].Path != "b/Dockerfile" || !strings.Contains(r.Problems[0].Err.Error(), "index out of range") {
		t.Errorf("problems: %v", r.Problems)
	}
}

func TestOffline(t *testing.T) {
	s := rootChecker(new([]string))
	s.Offline = true
	r, err := s.Run(t.Context(), tree(map[string]string{"Dockerfile": "FROM gone:1\nCMD y\n"}))
	if err != nil || len(r.Failed) > 0 || len(r.Unknown) == 0 || found(r) != "" {
		t.Errorf("found %s, failed %v, unknown %v, %v", found(r), r.Failed, r.Unknown, err)
	}
}

func TestMend(t *testing.T) {
	s := rootChecker(new([]string))
	r, err := s.Run(t.Context(), tree(map[string]string{".git/HEAD": "x", "Dockerfile": "FROM x:1\nCOPY . /app\nUSER 1\nLABEL org.opencontainers.image.name=y\n"}))
	if err != nil {
		t.Fatal(err)
	}
	c := r.Fix(false)
	if len(c.Files) != 1 || c.Files[".dockerignore"] == "" {
		t.Errorf("mended %v", c.Files)
	}
}

func TestTargets(t *testing.T) {
	got := targetsOf(fstest.MapFS{
		".github/workflows/a.yml": {Data: []byte("          target: prod\n          run: docker build --target=dev . && docker build --target test .\n")},
		"docker-bake.hcl":         {Data: []byte("target \"x\" {\n  target = \"web\"\n}\n")},
	})
	if want := "web prod dev test"; strings.Join(got, " ") != want {
		t.Errorf("targets %v, want %s", got, want)
	}
}

// TestAnswers checks the answers of the sources that need no request, and their refusals.
func TestAnswers(t *testing.T) {
	s := &Sources{
		Ecosystems: all.New(all.Options{Getenv: func(string) string { return "" }}), Ends: endoflife.Bundled(), Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
		Commit: func(_ context.Context, repository, ref string) (string, error) { return repository + " " + ref, nil },
	}
	for _, c := range []struct {
		q    check.Question
		want string
	}{
		{check.Question{Kind: check.AskEnded, Name: "docker.io/library/debian:buster-slim@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}, "Debian 10 (buster) has had no fixes since 2024-06-30 (https://wiki.debian.org/LTS)"},
		{check.Question{Kind: check.AskEnded, Name: "python:3.14"}, ""},
		{check.Question{Kind: check.AskEnded, Name: "Not An Image"}, `error: "Not An Image" is no image reference`},
		{check.Question{Kind: check.AskNewest, Name: "npm", Detail: "yarn"}, ""},
		{check.Question{Kind: check.AskChecksum, Name: "https://x.y/z"}, ""},
		{check.Question{Kind: check.AskCommit, Name: "https://x.y/z.git", Detail: "v1"}, "https://x.y/z.git v1"},
	} {
		a := s.Answer(t.Context(), c.q)
		got := a.Text
		if a.Err != nil {
			got = "error: " + a.Err.Error()
		}
		if got != c.want {
			t.Errorf("Answer(%v) = %q, want %q", c.q, got, c.want)
		}
	}
}

// TestHostileQuestions names more images than registries are asked about.
func TestHostileQuestions(t *testing.T) {
	var asked []string
	s := rootChecker(&asked)
	var b strings.Builder
	b.WriteString("services:\n")
	for n := range 2 * mostQuestions {
		fmt.Fprintf(&b, "  s%d: {image: 'evil.example/x%d:1'}\n", n, n)
	}
	r, err := s.Run(t.Context(), tree(map[string]string{"compose.yaml": b.String()}))
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) > mostQuestions || len(r.Unknown) == 0 {
		t.Errorf("%d questions asked, %d unknown", len(asked), len(r.Unknown))
	}
}
