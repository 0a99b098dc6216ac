// Package gate stands between a pass and the forge: the stop switch and the operator's
// limits apply to each write, and the state of a repository is in the database.
package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/processes"
)

// A Hub is a forge that the service can maintain: one that lists the repositories it
// was installed on. Its other abilities (forge.Abilities) are used if it has them.
type Hub interface {
	forge.Forge
	forge.Installations
}

// A Forge is the forge as one pass sees it: its state is in the database, and the
// stop switch and the operator's limits apply to writes.
type Forge struct {
	Hub
	Passes     passes.Store
	Processes  *processes.Store
	Repository int64
	PerHour    int   // limit of new pull requests over all repositories; 0 for none
	Lost       error // the database failed before a write, so the write was not made
}

// Abilities implements forge.Wrapper: those of the forge, behind the gate.
func (g *Forge) Abilities() forge.Abilities {
	can := forge.AbilitiesOf(g.Hub)
	can.Memory = g
	// Of the optional abilities only these two write.
	if can.Commenter != nil {
		can.Commenter = commenter{can.Commenter, g}
	}
	if can.IssueTracker != nil {
		can.IssueTracker = tracker{can.IssueTracker, g}
	}
	return can
}

// Recall implements forge.Memory.
func (g *Forge) Recall(ctx context.Context, _ string) ([]byte, string, error) {
	return g.Passes.Recall(ctx, g.Repository)
}

// Remember implements forge.Memory.
func (g *Forge) Remember(ctx context.Context, repo string, data []byte, version string) error {
	err := g.Passes.Remember(ctx, g.Repository, data, version)
	if errors.Is(err, store.ErrTaken) {
		return fmt.Errorf("%s: %w", repo, forge.ErrConflict)
	}
	return err
}

// Publish publishes a change, within the operator's limits.
func (g *Forge) Publish(ctx context.Context, repo string, c forge.Change) (forge.PullRequest, error) {
	if err := g.open(ctx); err != nil {
		return forge.PullRequest{}, err
	}
	// After the switch: a refused change must not use up the budget.
	if err := g.spend(ctx, c); err != nil {
		return forge.PullRequest{}, err
	}
	return g.Hub.Publish(ctx, repo, c)
}

// spend takes a new pull request from the hourly budget.
func (g *Forge) spend(ctx context.Context, c forge.Change) error {
	// The limit is for new pull requests, not for updates of open ones.
	if c.Number != 0 || g.PerHour <= 0 {
		return nil
	}
	ok, again, err := g.Processes.Spend(ctx, budget, g.PerHour, time.Hour)
	if err != nil || ok {
		return g.losing(err)
	}
	return &forge.Deferred{Until: again, Why: fmt.Sprintf("the operator allows %d new pull requests an hour", g.PerHour)}
}

// losing keeps the first error of the database, and returns the error.
func (g *Forge) losing(err error) error {
	// A pass records such an error for one group and goes on; Lost makes the service retry the job.
	if g.Lost == nil {
		g.Lost = err
	}
	return err
}

// budget is the name of the budget of new pull requests.
const budget = "pull-requests"

// Close closes a pull request, unless the stop switch is on.
func (g *Forge) Close(ctx context.Context, repo string, pr forge.PullRequest, why string) error {
	if err := g.open(ctx); err != nil {
		return err
	}
	return g.Hub.Close(ctx, repo, pr, why)
}

// A commenter writes comments through the gate.
type commenter struct {
	forge.Commenter
	gate *Forge
}

// Say comments, unless the stop switch is on.
func (c commenter) Say(ctx context.Context, repo string, number int, mark, text string) error {
	if err := c.gate.open(ctx); err != nil {
		return err
	}
	return c.Commenter.Say(ctx, repo, number, mark, text)
}

// A tracker writes issues through the gate.
type tracker struct {
	forge.IssueTracker
	gate *Forge
}

// Put writes the dashboard, unless the stop switch is on.
func (t tracker) Put(ctx context.Context, repo string, i forge.Issue, mark string) (forge.Issue, error) {
	if err := t.gate.open(ctx); err != nil {
		return forge.Issue{}, err
	}
	return t.IssueTracker.Put(ctx, repo, i, mark)
}

// open refuses every write while the stop switch is on. It is checked before each
// write, so that the switch acts at once.
func (g *Forge) open(ctx context.Context) error {
	stopped, err := Stopped(ctx, g.Processes)
	if err != nil {
		return g.losing(err)
	}
	if stopped {
		return &forge.Deferred{Why: "the operator has stopped all work"}
	}
	return nil
}

// StopKey is the key of the stop switch in the shared settings; see `freshpin fleet stop`.
const StopKey = "stop"

// Stopped reports whether the stop switch is on.
func Stopped(ctx context.Context, shared *processes.Store) (bool, error) {
	value, err := shared.Setting(ctx, StopKey)
	return value != "", err
}
