package composerules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestInvalidLimit(t *testing.T) {
	deploy := func(lines string) string {
		return "services:\n  a:\n    image: x:1\n    deploy:\n      resources:\n" + lines
	}
	composetest.Table(t, InvalidLimit, []composetest.Row{
		// The compose file of the talk.
		{Src: deploy("        memory: 50M\n"), Want: "6 a deploy.resources memory", Fixed: deploy("        limits:\n          memory: 50M\n")},
		{Src: "services:\n  a:\n    image: x:1\n    networks:\n      - front\n      - back\nnetworks:\n  - front\n  - back # of the store\n", Want: "7 - networks as a list",
			Fixed: "services:\n  a:\n    image: x:1\n    networks:\n      - front\n      - back\nnetworks:\n  front:\n  back: # of the store\n"},
		{Src: "services: {a: {image: x, networks: [b]}}\nnetworks:\n- b\n", Want: "2 - networks as a list", Fixed: "services: {a: {image: x, networks: [b]}}\nnetworks:\n  b:\n"},
		{Src: "services: {a: {image: x}}\nnetworks: [ \"b\" , c, ]\nvolumes: [d]\n", Want: "2 - networks as a list; 3 - volumes as a list", Fixed: "services: {a: {image: x}}\nnetworks: { \"b\": {} , c: {}, }\nvolumes: {d: {}}\n"},
		{Src: deploy("        # less is enough\r\n        cpus: '0.5' # x\r\n        memory: 50M"), Want: "7 a deploy.resources cpus and memory", Fixed: deploy("        # less is enough\r\n        limits:\r\n          cpus: '0.5' # x\r\n          memory: 50M")},
		{Src: deploy("        memory: 50M\n        limits:\n          cpus: '1'\n"), Want: "6 a deploy.resources memory", Fixed: deploy("        limits:\n          memory: 50M\n          cpus: '1'\n")},
		{Src: "services:\n  a:\n    image: x:1\n    deploy: {resources: {memory: 50M, pids: 9}}\n", Want: "4 a deploy.resources memory and pids", Fixed: "services:\n  a:\n    image: x:1\n    deploy: {resources: {limits: {memory: 50M, pids: 9}}}\n"},
		{Src: deploy("        memory: 50M\n        limits:\n          memory: '1'\n"), Want: "6 a deploy.resources memory", Fixed: "refused: the limits are written in a way that is not edited"},
		{Src: deploy("        memory: 50M\n        reservations: {cpus: '1'}\n        cpus: '1'\n"), Want: "6 a deploy.resources memory and cpus", Fixed: "refused: the limits are written in a way that is not edited"},
		{Src: composetest.Single("resources: {limits: {memory: 1G}}", "deploy: {limits: {memory: 1G}}"), Want: "4 a the service resources; 5 a deploy limits"},
		{Src: composetest.Single("mem_limit: lots", "cpus: 500m"), Want: "4 a the memory limit value; 5 a the number of processors value"},
		{Src: composetest.Single("networks: [default, front]") + "networks: {back: {}}\n", Want: "4 a network front"},
		{Src: deploy("        limits: {memory: 50M, cpus: '0.5', pids: 10}\n        reservations: {memory: 20mb, cpus: .25}\n"), Want: ""},
		{Src: composetest.Single("mem_limit: 512 MiB", "cpus: 2", "mem_reservation: 1.5g", "memswap_limit: -1"), Want: ""},
		{Src: composetest.Single("mem_limit: ${MEM}", "deploy: {resources: {limits: {memory: '${M:-1g}'}}}"), Want: ""},
		{Src: composetest.Single("networks: [front]") + "networks:\n  front: {external: true}\n", Want: ""},
		{Src: "-- compose.yaml --\nservices: {a: {image: x, networks: [front]}}\n-- compose.override.yaml --\nnetworks: {front: {}}\n", Want: ""},
		{Src: "-- compose.yaml --\nservices: {a: {image: x}}\nnetworks: {front: {}}\n-- compose.extra.yaml --\nservices: {b: {image: x, networks: [front]}}\n", Want: ""},
		{Src: "services: {a: {image: x}}\nnetworks: []\nvolumes: {}\n", Want: ""},
		{Src: "include: [gone.yaml]\nservices: {a: {image: x, networks: [front]}}\n", Want: ""},
		{Src: composetest.Single("mem_limit: 0", "cpus: 0"), Want: ""},
	})
}
