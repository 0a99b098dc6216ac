package goproxyserver

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, s *Server) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestProtocol(t *testing.T) {
	s := &Server{}
	day := time.Date(2021, 2, 3, 4, 5, 6, 0, time.UTC)
	s.Add("github.com/Acme/Lib", Module{Version: "v1.9.0"})
	s.Add("github.com/Acme/Lib", Module{Version: "v1.10.0", Date: day, GoMod: "module github.com/Acme/Lib\n\ngo 1.20\n"})
	s.Add("github.com/Acme/Lib", Module{Version: "v2.0.0-RC1"})
	s.Add("a.b/pseudo", Module{Version: "v0.0.0-20200101000000-0123456789ab"})
	s.Add("a.b/pseudo", Module{Version: "v0.0.0-20210101000000-0123456789ab", Date: day})
	url := start(t, s)
	for _, c := range []struct {
		path string
		code int
		body string
	}{
		{"/github.com/!acme/!lib/@v/list", 200, "v1.10.0\nv1.9.0\nv2.0.0-RC1\n"},
		{"/github.com/!acme/!lib/@latest", 200, `{"Time":"2021-02-03T04:05:06Z","Version":"v1.10.0"}` + "\n"},
		{"/github.com/!acme/!lib/@v/v1.9.0.info", 200, `{"Time":"2020-01-01T00:00:00Z","Version":"v1.9.0"}` + "\n"},
		{"/github.com/!acme/!lib/@v/v2.0.0-!r!c1.mod", 200, "module github.com/Acme/Lib\n"},
		{"/github.com/!acme/!lib/@v/v1.10.0.mod", 200, "module github.com/Acme/Lib\n\ngo 1.20\n"},
		{"/github.com/!acme/!lib/@v/v1.11.0.mod", 404, "not found: github.com/Acme/Lib@v1.11.0: invalid version: unknown revision v1.11.0\n"},
		{"/github.com/!acme/!lib/@v/v1.9.0.what", 404, "not found: no such page\n"},
		{"/github.com/!acme/!lib/@v/what", 404, "not found: no such page\n"},
		{"/github.com/Acme/Lib/@v/list", 404, "not found: module github.com/Acme/Lib is not known\n"},
		{"/a.b/pseudo/@v/list", 200, ""},
		{"/a.b/pseudo/@latest", 200, `{"Time":"2021-02-03T04:05:06Z","Version":"v0.0.0-20210101000000-0123456789ab"}` + "\n"},
		{"/a.b/none/@latest", 404, "not found: module a.b/none is not known\n"},
		{"/", 404, "not found: no such page\n"},
	} {
		if code, body := get(t, url+c.path); code != c.code || body != c.body {
			t.Errorf("GET %s = %d %q, want %d %q", c.path, code, body, c.code, c.body)
		}
	}
	if n := s.Requests(); n["list"] != 3 || n["latest"] != 3 || n["unknown"] != 6 {
		t.Errorf("Requests() = %v", n)
	}
	s.ForgetRequests()
	s.Fault = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }
	if code, _ := get(t, url+"/a.b/none/@latest"); code != 503 || s.Requests()["fault"] != 1 {
		t.Errorf("a fault answers %d, %v", code, s.Requests())
	}
}

// The real go command lists, downloads and builds.
func TestGoCommand(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	s := &Server{}
	s.Add("example.test/App", Module{Version: "v1.0.0", Files: map[string]string{"app.go": "package app\n\nimport _ \"example.test/lib/v2\"\n"},
		GoMod: "module example.test/App\n\ngo 1.20\n\nrequire example.test/lib/v2 v2.1.0\n"})
	s.Add("example.test/lib/v2", Module{Version: "v2.1.0", GoMod: "module example.test/lib/v2\n\ngo 1.20\n"})
	s.Add("example.test/lib/v2", Module{Version: "v2.2.0", GoMod: "module example.test/lib/v2\n\ngo 1.20\n"})
	dir := t.TempDir()
	run := goCommand(t, dir, start(t, s))
	write(t, dir, "go.mod", "module m\n\ngo 1.20\n")
	write(t, dir, "m.go", "package m\n\nimport _ \"example.test/App\"\n")
	run("get", "example.test/App@v1.0.0")
	run("mod", "tidy")
	run("build", "./...")
	run("mod", "download", "all")
	var m struct{ Update struct{ Version string } }
	if err := json.Unmarshal([]byte(run("list", "-m", "-u", "-json", "example.test/lib/v2")), &m); err != nil || m.Update.Version != "v2.2.0" {
		t.Errorf("go list -u: %+v, %v, want v2.2.0", m, err)
	}
}

func write(t *testing.T, dir, name, data string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

// goCommand returns a function that runs the go command against the proxy, in a
// folder, without the network, the checksum database or the user's caches.
func goCommand(t *testing.T, dir, proxy string) func(args ...string) string {
	t.Helper()
	home := t.TempDir()
	return func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOPROXY="+proxy, "GONOSUMDB=*", "GONOPROXY=", "GOPRIVATE=", "GOSUMDB=off", "GOFLAGS=-mod=mod -modcacherw",
			"GOWORK=off", "GOTOOLCHAIN=local", "GOENV=off", "GOMODCACHE="+filepath.Join(home, "mod"), "GOCACHE="+filepath.Join(home, "cache"))
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
		}
		return string(out)
	}
}
