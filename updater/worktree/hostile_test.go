//go:build unix

package worktree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
)

// after is what the changes make of the folder.
func after() map[string]string {
	return map[string]string{"a": "A\r\n", "deep/run*": "RUN", "new/b": "", "z": "Z", "other": "o"}
}

// whole is what is in a folder but for empty folders, which may stay and which git does not know.
func whole(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := contents(t, dir)
	maps.DeleteFunc(got, func(name, _ string) bool { return strings.HasSuffix(name, "/") })
	return got
}

// victim names the variables of a process that kills itself: the folder, and the step.
const victimFolder, victimStep = "FRESHPIN_TEST_FOLDER", "FRESHPIN_TEST_STEP"

// TestHostileVictim is not a test: it is the process that TestHostileKill starts.
func TestHostileVictim(t *testing.T) {
	dir := os.Getenv(victimFolder)
	if dir == "" {
		t.Skip("only for TestHostileKill")
	}
	at, _ := strconv.Atoi(os.Getenv(victimStep))
	tree, err := Open(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	tree.disk.step = func(string, string) error {
		if steps++; steps == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	}
	if err := tree.Replace(t.Context(), changes()); err != nil {
		t.Fatal(err)
	}
	fmt.Println("steps", steps)
}

// victim runs the changes in a process of its own, killed before a step; with 0 it ends by itself.
func victim(t *testing.T, dir string, step int) (alive bool, out string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHostileVictim$", "-test.v")
	cmd.Env = append(os.Environ(), victimFolder+"="+dir, victimStep+"="+strconv.Itoa(step))
	data, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("step %d: %v\n%s", step, err, data)
	}
	return err == nil, string(data)
}

// TestHostileKill kills the process before each of its changes to the disk. No
// file is torn; the next process brings all of them to one state, leaves nothing
// behind, and can do the same again (F11, F12).
func TestHostileKill(t *testing.T) {
	seen := map[string]int{}
	for step := 1; ; step++ {
		dir := folder(t, before())
		alive, _ := victim(t, dir, step)
		for name, text := range contents(t, dir) {
			if strings.Contains(name, ".freshpin-") || strings.HasSuffix(name, "/") {
				continue
			}
			if name = strings.TrimSuffix(name, "*"); text != before()[name] && text != before()[name+"*"] && text != after()[name] && text != after()[name+"*"] {
				t.Errorf("step %d: %s is torn: %q", step, name, text)
			}
		}
		tree, err := Open(t.Context(), dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		what, err := tree.Recover()
		if err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		got := whole(t, dir)
		switch {
		case cmp.Equal(got, before()):
			seen["before"]++
		case cmp.Equal(got, after()):
			seen["after"]++
		default:
			t.Errorf("step %d: neither before nor after:\n%s", step, cmp.Diff(after(), got))
		}
		if says := what.Says(); (says != "") != (len(what.Completed) > 0) {
			t.Errorf("step %d: %q", step, says)
		}
		if err := tree.Replace(t.Context(), changes()); err != nil {
			t.Errorf("step %d: again: %v", step, err)
		}
		if diff := cmp.Diff(after(), whole(t, dir)); diff != "" {
			t.Errorf("step %d: again (-want +got)\n%s", step, diff)
		}
		if err := tree.Close(); err != nil {
			t.Fatal(err)
		}
		if alive {
			if step < 40 || seen["before"] < 20 || seen["after"] < 10 {
				t.Errorf("only %d steps: %v", step-1, seen)
			}
			t.Logf("%d kills: %v", step-1, seen)
			return
		}
	}
}

// TestHostileKilledTwice kills the recovery before each of its own changes, too.
func TestHostileKilledTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of runs")
	}
	for first, all := 1, false; !all; first++ {
		for second := 1; ; second++ {
			dir := folder(t, before())
			tree := broken(t, dir, first, false)
			_, all = died(func() error { return tree.Replace(t.Context(), changes()) })
			tree.Close()
			_, err := os.Stat(filepath.Join(dir, readyFile))
			ready := err == nil
			tree = broken(t, dir, second, false)
			_, ended := died(func() error { _, err := tree.Recover(); return err })
			tree.Close()
			tree = broken(t, dir, 0, false)
			if _, err := tree.Recover(); err != nil {
				t.Fatalf("steps %d, %d: %v", first, second, err)
			}
			tree.Close()
			got := whole(t, dir)
			if !cmp.Equal(got, before()) && !cmp.Equal(got, after()) {
				t.Fatalf("steps %d, %d: neither before nor after:\n%s", first, second, cmp.Diff(after(), got))
			}
			if ended || !ready {
				break // without anything renamed there is one way only
			}
		}
	}
}

// errDied stands for a process that is gone.
var errDied = errors.New("killed")

// broken opens a folder whose n-th step, and with always those behind it too, fails;
// without always it panics instead, so that nothing is done about it.
func broken(t *testing.T, dir string, n int, always bool) *Tree {
	t.Helper()
	tree, err := Open(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	steps, dead := 0, false
	tree.disk.step = func(string, string) error {
		if steps++; steps == n || dead {
			dead = true
			panic(errDied)
		}
		return nil
	}
	if always {
		tree.disk.step = func(string, string) error {
			if steps++; n > 0 && steps >= n {
				return syscall.ENOSPC
			}
			return nil
		}
	}
	return tree
}

// died runs what may die, and reports whether it did not.
func died(f func() error) (err error, ended bool) {
	defer func() {
		if r := recover(); r != nil {
			err = errDied
		}
	}()
	return f(), true
}

// TestHostileDisk: the disk is full, once or from then on, at each step. Either
// nothing is changed and nothing left, or the next process puts it right.
func TestHostileDisk(t *testing.T) {
	for _, ever := range []bool{false, true} {
		for step, ended := 1, false; !ended; step++ {
			dir := folder(t, before())
			tree := broken(t, dir, step, true)
			steps := 0
			if !ever {
				tree.disk.step = func(string, string) error {
					if steps++; steps == step {
						return syscall.ENOSPC
					}
					return nil
				}
			}
			err := tree.Replace(t.Context(), changes())
			got := whole(t, dir)
			if ended = err == nil && (ever || steps < step); err == nil && !cmp.Equal(got, after()) {
				t.Errorf("step %d, ever %t: no error, and\n%s", step, ever, cmp.Diff(after(), got))
			}
			if err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("step %d, ever %t: %v", step, ever, err)
			}
			maps.DeleteFunc(got, func(name, _ string) bool { return strings.Contains(name, stagePrefix) })
			if !ever && !cmp.Equal(got, before()) && !cmp.Equal(got, after()) {
				t.Errorf("step %d: %v, and\n%s", step, err, cmp.Diff(before(), got))
			}
			tree.Close()
			tree = broken(t, dir, 0, true)
			if _, err := tree.Recover(); err != nil {
				t.Errorf("step %d, ever %t: the next one: %v", step, ever, err)
			}
			tree.Close()
			got = whole(t, dir)
			if !cmp.Equal(got, before()) && !cmp.Equal(got, after()) {
				t.Errorf("step %d, ever %t: neither before nor after:\n%s", step, ever, cmp.Diff(after(), got))
			}
		}
	}
}

// TestHostileModes: a new content is never readable by more people than the old one (F10).
func TestHostileModes(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o400, 0o644, 0o755, 0o777} {
		dir := folder(t, before())
		file := filepath.Join(dir, "a")
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		tree, err := Open(t.Context(), dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		tree.disk.step = func(what, name string) error {
			if what != "create" && what != "chmod" && what != "write" && what != "sync" && what != "rename" || !stageName.MatchString(name) {
				return nil
			}
			info, err := os.Stat(filepath.Join(dir, name))
			if err == nil && info.Mode().Perm()&^mode != 0 && info.Mode().Perm() != 0o600 {
				t.Errorf("%o: before %s it is %o", mode, what, info.Mode().Perm())
			}
			if what == "write" && info.Mode().Perm() != mode {
				t.Errorf("%o: it is %o when the content comes", mode, info.Mode().Perm())
			}
			return nil
		}
		if err := tree.Replace(t.Context(), []ecosystems.FileChange{{Path: "a", Data: []byte("SECRET")}}); err != nil {
			t.Errorf("%o: %v", mode, err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%o became %v, %v", mode, info.Mode(), err)
		}
		tree.Close()
	}
}

// TestHostileOwners: a file keeps its owner where that is allowed.
func TestHostileOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o644} {
		dir := folder(t, before())
		file := filepath.Join(dir, "a")
		if err := errors.Join(os.Chown(file, 1234, 4321), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
		if err := replaceAll(t, t.Context(), dir, []ecosystems.FileChange{{Path: "a", Data: []byte("A")}}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := info.Sys().(*syscall.Stat_t); !ok || s.Uid != 1234 || s.Gid != 4321 || info.Mode().Perm() != mode {
			t.Errorf("%o: owner %v, mode %v", mode, s, info.Mode())
		}
	}
}

// TestHostileJournal is journals that came with the tree. None leads outside, into
// .git, or over what others have written.
func TestHostileJournal(t *testing.T) {
	stage := ".freshpin-" + strings.Repeat("A", 12)
	note := func(path, stage, old, now string) string {
		return fmt.Sprintf(`{"schema":1,"files":[{"path":"done","stage":"%s","new":"%s"},{"path":%q,"stage":%q,"old":%q,"new":%q}]}`, stage[:strings.LastIndex("/"+stage, "/")]+".freshpin-BBBBBBBBBBBB", sum([]byte("done")), path, stage, old, now)
	}
	evil := sum([]byte("evil"))
	for _, c := range []struct {
		name, ready string
		wrong       bool
	}{
		{"git hook", note(".git/hooks/pre-commit", ".git/hooks/"+stage, "", evil), true},
		{"git in capitals", note(".GIT/config", ".GIT/"+stage, "", evil), true},
		{"outside", note("../x", "../"+stage, "", evil), true},
		{"absolute", note("/tmp/x", "/tmp/"+stage, "", evil), true},
		{"a stage elsewhere", note("a", "deep/"+stage, "", evil), true},
		{"a stage of another name", note("a", "evil", sum([]byte("a\r\n")), evil), true},
		{"another content", note("a", stage, sum([]byte("no")), evil), false},
		{"no stage", note("a", stage, sum([]byte("a\r\n")), sum([]byte("other"))), false},
		{"torn", `{"schema":1,"files":[{"path":`, false},
		{"nonsense", "\x00\x01", false},
	} {
		dir := folder(t, before())
		for name, text := range map[string]string{".freshpin-update/ready": c.ready, stage: "evil", "done": "done", ".git/config": "mine"} {
			file := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		tree, err := Open(t.Context(), dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = tree.Recover(); (err != nil) != c.wrong {
			t.Errorf("%s: %v", c.name, err)
		}
		tree.Close()
		got := contents(t, dir)
		want := before()
		maps.DeleteFunc(got, func(name, _ string) bool { return strings.Contains(name, "freshpin-") || name == "done" })
		want[".git/config"] = "mine"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
	for what, make := range map[string]func(dir string) error{
		"a file": func(dir string) error { return os.WriteFile(filepath.Join(dir, journalFolder), nil, 0o644) },
		"a link": func(dir string) error { return os.Symlink(".", filepath.Join(dir, journalFolder)) },
		"full":   func(dir string) error { return os.MkdirAll(filepath.Join(dir, journalFolder, "mine"), 0o755) },
		"a link inside": func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, journalFolder), 0o755), os.Symlink("/dev/zero", filepath.Join(dir, journalFolder, "ready")))
		},
		"a pipe inside": func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, journalFolder), 0o755), syscall.Mkfifo(filepath.Join(dir, journalFolder, "journal"), 0o644))
		},
	} {
		dir := folder(t, before())
		if err := make(dir); err != nil {
			t.Fatal(err)
		}
		tree, err := Open(t.Context(), dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tree.Recover(); err == nil || !strings.Contains(err.Error(), "is in the way") {
			t.Errorf("%s: %v", what, err)
		}
		tree.Close()
	}
}

// TestHostileTwo: the second process waits for the first, and gives up when it is told to.
func TestHostileTwo(t *testing.T) {
	dir := folder(t, before())
	first, err := Open(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Open(ctx, dir, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("the second did not wait: %v", err)
	}
	waits := make(chan struct{})
	came := make(chan error)
	go func() {
		second, err := Open(t.Context(), dir, func() { close(waits) })
		if err == nil {
			err = errors.Join(second.Replace(t.Context(), changes()), second.Close())
		}
		came <- err
	}()
	<-waits
	if err := errors.Join(first.Replace(t.Context(), changes()[:1]), first.Close(), <-came); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(after(), contents(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestHostileLocked: a folder that may not be written to stays as it is.
func TestHostileLocked(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := folder(t, before())
	if err := os.Chmod(filepath.Join(dir, "deep"), 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "deep"), 0o755) })
	err := replaceAll(t, t.Context(), dir, changes())
	if err == nil || !strings.HasPrefix(err.Error(), "write deep/run: permission denied") {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(before(), contents(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
