package isolation

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/updater/check"
)

// Hardening is the rule hardening: services could be confined further.
var Hardening = check.Rule{
	ID: "hardening", Level: check.Should, Mode: check.Information,
	Title:   "services could be confined further",
	Why:     "A read-only root, a memory limit, fewer capabilities and no-new-privileges each take something from an attacker. Nearly no file has them, so this is one line for each.",
	Silent:  "limits below deploy count. The four are told one by one by writable-root, no-memory-limit, all-capabilities and new-privileges.",
	Fixes:   "text: the four rules tell for each service.",
	Source:  "https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html",
	Compose: hardening,
}

func hardening(c *check.Compose, _ *check.Facts) []check.Finding {
	seen := map[string]bool{} // a file may belong to several projects
	var services []*merged.Service
	for _, p := range c.Projects {
		for _, s := range p.Services {
			if s.At.File == c.Name && !seen[s.Name] {
				seen[s.Name] = true
				services = append(services, s)
			}
		}
	}
	var parts []string
	for _, part := range []struct {
		text     string
		confined func(*merged.Service) bool
	}{
		{"with a writable root", func(s *merged.Service) bool { return s.Node.Get("read_only").True() }},
		{"without a memory limit", limitsMemory},
		{"with all default capabilities", dropsCapabilities},
		{"without no-new-privileges", noNewPrivileges},
	} {
		n := 0
		for _, s := range services {
			if !part.confined(s) {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, part.text))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	noun := "services"
	if len(services) == 1 {
		noun = "service"
	}
	return []check.Finding{{At: services[0].At, Evidence: "hardening", Text: fmt.Sprintf("of %d %s: %s", len(services), noun, strings.Join(parts, ", "))}}
}

// limitsMemory reports whether a service has a memory limit, in its own field or in deploy.
func limitsMemory(s *merged.Service) bool {
	return s.Node.Has("mem_limit") || s.Node.Get("deploy", "resources", "limits").Has("memory")
}

// dropsCapabilities reports whether a service drops all capabilities that it does not add.
func dropsCapabilities(s *merged.Service) bool {
	for _, e := range s.Node.Get("cap_drop").Elements() {
		if capability(e) == "ALL" {
			return true
		}
	}
	return false
}

// noNewPrivileges reports whether a service sets no-new-privileges.
func noNewPrivileges(s *merged.Service) bool {
	for _, e := range s.Node.Get("security_opt").Elements() {
		// Engines accept "no-new-privileges", with ":true" and with "=true".
		word := strings.NewReplacer(" ", "", "=", ":", "'", "", `"`, "").Replace(strings.ToLower(e.String()))
		if word == "no-new-privileges" || word == "no-new-privileges:true" {
			return true
		}
	}
	return false
}
