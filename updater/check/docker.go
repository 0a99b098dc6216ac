package check

import (
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
)

// A Docker is a Dockerfile with everything that rules need, except facts.
type Docker struct {
	*dockerfile.File
	Scripts []*runscript.Script // of all RUN, in order
	Images  []Image             // of FROM, COPY --from and RUN --mount, without the frontend
	Results []int               // the stages that become images: the last one and those that targets name, in order
	Repo    fs.FS               // the repository, nil if there is none
	Users   []Use               // the services that build this file
	Digests bool                // the settings want digests
	Address string              // of the repository for people; "" if unknown

	Trouble string // why the file is not checked, in one sentence; "" if it is

	byStage   map[int][]*runscript.Script
	values    map[*runscript.Script]func(string) (string, bool)
	inResults []bool // by stage: it or one built on it becomes an image
}

// An Image is a reference to an image in a file of either kind.
type Image struct {
	ecosystems.Dependency
	Stage string // the service that runs it, "" in a Dockerfile
}

// A Use is a service of a compose file that builds a Dockerfile.
type Use struct {
	File    string // of the compose file
	Service string
	Target  string            // the stage it builds, "" for the last
	User    string            // that it runs as, "" if it sets none
	Context string            // its build context, a folder of the repository; "" if unknown
	Args    map[string]string // build arguments with a literal value
}

// Surroundings are the facts about a repository that matter to one Dockerfile.
type Surroundings struct {
	Repo    fs.FS
	Digests bool     // the settings want digests: they do not have digests: ignore
	Uses    []Use    // the services that build this Dockerfile
	Address string   // of the repository for people, without a login: "https://github.com/acme/shop"; "" if unknown
	Targets []string // the stages of this Dockerfile that workflows, bake files and the like build
}

// NewDocker reads a Dockerfile for the rules.
func NewDocker(file, src string, around Surroundings) *Docker {
	f := dockerfile.Parse(file, src)
	d := &Docker{
		File: f, Repo: around.Repo, Users: around.Uses, Digests: around.Digests, Address: around.Address,
		byStage: map[int][]*runscript.Script{}, values: map[*runscript.Script]func(string) (string, bool){},
	}
	if d.Trouble = tooMany("instructions", len(f.Instructions), maxInstructions); d.Trouble != "" {
		return d
	}
	d.Scripts = runscript.Scripts(f)
	commands := 0
	for _, s := range d.Scripts {
		stage := f.Instructions[s.Index].Stage
		d.byStage[stage] = append(d.byStage[stage], s)
		commands += len(s.Commands)
	}
	if d.Trouble = tooMany("commands", commands, maxCommands); d.Trouble != "" {
		return d
	}
	for _, one := range f.Dependencies() {
		if !d.isSyntax(one) {
			d.Images = append(d.Images, Image{Dependency: one})
		}
	}
	d.results(around)
	return d
}

// The limits for a checked file: some rules compare every command with every
// other.
const (
	maxInstructions = 10_000
	maxCommands     = 2_000
)

func tooMany(what string, n, most int) string {
	if n <= most {
		return ""
	}
	return fmt.Sprintf("not judged: %d %s are more than %d", n, what, most)
}

// Unread returns the line and the error of each script that could not be parsed.
func (d *Docker) Unread() (list []string) {
	for _, s := range d.Scripts {
		// A template is no shell script until its program has filled it in.
		if s.Err != nil && !d.IsTemplate() {
			line, _ := ecosystems.Position([]byte(d.Source), d.Instructions[s.Index].Start)
			list = append(list, fmt.Sprintf("%d: the commands of this RUN are not judged: %v", line, s.Err))
		}
	}
	return list
}

// StageScripts returns the scripts of a stage, in order.
func (d *Docker) StageScripts(stage int) []*runscript.Script { return d.byStage[stage] }

// isSyntax reports whether a dependency is the frontend, which a comment names.
func (d *Docker) isSyntax(one ecosystems.Dependency) bool {
	start := strings.LastIndexByte(d.Source[:one.At[0].Start], '\n') + 1
	// The first line may begin with a byte order mark.
	return strings.HasPrefix(strings.TrimLeft(d.Source[start:one.At[0].Start], " \t\uFEFF"), "#")
}

// results marks the stages that become images and the stages that these are built on.
func (d *Docker) results(around Surroundings) {
	result := make([]bool, len(d.Stages))
	d.inResults = make([]bool, len(d.Stages))
	wanted := []int{len(d.Stages) - 1}
	for _, t := range around.Targets {
		wanted = append(wanted, d.StageNamed(t, len(d.Stages)))
	}
	for _, u := range around.Uses {
		if u.Target != "" {
			wanted = append(wanted, d.StageNamed(u.Target, len(d.Stages)))
		}
	}
	for _, n := range wanted {
		// -1 for a target that names no stage, or a file without stages.
		if n >= 0 {
			result[n] = true
		}
		for ; n >= 0 && !d.inResults[n]; n = d.Stages[n].Parent { // stops where another result has been
			d.inResults[n] = true
		}
	}
	for i, is := range result {
		if is {
			d.Results = append(d.Results, i)
		}
	}
}

// Chain returns a stage, the stage that it is built on, and so on to the first one.
func (d *Docker) Chain(stage int) iter.Seq[int] {
	return func(yield func(int) bool) {
		// This ends, because a stage can only be built on an earlier one.
		for ; stage >= 0 && yield(stage); stage = d.Stages[stage].Parent {
		}
	}
}

// EOL returns the line break of the file.
func (d *Docker) EOL() string {
	if strings.Contains(d.Source, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// InResult reports whether the files of a stage are part of an image: it becomes one, or one is built on it.
func (d *Docker) InResult(stage int) bool { return stage >= 0 && d.inResults[stage] }

// StageName returns the name of a stage for people and identities: its own name,
// or that of its base image without the tag. It is "" for an unnamed last stage.
func (d *Docker) StageName(stage int) string {
	if stage < 0 || stage >= len(d.Stages) {
		return ""
	}
	s := d.Stages[stage]
	switch {
	case s.Name != "":
		return s.Name
	case stage == len(d.Stages)-1:
		return ""
	}
	name := s.Base
	if s.Unknown != "" {
		name = strings.Trim(s.Image.String(), `"'`)
	}
	name, _, _ = strings.Cut(name, "@")
	// A colon before the last slash belongs to the port of a registry.
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return name
}

// Dir returns the folder of the file.
func (d *Docker) Dir() string { return path.Dir(d.Name) }
