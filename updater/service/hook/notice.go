package hook

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// A notice is all that is read of any registry's notification. Which it is, its
// shape tells.
type notice struct {
	// CNCF distribution, "Notifications": an envelope of events.
	Events list[event] `json:"events"`
	event              // Azure, "Container registry webhook reference": one event without the envelope

	// Docker Hub, "Webhooks".
	PushData *struct {
		Tag string          `json:"tag"`
		At  json.RawMessage `json:"pushed_at"`
	} `json:"push_data"`
	Repository json.RawMessage `json:"repository"` // an object; to Quay a name

	// Harbor, "Configure Webhook Notifications": its own form and CloudEvents'.
	Type string          `json:"type"`
	At   json.RawMessage `json:"occur_at"`
	Time string          `json:"time"`
	Own  *harbor         `json:"event_data"`
	Data *harbor         `json:"data"`

	// Quay, "Repository notifications".
	URL  string  `json:"docker_url"`
	Tags tagList `json:"updated_tags"`
}

type event struct {
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
	Resources list[struct {
		Tag    string `json:"tag"`
		Digest string `json:"digest"`
		URL    string `json:"resource_url"`
	}] `json:"resources"`
}

// A tagList is a list of tags, or as Quay once had it an object with tags as keys.
type tagList list[string]

// UnmarshalJSON implements json.Unmarshaler.
func (t *tagList) UnmarshalJSON(data []byte) error {
	if data[0] != '{' {
		return json.Unmarshal(data, (*list[string])(t))
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
		return nil, errors.New("the notification is not one JSON document, or a field of it is of the wrong type")
	}
	return n, nil
}

// maxImages bounds how many images one notification may name.
const maxImages = 1000

// Images reads a registry's notification: of CNCF distribution, Azure, Docker
// Hub, Harbor or Quay. It returns what was pushed under a tag, each once; nothing
// where it tells of something else.
func Images(data []byte) ([]Image, error) {
	n, err := parseNotice(data)
	if err != nil {
		return nil, err
	}
	return n.images()
}

// images leaves out what no image can be called: a registry that reports every
// push in turn would otherwise wait for ever behind that one. Where nothing is
// left, and the registry is not one of these, it is an error.
func (n *notice) images() ([]Image, error) {
	found, err := n.pushed()
	if err != nil {
		return nil, err
	}
	if len(found) > maxImages {
		return nil, errors.New("the notification names too many images")
	}
	var images []Image
	for _, i := range found {
		if i.valid() && !slices.Contains(images, i) {
			images = append(images, i)
		}
	}
	if len(images) == 0 && len(found) > 0 && n.Events == nil {
		return nil, errors.New("the notification names no image that could be")
	}
	return images, nil
}

func (n *notice) pushed() ([]Image, error) {
	switch {
	case n.Events != nil:
		return distribution(n.Events), nil
	case n.Target != nil:
		return distribution([]event{n.event}), nil
	case n.PushData != nil:
		return n.dockerHub()
	case n.Own != nil:
		return n.harbor(n.Own), nil
	case n.Data != nil && strings.HasPrefix(n.Type, "harbor."):
		return n.harbor(n.Data), nil
	case n.URL != "":
		return n.quay(), nil
	case n.Action == "ping" || n.Type != "": // Azure and others try out an address
		return nil, nil
	}
	return nil, errors.New("the notification is of no registry that is known")
}

// numbered reports whether the notification says when it was sent, or as which.
func (n *notice) numbered() bool {
	switch {
	case n.Events != nil:
		return !slices.ContainsFunc(n.Events, func(e event) bool { return e.ID == "" })
	case n.Target != nil:
		return n.ID != ""
	case n.PushData != nil:
		return n.PushData.At != nil
	}
	return n.At != nil || n.Time != ""
}

// distribution takes pushes of manifests under a tag. Pulls, mounts, deletions,
// blobs, and the manifests that belong to an index are of no interest. A registry
// knows itself by the name that it was asked by, and by the one in its
// addresses: pins may have either.
func distribution(events []event) (found []Image) {
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
				found = append(found, Image{canonical(host, e.Target.Repository), e.Target.Tag, e.Target.Digest})
			}
		}
	}
	return found
}

func (n *notice) dockerHub() ([]Image, error) {
	var r struct {
		Name string `json:"repo_name"`
	}
	if json.Unmarshal(n.Repository, &r) != nil {
		return nil, errors.New("the notification has no repository")
	}
	return []Image{{Name: canonical("docker.io", r.Name), Tag: n.PushData.Tag}}, nil
}

// harbor knows an untagged artifact by its digest, also where a tag should be.
func (n *notice) harbor(data *harbor) (found []Image) {
	switch n.Type {
	case "PUSH_ARTIFACT", "pushImage", "harbor.artifact.pushed":
	default:
		return nil
	}
	for _, r := range data.Resources {
		if r.Tag != "" && !strings.Contains(r.Tag, ":") {
			found = append(found, Image{nameOf(r.URL), r.Tag, r.Digest})
		}
	}
	return found
}

func (n *notice) quay() (found []Image) {
	for _, tag := range n.Tags {
		found = append(found, Image{Name: nameOf(n.URL), Tag: tag})
	}
	return found
}
