package composerules

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/compose"
	"github.com/freshpin/freshpin/updater/check"
)

// all are the rules of this room.
var all = []check.Rule{
	OwnImageLatest, ServiceRoot, InvalidLimit, Hardening, WritableRoot, NoMemoryLimit, AllCapabilities, NewPrivileges, SharedNetwork,
	DataStorePublished, SecretInEnvironment, EnvFileCommitted, EngineSocket, Privileged, HostNamespace, Unconfined, DangerousCapability, HostPath,
}

// corpus calls a function with each repository below FRESHPIN_CORPUS and its compose files.
func corpus(t *testing.T, each func(name string, repo fs.FS, files []string)) {
	folder := os.Getenv("FRESHPIN_CORPUS")
	if folder == "" {
		t.Skip("FRESHPIN_CORPUS is not set: one folder for each repository")
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		repo := os.DirFS(filepath.Join(folder, e.Name()))
		var files []string
		err := fs.WalkDir(repo, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
				return fs.SkipDir
			}
			if err == nil && d.Type().IsRegular() && compose.New(nil).Match(name) {
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(files) > 0 {
			each(e.Name(), repo, files)
		}
	}
}

// TestCorpus counts what the rules find in real compose files. With
// FRESHPIN_FINDINGS=RULE it prints what that one finds.
func TestCorpus(t *testing.T) {
	counts := map[string]int{}
	files := 0
	corpus(t, func(name string, repo fs.FS, list []string) {
		composes, _ := check.Composes(repo, list, true)
		files += len(composes)
		for _, c := range composes {
			c.Tracked = func(string) bool { return true }
			res := check.Judge(all, []check.Unit{{Compose: c}}, nil, check.Settings{Strict: true})
			for _, f := range res.Findings {
				counts[f.Rule+" "+f.Mode.String()]++
				if f.Rule == os.Getenv("FRESHPIN_FINDINGS") {
					fmt.Printf("%s/%s:%d [%s] %s | %s | %s\n", name, f.At.File, f.Line, f.Mode, f.Text, f.Hint, lineOf(repo, f))
				}
			}
		}
	})
	for _, id := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%5d %s", counts[id], id)
	}
	t.Logf("%d files", files)
}

func lineOf(repo fs.FS, f check.Finding) string {
	data, err := fs.ReadFile(repo, f.At.File)
	lines := strings.Split(string(data), "\n")
	if err != nil || f.Line < 1 || f.Line > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[f.Line-1])
}
