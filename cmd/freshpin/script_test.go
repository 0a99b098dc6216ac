package main

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"freshpin": main})
}

// TestScript runs testdata/script: the whole program against stand-ins for
// every registry, each script a story.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("..", "..", "testdata", "script"),
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			repos, err := filepath.Abs(filepath.Join("..", "..", "testdata", "repos"))
			if err != nil {
				return err
			}
			e.Setenv("REPOS", repos)
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
			e.Setenv("GOCACHE", os.Getenv("GOCACHE"))
			e.Setenv("GOTOOLCHAIN", "local")
			e.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"world":    startWorld,
			"break":    breakServer,
			"requests": countRequests,
			"key":      writeKey,
			"service":  startService,
			"page":     readPage,
			"webhook":  sendWebhook,
			"dayago":   tellDayAgo,
			"hub":      runHub,
			"receiver": startReceiver,
			"heard":    readHeard,
		},
	})
}

// worlds holds the world of each script that runs.
var worlds sync.Map

func current(ts *testscript.TestScript) *world.World {
	w, ok := worlds.Load(ts)
	if !ok {
		ts.Fatalf("no world yet")
	}
	return w.(*world.World)
}

// startWorld is "world FILE [HOST]...": it serves what the file describes.
func startWorld(ts *testscript.TestScript, _ bool, args []string) {
	w, err := world.Parse(ts.ReadFile(args[0]))
	ts.Check(err)
	for name, value := range w.Start(args[1:]...) {
		ts.Setenv(name, value)
	}
	ts.Defer(w.Stop)
	worlds.Store(ts, w)
}

// writeKey is "key PUBLISHER FILE": the public key that signs what the publisher releases.
func writeKey(ts *testscript.TestScript, _ bool, args []string) {
	data, err := current(ts).Downloads.Key(args[0])
	ts.Check(err)
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[1])), 0o755))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

// breakServer is "break SERVER STATUS [PATH] [COUNT] [RETRY-AFTER]".
func breakServer(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(current(ts).Break(args[0], args[1:]...))
}

// countRequests is "requests SERVER N": how many were served since the last time.
func countRequests(ts *testscript.TestScript, _ bool, args []string) {
	w := current(ts)
	counts := map[string]map[string]int{"advisories": w.Advisories.Requests(), "images": w.Images.Requests(), "modules": w.Modules.Requests(), "index": w.Index.Requests(), "git": w.Git.Requests(), "downloads": w.Downloads.Requests()}[args[0]]
	n := 0
	for _, c := range counts {
		n += c
	}
	if want, _ := strconv.Atoi(args[1]); n != want {
		ts.Fatalf("%s served %d requests, want %s: %v", args[0], n, args[1], counts)
	}
}
