package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/freshpin/freshpin/cmd/internal/console"
)

// stub is a program that tells what it was called with, as the real one would
// be called, and writes what the action hands on.
const stub = `#!/bin/sh
echo "called: $*"
echo "token: ${GITHUB_TOKEN:-none}, key in the environment: ${INPUT_APP_KEY:-none}"
while [ $# -gt 0 ]; do
  case "$1" in
  --github-app-key) printf 'key: '; cat "$2"; ls -l "$2" | cut -c1-10; echo "$2" >"$KEYFILE" ;;
  --output) case "$2" in
    github=*) echo "updates=2" >>"${2#github=}" ;;
    markdown=*) echo "# Freshpin" >"${2#markdown=}" ;;
    sarif=*) echo "{}" >"${2#sarif=}" ;;
    esac ;;
  --fail) exit 3 ;;
  esac
  shift
done
`

// A runner is what GitHub gives an action, on this machine.
type runner struct {
	t      *testing.T
	dir    string // the action's checkout
	server *httptest.Server
	mu     sync.Mutex        // guards the next two
	files  map[string][]byte // what is published, by path
	asked  []string
	env    map[string]string
}

func newRunner(t *testing.T) *runner {
	for _, tool := range []string{"bash", "curl", "tar"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s on this machine", tool)
		}
	}
	r := &runner{t: t, dir: t.TempDir(), files: map[string][]byte{}}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		r.asked = append(r.asked, q.URL.Path)
		data, ok := r.files[q.URL.Path]
		data = slices.Clone(data)
		r.mu.Unlock()
		if !ok {
			http.NotFound(w, q)
			return
		}
		_, _ = w.Write(data) // curl is gone
	}))
	t.Cleanup(r.server.Close)
	script, err := os.ReadFile("../../.github/action/freshpin.sh")
	if err != nil {
		t.Fatal(err)
	}
	r.write(".github/action/freshpin.sh", string(script))
	r.write(".github/action/checksums", "")
	r.env = map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": t.TempDir(), "RUNNER_TEMP": t.TempDir(), "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64",
		"FRESHPIN_VERSION": console.Version, "FRESHPIN_DOWNLOAD_URL": r.server.URL, "INPUT_REPOSITORY": "acme/shop", "GITHUB_TOKEN": "t0ken",
		"GITHUB_OUTPUT": filepath.Join(t.TempDir(), "output"), "GITHUB_STEP_SUMMARY": filepath.Join(t.TempDir(), "summary"),
		"KEYFILE": filepath.Join(t.TempDir(), "key"),
	}
	return r
}

// requests are the paths that were asked for.
func (r *runner) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

func (r *runner) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// publish makes the archive of a target as the release does, and writes its checksum into the action.
func (r *runner) publish(t target) string {
	r.t.Helper()
	data, err := t.pack([]file{{t.program(), 0o755, []byte(stub)}})
	if err != nil {
		r.t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	name := t.name() + t.ending()
	r.mu.Lock()
	r.files["/v"+console.Version+"/"+name] = data
	r.mu.Unlock()
	r.write(".github/action/checksums", listing(map[string]string{name: hex.EncodeToString(sum[:])}))
	return name
}

// run runs the action's script with more of its environment, and returns what it printed.
func (r *runner) run(more ...string) (string, error) {
	cmd := exec.Command("bash", filepath.Join(r.dir, ".github/action/freshpin.sh"))
	cmd.Dir = r.dir
	for name, value := range r.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, more...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r *runner) read(name string) string {
	data, err := os.ReadFile(r.env[name])
	if err != nil {
		r.t.Fatal(err)
	}
	return string(data)
}

// TestActionInstalls walks the names under which systems know themselves.
func TestActionInstalls(t *testing.T) {
	for _, test := range []struct {
		system, arch string
		want         target
	}{
		{"Linux", "X64", target{"linux", "amd64"}},
		{"macOS", "ARM64", target{"darwin", "arm64"}},
		{"Darwin", "arm64", target{"darwin", "arm64"}}, // as uname says it
		{"Windows", "X64", target{"windows", "amd64"}},
		{"MINGW64_NT-10.0", "x86_64", target{"windows", "amd64"}},
	} {
		t.Run(test.system, func(t *testing.T) {
			r := newRunner(t)
			if _, err := exec.LookPath("unzip"); err != nil && test.want.os == "windows" {
				t.Skip("no unzip on this machine")
			}
			name := r.publish(test.want)
			out, err := r.run("RUNNER_OS="+test.system, "RUNNER_ARCH="+test.arch)
			if err != nil || !strings.Contains(out, "called: run --output github=") || !strings.Contains(out, "github:acme/shop") {
				t.Fatalf("%v\n%s", err, out)
			}
			if want := "/v" + console.Version + "/" + name; !slices.Equal(r.requests(), []string{want}) {
				t.Errorf("asked for %q, want %s once", r.requests(), want)
			}
			if got := r.read("GITHUB_OUTPUT"); got != "updates=2\n" {
				t.Errorf("outputs %q", got)
			}
			if got := r.read("GITHUB_STEP_SUMMARY"); got != "# Freshpin\n" {
				t.Errorf("summary %q", got)
			}
			if out, err := r.run("RUNNER_OS="+test.system, "RUNNER_ARCH="+test.arch); err != nil || len(r.requests()) != 1 {
				t.Errorf("a second step on the same runner downloaded again: %q %v\n%s", r.requests(), err, out)
			}
		})
	}
}

// TestActionRefuses runs nothing that was not released.
func TestActionRefuses(t *testing.T) {
	for _, test := range []struct {
		name, want string
		change     func(*runner, string)
	}{
		{"a changed byte", "it is not run", func(r *runner, name string) {
			r.files["/v"+console.Version+"/"+name][20] ^= 1
		}},
		{"an archive cut short", "it is not run", func(r *runner, name string) {
			path := "/v" + console.Version + "/" + name
			r.files[path] = r.files[path][:100]
		}},
		{"an empty answer", "it is not run", func(r *runner, name string) { r.files["/v"+console.Version+"/"+name] = []byte{} }},
		{"nothing published", "is the network reachable", func(r *runner, name string) { clear(r.files) }},
		{"no network", "is the network reachable", func(r *runner, name string) { r.server.Close() }},
		{"a branch", "use a released version", func(r *runner, name string) { r.write(".github/action/checksums", "") }},
		{"another system", "no archive for the operating system Plan9", func(r *runner, name string) { r.env["RUNNER_OS"] = "Plan9" }},
		{"another architecture", "no archive for the architecture RISCV", func(r *runner, name string) { r.env["RUNNER_ARCH"] = "RISCV" }},
		{"plain http elsewhere", "is the network reachable", func(r *runner, name string) { r.env["FRESHPIN_DOWNLOAD_URL"] = "http://downloads.invalid" }},
		{"an unknown command", `"serve" is not run, outdated, update or check`, func(r *runner, name string) { r.env["INPUT_COMMAND"] = "serve" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRunner(t)
			name := r.publish(target{"linux", "amd64"})
			r.mu.Lock()
			test.change(r, name)
			r.mu.Unlock()
			out, err := r.run("GITHUB_ACTIONS=true")
			if err == nil || strings.Contains(out, "called:") {
				t.Fatalf("it ran: %s", out)
			}
			if !strings.Contains(out, test.want) || !strings.Contains(out, "::error title=Freshpin::") {
				t.Errorf("want %q in\n%s", test.want, out)
			}
		})
	}
}

// TestActionInputs looks at what the program is called with.
func TestActionInputs(t *testing.T) {
	for _, test := range []struct {
		name string
		env  []string
		want []string
		code int
	}{
		{"a gate", []string{"INPUT_COMMAND=outdated", "INPUT_FAIL_ON=security", "INPUT_SARIF_FILE=out.sarif", "INPUT_ARGS=--ecosystem  gomod *"},
			[]string{"outdated --fail-on security --output sarif=out.sarif --output github=", "--ecosystem gomod *\n"}, 0},
		{"update", []string{"INPUT_COMMAND=update", "INPUT_ALLOW=minor"}, []string{"called: update --allow minor\n"}, 0},
		{"an app", []string{"INPUT_APP_ID=42", "INPUT_APP_KEY=-----BEGIN KEY-----\nabc"},
			[]string{"--github-app-key ", "--github-app-id 42", "key: -----BEGIN KEY-----\nabc\n-rw-------", "key in the environment: none"}, 0},
		{"settings", []string{"INPUT_CONFIG=ops/freshpin.yaml", "INPUT_COMMAND=outdated"}, []string{"outdated --config ops/freshpin.yaml"}, 0},
		{"the program's own code", []string{"INPUT_COMMAND=outdated", "INPUT_ARGS=--fail"}, []string{"--fail"}, 3},
		{"no shell in arguments", []string{"INPUT_COMMAND=outdated", "INPUT_ARGS=$(touch pwned); `touch pwned`"}, []string{"$(touch pwned); `touch pwned`"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRunner(t)
			r.publish(target{"linux", "amd64"})
			out, err := r.run(test.env...)
			if code := exitCode(err); code != test.code {
				t.Fatalf("exit code %d (%v)\n%s", code, err, out)
			}
			for _, want := range test.want {
				if !strings.Contains(out, want) {
					t.Errorf("want %q in\n%s", want, out)
				}
			}
			if _, err := os.Stat(filepath.Join(r.dir, "pwned")); err == nil {
				t.Error("an argument was run")
			}
			if key, err := os.ReadFile(r.env["KEYFILE"]); err == nil {
				if _, err := os.Stat(strings.TrimSpace(string(key))); err == nil {
					t.Error("the private key stays on the runner")
				}
			}
			if strings.Contains(strings.Join(test.env, " "), "SARIF") && !strings.Contains(r.read("GITHUB_OUTPUT"), "sarif-file="+r.dir+"/out.sarif\n") {
				t.Errorf("outputs %q", r.read("GITHUB_OUTPUT"))
			}
		})
	}
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	return -1
}
