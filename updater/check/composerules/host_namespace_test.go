package composerules

import "testing"

func TestHostNamespace(t *testing.T) {
	table(t, HostNamespace, []row{
		{src: single("network_mode: 'host'", "pid: host"), want: "4 a network_mode host; 5 a pid host"},
		{src: "a:\n  image: x\n  net: host\n", want: "3 a net host"},
		{src: single("ipc: host", "userns_mode: \"host\""), want: "4 a ipc host; 5 a userns_mode host"},
		{src: single("network_mode: ${MODE:-host}"), want: "4 a network_mode host"},
		{src: "services:\n  e:\n    image: quay.io/prometheus/node-exporter:v1.8\n    pid: host\n    network_mode: host\n", want: "4 e pid host info; 5 e network_mode host info"},
		{src: "-- compose.yaml --\nservices: {a: {image: x, network_mode: bridge}}\n-- docker-compose.prod.yml --\nservices: {a: {network_mode: host}}\n", want: "docker-compose.prod.yml:1 a network_mode host"},
		{src: single("network_mode: service:vpn"), want: ""},
		{src: single("network_mode: none", "pid: service:b"), want: ""},
		{src: single("networks: [host]"), want: ""},
		{src: single("hostname: host", "ipc: shareable"), want: ""},
		{src: single("network_mode: ${MODE}"), want: ""},
		{src: single("build: {context: ., network: host}"), want: ""},
	})
}
