package isolation

import (
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// NoMemoryLimit is the rule no-memory-limit: a service has no memory limit.
var NoMemoryLimit = judged.PerService(check.Rule{
	ID: "no-memory-limit", Level: check.Could, Mode: check.Strict,
	Title:  "a service has no memory limit",
	Why:    "One program that leaks or is attacked takes the memory of all others on the machine.",
	Silent: "deploy.resources.limits.memory counts as mem_limit does.",
	Fixes:  "text: what it needs is measured (docker stats), never guessed.",
	Source: "https://docs.docker.com/reference/compose-file/deploy/#resources",
	Also:   []string{"bb9ac4f7-e13b-423d-a010-c74a1bfbe492"},
}, func(s judged.Service, _ *check.Facts) []check.Finding {
	if limitsMemory(s.Service) {
		return nil
	}
	f := s.AtName("no memory limit", "%s may take all memory of the machine", s.Name)
	f.Hint = "deploy.resources.limits.memory, a little above what docker stats shows"
	return []check.Finding{f}
})

// AllCapabilities is the rule all-capabilities: a service keeps all capabilities that the engine gives.
var AllCapabilities = judged.PerService(check.Rule{
	ID: "all-capabilities", Level: check.Could, Mode: check.Strict,
	Title:  "a service keeps all capabilities that the engine gives",
	Why:    "The engine gives each container fourteen capabilities; most programs need none of them.",
	Silent: "a service that drops all and adds those that it needs.",
	Fixes:  "text: cap_drop: [ALL], and cap_add with what is then missing, which only a try tells.",
	Source: "https://docs.docker.com/reference/compose-file/services/#cap_drop",
	Also:   []string{"ce76b7d0-9e77-464d-b86f-c5c48e03e22d"},
}, func(s judged.Service, _ *check.Facts) []check.Finding {
	if dropsCapabilities(s.Service) || s.Node.Get("privileged").True() {
		return nil
	}
	f := s.AtName("all capabilities", "%s keeps all capabilities that the engine gives", s.Name)
	f.Hint = "cap_drop: [ALL], and cap_add with what is then missing"
	return []check.Finding{f}
})

// NewPrivileges is the rule new-privileges: the processes of a service can gain rights.
var NewPrivileges = judged.PerService(check.Rule{
	ID: "new-privileges", Level: check.Could, Mode: check.Strict,
	Title:  "the processes of a service can gain rights",
	Why:    "Without no-new-privileges a program with the setuid bit, such as su, makes root of any user.",
	Silent: "a privileged service, where it changes nothing.",
	Fixes:  "all: writes security_opt: [no-new-privileges:true].",
	Source: "https://docs.docker.com/reference/cli/docker/container/run/#security-opt",
	Also:   []string{"27fcc7d6-c49b-46e0-98f1-6c082a6a2750", "610e266e-6c12-4bca-9925-1ed0cd29742b"},
}, func(s judged.Service, _ *check.Facts) []check.Finding {
	if noNewPrivileges(s.Service) || s.Node.Get("privileged").True() {
		return nil
	}
	f := s.AtName("new privileges", "processes of %s can gain rights", s.Name)
	f.Fix = addPrivilegesOption(s)
	return []check.Finding{f}
})

// addPrivilegesOption returns the fix that adds no-new-privileges. It breaks only programs that rely on setuid.
func addPrivilegesOption(s judged.Service) *check.Fix {
	fix := &check.Fix{Kind: check.All, Text: "writes security_opt: [no-new-privileges:true]"}
	list := s.Node.Get("security_opt")
	var edit ecosystems.Edit
	var ok bool
	if list.Empty() {
		edit, ok = s.AddField("security_opt: [\"no-new-privileges:true\"]")
	} else {
		edit, ok = s.AddItem(list, `"no-new-privileges:true"`)
	}
	if !ok {
		fix.Refused = "the service is written in a way that is not edited"
		return fix
	}
	fix.Edits = []ecosystems.Edit{edit}
	return fix
}
