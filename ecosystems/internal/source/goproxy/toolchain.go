package goproxy

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Toolchain is the path that means the Go toolchains.
const Toolchain = "toolchain"

// toolchainPath is the module whose versions are toolchains (Go Toolchains,
// "Downloading toolchains"): v0.0.1-go1.26.2.linux-amd64.
const toolchainPath = "golang.org/toolchain"

// toolchains returns the published Go toolchains, each once for all platforms.
func (s *Source) toolchains(ctx context.Context) (ecosystems.Listing, error) {
	body, err := s.get(ctx, toolchainPath, document{file: "@v/list", check: checkList})
	if err != nil {
		return ecosystems.Listing{}, err
	}
	var list ecosystems.Listing
	seen := map[string]bool{}
	for _, text := range readList(body, toolchainPath) {
		name, ok := toolchainName(text)
		v, valid := gosemver.ParseToolchain(name)
		if !ok || !valid || seen[name] { // each stands there once for every platform
			continue
		}
		seen[name] = true
		list.Candidates = append(list.Candidates, version.Candidate{Version: v})
	}
	if len(list.Candidates) == 0 {
		return list, &fetch.Error{Code: fetch.NotFound, Method: http.MethodGet, Err: errors.New("the proxy lists no toolchains")}
	}
	return list, nil
}

// toolchainName returns "go1.26.2" for "v0.0.1-go1.26.2.linux-amd64".
func toolchainName(text string) (string, bool) {
	_, rest, ok := strings.Cut(text, "-")
	i := strings.LastIndexByte(rest, '.')
	if !ok || i < 0 || !strings.Contains(rest[i:], "-") {
		return "", false
	}
	return rest[:i], true
}

// toolchainVersion is the reverse, for linux-amd64, which every toolchain supports.
func toolchainVersion(name string) string { return "v0.0.1-" + name + ".linux-amd64" }
