package message

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/message/untrusted"
)

const (
	conventional = "conventional"
	digestBand   = "digest"
	firstDigest  = "first-digest" // for pins that had no digest

	// The length of the first line of a commit message, in characters, beyond which tools cut it.
	maxTitle = 72
)

// phrases returns phrases for a pull request, longest first; the title uses the
// first that fits.
func phrases(p Pull) []string {
	list := requested(p.Updates)
	var out []string
	if one, ok := same(list); ok {
		out = singleUpdate(one, places(list))
	}
	out = append(out, severalUpdates(list, p.Group)...)
	if strings.HasPrefix(p.Group, "security/") {
		for n := range out {
			out[n] += " (security)"
		}
	}
	if p.Base == "" {
		return out
	}
	var based []string
	for _, phrase := range out {
		based = append(based, phrase+" ("+p.Base+")")
	}
	return append(based, out...)
}

// titlePrefix adds the usual colon to a prefix of letters: "deps" becomes "deps:".
func titlePrefix(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	if last := text[len(text)-1]; last == ')' || last >= '0' && last <= '9' || last >= 'a' && last <= 'z' || last >= 'A' && last <= 'Z' {
		return text + ":"
	}
	return text
}

// same returns an update if all of a list make the same change to the same package.
func same(list []Update) (Update, bool) {
	for _, u := range list {
		if u.Package != list[0].Package || u.To != list[0].To || u.NewDigest != list[0].NewDigest ||
			u.Band != list[0].Band || (u.OldDigest == "") != (list[0].OldDigest == "") {
			return Update{}, false
		}
	}
	return list[0], true
}

// places names the files of the updates, for the end of a phrase.
func places(list []Update) string {
	// The files are counted, not the rows: one file can pin a package several times.
	files := map[string]bool{}
	for _, u := range list {
		files[u.File] = true
	}
	if len(files) == 1 {
		return " in " + list[0].File
	}
	return fmt.Sprintf(" in %d files", len(files))
}

// singleUpdate phrases the update of one package.
func singleUpdate(u Update, in string) []string {
	name, nickname := cmp.Or(u.Called, u.Name), short(u)
	if u.Band == digestBand {
		return rebuilt(u, in)
	}
	var out []string
	if u.From != "" && u.From != u.To {
		for _, form := range []string{name + " from " + u.From + " to " + u.To + in, name + " from " + u.From + " to " + u.To, nickname + " from " + u.From + " to " + u.To} {
			out = append(out, "update "+form)
		}
	}
	return append(out,
		fmt.Sprintf("update %s to %s%s", name, u.To, in),
		fmt.Sprintf("update %s to %s", name, u.To),
		fmt.Sprintf("update %s to %s%s", nickname, u.To, in),
		fmt.Sprintf("update %s to %s", nickname, u.To))
}

// rebuilt phrases a new digest, with tag and date, because a bare digest tells readers nothing.
func rebuilt(u Update, in string) []string {
	digest, built := shortDigest(u.NewDigest), ""
	if !u.Built.IsZero() {
		built = " (built " + untrusted.Day(u.Built) + ")"
	}
	form := func(name string) string { return "update digest of " + tagged(name, u.To) + " to " + digest }
	bare := func(name string) string { return "update digest of " + tagged(name, u.To) }
	if u.OldDigest == "" {
		form = func(name string) string { return "pin " + tagged(name, u.To) + " to " + digest }
		bare = func(name string) string { return "pin " + tagged(name, u.To) + " to its digest" }
	}
	return []string{
		form(u.Name) + built + in, form(u.Name) + built, form(short(u)) + built,
		bare(u.Name) + built, bare(short(u)) + built, bare(u.Name), bare(short(u)),
	}
}

func tagged(name, tag string) string {
	if tag == "" {
		return name
	}
	return name + ":" + tag
}

// severalUpdates phrases the updates of several packages.
func severalUpdates(list []Update, group string) []string {
	names := nicknames(list)
	object := fmt.Sprintf("%d %s", len(names), noun(list, len(names) != 1))
	verb := "update"
	switch {
	case onlyDigests(list) && firstDigests(list):
		verb, object = "pin", object+" to digests"
	case onlyDigests(list):
		object = "digests of " + object
	}
	in := commonFolder(list, group)
	var out []string
	// Compact: without a folder both phrases are the same.
	for _, end := range slices.Compact([]string{in, ""}) {
		for shown := min(len(names), 4); shown > 0; shown-- {
			out = append(out, verb+" "+object+": "+enumerate(names, shown)+end)
		}
	}
	return append(out, verb+" "+object+in, verb+" "+object)
}

// commonFolder names the common folder of the updates, or their only file if it is not in the main folder;
// otherwise "".
func commonFolder(list []Update, group string) string {
	if dir, ok := strings.CutPrefix(group, "in/"); ok {
		dir = strings.TrimSuffix(strings.TrimSuffix(dir, "first-digests"), "floating-digests")
		if dir = path.Clean(dir); dir != "." {
			return " in " + dir
		}
		return " in the main folder"
	}
	if one := places(list); strings.Contains(one, "/") {
		return one
	}
	return ""
}

func enumerate(names []string, shown int) string {
	text := strings.Join(names[:shown], ", ")
	if left := len(names) - shown; left > 0 {
		text += " and " + strconv.Itoa(left) + " more"
	}
	return text
}

func onlyDigests(list []Update) bool {
	return !slices.ContainsFunc(list, func(u Update) bool { return u.Band != digestBand })
}

func firstDigests(list []Update) bool {
	return !slices.ContainsFunc(list, func(u Update) bool { return u.OldDigest != "" })
}

// noun returns the word for the kind of the updates.
func noun(list []Update, many bool) string {
	one := list[0]
	for _, u := range list {
		if u.Noun != one.Noun {
			one = Update{}
		}
	}
	if many {
		return cmp.Or(one.Plural, "dependencies")
	}
	return cmp.Or(one.Noun, "dependency")
}

// nicknames returns a short name for each package of a list, or the whole name if two short ones are
// equal.
func nicknames(list []Update) (names []string) {
	owner := map[string]string{}
	for _, u := range list {
		name := short(u)
		// A title must not call two packages by one name.
		if other, taken := owner[name]; taken && other != u.Package {
			name = u.Name
		}
		if _, taken := owner[name]; !taken {
			names = append(names, name)
			owner[name] = u.Package
		}
	}
	return names
}

// short returns the usual short name of a package: "x/net", "cobra", "app" for ghcr.io/acme/app.
func short(u Update) string {
	if u.Short != "" {
		return u.Short
	}
	_, name := ecosystems.Kind{}.Names(strings.TrimSuffix(u.Name, "/"))
	return name
}

// shortDigest returns the beginning of a digest, as tools show it.
func shortDigest(digest string) string {
	if !untrusted.IsDigest(digest) {
		return digest
	}
	short := ecosystems.ShortDigest(digest)
	return short[strings.IndexByte(short, ':')+1:]
}

func where(file string, lineNumber int) string {
	if lineNumber < 1 {
		return file
	}
	return file + ":" + strconv.Itoa(lineNumber)
}
