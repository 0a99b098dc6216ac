package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/store"
)

// A Hub is the part of a forge that the service needs.
type Hub interface {
	forge.Forge
	forge.Commenter
	forge.IssueTracker
	forge.CommitLog
	forge.RequestCounter
	forge.Installations
	forge.Reopener
	forge.PullRequestGetter
	forge.StatusReader
	forge.Brancher
}

// A gate is the forge as one pass sees it: its state is in the database, and the
// stop switch and the operator's limits apply to writes.
type gate struct {
	Hub
	db         *store.DB
	repository int64
	perHour    int   // limit of new pull requests over all repositories; 0 for none
	lost       error // the database failed before a write, so the write was not made
}

// Recall implements forge.Memory.
func (g *gate) Recall(ctx context.Context, _ string) ([]byte, string, error) {
	return g.db.Recall(ctx, g.repository)
}

// Remember implements forge.Memory.
func (g *gate) Remember(ctx context.Context, repo string, data []byte, version string) error {
	err := g.db.Remember(ctx, g.repository, data, version)
	if errors.Is(err, store.ErrTaken) {
		return fmt.Errorf("%s: %w", repo, forge.ErrConflict)
	}
	return err
}

// Publish publishes a change, within the operator's limits.
func (g *gate) Publish(ctx context.Context, repo string, c forge.Change) (forge.PullRequest, error) {
	if err := g.open(ctx); err != nil {
		return forge.PullRequest{}, err
	}
	if err := g.spend(ctx, c); err != nil {
		return forge.PullRequest{}, err
	}
	return g.Hub.Publish(ctx, repo, c)
}

// spend takes a new pull request from the hourly budget.
func (g *gate) spend(ctx context.Context, c forge.Change) error {
	if c.Number != 0 || g.perHour <= 0 {
		return nil
	}
	ok, again, err := g.db.Spend(ctx, budget, g.perHour, time.Hour)
	if err != nil || ok {
		g.lost = or(g.lost, err)
		return err
	}
	return &forge.Deferred{Until: again, Why: fmt.Sprintf("the operator allows %d new pull requests an hour", g.perHour)}
}

// budget is the name of the budget of new pull requests.
const budget = "pull-requests"

// Close closes a pull request, unless the stop switch is on.
func (g *gate) Close(ctx context.Context, repo string, pr forge.PullRequest, why string) error {
	if err := g.open(ctx); err != nil {
		return err
	}
	return g.Hub.Close(ctx, repo, pr, why)
}

// Say comments, unless the stop switch is on.
func (g *gate) Say(ctx context.Context, repo string, number int, mark, text string) error {
	if err := g.open(ctx); err != nil {
		return err
	}
	return g.Hub.Say(ctx, repo, number, mark, text)
}

// Put writes the dashboard, unless the stop switch is on.
func (g *gate) Put(ctx context.Context, repo string, i forge.Issue, mark string) (forge.Issue, error) {
	if err := g.open(ctx); err != nil {
		return forge.Issue{}, err
	}
	return g.Hub.Put(ctx, repo, i, mark)
}

// open refuses every write while the stop switch is on. It is checked before each
// write, so that the switch acts at once.
func (g *gate) open(ctx context.Context) error {
	stopped, err := isStopped(ctx, g.db)
	if err != nil {
		g.lost = or(g.lost, err)
		return err
	}
	if stopped {
		return &forge.Deferred{Why: "the operator has stopped all work"}
	}
	return nil
}

// stopKey is the key of the stop switch in the shared settings; see `freshpin fleet stop`.
const stopKey = "stop"

func isStopped(ctx context.Context, db *store.DB) (bool, error) {
	value, err := db.Setting(ctx, stopKey)
	return value != "", err
}
