package fetch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/fetch/hostrules"
)

// TestHostileAnswersAlike: what does not exist, what is private and what refuses
// reads alike to strangers, and names no address (report F6).
func TestHostileAnswersAlike(t *testing.T) {
	address := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 443}
	r := hostrules.New(Options{NoPrivate: true}.withDefaults().hosts())
	seen := map[string]bool{}
	for _, host := range []string{"localtest.invalid", "nothing.invalid"} {
		_, err := r.Dial(t.Context(), "tcp", host+":1")
		seen[strings.ReplaceAll(bare(err).Error(), host, "HOST")] = true
	}
	for _, ip := range []string{"127.0.0.1:1", "[::1]:1", "10.0.0.1:1"} {
		_, err := r.Dial(t.Context(), "tcp", ip)
		host, _, _ := net.SplitHostPort(ip)
		seen[strings.ReplaceAll(bare(err).Error(), host, "HOST")] = true
	}
	if len(seen) != 1 {
		t.Errorf("%d sentences tell them apart: %v", len(seen), seen)
	}
	for _, err := range []error{
		&net.OpError{Op: "dial", Net: "tcp", Addr: address, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		&net.OpError{Op: "read", Net: "tcp", Source: address, Addr: address, Err: os.NewSyscallError("read", syscall.ECONNRESET)},
		&net.OpError{Op: "proxyconnect", Net: "tcp", Err: &net.OpError{Op: "dial", Addr: address, Err: syscall.ETIMEDOUT}},
		&net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "x.example", Server: "10.0.0.1:53"}},
		&net.OpError{Op: "dial", Err: &net.DNSError{Err: "read udp 10.0.0.1:1->10.0.0.2:53: i/o timeout", Name: "x.example", Server: "10.0.0.1:53", IsTimeout: true}},
		&net.DNSError{Err: "no such host", Name: "x.example", Server: "10.0.0.1:53", IsNotFound: true},
		&url.Error{Op: "Get", URL: "https://10.0.0.1/", Err: &net.OpError{Op: "write", Addr: address, Err: syscall.EPIPE}},
	} {
		told := bare(err)
		if strings.Contains(told.Error(), "10.0.0") || !errors.Is(err, told) && errors.Unwrap(told) == nil {
			t.Errorf("%v is told as %q", err, told)
		}
	}
}

// TestHostileRedact: no message shows a secret of an address, whatever its form (report F13).
func TestHostileRedact(t *testing.T) {
	for _, text := range []string{
		"http://u:SECRET@h/x", "http://SECRET@h/", "https://h/?token=SECRET", "https://h/?X-Amz-Signature=SECRET&a=b", "u:SECRET@h/x", "//u:SECRET@h", "http://u:SECRET@h:port/",
		"http://[::1]:SECRET@h/", "http://u:SECRET%zz@h/", "http:u:SECRET@h", "https://h/#SECRET", " http://u:SECRET@h ", "http://u:SEC\nRET@h/", "ftp://u:SECRET@h/",
	} {
		if got := Redact(text); strings.Contains(got, "SECRET") || strings.Contains(got, "RET@") {
			t.Errorf("Redact(%q) = %q", text, got)
		}
	}
	if got := Redact("https://osv.example/api"); got != "https://osv.example/api" {
		t.Errorf("Redact of a harmless address: %q", got)
	}
}

// TestHostileCache: what stands on disk is believed only where it is the whole answer to the very question.
func TestHostileCache(t *testing.T) {
	url, n := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "answer of ", r.URL.Path) })
	for name, harm := range map[string]func(t *testing.T, paths []string){
		"truncated": func(t *testing.T, p []string) { each(t, p, func(d []byte) []byte { return d[:len(d)/2] }) },
		"empty":     func(t *testing.T, p []string) { each(t, p, func([]byte) []byte { return nil }) },
		"foreign":   func(t *testing.T, p []string) { each(t, p, func([]byte) []byte { return []byte("#!/bin/sh\n") }) },
		"changed":   func(t *testing.T, p []string) { each(t, p, func(d []byte) []byte { d[len(d)-1] ^= 1; return d }) },
		"longer":    func(t *testing.T, p []string) { each(t, p, func(d []byte) []byte { return append(d, 'x') }) },
		"older": func(t *testing.T, p []string) {
			each(t, p, func(d []byte) []byte { return []byte(strings.Replace(string(d), magic, "freshpin-cache 1 ", 1)) })
		},
		"swapped": func(t *testing.T, p []string) {
			a, b := must(os.ReadFile(p[0])), must(os.ReadFile(p[1]))
			must(0, os.WriteFile(p[0], b, 0o600))
			must(0, os.WriteFile(p[1], a, 0o600))
		},
		"huge": func(t *testing.T, p []string) {
			for _, path := range p {
				must(0, os.Truncate(path, 20<<30)) // sparse
			}
		},
		"a folder": func(t *testing.T, p []string) {
			for _, path := range p {
				must(0, os.Remove(path))
				must(0, os.Mkdir(path, 0o700))
			}
		},
		"a link": func(t *testing.T, p []string) {
			for _, path := range p {
				must(0, os.Remove(path))
				must(0, os.Symlink("/dev/zero", path))
			}
		},
	} {
		dir := t.TempDir()
		for round := range 2 {
			before := n.Load()
			c := client(t, Options{CacheDir: dir})
			for _, path := range []string{"/a", "/b"} {
				res, err := c.Get(t.Context(), Request{URL: url + path})
				if err != nil || string(res.Body) != "answer of "+path {
					t.Errorf("%s: %v", name, err)
				}
			}
			if n.Load()-before != 2 {
				t.Errorf("%s, round %d: %d requests, want 2", name, round, n.Load()-before)
			}
			if round == 0 {
				harm(t, cached(t, dir))
			}
		}
	}
}

func each(t *testing.T, paths []string, change func([]byte) []byte) {
	t.Helper()
	for _, path := range paths {
		must(0, os.WriteFile(path, change(must(os.ReadFile(path))), 0o600))
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// clients are the places where the product may make something that talks HTTP, and why.
var clients = map[string]string{
	"ecosystems/fetch/redirect.go":          "over the transport of the wire",
	"ecosystems/fetch/wire.go":              "the guarded transport itself",
	"updater/forge/github/github.go":        "over the transport that it is given, to one host only",
	"updater/forge/github/signin.go":        "over the transport that it is given, to one host only",
	"cmd/internal/cli/serve/check.go":       "over a guarded transport, to the service itself",
	"updater/forge/github/transport.go":     "over the transport that it is given",
	"cmd/internal/cli/serve/pages.go":       "over a guarded transport",
	"updater/service/telemetry/otlp.go":     "over the client that it is given, which is guarded",
	"updater/service/telemetry/traces.go":   "over the guarded transport that it is given, to the endpoint only",
	"cmd/internal/cli/serve/serve.go":       "names the type of a guarded transport",
	"cmd/internal/cli/serve/notify.go":      "over a guarded transport, to the receivers alone",
	"updater/service/notify/send.go":        "over the client that it is given, which is guarded",
	"updater/service/notify/turn.go":        "passes on the client that it is given",
	"updater/service/service.go":            "passes on the client that it is given",
	"ecosystems/gomod/gocommand/gateway.go": "over the transport that it is given, by fetch.Follow",
}

// TestHostileClients: nothing in the product talks HTTP past the rules for
// addresses. All other code uses fetch.Client, fetch.Follow or fetch.Guarded.
func TestHostileClients(t *testing.T) {
	root := filepath.Join("..", "..")
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git" || slices.Contains([]string{"ecosystemtest", "forgetest", "forgecontract", "webtest", "bench", "freshpin-demo", "freshpin-endoflife", "freshpin-release"}, d.Name())):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, use := range talks(file) {
			found++
			if clients[filepath.ToSlash(rel)] == "" {
				t.Errorf("%s uses http.%s, which follows no rule about addresses: take it from package fetch", rel, use)
			}
		}
		return nil
	})
	if err != nil || found < 3 {
		t.Errorf("%d places looked at, %v", found, err)
	}
}

// talks returns the names of net/http by which a file could make a request without a transport of ours.
func talks(file *ast.File) (uses []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if ok && x.Name == "http" && slices.Contains([]string{"Client", "Transport", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"}, s.Sel.Name) {
			uses = append(uses, s.Sel.Name)
		}
		return true
	})
	return uses
}

// TestHostileRedactText: what other programs and servers say is told without
// logins, and otherwise as it is.
func TestHostileRedactText(t *testing.T) {
	for _, text := range []string{
		"go: reading https://u:SECRET@p.example/a.b/@v/list: 404 Not Found", "dial postgres://u:SECRET@h:5432/db?sslmode=off, then", "(https://SECRET@h/x)", "\"http://u:SECRET@h\"", "http://u:p@SECRET@h/",
		"https://h/x?token=SECRET&a=b: no", "https://h/x?a=b&X-Amz-Signature=SECRET", "http://u:SEC%zzRET@h/", "http://u:SECRET@h:port/x", "ssh://git:SECRET@h/x.git", "docker.io=https://u:SECRET@h", "redis+tls://:SECRET@h",
		"Authorization: Bearer SECRETSECRET", "basic SECRETSECRET=", "ghp_SECRETSECRET", "github_pat_SECRETSECRETS", "-----BEGIN PRIVATE KEY-----\nSECRET\n", "http://h/#x http://u:SECRET@i/", "HTTP://U:SECRET@H/", "http://[::1]:SECRET@h/",
	} {
		if got := RedactText(text); strings.Contains(got, "SECRET") || strings.Contains(got, "SEC%") {
			t.Errorf("RedactText(%q) = %q", text, got)
		}
	}
	for _, text := range []string{
		"go: reading https://p.example/a.b/c/@v/v1.0.0.mod: 404 Not Found", "m imports\ta.b/c@v1.0.0: no", "https://h/a?b=c&d=e", "git@github.com:acme/shop.git", "https://h/%7Ea/b?x=%20y.", "the basic image", "see https://h/x#part", "100%", "a://", "",
	} {
		if got := RedactText(text); got != text {
			t.Errorf("RedactText(%q) = %q, want it as it is", text, got)
		}
	}
}

// FuzzHostileRedactText: a login in an address is never told, whatever stands around it.
func FuzzHostileRedactText(f *testing.F) {
	f.Add("go: reading ", "u", "/x: no")
	f.Add("", "a%zz", "?q=1")
	f.Add("x=", "[", ":1/")
	f.Fuzz(func(t *testing.T, before, user, after string) {
		if strings.ContainsAny(user, " \t\r\n\v\f\"'<>|/?#\\") || strings.Contains(before+after, "S3CRET") {
			return
		}
		if got := RedactText(before + " http://" + user + ":S3CRET@h.example" + after); strings.Contains(got, "S3CRET") {
			t.Errorf("%q, %q, %q: %q", before, user, after, got)
		}
	})
}

// redactors are the places that may take a login out of an address themselves, and why.
var redactors = map[string]string{
	"ecosystems/fetch/redact.go":                    "the one place",
	"ecosystems/fetch/query.go":                     "moves the login of a request into its header",
	"ecosystems/fetch/redirect.go":                  "drops a stranger's login: the address is asked, not shown",
	"ecosystems/gomod/gocommand/gateway.go":         "moves the login of a request into its header",
	"ecosystems/internal/source/pypi/indexes.go":    "the name of an index is its address without a login, by which its login is found",
	"ecosystems/internal/source/gitrefs/gitrefs.go": "the address of a repository is its name, and its login is asked elsewhere",
	"ecosystems/internal/source/pypi/pypi.go":       "keeps the logins of indexes",
	"ecosystems/internal/source/pypi/metafile.go":   "drops a stranger's login: the address is asked, not shown",
	"updater/check/secret/secret.go":                "looks for passwords in files, and shows none",
	"updater/store/database/postgres.go":            "finds the password, to take it out of what a driver says",
}

// TestHostileRedactors: what is shown of addresses goes through Redact, Plain or RedactText.
func TestHostileRedactors(t *testing.T) {
	root := filepath.Join("..", "..")
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git" || slices.Contains([]string{"ecosystemtest", "forgetest", "forgecontract", "bench"}, d.Name())):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text := string(must(os.ReadFile(path)))
		for _, sign := range []string{".Redacted()", ".User = nil", ".User, ", ".Userinfo", "User.Password()"} {
			if strings.Contains(text, sign) && strings.Contains(text, "\"net/url\"") {
				found++
				if redactors[filepath.ToSlash(rel)] == "" {
					t.Errorf("%s has %q: what is shown of an address comes from fetch.Redact, Plain or RedactText", rel, sign)
				}
			}
		}
		return nil
	})
	if err != nil || found < 5 {
		t.Errorf("%d places, %v", found, err)
	}
}
