package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
)

const pullsPerPage = 100

// A pullList is the page of open pull requests.
type pullList struct {
	Pulls []pullRow
	Pager pager
	Text  string
	Waits string
	Kinds []waitCount
	Open  int
}

// A pullRow is an open pull request for display.
type pullRow struct {
	store.Pull
	WaitsFor string
}

// A waitCount is the number of pull requests that wait for the same thing.
type waitCount struct {
	Waits string
	Count int
}

// waits are the things that a pull request may wait for; those that need a person come first.
var waits = []string{"fix", "changes", "owner", "review", "rules", "merge", "person", "checks", "rebuild"}

var waitWords = map[string]string{
	"fix":     "a fix for what its checks found",
	"changes": "an answer to its review",
	"owner":   "the author of the last commit on it",
	"review":  "a review",
	"rules":   "what the repository's rules ask for",
	"merge":   "a merge",
	"person":  "a person",
	"checks":  "its checks",
	"rebuild": "a rebuild by Freshpin",
	"":        "nothing",
}

// waitsFor returns what an open pull request waits for; "" if it is not open.
func waitsFor(p store.Pull) string {
	switch {
	case p.State != "open":
		return ""
	// Freshpin leaves such a branch alone, so no rebuild is to be expected even after a conflict.
	case p.Outcome == "touched":
		return "owner"
	// Before the checks: they run again on the rebuilt commit.
	case p.Mergeable == "conflict":
		return "rebuild"
	case p.Checks == "failed":
		return "fix"
	case p.Review == "changes":
		return "changes"
	case p.Checks == "running":
		return "checks"
	case p.Review == "required":
		return "review"
	case p.Checks == "" || p.Mergeable == "": // unknown does not mean that it can be merged
		return "person"
	case p.Mergeable == "blocked":
		return "rules"
	}
	return "merge"
}

// byPerson reports whether the wait needs a person.
func byPerson(wait string) bool { return wait != "" && wait != "checks" && wait != "rebuild" }

func waitWord(wait string) string { return waitWords[wait] }

var checkWords = map[string]string{"passed": "passed", "failed": "failed", "running": "running", "none": "none"}

func checkWord(checks string) string {
	if w, ok := checkWords[checks]; ok {
		return w
	}
	return "unknown"
}

func mergeWord(mergeable string) string {
	switch mergeable {
	case "yes", "conflict", "blocked":
		return mergeable
	}
	return "unknown"
}

// openPulls returns the open pull requests that match the filter, and the number of them for each wait.
func (s *server) openPulls(r *http.Request, who *viewer, text, wait string) (list []pullRow, kinds []waitCount, open int, err error) {
	all, err := s.o.Data.Pulls.Open(r.Context(), who.Viewer)
	if err != nil {
		return nil, nil, 0, err
	}
	counts := map[string]int{}
	text = strings.ToLower(text)
	for _, p := range all {
		w := waitsFor(p)
		counts[w]++
		if (wait == "" || w == wait) && strings.Contains(strings.ToLower(p.Repo+" "+p.Title+" "+p.Branch), text) {
			list = append(list, pullRow{p, w})
		}
	}
	for _, w := range waits {
		if counts[w] > 0 {
			kinds = append(kinds, waitCount{w, counts[w]})
		}
	}
	return list, kinds, len(all), nil
}

func (s *server) pulls(r *http.Request, who *viewer) (*page, error) {
	b := &pullList{Text: clipped(r.URL.Query().Get("q"))}
	if w := r.URL.Query().Get("waits"); slices.Contains(waits, w) {
		b.Waits = w
	}
	list, kinds, open, err := s.openPulls(r, who, b.Text, b.Waits)
	if err != nil {
		return nil, err
	}
	b.Kinds, b.Open = kinds, open
	b.Pager, b.Pulls = pageOf(r, list, pullsPerPage)
	return &page{Name: "pulls", Title: "Pull requests", Body: b}, nil
}

func (s *server) apiOpenPulls(r *http.Request, who *viewer) (any, error) {
	wait := r.URL.Query().Get("waits_for")
	if wait != "" && !slices.Contains(waits, wait) {
		return nil, &fault{http.StatusBadRequest, "waits_for is " + strings.Join(waits, ", ") + "."}
	}
	list, _, _, err := s.openPulls(r, who, clipped(r.URL.Query().Get("q")), wait)
	if err != nil {
		return nil, err
	}
	return cut(r, list, func(p pullRow) pullJSON { return pullOf(p.Pull) })
}
