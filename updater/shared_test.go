package updater_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/updater/plan"
)

// A variable of nine images moves only to a version that all of them have, and
// what keeps it says which of them has none (issue 11: a reason that hides that eight could move).
func TestSharedValue(t *testing.T) {
	s := &ociserver.Server{}
	compose, env := "services:\n", "TAG=1.2.3\n"
	for n := range 9 {
		name := fmt.Sprintf("acme/s%d", n)
		compose += fmt.Sprintf("  s%d: {image: '%s:$TAG'}\n", n, name)
		for _, tag := range []string{"1.2.3", "1.2.5", "1.2.7"} {
			if tag != "1.2.7" || n != 4 {
				s.Add(name, tag, image(name+tag))
			}
		}
	}
	files := map[string]string{"compose.yaml": compose, ".env": env}
	p := planOf(t, files, s)
	if len(p.Items) != 9 {
		t.Fatalf("%d items", len(p.Items))
	}
	for _, i := range p.Items {
		note := ""
		for _, n := range i.Notes {
			if n.Code == "shared-value" {
				note = n.Text
			}
		}
		want := "1.2.7: 8 of the 9 references to this value have it, but acme/s4 has no such version; a variable of its own would let the others move"
		if i.Dependency.Name == "acme/s4" {
			want = ""
		}
		if i.Status != plan.Update || i.Target.Version.Text != "1.2.5" || note != want {
			t.Errorf("%s: %s %s, note %q, want %q", i.Dependency.Name, i.Status, i.Target.Version, note, want)
		}
	}
}

// Where nothing newer is common to all, the reason is not that of the policy.
func TestSharedValueStays(t *testing.T) {
	s := &ociserver.Server{}
	for _, at := range []string{"a 1.2.3", "a 1.2.7", "a 2.0.0", "b 1.2.3", "b 2.0.0", "c 1.2.3", "c 1.2.7", "c 2.0.0"} {
		name, tag, _ := strings.Cut(at, " ")
		s.Add("acme/"+name, tag, image(at))
	}
	files := map[string]string{
		"compose.yaml": "services: {a: {image: 'acme/a:$T'}, b: {image: 'acme/b:$T'}, c: {image: 'acme/c:$T'}}",
		".env":         "T=1.2.3\n",
	}
	for _, i := range planOf(t, files, s).Items {
		want := "1.2.7: 2 of the 3 references to this value have it, but acme/b has no such version; a variable of its own would let the others move"
		if i.Dependency.Name == "acme/b" {
			want = "2.0.0 is another MAJOR; allow: major would propose it"
		}
		if i.Status != plan.Held || i.Reason.Text != want {
			t.Errorf("%s: %s: %s, want %s", i.Dependency.Name, i.Status, i.Reason.Text, want)
		}
	}
}

// Of several tags of one image, the reason names the one that is not there.
func TestSharedValueVariants(t *testing.T) {
	s := &ociserver.Server{}
	for _, tag := range []string{"1.2.3-alpine", "1.2.3-slim", "1.2.4-alpine"} {
		s.Add("acme/a", tag, image(tag))
	}
	files := map[string]string{"Dockerfile": "ARG V=1.2.3\nFROM acme/a:${V}-alpine\nFROM acme/a:${V}-slim\n"}
	i := planOf(t, files, s).Items[0]
	want := "1.2.4-alpine: 1 of the 2 references to this value has it, but acme/a:1.2.3-slim has no such version; a variable of its own would let the others move"
	if i.Status != plan.Held || i.Reason.Text != want {
		t.Errorf("%s: %s, want %s", i.Status, i.Reason.Text, want)
	}
}

// A value of two images moves although each digest stands in a variable of its own.
func TestSharedValueDigestsApart(t *testing.T) {
	s := &ociserver.Server{}
	old := "sha256:" + strings.Repeat("a", 64)
	for _, name := range []string{"acme/a", "acme/b", "acme/c"} {
		for _, tag := range []string{"1.2.3", "1.2.4"} {
			s.Add(name, tag, image(name+tag))
		}
	}
	files := map[string]string{"Dockerfile": "ARG V=1.2.3\nARG A=" + old + "\nARG B=" + old + "\nFROM acme/a:$V@$A\nFROM acme/b:$V@$B\nFROM acme/c:$V\n"}
	items := planOf(t, files, s).Items
	if len(items) != 3 {
		t.Fatalf("%d items", len(items))
	}
	for _, i := range items {
		if i.Status != plan.Update || i.Target.Version.Text != "1.2.4" {
			t.Errorf("%s: %s %s: %s", i.Dependency.Name, i.Status, i.Target.Version, i.Reason.Text)
		}
	}
}

// An image that could not be looked up keeps the value, and says so.
func TestSharedValueUnknown(t *testing.T) {
	s := &ociserver.Server{}
	s.Add("acme/a", "1.2.3", image("a3"))
	s.Add("acme/a", "1.2.7", image("a7"))
	files := map[string]string{"Dockerfile": "ARG T=1.2.3\nFROM acme/a:$T\nFROM acme/gone:$T\n"}
	for _, i := range planOf(t, files, s).Items {
		if i.Dependency.Name == "acme/a" && (i.Status != plan.Held || !strings.Contains(i.Reason.Text, "acme/gone could not be looked up")) {
			t.Errorf("%s: %s: %s", i.Dependency.Name, i.Status, i.Reason.Text)
		}
	}
}
