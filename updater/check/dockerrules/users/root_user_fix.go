package users

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// ready are the users that images include, by repository. USER gets their ids,
// because Kubernetes cannot tell from a name whether it is root.
var ready = []struct {
	image    *lazyregexp.Regexp
	id, name string
}{
	{lazyregexp.New(`^(?:docker\.io/)?(?:library/)?node(?:[:@]|$)`), "1000", "node"},
	{lazyregexp.New(`^gcr\.io/distroless/`), "65532", "nonroot"},
	{lazyregexp.New(`^(?:docker\.io/)?oven/bun(?:[:@]|$)`), "1000", "bun"},
	{lazyregexp.New(`^(?:docker\.io/)?denoland/deno(?:[:@]|$)`), "1993", "deno"},
	{lazyregexp.New(`^(?:docker\.io/)?(?:library/)?gradle(?:[:@]|$)`), "1000", "gradle"},
	{lazyregexp.New(`^mcr\.microsoft\.com/dotnet/(?:aspnet|runtime|runtime-deps|sdk):(?:[89]|1\d)\.`), "1654", "app"},
	{lazyregexp.New(`^(?:docker\.io/)?(?:library/)?php:[^@]*alpine`), "82", "www-data"},
	{lazyregexp.New(`^(?:docker\.io/)?(?:library/)?php(?:[:@]|$)`), "33", "www-data"},
	{lazyregexp.New(`^(?:scratch)$`), "65532:65532", ""},
}

// debian are official images that are built on Debian or Ubuntu unless the tag names another system.
var debian = lazyregexp.New(`^(?:docker\.io/)?(?:library/)?(?:python|golang|ruby|rust|perl|gcc|debian|ubuntu|buildpack-deps|eclipse-temurin|openjdk|tomcat|maven|pypy|haskell|elixir|erlang|julia|r-base|swift|jruby|clojure|dart|mono|sapmachine)(?:[:@]|$)`)

const (
	newID      = "10001"
	gnuUser    = "RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app --no-create-home --shell /usr/sbin/nologin app"
	alpineUser = "RUN addgroup -g 10001 app && adduser -D -H -u 10001 -G app -s /sbin/nologin app"
)

// userFix returns the fix that adds a user and USER, or the reason why there is none.
func userFix(d *check.Docker, stage int, facts *check.Facts) *check.Fix {
	fix := &check.Fix{Kind: check.All}
	if fix.Refused = breaks(d, stage, facts); fix.Refused != "" {
		return fix
	}
	create, id, name := newUser(d, stage)
	if id == "" {
		fix.Refused = "how users are created in the base image is not known"
		return fix
	}
	lines := []string{"USER " + id}
	if create != "" {
		lines = []string{create, lines[0]}
	}
	at, eol := beforeStart(d, stage), d.EOL()
	text := strings.Join(lines, eol) + eol
	if at > 0 && d.Source[at-1] != '\n' {
		text = eol + text
	}
	fix.Text = "writes USER " + id
	if name != "" && name != id {
		fix.Text += " (" + name + ")"
	}
	fix.Edits = []ecosystems.Edit{{At: ecosystems.Span{File: d.Name, Start: at, End: at}, New: text}}
	return fix
}

// breaks returns why another user would break the image, "" if there is no sign of that.
func breaks(d *check.Docker, stage int, facts *check.Facts) string {
	ports, volumes := exposed(d, stage)
	root := judged.RootOf(d, stage)
	if image, ok := facts.Image(d.Stages[root].Base, d.Stages[root].Platform); ok && image.Config != nil {
		ports, volumes = append(ports, image.Config.Ports...), append(volumes, image.Config.Volumes...)
	}
	for _, p := range ports {
		p, _, _ = strings.Cut(p, "/")
		p, _, _ = strings.Cut(p, "-")
		if n, err := strconv.Atoi(p); err == nil && n > 0 && n < 1024 {
			return fmt.Sprintf("it listens on port %d, which outside of Docker only root may", n)
		}
	}
	switch {
	case len(volumes) > 0: // files that older containers left there are root's
		return fmt.Sprintf("the volume %s belongs to root", judged.Clip(volumes[0], 40))
	case shellAt(d, stage) != runscript.Sh && shellAt(d, stage) != runscript.Bash:
		return "the shell of the stage is not one of Unix"
	}
	return ""
}

// exposed returns the ports and volumes of a stage, including inherited ones.
func exposed(d *check.Docker, stage int) (ports, volumes []string) {
	for stage := range d.Chain(stage) {
		for i := d.Stages[stage].First; i < d.Stages[stage].Last; i++ {
			in := d.Instructions[i]
			switch in.Name {
			case "expose":
				value, _, _ := d.Expand(i, in.Args)
				ports = append(ports, strings.Fields(value)...)
			case "volume":
				volumes = append(volumes, splitWords(in.Args.String())...)
			}
		}
	}
	return ports, volumes
}

// shellAt returns the shell of a RUN at the end of a stage.
func shellAt(d *check.Docker, stage int) string {
	kind := runscript.Sh
	for _, s := range d.Scripts {
		if in := d.Instructions[s.Index]; in.Stage == stage && s.Shell != runscript.Exec && s.Shell != runscript.Other {
			kind = s.Shell
		}
	}
	return kind
}

// newUser returns the instruction that creates a user, "" if there is a user
// already; the id for USER, or the name if no id is known; and the name.
func newUser(d *check.Docker, stage int) (create, id, name string) {
	if name := createdUser(d, stage); name != "" {
		if id, ok := createdID(d, stage, name); ok {
			return "", id, name
		}
		return "", name, name
	}
	base := d.Stages[judged.RootOf(d, stage)].Base
	for _, r := range ready {
		if r.image.MatchString(base) {
			return "", r.id, r.name
		}
	}
	switch { // the two families have programs of their own to create users
	case strings.Contains(base, "alpine") || judged.Uses(d, stage, "apk"):
		return alpineUser, newID, "app"
	case judged.Uses(d, stage, "apt-get", "apt", "dpkg"), debian.MatchString(base) && !otherSystem.MatchString(base):
		return gnuUser, newID, "app"
	}
	return "", "", ""
}

var otherSystem = lazyregexp.New(`(?i)windows|nanoserver|alpine|ubi|oracle|centos|fedora|amazon|nanoserver|chiseled|distroless`)

// createdUser returns the last user that a stage, or one it is built on, creates.
func createdUser(d *check.Docker, stage int) (user string) {
	for stage := range d.Chain(stage) {
		for script, args := range addsUsers(d, stage) {
			if last := args[len(args)-1]; !script.OnBuild && last.Known && plainName.MatchString(last.Text) && last.Text != "root" {
				user = last.Text
			}
		}
		if user != "" {
			break
		}
	}
	return user
}

// addsUsers returns the arguments of each command of a stage that creates a user.
func addsUsers(d *check.Docker, stage int) iter.Seq2[*runscript.Script, []runscript.Word] {
	return func(yield func(*runscript.Script, []runscript.Word) bool) {
		for _, script := range d.StageScripts(stage) {
			for _, c := range script.Commands {
				name, args := c.Program()
				if (name == "useradd" || name == "adduser") && len(args) > 0 && !yield(script, args) {
					return
				}
			}
		}
	}
}

// beforeStart returns the offset for USER in a stage: before the CMD and ENTRYPOINT
// at its end, else at its end.
func beforeStart(d *check.Docker, stage int) (at int) {
	s := d.Stages[stage]
	place := -1
	for i := s.First + 1; i < s.Last; i++ {
		switch in := d.Instructions[i]; in.Name {
		case "cmd", "entrypoint":
			if place < 0 {
				place = i
			}
		case "run", "copy", "add", "workdir", "user", "volume": // before these it would change who runs or owns what, or be replaced
			place = -1
		}
	}
	if place < 0 {
		last := d.Instructions[s.Last-1]
		end := last.End
		for _, doc := range last.Heredocs { // whose text follows the end of the instruction
			line := strings.IndexByte(d.Source[doc.End:], '\n')
			if line < 0 {
				end = len(d.Source)
				break
			}
			end = max(end, doc.End+line+1)
		}
		return end
	}
	return aboveComments(d.Source, d.Instructions[place].Start)
}

// aboveComments returns the offset of the first of the comment lines directly above an offset.
func aboveComments(src string, at int) int {
	for at > 0 {
		start := strings.LastIndexByte(src[:at-1], '\n') + 1
		if !strings.HasPrefix(strings.TrimSpace(src[start:at]), "#") {
			break
		}
		at = start
	}
	return at
}
