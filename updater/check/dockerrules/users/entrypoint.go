package users

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// A start is what a stage runs: ENTRYPOINT and CMD, its own or inherited.
type start struct {
	entry, cmd []string // words; the shell form is split at white space
	own        bool     // the file sets at least one of them
	ownEntry   bool     // the file sets ENTRYPOINT
}

// startOf returns what a stage runs, including values inherited from its base image.
func startOf(d *check.Docker, stage int, facts *check.Facts) start {
	var s start
	entrySet, cmdSet, last := false, false, stage
	for last = range d.Chain(stage) {
		stage := d.Stages[last]
		for i := stage.Last - 1; i > stage.First; i-- {
			in := d.Instructions[i]
			switch {
			case in.Name == "entrypoint" && !entrySet:
				s.entry, entrySet, s.own, s.ownEntry = splitWords(in.Args.String()), true, true, true
			case in.Name == "cmd" && !cmdSet && !entrySet: // an ENTRYPOINT in a later stage resets CMD
				s.cmd, cmdSet, s.own = splitWords(in.Args.String()), true, true
			}
		}
	}
	root := d.Stages[last]
	if entrySet || root.Unknown != "" || root.Base == "scratch" {
		return s
	}
	if image, ok := facts.Image(root.Base, root.Platform); ok && image.Config != nil {
		s.entry = image.Config.Entrypoint
		if !cmdSet {
			s.cmd = image.Config.Cmd
		}
	}
	return s
}

// splitWords splits a command in JSON or shell form.
func splitWords(args string) []string {
	var words []string
	if json.Unmarshal([]byte(args), &words) == nil {
		return words
	}
	return strings.Fields(args)
}

var (
	drops   = lazyregexp.New(`(?m)(?:^|[\s;&|"'(/])(?:gosu|su-exec|setpriv|runuser|s6-setuidgid|s6-applyuidgid|setuidgid|chpst\s+-u|capsh|sudo\s+(?:-\S+\s+)*-u|chroot\s+--userspec|start-stop-daemon[^\n]*(?:--chuid|-c\s)|su\s+(?:-\S*\s+)*[a-z$"'-])`)
	shells  = lazyregexp.New(`^(?:/(?:usr/)?(?:local/)?bin/)?(?:sh|bash|ash|zsh|fish|python[0-9.]*|node|irb|julia|iex|erl|php|jshell|perl[0-9.]*|pwsh|R|ghci|swift|clojure|true|false)$`)
	servers = lazyregexp.New(`(?:^|/)(?:nginx|nginx-debug|apache2(?:ctl|-foreground)?|httpd(?:-foreground)?|php-fpm[0-9.]*|sshd|crond?|supervisord|init|systemd|dovecot|postfix|master|named|s6-svscan|radiusd|runit|runsvdir|my_init|haproxy|unitd|freeradius|docker-php-entrypoint|vsftpd|proftpd|rsyslogd|smbd|nmbd|squid|dnsmasq|dockerd|containerd|kubelet|buildkitd)$`)
	// gosu are images whose own entry point switches from root to another user.
	gosu = lazyregexp.New(`^(?:docker\.io/)?(?:library/|bitnami/)?(?:postgres|redis|valkey|mysql|mariadb|percona|mongo|rabbitmq|cassandra|couchdb|influxdb|neo4j|elasticsearch|ghost|wordpress|nextcloud|drupal|joomla|matomo|httpd|nginx|haproxy|eclipse-mosquitto|consul|vault|memcached|zookeeper|postgis/postgis|timescale/timescaledb|pgvector/pgvector|hashicorp/(?:consul|vault)|linuxserver/.*|(?:lscr|ghcr)\.io/linuxserver/.*)(?:[:@]|$)`)
)

// givesUp returns why it is harmless or intended that a stage starts as root; "" if there is no sign of that.
func givesUp(d *check.Docker, stage int, facts *check.Facts) string {
	if allUsers(d, stage) {
		return "every service that builds this file sets user:"
	}
	s := startOf(d, stage, facts)
	words := slices.Concat(s.entry, s.cmd)
	line := strings.Join(words, " ")
	if drops.MatchString(" " + line) {
		return "the entry point gives up its rights"
	}
	for i, w := range words {
		if i < 3 && servers.MatchString(w) { // behind a wrapper such as tini --
			return fmt.Sprintf("%s starts as root and runs its workers as another user", path.Base(w))
		}
	}
	if script := scriptOf(d, words); drops.MatchString(script) {
		return "the entry point gives up its rights"
	}
	if root := judged.RootOf(d, stage); root >= 0 && !s.ownEntry && gosu.MatchString(d.Stages[root].Base) {
		return "the entry point of the base image gives up its rights"
	}
	if s.own && len(words) > 0 && len(s.entry) == 0 && onlyShell(s.cmd) {
		return "only a shell is started: the image is a base or a tool"
	}
	return ""
}

// allUsers reports whether services build a stage, and all of them run it as another user.
func allUsers(d *check.Docker, stage int) bool {
	built := false
	for _, u := range d.Users {
		target := len(d.Stages) - 1
		if u.Target != "" {
			target = d.StageNamed(u.Target, len(d.Stages))
		}
		if target != stage {
			continue
		}
		built = true
		name, _, _ := strings.Cut(u.User, ":")
		if name == "" || isRoot(name) || strings.Contains(name, "$") {
			return false
		}
	}
	return built
}

func onlyShell(words []string) bool {
	for i, w := range words {
		if i == 0 && !shells.MatchString(w) || i > 0 && !strings.HasPrefix(w, "-") {
			return false
		}
		if w == "-c" { // then the shell runs a program
			return false
		}
	}
	return len(words) > 0
}

// scriptOf returns the joined texts of the scripts of the repository that a command line names.
func scriptOf(d *check.Docker, words []string) string {
	var text string
	for i, w := range words {
		if i > 5 || !strings.Contains(w, "/") && !strings.Contains(w, ".") && !strings.Contains(w, "entrypoint") && i > 0 {
			continue
		}
		if one, ok := copied(d, path.Base(w)); ok && strings.HasPrefix(one, "#!") {
			text += one
		}
	}
	return text
}

// copied returns the text of the file that COPY may add under a name: in the
// context, beside the Dockerfile, or in a copied folder.
func copied(d *check.Docker, base string) (string, bool) {
	if base == "." || base == "/" || d.Repo == nil {
		return "", false
	}
	if text, ok := judged.InContext(d, base); ok {
		return text, true
	}
	for _, in := range judged.Instructions(d, "copy", "add") {
		for _, w := range judged.Sources(in) {
			from := w.String()
			for _, name := range []string{from, path.Join(from, base)} {
				words := in.Args.Fields()
				if path.Base(name) != base && path.Base(words[len(words)-1].String()) != base {
					continue
				}
				if text, ok := judged.InContext(d, name); ok {
					return text, true
				}
			}
		}
	}
	return "", false
}
