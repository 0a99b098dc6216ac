package policy

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// dotted makes a plain version: numbers with dots, "rcN" behind them for a stage.
func dotted(text string) version.Version {
	core, stage, pre := strings.Cut(text, "rc")
	v := version.Version{Text: text, Pre: pre, Order: []version.Part{{Class: 1}}}
	if pre {
		n, _ := strconv.ParseUint(stage, 10, 64)
		v.Order = []version.Part{{Class: 0, N: n}}
	}
	for i, w := range strings.Split(core, ".") {
		n, _ := strconv.ParseUint(w, 10, 64)
		v.Release = append(v.Release, n)
		v.Padded = v.Padded || i == 1 && len(w) > 1 && w[0] == '0'
	}
	return v
}

func published(texts string) []version.Candidate {
	var list []version.Candidate
	for _, t := range strings.Fields(texts) {
		list = append(list, version.Candidate{Version: dotted(t)})
	}
	return list
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		pin, tags           string
		safe, minor, latest string
	}{
		{"3.6.1", "3.6.1 3.6.15 3.7.2 4.0.0", "3.6.15", "3.7.2", "4.0.0"},
		{"3.6.1", "3.6.0 3.5.9", "3.6.1", "3.6.1", "3.6.1"}, // never a downgrade
		{"3.6.1", "", "3.6.1", "3.6.1", "3.6.1"},
		{"1.2.3", "1.2.4rc1 1.3.0rc2", "1.2.3", "1.2.3", "1.2.3"},
		{"1.3.0rc1", "1.3.0rc2 1.3.0 1.3.1 1.4.0rc1", "1.3.1", "1.3.1", "1.3.1"},
		{"1.3.0rc1", "1.3.0rc2 1.4.0rc1", "1.3.0rc2", "1.3.0rc2", "1.3.0rc2"},
		{"0.12.1", "0.12.5 0.13.0", "0.12.5", "0.13.0", "0.13.0"},
		{"3", "3 4 5", "3", "3", "5"},

		// a project that never patches
		{"16.2", "16.1 16.2 16.12 17.1 17.2", "16.12", "16.12", "17.2"},
		{"2.5", "2.0 2.5 2.6 2.10 3.1", "2.10", "2.10", "3.1"},
		{"2.5", "2.5 2.6 2.6.1 2.10", "2.5", "2.10", "2.10"},            // it patches: not the third component
		{"2.5", "2.5 2.6", "2.5", "2.6", "2.6"},                         // two are too few
		{"2.5.0", "2.5.0 2.6.0 2.7.0", "2.7.0", "2.7.0", "2.7.0"},       // 0 is no patch
		{"2.5", "2 2.5 2.6 3.0 3.1", "2.5", "2.6", "3.1"},               // a floating 2 does not count
		{"0.5", "0.5 0.6 0.7 0.8", "0.5", "0.8", "0.8"},                 // not MAJOR 0
		{"20.04", "20.04 20.10 22.04 20.07", "20.04", "20.10", "22.04"}, // a calendar
		{"2017.4", "2017.4 2017.5 2017.6", "2017.4", "2017.6", "2017.6"},
	} {
		a := Policy{Allow: version.Patch}.Choose(Input{Pin: dotted(c.pin), Candidates: published(c.tags)})
		if got := [3]string{a.Safe.Version.Text, a.Minor.Version.Text, a.Latest.Version.Text}; got != [3]string{c.safe, c.minor, c.latest} {
			t.Errorf("%s of %s: %v, want %s %s %s", c.pin, c.tags, got, c.safe, c.minor, c.latest)
		}
	}
}

func TestChooseLine(t *testing.T) {
	for _, c := range []struct {
		line Line
		safe string
	}{
		{LineAuto, "16.12"}, {LineMinor, "16.2"}, {LineMajor, "16.12"}, {LineAny, "17.2"},
	} {
		a := Policy{Allow: version.Patch, Line: c.line}.Choose(Input{Pin: dotted("16.2"), Candidates: published("16.1 16.2 16.12 17.1 17.2")})
		if a.Safe.Version.Text != c.safe {
			t.Errorf("line %d: safe %s, want %s", c.line, a.Safe.Version, c.safe)
		}
	}
}

func TestProposals(t *testing.T) {
	for _, c := range []struct {
		allow version.Level
		want  string
	}{
		{version.Digest, ""}, // the zero policy proposes nothing
		{version.Patch, "1.2.5 1.2.4"},
		{version.Minor, "1.3.0 1.2.5 1.2.4"},
		{version.Major, "2.0.0 1.3.0 1.2.5 1.2.4"},
	} {
		a := Policy{Allow: c.allow}.Choose(Input{Pin: dotted("1.2.3"), Candidates: published("1.2.4 2.0.0 1.2.5 1.3.0 1.2.3")})
		var got []string
		for _, p := range a.Proposals {
			got = append(got, p.Version.Text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("allow %s: %v, want %s", c.allow, got, c.want)
		}
	}
}

func TestWithdrawnAndForeign(t *testing.T) {
	list := published("1.2.4 1.2.5 1.2.6 2.0.0")
	list[1].Withdrawn = "broken wheel"
	list[2].Runtime = ">=3.12"
	list[3].ShownOnly, list[3].Package = "a new module path", "example.com/m/v2"
	a := Policy{Allow: version.Major}.Choose(Input{
		Pin: dotted("1.2.3"), Candidates: list,
		Runs: func(runtime string) bool { return runtime != ">=3.12" },
	})
	if a.Safe.Version.Text != "1.2.4" || a.Latest.Package != "example.com/m/v2" || len(a.Proposals) != 1 {
		t.Errorf("safe %s latest %s proposals %v", a.Safe.Version, a.Latest.Package, a.Proposals)
	}
}

// TestPinned: the version in use may be published in another spelling.
func TestPinned(t *testing.T) {
	list := published("1.0.0 1.1.0")
	list[0].Withdrawn = "broken"
	a := Policy{Allow: version.Patch}.Choose(Input{Pin: dotted("1.0"), Candidates: list})
	if a.Current.Version.Text != "1.0" || a.Current.Withdrawn != "broken" {
		t.Errorf("current %s %q", a.Current.Version, a.Current.Withdrawn)
	}
}

func TestRange(t *testing.T) {
	below := func(text string) func(version.Version) bool {
		return func(v version.Version) bool { return version.Compare(v, dotted(text)) < 0 }
	}
	a := Policy{Allow: version.Patch}.Choose(Input{Admits: below("0.13"), Candidates: published("0.12.5 0.13 1.0 0.12.9rc1")})
	if a.Current.Version.Text != "0.12.5" || a.Safe.Version.Text != "0.12.5" || a.Latest.Version.Text != "1.0" {
		t.Errorf("current %s safe %s latest %s", a.Current.Version, a.Safe.Version, a.Latest.Version)
	}
	a = Policy{}.Choose(Input{Admits: below("0.1"), Candidates: published("0.12.5")})
	if !a.Current.Version.IsZero() {
		t.Errorf("current %s of an empty range, want none", a.Current.Version)
	}
}

func TestYoung(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, c := range []struct {
		published time.Time
		wait      time.Duration
		want      bool
	}{
		{now.Add(-4 * time.Hour), 3 * day, true},
		{now.Add(-3 * day), 3 * day, false},
		{now.Add(day), 3 * day, true},
		{now, 0, false},
		{time.Time{}, 3 * day, false}, // an unknown age passes
	} {
		if _, got := Young(c.published, now, c.wait); got != c.want {
			t.Errorf("Young(%s, wait %s) = %v, want %v", c.published, c.wait, got, c.want)
		}
	}
}
