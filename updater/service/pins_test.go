package service

import (
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
)

// What a pass did about its groups is kept of those that have a pull request.
func TestPulls(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	list := pullsOf(&lifecycle.Report{Groups: []decide.Outcome{
		{Number: 1, What: decide.Opened, Fixes: true, Updates: 1}, {Number: 2, What: decide.Kept, Updates: 3},
		{What: decide.Waiting}, {Number: 4, What: decide.Closed},
	}}, now)
	if len(list) != 3 {
		t.Fatalf("kept are %+v", list)
	}
	if p := list[0]; !p.Security || !p.Opened.Equal(now) || p.State != forge.Open {
		t.Errorf("a fix that was opened: %+v", p)
	}
	if p := list[1]; p.Security || !p.Opened.IsZero() || p.State != forge.Open || p.Updates != 3 {
		t.Errorf("an ordinary one: %+v", p)
	}
	if p := list[2]; p.State != forge.Closed {
		t.Errorf("one that was closed: %+v", p)
	}
}
