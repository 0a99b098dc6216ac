package composerules

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
	"github.com/freshpin/freshpin/updater/check/composerules/isolation"
)

// TestLabels holds the rules to findings in real files that were read and
// labelled: what is true is found, what is false trips nothing, and of what
// trips at least 95 of 100 are true.
func TestLabels(t *testing.T) {
	rules := map[string]check.Rule{}
	for _, r := range []check.Rule{isolation.EngineSocket, isolation.HostNamespace, isolation.Privileged, isolation.Unconfined, isolation.DangerousCapability, isolation.ServiceRoot, DataStorePublished, SharedNetwork, SecretInEnvironment} {
		rules[r.ID] = r
	}
	data, err := os.ReadFile("testdata/labels.txt")
	if err != nil {
		t.Fatal(err)
	}
	right, all := map[string]int{}, map[string]int{}
	for line := range strings.Lines(string(data)) {
		fields := strings.SplitN(strings.TrimRight(line, "\n"), "\t", 4)
		if len(fields) != 4 {
			continue
		}
		r, known := rules[fields[0]]
		count, err := strconv.Atoi(fields[2])
		if !known || err != nil {
			t.Fatalf("%q is no label", line)
		}
		trips := false
		for _, f := range composetest.Judge(r, composetest.TreeOf(fields[3]+"\n"), nil) {
			trips = trips || f.Mode == check.Default
		}
		if trips != (fields[1] == "true") {
			t.Errorf("%s is labelled %s, and trips: %v\n%s", r.ID, fields[1], trips, fields[3])
		}
		if trips {
			all[r.ID] += count
			if fields[1] == "true" {
				right[r.ID] += count
			}
		}
	}
	for id, n := range all {
		if right[id]*100 < 95*n {
			t.Errorf("%s: %d of %d are true", id, right[id], n)
		}
	}
	if len(all) != len(rules) {
		t.Errorf("labels for %d of %d rules", len(all), len(rules))
	}
}
