package advisory_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/osv-scalibr/semantic"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/osvserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/advisory"
)

// corpora are the folders of records that the tests read: our own, and a larger
// one that FRESHPIN_OSV_CORPUS names.
func corpora() []string {
	list := []string{"testdata/osv"}
	if dir := os.Getenv("FRESHPIN_OSV_CORPUS"); dir != "" {
		list = append(list, dir)
	}
	return list
}

// A plain record is one as this test reads it, by itself.
type plain struct {
	ID        string          `json:"id"`
	Withdrawn string          `json:"withdrawn"`
	Affected  []plainAffected `json:"affected"`
	text      []byte
}

type plainAffected struct {
	Package  struct{ Ecosystem, Name string } `json:"package"`
	Versions []string                         `json:"versions"`
	Ranges   []struct {
		Type   string              `json:"type"`
		Events []map[string]string `json:"events"`
	} `json:"ranges"`
}

func (r plain) concerns(p pkg) bool {
	return slices.ContainsFunc(r.Affected, func(a plainAffected) bool { return a.Package.Ecosystem == p.ecosystem && a.Package.Name == p.name })
}

// load returns the records of a folder, as they are.
func load(t *testing.T, dir string) (records []plain) {
	t.Helper()
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".json" {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var r plain
		if err := json.Unmarshal(data, &r); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		r.text = data
		records = append(records, r)
		return nil
	})
	if err != nil || len(records) == 0 {
		t.Fatal(len(records), err)
	}
	return records
}

type pkg struct{ ecosystem, name string }

// packages gathers for each package versions that are worth a question: those
// that records name, their neighbours, and a grid.
func packages(records []plain) map[pkg][]string {
	found := map[pkg][]string{}
	for _, r := range records {
		for _, a := range r.Affected {
			p := pkg{a.Package.Ecosystem, a.Package.Name}
			if p.ecosystem != "Go" && p.ecosystem != "PyPI" {
				continue
			}
			found[p] = append(found[p], a.Versions...)
			for _, g := range a.Ranges {
				for _, e := range g.Events {
					for _, v := range e {
						if g.Type != "GIT" {
							found[p] = append(found[p], around(p.ecosystem, v)...)
						}
					}
				}
			}
		}
	}
	for p := range found {
		for _, v := range []string{"0.0.1", "0.3.0", "0.4.9", "0.5.0", "0.9.9", "1.0.1", "1.1.0", "1.1.3", "1.2.2", "1.5.0", "1.6.1", "2.0.1", "2.1.0", "2.2.7", "2024.1", "1.0.0", "1.0.4", "1.0.5", "1.1.1", "1.2.3", "1.3.0", "1.3.1", "1.9.0", "2.0.0", "2.5.0", "3.0.0", "3.1.1", "10.0.0"} {
			found[p] = append(found[p], around(p.ecosystem, v)...)
		}
		slices.Sort(found[p])
		found[p] = slices.Compact(found[p])
	}
	return found
}

// around returns a version and those that lie close to it.
func around(ecosystem, v string) []string {
	if v == "0" {
		return nil
	}
	if ecosystem == "Go" {
		core, _, _ := strings.Cut(v, "-")
		return []string{v, core, core + "-0", core + "-rc.1", core + "-rc.2", core + "-0.20200101000000-0123456789ab"}
	}
	return []string{v, v + ".1", v + ".post3", v + ".dev1", v + "rc1"}
}

// compare is an order of versions that is not ours.
func compare(ecosystem, a, b string) (int, bool) {
	if ecosystem == "Go" {
		a, b = "v"+strings.TrimPrefix(a, "v"), "v"+strings.TrimPrefix(b, "v")
		return semver.Compare(a, b), semver.IsValid(a) && semver.IsValid(b)
	}
	v, err := semantic.Parse(a, ecosystem)
	if err != nil {
		return 0, false
	}
	n, err := v.CompareStr(b)
	return n, err == nil
}

// affected is the evaluation of the schema, as it stands there ("Evaluation"),
// with events sorted by plain insertion.
func (r plain) affected(p pkg, v string) bool {
	for _, a := range r.Affected {
		if a.Package.Ecosystem != p.ecosystem || a.Package.Name != p.name {
			continue
		}
		if slices.ContainsFunc(a.Versions, func(o string) bool { n, ok := compare(p.ecosystem, o, v); return o == v || ok && n == 0 }) {
			return true
		}
		for _, g := range a.Ranges {
			if g.Type != "GIT" && inRange(p.ecosystem, g.Events, v) {
				return true
			}
		}
	}
	return false
}

func inRange(ecosystem string, events []map[string]string, v string) bool {
	type event struct{ kind, at string }
	var list []event
	for _, e := range events {
		for kind, at := range e {
			n := slices.IndexFunc(list, func(o event) bool {
				if at == "0" || o.at == "0" {
					return at == "0"
				}
				c, _ := compare(ecosystem, at, o.at)
				return c < 0
			})
			if n < 0 {
				n = len(list)
			}
			list = slices.Insert(list, n, event{kind, at})
		}
	}
	vulnerable := false
	for _, e := range list {
		c := 1
		if e.at != "0" {
			c, _ = compare(ecosystem, v, e.at)
		}
		switch {
		case e.kind == "introduced" && c >= 0:
			vulnerable = true
		case e.kind == "fixed" && c >= 0, e.kind == "last_affected" && c > 0:
			vulnerable = false
		case e.kind == "limit" && c >= 0:
			return false
		}
	}
	return vulnerable
}

func readers() map[string]ecosystems.Advised {
	m := map[string]ecosystems.Advised{}
	for _, e := range all.New(all.Options{Getenv: func(string) string { return "" }}) {
		if a, ok := e.(ecosystems.Advised); ok {
			m[e.Info().Kinds[0].OSV] = a
		}
	}
	return m
}

// TestAgree compares our evaluation with an independent one and, for Python,
// with the lists of versions that records have. A record at a time is asked, so
// that no other hides a mistake.
func TestAgree(t *testing.T) {
	read := readers()
	for _, dir := range corpora() {
		records := load(t, dir)
		pairs, affected, listed := 0, 0, 0
		for p, versions := range packages(records) {
			for _, r := range records {
				if !r.concerns(p) || r.Withdrawn != "" {
					continue
				}
				record, err := advisory.Parse(r.text)
				if err != nil {
					t.Fatalf("%s: %v", r.ID, err)
				}
				found := advisory.About([]*advisory.Record{record}, advisory.Package{Ecosystem: p.ecosystem, Name: p.name}, func(text string) (version.Version, bool) {
					return read[p.ecosystem].ReadVersion(ecosystems.Package{Name: p.name}, text)
				}, time.Now())
				for _, text := range versions {
					v, ok := read[p.ecosystem].ReadVersion(ecosystems.Package{Name: p.name}, text)
					if _, readable := compare(p.ecosystem, text, "1.0.0"); !ok || !readable {
						continue
					}
					pairs++
					got, want := len(found) == 1 && found[0].Affects(v), r.affected(p, text)
					if want {
						affected++
					}
					if got != want {
						t.Errorf("%s: %s %s: affected %v, the other says %v", r.ID, p.name, text, got, want)
					}
					if r.lists(p, text) {
						listed++
						if !got {
							t.Errorf("%s lists %s %s, which is not affected here", r.ID, p.name, text)
						}
					}
				}
			}
		}
		t.Logf("%s: %d records, %d pairs of a package and a version, %d of them affected, %d listed", dir, len(records), pairs, affected, listed)
		if pairs < 2000 || affected < 100 || affected > pairs*9/10 || listed == 0 {
			t.Errorf("%s: %d pairs, %d affected, %d listed: they say little", dir, pairs, affected, listed)
		}
	}
}

func (r plain) lists(p pkg, v string) bool {
	return slices.ContainsFunc(r.Affected, func(a plainAffected) bool {
		return a.Package.Ecosystem == p.ecosystem && a.Package.Name == p.name && slices.Contains(a.Versions, v)
	})
}

// TestSameAnswers asks a service and a folder about the same versions.
func TestSameAnswers(t *testing.T) {
	read := readers()
	for _, dir := range corpora() {
		records := load(t, dir)
		server := &osvserver.Server{PageSize: 2}
		for _, r := range records {
			if err := server.Add(r.text); err != nil {
				t.Fatal(err)
			}
		}
		s := httptest.NewServer(server)
		client, err := advisory.NewClient(fetch.New(fetch.Options{}), s.URL)
		if err != nil {
			t.Fatal(err)
		}
		folder, err := advisory.Open(dir)
		if err != nil || len(folder.Skipped) > 0 {
			t.Fatal(err, folder.Skipped)
		}
		var questions []advisory.Question
		for p, versions := range packages(records) {
			for _, v := range versions {
				questions = append(questions, advisory.Question{Package: advisory.Package{Ecosystem: p.ecosystem, Name: p.name}, Version: v})
			}
		}
		one, err := client.Find(t.Context(), questions)
		if err != nil {
			t.Fatal(err)
		}
		other, err := folder.Find(t.Context(), questions)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for n, q := range questions {
			a, b := answer(read, q, one[n]), answer(read, q, other[n])
			if a != b {
				t.Errorf("%s %s: the service says %q, the folder %q", q.Package.Name, q.Version, a, b)
			}
			if a != "" {
				found++
			}
		}
		batches := server.Requests()["/v1/querybatch"]
		t.Logf("%s: %d questions in %d batches, %d of them about something vulnerable", dir, len(questions), batches, found)
		if found < 100 {
			t.Errorf("%s: %d answers say little", dir, found)
		}
		s.Close()
	}
}

// answer says all that is made of what a source tells.
func answer(read map[string]ecosystems.Advised, q advisory.Question, records []*advisory.Record) string {
	reader := func(text string) (version.Version, bool) {
		return read[q.Package.Ecosystem].ReadVersion(ecosystems.Package{Name: q.Package.Name}, text)
	}
	v, ok := reader(q.Version)
	if !ok {
		return ""
	}
	var words []string
	for _, f := range advisory.About(records, q.Package, reader, time.Now()) {
		if f.Affects(v) {
			words = append(words, fmt.Sprint(f.ID, f.Aliases, f.Severity, f.Score, f.Summary, f.URL, f.Fixes(), f.Imports))
		}
	}
	return strings.Join(words, "; ")
}

// TestBatches: one request asks about a thousand packages, and a record is got once.
func TestBatches(t *testing.T) {
	server := &osvserver.Server{}
	for _, r := range load(t, "testdata/osv") {
		if err := server.Add(r.text); err != nil {
			t.Fatal(err)
		}
	}
	s := httptest.NewServer(server)
	defer s.Close()
	client, err := advisory.NewClient(fetch.New(fetch.Options{}), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	questions := []advisory.Question{{Package: advisory.Package{Ecosystem: "Go", Name: "example.com/private"}, Version: "1.0.0", Private: true}}
	for n := range 2500 {
		questions = append(questions, advisory.Question{Package: advisory.Package{Ecosystem: "PyPI", Name: fmt.Sprintf("p%d", n)}, Version: "1.0"})
	}
	questions[7].Package.Name, questions[2400].Package.Name = "delta", "delta"
	for round, want := range []map[string]int{{"/v1/querybatch": 3, "/v1/vulns/PYSEC-2025-9005": 1}, {}} {
		found, err := client.Find(t.Context(), questions)
		if err != nil || len(found[7]) != 1 || len(found[2400]) != 1 || len(found[0]) != 0 {
			t.Fatal(err, found[7], found[2400])
		}
		if got := server.Requests(); !maps.Equal(got, want) {
			t.Errorf("round %d: %v, want %v", round, got, want)
		}
	}
}
