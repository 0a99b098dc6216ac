package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// passed to the service by the environment of a script, beside what a world and a hub set.
var serviceEnv = []string{
	"PATH", "HOME", "XDG_CACHE_HOME", "GITHUB_API_URL", "GITHUB_SERVER_URL", "FRESHPIN_REGISTRY_MIRRORS", "FRESHPIN_GIT_MIRRORS",
	"PIP_INDEX_URL", "GOPROXY", "GONOPROXY", "GOFLAGS", "GOSUMDB", "FRESHPIN_OSV_URL", "GORACE",
}

// githubApp makes the App that the service logs in as, and returns how it is told.
func githubApp(ts *testscript.TestScript) []string {
	key, file, err := appKey(ts.MkAbs("."))
	ts.Check(err)
	hubOf(ts).App(42, "freshpin", &key.PublicKey)
	return []string{"FRESHPIN_GITHUB_APP_ID=42", "FRESHPIN_GITHUB_APP_KEY=" + file, "FRESHPIN_WEBHOOK_SECRET=" + hookSecret}
}

var serving = regexp.MustCompile(`"msg":"serving","address":"(http://[^"]+)"`)

// services hold what ends the service of each script.
var services sync.Map

// startService is "service DATABASE [FLAG]...": freshpin serve, whose address is then $SERVICE.
// One that runs already is ended first.
func startService(ts *testscript.TestScript, _ bool, args []string) {
	if end, ok := services.Load(ts); ok {
		end.(func(os.Signal))(os.Interrupt)
	}
	file, err := exec.LookPath("freshpin")
	ts.Check(err)
	app := githubApp(ts)
	log, err := os.Create(ts.MkAbs(".service.log"))
	ts.Check(err)
	cmd := exec.Command(file, append([]string{"serve", "--insecure-no-login", "--listen", "127.0.0.1:0", "--log-format", "json", "--database", ts.MkAbs(args[0])}, args[1:]...)...)
	for _, name := range serviceEnv {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Env = append(cmd.Env, app...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, ts.MkAbs(".")
	ts.Check(cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	end := func(by os.Signal) {
		_ = cmd.Process.Signal(by)
		<-ended
	}
	services.Store(ts, end)
	ts.Defer(func() {
		end(os.Kill)
		log.Close()
	})
	for end := time.Now().Add(patience); time.Now().Before(end) && !isClosed(ended); time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(log.Name())
		ts.Check(err)
		if m := serving.FindSubmatch(text); m != nil {
			ts.Setenv("SERVICE", string(m[1]))
			return
		}
	}
	text, _ := os.ReadFile(log.Name())
	ts.Fatalf("freshpin serve does not serve:\n%s", text)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// readPage is "page PATH REGEXP": it waits until a page of the service has the text, and writes it to stdout.
func readPage(ts *testscript.TestScript, _ bool, args []string) {
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	var body []byte
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		res, err := http.Get(ts.Getenv("SERVICE") + args[0])
		ts.Check(err)
		body, err = io.ReadAll(res.Body)
		res.Body.Close()
		ts.Check(err)
		if want.Match(body) {
			_, err = ts.Stdout().Write(body)
			ts.Check(err)
			return
		}
	}
	ts.Fatalf("%s has no %s:\n%s", args[0], args[1], body)
}
