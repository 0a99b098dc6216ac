package composerules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// SharedNetwork is the rule shared-network: a published service shares a network with a data store that it does not need.
var SharedNetwork = judged.PerProject(check.Rule{
	ID: "shared-network", Level: check.Should, Mode: check.Default,
	Title:  "a published service shares a network with a data store that it does not need",
	Why:    "Who breaks into what faces the world reaches the data store at once, although another service stands between the two.",
	Silent: "explicit networks on both; where the first names the second anywhere that can be read: depends_on, links, environment, command, labels, its build context and the files that it mounts; consoles of data stores, and images of which that is not known.",
	Fixes:  "text: the two networks to write.",
	Source: "https://docs.docker.com/compose/how-tos/networking/#specify-custom-networks",
	Also:   []string{"ce14a68b-1668-41a0-ab7d-facd9f784742"},
}, sharedNetwork)

// mostStores is the most data stores of a project that is judged. A file with more
// is generated.
const mostStores = 100

func sharedNetwork(p *merged.Project, c *check.Compose, _ *check.Facts) (found []check.Finding) {
	// Between two services there is none that could stay in both networks; and what could not be read may name the store.
	if len(p.Services) < 3 || len(p.Troubles) > 0 {
		return nil
	}
	var stores []*merged.Service
	for _, s := range p.Services {
		if _, is := judged.StorePorts(s); is {
			stores = append(stores, s)
		}
	}
	if len(stores) > mostStores {
		return nil
	}
	for _, front := range p.Services {
		s := judged.Service{Service: front, Project: p, File: c}
		if !facesTheWorld(s) {
			continue
		}
		var needless []string
		network := ""
		for _, store := range stores {
			if store == front || explicit(front) && explicit(store) {
				continue
			}
			if shared := sharedBy(front, store); shared != "" && !needs(s, store) && reachedByOthers(s, store) {
				needless, network = append(needless, store.Name), shared
			}
		}
		if len(needless) > 0 {
			found = append(found, apart(front, needless, network))
		}
	}
	return found
}

func apart(front *merged.Service, stores []string, network string) check.Finding {
	slices.Sort(stores)
	list := strings.Join(stores, ", ")
	f := check.Finding{
		At: front.At, Stage: front.Name, Evidence: "network with " + list,
		Text: fmt.Sprintf("%s faces the world and shares the network %s with %s, which nothing in it needs", front.Name, network, list),
	}
	f.Hint = fmt.Sprintf("networks: [front] on %s, [back] on %s, and both on what stands between them", front.Name, list)
	return f
}

// facesTheWorld reports whether a service publishes ports and its needs can be
// determined: it is a known reverse proxy, declares its dependencies, or is built
// here.
func facesTheWorld(s judged.Service) bool {
	image := judged.ImageName(s.Service)
	if s.Node.Get("ports").Empty() || judged.Consoles.MatchString(image) || judged.Consoles.MatchString(s.Name) || s.ForDevelopment() {
		return false
	}
	if _, isStore := judged.StorePorts(s.Service); isStore {
		return false
	}
	return judged.Fronts.MatchString(image) && !judged.Builds(s.Service) || judged.Builds(s.Service) && s.Node.Has("depends_on")
}

func explicit(s *merged.Service) bool { return s.Node.Has("networks") }

// sharedBy returns a network that both services are in, "" for none.
func sharedBy(a, b *merged.Service) string {
	in := networksOf(a)
	for _, n := range networksOf(b) {
		if slices.Contains(in, n) {
			return n
		}
	}
	return ""
}

func networksOf(s *merged.Service) (names []string) {
	if mode := s.Node.Get("network_mode").String(); mode != "" {
		return nil // none of the project's networks
	}
	for _, f := range s.Node.Get("networks").Names() {
		names = append(names, f.Key)
	}
	if len(names) == 0 {
		return []string{"default"}
	}
	return names
}

// reachedByOthers reports whether another service needs the store, so that the
// store still has a client after the split.
func reachedByOthers(s judged.Service, store *merged.Service) bool {
	for _, other := range s.Project.Services {
		if other != s.Service && other != store && namesIt((judged.Service{Service: other, Project: s.Project, File: s.File}), store) {
			return true
		}
	}
	return false
}

// needs reports whether a service needs a store. A service whose files cannot be
// read completely may need it.
func needs(s judged.Service, store *merged.Service) bool {
	return namesIt(s, store) || reads(s, store)
}

// namesIt reports whether the definition of a service names another service.
func namesIt(s judged.Service, store *merged.Service) bool {
	for _, key := range []string{"depends_on", "links", "external_links", "volumes_from"} {
		for _, f := range s.Node.Get(key).Names() {
			if name, _, _ := strings.Cut(f.Key, ":"); name == store.Name {
				return true
			}
		}
	}
	words := namesOf(store)
	for _, key := range []string{"environment", "labels", "command", "entrypoint", "healthcheck", "build", "configs", "extra_hosts", "network_mode"} {
		if mentions(s.Node.Get(key), words, 0) {
			return true
		}
	}
	return false
}

// namesOf returns a pattern for the host names of a service, as words of a text.
func namesOf(s *merged.Service) *regexp.Regexp {
	names := []string{regexp.QuoteMeta(s.Name)}
	for _, key := range []string{"container_name", "hostname"} {
		if name := s.Node.Get(key).String(); name != "" && !s.Node.Get(key).Open {
			names = append(names, regexp.QuoteMeta(name))
		}
	}
	for _, f := range s.Node.Get("networks").Names() {
		for _, alias := range f.Value.Get("aliases").Elements() {
			names = append(names, regexp.QuoteMeta(alias.String()))
		}
	}
	return regexp.MustCompile(`(?i)(?:^|[^a-z0-9])(?:` + strings.Join(names, "|") + `)(?:$|[^a-z0-9])`)
}

// mentions reports whether a word occurs in a value or below it. A variable without a value counts as a match.
func mentions(n *merged.Node, words *regexp.Regexp, depth int) bool {
	if n.Empty() || depth > 4 {
		return false
	}
	if n.Kind == merged.Scalar {
		return n.Open || words.MatchString(n.Raw) || words.MatchString(n.Text)
	}
	for _, f := range n.Fields {
		if words.MatchString(f.Key) || mentions(f.Value, words, depth+1) {
			return true
		}
	}
	return slices.ContainsFunc(n.Items, func(item *merged.Node) bool { return mentions(item, words, depth+1) })
}
