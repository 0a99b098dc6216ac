package goproxy

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A goMod is the go.mod of one version of a module.
type goMod struct {
	file *modfile.File
	made bool // the proxy has generated it, because the version has no go.mod
}

// line returns the version in the go line, "" if there is none.
func (m goMod) line() string {
	if m.file == nil || m.file.Go == nil {
		return ""
	}
	return m.file.Go.Version
}

// goMod requests the go.mod of one version.
func (s *Source) goMod(ctx context.Context, path, v string) (goMod, error) {
	body, err := s.getFile(ctx, path, v, ".mod", checkMod)
	if err != nil {
		return goMod{}, err
	}
	f, err := readMod(body)
	return goMod{f, bytes.Equal(body, fmt.Appendf(nil, "module %s\n", modfile.AutoQuote(path)))}, err
}

// GoMod returns the go.mod of a version of a module.
func (s *Source) GoMod(ctx context.Context, path, v string) (*modfile.File, error) {
	m, err := s.goMod(ctx, path, v)
	if err != nil {
		return nil, fmt.Errorf("go.mod of %s@%s: %w", path, v, err)
	}
	return m.file, nil
}

func readMod(body []byte) (*modfile.File, error) {
	f, err := modfile.ParseLax("go.mod", body, nil)
	if err != nil {
		return nil, err
	}
	if f.Module == nil {
		return nil, errors.New("the go.mod has no module line")
	}
	return f, nil
}

func checkMod(body []byte, _ http.Header) error {
	_, err := readMod(body)
	return err
}

// retracted returns the reasons for the retracted versions, by version.
func (m goMod) retracted(list []string) map[string]string {
	why := map[string]string{}
	if m.file == nil {
		return why
	}
	for _, v := range list {
		for _, r := range m.file.Retract {
			if semver.Compare(r.Low, v) > 0 || semver.Compare(v, r.High) > 0 {
				continue
			}
			why[v] = "retracted" // of overlapping ranges, another one may give a reason
			if r.Rationale != "" {
				why[v] = "retracted: " + oneLine(r.Rationale)
				break
			}
		}
	}
	return why
}

// newest returns the latest version of a list that is not retracted, "" if there is
// none; releases have precedence over pre-releases.
func newest(list []string, gone map[string]string) (newest string) {
	for _, v := range slices.Backward(list) {
		if gone[v] != "" {
			continue
		}
		if semver.Prerelease(v) == "" {
			return v
		}
		newest = cmp.Or(newest, v)
	}
	return newest
}

// split separates the versions that belong to the path from +incompatible ones.
func split(list []string) (compatible, incompatible []string) {
	for _, v := range list {
		if gosemver.Incompatible(v) {
			incompatible = append(incompatible, v)
		} else {
			compatible = append(compatible, v)
		}
	}
	return compatible, incompatible
}

// judge reads the retractions and the deprecation from the go.mod of the latest
// version, which may itself be retracted, and returns the candidates. It also returns
// the go line of that version.
func (s *Source) judge(ctx context.Context, n names, t tags) (list ecosystems.Listing, line string, err error) {
	path := n.path
	compatible, incompatible := split(t.listed)
	// Which version is the latest depends on it, and the retractions are in that one's
	// go.mod; the retractions may in turn change the answer.
	legacy, err := s.legacy(ctx, path, compatible, incompatible, nil)
	if err != nil {
		return ecosystems.Listing{}, "", err
	}
	visible := compatible
	if legacy {
		visible = t.listed
	}
	latest := cmp.Or(newest(visible, nil), t.latest.Version)
	m, err := s.goMod(ctx, path, latest)
	if err != nil {
		return ecosystems.Listing{}, "", err
	}
	gone := m.retracted(t.listed)
	if legacy, err = s.legacy(ctx, path, compatible, incompatible, gone); err != nil {
		return ecosystems.Listing{}, "", err
	}
	list = ecosystems.Listing{Candidates: candidates(compatible, incompatible, gone, legacy)}
	list.Candidates = append(list.Candidates, untagged(t, m)...)
	if err := s.markRenamed(ctx, n, latest, m, list.Candidates); err != nil {
		return ecosystems.Listing{}, "", err
	}
	if text := oneLine(m.file.Module.Deprecated); text != "" {
		list.Notes = append(list.Notes, ecosystems.Note{Code: ecosystems.Deprecated, Text: "deprecated: " + text})
	}
	return list, m.line(), nil
}

// legacy reports whether +incompatible versions are candidates for pins that are not
// +incompatible. They are not if the highest version of the path, even a pre-release,
// has a go.mod (golang.org/issue/34165).
func (s *Source) legacy(ctx context.Context, path string, compatible, incompatible []string, gone map[string]string) (bool, error) {
	standing := slices.DeleteFunc(slices.Clone(compatible), func(v string) bool { return gone[v] != "" })
	if len(standing) == 0 || len(incompatible) == 0 {
		return true, nil
	}
	m, err := s.goMod(ctx, path, standing[len(standing)-1])
	return m.made, err
}

// candidates converts versions to candidates. Unless legacy is true, +incompatible
// ones are only for +incompatible pins.
func candidates(compatible, incompatible []string, gone map[string]string, legacy bool) []version.Candidate {
	if legacy {
		return group(slices.Concat(compatible, incompatible), gone, "")
	}
	return append(group(compatible, gone, ""), group(incompatible, gone, gosemver.Superseded)...)
}

// group converts versions to candidates of one family.
func group(list []string, gone map[string]string, family string) []version.Candidate {
	only := onlyPreReleases(list, gone)
	var out []version.Candidate
	for _, text := range list {
		if v, ok := gosemver.Parse(text); ok {
			v.Family, v.Pre = family, v.Pre && !only
			out = append(out, version.Candidate{Version: v, Withdrawn: gone[text]})
		}
	}
	return out
}

// onlyPreReleases reports whether there are no releases that are not retracted. Then
// the highest pre-release is the latest version (Go Modules Reference, "Version
// queries").
func onlyPreReleases(list []string, gone map[string]string) bool {
	return !slices.ContainsFunc(list, func(v string) bool { return gone[v] == "" && semver.Prerelease(v) == "" })
}

// untagged returns the newest commit as a candidate. If there are tags, it is only for
// pins that are pseudo-versions.
func untagged(t tags, m goMod) []version.Candidate {
	text := t.latest.Version
	v, ok := gosemver.Parse(text)
	if !ok {
		return nil
	}
	c := version.Candidate{Version: v, Published: version.Date(t.latest.Time), Withdrawn: m.retracted([]string{text})[text]}
	if module.IsPseudoVersion(text) { // if the list is empty, the latest version may still be a tag
		c.Version.Pre = len(t.listed) > 0
		if len(t.listed) > 0 {
			c.ShownOnly = "not tagged: the newest commit is " + text
		}
	}
	return []version.Candidate{c}
}
