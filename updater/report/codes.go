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

// A Code is a word that scripts look for, and what it means.
type Code struct {
	Word string
	Text string // a clause
}

// Codes returns the codes of reasons and of notes, in this order. Those of repositories share some of their words with them, see WriteCodes.
func Codes() []Code {
	return slices.Concat(reasonCodes(), noteCodes())
}

// WriteCodes prints what the codes mean, for freshpin help codes.
func WriteCodes(w io.Writer) error {
	for _, part := range []struct {
		title string
		codes []Code
	}{
		{"Why an item is held, skipped or failed (reason.code):", reasonCodes()},
		{"Why nothing can be done in a repository (freshpin run, pages):", refusedCodes()},
		{"What is worth knowing beside that (notes[].code):", noteCodes()},
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
		{forge.NotFound, "the repository is not there, or may not be read"},
		{forge.NoPermission, "what is to be done there is not permitted"},
		{forge.Protected, "a rule of the repository forbids the push"},
		{forge.RateLimited, "the forge admits no request for a while"},
		{forge.Fork, "the repository is a fork, and forks take no part"},
		{forge.Empty, "the repository has no commits yet"},
	}
}

func noteCodes() []Code {
	return []Code{
		{ecosystems.AgeUnknown, "nothing tells when the target was published"},
		{ecosystems.Compiled, "the file is compiled from a source that could not be read"},
		{ecosystems.Constraints, "the file is bound by constraints that are not followed"},
		{ecosystems.Deprecated, "its publisher has given the package up"},
		{ecosystems.DigestGone, "the registry no longer has the digest that is pinned"},
		{ecosystems.EndOfLife, "the line in use gets no fixes any more"},
		{ecosystems.EndOfLifeSoon, "the line in use gets no fixes from a day that is near"},
		{ecosystems.Floating, "the tag names no line, so a new digest can be any newer version"},
		{ecosystems.MajorsUnknown, "whether there is a newer MAJOR could not be asked"},
		{ecosystems.MetadataUnknown, "what a release requires is not known, so nothing was checked against it"},
		{ecosystems.NeverPatches, "the project patches in its second number, so the line is its MAJOR"},
		{ecosystems.NoDigest, "no digest can be written beside the text"},
		{ecosystems.NotCompared, "what the pin names now cannot be read"},
		{ecosystems.NotTried, "older releases were not tried: the search has a limit"},
		{ecosystems.OtherTrack, "something newer exists in another form of tag alone"},
		{ecosystems.PlatformDigest, "the digest pinned is that of one platform"},
		{ecosystems.RebuildUnknown, "what a rebuilt image changes could not be read"},
		{ecosystems.Retracted, "its publisher has retracted the version in use"},
		{ecosystems.SameImage, "a newer tag names the very image in use"},
		{ecosystems.Schema1, "the image has Docker's first format, which registries are dropping"},
		{ecosystems.SharedValue, "another reference to the same value keeps a newer target out"},
		{ecosystems.Signed, "who has signed the image"},
		{ecosystems.StaleLine, "the line in use has had no release for long, and newer ones have had several"},
		{ecosystems.TagGone, "the registry no longer has the tag that is pinned"},
		{ecosystems.ChecksumFrom, "where the checksum that an update writes was read"},
		{ecosystems.CommentMismatch, "the comment beside a commit names another version than the commit is"},
		{ecosystems.TagObject, "what is pinned is the object of a tag, and not its commit"},
		{ecosystems.Vulnerable, "an advisory affects the version in use, or the target"},
		{ecosystems.WindowsBuild, "there is no image any more for a build of Windows that is in use"},
		{ecosystems.Yanked, "its publisher has taken the version in use back"},
	}
}
