package hook

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// registry takes a notification of a registry.
func (r *Receiver) registry(w http.ResponseWriter, req *http.Request) {
	done, err := r.fromRegistry(w, req)
	r.finish(w, "registry", "images", done, err)
}

func (r *Receiver) fromRegistry(w http.ResponseWriter, req *http.Request) (string, error) {
	if len(r.o.RegistrySecrets) == 0 {
		return "", refuse(http.StatusNotFound, "no secret of registries is set, so their notifications are not taken")
	}
	if !r.trusted(req) {
		return "", refuse(http.StatusUnauthorized, "the secret is missing or wrong")
	}
	data, err := r.body(w, req)
	if err != nil {
		return "", err
	}
	images, err := Images(data)
	if err != nil {
		return "", refuse(http.StatusBadRequest, err.Error())
	}
	if len(images) == 0 {
		return ignored, nil
	}
	sum := sha256.Sum256(data)
	// Registries number their notifications differently or not at all; the same
	// one sent again has the same bytes, another push has not.
	return r.take(req.Context(), "registry-"+hex.EncodeToString(sum[:16]), "images", Event{Kind: ImagesPushed, Action: "push", Images: images})
}

// trusted reports whether the request brings one of our secrets: as the last part
// of the path, or in a header.
func (r *Receiver) trusted(req *http.Request) bool {
	valid := 0
	for _, given := range []string{
		req.PathValue("secret"), req.Header.Get("X-Freshpin-Token"), req.Header.Get("Authorization"),
		strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "),
	} {
		got := sha256.Sum256([]byte(given))
		for _, secret := range r.o.RegistrySecrets {
			want := sha256.Sum256([]byte(secret))
			valid |= subtle.ConstantTimeCompare(got[:], want[:])
		}
	}
	return valid == 1
}

// A notice is all that is read of any registry's notification.
type notice struct {
	// CNCF distribution, "Notifications".
	Events []struct {
		Action string `json:"action"`
		Target struct {
			Repository string `json:"repository"`
			Tag        string `json:"tag"`
			Digest     string `json:"digest"`
			URL        string `json:"url"`
		} `json:"target"`
		Request struct {
			Host string `json:"host"`
		} `json:"request"`
	} `json:"events"`

	// Docker Hub, "Webhooks".
	PushData *struct {
		Tag string `json:"tag"`
	} `json:"push_data"`
	Repository json.RawMessage `json:"repository"` // an object, or Quay's words

	// Harbor, "Webhook notifications".
	Type      string `json:"type"`
	EventData *struct {
		Resources []struct {
			Tag    string `json:"tag"`
			Digest string `json:"digest"`
			URL    string `json:"resource_url"`
		} `json:"resources"`
	} `json:"event_data"`

	// Quay, "Repository notifications".
	DockerURL string   `json:"docker_url"`
	Tags      []string `json:"updated_tags"`
}

// maxImages bounds how many images one notification may name.
const maxImages = 1000

// Images reads a registry's notification: of CNCF distribution, Docker Hub,
// Harbor or Quay. It returns what was pushed; nothing where it tells of something else.
func Images(data []byte) ([]Image, error) {
	var n notice
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&n); err != nil {
		return nil, errors.New("the notification is no JSON document of a registry that is known")
	}
	var found []Image
	switch {
	case n.Events != nil:
		found = n.distribution()
	case n.PushData != nil:
		found = n.dockerHub()
	case n.EventData != nil:
		found = n.harbor()
	case n.DockerURL != "":
		found = n.quay()
	default:
		return nil, errors.New("the notification is of no registry that is known")
	}
	if len(found) > maxImages {
		return nil, errors.New("the notification names too many images")
	}
	var images []Image
	for _, i := range found {
		var ok bool
		if i.Name, ok = canonical(i.Name); !ok || !validTag(i.Tag) || !validDigest(i.Digest) {
			return nil, errors.New("the notification names an image that is none")
		}
		images = append(images, i)
	}
	return images, nil
}

// distribution: pushes of manifests; pulls, mounts and blobs are of no interest.
func (n *notice) distribution() (found []Image) {
	for _, e := range n.Events {
		if e.Action != "push" || e.Target.Tag == "" {
			continue
		}
		host := e.Request.Host
		if u, err := url.Parse(e.Target.URL); err == nil && u.Host != "" && host == "" {
			host = u.Host
		}
		found = append(found, Image{host + "/" + e.Target.Repository, e.Target.Tag, e.Target.Digest})
	}
	return found
}

func (n *notice) dockerHub() []Image {
	var r struct {
		Name string `json:"repo_name"`
	}
	if json.Unmarshal(n.Repository, &r) != nil {
		return []Image{{}}
	}
	return []Image{{Name: "docker.io/" + r.Name, Tag: n.PushData.Tag}}
}

func (n *notice) harbor() (found []Image) {
	if n.Type != "PUSH_ARTIFACT" && n.Type != "pushImage" {
		return nil
	}
	for _, r := range n.EventData.Resources {
		name, _, _ := strings.Cut(r.URL, "@")
		if slash := strings.LastIndex(name, "/"); strings.Contains(name[slash+1:], ":") {
			name = name[:slash+1+strings.Index(name[slash+1:], ":")]
		}
		found = append(found, Image{name, r.Tag, r.Digest})
	}
	return found
}

func (n *notice) quay() (found []Image) {
	for _, tag := range n.Tags {
		found = append(found, Image{Name: n.DockerURL, Tag: tag})
	}
	return found
}

// A registryPackage is what GitHub tells of a package that was published.
type registryPackage struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Type      string `json:"package_type"`
	Ecosystem string `json:"ecosystem"`
	Owner     struct {
		Login string `json:"login"`
	} `json:"owner"`
	Version *struct {
		Version   string `json:"version"`
		Container *struct {
			Tag struct {
				Name   string `json:"name"`
				Digest string `json:"digest"`
			} `json:"tag"`
		} `json:"container_metadata"`
	} `json:"package_version"`
}

// packagePushed: an image was pushed to ghcr.io.
func packagePushed(p *registryPackage, m *message, e *Event) (bool, error) {
	e.Kind = ImagesPushed
	if p == nil || m.Action != "published" && m.Action != "updated" {
		return false, nil
	}
	if !strings.EqualFold(p.Type, "container") && !strings.EqualFold(p.Ecosystem, "container") || p.Version == nil || p.Version.Container == nil {
		return false, nil
	}
	tag := p.Version.Container.Tag
	name, ok := canonical("ghcr.io/" + strings.ToLower(p.Owner.Login+"/"+p.Name))
	if !ok || tag.Name == "" || !validTag(tag.Name) || !validDigest(tag.Digest) {
		return false, nil
	}
	e.Images = []Image{{name, tag.Name, tag.Digest}}
	return true, nil
}

// The grammar of names, tags and digests: OCI distribution specification 1.1,
// "Pulling manifests"; a host may have a port.
var (
	imageName = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+$`)
	tagWord   = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
	digest    = regexp.MustCompile(`^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$`)
)

// canonical writes the name of an image as pins have it: with its host, and with
// library/ for Docker Hub's own.
func canonical(name string) (string, bool) {
	host, rest, _ := strings.Cut(name, "/")
	switch host {
	case "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com":
		host = "docker.io"
	}
	if host == "docker.io" && rest != "" && !strings.Contains(rest, "/") {
		rest = "library/" + rest
	}
	name = host + "/" + rest
	return name, len(name) < 256 && imageName.MatchString(name)
}

func validTag(tag string) bool { return tag == "" || tagWord.MatchString(tag) }

func validDigest(d string) bool { return d == "" || digest.MatchString(d) }
