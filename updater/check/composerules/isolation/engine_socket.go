package isolation

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// EngineSocket is the rule engine-socket: a service gets the socket of the container engine.
var EngineSocket = judged.PerService(check.Rule{
	ID: "engine-socket", Level: check.Could, Mode: check.Default,
	Title:  "a service gets the socket of the container engine",
	Why:    "Who can talk to the engine can start a privileged container, and so is root on the machine. A read-only mount does not help: the socket is written to all the same.",
	Silent: "for proxies that pass on only a part of what the engine offers it is information.",
	Fixes:  "text: names a proxy between the two that lets only some requests through.",
	Source: "https://docs.docker.com/engine/security/protect-access/",
	Also:   []string{"d6355c88-1e8d-49e9-b2f2-f8a1ca12c75b"},
}, engineSocket)

var (
	sockets    = lazyregexp.New(`(?:^|/|\\)(?:docker|docker-cli|podman|containerd|crio|buildkitd|dockershim|docker_engine)(?:\.sock)?$`)
	socketPath = lazyregexp.New(`\.sock$|docker_engine$`)
	proxies    = lazyregexp.New(`(?:^|/)(?:docker-?socket-?proxy|socket-proxy|docker-proxy-filter|cetusguard|docker-proxy-acl.*)$`)
)

func engineSocket(s judged.Service, _ *check.Facts) (found []check.Finding) {
	for _, e := range s.Node.Get("volumes").Elements() {
		m := merged.ReadMount(e)
		// The source may be a variable, and the target another name for the socket.
		if !isSocket(m.Source) && !isSocket(m.Target) {
			continue
		}
		f := judged.At(e, "socket "+m.Target, "%s gets the socket of the container engine: it can do everything on the machine that root can", s.Name)
		if m.ReadOnly {
			f.Text += "; a read-only mount does not change that"
		}
		f.Hint = "a socket proxy between the two lets only some requests through"
		if proxies.MatchString(judged.ImageName(s.Service)) {
			f.Mode, f.Hint = check.Information, ""
		}
		found = append(found, f)
	}
	return found
}

func isSocket(path string) bool {
	path = strings.TrimRight(path, "/")
	return sockets.MatchString(path) && socketPath.MatchString(path)
}
