package imagepin

import "github.com/freshpin/freshpin/ecosystems"

// Kind describes container images.
func Kind() ecosystems.Kind {
	return ecosystems.Kind{Word: kind, Noun: "Docker image", Plural: "Docker images", Digests: true, Image: true}
}

// kind is the Package.Kind of images.
const kind = "oci"
