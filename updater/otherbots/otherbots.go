// Package otherbots parses the pull requests of Renovate and Dependabot: which
// dependencies they move, and to which versions.
//
// Their bodies are untrusted text. The package skips what it cannot parse, and
// callers may only conclude that a bot proposes a version.
package otherbots

import (
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge"
)

// Names of the bots.
const (
	Renovate   = "renovate"
	Dependabot = "dependabot"
)

// Names returns the known bots.
func Names() []string { return []string{Renovate, Dependabot} }

// Title returns the name of a bot in sentences: "Renovate".
func Title(bot string) string { return strings.ToUpper(bot[:1]) + bot[1:] }

const (
	maxBody  = 256 << 10 // bytes of a body; GitHub's own limit is lower
	maxMoves = 1000      // of one pull request
	maxName  = 300       // bytes of a name or version
)

// A Proposal is an open pull request of another bot.
type Proposal struct {
	Bot    string // Renovate or Dependabot
	Number int
	URL    string
	Title  string
	Branch string
	Base   string
	Moves  []Move
}

// A Move is one dependency that a pull request moves.
type Move struct {
	Name     string // as the bot writes it: "Django", "golang.org/x/net", "python"
	From, To string // versions as the bot writes them, or the first hexadecimal digits of a digest; "" if unknown
	Kind     string // Dependabot's word for the kind of file: "pip", "go_modules", "docker"; "" if unknown
	Dir      string // folder, "" for the root
	AnyDir   bool   // the folder is unknown, or there are several
}

// Read parses a pull request; false if it is not from another bot.
func Read(pr forge.PullRequest) (Proposal, bool) {
	bot := forge.OtherBot(pr.Branch)
	if bot == "" || pr.State != forge.Open {
		return Proposal{}, false
	}
	p := Proposal{Bot: bot, Number: pr.Number, URL: pr.URL, Title: pr.Title, Branch: pr.Branch, Base: pr.Base}
	body := strings.ReplaceAll(pr.Body[:min(len(pr.Body), maxBody)], "\r\n", "\n")
	if bot == Renovate {
		p.Moves = renovate(body)
	} else {
		p.Moves = dependabot(pr.Branch, pr.Title, body)
	}
	return p, true
}

// All parses the pull requests of other bots in a list.
func All(list []forge.PullRequest) (all []Proposal) {
	for _, pr := range list {
		if p, ok := Read(pr); ok {
			all = append(all, p)
		}
	}
	return all
}

// add appends a move unless it is empty or already in the list.
func add(moves []Move, m Move) []Move {
	m.Name, m.From, m.To = strings.TrimSpace(m.Name), strings.TrimSpace(m.From), strings.TrimSpace(m.To)
	if m.Name == "" || len(m.Name) > maxName || len(m.From) > maxName || len(m.To) > maxName || len(moves) == maxMoves || slices.Contains(moves, m) {
		return moves
	}
	return append(moves, m)
}

// A Pin is our update of a dependency, to compare with a move.
type Pin struct {
	Words   []string // Dependabot's words for this kind of file: "pip"; none matches all kinds
	Name    string   // as written
	Package string   // canonical
	File    string   // relative to the root of the repository
	Version string   // of our update: "3.6.15-slim"
	Digest  string   // of our update, "sha256:…"; "" for none
}

// Concerns reports whether a move is about the dependency, to any version.
func (m Move) Concerns(p Pin) bool {
	if m.Kind != "" && !fits(m.Kind, p.Words) {
		return false
	}
	// The folder of a file at the root is ".".
	if dir := strings.Trim(path.Dir(p.File), "."); !m.AnyDir && strings.Trim(m.Dir, "/") != strings.Trim(dir, "/") {
		return false
	}
	// The bots write images of Docker Hub as people do: python, grafana/grafana.
	hub := strings.TrimPrefix(p.Package, "docker.io/")
	name := plain(m.Name)
	return slices.ContainsFunc([]string{p.Name, p.Package, hub, strings.TrimPrefix(hub, "library/")}, func(ours string) bool {
		return plain(ours) == name
	})
}

// Reaches reports whether a move has the same target as our update: the same
// version, or the same digest.
func (m Move) Reaches(p Pin) bool {
	to := bare(m.To)
	// Bots write the first seven digits of a digest; fewer would match by chance.
	if len(to) >= 7 && hexadecimal.MatchString(to) && strings.HasPrefix(strings.TrimPrefix(p.Digest, "sha256:"), to) {
		return true
	}
	return to != "" && to == bare(p.Version)
}

var hexadecimal = lazyregexp.New(`^[0-9a-f]+$`)

// bare removes an operator, a v or the algorithm of a digest before a version.
func bare(text string) string {
	text = strings.TrimPrefix(strings.TrimLeft(strings.TrimSpace(text), "=~^ "), "sha256:")
	if len(text) > 1 && text[0] == 'v' && text[1] >= '0' && text[1] <= '9' {
		text = text[1:]
	}
	return text
}

var separators = lazyregexp.New(`[-_.]+`)

// plain normalises names: case, and the separators that PEP 503 treats as equal.
func plain(name string) string { return separators.ReplaceAllString(strings.ToLower(name), "-") }

// fits reports whether Dependabot's word in a branch is one of the words for a kind
// of file. A kind without words matches all.
func fits(kind string, words []string) bool {
	dashed := func(w string) string { return strings.ReplaceAll(w, "_", "-") }
	return len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return dashed(w) == dashed(kind) })
}
