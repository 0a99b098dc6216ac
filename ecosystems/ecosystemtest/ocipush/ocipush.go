// Package ocipush pushes images to any registry, with the attestations, signatures
// and SBOMs that BuildKit and cosign add to them. It writes the documents itself
// and not with those tools, so that tests control every byte.
package ocipush

import (
	"archive/tar"
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/opencontainers/go-digest"
)

// A Repository is a repository in a registry that images are pushed to.
type Repository struct {
	name name.Repository
	// Tags keeps lists of attached artifacts under tags, as clients have to if a
	// registry has no referrers API (OCI distribution specification,
	// "Referrers Tag Schema").
	Tags bool
}

// At returns the repository with a name such as "localhost:5000/acme/app".
func At(text string) (*Repository, error) {
	// The registries of tests speak plain HTTP.
	n, err := name.NewRepository(text, name.Insecure)
	return &Repository{name: n}, err
}

// A Descriptor refers to content (OCI image specification, "Content Descriptors").
type Descriptor struct {
	MediaType    string            `json:"mediaType"`
	Digest       string            `json:"digest"`
	Size         int64             `json:"size"`
	ArtifactType string            `json:"artifactType,omitempty"`
	Platform     map[string]string `json:"platform,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
}

// A Manifest is an image or an artifact.
type Manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	ArtifactType  string            `json:"artifactType,omitempty"`
	Config        *Descriptor       `json:"config,omitempty"`
	Layers        []Descriptor      `json:"layers,omitempty"`
	Manifests     []Descriptor      `json:"manifests,omitempty"`
	Subject       *Descriptor       `json:"subject,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// Media types of manifests and documents.
const (
	ManifestType = "application/vnd.oci.image.manifest.v1+json"
	IndexType    = "application/vnd.oci.image.index.v1+json"
	ConfigType   = "application/vnd.oci.image.config.v1+json"
	LayerType    = "application/vnd.oci.image.layer.v1.tar"
	EmptyType    = "application/vnd.oci.empty.v1+json"
	InTotoType   = "application/vnd.in-toto+json"
)

// Blob pushes content.
func (r *Repository) Blob(mediaType string, data []byte) (Descriptor, error) {
	d := Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data).String(), Size: int64(len(data))}
	err := remote.WriteLayer(r.name, static.NewLayer(data, types.MediaType(mediaType)))
	return d, err
}

// raw is a manifest in its exact bytes.
type raw struct {
	data []byte
	kind types.MediaType
}

// RawManifest implements remote.Taggable.
func (m raw) RawManifest() ([]byte, error) { return m.data, nil }

// MediaType tells remote.Put the media type.
func (m raw) MediaType() (types.MediaType, error) { return m.kind, nil }

// Manifest pushes a manifest, under tag unless that is "".
func (r *Repository) Manifest(tag string, m Manifest) (Descriptor, error) {
	m.SchemaVersion = 2
	data, err := json.Marshal(m)
	if err != nil {
		return Descriptor{}, err
	}
	d := Descriptor{MediaType: m.MediaType, Digest: digest.FromBytes(data).String(), Size: int64(len(data))}
	if err := remote.Put(r.name.Digest(d.Digest), raw{data, types.MediaType(m.MediaType)}); err != nil || tag == "" {
		return d, err
	}
	return d, remote.Put(r.name.Tag(tag), raw{data, types.MediaType(m.MediaType)})
}

// An Image is the image of one platform to push.
type Image struct {
	Platform   string // "linux/amd64"
	Created    string // "2026-11-01T08:00:00Z"; "" for none
	Labels     map[string]string
	Layers     []map[string]string // files of each layer, content by name
	Statements []Statement         // attested as BuildKit does
}

// A Statement is an attestation about an image.
type Statement struct {
	Type      string // of the predicate
	Predicate any
}

// Built holds the descriptors of a pushed image.
type Built struct {
	Index, Image Descriptor
}

// Build pushes images under a tag, in an index with their attestations, as
// BuildKit does (BuildKit docs, "Attestation storage").
func (r *Repository) Build(tag string, images ...Image) (b Built, err error) {
	index := Manifest{MediaType: IndexType}
	var said []Descriptor
	for _, i := range images {
		image, err := r.image(i)
		if err != nil {
			return b, err
		}
		if b.Image.Digest == "" {
			b.Image = image
		}
		index.Manifests = append(index.Manifests, image)
		if len(i.Statements) > 0 {
			one, err := r.attestation(i, image)
			if err != nil {
				return b, err
			}
			said = append(said, one)
		}
	}
	// BuildKit puts all attestations behind the images.
	index.Manifests = append(index.Manifests, said...)
	b.Index, err = r.Manifest(tag, index)
	return b, err
}

func (r *Repository) image(i Image) (Descriptor, error) {
	system, arch, _ := strings.Cut(i.Platform, "/")
	m := Manifest{MediaType: ManifestType}
	var ids []string
	for _, files := range i.Layers {
		layer, err := Layer(files)
		if err != nil {
			return Descriptor{}, err
		}
		d, err := r.Blob(LayerType, layer)
		if err != nil {
			return Descriptor{}, err
		}
		m.Layers, ids = append(m.Layers, d), append(ids, d.Digest)
	}
	config := map[string]any{
		"architecture": arch, "os": system, "config": map[string]any{"Labels": i.Labels},
		"rootfs": map[string]any{"type": "layers", "diff_ids": ids},
	}
	if i.Created != "" {
		config["created"] = i.Created
	}
	data, err := json.Marshal(config)
	if err != nil {
		return Descriptor{}, err
	}
	d, err := r.Blob(ConfigType, data)
	if err != nil {
		return Descriptor{}, err
	}
	m.Config = &d
	d, err = r.Manifest("", m)
	d.Platform = map[string]string{"os": system, "architecture": arch}
	return d, err
}

func (r *Repository) attestation(i Image, of Descriptor) (Descriptor, error) {
	config, err := r.Blob(ConfigType, []byte(`{"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":[]}}`))
	m := Manifest{MediaType: ManifestType, Config: &config}
	for _, s := range i.Statements {
		if err != nil {
			return Descriptor{}, err
		}
		var d Descriptor
		d, err = r.statement(s, of.Digest)
		m.Layers = append(m.Layers, d)
	}
	if err != nil {
		return Descriptor{}, err
	}
	d, err := r.Manifest("", m)
	// BuildKit's platform for attestations, so that no client takes one for an image.
	d.Platform = map[string]string{"os": "unknown", "architecture": "unknown"}
	d.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": of.Digest}
	return d, err
}

func (r *Repository) statement(s Statement, digest string) (Descriptor, error) {
	data, err := InToto(s, digest)
	if err != nil {
		return Descriptor{}, err
	}
	d, err := r.Blob(InTotoType, data)
	d.Annotations = map[string]string{"in-toto.io/predicate-type": s.Type}
	return d, err
}

// InToto encodes a statement about an image (in-toto attestation framework, "Statement").
func InToto(s Statement, digest string) ([]byte, error) {
	algorithm, hex, _ := strings.Cut(digest, ":")
	return json.Marshal(map[string]any{
		"_type": "https://in-toto.io/Statement/v0.1", "predicateType": s.Type, "predicate": s.Predicate,
		"subject": []any{map[string]any{"name": "pkg:docker/app", "digest": map[string]string{algorithm: hex}}},
	})
}

// A Document is one layer of an artifact.
type Document struct {
	MediaType   string
	Data        []byte
	Annotations map[string]string
}

// Attach attaches documents to an image.
func (r *Repository) Attach(kind string, to Descriptor, documents ...Document) (Descriptor, error) {
	m, err := r.artifact(kind, documents)
	if err != nil {
		return Descriptor{}, err
	}
	subject := Descriptor{MediaType: to.MediaType, Digest: to.Digest, Size: to.Size}
	m.Subject = &subject
	d, err := r.Manifest("", m)
	if err != nil || !r.Tags {
		return d, err
	}
	d.ArtifactType = kind
	return d, r.list(to.Digest, d)
}

// Beside pushes documents under a tag.
func (r *Repository) Beside(tag string, documents ...Document) (Descriptor, error) {
	m, err := r.artifact("", documents)
	if err != nil {
		return Descriptor{}, err
	}
	// cosign stores signatures as if they were images.
	m.Config.MediaType = ConfigType
	return r.Manifest(tag, m)
}

func (r *Repository) artifact(kind string, documents []Document) (Manifest, error) {
	config, err := r.Blob(EmptyType, []byte("{}"))
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{MediaType: ManifestType, ArtifactType: kind, Config: &config}
	for _, one := range documents {
		d, err := r.Blob(one.MediaType, one.Data)
		if err != nil {
			return Manifest{}, err
		}
		d.Annotations = one.Annotations
		m.Layers = append(m.Layers, d)
	}
	return m, nil
}

// list adds an artifact to the list of attached artifacts under the tag for a digest.
func (r *Repository) list(digest string, artifact Descriptor) error {
	// A tag cannot have the colon of a digest ("Referrers Tag Schema").
	tag := r.name.Tag(strings.Replace(digest, ":", "-", 1))
	index := Manifest{MediaType: IndexType}
	// The first artifact of an image has no list yet.
	if got, err := remote.Get(tag); err == nil {
		if err := json.Unmarshal(got.Manifest, &index); err != nil {
			return err
		}
	}
	index.Manifests = append(index.Manifests, artifact)
	_, err := r.Manifest(tag.TagStr(), index)
	return err
}

// Layer writes files into a gzipped tar archive in the order of their names. A
// file named ".wh.NAME" removes NAME of the lower layers.
func Layer(files map[string]string) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, n := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: n, Mode: 0o644, Size: int64(len(files[n])), Typeflag: tar.TypeReg}); err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(files[n])); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), w.Close()
}

// Payload returns the text that cosign signs for an image.
func Payload(digest string) []byte {
	return []byte(`{"critical":{"identity":{"docker-reference":"ghcr.io/acme/app"},"image":{"docker-manifest-digest":"` + digest + `"},"type":"cosign container image signature"},"optional":null}`)
}

// Sign signs a text as cosign does by default, with ECDSA and SHA-256.
func Sign(key *ecdsa.PrivateKey, text []byte) ([]byte, error) {
	sum := sha256.Sum256(text)
	return ecdsa.SignASN1(rand.Reader, key, sum[:])
}

// Signature returns a signed text as cosign 2 stores it under the tag SignatureTag of an image.
func Signature(key *ecdsa.PrivateKey, text []byte) (Document, error) {
	sig, err := Sign(key, text)
	return Document{
		MediaType: "application/vnd.dev.cosign.simplesigning.v1+json", Data: text,
		Annotations: map[string]string{"dev.cosignproject.cosign/signature": base64.StdEncoding.EncodeToString(sig)},
	}, err
}

// SignatureTag returns the tag under which cosign 2 stores the signatures of an image.
func SignatureTag(digest string) string { return strings.Replace(digest, ":", "-", 1) + ".sig" }

// PublicKey returns the public key in PEM, as cosign writes it.
func PublicKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), err
}
