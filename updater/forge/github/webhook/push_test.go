package webhook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/forge/github/webhook"
)

// pushOf is a push to main; more stands before the commits.
func pushOf(more string, commits ...string) string {
	return `{"ref":"refs/heads/main","after":"` + sha + `",` + more + `"commits":[` + strings.Join(commits, ",") + `],` + common + `}`
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

func pushes() []payload {
	touching := func(files ...string) event.Event {
		return base(event.Pushed, "", func(e *event.Event) { e.Branch, e.Commit, e.Files = "main", sha, files })
	}
	all := touching() // nil: GitHub does not tell
	earlier := strings.Repeat("a", 40)
	one := commitOf(sha, `"go.mod"`, ``, ``)
	on := func(ref, more string) string { return strings.Replace(pushOf(more, one), "refs/heads/main", ref, 1) }
	return []payload{
		{"files of all commits, each once", "push", pushOf("", commitOf(earlier, `"b","a"`, ``, `"ü/Dockerfile"`), commitOf(sha, ``, `"b"`, `"c"`)), touching("a", "b", "c", "ü/Dockerfile")},
		{"by force: what was dropped is not told", "push", pushOf(`"forced":true,`, one), all},
		{"a new branch: from where is not told", "push", pushOf(`"created":true,`, one), all},
		{"no commits", "push", pushOf(""), all},
		{"no list of commits", "push", strings.Replace(pushOf(""), `"commits":[],`, "", 1), all},
		{"a commit that was too large to be looked at", "push", pushOf("", commitOf(earlier, ``, ``, ``), one), all},
		{"the newest commit is not in the list", "push", pushOf("", commitOf(earlier, `"a"`, ``, ``)), all},
		{"3,000 files in a commit", "push", pushOf("", commitOf(sha, names(1000, "a%d"), names(1000, "r%d"), names(1000, "m%d"))), all},
		{"2,999 files in a commit", "push", pushOf("", commitOf(sha, names(2999, "%04d"), ``, ``)), touching(sorted(2999, "%04d")...)},
		{"many files in several commits", "push", pushOf("", commitOf(earlier, names(2999, "a%d"), ``, ``), commitOf(sha, names(2999, "b%d"), ``, ``)), all},
		{"2,048 commits", "push", pushOf("", append(slices.Repeat([]string{commitOf(earlier, `"a"`, ``, ``)}, 2047), one)...), all},
		{"2,047 commits", "push", pushOf("", append(slices.Repeat([]string{commitOf(earlier, `"a"`, ``, ``)}, 2046), one)...), touching("a", "go.mod")},
		{"long names", "push", pushOf("", commitOf(sha, names(1000, "%0300d"), ``, ``)), all},
		{"a name that no file has", "push", pushOf("", commitOf(sha, `"a\u0000b"`, ``, ``)), all},

		{"the branch is gone", "push", strings.Replace(pushOf(`"deleted":true,`), sha, zero, 1), event.Event{}},
		{"another branch: it may be a base", "push", on("refs/heads/release/1.x", ""), base(event.Pushed, "", func(e *event.Event) { e.Branch, e.Commit, e.Files = "release/1.x", sha, []string{"go.mod"} })},
		{"a branch of ours", "push", on("refs/heads/freshpin/dockerfile", ""), event.Event{}},
		{"a branch that cannot be", "push", on(`refs/heads/a\nb`, ""), event.Event{}},
		{"a tag of that name", "push", on("refs/tags/main", ""), event.Event{}},
		{"notes", "push", on("refs/notes/commits", ""), event.Event{}},
	}
}

func sorted(n int, pattern string) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(pattern, i))
	}
	slices.Sort(list)
	return list
}

// A commit of SHA-256, as GitHub's payloads may have one day.
func TestLongCommit(t *testing.T) {
	long := strings.Repeat("b", 64)
	e, ok, err := webhook.Decode("push", []byte(strings.ReplaceAll(pushed, sha, long)))
	if !ok || err != nil || e.Commit != long || !slices.Equal(e.Files, []string{"Dockerfile"}) {
		t.Errorf("%v, %v, %v", e, ok, err)
	}
}
