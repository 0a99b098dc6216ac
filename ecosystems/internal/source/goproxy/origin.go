package goproxy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Origin returns the repository of a version of a module and its tag, or else its
// commit. Both are "" if the proxy does not say (the field Origin of "go list -m
// -json", which proxies include in .info).
func (s *Source) Origin(ctx context.Context, path, v string) (repository, ref string, err error) {
	i, err := s.info(ctx, path, v)
	if err != nil {
		return "", "", fmt.Errorf("find the origin of %s@%s: %w", path, v, err)
	}
	var o struct{ VCS, URL, Ref, Hash string }
	if err := json.Unmarshal(i.Origin, &o); err != nil || o.VCS != "git" {
		return "", "", nil // missing, malformed, or of a system whose addresses are not known
	}
	if tag, ok := strings.CutPrefix(o.Ref, "refs/tags/"); ok {
		return o.URL, tag, nil
	}
	return o.URL, o.Hash, nil
}
