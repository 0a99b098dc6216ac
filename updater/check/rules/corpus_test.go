package rules

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/updater/check"
)

// corpus reads all Dockerfiles below a folder of repositories (FRESHPIN_CORPUS=FOLDER).
func corpus(t testing.TB, each func(repo fs.FS, file, src string)) {
	root := os.Getenv("FRESHPIN_CORPUS")
	if root == "" {
		t.Skip("FRESHPIN_CORPUS names no folder")
	}
	repos, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range repos {
		repo := os.DirFS(filepath.Join(root, r.Name()))
		err := fs.WalkDir(repo, ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !(&dockerfile.Ecosystem{}).Match(path) || !e.Type().IsRegular() {
				return err
			}
			data, err := fs.ReadFile(repo, path)
			if err == nil {
				each(repo, path, string(data))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestCorpus counts what the rules find in real Dockerfiles, all base images
// taken to run as root; FRESHPIN_FINDINGS=FILE gets the findings to read.
func TestCorpus(t *testing.T) {
	count, files := map[string]int{}, 0
	var out *os.File
	if name := os.Getenv("FRESHPIN_FINDINGS"); name != "" {
		var err error
		if out, err = os.Create(name); err != nil {
			t.Fatal(err)
		}
		defer out.Close()
	}
	corpus(t, func(repo fs.FS, file, src string) {
		files++
		res := judge(repo, file, src)
		for _, f := range res.Findings {
			count[fmt.Sprintf("%s %s", f.Rule, f.Mode)]++
			if out != nil {
				fmt.Fprintf(out, "%s|%s|%s|%s:%d|%s|%s\n  %.300q\n", f.Rule, f.Level, f.Mode, file, f.Line, f.Text, f.Hint, src[f.At.Start:max(f.At.Start, f.At.End)])
			}
		}
	})
	var lines []string
	for rule, n := range count {
		lines = append(lines, fmt.Sprintf("%5d %s", n, rule))
	}
	slices.Sort(lines)
	for _, line := range lines {
		t.Log(line)
	}
	t.Logf("%d files", files)
}

// judge judges a file with facts that say root of every image that is asked for.
func judge(repo fs.FS, file, src string) check.Result {
	units := []check.Unit{{Docker: check.NewDocker(file, src, check.Surroundings{Repo: repo, Digests: true})}}
	facts := &check.Facts{Answers: made}
	settings := check.Settings{Strict: true}
	for range 3 {
		res := check.Judge(All(), units, facts, settings)
		if len(res.Questions) == 0 {
			return res
		}
		for _, q := range res.Questions {
			facts.Answers[q] = answer(q)
		}
	}
	return check.Judge(All(), units, facts, settings)
}

const sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// made are the answers that were made up.
var made = map[check.Question]check.Answer{}

// answer makes an answer up, the same each time.
func answer(q check.Question) check.Answer {
	switch q.Kind {
	case check.AskImage:
		return check.Answer{Image: ecosystems.Image{Digest: sha, Size: 1 << 20, Config: &ecosystems.ImageConfig{}}}
	case check.AskTwin:
		return check.Answer{Twin: ecosystems.Twin{Tag: "3.14", Digest: sha}}
	case check.AskNewest:
		return check.Answer{Text: "3.0.2"}
	case check.AskChecksum:
		return check.Answer{Text: sha}
	case check.AskCommit:
		return check.Answer{Text: sha[7:47]}
	}
	return check.Answer{}
}
