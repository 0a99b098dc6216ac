package message

import (
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
)

// tryExamples renders examples with every template of the operator, to find errors at
// startup.
func (r *Renderer) tryExamples() error {
	for _, p := range examples() {
		if _, err := r.Pull(p); err != nil {
			return err
		}
	}
	// Empty lists take other branches of a template than full ones.
	for _, b := range []Dashboard{{}, exampleBoard()} {
		if _, _, err := r.Board(b); err != nil {
			return err
		}
	}
	for name := range r.own {
		if kind, ok := kindOf(name); ok {
			if _, err := r.Say(kind, "python"); err != nil {
				return err
			}
		}
	}
	return nil
}

// kindOf returns the kind of comment that a template renders.
func kindOf(file string) (string, bool) {
	kind, ok := strings.CutPrefix(file, commentPrefix)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(kind, commentSuffix)
}

// examples returns pull requests with every field set.
func examples() []Pull {
	digest := "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	u := Update{
		ID: "Dockerfile#dockerfile:docker.io/library/python#1", Ecosystem: "dockerfile", Name: "python", Package: "docker.io/library/python",
		File: "Dockerfile", Line: 1, From: "3.6.1", To: "3.6.15", OldDigest: digest, NewDigest: digest, Band: "patch", Release: "3.6",
		Built: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Minor: "3.13.1", Latest: "4.0.0", Notes: []string{"a note"},
		Links: ecosystems.Links{Source: "https://github.com/a/b", Notes: "https://github.com/a/b/releases", Compare: "https://github.com/a/b/compare/1...2"},
	}
	other, rebuilt := u, u
	other.Name, other.Band, other.Dragged = "nginx", "minor", true
	rebuilt.Name, rebuilt.Band, rebuilt.OldDigest, rebuilt.From = "redis", digestBand, "", u.To
	full := Pull{
		Repo: "acme/shop", Group: "dockerfile", Style: conventional, Updates: []Update{u, other, rebuilt},
		Held: exampleBoard().Held, Files: []string{"Dockerfile"}, Unchecked: true, Touched: true, Automerge: true, Schedule: "0 6 * * 1", Limit: 3, Note: "a note", State: "state",
		Tidied: []string{"go.mod: go.sum (+a v1.0.0)"},
	}
	return []Pull{{Repo: "acme/shop", Group: "dockerfile", Updates: []Update{u}}, full}
}

func exampleBoard() Dashboard {
	h := Held{ID: "Dockerfile#dockerfile:docker.io/library/python#1", Name: "python", File: "Dockerfile", Line: 1,
		Current: "3.6.15", Available: "4.0.0", Code: ecosystems.Policy, Reason: "newer lines exist"}
	return Dashboard{
		Repo: "acme/shop", Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Current: 1, Ignored: []string{"redis"}, Problem: "a problem",
		Proposed:   []Proposed{{Group: "gomod", Number: 1, Title: "Update a module", Updates: 1}, {Group: "compose", Why: "it waits", Box: "open:compose"}},
		Alarms:     []Held{{Name: "redis", File: "Dockerfile", Line: 2, Current: "3.2.9", Code: ecosystems.ChecksumMismatch, Reason: "it was changed"}},
		Vulnerable: []Vulnerable{{Name: "python", File: "Dockerfile", Line: 1, Current: "3.6.15", Advisories: []Advisory{{ID: "CVE-1"}}, What: "fixed by #1"}},
		Detected:   []Detected{{File: "Dockerfile", Pins: []string{"python 3.6.15"}}},
		Unread:     []Unread{{Base: "release/1", Why: "there is no such branch"}},
		Held:       []Held{h}, Ticked: []string{h.ID}, Skipped: []Held{h}, Failed: []Held{h},
	}
}
