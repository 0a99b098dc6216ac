package registry

import (
	"slices"
	"strings"
)

// A platform is the platform of an image (OCI image specification, "Image Index").
type platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`
	OSVersion    string `json:"os.version"` // "10.0.17763.5820"
}

// An offer is a platform that a manifest has an image for.
type offer struct {
	platform string // normalised, "windows/amd64"
	build    string // of Windows, "10.0.17763"; "" for other systems or if unknown
}

// offer returns the platform and the build of Windows that an image needs. The
// build has three numbers, because a container does not start on another build.
// Source: https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/version-compatibility.
func (p platform) offer() offer {
	o := offer{platform: p.String()}
	if o.windows() {
		if numbers := strings.SplitN(p.OSVersion, ".", 4); len(numbers) >= 3 {
			o.build = strings.Join(numbers[:3], ".")
		}
	}
	return o
}

func (o offer) windows() bool { return strings.HasPrefix(o.platform, "windows/") }

// String returns the platform and the build of Windows, for messages.
func (o offer) String() string { return strings.TrimSpace(o.platform + " " + o.build) }

// among reports whether one of the offers can replace o; builds says whether it
// needs the same build of Windows.
func (o offer) among(list []offer, builds bool) bool {
	return slices.ContainsFunc(list, func(p offer) bool {
		return p.platform == o.platform && (!builds || o.build == "" || p.build == "" || p.build == o.build)
	})
}

// String returns the normalised form, "linux/arm64", which is the first of the
// equivalent forms in the OCI image specification. Publishers also write arm64
// with its only variant v8, the names of official images (arm64v8, arm32v7) and
// those of the Linux kernel (x86_64, aarch64). Without an operating system it is
// Linux. It returns "" without an architecture.
func (p platform) String() string {
	arch, variant := normal(strings.ToLower(p.Architecture), strings.ToLower(p.Variant))
	if arch == "" {
		return ""
	}
	os := strings.ToLower(p.OS)
	if os == "" {
		os = "linux"
	}
	if variant != "" {
		arch += "/" + variant
	}
	return os + "/" + arch
}

func normal(arch, variant string) (string, string) {
	switch arch {
	case "x86_64", "x86-64":
		arch = "amd64"
	case "aarch64", "arm64v8":
		arch = "arm64"
	case "i386", "i686":
		arch = "386"
	case "armhf":
		arch, variant = "arm", "v7"
	case "armel":
		arch, variant = "arm", "v6"
	case "arm32v5", "arm32v6", "arm32v7":
		arch, variant = "arm", arch[len("arm32"):]
	}
	variant = strings.TrimPrefix(variant, "v")
	switch {
	case variant == "", arch == "arm64" && variant == "8", arch == "amd64" && variant == "1":
		variant = ""
		if arch == "arm" {
			variant = "v7" // for all runtimes, "arm" without a variant means v7
		}
	default:
		variant = "v" + variant
	}
	return arch, variant
}

// parsePlatform parses a value of --platform: os/arch, os/arch/variant, or one of
// os and arch. It returns the normalised form, or "" if the value names no
// architecture or contains a variable.
func parsePlatform(text string) string {
	parts := strings.SplitN(text, "/", 3)
	switch {
	case strings.ContainsAny(text, "${} "): // the build sets the variable
		return ""
	case len(parts) == 3:
		return platform{OS: parts[0], Architecture: parts[1], Variant: parts[2]}.String()
	case len(parts) == 2:
		return platform{OS: parts[0], Architecture: parts[1]}.String()
	case slices.Contains([]string{"linux", "windows", "freebsd"}, strings.ToLower(text)):
		return ""
	}
	return platform{Architecture: text}.String()
}
