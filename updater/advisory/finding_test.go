package advisory

import (
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// dotted reads numbers with dots, which is enough to place events.
func dotted(text string) (version.Version, bool) {
	v := version.Version{Text: text}
	n, digits := uint64(0), 0
	for _, c := range text + "." {
		switch {
		case c == '.' && digits > 0:
			v.Release = append(v.Release, n)
			n, digits = 0, 0
		case c >= '0' && c <= '9':
			n, digits = n*10+uint64(c-'0'), digits+1
		default:
			return v, false
		}
	}
	return v, len(v.Release) > 0
}

func TestContains(t *testing.T) {
	in := func(v string) Event { return Event{Introduced: v} }
	fixed := func(v string) Event { return Event{Fixed: v} }
	last := func(v string) Event { return Event{LastAffected: v} }
	limit := func(v string) Event { return Event{Limit: v} }
	for _, test := range []struct {
		name     string
		events   []Event
		yes, not []string
	}{
		{"nothing is said", nil, nil, []string{"0", "1.0"}},
		{"everything", []Event{in("0")}, []string{"0", "0.0.1", "99"}, nil},
		{"until a fix", []Event{in("0"), fixed("1.2")}, []string{"1.1.9"}, []string{"1.2", "1.2.0", "2"}},
		{"out of order", []Event{fixed("1.2"), in("1.0")}, []string{"1.0", "1.1"}, []string{"0.9", "1.2"}},
		{"two lines", []Event{in("0"), fixed("1.4.18"), in("1.5"), fixed("1.6.10")}, []string{"1.4.17", "1.5", "1.6.9"}, []string{"1.4.18", "1.4.99", "1.6.10"}},
		{"the last one is affected", []Event{in("1.0"), last("1.3")}, []string{"1.0", "1.3", "1.3.0"}, []string{"1.3.1", "2"}},
		{"a limit ends what is said", []Event{in("1.0"), limit("2.0")}, []string{"1.9"}, []string{"2.0", "3"}},
		{"introduced again at the fix", []Event{in("1.0"), fixed("2.0"), in("2.0")}, []string{"1.5"}, []string{"0.5"}},
		{"a fix without a beginning", []Event{fixed("1.0")}, nil, []string{"0.9", "1.0"}},
		{"versions that are none", []Event{in("0"), fixed("not a version")}, []string{"1.0", "2.0"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			points := Range{Type: "ECOSYSTEM", Events: test.events}.points(dotted)
			for want, list := range map[bool][]string{true: test.yes, false: test.not} {
				for _, text := range list {
					v, _ := dotted(text)
					if got := contains(points, v); got != want {
						t.Errorf("%s: %v, want %v", text, got, want)
					}
				}
			}
		})
	}
}

func TestAffects(t *testing.T) {
	django := Package{"PyPI", "django"}
	r := &Record{ID: "X-1", Affected: []Affected{
		{Package: Package{"PyPI", "Django"}, Versions: []string{"1.0", "2.0"}, Ranges: []Range{{Type: "GIT", Events: []Event{{Introduced: "0"}}}}},
		{Package: Package{"PyPI", "flask"}, Ranges: []Range{{Type: "ECOSYSTEM", Events: []Event{{Introduced: "0"}, {Fixed: "3.0"}, {Fixed: "2.5"}}}}},
	}}
	found := About([]*Record{r}, django, dotted, time.Now())
	if len(found) != 1 {
		t.Fatalf("%d findings", len(found))
	}
	for text, want := range map[string]bool{"1.0": true, "1.0.0": true, "1.1": false, "2": true} {
		v, _ := dotted(text)
		if got := found[0].Affects(v); got != want {
			t.Errorf("django %s: %v", text, got)
		}
	}
	fixes := About([]*Record{r}, Package{"PyPI", "flask"}, dotted, time.Now())[0].Fixes()
	if len(fixes) != 2 || fixes[0].Text != "2.5" {
		t.Errorf("fixes %v", fixes)
	}
}

// TestSameThing: databases tell of one thing under several names, and not all of them name each other.
func TestSameThing(t *testing.T) {
	pkg := Package{"PyPI", "x"}
	yesterday := time.Now().Add(-24 * time.Hour)
	about := func(id string, fixed string, aliases ...string) *Record {
		return &Record{ID: id, Aliases: aliases, Affected: []Affected{{Package: pkg, Ranges: []Range{{Type: "ECOSYSTEM", Events: []Event{{Introduced: "0"}, {Fixed: fixed}}}}}}}
	}
	list := []*Record{
		about("GHSA-aaaa-bbbb-cccc", "1.2", "CVE-2020-1"), about("PYSEC-2020-7", "1.3", "CVE-2020-2"), about("OTHER-1", "1.1", "CVE-2020-1", "CVE-2020-2"),
		about("PYSEC-2020-8", "9"), about("PYSEC-2020-9", "9"),
	}
	list[0].Summary, list[0].Severity = "It breaks.", []Score{{"CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}
	list[1].Details = "# It breaks too\n\nMore of it."
	list[3].Database.Severity = "MODERATE"
	list[4].Withdrawn = &yesterday
	found := About(list, pkg, dotted, time.Now())
	if len(found) != 2 {
		t.Fatalf("%d findings: %+v", len(found), found)
	}
	one, two := found[0], found[1]
	if one.ID != "PYSEC-2020-7" || strings.Join(one.Aliases, " ") != "CVE-2020-1 CVE-2020-2 GHSA-aaaa-bbbb-cccc OTHER-1" {
		t.Errorf("%s alias %q", one.ID, one.Aliases)
	}
	if one.Severity != "CRITICAL" || one.Score != 9.8 || one.Summary != "It breaks." {
		t.Errorf("%+v", one)
	}
	if v, _ := dotted("1.2"); !one.Affects(v) || two.Severity != "MEDIUM" || two.Summary != "" {
		t.Errorf("%+v", two)
	}
}
