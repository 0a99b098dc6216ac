package provenance

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Build says how an image was built, according to its builder (SLSA provenance 0.2 and 1.0).
type Build struct {
	Builder  string // its ID, an address; "" if unknown
	Source   string // the repository that it was built from, "https://github.com/acme/shop"
	Revision string // the commit
}

// A predicate holds the used fields of both versions of SLSA provenance, and of
// BuildKit's extension ("metadata", "vcs").
type predicate struct {
	Builder struct { // 0.2
		ID string `json:"id"`
	} `json:"builder"`
	Invocation struct {
		Config configSource `json:"configSource"`
	} `json:"invocation"`
	Metadata struct {
		BuildKit vcs `json:"https://mobyproject.org/buildkit@v1#metadata"`
	} `json:"metadata"`

	Definition struct { // 1.0
		Parameters struct {
			Config   configSource `json:"configSource"`
			Workflow struct {
				Repository string `json:"repository"`
			} `json:"workflow"`
		} `json:"externalParameters"`
		Dependencies []configSource `json:"resolvedDependencies"`
	} `json:"buildDefinition"`
	Run struct {
		Builder struct {
			ID string `json:"id"`
		} `json:"builder"`
		Metadata struct {
			BuildKit vcs `json:"buildkit_metadata"`
		} `json:"metadata"`
	} `json:"runDetails"`
}

type vcs struct {
	VCS struct {
		Source   string `json:"source"`
		Revision string `json:"revision"`
	} `json:"vcs"`
}

type configSource struct {
	URI    string            `json:"uri"`
	Digest map[string]string `json:"digest"`
}

// commit returns the address of the repository and the commit, "" for any other source.
func (c configSource) commit() (source, revision string) {
	revision = cmp.Or(c.Digest["sha1"], c.Digest["gitCommit"])
	if revision == "" {
		return "", ""
	}
	source, _, _ = strings.Cut(strings.TrimPrefix(c.URI, "git+"), "#")
	// Behind an @ is the ref, unless it is that of git@host.
	if at := strings.LastIndexByte(source, '@'); at > len("https://") {
		source = source[:at]
	}
	return source, revision
}

// builtBy returns the build in the first statement that has any information about one; nil for none.
func builtBy(said []ecosystems.Statement) *Build {
	for _, s := range said {
		var p predicate
		if !strings.HasPrefix(s.PredicateType, "https://slsa.dev/provenance/") || json.Unmarshal(s.Predicate, &p) != nil {
			continue
		}
		b := Build{Builder: cmp.Or(p.Builder.ID, p.Run.Builder.ID)}
		for _, v := range []vcs{p.Metadata.BuildKit, p.Run.Metadata.BuildKit} {
			if v.VCS.Revision != "" && b.Revision == "" {
				b.Source, b.Revision = v.VCS.Source, v.VCS.Revision
			}
		}
		for _, c := range append([]configSource{p.Invocation.Config, p.Definition.Parameters.Config}, p.Definition.Dependencies...) {
			if b.Revision == "" {
				b.Source, b.Revision = c.commit()
			}
		}
		b.Source = cmp.Or(b.Source, p.Definition.Parameters.Workflow.Repository)
		if b != (Build{}) {
			return &b
		}
	}
	return nil
}
