package goproxy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/mod/module"
)

// Origin returns the repository of a version of a module and its tag, or else its
// commit. Both are "" if the proxy does not say (the field Origin of "go list -m
// -json", which proxies include in .info).
func (s *Source) Origin(ctx context.Context, path, v string) (repository, ref string, err error) {
	escaped, err := module.EscapeVersion(v)
	if err != nil {
		return "", "", fmt.Errorf("find the origin of %s@%s: %w", path, v, err)
	}
	body, err := s.get(ctx, path, document{file: "@v/" + escaped + ".info", forever: true, check: checkInfo})
	if err != nil {
		return "", "", fmt.Errorf("find the origin of %s@%s: %w", path, v, err)
	}
	var i struct {
		Origin struct{ VCS, URL, Ref, Hash string }
	}
	if err := json.Unmarshal(body, &i); err != nil {
		return "", "", nil // not a valid origin
	}
	if i.Origin.VCS != "git" {
		return "", "", nil
	}
	if tag, ok := strings.CutPrefix(i.Origin.Ref, "refs/tags/"); ok {
		return i.Origin.URL, tag, nil
	}
	return i.Origin.URL, i.Origin.Hash, nil
}
