package download

import "testing"

// TestChecksum asks for the checksums of addresses of every kind of publisher in
// the world, and of those that nothing is listed for.
func TestChecksum(t *testing.T) {
	w := newWorld(t)
	e := w.ecosystem()
	w.versions["go"], w.versions["redis/redis"] = []string{"1.22.1"}, []string{"3.2.13"}
	for _, test := range []struct{ address, content string }{
		{"https://github.com/tianon/gosu/releases/download/1.16/gosu-amd64", "tianon/gosu 1.16 gosu-amd64"},
		{"https://github.com/krallin/tini/releases/download/v0.18.0/tini-arm64", "krallin/tini 0.18.0 tini-arm64"},
		{"https://github.com/acme/tool/releases/download/v1.4.0/tool_1.4.0_linux_amd64.tar.gz", "acme/tool 1.4.0 tool_1.4.0_linux_amd64.tar.gz"},
		{"https://go.dev/dl/go1.22.1.linux-amd64.tar.gz", "go 1.22.1 go1.22.1.linux-amd64.tar.gz"},
		{"https://download.redis.io/releases/redis-3.2.13.tar.gz", "redis 3.2.13 redis-3.2.13.tar.gz"},
		{"https://github.com/acme/tool/archive/refs/tags/v1.4.0.tar.gz", ""},       // GitHub promises no bytes
		{"https://github.com/tianon/gosu/releases/download/1.16/gosu-riscv64", ""}, // not among the files
		{"https://example.com/tool-1.2.3.tar.gz", ""},                              // no publisher that is known
		{"https://github.com/tianon/gosu", ""},
		{"ftp://github.com/tianon/gosu/releases/download/1.16/gosu-amd64", ""},
		{"", ""},
	} {
		want := ""
		if test.content != "" {
			want = "sha256:" + sum("sha256", test.content)
		}
		if got, err := e.Checksum(t.Context(), test.address); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", test.address, got, err, want)
		}
	}
}
