package endoflife

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestBundled(t *testing.T) {
	if got := Bundled().Format(); !bytes.Equal(got, bundled) {
		t.Errorf("table.json is not as Format writes it:\n%s", got)
	}
	entries := Bundled().Entries()
	if len(entries) < 200 {
		t.Errorf("%d entries", len(entries))
	}
	for _, e := range entries {
		if e.Title == "" || e.Source == "" || e.Read.IsZero() || e.Ends.Year() < 2010 || e.Ends.Year() > 2040 {
			t.Errorf("%+v", e)
		}
	}
	if !slices.IsSortedFunc(entries, func(a, b Entry) int {
		if a.Product != b.Product {
			return strings.Compare(a.Product, b.Product)
		}
		return compareLines(a.Line, b.Line)
	}) {
		t.Error("the entries are not in order")
	}
}

// TestLines checks what every line should have, and that ends follow the order of lines where they must.
func TestLines(t *testing.T) {
	table := Bundled()
	for product, lines := range map[string]string{
		"debian": "8 9 10 11 12 13", "ubuntu": "14.04 16.04 18.04 20.04 22.04 24.04 25.10", "python": "2.7 3.5 3.6 3.9 3.10 3.14",
		"alpine": "3.10 3.12 3.18 3.22", "nodejs": "10 12 14 16 18 20 22 24", "go": "1.18 1.21 1.25", "php": "7.0 7.4 8.0 8.4",
		"ruby": "2.5 2.7 3.0 3.4", "postgresql": "9.6 10 13 18", "mysql": "5.7 8.0 8.4", "mariadb": "10.6 10.11 11.4", "redis": "5.0 7.0",
		"mongodb": "4.0 4.4 8.0", "nginx": "1.24 1.26", "temurin": "11 17 21", "dotnet": "3.1 5 6 7 8 9 10", "centos": "6 7 8",
		"rocky": "8 9 10", "almalinux": "8 9 10", "fedora": "38 39 40", "django": "1.11 2.2 3.2 4.2 5.2",
	} {
		for line := range strings.FieldsSeq(lines) {
			if e, ok := table.of(product, line); !ok || e.Line != line {
				t.Errorf("%s %s is not in the table: %+v", product, line, e)
			}
		}
	}
	last := map[string]Entry{}
	for _, e := range table.Entries() {
		before := last[e.Product]
		last[e.Product] = e
		switch e.Product { // in these, some lines are maintained longer than the next ones
		case "python", "ubuntu", "nodejs", "django", "temurin", "dotnet", "nginx", "mariadb", "centos":
			continue
		}
		if e.Ends.Before(before.Ends) {
			t.Errorf("%s %s ends %s, before %s", e.Product, e.Line, e.date(), before.Line)
		}
	}
}

func TestImage(t *testing.T) {
	for _, c := range [][3]string{
		{"docker.io/library/python", "3.6.1-alpine3.12", "python 3.6, alpine 3.12"},
		{"docker.io/library/python", "3.6-slim-bullseye", "python 3.6, debian 11"},
		{"docker.io/library/python", "slim-bookworm", "debian 12"},
		{"docker.io/library/python", "3.13.0rc2-slim-trixie", "python 3.13, debian 13"},
		{"docker.io/library/python", "3.13-rc-slim", "python 3.13"},
		{"docker.io/library/python", "3.1", ""}, // is not 3.10
		{"docker.io/library/python", "3.9.18@sha256:00", "python 3.9"},
		{"docker.io/library/python", "3", ""},
		{"docker.io/library/python", "latest", ""},
		{"docker.io/library/python", "", ""},
		{"docker.io/library/python", "sha-1a2b3c4", ""},
		{"docker.io/library/python", "3.6abcdef0", ""},
		{"docker.io/library/python", "-3.6", "python 3.6"},
		{"docker.io/library/python", "alpine", ""},
		{"docker.io/library/python", "3.12-alpine3", "python 3.12"},
		{"docker.io/library/python", "3.9-windowsservercore-ltsc2022", "python 3.9"},
		{"docker.io/library/debian", "bullseye-20240211-slim", "debian 11"},
		{"docker.io/library/debian", "9.13-slim", "debian 9"},
		{"docker.io/library/debian", "20240211", ""},
		{"docker.io/library/debian", "stable-slim", ""},
		{"docker.io/library/ubuntu", "22.04", "ubuntu 22.04"},
		{"docker.io/library/ubuntu", "jammy", "ubuntu 22.04"},
		{"docker.io/library/ubuntu", "jammy-20240111", "ubuntu 22.04"},
		{"docker.io/library/ubuntu", "rolling", ""},
		{"docker.io/library/alpine", "3.12.1", "alpine 3.12"},
		{"docker.io/library/alpine", "20240329", ""},
		{"docker.io/library/alpine", "edge", ""},
		{"docker.io/library/php", "8.2-fpm-alpine", "php 8.2"},
		{"docker.io/library/php", "8.2.1RC1-fpm-bullseye", "php 8.2, debian 11"},
		{"docker.io/library/eclipse-temurin", "17-jdk-jammy", "temurin 17, ubuntu 22.04"},
		{"docker.io/library/eclipse-temurin", "17.0.9_9-jre-focal", "temurin 17, ubuntu 20.04"},
		{"docker.io/library/eclipse-temurin", "11.0.21_9-jdk-centos7", "temurin 11, centos 7"},
		{"docker.io/library/maven", "3.9.6-eclipse-temurin-17-focal", "temurin 17, ubuntu 20.04"},
		{"docker.io/library/tomcat", "10.1-jdk17-temurin-jammy", "temurin 17, ubuntu 22.04"},
		{"docker.io/library/tomcat", "10.1-jdk17-corretto", ""},
		{"docker.io/library/wordpress", "6.4-php8.1-apache", "php 8.1"},
		{"docker.io/library/httpd", "2.4.57-alpine3.18", "alpine 3.18"},
		{"docker.io/library/rust", "1.70-slim-buster", "debian 10"},
		{"docker.io/library/node", "hydrogen-alpine3.17", "nodejs 18, alpine 3.17"},
		{"docker.io/library/node", "18.20.4-bookworm-slim", "nodejs 18, debian 12"},
		{"docker.io/library/node", "lts-bullseye", "debian 11"},
		{"docker.io/library/golang", "1.20.5-bullseye", "go 1.20, debian 11"},
		{"docker.io/library/golang", "1.2", ""},
		{"docker.io/library/golang", "1.21rc3-alpine3.18", "go 1.21, alpine 3.18"},
		{"docker.io/library/postgres", "9.6.24-alpine3.15", "postgresql 9.6, alpine 3.15"},
		{"docker.io/library/postgres", "15.4-bookworm", "postgresql 15, debian 12"},
		{"docker.io/library/postgres", "9", ""},
		{"docker.io/library/mysql", "8.0.35-oracle", "mysql 8.0"},
		{"docker.io/library/mysql", "5.7.44", "mysql 5.7"},
		{"docker.io/library/mariadb", "10.6.16-jammy", "mariadb 10.6, ubuntu 22.04"},
		{"docker.io/library/mongo", "4.4.29-focal", "mongodb 4.4, ubuntu 20.04"},
		{"docker.io/library/redis", "7.0.15-alpine3.19", "redis 7.0, alpine 3.19"},
		{"docker.io/library/nginx", "1.24.0-alpine3.17-slim", "nginx 1.24, alpine 3.17"},
		{"docker.io/library/nginx", "stable-alpine3.17", "alpine 3.17"},
		{"docker.io/library/ruby", "2.7.8-slim-buster", "ruby 2.7, debian 10"},
		{"docker.io/library/centos", "centos7.9.2009", "centos 7"},
		{"docker.io/library/centos", "8.4.2105", "centos 8"},
		{"quay.io/centos/centos", "stream8", "centos-stream 8"},
		{"docker.io/library/fedora", "38", "fedora 38"},
		{"docker.io/rockylinux/rockylinux", "8.9-minimal", "rocky 8"},
		{"mcr.microsoft.com/dotnet/aspnet", "6.0-alpine3.18", "dotnet 6, alpine 3.18"},
		{"mcr.microsoft.com/dotnet/sdk", "8.0-jammy-chiseled", "dotnet 8, ubuntu 22.04"},
		{"mcr.microsoft.com/dotnet/core/sdk", "3.1-buster", "dotnet 3.1, debian 10"},
		{"mcr.microsoft.com/dotnet/nightly/sdk", "7.0.100", "dotnet 7"},
		{"docker.io/bitnami/python", "3.9.18-debian-11-r20", "python 3.9, debian 11"},
		{"gcr.io/distroless/python3-debian11", "nonroot", "debian 11"},
		{"gcr.io/distroless/static", "latest", ""},
		{"python", "3.7", "python 3.7"},
		{"library/python", "3.7", "python 3.7"},
		{"docker.io/python", "3.7", "python 3.7"},
		{"public.ecr.aws/docker/library/python", "3.7-buster", "python 3.7, debian 10"},
		{"mirror.gcr.io/library/node", "16", "nodejs 16"},
		{"docker.io/arm64v8/python", "3.7", "python 3.7"},
		{"docker.io/acme/python", "3.7-buster", ""},
		{"registry.acme.example/library/python", "3.7-buster", ""},
		{"localhost:5000/python", "3.7", ""},
		{"", "3.7", ""},
	} {
		var got []string
		for _, e := range Bundled().Image(c[0], c[1]) {
			got = append(got, e.Product+" "+e.Line)
		}
		if text := strings.Join(got, ", "); text != c[2] {
			t.Errorf("Image(%q, %q) = %q, want %q", c[0], c[1], text, c[2])
		}
	}
}

func TestPackage(t *testing.T) {
	for _, c := range [][4]string{
		{"PyPI", "Django", "3.2.25", "django 3.2"},
		{"pypi", "django", "5.0a1", "django 5.0"},
		{"pypi", "django", "1.1.4", ""}, // is not 1.11
		{"pypi", "django-environ", "3.2", ""},
		{"npm", "django", "3.2", ""},
		{"golang", "toolchain", "go1.21.3", "go 1.21"},
		{"Go", "stdlib", "1.22rc1", "go 1.22"},
		{"Go", "example.com/go", "1.22", ""},
	} {
		got := ""
		for _, e := range Bundled().Package(c[0], c[1], c[2]) {
			got += e.Product + " " + e.Line
		}
		if got != c[3] {
			t.Errorf("Package(%q, %q, %q) = %q, want %q", c[0], c[1], c[2], got, c[3])
		}
	}
}

func TestNote(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	python, _ := Bundled().of("python", "3.6")
	month, _ := Bundled().of("python", "3.11")
	debian, _ := Bundled().of("debian", "11")
	own := Entry{Title: "Acme Linux", Line: "4", Ends: day("2027-01-01T00:00:00Z")}
	for _, c := range []struct {
		e     Entry
		now   string
		text  string
		ended bool
	}{
		{python, "2021-12-23T23:59:59Z", "Python 3.6 gets fixes until 2021-12-23 (https://devguide.python.org/versions/)", false},
		{python, "2021-12-24T00:00:00Z", "Python 3.6 has had no fixes since 2021-12-23 (https://devguide.python.org/versions/)", true},
		{month, "2027-10-31T12:00:00Z", "Python 3.11 gets fixes until 2027-10 (https://devguide.python.org/versions/)", false},
		{month, "2027-11-01T00:00:00Z", "Python 3.11 has had no fixes since 2027-10 (https://devguide.python.org/versions/)", true},
		{debian, "2026-09-01T02:00:00+05:00", "Debian 11 (bullseye) gets fixes until 2026-08-31 (https://wiki.debian.org/LTS)", false},
		{own, "2027-01-01T12:00:00Z", "Acme Linux 4 gets fixes until 2027-01-01", false},
	} {
		if text, ended := c.e.Note(day(c.now)); text != c.text || ended != c.ended {
			t.Errorf("Note(%s) = %q, %v, want %q, %v", c.now, text, ended, c.text, c.ended)
		}
	}
}

func TestRead(t *testing.T) {
	for _, c := range [][2]string{
		{``, "EOF"},
		{`[]`, "cannot unmarshal"},
		{`{"products": []} {}`, "something follows"},
		{`{"products": [{"name": "python", "lines": [{"lime": "3.6"}]}]}`, `unknown field "lime"`},
		{`{"products": [{"name": "Python", "lines": []}]}`, `product "Python"`},
		{`{"products": [{"name": "a"}, {"name": "a"}]}`, "a: the product stands there twice"},
		{`{"products": [{"name": "python", "lines": [{"line": "3.6", "ends": "2021-13-01"}]}]}`, `python 3.6: ends "2021-13-01" is no date`},
		{`{"products": [{"name": "python", "lines": [{"line": "3.6", "ends": "23.12.2021"}]}]}`, "python 3.6: "},
		{`{"products": [{"name": "python", "lines": [{"line": "3.6"}, {"line": "3.6"}]}]}`, "python 3.6: the line stands there twice"},
		{`{"products": [{"name": "python", "lines": [{"line": "3.x", "ends": "2021-12"}]}]}`, `python 3.x: line "3.x"`},
		{`{"products": [{"name": "python", "lines": [{"line": "3.6", "name": "<b>"}]}]}`, `python 3.6: name "<b>"`},
		{`{"products": [{"name": "python", "lines": [{"line": "3.6", "source": "javascript:alert(1)"}]}]}`, "python 3.6: source"},
		{`{"products": [{"name": "python", "source": "https://x.example/)[y](", "lines": []}]}`, "python: source"},
		{`{"products": [{"name": "python", "title": "a\nb", "lines": []}]}`, "python: title"},
		{`{"products": [{"name": "python", "read": "yesterday", "lines": []}]}`, "python: read"},
	} {
		_, err := Read([]byte(c[0]))
		if err == nil || !strings.Contains(err.Error(), c[1]) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Read(%s) = %v, want %q", c[0], err, c[1])
		}
	}
}

func TestWith(t *testing.T) {
	own, err := Read([]byte(`{"products": [
		{"name": "python", "source": "https://wiki.acme.example/python", "lines": [
			{"line": "3.10"}, {"line": "3.7"}, {"line": "3.6", "ends": "2030-01"}, {"line": "9.9"}]},
		{"name": "debian", "lines": [{"line": "11", "ends": "2031-06-30"}]},
		{"name": "acme", "title": "Acme", "lines": [{"line": "2", "ends": "2027-01-01"}, {"line": "1"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	before := len(Bundled().Entries())
	base := Bundled()
	both := base.With(own)
	if got := len(both.Entries()); got != before-1 { // two lines went, one came
		t.Errorf("%d entries became %d", before, got)
	}
	if len(base.Entries()) != before || !bytes.Equal(base.Format(), bundled) {
		t.Error("With changed the table itself")
	}
	for _, c := range [][3]string{
		{"python", "3.6", "Python 3.6  2030-01 https://wiki.acme.example/python"},
		{"python", "3.7", ""},
		{"python", "3.10.2", ""},
		{"python", "3.8", "Python 3.8  2024-10-07 https://devguide.python.org/versions/"},
		{"debian", "11", "Debian 11 bullseye 2031-06-30 "},
		{"acme", "2", "Acme 2  2027-01-01 "},
		{"acme", "1", ""},
	} {
		got := ""
		if e, ok := both.of(c[0], c[1]); ok {
			got = fmt.Sprintf("%s %s %s %s %s", e.Title, e.Line, e.Name, e.date(), e.Source)
		}
		if got != c[2] {
			t.Errorf("%s %s is %q, want %q", c[0], c[1], got, c[2])
		}
	}
	again, err := Read(both.Format())
	if err != nil || !bytes.Equal(again.Format(), both.Format()) {
		t.Errorf("what With makes cannot be read again: %v", err)
	}
}

func FuzzImage(f *testing.F) {
	f.Add("docker.io/library/python", "3.6.1-alpine3.12")
	f.Add("gcr.io/distroless/python3-debian11", "8u392-b08-jdk-focal")
	f.Add("a//b", "-@_")
	table := Bundled()
	f.Fuzz(func(t *testing.T, repository, tag string) {
		seen := map[string]bool{}
		for _, e := range table.Image(repository, tag) {
			if seen[e.Product] || e.Ends.IsZero() {
				t.Errorf("Image(%q, %q) has %+v", repository, tag, e)
			}
			seen[e.Product] = true
		}
		table.Package("pypi", repository, tag)
	})
}

func FuzzRead(f *testing.F) {
	f.Add(bundled)
	f.Add([]byte(`{"products": [{"name": "a", "title": "A \u00e9, :", "lines": [{"line": "1", "ends": "2021-12"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := Read(data)
		if err != nil {
			return
		}
		text := table.Format()
		again, err := Read(text)
		if err != nil || !bytes.Equal(again.Format(), text) {
			t.Errorf("%q is written as %q, which is %v", data, text, err)
		}
		Bundled().With(table).Entries()
	})
}
