package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/cmd/internal/cli"
	"github.com/freshpin/freshpin/cmd/internal/console"
)

// TestArchives packs the same files twice, and reads them with the tools that users have.
func TestArchives(t *testing.T) {
	files := []file{{"freshpin", 0o755, []byte("program")}, {"man/man1/freshpin.1", 0o644, []byte("page")}}
	for _, target := range []target{{"linux", "arm64"}, {"windows", "arm64"}} {
		one, err := target.pack(files)
		if err != nil {
			t.Fatal(err)
		}
		if two, _ := target.pack(files); !bytes.Equal(one, two) {
			t.Errorf("%s: two archives of the same files differ", target.name())
		}
		got := unpack(t, one, target.os == "windows")
		if want := map[string]string{"freshpin": "-rwxr-xr-x program", "man/man1/freshpin.1": "-rw-r--r-- page"}; !maps.Equal(got, want) {
			t.Errorf("%s holds %q", target.name(), got)
		}
	}
}

func unpack(t *testing.T, data []byte, zipped bool) map[string]string {
	t.Helper()
	got := map[string]string{}
	if zipped {
		r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.File {
			body, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(body)
			got[f.Name] = f.Mode().String() + " " + string(text)
		}
		return got
	}
	plain, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if err == io.EOF {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r)
		got[h.Name] = h.FileInfo().Mode().String() + " " + string(text)
	}
}

// TestDocuments wants a page of the manual for each command, and the completions of four shells.
func TestDocuments(t *testing.T) {
	files, err := documents()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string][]byte{}
	for _, f := range files {
		names[f.name] = f.data
	}
	for _, want := range []string{"LICENSE", "README.md", "CHANGELOG.md", "completions/freshpin.bash", "completions/_freshpin",
		"completions/freshpin.fish", "completions/freshpin.ps1", "man/man1/freshpin.1"} {
		if len(names[want]) == 0 {
			t.Errorf("there is no %s", want)
		}
	}
	for _, cmd := range cli.Command().Commands() {
		page := names["man/man1/freshpin-"+cmd.Name()+".1"]
		if cmd.IsAvailableCommand() && cmd.Name() != "help" && !bytes.Contains(page, []byte(strings.ReplaceAll(cmd.Short, "-", `\-`)[:10])) {
			t.Errorf("the manual has no page of freshpin %s", cmd.Name())
		}
	}
	again, _ := documents()
	if !slices.EqualFunc(files, again, func(a, b file) bool { return a.name == b.name && bytes.Equal(a.data, b.data) }) {
		t.Error("two manuals differ")
	}
}

// TestTargets refuses what is no target, and another version than that of the sources.
func TestTargets(t *testing.T) {
	for _, args := range [][]string{{"--targets", "linux"}, {"--targets", "linux/amd64,"}, {"--version", "9.9.9"}, {"more"}} {
		var errs bytes.Buffer
		if code := run(t.Context(), args, io.Discard, &errs); code != exitUsage || errs.Len() == 0 {
			t.Errorf("%q: code %d, %s", args, code, errs.String())
		}
	}
	if list, err := parseTargets(everyTarget); err != nil || len(list) != 6 {
		t.Errorf("%v %v", list, err)
	}
}

// TestSameBytes builds a release twice, in two folders: FRESHPIN_TEST_RELEASE says for which targets, for that takes minutes.
func TestSameBytes(t *testing.T) {
	targets := os.Getenv("FRESHPIN_TEST_RELEASE")
	if targets == "" {
		t.Skip("set FRESHPIN_TEST_RELEASE=linux/amd64 to build a release twice")
	}
	var sums []string
	for range 2 {
		dir := t.TempDir()
		var out bytes.Buffer
		if code := run(t.Context(), []string{"--out", dir, "--targets", targets}, &out, &out); code != exitOK {
			t.Fatal(out.String())
		}
		data, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, string(data))
	}
	if sums[0] != sums[1] || strings.Count(sums[0], "\n") != 2*(strings.Count(targets, ",")+1) {
		t.Errorf("two builds differ:\n%s\n%s", sums[0], sums[1])
	}
}

var pinned = regexp.MustCompile(`^\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// TestWorkflows wants every action of ours pinned to a commit, with its version beside it.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, name := range append(files, "../../action.yml") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := yaml.Unmarshal(data, &doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for line := range strings.Lines(string(data)) {
			_, uses, ok := strings.Cut(strings.TrimLeft(line, " -"), "uses: ")
			if ok && !strings.HasPrefix(line, "#") && !pinned.MatchString(strings.TrimSpace(uses)) {
				t.Errorf("%s: %s is not pinned to a commit with its version", name, uses)
			}
		}
		if doc["permissions"] == nil && !strings.HasSuffix(name, "action.yml") {
			t.Errorf("%s: permissions are not narrowed", name)
		}
	}
}

// TestNames holds together what the release publishes and what people are told to write.
func TestNames(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	release, action := read(".github/workflows/release.yml"), read("action.yml")
	if !strings.Contains(release, "IMAGE: ghcr.io/freshpin/freshpin\n") {
		t.Fatal("the release pushes another image")
	}
	minor := console.Version[:strings.LastIndex(console.Version, ".")]
	tag := regexp.MustCompile(`ghcr\.io/freshpin/freshpin:([0-9A-Za-z.-]+)`)
	for _, name := range []string{"README.md", "templates/deploy/compose.yaml", "templates/deploy/kubernetes.yaml"} {
		found := tag.FindAllStringSubmatch(read(name), -1)
		if len(found) == 0 {
			t.Errorf("%s names no image", name)
		}
		for _, f := range found {
			if version := strings.TrimSuffix(f[1], "-slim"); version != minor && version != console.Version {
				t.Errorf("%s names the image %s; the release pushes :%s and :%s, with and without -slim", name, f[0], console.Version, minor)
			}
		}
	}
	if !strings.Contains(action, "FRESHPIN_VERSION: "+console.Version+"\n") {
		t.Errorf("the action installs another version than %s", console.Version)
	}
	uses := regexp.MustCompile(`freshpin/freshpin@(v[\w.]+)`)
	for _, name := range []string{"README.md", "action.yml"} {
		for _, f := range uses.FindAllStringSubmatch(read(name), -1) {
			if f[1] != "v"+console.Version {
				t.Errorf("%s uses the action at %s; the release sets the tag v%s", name, f[1], console.Version)
			}
		}
	}
	inputs := regexp.MustCompile(`\$\{INPUT_(\w+)`).FindAllStringSubmatch(read(".github/action/freshpin.sh"), -1)
	for _, f := range inputs {
		if !strings.Contains(action, "        INPUT_"+f[1]+": ${{ inputs.") {
			t.Errorf("the script reads INPUT_%s, and the action does not set it", f[1])
		}
	}
}

// TestActionFlags wants every flag that the action's script writes to be one of the program.
func TestActionFlags(t *testing.T) {
	for command, flags := range map[string][]string{
		"run":      {"config", "allow", "github-app-key", "github-app-id", "output"},
		"outdated": {"config", "allow", "fail-on", "output"},
		"update":   {"config", "allow"},
	} {
		cmd, _, err := cli.Command().Find([]string{command})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range flags {
			if cmd.Flags().Lookup(name) == nil {
				t.Errorf("freshpin %s has no flag --%s", command, name)
			}
		}
	}
}
