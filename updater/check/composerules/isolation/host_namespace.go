package isolation

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// HostNamespace is the rule host-namespace: a service shares a namespace of the machine.
var HostNamespace = judged.PerService(check.Rule{
	ID: "host-namespace", Level: check.Could, Mode: check.Default,
	Title:  "a service shares a namespace of the machine",
	Why:    "In the machine's own network, process or IPC namespace a container reaches what listens on localhost, sees every process, or reads shared memory: the wall between the two is gone.",
	Silent: "for exporters of metrics, which have to see the machine, it is information.",
	Fixes:  "text: says what takes its place.",
	Source: "https://docs.docker.com/reference/compose-file/services/#network_mode",
	Also: []string{"071a71ff-f868-47a4-ac0b-3c59e4ab5443", "4f31dd9f-2cc3-4751-9b53-67e4af83dac0", "baa3890f-bed7-46f5-ab8f-1da8fc91c729",
		"8af7162d-6c98-482f-868e-0d33fb675ca8"},
}, hostNamespace)

var namespaces = []struct{ key, what, hint string }{
	{"network_mode", "network", "ports: publishes single ports instead"},
	{"net", "network", "ports: publishes single ports instead"},
	{"pid", "process", "cap_add: [SYS_PTRACE] and pid: service:NAME reach one service instead"},
	{"ipc", "IPC", "ipc: service:NAME shares memory with one service instead"},
	{"userns_mode", "user", "without it root inside is not root outside, where the engine remaps users"},
	{"uts", "UTS", "hostname: sets a name of its own"},
	{"cgroup", "cgroup", ""},
}

// exporters are images that monitor the host.
var exporters = lazyregexp.New(`(?:^|/)(?:.*[-_]exporter|cadvisor|netdata|telegraf|(?:dd-)?agent|datadog.*|glances|scope|promtail|alloy|node-exporter.*|metricbeat|filebeat|auditbeat|packetbeat|fluent-bit|vector|beszel-agent|dockprom.*|newrelic.*|otel.*|opentelemetry-collector.*|falco.*|pixie.*|parca-agent|ebpf.*|profiler)$`)

func hostNamespace(s judged.Service, _ *check.Facts) (found []check.Finding) {
	for _, ns := range namespaces {
		n := s.Node.Get(ns.key)
		if n.String() != "host" {
			continue
		}
		f := judged.At(n, ns.key+" host", "%s shares the %s namespace of the machine", s.Name, ns.what)
		if f.Hint = ns.hint; exporters.MatchString(judged.ImageName(s.Service)) {
			f.Mode, f.Text = check.Information, fmt.Sprintf("%s, which measures it", f.Text)
		}
		found = append(found, f)
	}
	return found
}
