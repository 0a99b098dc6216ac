package imagepin

import "github.com/freshpin/freshpin/ecosystems"

// Kind returns what is said of container images.
func Kind() ecosystems.Kind {
	return ecosystems.Kind{Word: kind, Noun: "Docker image", Plural: "Docker images", Digests: true, Image: true}
}

// kind is the kind of package that an image is.
const kind = "oci"
