package merged

import (
	"io/fs"
	"path"
)

// A Build is how a service builds its image.
type Build struct {
	Context    string  // folder of the repository; "" if it is outside or unknown
	Dockerfile string  // path in the repository; "" if it is outside, inline or unknown
	Inline     *Node   // a Dockerfile inside the Compose file, nil for none
	Target     string  // the stage; "" for the last one, and if a variable decides
	Args       []Field // by name; a null value comes from the environment
	Node       *Node   // the value of "build"
}

// Build returns how a service builds its image; false if it does not.
func (s *Service) Build() (Build, bool) {
	n := s.Node.Get("build")
	if n.Empty() {
		return Build{}, false
	}
	context := n
	if n.Kind == Mapping {
		context = n.Get("context")
	}
	b := Build{Node: n, Target: n.Get("target").String(), Args: n.Get("args").Pairs(), Inline: n.Get("dockerfile_inline")}
	if n.Get("target").isOpen() {
		b.Target = ""
	}
	dir := path.Dir(n.At.File)
	switch {
	case context.Empty():
		b.Context = dir
	default:
		// After extends, the path is relative to the file that has it.
		dir = path.Dir(context.At.File)
		text := context.String()
		if context.Open || Remote.MatchString(text) || path.IsAbs(text) || !fs.ValidPath(path.Join(dir, text)) {
			return b, true
		}
		b.Context = path.Join(dir, text)
	}
	file := n.Get("dockerfile")
	name := "Dockerfile"
	if !file.Empty() {
		name = file.String()
	}
	if to := path.Join(b.Context, name); b.Inline.Empty() && !path.IsAbs(name) && !file.isOpen() && fs.ValidPath(to) {
		b.Dockerfile = to
	}
	return b, true
}
