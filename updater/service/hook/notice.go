package hook

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/forge/event"
)

// A notice has the fields of all registries' notifications. Its shape shows which
// registry sent it.
type notice struct {
	// CNCF distribution, "Notifications": an envelope of events.
	Events event.List[change] `json:"events"`
	change                    // Azure, "Container registry webhook reference": one event without the envelope

	// Docker Hub, "Webhooks".
	PushData *struct {
		Tag string          `json:"tag"`
		At  json.RawMessage `json:"pushed_at"`
	} `json:"push_data"`
	Repository json.RawMessage `json:"repository"` // an object; Quay: a name

	// Harbor, "Configure Webhook Notifications": its own format and CloudEvents.
	Type string          `json:"type"`
	At   json.RawMessage `json:"occur_at"`
	Time string          `json:"time"`
	Own  *harbor         `json:"event_data"`
	Data *harbor         `json:"data"`

	// Quay, "Repository notifications".
	URL  string  `json:"docker_url"`
	Tags tagList `json:"updated_tags"`
}

type change struct {
	ID     string `json:"id"`
	Action string `json:"action"`
	Target *struct {
		Repository string `json:"repository"`
		Tag        string `json:"tag"`
		Digest     string `json:"digest"`
		URL        string `json:"url"`
	} `json:"target"`
	Request struct {
		Host string `json:"host"`
	} `json:"request"`
}

type harbor struct {
	Resources event.List[struct {
		Tag    string `json:"tag"`
		Digest string `json:"digest"`
		URL    string `json:"resource_url"`
	}] `json:"resources"`
}

// A tagList is a list of tags, or in an old format of Quay an object with tags as keys.
type tagList event.List[string]

// UnmarshalJSON implements json.Unmarshaler.
func (t *tagList) UnmarshalJSON(data []byte) error {
	// encoding/json passes a whole value, so data is never empty.
	if data[0] != '{' {
		return json.Unmarshal(data, (*event.List[string])(t))
	}
	var tags map[string]json.RawMessage
	if err := json.Unmarshal(data, &tags); err != nil {
		return err
	}
	for tag := range tags {
		*t = append(*t, tag)
	}
	slices.Sort(*t)
	return nil
}

func parseNotice(data []byte) (*notice, error) {
	n := new(notice)
	if err := json.Unmarshal(data, n); err != nil {
		return nil, errors.New("the notification is not a single JSON document, or a field has the wrong type")
	}
	return n, nil
}

// maxImages limits how many images one notification may name.
const maxImages = 1000

// Images parses a registry's notification: CNCF distribution, Azure, Docker Hub,
// Harbor or Quay. It returns the images that were pushed under a tag, without
// duplicates; nil if the notification is about something else.
func Images(data []byte) ([]event.Image, error) {
	n, err := parseNotice(data)
	if err != nil {
		return nil, err
	}
	return n.images()
}

// images drops invalid names, because a registry that reports pushes in order would
// otherwise retry that one forever. If no image remains and the registry is unknown,
// it is an error.
func (n *notice) images() ([]event.Image, error) {
	found, err := n.pushed()
	if err != nil {
		return nil, err
	}
	if len(found) > maxImages {
		return nil, errors.New("the notification names too many images")
	}
	var images []event.Image
	for _, i := range found {
		if i.Valid() && !slices.Contains(images, i) {
			images = append(images, i)
		}
	}
	if len(images) == 0 && len(found) > 0 && n.Events == nil {
		return nil, errors.New("the notification contains no valid image name")
	}
	return images, nil
}

func (n *notice) pushed() ([]event.Image, error) {
	switch {
	case n.Events != nil:
		return distribution(n.Events), nil
	case n.Target != nil:
		return distribution([]change{n.change}), nil
	case n.PushData != nil:
		return n.dockerHub()
	case n.Own != nil:
		return n.harbor(n.Own), nil
	// Any CloudEvent may have data, so its type decides.
	case n.Data != nil && strings.HasPrefix(n.Type, "harbor."):
		return n.harbor(n.Data), nil
	case n.URL != "":
		return n.quay(), nil
	case n.Action == "ping" || n.Type != "": // Azure and others test an address this way
		return nil, nil
	}
	return nil, errors.New("the notification comes from an unknown kind of registry")
}

// numbered reports whether the notification has a time or an ID.
func (n *notice) numbered() bool {
	switch {
	case n.Events != nil:
		return !slices.ContainsFunc(n.Events, func(e change) bool { return e.ID == "" })
	case n.Target != nil:
		return n.ID != ""
	case n.PushData != nil:
		return n.PushData.At != nil
	}
	return n.At != nil || n.Time != ""
}

// distribution returns pushes of manifests under a tag. It ignores pulls, mounts,
// deletions, blobs, and manifests that belong to an index. The registry reports both
// the name it was addressed by and the one in its URLs; pins may use either.
func distribution(events []change) (found []event.Image) {
	for _, e := range events {
		if e.Action != "push" || e.Target == nil || e.Target.Tag == "" {
			continue
		}
		hosts := []string{e.Request.Host}
		if u, err := url.Parse(e.Target.URL); err == nil && u.Host != "" {
			hosts = append(hosts, u.Host)
		}
		for _, host := range hosts {
			if host != "" || len(hosts) == 1 {
				found = append(found, event.Image{Name: event.ImageName(host, e.Target.Repository), Tag: e.Target.Tag, Digest: e.Target.Digest})
			}
		}
	}
	return found
}

func (n *notice) dockerHub() ([]event.Image, error) {
	var r struct {
		Name string `json:"repo_name"`
	}
	if json.Unmarshal(n.Repository, &r) != nil {
		return nil, errors.New("the notification has no repository")
	}
	return []event.Image{{Name: event.ImageName("docker.io", r.Name), Tag: n.PushData.Tag}}, nil
}

// harbor puts the digest of an untagged artifact in the place of a tag.
func (n *notice) harbor(data *harbor) (found []event.Image) {
	switch n.Type {
	case "PUSH_ARTIFACT", "pushImage", "harbor.artifact.pushed":
	default:
		return nil
	}
	for _, r := range data.Resources {
		if r.Tag != "" && !strings.Contains(r.Tag, ":") {
			found = append(found, event.Image{Name: event.ImageNameOf(r.URL), Tag: r.Tag, Digest: r.Digest})
		}
	}
	return found
}

func (n *notice) quay() (found []event.Image) {
	for _, tag := range n.Tags {
		found = append(found, event.Image{Name: event.ImageNameOf(n.URL), Tag: tag})
	}
	return found
}
