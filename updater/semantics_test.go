package updater_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
)

// now is when the tests take place.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// planOf makes the plan of a tree in memory, with the registry behind every image of Docker Hub.
func planOf(t *testing.T, files map[string]string, s *ociserver.Server) *plan.Plan {
	t.Helper()
	return planWith(t, files, s, &updater.Planner{})
}

// planWith does the same for a scan that knows more.
func planWith(t *testing.T, files map[string]string, s *ociserver.Server, planner *updater.Planner) *plan.Plan {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	planner.Ecosystems = all.New(all.Options{
		HTTP:    fetch.New(fetch.Options{}),
		Getenv:  func(string) string { return "" },
		Mirrors: map[string]string{"docker.io": server.URL},
	})
	planner.Now = now
	p, err := planner.Plan(context.Background(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// image is an old one, so that no cooldown holds it.
func image(content string) ociserver.Image {
	return ociserver.Image{Content: content, Created: time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)}
}

// only returns the one item of a plan.
func only(t *testing.T, p *plan.Plan) plan.Item {
	t.Helper()
	if len(p.Items) != 1 {
		t.Fatalf("%d items, want 1: %+v", len(p.Items), p.Items)
	}
	return p.Items[0]
}

// TestImages is the table of semantics for container images.
func TestImages(t *testing.T) {
	for _, c := range []struct {
		pin, tags           string
		safe, minor, latest string
		base                string // newer_base
		want                string // where the update leads; "" for the digest alone
	}{
		{"3.6", "3.6 3.6.1 3.6.15 3.7 3.12 4.0", "3.6", "3.12", "4.0", "", ""},
		{"3.6.1", "3.6 3.6.1 3.6.15 3.7.2", "3.6.15", "3.7.2", "3.7.2", "", "3.6.15"},
		{"3.6.1-alpine", "3.6.1-alpine 3.6.15 3.6.9-alpine 3.7.1-alpine", "3.6.9-alpine", "3.7.1-alpine", "3.7.1-alpine", "", "3.6.9-alpine"},
		{"3.6.1-alpine3.12", "3.6.1-alpine3.12 3.6.9-alpine3.13 3.6.4-alpine3.12", "3.6.4-alpine3.12", "3.6.4-alpine3.12", "3.6.4-alpine3.12", "3.6.9-alpine3.13", "3.6.4-alpine3.12"},
		{"v1.2.3", "v1.2.3 1.2.9 v1.2.5", "v1.2.5", "v1.2.5", "v1.2.5", "", "v1.2.5"},
		{"1.13-alpine", "1.13-alpine 1.13.2-alpine 1.14-alpine", "1.13-alpine", "1.14-alpine", "1.14-alpine", "", ""},
		{"16.2", "16.1 16.2 16.12 17.1 17.2", "16.12", "16.12", "17.2", "", "16.12"},
		{"20.04", "20.04 20.10 22.04", "20.04", "20.10", "22.04", "", ""},
		{"bookworm-20240110-slim", "bookworm-20240110-slim bookworm-20240211-slim trixie-20250101-slim", "bookworm-20240211-slim", "bookworm-20240211-slim", "bookworm-20240211-slim", "trixie-20250101-slim", "bookworm-20240211-slim"},
		{"20240315", "20240315 3.21 20240606 20250108", "20240315", "20240315", "20250108", "", ""},
		{"8.7-1049", "8.7-1049 8.7-1085 8.8-1072", "8.7-1085", "8.8-1072", "8.8-1072", "", "8.7-1085"},
		{"5.7.38-debian-11-r12", "5.7.38-debian-11-r12 5.7.38-debian-11-r40 5.7.40-debian-11-r3 8.0.1-debian-12-r1", "5.7.40-debian-11-r3", "5.7.40-debian-11-r3", "5.7.40-debian-11-r3", "8.0.1-debian-12-r1", "5.7.40-debian-11-r3"},
		{"17.0.9_9-jre", "17.0.9_9-jre 17.0.9_10-jre 17.0.13_11-jre 21.0.5_11-jre", "17.0.13_11-jre", "17.0.13_11-jre", "21.0.5_11-jre", "", "17.0.13_11-jre"},
		{"1.2.3", "1.2.3 1.2.4-rc1 1.2.4-beta 1.2.3-rc2", "1.2.3", "1.2.3", "1.2.3", "", ""},
		{"1.3.0-rc1", "1.3.0-rc1 1.3.0-rc2 1.3.0 1.3.1", "1.3.1", "1.3.1", "1.3.1", "", "1.3.1"},

		// what the bullets below the table name
		{"21_35-jre", "21_35-jre 21.0.5_11-jre 22_36-jre", "21.0.5_11-jre", "21.0.5_11-jre", "22_36-jre", "", "21.0.5_11-jre"},
		{"11.0.14.1_1", "11.0.14.1_1 11.0.24_8 17.0.4_8", "11.0.24_8", "11.0.24_8", "17.0.4_8", "", "11.0.24_8"},
		{"17.0.4_8", "17.0.4_8 17.0.4.1_1", "17.0.4.1_1", "17.0.4.1_1", "17.0.4.1_1", "", "17.0.4.1_1"},
		{"1.0.99999", "1.0.99999 1.0.100001", "1.0.100001", "1.0.100001", "1.0.100001", "", "1.0.100001"},
		{"3.4.1-2024-05-01", "3.4.1-2024-05-01 3.4.2-2024-06-10", "3.4.2-2024-06-10", "3.4.2-2024-06-10", "3.4.2-2024-06-10", "", "3.4.2-2024-06-10"},
		{"2.13.1", "2.13.1 2.13.4 2021.12.16", "2.13.4", "2.13.4", "2.13.4", "", "2.13.4"},
		{"15-3.3", "15-3.3 15-3.4 16-3.3 16-3.4", "15-3.3", "15-3.3", "16-3.3", "16-3.4", ""},
		{"8.0.35-27.1", "8.0.35-27.1 8.0.36-28.1", "8.0.36-28.1", "8.0.36-28.1", "8.0.36-28.1", "", "8.0.36-28.1"},
		{"debian-12-1.4.0", "debian-12-1.4.0 debian-12-1.4.2 debian-13-1.5.0", "debian-12-1.4.2", "debian-12-1.4.2", "debian-12-1.4.2", "debian-13-1.5.0", "debian-12-1.4.2"},
		{"RELEASE_3_18", "RELEASE_3_18 RELEASE_3_19", "RELEASE_3_18", "RELEASE_3_19", "RELEASE_3_19", "", ""},
		{"1-2-3", "1-2-3 1-2-4 1-3-0", "1-2-4", "1-3-0", "1-3-0", "", "1-2-4"},

		// rows of other tools
		{"7.2-0.1", "7.2-0.1 7.2-0.3 7.2-0.3.1", "7.2-0.3", "7.2-0.3", "7.2-0.3", "", "7.2-0.3"},                                                           // dependabot: the spelling stays
		{"8.7-923.1669829893", "8.7-923.1669829893 8.7-1049", "8.7-1049", "8.7-1049", "8.7-1049", "", "8.7-1049"},                                          // dependabot
		{"8.7", "8.7 8.7-923 8.7-1049 8.8-1072", "8.7", "8.7", "8.7", "", ""},                                                                              // dependabot-core #6746
		{"1803-KB4487017", "1803-KB4487017 1903 1903-KB4505057", "1803-KB4487017", "1803-KB4487017", "1903-KB4505057", "", ""},                             // dependabot
		{"v3.9.0-177-ged5bcde", "v3.9.0-177-ged5bcde v3.10.0-169-gfe040d3", "v3.9.0-177-ged5bcde", "v3.10.0-169-gfe040d3", "v3.10.0-169-gfe040d3", "", ""}, // dependabot
		{"2.1.3", "2.1.3 2.10.0 0a1b2c3d", "2.1.3", "2.10.0", "2.10.0", "", ""},                                                                            // dependabot: nixos/nix
		{"1.0.0-9", "1.0.0-9 1.0.0-14", "1.0.0-14", "1.0.0-14", "1.0.0-14", "", "1.0.0-14"},                                                                // updatecli #1321
		{"3.7.0b1", "3.7.0b1 3.7.0b5 3.8.0b1", "3.7.0b5", "3.7.0b5", "3.7.0b5", "", "3.7.0b5"},                                                             // renovate
		{"12.5", "12.5 12.6 12.13 13.1", "12.13", "12.13", "13.1", "", "12.13"},                                                                            // debian never patches
	} {
		s := &ociserver.Server{PageSize: 2}
		for n, tag := range strings.Fields(c.tags) {
			i := image(tag)
			i.Created = i.Created.AddDate(0, n, 0) // each when the one before it was not built again any more
			s.Add("library/x", tag, i)
		}
		i := only(t, planOf(t, map[string]string{"Dockerfile": "FROM x:" + c.pin + "\n"}, s))
		if i.Current != c.pin || i.Safe != c.safe || i.Minor != c.minor || i.Latest != c.latest || i.NewerBase != c.base {
			t.Errorf("%s of %s: safe %s minor %s latest %s newer base %s, want %s %s %s %s", c.pin, c.tags, i.Safe, i.Minor, i.Latest, i.NewerBase, c.safe, c.minor, c.latest, c.base)
		}
		want, band := c.want, "patch"
		if want == "" {
			want, band = c.pin, "digest"
		}
		if i.Status != plan.Update || i.Band != band || i.Target.Version.Text != want || i.Target.Digest != s.Digest("library/x", want) {
			t.Errorf("%s: %s %s to %s@%s (%s), want %s to %s", c.pin, i.Status, i.Band, i.Target.Version, i.Target.Digest, i.Reason.Text, band, want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, from := range []string{"x:latest", "x:stable", "x:bookworm", "x:sha-1a2b3c4", "x"} {
		s := &ociserver.Server{}
		for _, tag := range []string{"latest", "stable", "bookworm", "sha-1a2b3c4", "2.0"} {
			s.Add("library/x", tag, image(tag))
		}
		i := only(t, planOf(t, map[string]string{"Dockerfile": "FROM " + from + "\n"}, s))
		if i.Status != plan.Skipped || i.Reason.Code != "unpinned" || i.Latest != i.Current || len(s.Requests()) != 0 {
			t.Errorf("%s: %s %s, latest %s, requests %v", from, i.Status, i.Reason.Code, i.Latest, s.Requests())
		}
		i = only(t, planOf(t, map[string]string{"Dockerfile": "FROM " + from + "\n", ".freshpin.yaml": "pin: true\n"}, s))
		if i.Status != plan.Update || i.Band != "digest" || i.Target.Digest == "" || len(i.Edits) != 1 {
			t.Errorf("%s with pin: %s %s %+v %s", from, i.Status, i.Band, i.Edits, i.Reason.Text)
		}
	}
}

// TestDigests is what semantics says of digests: one case a line.
func TestDigests(t *testing.T) {
	amd, both := []string{"linux/amd64"}, []string{"linux/amd64", "linux/arm64"}
	indexed := func(content string, platforms []string) ociserver.Image {
		i := image(content)
		i.Platforms, i.Index = platforms, true
		return i
	}
	old := &ociserver.Server{}
	old.Add("library/x", "3.6", indexed("old", both))
	digest := old.Digest("library/x", "3.6")
	young := indexed("young", both)
	young.Created = now.Add(-4 * time.Hour)
	for _, c := range []struct {
		name, from, config string
		image              ociserver.Image
		status             plan.Status
		code               string // reason or, for an update, the first note
	}{
		{"first digest", "x:3.6", "", indexed("new", both), plan.Update, ""},
		{"first digest of a young image does not wait", "x:3.6", "", young, plan.Update, ""},
		{"the same digest", "x:3.6@" + digest, "", indexed("old", both), plan.Current, ""},
		{"rebuilt", "x:3.6@" + digest, "", indexed("new", both), plan.Update, ""},
		{"rebuilt four hours ago", "x:3.6@" + digest, "", young, plan.Held, "cooldown"},
		{"rebuilt without a platform", "x:3.6@" + digest, "", indexed("new", amd), plan.Held, "platform"},
		{"digests: ignore", "x:3.6@" + digest, "digests: ignore", indexed("new", both), plan.Current, ""},
		{"digests: refresh adds none", "x:3.6", "digests: refresh", indexed("new", both), plan.Current, ""},
		{"digests: refresh renews", "x:3.6@" + digest, "digests: refresh", indexed("new", both), plan.Update, ""},
	} {
		s := &ociserver.Server{}
		s.Add("library/x", "3.6", indexed("old", both))
		s.Add("library/x", "3.6", c.image) // the tag moves; the old digest stays
		i := only(t, planOf(t, map[string]string{"Dockerfile": "FROM " + c.from + "\n", ".freshpin.yaml": c.config}, s))
		if i.Status != c.status || i.Status != plan.Update && i.Reason.Code != c.code {
			t.Errorf("%s: %s %s (%s), want %s %s", c.name, i.Status, i.Reason.Code, i.Reason.Text, c.status, c.code)
		}
		if i.Status == plan.Update && (i.Band != "digest" || !strings.Contains(i.Edits[0].New, s.Digest("library/x", "3.6"))) {
			t.Errorf("%s: %s %+v", c.name, i.Band, i.Edits)
		}
	}
}

// TestPlatforms: a new tag must offer what the old one offered, else the next one may.
func TestPlatforms(t *testing.T) {
	s := &ociserver.Server{}
	for tag, platforms := range map[string]string{"1.0.0": "linux/amd64 linux/arm64", "1.0.1": "linux/amd64 linux/arm64/v8", "1.0.2": "linux/amd64"} {
		i := image(tag)
		i.Platforms, i.Index = strings.Fields(platforms), true
		s.Add("library/x", tag, i)
	}
	i := only(t, planOf(t, map[string]string{"Dockerfile": "FROM x:1.0.0\n"}, s))
	if i.Status != plan.Update || i.Target.Version.Text != "1.0.1" || i.Safe != "1.0.2" {
		t.Errorf("%s to %s, safe %s: %s", i.Status, i.Target.Version, i.Safe, i.Reason.Text)
	}
}

// TestOwnPlatforms: what a Windows image and a file that names its platform need
// of a new tag.
func TestOwnPlatforms(t *testing.T) {
	const mixed = "linux/amd64,windows/amd64:10.0.17763.1,windows/amd64:10.0.20348.1"
	for _, c := range []struct {
		name, file, tags, settings string // tags: tag=platforms
		status                     plan.Status
		target, safe, reason       string
		note                       string // that the item must have
	}{
		{"docker/hub-feedback #1886: another build does not start", "FROM x:10.0.17763.1757", "10.0.17763.1757=windows/amd64:10.0.17763.1757 10.0.17763.5820=windows/amd64:10.0.17763.5820 10.0.20348.2461=windows/amd64:10.0.20348.2461", "",
			plan.Update, "10.0.17763.5820", "10.0.17763.5820", "", ""},
		{"also where minor is allowed", "FROM x:10.0.17763.1757", "10.0.17763.1757=windows/amd64:10.0.17763.1757 10.0.17763.5820=windows/amd64:10.0.17763.5820 " + manyBuilds(), "allow: minor",
			plan.Update, "10.0.17763.5820", "10.0.17763.5820", "", ""},
		{"also where a newer base is allowed", "FROM x:10.0.17763.1757", "10.0.17763.1757=windows/amd64:10.0.17763.1757 10.0.17763.5820=windows/amd64:10.0.17763.5820 " + manyBuilds(), "base: true\nallow: major",
			plan.Update, "10.0.17763.5820", "10.0.17763.5820", "", ""},
		{"nor does one that only the index tells", "FROM x:4.8.1", "4.8.1=windows/amd64:10.0.17763.1 4.8.2=windows/amd64:10.0.17763.9 4.8.3=windows/amd64:10.0.20348.1", "", plan.Update, "4.8.2", "4.8.3", "", "platform"},
		{"several builds: each must survive", "FROM x:4.8.1", "4.8.1=windows/amd64:10.0.17763.1,windows/amd64:10.0.20348.1 4.8.2=windows/amd64:10.0.20348.1,windows/amd64:10.0.26100.1", "digests: ignore", plan.Held, "", "4.8.2", "platform", ""},
		{"builds beside Linux come and go, and that is said", "FROM x:3.12.4", "3.12.4=" + mixed + " 3.12.9=linux/amd64,windows/amd64:10.0.20348.2", "", plan.Update, "3.12.9", "3.12.9", "", "windows-build"},
		{"but not Windows as a whole", "FROM x:3.12.4", "3.12.4=" + mixed + " 3.12.9=linux/amd64", "digests: ignore", plan.Held, "", "3.12.9", "platform", ""},

		{"case 22: only the platform named must survive", "FROM --platform=linux/amd64 x:1.0.0", "1.0.0=linux/amd64,linux/arm64 1.0.5=linux/amd64", "", plan.Update, "1.0.5", "1.0.5", "", ""},
		{"and it must", "FROM --platform=linux/arm64 x:1.0.0", "1.0.0=linux/amd64,linux/arm64 1.0.4=linux/arm64/v8 1.0.5=linux/amd64", "", plan.Update, "1.0.4", "1.0.5", "", "platform"},
		{"a platform that only the build knows is none", "FROM --platform=$BUILDPLATFORM x:1.0.0", "1.0.0=linux/amd64,linux/arm64 1.0.5=linux/amd64", "digests: ignore", plan.Held, "", "1.0.5", "platform", ""},
		{"nor is one with a default", "ARG TARGETPLATFORM\nFROM --platform=${TARGETPLATFORM:-linux/amd64} x:1.0.0", "1.0.0=linux/amd64,linux/arm64 1.0.5=linux/amd64", "digests: ignore", plan.Held, "", "1.0.5", "platform", ""},
		{"a named build of Windows", "FROM --platform=windows/amd64 x:3.12.4", "3.12.4=" + mixed + " 3.12.9=linux/amd64,windows/amd64:10.0.20348.2", "digests: ignore", plan.Held, "", "3.12.9", "platform", ""},
		{"the newest that fits behind several that do not", "FROM x:1.0.0", "1.0.0=linux/amd64,linux/arm64 1.0.1=linux/amd64,linux/arm64 1.0.2=linux/amd64 1.0.3=linux/amd64 1.0.4=linux/amd64 1.0.5=linux/amd64 1.0.6=linux/amd64", "", plan.Update, "1.0.1", "1.0.6", "", "platform"},
	} {
		s := &ociserver.Server{}
		for word := range strings.FieldsSeq(c.tags) {
			tag, platforms, _ := strings.Cut(word, "=")
			i := image(tag)
			i.Platforms, i.Index = strings.Split(platforms, ","), true
			s.Add("library/x", tag, i)
		}
		files := map[string]string{"Dockerfile": c.file + "\n", ".freshpin.yaml": c.settings}
		if platform, ok := strings.CutPrefix(c.file, "FROM --platform="); ok && !strings.Contains(platform, "$") { // compose says the same in its own words
			name, image, _ := strings.Cut(platform, " ")
			files["compose.yaml"] = "services:\n  a:\n    image: " + image + "\n    platform: " + name + "\n"
		}
		for _, i := range planOf(t, files, s).Items {
			if i.Status != c.status || i.Target.Version.Text != c.target || i.Safe != c.safe || i.Reason.Code != c.reason {
				t.Errorf("%s (%s): %s to %s, safe %s: %s, want %s to %s, safe %s", c.name, i.File, i.Status, i.Target.Version, i.Safe, i.Reason.Text, c.status, c.target, c.safe)
			}
			if c.note != "" && !slices.ContainsFunc(i.Notes, func(n ecosystems.Note) bool { return n.Code == c.note }) {
				t.Errorf("%s (%s): no note %s in %v\n%s", c.name, i.File, c.note, i.Notes, strings.Join(i.Trace, "\n"))
			}
		}
	}
}

// manyBuilds are more tags of other builds of Windows than a search would try.
func manyBuilds() string {
	var tags []string
	for _, build := range []string{"10.0.20348", "10.0.26100"} {
		for n := range 20 {
			tags = append(tags, fmt.Sprintf("%s.%d=windows/amd64:%s.%d", build, n, build, n))
		}
	}
	return strings.Join(tags, " ")
}

// TestSameImage: dependabot-core #6746, a newer tag of the image in use is no update.
func TestSameImage(t *testing.T) {
	s := &ociserver.Server{}
	s.Add("library/x", "8.7-1", image("same"))
	s.Add("library/x", "8.7-2", image("same"))
	i := only(t, planOf(t, map[string]string{"Dockerfile": "FROM x:8.7-1\n", ".freshpin.yaml": "digests: ignore"}, s))
	if i.Status != plan.Current {
		t.Errorf("%s: %s", i.Status, i.Reason.Text)
	}
}

// TestSharedArgument: one argument, two references; it moves to what both have.
func TestSharedArgument(t *testing.T) {
	s := &ociserver.Server{}
	for _, tag := range []string{"3.6.1", "3.6.2", "3.6.3", "3.6.1-slim", "3.6.2-slim"} {
		s.Add("library/python", tag, image(tag))
	}
	p := planOf(t, map[string]string{"Dockerfile": "ARG PY=3.6.1\nFROM python:${PY} AS a\nFROM python:${PY}-slim\n"}, s)
	if len(p.Items) != 2 {
		t.Fatalf("%d items", len(p.Items))
	}
	for _, i := range p.Items {
		if i.Status != plan.Update || i.Edits[0].New != "3.6.2" || i.Line != 1 || i.Target.Digest != "" {
			t.Errorf("%s: %s %+v %s at line %d", i.Dependency.Pin.Text, i.Status, i.Edits, i.Reason.Text, i.Line)
		}
	}
}
