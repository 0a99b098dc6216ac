package goproxy

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// repository makes a git repository of a module with tags, behind an address that only git's settings know.
func repository(t *testing.T, tags ...string) (module string) {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	for _, tag := range tags {
		text := fmt.Sprintf("module code.example/acme/m.git\n// %s\n", tag)
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		git("add", "go.mod")
		git("commit", "-q", "-m", tag)
		git("tag", tag)
	}
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "url.file://"+dir+".insteadOf")
	t.Setenv("GIT_CONFIG_VALUE_0", "https://code.example/acme/m")
	t.Setenv("GOMODCACHE", filepath.Join(t.TempDir(), "cache"))
	t.Setenv("GONOSUMDB", "code.example")
	t.Setenv("GOFLAGS", "-modcacherw")
	return "code.example/acme/m.git"
}

// TestDirect: version control is asked only where the operator allows it.
func TestDirect(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here")
	}
	path := repository(t, "v1.0.0", "v1.0.1", "v1.1.0")
	refusing := New(Options{HTTP: fetch.New(fetch.Options{}), Proxy: "direct"})
	if _, err := refusing.Versions(context.Background(), path, ""); fetch.Code(err) != fetch.Refused || !strings.Contains(err.Error(), "FRESHPIN_ALLOW_DIRECT") {
		t.Errorf("refused: %v", err)
	}
	for _, o := range []Options{{Proxy: "direct"}, {Proxy: "off", Private: "code.example"}} {
		o.HTTP, o.Direct = fetch.New(fetch.Options{}), GoCommand(os.Getenv)
		s := New(o)
		list, err := s.Versions(context.Background(), path, "")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range list.Candidates {
			got = append(got, c.Version.Text)
		}
		if strings.Join(got, " ") != "v1.0.0 v1.0.1 v1.1.0" {
			t.Errorf("versions %v", got)
		}
		if date, err := s.Published(context.Background(), path, "v1.0.1"); err != nil || date.IsZero() {
			t.Errorf("published %v, %v", date, err)
		}
		if _, err := s.Published(context.Background(), path, "v9.9.9"); fetch.Code(err) != fetch.NotFound {
			t.Errorf("no such version: %v", err)
		}
	}
}
