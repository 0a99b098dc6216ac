package forgecontract

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge"
)

// memory checks that a small document is stored.
func memory(t *testing.T, p *person) {
	m, ok := p.Forge.(forge.Memory)
	if !ok {
		t.Skip("this forge remembers nothing")
	}
	data, version, err := m.Recall(t.Context(), p.Repo)
	if err != nil || data != nil || version != "" {
		t.Fatalf("nothing yet: %q %q %v", data, version, err)
	}
	for _, text := range []string{"{\"schema\":1}\n", "", "ünï\x00\n", strings.Repeat("x", 100_000)} {
		if err := m.Remember(t.Context(), p.Repo, []byte(text), version); err != nil {
			t.Fatalf("Remember(%.20q): %v", text, err)
		}
		if err := m.Remember(t.Context(), p.Repo, []byte(text), version); err != nil {
			t.Errorf("the same again, as after a lost answer: %v", err)
		}
		got, next, err := m.Recall(t.Context(), p.Repo)
		if err != nil || string(got) != text || got == nil || next == "" || next == version {
			t.Errorf("Recall = %.20q %q %v, want %.20q", got, next, err, text)
		}
		version = next
	}
	if list := p.pulls(t, nil); len(list) != 0 {
		t.Errorf("it became a pull request: %+v", list)
	}
	p.holds(t, p.open(t).Branch, nil)
}

// memoryConflict checks that the second of two concurrent writes fails.
func memoryConflict(t *testing.T, p *person) {
	m, ok := p.Forge.(forge.Memory)
	if !ok {
		t.Skip("this forge remembers nothing")
	}
	remember := func(text, version string) error {
		return m.Remember(context.WithoutCancel(t.Context()), p.Repo, []byte(text), version)
	}
	if err := remember("one", ""); err != nil {
		t.Fatal(err)
	}
	_, version, err := m.Recall(t.Context(), p.Repo)
	if err != nil {
		t.Fatal(err)
	}
	// As a second run that began before the first one had saved anything.
	if err := remember("two", ""); !errors.Is(err, forge.ErrConflict) {
		t.Errorf("over a document that was not recalled: %v", err)
	}
	if err := remember("two", version); err != nil {
		t.Fatal(err)
	}
	if err := remember("three", version); !errors.Is(err, forge.ErrConflict) {
		t.Errorf("over a document that was replaced: %v", err)
	}
	if data, _, err := m.Recall(t.Context(), p.Repo); err != nil || string(data) != "two" {
		t.Errorf("Recall = %q %v", data, err)
	}
}
