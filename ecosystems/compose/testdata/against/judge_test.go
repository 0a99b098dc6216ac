// Package against compares our reading of Compose files with that of compose-go,
// the library of docker compose. It is a module of its own, so that compose-go
// stays out of the product's go.mod.
package against

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
)

// judged returns the images that Compose's own loader reads in a file with the
// values of a .env, and whether it reads the file. It may read nothing else:
// include and extends are left out.
func judged(src string, env map[string]string) (images []string, ok bool) {
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir: "/nowhere", Environment: env,
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: []byte(strings.TrimPrefix(src, "\uFEFF"))}},
	}, func(o *loader.Options) {
		o.SkipInclude, o.SkipExtends, o.SkipResolveEnvironment, o.SkipConsistencyCheck, o.SkipNormalization = true, true, true, true, true
		o.Profiles = []string{"*"}
		o.SetProjectName("p", true)
	})
	if err != nil {
		return nil, false
	}
	add := func(image string) {
		if r, err := imageref.Parse(image); err == nil && image != "" {
			images = append(images, whole(r.Repository, r.Tag, r.Digest))
		}
	}
	for _, s := range project.AllServices() {
		if s.Build == nil {
			add(s.Image)
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeImage {
				add(v.Source)
			}
		}
		for _, h := range s.PreStart {
			add(h.Image)
		}
		if s.Build != nil {
			for _, c := range s.Build.AdditionalContexts {
				if image, ok := strings.CutPrefix(c, "docker-image://"); ok {
					add(image)
				}
			}
		}
	}
	return images, true
}

func whole(name, tag, digest string) string {
	if tag != "" {
		name += ":" + tag
	}
	if digest != "" {
		name += "@" + digest
	}
	return name
}

// trial compares one file with the judge, both ways.
func trial(t interface {
	Errorf(string, ...any)
}, name, src string, list []found, env map[string]string) bool {
	images, ok := judged(src, env)
	if !ok {
		return false
	}
	skipped := 0
	var known []string
	for _, f := range list {
		known = append(known, f.image)
		if f.skipped {
			skipped++
		}
	}
	lost := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(images))), func(i string) bool { return slices.Contains(known, i) })
	if len(lost) > skipped {
		t.Errorf("%s: Compose reads %q, which we do not list; we list %q and skip %d\n%s", name, lost, known, skipped, src)
	}
	for _, f := range list {
		if !f.skipped && !f.elsewhere && !slices.Contains(images, f.image) {
			t.Errorf("%s: we list %s, and Compose only %q\n%s", name, f.image, images, src)
		}
	}
	return true
}

// A found is a dependency as the judge names images.
type found struct {
	image     string
	skipped   bool
	elsewhere bool // it stands where Compose's model has no image: a fragment, a Dockerfile inline
}

// listed reads a file of a folder with our reader.
func listed(t testing.TB, repo fs.FS, file, src string) (list []found) {
	deps, err := compose.New(nil).Extract(repo, file)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range deps {
		tag := d.Pin.Text
		if d.Pin.Digest != "" && len(d.At) == 1 {
			tag = "" // it stands in the comment
		}
		list = append(list, found{whole(d.Package.Name, tag, d.Pin.Digest), !d.Skip.IsLookup(), fragment(d, file, src) || strings.Contains(src, "dockerfile_inline")})
	}
	return list
}

// fragment reports whether a dependency stands in an x- field at the top.
func fragment(d ecosystems.Dependency, file, src string) bool {
	if d.At[0].File != file || d.At[0].Start > len(src) {
		return false
	}
	last := ""
	for line := range strings.Lines(src[:d.At[0].Start]) {
		if c := line[0]; c != ' ' && c != '#' && c != '\n' && c != '\r' && c != '-' {
			last = line
		}
	}
	return strings.HasPrefix(last, "x-")
}

// TestJudgedCorpus holds our reading against Compose's over the files of a folder that FRESHPIN_CORPUS names.
func TestJudgedCorpus(t *testing.T) {
	root := os.Getenv(ecosystemtest.CorpusVariable)
	if root == "" {
		t.Skipf("%s names no folder of real manifests", ecosystemtest.CorpusVariable)
	}
	files, read := 0, 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !compose.New(nil).Match(file) {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		files++
		env := map[string]string{}
		if values, err := dotenv.Read(path.Join(path.Dir(file), ".env")); err == nil {
			env = values
		}
		if trial(t, file, string(data), listed(t, os.DirFS(path.Dir(file)), path.Base(file), string(data)), env) {
			read++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d Compose files, %d of which Compose reads", files, read)
}

const sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// lines that generated services are made of.
var judgeLines = []string{
	"image: a:1.1", "image: 'a:1.2'", `image: "a:1.\x33"`, "image: >-\n      a:1.4", "image: ${I:-a:1.5}", "image: a:${V}", "image: a:${V:-1.6}", "image: a:${E:-1.7}", "image: a:${N:+1.8}", "image: a:${X:-${V}}",
	"image: a:$${V}", "image: redis:${TAG:-}", "image: !reset null", "image: !override a:1.9", "image: &x a:2.1", "image: a:2.2@" + sha, "image: a@" + sha + " # 3.1", "image: a", "image: null",
	"build: .\n    image: b:1", "build: {context: ., additional_contexts: {x: 'docker-image://c:3.3', y: ../y}}", "volumes: [{type: image, source: 'v:4.4', target: /x}, 'd:/d']", "pre_start: [{image: 'p:5.5', command: [x]}]",
	"command: image", "<<: *f", "platform: linux/arm64\n    image: a:2.3", "environment: {image: no:1}", "labels: [image=no:2]", "image: ${Q?no}", "image: r.io:5000/a/b:1.0",
}

// What Compose reads in generated files we list or skip with a reason, and nothing else.
func TestJudgedGenerated(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		src := "x-f: &f\n  image: f:6.6\nservices:\n"
		for n := range rapid.IntRange(1, 4).Draw(rt, "services") {
			src += fmt.Sprintf("  s%d:\n    %s\n", n, rapid.SampledFrom(judgeLines).Draw(rt, "line"))
		}
		env := "V=7.7\nE=\n"
		repo := fstest.MapFS{"compose.yaml": {Data: []byte(src)}, ".env": {Data: []byte(env)}}
		trial(rt, "generated", src, listed(t, repo, "compose.yaml", src), map[string]string{"V": "7.7", "E": ""})
	})
}
