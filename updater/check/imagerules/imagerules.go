// Package imagerules has the rules for image references in Dockerfiles and Compose
// files, one file for each rule.
package imagerules

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
)

// judge makes a rule about images apply to both kinds of files.
func judge(r check.Rule, images func(list []check.Image, digests bool, facts *check.Facts) []check.Finding) check.Rule {
	r.Docker = func(d *check.Docker, f *check.Facts) []check.Finding { return images(d.Images, d.Digests, f) }
	r.Compose = func(c *check.Compose, f *check.Facts) []check.Finding { return images(c.Images, c.Digests, f) }
	return r
}

// Reference returns the reference of an image as in FROM: "python:3.6-slim@sha256:…".
func Reference(d ecosystems.Dependency) string {
	ref := d.Name
	if d.Pin.Text != "" {
		ref += ":" + d.Pin.Text
	}
	if d.Pin.Digest != "" {
		ref += "@" + d.Pin.Digest
	}
	return ref
}

// isImage reports whether a dependency is an image with a known name.
func isImage(d ecosystems.Dependency) bool {
	return d.Package.Name != "" && (d.Skip.IsZero() || d.Skip.Code == ecosystems.Unpinned || d.Skip.Code == ecosystems.NoTag || d.Skip.Code == ecosystems.Unsupported)
}

// twinFix returns the fix that replaces a tag by the version tag of the same image, if there is one.
func twinFix(i check.Image, facts *check.Facts) (hint string, fix *check.Fix) {
	ref := Reference(i.Dependency)
	twin, known := facts.Twin(ref)
	switch {
	case !known:
		return "", nil
	case twin.Tag == "":
		return "no tag with a version is the same image today", nil
	}
	hint = fmt.Sprintf("%s:%s is the same image today", i.Name, twin.Tag)
	text := twin.Tag
	if twin.Digest != "" && i.Pin.NoDigest == "" {
		text += "@" + twin.Digest
	}
	at := i.At[0]
	edit := ecosystems.Edit{At: at, Old: i.Pin.Text, New: text}
	switch {
	case i.Pin.Before+i.Pin.After != "" || i.Pin.NoDigest != "" && i.Pin.Text == "":
		return hint, &check.Fix{Kind: check.All, Refused: "the reference is put together from variables"}
	case i.Pin.Text == "": // the place of a pin without a tag is the name
		edit.At.Start, edit.New = at.End, ":"+text
	}
	return hint, &check.Fix{Kind: check.All, Text: fmt.Sprintf("writes %s:%s", i.Name, shortDigest(text)), Edits: []ecosystems.Edit{edit}}
}

// shortDigest shortens a digest for messages.
func shortDigest(text string) string {
	before, digest, found := strings.Cut(text, "@sha256:")
	if !found || len(digest) < 12 {
		return text
	}
	return before + "@sha256:" + digest[:12] + "…"
}
