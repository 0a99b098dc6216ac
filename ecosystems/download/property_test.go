package download

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A tool is something that a generated Dockerfile downloads.
type tool struct {
	name, dependency string
	url              string   // with {V}, and {A} for the architecture
	archs            []string // as they stand in the address
	content          string   // the name of the content of a file, with {V} and {A}
}

var tools = []tool{
	{"GOSU", "tianon/gosu", gosuURL + "/{V}/gosu-{A}", []string{"amd64", "arm64", "armhf"}, "tianon/gosu {V} gosu-{A}"},
	{"TOOL", "acme/tool", "https://github.com/acme/tool/releases/download/v{V}/tool_{V}_linux_{A}.tar.gz", []string{"amd64", "arm64", "armv7"}, "acme/tool {V} tool_{V}_linux_{A}.tar.gz"},
	{"OTHER", "acme/other", "https://github.com/acme/other/releases/download/{V}/other-{V}-{A}.zip", []string{"x86_64", "aarch64"}, "acme/other {V} other-{V}-{A}.zip"},
	{"GO", "go", "https://go.dev/dl/go{V}.linux-{A}.tar.gz", []string{"amd64", "arm64"}, "go {V} go{V}.linux-{A}.tar.gz"},
	{"TERRAFORM", "terraform", "https://releases.hashicorp.com/terraform/{V}/terraform_{V}_linux_{A}.zip", []string{"amd64", "arm64"}, "terraform {V} terraform_{V}_linux_{A}.zip"},
	{"KUBECTL", "kubernetes", "https://dl.k8s.io/release/v{V}/bin/linux/{A}/kubectl", []string{"amd64", "arm64"}, "dl.k8s.io/release/v{V}/bin/linux/{A}/kubectl"},
}

func (o tool) sum(v, arch string) string {
	return sum("sha256", strings.NewReplacer("{V}", v, "{A}", arch).Replace(o.content))
}

// snippet generates what stands in a file about a tool: the instructions before
// RUN, and the commands, both as functions of the version.
func (o tool) snippet(t *rapid.T) (before, run func(v string) string) {
	version := rapid.SampledFrom([]string{"env", "arg", "shell", "literal"}).Draw(t, "version of "+o.name)
	kind := rapid.SampledFrom([]string{"case", "sums", "eval", "one", "none", "case with addresses"}).Draw(t, "checksums of "+o.name)
	quote := rapid.SampledFrom([]string{`"`, `'`, ""}).Draw(t, "quotes")
	n := rapid.IntRange(1, len(o.archs)).Draw(t, "architectures")
	archs := o.archs[:n]
	at := func(v, arch string) string {
		if version != "literal" {
			v = "${" + o.name + "_VERSION}"
		}
		return strings.NewReplacer("{V}", v, "{A}", arch).Replace(o.url)
	}
	before = func(v string) string {
		var b strings.Builder
		switch version {
		case "env":
			fmt.Fprintf(&b, "ENV %s_VERSION=%s%s%s\n", o.name, quote, v, quote)
		case "arg":
			fmt.Fprintf(&b, "ARG %s_VERSION=%s\n", o.name, v)
		}
		for _, a := range archs {
			if kind == "sums" || kind == "eval" {
				fmt.Fprintf(&b, "ARG %s_SHA256_%s=%s\n", o.name, a, o.sum(v, a))
			}
		}
		return b.String()
	}
	run = func(v string) string {
		var b strings.Builder
		if version == "shell" {
			fmt.Fprintf(&b, "%s_VERSION=%s; ", o.name, v)
		}
		switch kind {
		case "none":
			fmt.Fprintf(&b, "curl -fL \"%s\" -o f", at(v, archs[0]))
		case "one":
			fmt.Fprintf(&b, "curl -fL \"%s\" -o f && echo \"%s  f\" | sha256sum -c", at(v, archs[0]), o.sum(v, archs[0]))
		case "sums", "case":
			b.WriteString("case \"$(uname -m)\" in ")
			for _, a := range archs {
				sum := o.sum(v, a)
				if kind == "sums" {
					sum = "$" + o.name + "_SHA256_" + a
				}
				fmt.Fprintf(&b, "%s) arch=%s sum=%s ;; ", a, a, sum)
			}
			fmt.Fprintf(&b, "esac; curl -fL \"%s\" -o f && echo \"$sum  f\" | sha256sum -c", at(v, "$arch"))
		case "eval":
			fmt.Fprintf(&b, "arch=$(uname -m); eval \"sum=\\$%s_SHA256_$arch\"; curl -fL \"%s\" -o f && echo \"$sum  f\" | sha256sum -c # %s", o.name, at(v, "$arch"), strings.Join(archs, " "))
		case "case with addresses":
			b.WriteString("case \"$(uname -m)\" in ")
			for _, a := range archs {
				fmt.Fprintf(&b, "%s) url=\"%s\"; sha256='%s' ;; ", a, at(v, a), o.sum(v, a))
			}
			b.WriteString("esac; curl -fL \"$url\" -o f && echo \"$sha256  f\" | sha256sum -c")
		}
		return b.String()
	}
	return before, run
}

// TestProperty: of generated files with several tools, architectures and shells,
// all that belongs to one tool moves, or nothing does; the checksums are those
// of the server's files, and everything else stays as it was.
func TestProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.Close()
		for _, p := range []string{"tianon/gosu", "acme/tool", "acme/other", "go", "hashicorp", "kubernetes/kubernetes"} {
			w.versions[p] = []string{"1.2.3", "1.2.4"}
		}
		w.prefix["kubernetes/kubernetes"] = "v"
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(tools), 1, 4, func(o tool) string { return o.name }).Draw(rt, "tools")
		separate := rapid.Bool().Draw(rt, "separate instructions")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(rt, "line ends")
		var befores, runs []func(string) string
		for _, o := range chosen {
			before, run := o.snippet(rt)
			befores, runs = append(befores, before), append(runs, run)
		}
		versions := make([]string, len(chosen))
		for i := range versions {
			versions[i] = "1.2.3"
		}
		render := func() string {
			var b strings.Builder
			b.WriteString("FROM debian:12\nLABEL version=1.2.3 sum=" + zeros[:63] + "f\n")
			for i := range chosen {
				b.WriteString(befores[i](versions[i]))
			}
			b.WriteString("RUN set -eux; \\\n")
			for i := range chosen {
				b.WriteString("  " + runs[i](versions[i]))
				switch {
				case i == len(chosen)-1:
					b.WriteString("\n")
				case separate:
					b.WriteString("\nRUN ")
				default:
					b.WriteString("; \\\n")
				}
			}
			b.WriteString("ENV APP_VERSION=1.2.3\nCOPY . /app-1.2.3\n")
			return strings.ReplaceAll(b.String(), "\n", end)
		}
		damaged := rapid.IntRange(-1, len(chosen)-1).Draw(rt, "damaged")
		src := render()
		if damaged >= 0 {
			o := chosen[damaged]
			key := strings.NewReplacer("{V}", "1.2.3", "{A}", o.archs[0]).Replace(o.content)
			w.changed[key] = true
		}
		e := w.ecosystem()
		for i, o := range chosen {
			got, why := step(t, e, src, o.dependency, "1.2.4")
			if i == damaged && strings.Contains(src, o.sum("1.2.3", o.archs[0])) {
				if why.IsZero() || got != src {
					rt.Fatalf("%s moved although its file was swapped\n%s", o.name, src)
				}
				continue
			}
			if damaged >= 0 && got == src && strings.HasPrefix(why.Code, "checksum-unknown") {
				continue // the checksum that is in no list may be of this tool, too
			}
			versions[i] = "1.2.4"
			want := render()
			if got != want {
				rt.Fatalf("%s (%s %s):\n%s\nwant\n%s", o.name, why.Code, why.Text, got, want)
			}
			src = got
		}
	})
}
