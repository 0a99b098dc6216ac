package composerules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// DataStorePublished is the rule data-store-published: a data store is reachable from other machines.
var DataStorePublished = judged.PerService(check.Rule{
	ID: "data-store-published", Level: check.Should, Mode: check.Default,
	Title:  "a data store is reachable from other machines",
	Why:    "A port without an address is published on all interfaces, and past the firewall of many machines: the rules of the engine come before those of ufw. Other services of the project reach the store without it.",
	Silent: "on 127.0.0.1; services of profiles and files for development and tests, override files among them.",
	Fixes:  "all: writes 127.0.0.1 before the port.",
	Source: "https://docs.docker.com/engine/network/packet-filtering-firewalls/#docker-and-ufw",
	Also:   []string{"451d79dc-0588-476a-ad03-3c7f0320abb3"},
}, dataStorePublished)

func dataStorePublished(s judged.Service, _ *check.Facts) (found []check.Finding) {
	own, isStore := judged.StorePorts(s.Service)
	if !isStore || s.ForDevelopment() {
		return nil
	}
	for _, e := range s.Node.Get("ports").Elements() {
		p := merged.ReadPort(e)
		if !p.Everywhere() || !answers(own, p) || strings.Contains(e.Raw, "$") && p.Open || judged.Development.MatchString(e.At.File) {
			continue
		}
		f := judged.At(e, "port "+strings.TrimSpace(p.Target), "%s, a data store, answers on port %s of every interface", s.Name, shown(p))
		f.Hint = "127.0.0.1: before the port keeps it to this machine; services of the project reach it without"
		if e.At.File == s.File.Name {
			f.Fix = localhost(s.File.Source, e, p)
		}
		found = append(found, f)
	}
	return found
}

// answers reports whether a port is one of the data store's own ports.
func answers(own []string, p merged.Port) bool {
	from, to, isRange := strings.Cut(p.Target, "-")
	low, err := strconv.Atoi(from)
	if err != nil || !isRange {
		return slices.Contains(own, p.Target)
	}
	high, err := strconv.Atoi(to)
	return err == nil && slices.ContainsFunc(own, func(port string) bool {
		n, err := strconv.Atoi(port)
		return err == nil && low <= n && n <= high
	})
}

func shown(p merged.Port) string {
	if p.Published == "" {
		return fmt.Sprintf("%s (one that the engine picks)", p.Target)
	}
	return p.Published
}

var everywhere = lazyregexp.New(`^(['"]?)(?:(?:0\.0\.0\.0|\[::\]|\*):)?`)

// localhost binds a port to 127.0.0.1.
func localhost(src string, e *merged.Node, p merged.Port) *check.Fix {
	fix := &check.Fix{Kind: check.All, Text: "writes 127.0.0.1 before the port"}
	if e.Kind == merged.Mapping {
		return localhostField(fix, src, e)
	}
	text := src[min(e.At.Start, len(src)):min(e.At.End, len(src))]
	m := everywhere.FindStringSubmatch(text)
	if rest := text[len(m[0]):]; strings.HasPrefix(strings.TrimLeft(e.Raw, " "), "$") || rest == "" || strings.ContainsAny(rest[:1], " &!|>*\\") {
		fix.Refused = "the port is written in a way that is not edited"
		return fix
	}
	address := "127.0.0.1:"
	if p.Published == "" {
		address = "127.0.0.1::"
	}
	quote := m[1]
	fix.Edits = []ecosystems.Edit{{At: e.At, Old: text, New: quote + address + text[len(m[0]):]}}
	return fix
}

// localhostField binds a port in the long form.
func localhostField(fix *check.Fix, src string, e *merged.Node) *check.Fix {
	if host := e.Get("host_ip"); !host.Empty() && host.At.End <= len(src) {
		fix.Edits = []ecosystems.Edit{{At: host.At, Old: src[host.At.Start:host.At.End], New: "127.0.0.1"}}
		return fix
	}
	if len(e.Fields) == 0 {
		fix.Refused = "the port is written in a way that is not edited"
		return fix
	}
	first := e.Fields[0].At
	begin := strings.LastIndexByte(src[:first.Start], '\n') + 1
	_, eol := judged.LineAt(src, first.Start)
	text := "host_ip: 127.0.0.1" + eol + strings.Repeat(" ", first.Start-begin)
	if e.Flow || eol == "" {
		text = "host_ip: 127.0.0.1, "
	}
	fix.Edits = []ecosystems.Edit{judged.Insert(first.File, first.Start, text)}
	return fix
}
