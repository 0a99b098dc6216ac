package dockerfile

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
)

// judgment is what BuildKit reads in a Dockerfile: the images that a build
// without arguments names, in the order in which they stand, and those that
// arguments may change.
type judgment struct{ images, open []string }

// judge asks BuildKit's own parser, instructions and shell, put together as its
// frontend/dockerfile/dockerfile2llb does it. ok is false for a file that it refuses.
func judge(src string) (j judgment, ok bool) {
	res, err := parser.Parse(strings.NewReader(src))
	if err != nil {
		return j, false
	}
	stages, args, err := instructions.Parse(res.AST, nil)
	if err != nil {
		return j, false
	}
	lex := shell.NewLex(res.EscapeToken)
	env := environment{}
	set := func(name, value string) { env[name] = value }
	for _, cmd := range args {
		for _, kv := range cmd.Args {
			if kv.Value == nil {
				continue
			}
			value, err := lex.ProcessWordWithMatches(*kv.Value, env)
			if err != nil {
				return j, false
			}
			set(kv.Key, value.Result)
		}
	}
	names := map[string]int{}
	for i, stage := range stages {
		if _, again := names[stage.Name]; !again && stage.Name != "" {
			names[stage.Name] = i
		}
	}
	if ref, _, _, ok := parser.DetectSyntax([]byte(src)); ok {
		j.name(ref, false)
	}
	for i, stage := range stages {
		base, err := lex.ProcessWordWithMatches(stage.BaseName, env)
		if err != nil {
			return j, false
		}
		if at, known := names[strings.ToLower(base.Result)]; base.Result != "scratch" && (!known || at >= i) {
			j.name(base.Result, len(base.Unmatched) > 0)
		}
		for _, cmd := range stage.Commands {
			for _, from := range froms(cmd) {
				_, stage := names[strings.ToLower(from)]
				if _, err := strconv.Atoi(from); from != "" && from != "scratch" && !stage && err != nil {
					j.name(from, false)
				}
			}
		}
	}
	return j, true
}

// froms returns what a command names with from.
func froms(cmd instructions.Command) (list []string) {
	switch c := cmd.(type) {
	case *instructions.CopyCommand:
		list = append(list, c.From)
	case *instructions.RunCommand:
		for _, m := range instructions.GetMounts(c) {
			list = append(list, m.From)
		}
	case *instructions.OnbuildCommand:
		res, err := parser.Parse(strings.NewReader("FROM x\n" + c.Expression))
		if err != nil {
			return nil
		}
		if stages, _, err := instructions.Parse(res.AST, nil); err == nil && len(stages[0].Commands) > 0 {
			return froms(stages[0].Commands[0])
		}
	}
	return list
}

func (j *judgment) name(ref string, unknown bool) {
	r, err := imageref.Parse(ref)
	switch {
	case err != nil:
	case unknown:
		j.open = append(j.open, whole(r.Repository, r.Tag, r.Digest))
	default:
		j.images = append(j.images, whole(r.Repository, r.Tag, r.Digest))
	}
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

// checkJudged reports where our reading of a Dockerfile and BuildKit's differ.
func checkJudged(src string) (judged bool, err error) {
	j, ok := judge(src)
	if !ok {
		return false, nil
	}
	var known, skipped []string
	for _, d := range Read("Dockerfile", src) {
		tag := d.Pin.Text
		if d.Pin.Digest != "" && len(d.At) == 1 {
			tag = "" // it stands in the comment
		}
		known = append(known, whole(d.Package.Name, tag, d.Pin.Digest))
		if !d.Skip.IsLookup() {
			skipped = append(skipped, d.Name+": "+d.Skip.Text)
		}
	}
	seen := 0
	for _, image := range j.images {
		if !slices.Contains(known, image) && len(skipped) == 0 {
			return true, fmt.Errorf("BuildKit names %s, and we only %q", image, known)
		}
		if !slices.Contains(known, image) {
			seen++
		}
	}
	if seen > len(skipped) {
		return true, fmt.Errorf("BuildKit names %q; we name %q and skip %q", j.images, known, skipped)
	}
	for _, d := range Read("Dockerfile", src) {
		if image := whole(d.Package.Name, d.Pin.Text, d.Pin.Digest); d.Skip.IsLookup() && len(d.At) == 1+min(1, len(d.Pin.Digest)) && !slices.Contains(append(j.images, j.open...), image) {
			return true, fmt.Errorf("we name %s, and BuildKit only %q", image, j.images)
		}
	}
	return true, nil
}

// TestJudgedCorpus holds our reading against BuildKit's over the Dockerfiles of
// a folder that FRESHPIN_CORPUS names.
func TestJudgedCorpus(t *testing.T) {
	root := os.Getenv(ecosystemtest.CorpusVariable)
	if root == "" {
		t.Skipf("%s names no folder of real manifests", ecosystemtest.CorpusVariable)
	}
	files, judged := 0, 0
	err := filepath.WalkDir(root, func(file string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !New(nil).Match(file) {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil || !utf8.Valid(data) {
			return err
		}
		files++
		ok, bad := checkJudged(string(data))
		if ok {
			judged++
		}
		if bad != nil {
			t.Errorf("%s: %v", file, bad)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d Dockerfiles, %d of which BuildKit reads", files, judged)
}

// words that a generated Dockerfile is made of.
var (
	judgeHeads = []string{"", "# syntax=docker/dockerfile:1.4\n", "# escape=`\n", "#syntax=a/b\n#escape=\\\n", "\uFEFF", "# c\n\n"}
	judgeArgs  = []string{"ARG V=1.2", "ARG V", "ARG W=$V", "ARG W=${V}-x", "ARG W='$V'", "ARG W=\"a:$V\"", "ARG E=", "ARG V=1.2 W=3.4", "ARG R=r.io/", "ARG V=${V:-5.6}", "ARG \\\n  V=7.8"}
	judgeFroms = []string{"FROM a:1.1", "FROM a:$V", "FROM a:${V}-x AS s", "FROM a:${V:-2.2}", "FROM ${W}", "FROM $R/a:1", "FROM ${R}a:3.3 as T", "FROM s", "FROM scratch", "FROM --platform=$BUILDPLATFORM a:1.4",
		"FROM a:\\$V", "FROM 'a:1.5'", "FROM a:${E:-}1.6", "FROM a:${V:+9.9}", "FROM a:1.7@" + sha, "FROM a@" + sha, "FROM \\\n# c\n a:1.8", "FROM a:${V#1.}", "FROM a:${X}", "FROM s-$TARGETARCH", "FROM\ta:1.9\tAS\tu"}
	judgeRest = []string{"RUN x", "COPY --from=s a b", "COPY --from=b:2.1 a b", "COPY --from=0 a b", "COPY --chown=1 --from=c a b", "RUN --mount=type=bind,from=d:3.1,target=/x y", "RUN --mount=type=cache,target=/x y",
		"ONBUILD COPY --from=e:4.1 a b", "RUN <<E\nFROM no:1\nE", "COPY <<E /x\nFROM no:2\nE", "ENV V=8", "ARG V=9", "# FROM no:3", "LABEL x=\"\\\n  FROM no:4\"", "ADD --checksum=x a b", "CMD [\"x\"]", "RUN --mount=from=s,target=/y y"}
)

func drawDockerfile(t *rapid.T) string {
	lines := rapid.SliceOfN(rapid.SampledFrom(judgeArgs), 0, 4).Draw(t, "args")
	for range rapid.IntRange(1, 3).Draw(t, "stages") {
		lines = append(lines, rapid.SampledFrom(judgeFroms).Draw(t, "from"))
		lines = append(lines, rapid.SliceOfN(rapid.SampledFrom(judgeRest), 0, 4).Draw(t, "rest")...)
	}
	end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
	src := rapid.SampledFrom(judgeHeads).Draw(t, "head") + strings.Join(lines, "\n") + rapid.SampledFrom([]string{"", "\n"}).Draw(t, "last")
	return strings.ReplaceAll(src, "\n", end)
}

// What BuildKit reads in generated Dockerfiles and what we read is the same.
func TestJudgedGenerated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := drawDockerfile(t)
		if _, err := checkJudged(src); err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
	})
}

// The rows that the judge and other tools' reports have taught.
func TestJudged(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"ARG V\nARG IMG=$V\nFROM $IMG", "$IMG||3:6 $IMG|skip=variable"},
		{"ARG V=1.2\nARG IMG='$V'\nFROM $IMG", "$IMG||3:6 $IMG|skip=variable"},
		{"ARG V=1.2\nARG IMG='a:$V'\nFROM $IMG", "$IMG||3:6 $IMG|skip=variable"},
		{"ARG V=1.2\nARG T=\\$V\nFROM a:$T", "a:$T|$T|3:8 $T|skip=variable"},
		{"FROM alpine:\\$V", "alpine:\\$V||1:6 alpine:\\$V|skip=malformed"},
		{"FROM redis:${TAG:-}", "redis:${TAG:-}||1:6 redis:${TAG:-}|skip=malformed"},
		{"//syntax=docker/dockerfile:1.2\nFROM alpine:3.4", "//syntax=docker/dockerfile:1.2||1:1 //syntax=docker/dockerfile:1.2|skip=malformed ; docker/dockerfile|1.2|1:28 1.2 ; alpine|3.4|2:13 3.4"},
		{"//syntax=docker/UPPER\nFROM alpine:3.4", "docker/UPPER||1:10 docker/UPPER|skip=malformed ; alpine|3.4|2:13 3.4"},
	} {
		if got := strings.Join(shown(c.src), " ; "); got != c.want {
			t.Errorf("Read(%q):\n got %s\nwant %s", c.src, got, c.want)
		}
		if _, err := checkJudged(c.src); err != nil {
			t.Errorf("Read(%q): %v", c.src, err)
		}
	}
}

// An environment is the arguments before the first FROM. It implements shell.EnvGetter.
type environment map[string]string

// Get implements shell.EnvGetter.
func (e environment) Get(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

// Keys implements shell.EnvGetter.
func (e environment) Keys() []string { return slices.Collect(maps.Keys(e)) }
