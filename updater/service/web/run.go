package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
)

// A runPage is one run with its log.
type runPage struct {
	store.Run
	Lines []string
}

func (s *server) aRun(r *http.Request, who *viewer) (*page, error) {
	run, err := s.runOf(r, who)
	if err != nil {
		return nil, err
	}
	return &page{Name: "run", Title: "Run " + strconv.FormatInt(run.ID, 10) + " of " + run.Repo, Body: &runPage{run, logLines(run.Log)}}, nil
}

// runOf returns the run in the path of a request; "not found" if the viewer may not see its repository.
func (s *server) runOf(r *http.Request, who *viewer) (store.Run, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return store.Run{}, errNotFound
	}
	return s.o.Data.History.Run(r.Context(), who.Viewer, id)
}

func logLines(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.Split(text, "\n")
}

func (s *server) apiRun(r *http.Request, who *viewer) (any, error) {
	run, err := s.runOf(r, who)
	return runLogOf(run), err
}
