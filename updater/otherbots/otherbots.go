// Package otherbots reads the pull requests of Renovate and Dependabot: which
// dependencies they move, and to which versions.
//
// Their bodies are text from outside. What cannot be read of one is left out, and
// nothing in one is believed beyond "this bot proposes that version".
package otherbots

import (
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge"
)

// The names of the bots.
const (
	Renovate   = "renovate"
	Dependabot = "dependabot"
)

// Names are the bots that are known.
func Names() []string { return []string{Renovate, Dependabot} }

// Title returns how a bot is called in sentences: "Renovate".
func Title(bot string) string { return strings.ToUpper(bot[:1]) + bot[1:] }

const (
	maxBody  = 256 << 10 // bytes of a body that are read; GitHub's own limit is below it
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
	From, To string // versions as the bot writes them, or the beginning of a digest in hexadecimal; "" where it does not say
	Kind     string // Dependabot's word for the kind of file: "pip", "go_modules", "docker"; "" where it is not known
	Dir      string // the folder, "" for the top one
	AnyDir   bool   // the pull request does not say which folder, or moves several
}

// Read reads a pull request; false where it is none of another bot.
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

// All reads those of a list that are another bot's.
func All(list []forge.PullRequest) (all []Proposal) {
	for _, pr := range list {
		if p, ok := Read(pr); ok {
			all = append(all, p)
		}
	}
	return all
}

// add appends a move that says something, once.
func add(moves []Move, m Move) []Move {
	m.Name, m.From, m.To = strings.TrimSpace(m.Name), strings.TrimSpace(m.From), strings.TrimSpace(m.To)
	if m.Name == "" || len(m.Name) > maxName || len(m.From) > maxName || len(m.To) > maxName || len(moves) == maxMoves || slices.Contains(moves, m) {
		return moves
	}
	return append(moves, m)
}

// A Pin is what is compared with a move.
type Pin struct {
	Words   []string // Dependabot's words for this kind of file: "pip"; none fits everything
	Name    string   // as written
	Package string   // canonical
	File    string   // relative to the top of the repository
	Version string   // where our update goes: "3.6.15-slim"
	Digest  string   // of it, "sha256:…"; "" for none
}

// Concerns reports whether a move is about the dependency, wherever it goes.
func (m Move) Concerns(p Pin) bool {
	if m.Kind != "" && !fits(m.Kind, p.Words) {
		return false
	}
	if dir := strings.Trim(path.Dir(p.File), "."); !m.AnyDir && strings.Trim(m.Dir, "/") != strings.Trim(dir, "/") {
		return false
	}
	hub := strings.TrimPrefix(p.Package, "docker.io/")
	name := plain(m.Name)
	return slices.ContainsFunc([]string{p.Name, p.Package, hub, strings.TrimPrefix(hub, "library/")}, func(ours string) bool {
		return plain(ours) == name
	})
}

// Reaches reports whether a move brings the dependency to where our update does:
// the same version, or for a digest the same digest.
func (m Move) Reaches(p Pin) bool {
	to := bare(m.To)
	if len(to) >= 7 && hexadecimal.MatchString(to) && strings.HasPrefix(strings.TrimPrefix(p.Digest, "sha256:"), to) {
		return true
	}
	return to != "" && to == bare(p.Version)
}

var hexadecimal = lazyregexp.New(`^[0-9a-f]+$`)

// bare leaves out what stands around a version: an operator, a v, a digest's algorithm.
func bare(text string) string {
	text = strings.TrimPrefix(strings.TrimLeft(strings.TrimSpace(text), "=~^ "), "sha256:")
	if len(text) > 1 && text[0] == 'v' && text[1] >= '0' && text[1] <= '9' {
		text = text[1:]
	}
	return text
}

var separators = lazyregexp.New(`[-_.]+`)

// plain makes names that mean the same equal: capitals, and the signs that PEP 503 takes for one.
func plain(name string) string { return separators.ReplaceAllString(strings.ToLower(name), "-") }

// fits reports whether Dependabot's word in a branch is one of those for a kind of
// file. A kind without words fits everything.
func fits(kind string, words []string) bool {
	dashed := func(w string) string { return strings.ReplaceAll(w, "_", "-") }
	return len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return dashed(w) == dashed(kind) })
}
