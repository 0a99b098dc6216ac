package isolation

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// WritableRoot is the rule writable-root: a service can write into its own root file system.
var WritableRoot = judged.PerService(check.Rule{
	ID: "writable-root", Level: check.Should, Mode: check.Strict,
	Title:  "a service can write into its own root file system",
	Why:    "Where the root is read-only, an attacker can neither leave a program behind nor change the one that runs.",
	Silent: "services that build and stop at once are judged too: hardening counts them in one line.",
	Fixes:  "all: read_only: true, and tmpfs for what the image is known to write; for other images it is refused.",
	Source: "https://docs.docker.com/reference/compose-file/services/#read_only",
}, writableRoot)

// writes are the folders that programs write to besides their volumes, by the last
// part of the name of the image. There is no fix for an image that is not listed.
var writes = map[string][]string{
	"nginx": {"/var/cache/nginx", "/var/run", "/tmp"}, "nginx-unprivileged": {"/tmp"}, "httpd": {"/usr/local/apache2/logs"}, "caddy": {"/tmp"}, "traefik": {"/tmp"}, "haproxy": {"/tmp", "/var/run"},
	"redis": {"/tmp"}, "valkey": {"/tmp"}, "memcached": {"/tmp"}, "postgres": {"/tmp", "/var/run/postgresql"}, "mysql": {"/tmp", "/var/run/mysqld"}, "mariadb": {"/tmp", "/run/mysqld"},
	"mongo": {"/tmp"}, "registry": {"/tmp"}, "adminer": {"/tmp"}, "prometheus": {"/tmp"}, "node-exporter": nil, "whoami": nil, "docker-socket-proxy": {"/tmp", "/run"},
}

func writableRoot(s judged.Service, _ *check.Facts) []check.Finding {
	n := s.Node.Get("read_only")
	if n.True() || n != nil && n.Open {
		return nil
	}
	f := s.AtName("writable root", "%s can write into its own root file system", s.Name)
	if !n.Empty() { // read_only: false
		f.At = n.At
	}
	f.Fix = readOnly(s)
	return []check.Finding{f}
}

// readOnly returns the fix that makes the root of a service read-only.
func readOnly(s judged.Service) *check.Fix {
	fix := &check.Fix{Kind: check.All, Text: "writes read_only: true, with tmpfs for what the image is known to write"}
	folders, known := writes[judged.Word(judged.ImageName(s.Service))]
	switch n := s.Node.Get("read_only"); {
	case judged.Builds(s.Service) || !known:
		fix.Refused = "what the image writes is not known: docker diff shows it"
		return fix
	case !n.Empty():
		fix.Refused = "the file says read_only: false"
		return fix
	}
	edit, ok := s.AddField("read_only: true")
	if !ok {
		fix.Refused = "the service is written in a way that is not edited"
		return fix
	}
	fix.Edits = []ecosystems.Edit{edit}
	var missing []string
	for _, folder := range folders {
		if !mounted(s.Service, folder) {
			missing = append(missing, folder)
		}
	}
	if len(missing) == 0 {
		return fix
	}
	tmpfs, ok := addTmpfs(s, missing)
	if fix.Edits = append(fix.Edits, tmpfs...); !ok {
		fix.Edits, fix.Refused = nil, "its tmpfs is written in a way that is not edited"
	}
	// Two insertions at one place have no order, so they become one.
	if n := len(fix.Edits); n == 2 && fix.Edits[0].At == fix.Edits[1].At {
		fix.Edits[0].New += fix.Edits[1].New
		fix.Edits = fix.Edits[:1]
	}
	return fix
}

// addTmpfs returns the edits that add folders to the tmpfs of a service.
func addTmpfs(s judged.Service, folders []string) (edits []ecosystems.Edit, ok bool) {
	list := s.Node.Get("tmpfs")
	if list.Empty() {
		edit, ok := s.AddField("tmpfs: [" + strings.Join(folders, ", ") + "]")
		return []ecosystems.Edit{edit}, ok
	}
	for _, folder := range folders {
		edit, ok := s.AddItem(list, folder)
		if !ok || len(edits) > 0 && edits[0].At != edit.At {
			return nil, false
		}
		if len(edits) > 0 {
			edits[0].New += edit.New
			continue
		}
		edits = append(edits, edit)
	}
	return edits, true
}

// mounted reports whether a folder or one above it is a mount.
func mounted(s *merged.Service, folder string) bool {
	var targets []string
	for _, e := range s.Node.Get("volumes").Elements() {
		targets = append(targets, merged.ReadMount(e).Target)
	}
	for _, e := range s.Node.Get("tmpfs").Elements() {
		target, _, _ := strings.Cut(e.String(), ":")
		targets = append(targets, target)
	}
	return slices.ContainsFunc(targets, func(t string) bool { return folder == t || strings.HasPrefix(folder, strings.TrimRight(t, "/")+"/") })
}
