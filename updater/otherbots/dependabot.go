package otherbots

import (
	"html"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var (
	// badge matches the URL of a compatibility score, which has the package and the
	// versions as parameters. Only some ecosystems have such scores.
	badge = lazyregexp.New(`https://dependabot-badges\.githubapp\.com/badges/compatibility_score\?([^\s)"'<>]+)`)

	// sentence matches "Bumps [x](…) from 1 to 2" and "Updates `x` from 1 to 2".
	// Digests are in backticks.
	sentence = lazyregexp.New("(?m)^(?:Bumps|Updates) (?:\\[([^\\]]+)\\]\\([^)\\s]*\\)|`([^`]+)`|(\\S+)) from `?([^\\s`]+)`? to `?([^\\s`]+?)`?\\.?$")

	// permit matches "Updates the requirements on [x](…) to permit the latest version."
	permit = lazyregexp.New(`(?m)^Updates the requirements on \[([^\]]+)\]\(`)

	// titled matches the title of a pull request for one dependency, after a commit
	// prefix: "Bump x from 1 to 2 in /app", "update requirement from <2 to <3".
	titled = lazyregexp.New(`(?i)\b(?:bump|update) (\S+)(?: requirement)? from (\S+) to (\S+)(?: in (/\S*))?(?: in the \S+ group)?$`)

	// folder matches the folder in the title of a group: "in the /app directory".
	folder = lazyregexp.New(`\bin the (/\S*) directory\b`)
)

// dependabot parses the branch, title and body of a pull request of Dependabot.
func dependabot(branch, title, body string) (moves []Move) {
	kind, dir, anyDir := place(branch, title)
	put := func(name, from, to string) {
		m := Move{name, from, to, kind, dir, anyDir}
		for _, old := range moves {
			// Badge, sentence and table tell the same move in different spellings.
			if plain(old.Name) == plain(name) && bare(old.To) == bare(to) {
				return
			}
		}
		moves = add(moves, m)
	}
	for _, m := range badge.FindAllStringSubmatch(body, maxMoves) {
		if q, err := url.ParseQuery(html.UnescapeString(m[1])); err == nil {
			put(q.Get("dependency-name"), q.Get("previous-version"), q.Get("new-version"))
		}
	}
	for _, m := range sentence.FindAllStringSubmatch(body, maxMoves) {
		put(m[1]+m[2]+m[3], m[4], m[5])
	}
	for _, r := range table(body) {
		put(r[0], r[1], r[2])
	}
	// The body is better: the title may be shortened, or a person's.
	if m := titled.FindStringSubmatch(title); m != nil && len(moves) == 0 {
		put(m[1], m[2], m[3])
	}
	for _, m := range permit.FindAllStringSubmatch(body, maxMoves) {
		if t := titled.FindStringSubmatch(title); t != nil {
			put(m[1], t[2], t[3])
		}
	}
	return moves
}

// place returns the kind of file and the folder of a pull request.
func place(branch, title string) (kind, dir string, anyDir bool) {
	words := strings.Split(branch, "/")
	if len(words) > 2 {
		kind = words[1]
	}
	if m := titled.FindStringSubmatch(title); m != nil {
		return kind, m[4], false
	}
	if m := folder.FindStringSubmatch(title); m != nil {
		return kind, m[1], false
	}
	return kind, "", true
}

// table parses the table of a group: "| Package | From | To |".
func table(body string) (rows [][3]string) {
	inside := false
	for line := range strings.SplitSeq(body, "\n") {
		cells := row(line)
		switch {
		case len(cells) < 3:
			inside = false
		case cells[0] == "Package" && cells[1] == "From":
			inside = true
		case inside && !strings.HasPrefix(cells[0], "--"):
			rows = append(rows, [3]string{cellName(cells[0]), strings.Trim(cells[1], "`"), strings.Trim(cells[2], "`")})
		}
	}
	return rows
}
