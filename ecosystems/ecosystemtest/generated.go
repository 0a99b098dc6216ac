package ecosystemtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Target function returns the target of a dependency; the zero Target leaves it unchanged.
type Target = func(ecosystems.Dependency) ecosystems.Target

// Generated runs ReadBack on files composed of pieces in varying order and number,
// in the forms that editors save.
func Generated(t *testing.T, eco ecosystems.Ecosystem, file, head string, pieces []string, target Target) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		src := head + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 8).Draw(t, "pieces"), "")
		if rapid.Bool().Draw(t, "no final newline") {
			src = strings.TrimSuffix(src, "\n")
		}
		if rapid.Bool().Draw(t, "CRLF") {
			src = strings.ReplaceAll(src, "\n", "\r\n")
		}
		if rapid.Bool().Draw(t, "BOM") {
			src = "\uFEFF" + src
		}
		if err := ReadBack(eco, map[string]string{file: src}, file, target); err != nil {
			t.Fatalf("%q: %v", src, err)
		}
	})
}

// Fuzzed runs ReadBack on files that the fuzzer derives from the seeds.
func Fuzzed(f *testing.F, eco ecosystems.Ecosystem, file string, seeds []string, target Target) {
	f.Helper()
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1<<14 { // every dependency takes another reading of the file
			return
		}
		if err := ReadBack(eco, map[string]string{file: src}, file, target); err != nil {
			t.Fatalf("%q: %v", src, err)
		}
	})
}

// ReadBack moves each dependency of a file in turn and reads the result. It
// returns an error unless that dependency and those that share its place have
// moved, and all others are unchanged.
func ReadBack(eco ecosystems.Ecosystem, files map[string]string, file string, target Target) error {
	before, err := extracted(eco, files, file)
	if err != nil {
		return err
	}
	for n, d := range before {
		if err := placed(files, file, d); err != nil {
			return fmt.Errorf("%s: %w", d.Name, err)
		}
		to := target(d)
		if !d.Skip.IsLookup() || to.Version.IsZero() {
			continue
		}
		edits, err := eco.Edit(d, to)
		if err != nil {
			return fmt.Errorf("edit %s: %w", show(d), err)
		}
		edited, err := apply(files, file, edits)
		if err != nil {
			return err
		}
		after, err := extracted(eco, edited, file)
		if err != nil {
			return err
		}
		if err := onlyMoved(before, after, n, to); err != nil {
			return fmt.Errorf("%w in %q", err, edited[file])
		}
	}
	return nil
}

// extracted extracts a file of a repository.
func extracted(eco ecosystems.Ecosystem, files map[string]string, file string) ([]ecosystems.Dependency, error) {
	return eco.Extract(repoOf(files), file)
}

// repoOf returns a repository, contents by path.
func repoOf(files map[string]string) fstest.MapFS {
	repo := fstest.MapFS{}
	for name, text := range files {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return repo
}

func onlyMoved(before, after []ecosystems.Dependency, n int, to ecosystems.Target) error {
	if len(before) != len(after) {
		return fmt.Errorf("after the edit of %s there are %d dependencies, not %d", before[n].Name, len(after), len(before))
	}
	for m := range after {
		switch {
		case m == n && arrived(after[m], to) != nil:
			return fmt.Errorf("%s became %s: %w", show(before[n]), show(after[m]), arrived(after[m], to))
		// Dependencies in the same places move together.
		case !slices.Equal(before[m].At, before[n].At) && show(before[m]) != show(after[m]):
			return fmt.Errorf("the edit of %s made %s of %s", before[n].Name, show(after[m]), show(before[m]))
		}
	}
	return nil
}
