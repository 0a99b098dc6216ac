package isolation

import (
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// HostPath is the rule host-path: a service can write into folders of the machine's system.
var HostPath = judged.PerService(check.Rule{
	ID: "host-path", Level: check.Could, Mode: check.Default,
	Title:  "a service can write into folders of the machine's system",
	Why:    "Who can write /etc, /usr or the engine's own folder can give themselves the machine: a cron job, a key for ssh, another image.",
	Silent: "read-only mounts; folders below, such as /var/lib/app or /home/me/data.",
	Fixes:  "text: names read_only, and a folder of its own.",
	Source: "https://docs.docker.com/engine/storage/bind-mounts/#considerations-and-constraints",
	Also:   []string{"1c1325ff-831d-43a1-973e-839ae57dfcc0"},
}, hostPath)

// systemFolders are folders that a container should not write to. Of the paths
// below them, it has only those that give as much power over the host.
var systemFolders = lazyregexp.New(`^(?:/|/etc|/etc/(?:passwd|shadow|group|sudoers|sudoers\.d|cron[^/]*|cron\.d/.*|ssh|systemd(?:/system)?|ld\.so\.preload|init\.d|pam\.d|docker|kubernetes)|/var|/var/lib|/var/lib/(?:docker|containerd|kubelet)|/var/run|/var/spool/cron|/run|/home|/root|/root/\.ssh|/usr|/usr/(?:bin|sbin|lib|local|local/bin)|/bin|/sbin|/lib|/lib64|/boot|/dev|/proc|/sys|/mnt/c|/host|~|~/\.ssh|~/\.aws|\$HOME|[A-Za-z]:[\\/]?|/c/?)$`)

func hostPath(s judged.Service, _ *check.Facts) (found []check.Finding) {
	for _, e := range s.Node.Get("volumes").Elements() {
		m := merged.ReadMount(e)
		// A named volume, and a path that depends on a variable without a value, name no folder of the machine.
		if m.ReadOnly || m.Type != "bind" && m.Type != "" || m.Source == "" || m.Open {
			continue
		}
		source := m.Source
		if strings.HasPrefix(source, "/") {
			source = path.Clean(source)
		} else {
			source = strings.TrimRight(source, "/")
		}
		if !systemFolders.MatchString(source) || strings.HasPrefix(m.Target, "/var/lib/docker/containers") {
			continue
		}
		f := judged.At(e, "bind "+source, "%s can write %s of the machine", s.Name, source)
		f.Hint = "ro behind the mount keeps it from writing; a folder of its own from reading the rest"
		found = append(found, f)
	}
	return found
}
