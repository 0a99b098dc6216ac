package all

import (
	"context"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/source/goproxy"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

// Hosts returns the hosts in the operator's settings for pip and the go command
// and in the options, with the ports that they name.
func Hosts(ctx context.Context, o Options) []string {
	in := pypi.IndexesFromEnv(o.Getenv)
	named := append([]string{in.Main}, append(in.First, in.Extra...)...)
	if proxy, _, err := goproxy.EnvFromToolchain(ctx, o.Getenv); err == nil {
		named = append(named, strings.FieldsFunc(proxy, func(r rune) bool { return r == ',' || r == '|' })...)
	}
	named = append(named, o.Git.Server)
	for _, mirrors := range []map[string]string{o.Mirrors, o.Git.Mirrors} {
		for _, mirror := range mirrors {
			named = append(named, mirror)
		}
	}
	hosts := append([]string{}, o.Allowed...)
	for _, text := range named { // "direct", "off" and paths have no host
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}
