package requirements

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
)

// interpreter finds a Python with pip, and its version.
func interpreter(t *testing.T) (path, version string) {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil || exec.Command(path, "-m", "pip", "--version").Run() != nil {
		t.Skip("no python3 with pip here")
	}
	out, err := exec.Command(path, "-c", "import platform; print(platform.python_version())").Output()
	if err != nil {
		t.Fatal(err)
	}
	return path, strings.TrimSpace(string(out))
}

// installable asks the real pip whether it would install a file.
func installable(t *testing.T, python, index, text string) bool {
	t.Helper()
	file := filepath.Join(t.TempDir(), "requirements.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-m", "pip", "--isolated", "--no-cache-dir", "--disable-pip-version-check",
		"install", "--dry-run", "--ignore-installed", "--index-url", index, "-r", file)
	cmd.Env = append(os.Environ(), "PIP_CONFIG_FILE=/dev/null", "NO_PROXY=*")
	out, err := cmd.CombinedOutput()
	if err != nil && !strings.Contains(string(out), "ResolutionImpossible") && !strings.Contains(string(out), "No matching distribution") {
		t.Fatalf("pip: %v\n%s", err, out)
	}
	return err == nil
}

// randomSet makes five packages of three releases that require each other at random, and a file that pins the first of each.
func randomSet(seed uint64) (index, text, targets string) {
	r := rand.New(rand.NewPCG(seed, 7))
	names := []string{"a-a", "b", "c", "d", "e"}
	for _, n := range names {
		for v := 1; v <= 3; v++ {
			index += fmt.Sprintf("%s %d", n, v)
			for _, other := range names {
				if other == n || r.IntN(3) > 0 {
					continue
				}
				extra := []string{"", "", "[x]"}[r.IntN(3)]
				bound := []string{">=1", "<2", ">=2", "==1", "~=2.0", "!=2", fmt.Sprintf("==%d", v), fmt.Sprintf("<=%d", v), "<3", "!=3"}[r.IntN(10)]
				marker := []string{"", "", "; python_version >= '3'", "; sys_platform == 'win32'", "; extra == 'x'", "; extra != 'x' or os_name == 'nt'"}[r.IntN(6)]
				index += fmt.Sprintf(" | %s%s%s%s", strings.ReplaceAll(other, "-", "_"), extra, bound, marker)
			}
			index += "\n"
		}
		text += fmt.Sprintf("%s%s%s\n", n, []string{"", "", "[x]"}[r.IntN(3)], []string{"==1", "==1", "<=1"}[r.IntN(3)])
		if r.IntN(6) > 0 {
			targets += n + " 3/2 "
		}
	}
	return index, text, targets
}

// TestSetsWithPip: from what pip installs, what is not held is installed by pip,
// too; and nothing is held where pip would install it all, exact pins given: of a
// range pip may take an older release than the one proposed.
func TestSetsWithPip(t *testing.T) {
	if testing.Short() {
		t.Skip("pip takes its time")
	}
	program, version := interpreter(t)
	for _, seed := range []uint64{57, 58, 61} { // pip installs each as it is, which it does of few
		index, text, targets := randomSet(seed)
		_, base := published(t, index)
		if !installable(t, program, base, text) {
			t.Fatalf("seed %d: pip does not install\n%s", seed, text)
		}
		e := New(sourceOf(base), nil)
		repo := fstest.MapFS{"requirements.txt": {Data: []byte(text)}}
		moves, manifests := movesOf(t, e, repo, targets)
		for n := range moves {
			moves[n].Dependency.Pin.Runtime = version
		}
		verdicts, err := e.CheckSet(t.Context(), repo, manifests, moves)
		if err != nil {
			t.Fatal(err)
		}
		kept, dropped := written(t, e, text, moves, verdicts)
		if !installable(t, program, base, kept) {
			t.Errorf("seed %d: pip does not install\n%sof\n%sheld:\n%s", seed, kept, index, held(moves, verdicts))
		}
		if all, _ := written(t, e, text, moves, make([]ecosystems.SetVerdict, len(moves))); dropped > 0 && kept != all && !strings.Contains(text, "<=") && installable(t, program, base, all) {
			t.Errorf("seed %d: pip installs\n%sof\n%sheld:\n%s", seed, all, index, held(moves, verdicts))
		}
	}
}

// written returns the file with the moves made that are not held, and how many are held or fall back.
func written(t *testing.T, e *Ecosystem, text string, moves []ecosystems.Move, verdicts []ecosystems.SetVerdict) (string, int) {
	t.Helper()
	var edits []ecosystems.Edit
	held := 0
	for n, m := range moves {
		to := m.To
		switch v := verdicts[n]; {
		case !v.Held.IsZero():
			held++
			continue
		case v.Fits > 0:
			held++
			to = m.Else[v.Fits-1]
		}
		more, err := e.Edit(m.Dependency, to)
		if err != nil {
			t.Fatal(err)
		}
		edits = append(edits, more...)
	}
	out, err := ecosystems.Apply([]byte(text), edits)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), held
}
