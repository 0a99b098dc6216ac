package pypiserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/pypiserver"
)

func serve(t *testing.T, s *pypiserver.Server) string {
	s.Add("Some.Project",
		pypiserver.Release{Version: "1.0", Date: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), RequiresDist: []string{"helper>=1"}},
		pypiserver.Release{Version: "1.1", Yanked: "broken & <bad>"},
		pypiserver.Release{Version: "1.2", RequiresPython: ">=99"},
		pypiserver.Release{Version: "2.0rc1"})
	s.Add("helper", pypiserver.Release{Version: "1.5"})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL + "/simple/"
}

// pip runs the real pip, without its configuration and cache.
func pip(t *testing.T, args ...string) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-m", "pip", "--version").Run() != nil {
		t.Skip("no python3 with pip here")
	}
	cmd := exec.Command(python, append([]string{"-m", "pip", "--isolated", "--no-cache-dir", "--disable-pip-version-check"}, args...)...)
	cmd.Env = append(os.Environ(), "PIP_CONFIG_FILE=/dev/null", "NO_PROXY=*")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("pip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestPipIndexVersions(t *testing.T) {
	for _, html := range []bool{false, true} {
		index := serve(t, &pypiserver.Server{HTMLOnly: html})
		if out := pip(t, "index", "versions", "some_project", "--index-url", index); !strings.Contains(out, "Available versions: 1.0\n") {
			t.Errorf("HTML only %t: stable versions: %s", html, out)
		}
		if out := pip(t, "index", "versions", "--pre", "some_project", "--index-url", index); !strings.Contains(out, "Available versions: 2.0rc1, 1.0\n") {
			t.Errorf("HTML only %t: all versions: %s", html, out)
		}
	}
}

// TestPipDownload lets pip check the hashes and read the metadata of the wheels.
func TestPipDownload(t *testing.T) {
	index := serve(t, &pypiserver.Server{})
	dir := t.TempDir()
	lines := ""
	for _, name := range []string{"some-project==1.0", "helper==1.5"} {
		project, _, _ := strings.Cut(name, "==")
		lines += name
		for _, h := range hashes(t, index, project) {
			lines += " \\\n    --hash=sha256:" + h
		}
		lines += "\n"
	}
	file := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	pip(t, "download", "--require-hashes", "-r", file, "-d", dir, "--index-url", index)
	if found, _ := filepath.Glob(filepath.Join(dir, "*.whl")); !t.Skipped() && len(found) != 2 {
		t.Errorf("downloaded %v", found)
	}
}

func hashes(t *testing.T, index, project string) (out []string) {
	req, _ := http.NewRequest(http.MethodGet, index+project+"/", nil)
	req.Header.Set("Accept", "application/vnd.pypi.simple.v1+json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var page struct {
		Files []struct{ Hashes map[string]string }
	}
	if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
		t.Fatal(err)
	}
	for _, f := range page.Files {
		out = append(out, f.Hashes["sha256"])
	}
	return out
}
