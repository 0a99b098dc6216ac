package composerules

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/isolation"
)

// TestHostileCompose judges files that multiply: many services, shared mappings
// of shared mappings, patterns that backtrack. Each ends, and finds no more than is kept.
func TestHostileCompose(t *testing.T) {
	var many, laughs strings.Builder
	many.WriteString("services:\n")
	for n := range 4000 {
		fmt.Fprintf(&many, "  s%d: {image: 'nginx:%d', ports: ['80:80'], privileged: true, depends_on: [s%d], volumes: ['/:/x'], environment: {P_PASSWORD: 'kT9#fLq%d'}}\n", n, n, n/2, n)
	}
	laughs.WriteString("x0: &x0 {privileged: true}\n")
	for n := 1; n < 60; n++ {
		fmt.Fprintf(&laughs, "x%d: &x%d {<<: [*x%d, *x%d], environment: *x%d, deploy: *x%d}\n", n, n, n-1, n-1, n-1, n-1)
	}
	laughs.WriteString("services: {a: {<<: *x59, image: x}, b: *x59}\n")
	long := strings.Repeat("a-", 200_000)
	for name, src := range map[string]string{
		"many": many.String(), "laughs": laughs.String(),
		"long": "services: {a: {image: '" + long + "', command: '" + long + "', environment: {A_PASSWORD: '" + long + "'}, ports: ['" + long + "'], cap_add: ['" + long + "']}}\n",
	} {
		composes, _ := check.Composes(fstest.MapFS{"compose.yaml": {Data: []byte(src)}}, []string{"compose.yaml"}, true)
		for _, r := range []check.Rule{OwnImageLatest, isolation.ServiceRoot, InvalidLimit, isolation.Hardening, isolation.WritableRoot, isolation.NoMemoryLimit, isolation.AllCapabilities, isolation.NewPrivileges, SharedNetwork,
			DataStorePublished, SecretInEnvironment, EnvFileCommitted, isolation.EngineSocket, isolation.Privileged, isolation.HostNamespace, isolation.Unconfined, isolation.DangerousCapability, isolation.HostPath} {
			for _, c := range composes {
				found := check.Judge([]check.Rule{r}, []check.Unit{{Compose: c}}, nil, check.Settings{Strict: true}).Findings
				if len(found) > 1000 {
					t.Errorf("%s: %d findings of %s", name, len(found), r.ID)
				}
				for _, f := range found {
					if len(f.Text) > 2_000_000 {
						t.Errorf("%s: %s says %d bytes", name, r.ID, len(f.Text))
					}
				}
			}
		}
	}
}
