package registry

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// The predicate types of lists of packages.
const (
	spdxPredicate      = "https://spdx.dev/Document"
	cycloneDXPredicate = "https://cyclonedx.org/bom"
)

// Statements returns the statements about the image with a tag or digest, for a
// platform as in Image. It reads BuildKit's attestations in the index. If none of
// them lists packages, it also reads the artifacts that are attached to the image
// and to the index. If there are no statements yet, it reads the tags that cosign
// uses for attestations. It leaves out statements about other images.
//
// It does not verify signatures: statements are as trustworthy as the registry.
func (r *Registry) Statements(ctx context.Context, repository, ref, platform string) ([]ecosystems.Statement, error) {
	ref = cmp.Or(ref, "latest")
	repo, err := r.repository(repository)
	if err != nil {
		return nil, wrap("read what is said about", repository, nil, err)
	}
	list, err := r.statements(ctx, repo, ref, platform)
	return list, wrap("read what is said about", repository+" "+ref, repo, err)
}

func (r *Registry) statements(ctx context.Context, repo *repository, ref, platform string) ([]ecosystems.Statement, error) {
	f, err := r.find(ctx, repo, ref, platform)
	if err != nil {
		return nil, err
	}
	s := collector{r: r, repo: repo, about: []string{f.image.digest}, left: allAttachedBytes}
	if f.index != nil {
		s.about = append(s.about, f.index.digest)
		if err := s.buildkit(ctx, f.index, f.image.digest); err != nil {
			return nil, err
		}
	}
	built := len(s.list)
	if slices.ContainsFunc(s.list, listsPackages) {
		return s.list, nil
	}
	err = s.attached(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && built == 0:
		return nil, err
	case err != nil: // some registries always fail here, and BuildKit's statements are good without it
		return s.list[:built], nil
	}
	return s.list, nil
}

// listsPackages reports whether a statement is a list of packages.
func listsPackages(s ecosystems.Statement) bool {
	return strings.HasPrefix(s.PredicateType, spdxPredicate) || strings.HasPrefix(s.PredicateType, cycloneDXPredicate)
}

// A collector collects statements about an image.
type collector struct {
	r     *Registry
	repo  *repository
	about []string // digests of the image, and of its index
	seen  []string // digests of the manifests that were read
	left  int64    // bytes that may still be read
	list  []ecosystems.Statement
}

// buildkit reads BuildKit's attestations about an image in its index.
func (s *collector) buildkit(ctx context.Context, index *manifest, digest string) error {
	for _, a := range index.attestations {
		if a.about != digest || len(s.seen) == mostAttached {
			continue
		}
		m, err := s.r.manifest(ctx, s.repo, a.digest)
		if err != nil {
			return err
		}
		// Other layers are not needed and would use up the bytes that may be read.
		m.layers = slices.DeleteFunc(m.layers, func(d descriptor) bool { return !statementType(d.MediaType) })
		read, err := s.r.artifact(ctx, s.repo, m, &s.left)
		if err != nil {
			return err
		}
		if err := s.add(read); err != nil {
			return err
		}
	}
	return nil
}

// attached reads the artifacts that are attached to the image and its index.
func (s *collector) attached(ctx context.Context) error {
	for _, digest := range s.about {
		list, err := s.r.attached(ctx, s.repo, digest, statementType)
		if err != nil {
			return err
		}
		for _, a := range list {
			if err := s.add(a); err != nil {
				return err
			}
		}
	}
	if len(s.list) > 0 {
		return nil
	}
	for _, digest := range s.about {
		a, err := s.r.tagged(ctx, s.repo, strings.Replace(digest, ":", "-", 1)+".att")
		if err != nil {
			return err
		}
		if a == nil {
			continue
		}
		if err := s.add(*a); err != nil {
			return err
		}
	}
	return nil
}

// statementType reports whether statements may have a media type.
func statementType(mediaType string) bool {
	for _, word := range []string{"in-toto", "dsse", "sigstore.bundle", "spdx", "cyclonedx", "attestation"} {
		if strings.Contains(mediaType, word) {
			return true
		}
	}
	return false
}

// add adds the statements of an artifact, each artifact once.
func (s *collector) add(a ecosystems.Attached) error {
	if slices.Contains(s.seen, a.Digest) {
		return nil
	}
	s.seen = append(s.seen, a.Digest)
	for _, l := range a.Layers {
		if !statementType(l.MediaType) {
			continue
		}
		st, ok, err := readStatement(l.Data, s.about)
		// cosign also attaches lists of packages as text ("text/spdx").
		if err != nil && strings.HasSuffix(l.MediaType, "json") {
			return fail(fetch.BadAnswer, s.repo.at("manifests", a.Digest), err)
		}
		if ok {
			s.list = append(s.list, st)
		}
	}
	return nil
}

// An envelope holds a statement with its signatures (DSSE, "Envelope").
type envelope struct {
	PayloadType string `json:"payloadType"`
	Payload     string `json:"payload"`
}

// A document has the fields of all documents with a statement: a statement
// (in-toto), one in an envelope (DSSE), an envelope in a bundle (sigstore), or a
// bare list of packages (SPDX, CycloneDX).
type document struct {
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
	Subject       []struct {
		Digest map[string]string `json:"digest"`
	} `json:"subject"`
	envelope
	DSSE        *envelope       `json:"dsseEnvelope"`
	SPDXVersion string          `json:"spdxVersion"`
	Context     json.RawMessage `json:"@context"`
	BOMFormat   string          `json:"bomFormat"`
}

// readStatement parses a document; false means that it has no statement about the image.
func readStatement(data []byte, about []string) (ecosystems.Statement, bool, error) {
	s, err := readDocument(data)
	if err != nil {
		return ecosystems.Statement{}, false, err
	}
	e := s.envelope
	if s.DSSE != nil {
		e = *s.DSSE
	}
	if e.Payload != "" {
		if !strings.Contains(e.PayloadType, "in-toto") {
			return ecosystems.Statement{}, false, nil
		}
		if data, err = decode(e.Payload); err == nil {
			s, err = readDocument(data)
		}
		if err != nil {
			return ecosystems.Statement{}, false, err
		}
	}
	switch {
	case s.PredicateType != "":
		return ecosystems.Statement{PredicateType: s.PredicateType, Predicate: s.Predicate}, s.concerns(about), nil
	case s.SPDXVersion != "", strings.Contains(string(s.Context), "spdx.org/rdf/3"):
		return ecosystems.Statement{PredicateType: spdxPredicate, Predicate: data}, true, nil
	case s.BOMFormat == "CycloneDX":
		return ecosystems.Statement{PredicateType: cycloneDXPredicate, Predicate: data}, true, nil
	}
	return ecosystems.Statement{}, false, nil
}

func readDocument(data []byte) (s document, err error) {
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("not a statement: %s", whatIsIt(data, err))
	}
	return s, nil
}

// decode decodes base64 in either alphabet, because DSSE allows both.
func decode(text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		data, err = base64.URLEncoding.DecodeString(text)
	}
	if err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	return data, nil
}

// concerns reports whether a statement is about one of the digests. A statement
// without a subject is about the image that it is attached to.
func (s document) concerns(digests []string) bool {
	for _, subject := range s.Subject {
		for algorithm, hex := range subject.Digest {
			if slices.Contains(digests, algorithm+":"+hex) {
				return true
			}
		}
	}
	return len(s.Subject) == 0
}
