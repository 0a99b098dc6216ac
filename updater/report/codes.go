package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/reasons"
)

// A Code is a stable word for scripts, and its meaning.
type Code struct {
	Word string
	Text string // a clause
}

// Codes returns the codes of reasons and of notes, in this order. Repository codes partly use the same
// words, see WriteCodes.
func Codes() []Code {
	return slices.Concat(reasonCodes(), noteCodes())
}

// WriteCodes prints the meaning of all codes, for freshpin help codes.
func WriteCodes(w io.Writer) error {
	for _, part := range []struct {
		title string
		codes []Code
	}{
		{"Why an item is held, skipped or failed (reason.code):", reasonCodes()},
		{"Why Freshpin cannot work in a repository (freshpin run, pages):", refusedCodes()},
		{"Remarks about an item (notes[].code):", noteCodes()},
	} {
		if _, err := fmt.Fprintln(w, part.title); err != nil {
			return err
		}
		slices.SortFunc(part.codes, func(a, b Code) int { return cmp.Compare(a.Word, b.Word) })
		for _, c := range part.codes {
			if _, err := fmt.Fprintf(w, "  %-18s %s\n", c.Word, c.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

func reasonCodes() (list []Code) {
	for _, m := range reasons.All() {
		list = append(list, Code{m.Code, strings.TrimSuffix(m.Means, ".")})
	}
	return list
}

func refusedCodes() []Code {
	return []Code{
		{forge.Archived, "the repository is archived"},
		{forge.Disabled, "the repository is disabled"},
		{forge.NotFound, "the repository does not exist, or the login may not read it"},
		{forge.NoPermission, "the login lacks a permission for the operation"},
		{forge.Protected, "a rule of the repository forbids the push"},
		{forge.RateLimited, "the forge's rate limit is used up"},
		{forge.Fork, "the repository is a fork, and forks are excluded"},
		{forge.Empty, "the repository has no commits yet"},
	}
}

func noteCodes() []Code {
	return []Code{
		{ecosystems.AgeUnknown, "the publication date of the target is unknown"},
		{ecosystems.Compiled, "the file is compiled from a source file that could not be read"},
		{ecosystems.Constraints, "the file uses constraints that Freshpin does not follow"},
		{ecosystems.Deprecated, "its publisher has deprecated the package"},
		{ecosystems.DigestGone, "the registry no longer has the pinned digest"},
		{ecosystems.EndOfLife, "the release line in use gets no more fixes"},
		{ecosystems.EndOfLifeSoon, "the release line in use soon gets no more fixes"},
		{ecosystems.Floating, "the tag names no release line, so a new digest can be any newer version"},
		{ecosystems.MajorsUnknown, "the lookup of newer MAJOR versions failed"},
		{ecosystems.MetadataUnknown, "the requirements of a release are unknown, so they were not checked"},
		{ecosystems.NeverPatches, "the project patches in its second number, so the release line is its MAJOR"},
		{ecosystems.NoDigest, "no digest can be written with this form of reference"},
		{ecosystems.NotCompared, "the image in use could not be read for comparison"},
		{ecosystems.NotTried, "older releases were not tried: the search has a limit"},
		{ecosystems.OtherTrack, "a newer version exists only in another form of tag"},
		{ecosystems.PlatformDigest, "the pinned digest is that of a single platform"},
		{ecosystems.RebuildUnknown, "the changes in a rebuilt image could not be read"},
		{ecosystems.Retracted, "its publisher has retracted the version in use"},
		{ecosystems.SameImage, "a newer tag names exactly the image in use"},
		{ecosystems.Schema1, "the image has Docker's first format, which registries are dropping"},
		{ecosystems.SharedValue, "another reference to the same value prevents a newer target"},
		{ecosystems.Signed, "who has signed the image"},
		{ecosystems.StaleLine, "the release line in use has had no release for long, but newer ones have had several"},
		{ecosystems.TagGone, "the registry no longer has the pinned tag"},
		{ecosystems.ChecksumFrom, "the source of the checksum that an update writes"},
		{ecosystems.CommentMismatch, "the comment of a commit names another version than the commit has"},
		{ecosystems.TagObject, "the pin names a tag object instead of its commit"},
		{ecosystems.Vulnerable, "an advisory affects the version in use, or the target"},
		{ecosystems.WindowsBuild, "there are no more images for a Windows build in use"},
		{ecosystems.Yanked, "its publisher has withdrawn the version in use"},
	}
}
