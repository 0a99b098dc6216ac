package composerules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// InvalidLimit is the rule invalid-limit: a limit or a network is written where Compose refuses it.
var InvalidLimit = judged.PerProject(check.Rule{
	ID: "invalid-limit", Level: check.Could, Mode: check.Default,
	Title:  "a limit or a network is written where Compose refuses it",
	Why:    "Compose does not load the file, or, in older versions, starts the service without the limit that its author believes in.",
	Fixes:  "safe: moves limits below deploy.resources.limits, and writes networks and volumes of the file as a mapping.",
	Source: "https://github.com/compose-spec/compose-spec/blob/main/deploy.md#resources",
}, invalidLimit)

func invalidLimit(p *merged.Project, c *check.Compose, _ *check.Facts) (found []check.Finding) {
	for _, key := range []string{"networks", "volumes"} {
		if f, ok := p.Root.Field(key); ok && f.Value.Kind == merged.List && len(f.Value.Items) > 0 {
			found = append(found, listed(c, key, f))
		}
	}
	for _, s := range p.Services {
		s := judged.Service{Service: s, Project: p, File: c}
		found = append(found, strayLimits(s)...)
		found = append(found, limitValues(s)...)
		found = append(found, unknownNetworks(s)...)
	}
	return found
}

// listed returns the finding for networks or volumes of the file that are a list.
func listed(c *check.Compose, key string, f merged.Field) check.Finding {
	out := check.Finding{
		At: f.At, Evidence: key + " as a list",
		Text: fmt.Sprintf("Compose refuses %s of the file as a list: a mapping is meant", key),
	}
	if f.At.File != c.Name {
		return out
	}
	out.Fix = &check.Fix{Kind: check.Safe, Text: "writes them as a mapping"}
	edits, ok := asMapping(c.Source, f.Value)
	if out.Fix.Edits = edits; !ok {
		out.Fix.Refused = "the list is written in a way that is not edited"
	}
	return out
}

// limitKeys are the keys of deploy.resources.limits (Compose deploy specification).
var limitKeys = []string{"memory", "cpus", "pids"}

// strayLimits returns findings for limits that are one level too high.
func strayLimits(s judged.Service) (found []check.Finding) {
	resources := s.Node.Get("deploy", "resources")
	for _, place := range []struct {
		name string
		in   *merged.Node
		keys []string
	}{
		{"deploy.resources", resources, limitKeys},
		{"deploy", s.Node.Get("deploy"), append([]string{"limits", "reservations"}, limitKeys...)},
		{"the service", s.Node, []string{"resources", "limits", "memory"}},
	} {
		var stray []merged.Field
		for _, key := range place.keys {
			if f, ok := place.in.Field(key); ok && !f.Value.Empty() {
				stray = append(stray, f)
			}
		}
		if len(stray) > 0 {
			found = append(found, strayLimit(s, place.name, place.in, stray))
		}
	}
	return found
}

func strayLimit(s judged.Service, place string, in *merged.Node, stray []merged.Field) check.Finding {
	slices.SortFunc(stray, func(a, b merged.Field) int { return a.At.Start - b.At.Start })
	var keys []string
	for _, f := range stray {
		keys = append(keys, f.Key)
	}
	words := strings.Join(keys, " and ")
	f := check.Finding{At: stray[0].At, Stage: s.Name, Evidence: place + " " + words}
	meant := "deploy.resources.limits"
	if place == "deploy" && slices.ContainsFunc(keys, func(k string) bool { return k == "limits" || k == "reservations" }) || keys[0] == "resources" || keys[0] == "limits" {
		meant = "deploy.resources"
	}
	f.Text = fmt.Sprintf("Compose refuses %s below %s: %s is meant", words, place, meant)
	f.Fix = &check.Fix{Kind: check.Safe, Text: "moves them below limits"}
	if place != "deploy.resources" {
		f.Fix = nil
		f.Hint = "the key belongs below " + meant
		return f
	}
	edits, ok := moveLimits(s, in, stray)
	if f.Fix.Edits = edits; !ok {
		f.Fix.Refused = "the limits are written in a way that is not edited"
	}
	return f
}

var (
	memoryText = lazyregexp.New(`^(?i:\d+(?:\.\d+)? ?(?:[kmgtp]i?)?b?)$`)
	cpusText   = lazyregexp.New(`^\d*\.?\d+$`)
)

// limitValues returns findings for values that Compose cannot parse.
func limitValues(s judged.Service) (found []check.Finding) {
	unreadable := func(form *lazyregexp.Regexp, what, example string, keys ...[]string) {
		for _, key := range keys {
			n := s.Node.Get(key...)
			if n.Empty() || n.Open || n.Kind == merged.Scalar && (form.MatchString(n.Text) || limitsNothing(n.Text)) {
				continue
			}
			f := judged.At(n, what+" value", "Compose cannot read %s of %s: it is written as %s", what, s.Name, example)
			f.Stage = s.Name
			found = append(found, f)
		}
	}
	limits, reservations := []string{"deploy", "resources", "limits"}, []string{"deploy", "resources", "reservations"}
	unreadable(memoryText, "the memory limit", "512M or 2G", []string{"mem_limit"}, []string{"mem_reservation"}, append(limits, "memory"), append(reservations, "memory"))
	unreadable(cpusText, "the number of processors", "0.5 or 2", []string{"cpus"}, append(limits, "cpus"), append(reservations, "cpus"))
	return found
}

// limitsNothing reports whether a value is a number that sets no limit, such as 0 or -1.
func limitsNothing(value string) bool {
	n, err := strconv.ParseFloat(value, 64)
	return err == nil && n <= 0
}

// unknownNetworks returns findings for networks that the file does not define.
func unknownNetworks(s judged.Service) (found []check.Finding) {
	// What could not be read, or is in another file, may define the network.
	if len(s.Project.Troubles) > 0 || s.Node.Has("extends") && len(s.Files) == 1 {
		return nil
	}
	defined := s.Project.Root.Get("networks")
	if defined != nil && defined.Kind == merged.List {
		return nil
	}
	for _, f := range s.Node.Get("networks").Names() {
		if f.Key == "default" || strings.Contains(f.Key, "$") || f.Value.Tag == "!reset" {
			continue
		}
		if _, known := defined.Field(f.Key); known || definedBeside(s, f.Key) {
			continue
		}
		one := check.Finding{At: f.At, Stage: s.Name, Evidence: "network " + f.Key,
			Text: fmt.Sprintf("%s is in the network %s, which the file does not define: Compose refuses it", s.Name, f.Key)}
		one.Hint = "networks: at the top of the file defines it"
		found = append(found, one)
	}
	return found
}

// definedBeside reports whether another Compose file of the folder defines the
// network, because the files are then used together.
func definedBeside(s judged.Service, network string) bool {
	for _, p := range s.File.Beside() {
		if _, ok := p.Root.Get("networks").Field(network); ok {
			return true
		}
	}
	return false
}
