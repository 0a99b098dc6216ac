package message

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/updater/message/untrusted"
)

// The limits of what is shown of one update.
const (
	maxPackages = 40
	maxAdvices  = 12
	maxReleases = 20
)

// addDetails fills in image changes and release notes, once per update, for the first
// updates as long as there is room for details.
func addDetails[T untrusted.Either](rows []rowView[T], updates []Update, room int) {
	seen := map[string]bool{}
	for n, u := range updates {
		key := strings.Join([]string{u.Package, u.From, u.To, u.OldDigest, u.NewDigest}, "\x00")
		// Several files often pin the same image, and its contents are said once.
		if n >= room || seen[key] {
			continue
		}
		seen[key] = true
		rows[n].Image = imageOf[T](u.Image)
		found, more := head(u.Releases, maxReleases)
		rows[n].ReleasesMore, rows[n].ReleasesURL = u.MoreReleases+more, T(u.ReleasesURL)
		for _, r := range found {
			rows[n].Releases = append(rows[n].Releases, releaseView[T]{Tag: T(r.Tag), Title: T(releaseName(r)), URL: T(r.URL), Body: T(r.Body), Published: r.Published})
		}
	}
}

// releaseName is the displayed name of a release, never empty, because bold text cannot be.
func releaseName(r Release) string {
	for _, name := range []string{r.Title, r.Tag} {
		if strings.TrimSpace(untrusted.Clean(name)) != "" {
			return name
		}
	}
	return "a release"
}

func imageOf[T untrusted.Either](i *Image) *imageView[T] {
	if i == nil {
		return nil
	}
	v := &imageView[T]{
		Summary: T(i.Summary), From: T(i.From), Old: sideOf[T](i.Old), New: sideOf[T](i.New),
		Facts:         i.Old != Side{} || i.New != Side{} || i.Builder != "" || i.Revision != "" || len(i.MorePlatforms)+len(i.FewerPlatforms) > 0,
		MorePlatforms: allTexts[T](i.MorePlatforms), FewerPlatforms: allTexts[T](i.FewerPlatforms),
		Builder: T(i.Builder), Source: T(i.Source), Revision: T(revision(i.Revision)), Unadvised: i.Unadvised,
	}
	v.Changed, v.ChangedMore = changesOf[T](i.Changed)
	v.Added, v.AddedMore = changesOf[T](i.Added)
	v.Removed, v.RemovedMore = changesOf[T](i.Removed)
	fixes, more := head(i.Fixes, maxAdvices)
	v.Fixes, v.FixesMore = advicesOf[T](fixes), more
	brings, more := head(i.Brings, maxAdvices)
	v.Brings, v.BringsMore = advicesOf[T](brings), more
	return v
}

func sideOf[T untrusted.Either](s Side) sideView[T] {
	return sideView[T]{Created: s.Created, Size: size(s.Size), Version: T(s.Version), Revision: T(revision(s.Revision)), Base: T(s.Base)}
}

func changesOf[T untrusted.Either](list []PackageChange) (shown []changeView[T], more int) {
	list, more = head(list, maxPackages)
	for _, c := range list {
		shown = append(shown, changeView[T]{T(c.Name), T(c.Old), T(c.New)})
	}
	return shown, more
}

func advicesOf[T untrusted.Either](list []Advisory) (shown []adviceView[T]) {
	for _, a := range list {
		shown = append(shown, adviceView[T]{
			ID: T(a.ID), Severity: T(strings.ToLower(a.Severity)), Summary: T(a.Summary), URL: T(a.URL), Fixed: T(a.Fixed),
			Remains: a.Remains, Aliases: allTexts[T](a.Aliases), Package: T(a.Package), Imported: T(a.Imported), Unused: a.Unused,
		})
	}
	return shown
}

// texts converts the first k elements of a list, and returns the number of the others.
func texts[T untrusted.Either](list []string, k int) (out []T, more int) {
	list, more = head(list, k)
	for _, s := range list {
		out = append(out, T(s))
	}
	return out, more
}

// allTexts converts a whole list.
func allTexts[T untrusted.Either](list []string) []T {
	out, _ := texts[T](list, len(list))
	return out
}

// enough is how many hexadecimal digits identify a commit.
const enough = 12

// revision shortens a commit hash; other text stays unchanged.
func revision(name string) string {
	if len(name) > enough && strings.Trim(name, "0123456789abcdef") == "" {
		return name[:enough]
	}
	return name
}

// size formats a number of bytes; "" for 0.
func size(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}
