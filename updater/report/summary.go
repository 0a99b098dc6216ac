package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/reasons"
)

// Summarize counts the pins of a plan.
func Summarize(p *plan.Plan) Summary {
	s := Summary{Files: p.Files, Dependencies: len(p.Items)}
	for i := range p.Items {
		item := &p.Items[i]
		s.Libyears += item.Libyears
		switch item.Status {
		case plan.Update:
			s.Updates++
		case plan.Current:
			s.Current++
		case plan.Held:
			s.Held++
		case plan.Skipped:
			s.Skipped++
		case plan.Failed:
			s.Failed++
		}
	}
	s.Libyears = math.Round(100*s.Libyears) / 100
	return s
}

// sentences describes what would be done, why no more, and which flags would change that.
func sentences(p *plan.Plan) []string {
	s := Summarize(p)
	switch {
	// A filter that fits nothing looks like a tree without pins.
	case s.Dependencies == 0 && p.Filtered > 0:
		return []string{fmt.Sprintf("None of %s in %s matches the flags.", plan.Count(p.Filtered, "pin"), plan.Count(s.Files, "file"))}
	case s.Dependencies == 0:
		return []string{fmt.Sprintf("No pins in %s.", plan.Count(s.Files, "file"))}
	}
	out := []string{fmt.Sprintf("%s in %s: %s.", plan.Count(s.Dependencies, "pin"), plan.Count(s.Files, "file"), Tally(s))}
	switch {
	case s.Updates == 0 && s.Held+s.Skipped+s.Failed > 0:
		out = append(out, "Nothing would be proposed.")
	case s.Updates == 0:
		out = append(out, "Everything is current.")
	default:
		out = append(out, fmt.Sprintf("%s would be proposed (%s).", plan.Count(s.Updates, "update"), bands(p)))
	}
	for _, more := range []string{heldSentence(p), skippedSentence(p), failedSentence(p), securitySentence(p)} {
		if more != "" {
			out = append(out, more)
		}
	}
	if s.Libyears > 0 {
		out = append(out, fmt.Sprintf("%.1f libyears behind, counting only known dates.", s.Libyears))
	}
	if p.Unlisted > 0 {
		out = append(out, fmt.Sprintf("%s not listed; indirect: true lists them.", plan.Count(p.Unlisted, "indirect Go requirement")))
	}
	return out
}

// Tally words the counts of a summary, those above zero.
func Tally(s Summary) string {
	var words []string
	for _, part := range []struct {
		n    int
		word string
	}{{s.Updates, "to update"}, {s.Current, "current"}, {s.Held, "held"}, {s.Skipped, "skipped"}, {s.Failed, "failed"}} {
		if part.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", part.n, part.word))
		}
	}
	return strings.Join(words, ", ")
}

// bands counts the updates by band, the widest first.
func bands(p *plan.Plan) string {
	n := map[string]int{}
	for i := range p.Items {
		if p.Items[i].Status == plan.Update {
			n[p.Items[i].Band]++
		}
	}
	var words []string
	for _, b := range []string{"major", "minor", "patch", "digest"} {
		if n[b] > 0 {
			words = append(words, fmt.Sprintf("%d %s", n[b], b))
		}
	}
	return strings.Join(words, ", ")
}

// heldSentence counts the updates held by the policy, and those that each flag would propose.
func heldSentence(p *plan.Plan) string {
	held, other := 0, map[string]int{}
	for i := range p.Items {
		item := &p.Items[i]
		switch {
		case item.Status != plan.Held:
		case item.Reason.Code == ecosystems.Policy:
			held++
		default:
			other[item.Reason.Code]++
		}
	}
	var parts []string
	wider := widerSentence(p)
	switch {
	case held > 0 && wider != "":
		parts = append(parts, fmt.Sprintf("%d held: newer release lines exist; %s.", held, wider))
	case held > 0:
		parts = append(parts, fmt.Sprintf("%d held: newer release lines exist.", held))
	case wider != "":
		parts = append(parts, "Newer release lines exist: "+wider+".")
	}
	if len(other) > 0 {
		parts = append(parts, fmt.Sprintf("%d held for other reasons: %s.", total(other), spelled(other)))
	}
	return strings.Join(parts, " ")
}

// widerSentence counts the rows for which a wider policy would propose a newer
// version, including rows that have an update already.
func widerSentence(p *plan.Plan) string {
	minor, major := 0, 0
	for n := range p.Items {
		i := &p.Items[n]
		now := i.Current
		switch {
		case i.Status == plan.Update:
			now = i.Target.Version.Text
		case i.Status != plan.Held || i.Reason.Code != ecosystems.Policy:
			continue
		}
		beyond := i.Policy.Allow < version.Minor && i.Minor != "" && i.Minor != now && i.Minor != i.Safe && i.Band != version.Major.String()
		if beyond {
			minor++
		}
		// --allow major would propose all that --allow minor does.
		if beyond || i.Policy.Allow < version.Major && i.LatestPackage == "" && i.Latest != "" && i.Latest != now && i.Latest != i.Minor && i.Band != version.Major.String() {
			major++
		}
	}
	var parts []string
	if minor > 0 {
		parts = append(parts, fmt.Sprintf("--allow minor would propose %d", minor))
	}
	if major > minor {
		parts = append(parts, fmt.Sprintf("--allow major would propose %d", major))
	}
	return strings.Join(parts, "; ")
}

// securitySentence counts the vulnerable pins, or says that the lookup failed.
func securitySentence(p *plan.Plan) string {
	switch err := p.Advised.Err; {
	case err == nil:
	// failedSentence has named the time limit.
	case fetch.Code(err) == fetch.TimedOut && byCode(p, plan.Failed)[fetch.TimedOut] > 0:
		return "Vulnerabilities were not checked either."
	default:
		return "Vulnerabilities were not checked: " + strings.TrimSuffix(err.Error(), ".") + "."
	}
	vulnerable, mended := 0, 0
	for i := range p.Items {
		if len(p.Items[i].Advisories) > 0 {
			vulnerable++
		}
		if p.Items[i].Security {
			mended++
		}
	}
	if vulnerable == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s vulnerable; %s would be proposed.", vulnerable, plan.Are(vulnerable), plan.Count(mended, "security fix"))
}

func skippedSentence(p *plan.Plan) string {
	codes := byCode(p, plan.Skipped)
	if len(codes) == 0 {
		return ""
	}
	text := fmt.Sprintf("%d skipped: %s.", total(codes), spelled(codes))
	if codes[ecosystems.Unpinned] > 0 {
		text += " pin: true in .freshpin.yaml pins those without a version."
	}
	return text
}

func failedSentence(p *plan.Plan) string {
	codes := byCode(p, plan.Failed)
	if len(codes) == 0 {
		return ""
	}
	text := fmt.Sprintf("%d failed: %s.", total(codes), spelled(codes))
	parts := []string{text}
	for _, h := range p.FailedHosts {
		if !h.Outage() { // FailuresOf has those
			parts = append(parts, hostSentence(h))
		}
	}
	return strings.Join(append(parts, FailuresOf(p).Sentences()...), " ")
}

func byCode(p *plan.Plan, status plan.Status) map[string]int {
	n := map[string]int{}
	for i := range p.Items {
		if p.Items[i].Status == status {
			n[p.Items[i].Reason.Code]++
		}
	}
	return n
}

func total(n map[string]int) int {
	sum := 0
	for _, v := range n {
		sum += v
	}
	return sum
}

func spelled(n map[string]int) string {
	var words []string
	for _, code := range slices.Sorted(maps.Keys(n)) {
		words = append(words, fmt.Sprintf("%d %s", n[code], plainly(reasons.Of(code).Short)))
	}
	return strings.Join(words, ", ")
}

// plainly removes code marks.
func plainly(text string) string { return strings.ReplaceAll(text, "`", "") }
