package doctor

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems/registry/login"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// manifests looks up one dependency at each registry and index that the manifests
// name, and returns the decided items; nil if the manifests could not be read.
func (d *doctor) manifests(ctx context.Context, s *wiring.Settings, path string) *plan.Plan {
	all, err := wiring.Trees(ctx, []string{path}, s)
	if err != nil {
		d.Bad("manifests", "", "%v", err)
		return nil
	}
	planner, err := s.Planner()
	if err != nil {
		d.Bad("settings", "", "%v", err)
		return nil
	}
	asked := map[string]bool{}
	planner.Only = func(i *plan.Item) bool {
		at := placeOf(i)
		// One dependency shows whether a place answers; the rest is not asked.
		first := at != "" && i.Dependency.Skip.IsZero() && !asked[at]
		asked[at] = asked[at] || first
		return first
	}
	found, err := planner.Plan(s.Within(ctx, d.lookup.Unattended, true), all)
	wiring.Warn(d.Env, all)
	if err != nil {
		d.Bad("manifests", "run freshpin config for details", "%v", err)
		return nil
	}
	if found.Files == 0 {
		d.Note("manifests", "name the folder that contains them", "%s contains no file that Freshpin reads", path)
	} else {
		d.OK("manifests", "%s, %s", plan.Count(found.Files, "file"), plan.Count(len(found.Items)+found.Filtered, "pin"))
	}
	for n := range found.Items {
		d.answered(&found.Items[n])
	}
	d.advised(found)
	return found
}

// placeOf names where a dependency is looked up: the host of a registry, or the kind
// of file for a package index; "" for a file that cannot be read.
func placeOf(i *plan.Item) string {
	d := i.Dependency
	if host, _, ok := strings.Cut(d.Package.Name, "/"); ok && i.Kind().Image {
		return host
	}
	return d.Ecosystem
}

// answered reports whether one registry or index answers, and whether a login was found for it.
func (d *doctor) answered(i *plan.Item) {
	what, place := "index", placeOf(i)
	said := ""
	if i.Kind().Image {
		what = "registry"
		switch found, err := login.Has(place); {
		case err != nil:
			said = fmt.Sprintf("; reading its login failed: %v", err)
		case found:
			said = "; a login was found"
		default:
			said = "; no login was found, so requests are anonymous"
		}
	}
	name := sanitize.Cell(i.Dependency.Name)
	if i.Status != plan.Failed {
		d.OK(what, "%s answers (asked about %s)%s", place, name, said)
		return
	}
	d.Bad(what, cmp.Or(unanswered(i, place), fmt.Sprintf("freshpin explain %s:%d", i.File, i.Line)), "%s, asked about %s: %s%s", place, name, i.Reason.Text, said)
}

// unanswered says what to do about a place that gave no answer; "" where only explain knows.
func unanswered(i *plan.Item, place string) string {
	login := "a login for the host in ~/.netrc (for a package index also in its address, in the environment)"
	if i.Kind().Image {
		login = "docker login " + place + ", or a login in DOCKER_CONFIG"
	}
	return map[string]string{
		"unauthorized": "check the name; where it is private: " + login,
		"rate-limited": "more requests are allowed with a login: " + login,
		"unreachable":  "check the proxies, DNS, and registry_mirrors in the operator's file",
		"not-found":    "the name is wrong, or it is private and the login is missing",
	}[i.Reason.Code]
}

// advised reports whether the source of known vulnerabilities answers.
func (d *doctor) advised(found *plan.Plan) {
	a := found.Advised
	switch {
	case a.Err != nil:
		d.Bad("advisories", "FRESHPIN_OSV_URL names a service, --osv-db a folder", "%v", a.Err)
	case a.Source != "" && a.Versions > 0:
		d.OK("advisories", "%s answers", a.Source)
	}
}
