package message

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkPull words a pull request of 5,000 updates, most of which do not fit.
func BenchmarkPull(b *testing.B) {
	r, err := New(nil)
	if err != nil {
		b.Fatal(err)
	}
	p := Pull{Repo: "acme/shop", Group: "dockerfile", State: strings.Repeat("x", 9000)}
	for i := range 5000 {
		u := python()
		u.File, u.Name = fmt.Sprintf("services/number-%03d/Dockerfile", i), fmt.Sprintf("acme/base-%d", i)
		u.Package = u.Name
		p.Updates = append(p.Updates, u)
	}
	for b.Loop() {
		if _, err := r.Pull(p); err != nil {
			b.Fatal(err)
		}
	}
}
