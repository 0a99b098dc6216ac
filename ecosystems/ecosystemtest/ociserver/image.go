package ociserver

import (
	"cmp"
	"encoding/json"
	"maps"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/opencontainers/go-digest"
)

// An Image describes the image of a tag. Equal descriptions have equal digests.
type Image struct {
	Content     string            // represents the software: other content gives other digests
	Platforms   []string          // "linux/arm64/v8", "windows/amd64:10.0.17763.1"; empty means linux/amd64. Several platforms make an index
	Index       bool              // make an index even for one platform
	Attested    bool              // the index has a provenance manifest for each platform, as BuildKit writes them
	Packages    []string          // package URLs: the index has an SBOM with them for each platform, as BuildKit writes it
	Created     time.Time         // in the config of each platform; zero for none
	Labels      map[string]string // in the config of each platform
	Annotations map[string]string // of the index, if there is one, else of the manifest
	Described   bool              // the index has the date and the labels of each platform's image, as Docker's official images do

	Config v1.Config // of each platform, besides the labels: user, entry point, ports, volumes
	Size   int64     // of the layer in the manifest, in bytes; 0 for the real size
}

// Created is the annotation and label for the date of an image.
const Created = "org.opencontainers.image.created"

type blob struct {
	mediaType string
	data      []byte
}

// build creates the image of a tag and returns its digest. The caller holds s.mu.
func (s *Server) build(r *repo, tag string) string {
	if digest, ok := r.built[tag]; ok {
		return digest
	}
	i, ok := r.tags[tag]
	if !ok {
		return ""
	}
	if s.blobs == nil {
		s.blobs = map[string]blob{}
	}
	digest := s.image(i)
	r.built[tag] = digest
	return digest
}

func (s *Server) image(i Image) string {
	if len(i.Platforms) == 0 {
		i.Platforms = []string{"linux/amd64"}
	}
	if len(i.Platforms) == 1 && !i.Index && len(i.Packages) == 0 {
		return s.manifest(i, i.Platforms[0]).Digest.String()
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Annotations: i.Annotations}
	// The index has them, so the manifests in it must not.
	i.Annotations = nil
	for _, platform := range i.Platforms {
		d := s.manifest(i, platform)
		if i.Described {
			d.Annotations = map[string]string{Created: i.Created.UTC().Format(time.RFC3339)}
			maps.Copy(d.Annotations, i.Labels)
		}
		index.Manifests = append(index.Manifests, d)
	}
	if i.Attested || len(i.Packages) > 0 {
		// Only the images: the loop appends attestations to the same list.
		for _, d := range index.Manifests[:len(i.Platforms)] {
			index.Manifests = append(index.Manifests, s.attestation(i, d))
		}
	}
	return s.put(types.OCIImageIndex, index).Digest.String()
}

// manifest creates the image of one platform.
func (s *Server) manifest(i Image, platform string) v1.Descriptor {
	p := parsePlatform(platform)
	layer := s.bytes(types.OCILayer, []byte("layer of "+i.Content+" for "+platform))
	config := v1.ConfigFile{
		OS: p.OS, Architecture: p.Architecture, Variant: p.Variant, OSVersion: p.OSVersion,
		Created: v1.Time{Time: i.Created.UTC()},
		Config:  i.Config,
		RootFS:  v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{layer.Digest}},
	}
	config.Config.Labels = maps.Clone(i.Labels)
	layer.Size = cmp.Or(i.Size, layer.Size)
	d := s.put(types.OCIManifestSchema1, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Annotations: i.Annotations,
		Config: s.put(types.OCIConfigJSON, config), Layers: []v1.Descriptor{layer},
	})
	d.Platform = &p
	return d
}

// attestation creates an attestation manifest about another manifest, as BuildKit does: with an unknown platform.
func (s *Server) attestation(i Image, of v1.Descriptor) v1.Descriptor {
	statement := s.bytes("application/vnd.in-toto+json", i.statement(of.Digest.Hex))
	d := s.put(types.OCIManifestSchema1, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1,
		Config: s.bytes(types.OCIConfigJSON, []byte("{}")), Layers: []v1.Descriptor{statement},
	})
	d.Platform = &v1.Platform{OS: "unknown", Architecture: "unknown"}
	d.Annotations = map[string]string{
		"vnd.docker.reference.type":   "attestation-manifest",
		"vnd.docker.reference.digest": of.Digest.String(),
	}
	return d
}

// statement returns the statement about an image: its packages (SPDX 2.3) if it has any.
func (i Image) statement(digest string) []byte {
	if len(i.Packages) == 0 {
		return []byte(`{"built":"` + i.Content + `"}`)
	}
	var packages []any
	for _, purl := range i.Packages {
		packages = append(packages, map[string]any{"externalRefs": []any{
			map[string]string{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl},
		}})
	}
	data, err := json.Marshal(map[string]any{
		"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document",
		"subject":   []any{map[string]any{"name": "image", "digest": map[string]string{"sha256": digest}}},
		"predicate": map[string]any{"spdxVersion": "SPDX-2.3", "name": "sbom", "packages": packages},
	})
	if err != nil {
		panic(err) // these types always marshal
	}
	return data
}

func parsePlatform(text string) (p v1.Platform) {
	text, p.OSVersion, _ = strings.Cut(text, ":")
	for i, part := range strings.SplitN(text, "/", 3) {
		*[]*string{&p.OS, &p.Architecture, &p.Variant}[i] = part
	}
	return p
}

func (s *Server) put(t types.MediaType, v any) v1.Descriptor {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // these types always marshal
	}
	return s.bytes(t, data)
}

func (s *Server) bytes(t types.MediaType, data []byte) v1.Descriptor {
	d := digest.FromBytes(data)
	s.blobs[d.String()] = blob{string(t), data}
	return v1.Descriptor{MediaType: t, Size: int64(len(data)), Digest: v1.Hash{Algorithm: d.Algorithm().String(), Hex: d.Encoded()}}
}
