package hook_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/service/hook"
	"github.com/freshpin/freshpin/updater/store"
)

// What the handler itself costs, without the database: it is to answer GitHub
// within 100 ms.
func BenchmarkReceiver(b *testing.B) {
	o := newBook().options()
	o.Deliver = func(context.Context, store.Delivery) (store.Delivery, bool, error) {
		return store.Delivery{}, false, nil
	}
	o.Enqueue = func(context.Context, string, event.Event) error { return nil }
	h := hook.New(o)
	run := func(name, event, body string) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			r := github(event, body)
			for b.Loop() {
				r.Body = readAgain{strings.NewReader(body)}
				if w := httptest.NewRecorder(); send(h, r).Code != 202 {
					b.Fatal(w.Code)
				}
			}
		})
	}
	one := commitOf(sha, `"Dockerfile"`, ``, names(20, "deploy/service-%d/compose.yaml"))
	commits := append(slices.Repeat([]string{commitOf(strings.Repeat("a", 40), `"go.mod"`, ``, `"go.sum"`)}, 2000), one)
	padding := `"message":"` + strings.Repeat("a long story. ", 800) + `",`
	run("2,000 commits", "push", pushOf("", commits...))
	run("24 MB", "push", pushOf("", strings.ReplaceAll(strings.Join(commits, ","), `"added"`, padding+`"added"`)))
	var repos []string
	for i := range strings.SplitSeq(names(10_000, "acme/service-%d"), ",") {
		repos = append(repos, `{"id":1,"full_name":`+i+`}`)
	}
	run("10,000 repositories", "installation", `{"action":"created","installation":{"id":3},"repositories":[`+strings.Join(repos, ",")+`]}`)
	largest := slices.MaxFunc(examples(b), func(x, y example) int { return len(x.body) - len(y.body) })
	run("largest example", largest.event, string(largest.body))
	for _, x := range examples(b) {
		if x.name == "pull_request/22" {
			run("pull request", x.event, string(x.body))
		}
	}
}

const sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"

func pushOf(more string, commits ...string) string {
	return `{"ref":"refs/heads/main","after":"` + sha + `",` + more + `"commits":[` + strings.Join(commits, ",") + `],"repository":{"id":7,"full_name":"acme/app","default_branch":"main"}}`
}

func commitOf(id, added, removed, modified string) string {
	return fmt.Sprintf(`{"id":%q,"added":[%s],"removed":[%s],"modified":[%s]}`, id, added, removed, modified)
}

// names are n names of files.
func names(n int, pattern string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("%q", fmt.Sprintf(pattern, i)))
	}
	return strings.Join(list, ",")
}

type readAgain struct{ *strings.Reader }

func (readAgain) Close() error { return nil }
