package registry

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	godigest "github.com/opencontainers/go-digest"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// accept lists the accepted types of manifests, the preferred ones first.
const accept = "application/vnd.oci.image.index.v1+json, " +
	"application/vnd.docker.distribution.manifest.list.v2+json, " +
	"application/vnd.oci.image.manifest.v1+json, " +
	"application/vnd.docker.distribution.manifest.v2+json, " +
	"application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1, " +
	"application/vnd.docker.distribution.manifest.v1+json;q=0.1"

const (
	manifestBytes = 4 << 20 // the specification requires registries to accept at least this, and most accept no more
	configBytes   = 8 << 20
)

// A manifest is an image of one platform, or an index of several.
type manifest struct {
	digest      string
	index       bool
	schema1     bool   // Docker's format before 2016
	platform    string // of a schema 1 image, whose manifest has it; else ""
	config      string // digest of the config of an image; "" if it has none with a platform
	children    []child
	annotations map[string]string

	mediaType    string
	artifactType string // of an artifact; the media type of its config if it has no type
	subject      string // digest of the image that an artifact is attached to; "" for none
	layers       []descriptor
	attestations []attestation // those of BuildKit in an index
}

// A descriptor names a blob (OCI image specification, "Content Descriptors").
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations"`
}

// An attestation is a manifest in an index with statements about another one.
type attestation struct {
	digest string
	about  string // digest of one of the children
}

// A child is one image in an index.
type child struct {
	offer       // its platform is "" if unknown
	digest      string
	annotations map[string]string
}

// raw has the used fields of all kinds of manifests (OCI image specification,
// "Image Index" and "Image Manifest"; Docker's schema 1).
type raw struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	ArtifactType  string            `json:"artifactType"`
	Layers        []descriptor      `json:"layers"`
	Subject       *descriptor       `json:"subject"`
	Annotations   map[string]string `json:"annotations"`
	Architecture  string            `json:"architecture"`
	Manifests     []struct {
		Digest      string            `json:"digest"`
		Platform    *platform         `json:"platform"`
		Annotations map[string]string `json:"annotations"`
	} `json:"manifests"`
	Config *struct {
		Digest    string `json:"digest"`
		MediaType string `json:"mediaType"`
	} `json:"config"`
}

func parseManifest(body []byte) (*manifest, error) {
	var r raw
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, fmt.Errorf("not a manifest: %s", whatIsIt(body, err))
	}
	m := &manifest{digest: godigest.FromBytes(body).String(), annotations: r.Annotations, mediaType: r.MediaType, artifactType: r.ArtifactType, layers: r.Layers}
	if r.Subject != nil {
		m.subject = r.Subject.Digest
	}
	switch {
	case r.SchemaVersion == 1:
		m.schema1, m.platform = true, platform{OS: "linux", Architecture: r.Architecture}.String()
	case r.Manifests != nil || strings.Contains(r.MediaType, "image.index") || strings.Contains(r.MediaType, "manifest.list"):
		m.index = true
		m.children, m.attestations = r.images(), r.attestations()
	case r.Config != nil && digestText.MatchString(r.Config.Digest):
		// The config of an artifact, such as a chart, has no platform and no labels.
		if strings.Contains(r.Config.MediaType, "image") {
			m.config = r.Config.Digest
		}
		m.artifactType = cmp.Or(r.ArtifactType, r.Config.MediaType)
	default:
		return nil, errors.New("not a manifest: it has neither manifests nor a config")
	}
	return m, nil
}

// images returns the images of an index. It leaves out attestations, to which
// BuildKit gives the platform unknown/unknown and an annotation.
func (r raw) images() (list []child) {
	for _, d := range r.Manifests {
		if !digestText.MatchString(d.Digest) || d.Annotations["vnd.docker.reference.type"] != "" {
			continue
		}
		c := child{digest: d.Digest, annotations: d.Annotations}
		if d.Platform != nil {
			if d.Platform.OS == "unknown" && d.Platform.Architecture == "unknown" {
				continue
			}
			c.offer = d.Platform.offer()
		}
		list = append(list, c)
	}
	return list
}

// attestations returns BuildKit's attestations in an index (BuildKit, "Image
// Attestation Storage").
func (r raw) attestations() (list []attestation) {
	for _, d := range r.Manifests {
		about := d.Annotations["vnd.docker.reference.digest"]
		if d.Annotations["vnd.docker.reference.type"] == "attestation-manifest" && digestText.MatchString(d.Digest) {
			list = append(list, attestation{digest: d.Digest, about: about})
		}
	}
	return list
}

// digestText is the grammar of the digests in use (OCI image specification, "Digests").
var digestText = lazyregexp.New(`^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$`)

// manifest requests the manifest with a tag or digest. The cache keeps one by
// digest without a limit of age, because it cannot change.
func (r *Registry) manifest(ctx context.Context, repo *repository, ref string) (*manifest, error) {
	return r.manifestKept(ctx, repo, ref, 0)
}

// aWeek is how long a cached manifest counts as proof that the registry still has
// a digest in use.
const aWeek = 7 * 24 * time.Hour

// manifestKept requests the manifest with a tag or digest. For a digest, kept is
// how long an answer from the cache is used, at least for the client's lifetime; 0 means
// for ever. For a tag it has no effect.
func (r *Registry) manifestKept(ctx context.Context, repo *repository, ref string, kept time.Duration) (*manifest, error) {
	byDigest := digestText.MatchString(ref)
	if !byDigest { // a tag may have moved
		kept = 0
	}
	res, err := r.get(ctx, repo, fetch.Request{
		URL: repo.at("manifests", ref), Accept: accept, Limit: manifestBytes, Forever: byDigest && kept == 0, Lifetime: kept,
		Check: func(body []byte, h http.Header) error {
			return checkManifest(body, ref, h.Get("Docker-Content-Digest"))
		},
	})
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(res.Body)
	if err != nil {
		return nil, fail(fetch.BadAnswer, repo.at("manifests", ref), err)
	}
	// The digest of schema 1 does not include its signatures, so it cannot be
	// computed from the body.
	if header := res.Header.Get("Docker-Content-Digest"); m.schema1 && digestText.MatchString(header) {
		m.digest = header
	}
	// The digest asked for may be a SHA-512, while parseManifest computes a SHA-256.
	if byDigest {
		m.digest = ref
	}
	return m, nil
}

// checkManifest returns an error if the body is no manifest, or does not have the
// given digests. It ignores tags and empty texts among digests.
func checkManifest(body []byte, digests ...string) error {
	m, err := parseManifest(body)
	if err != nil || m.schema1 {
		return err
	}
	for _, digest := range digests {
		if !digestText.MatchString(digest) { // a tag, or nothing
			continue
		}
		if err := checkDigest(body, digest); err != nil {
			return err
		}
	}
	return nil
}

// digest returns the digest of a tag. It uses HEAD, which registries do not count
// as a pull. If the server does not support HEAD, or its answer has no sha256 digest,
// which all clients support, it returns the digest of the manifest itself.
func (r *Registry) digest(ctx context.Context, repo *repository, tag string) (string, error) {
	res, err := r.get(ctx, repo, fetch.Request{URL: repo.at("manifests", tag), Method: http.MethodHead, Accept: accept})
	if err == nil {
		if d := res.Header.Get("Docker-Content-Digest"); strings.HasPrefix(d, "sha256:") && digestText.MatchString(d) {
			return d, nil
		}
	}
	if err != nil && fetch.Code(err) != fetch.BadAnswer { // a server that does not support HEAD answers 405
		return "", err
	}
	m, err := r.manifest(ctx, repo, tag)
	if err != nil {
		return "", err
	}
	return m.digest, nil
}

// A config has the used fields of an image's configuration (OCI image specification, "Image Configuration").
type config struct {
	platform
	Created string `json:"created"`
	Config  struct {
		Labels       map[string]string   `json:"Labels"`
		User         string              `json:"User"`
		Entrypoint   []string            `json:"Entrypoint"`
		Cmd          []string            `json:"Cmd"`
		Env          []string            `json:"Env"`
		Shell        []string            `json:"Shell"`
		ExposedPorts map[string]struct{} `json:"ExposedPorts"`
		Volumes      map[string]struct{} `json:"Volumes"`
	} `json:"config"`

	known bool // it exists and could be parsed
}

// config requests the configuration of an image. A missing or malformed one is no
// error, because the image can still be pulled: the result is then not known.
func (r *Registry) config(ctx context.Context, repo *repository, m *manifest) (c config, err error) {
	if m.config == "" {
		return c, nil
	}
	res, err := r.get(ctx, repo, fetch.Request{
		URL: repo.at("blobs", m.config), Limit: configBytes, Forever: true,
		Check: func(body []byte, _ http.Header) error {
			return checkDigest(body, m.config)
		},
	})
	switch {
	case err != nil && fetch.Code(err) == fetch.NotFound:
		return c, nil
	case err != nil:
		return c, err
	}
	// An artifact's config may be anything.
	c.known = json.NewDecoder(bytes.NewReader(res.Body)).Decode(&c) == nil
	return c, nil
}

// plausible parses the date of an image. It returns the zero time for one
// that is malformed or impossible: more than an hour after now, or before the first
// release of Docker, as reproducible builds write it (the Unix epoch).
func plausible(text string, now time.Time) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Before(time.Date(2013, 3, 1, 0, 0, 0, 0, time.UTC)) || t.After(now.Add(time.Hour)) {
		return time.Time{}
	}
	return t.UTC()
}
