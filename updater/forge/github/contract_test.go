package github

import (
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/forgecontract"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract"
)

func TestContract(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed, and it reads what was pushed")
	}
	forgecontract.Test(t, func(t *testing.T, files map[string]forgecontract.File) forgecontract.Fixture {
		t.Parallel()
		dir := t.TempDir()
		s := forgetest.New(dir)
		contract.Hold(t, s)
		address, err := s.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		seed := map[string]forgetest.File{}
		for name, f := range files {
			seed[name] = forgetest.File{Mode: f.Mode, Data: []byte(f.Data)}
		}
		if err := s.AddRepo("acme/shop", seed, forgetest.Options{}); err != nil {
			t.Fatal(err)
		}
		s.Token("ghp_ann", "ann", false)
		if err := s.Grant("acme/shop", "ann", "write"); err != nil {
			t.Fatal(err)
		}
		f, _, _ := testForge(t, address, nil)
		ann, _, _ := testForge(t, address, func(o *Options) { o.Token = "ghp_ann" })
		h := &hands{Forge: ann, repo: "acme/shop", dir: filepath.Join(dir, "acme", "shop.git")}
		return forgecontract.Fixture{Forge: f, Repo: "acme/shop", Commit: h.commit, Read: h.read, Merge: h.merge}
	})
}

// hands are those of a person, who uses the same API.
type hands struct {
	*Forge
	repo string
	dir  string // of the repository, where it lies on this machine
}

func (h *hands) commit(t *testing.T, branch string, files map[string]forgecontract.File) string {
	t.Helper()
	ctx := withCall(t.Context(), "")
	must := func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	at := must(h.ref(ctx, h.repo, "heads/"+branch))
	on := at
	if on == "" {
		on = must(h.ref(ctx, h.repo, "heads/main"))
	}
	var c api.Commit
	if err := h.do(ctx, http.MethodGet, "repos/"+h.repo+"/git/commits/"+on, nil, &c); err != nil {
		t.Fatal(err)
	}
	tree := must(h.newTree(ctx, h.repo, c.GetTree().GetSHA(), h.entries(t, files)))
	commit := must(h.newCommit(ctx, h.repo, "By hand", tree, on))
	if at == "" {
		return must(h.newRef(ctx, h.repo, "heads/"+branch, commit))
	}
	return must(commit, h.do(ctx, http.MethodPatch, "repos/"+h.repo+"/git/refs/heads/"+escape(branch), map[string]string{"sha": commit}, nil))
}

// entries sends files, and returns them as parts of a tree.
func (h *hands) entries(t *testing.T, files map[string]forgecontract.File) (entries []*api.TreeEntry) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		e, err := h.newEntry(withCall(t.Context(), ""), h.repo, name, files[name].Mode, []byte(files[name].Data))
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

func (h *hands) git(t *testing.T, in string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "git", append([]string{"--git-dir", h.dir}, args...)...)
	c.Stdin = strings.NewReader(in)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("git %v: %v", args, err)
	}
	return string(out)
}

func (h *hands) read(t *testing.T, branch string) (map[string]forgecontract.File, string) {
	t.Helper()
	if h.git(t, "", "branch", "--list", branch) == "" {
		return nil, ""
	}
	var names, modes []string
	var hashes strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(h.git(t, "", "ls-tree", "-r", "-z", branch), "\x00"), "\x00") {
		meta, name, _ := strings.Cut(line, "\t")
		words := strings.Fields(meta)
		names, modes = append(names, name), append(modes, words[0])
		hashes.WriteString(words[2] + "\n")
	}
	files, rest := map[string]forgecontract.File{}, h.git(t, hashes.String(), "cat-file", "--batch")
	for n, name := range names {
		head, after, _ := strings.Cut(rest, "\n")
		size, err := strconv.Atoi(strings.Fields(head)[2])
		if err != nil {
			t.Fatal(err)
		}
		files[name] = forgecontract.File{Mode: modes[n], Data: after[:size]}
		rest = after[size+1:]
	}
	return files, strings.TrimSpace(h.git(t, "", "rev-parse", "refs/heads/"+branch))
}

func (h *hands) merge(t *testing.T, pr forge.PullRequest) {
	t.Helper()
	path := fmt.Sprintf("repos/%s/pulls/%d/merge", h.repo, pr.Number)
	if err := h.do(withCall(t.Context(), ""), http.MethodPut, path, map[string]string{}, nil); err != nil {
		t.Fatal(err)
	}
}
