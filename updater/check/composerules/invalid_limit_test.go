package composerules

import "testing"

func TestInvalidLimit(t *testing.T) {
	deploy := func(lines string) string {
		return "services:\n  a:\n    image: x:1\n    deploy:\n      resources:\n" + lines
	}
	table(t, InvalidLimit, []row{
		// The compose file of the talk.
		{src: deploy("        memory: 50M\n"), want: "6 a deploy.resources memory", fixed: deploy("        limits:\n          memory: 50M\n")},
		{src: "services:\n  a:\n    image: x:1\n    networks:\n      - front\n      - back\nnetworks:\n  - front\n  - back # of the store\n", want: "7 - networks as a list",
			fixed: "services:\n  a:\n    image: x:1\n    networks:\n      - front\n      - back\nnetworks:\n  front:\n  back: # of the store\n"},
		{src: "services: {a: {image: x, networks: [b]}}\nnetworks:\n- b\n", want: "2 - networks as a list", fixed: "services: {a: {image: x, networks: [b]}}\nnetworks:\n  b:\n"},
		{src: "services: {a: {image: x}}\nnetworks: [ \"b\" , c, ]\nvolumes: [d]\n", want: "2 - networks as a list; 3 - volumes as a list", fixed: "services: {a: {image: x}}\nnetworks: { \"b\": {} , c: {}, }\nvolumes: {d: {}}\n"},
		{src: deploy("        # less is enough\r\n        cpus: '0.5' # x\r\n        memory: 50M"), want: "7 a deploy.resources cpus and memory", fixed: deploy("        # less is enough\r\n        limits:\r\n          cpus: '0.5' # x\r\n          memory: 50M")},
		{src: deploy("        memory: 50M\n        limits:\n          cpus: '1'\n"), want: "6 a deploy.resources memory", fixed: deploy("        limits:\n          memory: 50M\n          cpus: '1'\n")},
		{src: "services:\n  a:\n    image: x:1\n    deploy: {resources: {memory: 50M, pids: 9}}\n", want: "4 a deploy.resources memory and pids", fixed: "services:\n  a:\n    image: x:1\n    deploy: {resources: {limits: {memory: 50M, pids: 9}}}\n"},
		{src: deploy("        memory: 50M\n        limits:\n          memory: '1'\n"), want: "6 a deploy.resources memory", fixed: "refused: the limits are written in a way that is not edited"},
		{src: deploy("        memory: 50M\n        reservations: {cpus: '1'}\n        cpus: '1'\n"), want: "6 a deploy.resources memory and cpus", fixed: "refused: the limits are written in a way that is not edited"},
		{src: single("resources: {limits: {memory: 1G}}", "deploy: {limits: {memory: 1G}}"), want: "4 a the service resources; 5 a deploy limits"},
		{src: single("mem_limit: lots", "cpus: 500m"), want: "4 a the memory limit value; 5 a the number of processors value"},
		{src: single("networks: [default, front]") + "networks: {back: {}}\n", want: "4 a network front"},
		{src: deploy("        limits: {memory: 50M, cpus: '0.5', pids: 10}\n        reservations: {memory: 20mb, cpus: .25}\n"), want: ""},
		{src: single("mem_limit: 512 MiB", "cpus: 2", "mem_reservation: 1.5g", "memswap_limit: -1"), want: ""},
		{src: single("mem_limit: ${MEM}", "deploy: {resources: {limits: {memory: '${M:-1g}'}}}"), want: ""},
		{src: single("networks: [front]") + "networks:\n  front: {external: true}\n", want: ""},
		{src: "-- compose.yaml --\nservices: {a: {image: x, networks: [front]}}\n-- compose.override.yaml --\nnetworks: {front: {}}\n", want: ""},
		{src: "-- compose.yaml --\nservices: {a: {image: x}}\nnetworks: {front: {}}\n-- compose.extra.yaml --\nservices: {b: {image: x, networks: [front]}}\n", want: ""},
		{src: "services: {a: {image: x}}\nnetworks: []\nvolumes: {}\n", want: ""},
		{src: "include: [gone.yaml]\nservices: {a: {image: x, networks: [front]}}\n", want: ""},
		{src: single("mem_limit: 0", "cpus: 0"), want: ""},
	})
}
