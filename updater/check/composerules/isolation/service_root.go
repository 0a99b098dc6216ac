package isolation

import (
	"strings"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// ServiceRoot is the rule service-root: a service runs as root.
var ServiceRoot = judged.PerService(check.Rule{
	ID: "service-root", Level: check.Must, Mode: check.Information,
	Title:  "a service runs as root",
	Why:    "A program that runs as root in its container is root on the machine as soon as it gets out of it.",
	Silent: "images whose entry point drops rights (postgres, redis, mysql and others); what is built here, which root-user judges; images whose own user is not known. A service that asks for root itself is a finding of mode default, but for one that only prepares files.",
	Fixes:  "text: user: with a number.",
	Source: "https://docs.docker.com/reference/compose-file/services/#user",
}, serviceRoot)

func serviceRoot(s judged.Service, facts *check.Facts) []check.Finding {
	user := s.Node.Get("user")
	if !user.Empty() {
		return askedForRoot(s)
	}
	ref := s.Node.Get("image")
	if judged.Builds(s.Service) || ref.Empty() || ref.Open || judged.DropsRights(s.Service, nil) || s.Node.Has("userns_mode") {
		return nil
	}
	image, known := facts.Image(strings.TrimSpace(ref.String()), s.Node.Get("platform").String())
	if !known || image.Config == nil || image.Config.User != "" && !judged.Rooted.MatchString(image.Config.User) || judged.DropsRights(s.Service, image.Config.Entrypoint) {
		return nil
	}
	f := s.AtName("root", "%s runs as root: neither the service nor its image names another user", s.Name)
	f.Hint = "user: with a number that owns what it writes, where the program can do without root"
	return []check.Finding{f}
}

// askedForRoot returns a finding if the file sets the user to root.
func askedForRoot(s judged.Service) []check.Finding {
	user := s.Node.Get("user")
	if strings.Contains(user.Raw, "$") || !judged.Rooted.MatchString(strings.TrimSpace(user.String())) || judged.Dropping.MatchString(judged.ImageName(s.Service)) && !judged.Builds(s.Service) {
		return nil
	}
	f := judged.At(user, "user root", "%s is told to run as root", s.Name)
	f.Mode = check.Default
	if s.OneShot() {
		f.Mode, f.Text = check.Information, f.Text+", to prepare files"
	}
	f.Hint = "user: with a number that owns what it writes"
	return []check.Finding{f}
}
