package webhook_test

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/updater/forge/event"
)

const sum = "sha256:3da1996a8115d7616457760d9920b815241d0a03b34cf5f04e9a0b5e8b4c7a11"

func packages() []payload {
	of := func(key, kind, namespace, name, tag, digest, url string) string {
		return fmt.Sprintf(`{"action":"published",%q:{"name":%q,"namespace":%q,"package_type":%q,"owner":{"login":"Acme"},`+
			`"package_version":{"package_url":%q,"container_metadata":{"tag":{"name":%q,"digest":%q}}},"registry":{"type":%q}},%s}`,
			key, name, namespace, kind, url, tag, digest, kind, common)
	}
	image := func(name, tag, digest string) event.Event {
		return base(event.ImagesPushed, "published", func(e *event.Event) { e.Images = []event.Image{{Name: name, Tag: tag, Digest: digest}} })
	}
	return []payload{
		{"container", "registry_package", of("registry_package", "CONTAINER", "Acme", "base", "1.2", sum, "ghcr.io/Acme/base:1.2"), image("ghcr.io/acme/base", "1.2", sum)},
		{"container, no address", "registry_package", of("registry_package", "CONTAINER", "Acme", "base", "1.2", sum, ""), image("ghcr.io/acme/base", "1.2", sum)},
		{"the other event", "package", of("package", "CONTAINER", "Acme", "base", "Latest", "", "ghcr.io/acme/base:Latest"), image("ghcr.io/acme/base", "Latest", "")},
		{"a name with a slash", "package", of("package", "CONTAINER", "Acme", "tools/base", "1", sum, ""), image("ghcr.io/acme/tools/base", "1", sum)},
		{"on a server of one's own", "package", of("package", "CONTAINER", "Acme", "base", "1", sum, "containers.github.example:8443/Acme/base:1"), image("containers.github.example:8443/acme/base", "1", sum)},
		{"no owner", "package", strings.Replace(of("package", "CONTAINER", "Acme/base", "base", "1", sum, ""), `"owner":{"login":"Acme"},`, "", 1), image("ghcr.io/acme/base", "1", sum)},
		{"no tag", "package", of("package", "CONTAINER", "Acme", "base", "", sum, "ghcr.io/Acme/base:"), event.Event{}},
		{"npm", "package", of("package", "npm", "Acme", "base", "1.0.0", "", ""), event.Event{}},
		{"a tag that is none", "package", of("package", "CONTAINER", "Acme", "base", "a b", sum, "ghcr.io/Acme/base"), event.Event{}},
		{"a digest that is none", "package", of("package", "CONTAINER", "Acme", "base", "1", "sha256:12", "ghcr.io/Acme/base"), event.Event{}},
		{"none", "registry_package", `{"action":"published",` + common + `}`, event.Event{}},
	}
}
