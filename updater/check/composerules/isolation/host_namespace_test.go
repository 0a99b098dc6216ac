package isolation

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestHostNamespace(t *testing.T) {
	composetest.Table(t, HostNamespace, []composetest.Row{
		{Src: composetest.Single("network_mode: 'host'", "pid: host"), Want: "4 a network_mode host; 5 a pid host"},
		{Src: "a:\n  image: x\n  net: host\n", Want: "3 a net host"},
		{Src: composetest.Single("ipc: host", "userns_mode: \"host\""), Want: "4 a ipc host; 5 a userns_mode host"},
		{Src: composetest.Single("network_mode: ${MODE:-host}"), Want: "4 a network_mode host"},
		{Src: "services:\n  e:\n    image: quay.io/prometheus/node-exporter:v1.8\n    pid: host\n    network_mode: host\n", Want: "4 e pid host info; 5 e network_mode host info"},
		{Src: "-- compose.yaml --\nservices: {a: {image: x, network_mode: bridge}}\n-- docker-compose.prod.yml --\nservices: {a: {network_mode: host}}\n", Want: "docker-compose.prod.yml:1 a network_mode host"},
		{Src: composetest.Single("network_mode: service:vpn"), Want: ""},
		{Src: composetest.Single("network_mode: none", "pid: service:b"), Want: ""},
		{Src: composetest.Single("networks: [host]"), Want: ""},
		{Src: composetest.Single("hostname: host", "ipc: shareable"), Want: ""},
		{Src: composetest.Single("network_mode: ${MODE}"), Want: ""},
		{Src: composetest.Single("build: {context: ., network: host}"), Want: ""},
	})
}
