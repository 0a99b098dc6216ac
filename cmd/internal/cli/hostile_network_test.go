package cli

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/freshpin/freshpin/cmd/internal/console"
)

// caught is a server on loopback that counts who comes.
func caught(t *testing.T) (addr string, n *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	n = new(atomic.Int64)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n.Add(1)
			_ = c.Close()
		}
	}()
	return l.Addr().String(), n
}

// TestHostilePrivate: a tree of strangers makes no command ask private addresses
// where no person is looking, which is what CI says; a person at a terminal may
// ask their own machine, and an operator may name hosts (F16).
func TestHostilePrivate(t *testing.T) {
	t.Parallel()
	const here = "the listener" // stands for its address, which each case has of its own
	for _, test := range []struct {
		ci, private string
		command     string
		reached     bool
	}{
		{"true", "", "outdated", false},
		{"1", "", "outdated", false},
		{"true", "", "update", false},
		{"true", "", "explain", false},
		{"true", here, "outdated", true},
		{"true", "127.0.0.1", "outdated", true},
		{"", "", "outdated", true},
		{"false", "", "outdated", true},
	} {
		t.Run(fmt.Sprintf("CI=%q, private %q, %s", test.ci, test.private, test.command), func(t *testing.T) {
			t.Parallel()
			addr, n := caught(t)
			private := strings.ReplaceAll(test.private, here, addr)
			if code, out := runPrivate(t, addr, test.ci, private, test.command); n.Load() > 0 != test.reached || code == console.ExitOK {
				t.Errorf("reached %v, want %v; %d\n%s", n.Load() > 0, test.reached, code, out)
			}
		})
	}
}

// runPrivate runs a command on a tree that names private addresses at a port.
func runPrivate(t *testing.T, addr, ci, private, command string) (code int, output string) {
	t.Helper()
	_, port, _ := net.SplitHostPort(addr)
	names := ""
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "localhost.", "x.localhost", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "0.0.0.0", "169.254.169.254", "metadata.google.internal", "10.0.0.1", "192.168.0.1", "100.64.0.1", "registry", "printer.local"} {
		names += fmt.Sprintf("FROM %s:%s/app:1.0.0\n", host, port)
	}
	dir, home := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"Dockerfile": names, "compose.yaml": "services:\n  a:\n    image: " + addr + "/app:1.0.0\n", "requirements.txt": "--index-url http://" + addr + "/simple\nclick==6.7\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"HOME": home, "XDG_CACHE_HOME": home, "CI": ci, "FRESHPIN_PRIVATE_HOSTS": private, "FRESHPIN_OSV_URL": "none", "PIP_INDEX_URL": "https://pypi.invalid/simple"}
	args := []string{command, dir, "--timeout", "20s"}
	if command == "explain" {
		args = []string{command, filepath.Join(dir, "Dockerfile") + ":1", "--timeout", "20s"}
	}
	var out strings.Builder
	code = Run(t.Context(), args, func(key string) string { return env[key] }, &out, &out)
	return code, out.String()
}
