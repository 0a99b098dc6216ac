package forgecontract

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge"
)

// publishTwice publishes the same change again, as after a crash: once without and
// once with knowledge of the first time.
func publishTwice(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n"))
	first := p.publish(t, c)
	if first.Number == 0 || first.State != forge.Open || first.Branch != c.Branch || first.Base != c.Base || first.Title != c.Title {
		t.Errorf("%+v", first)
	}
	if !strings.Contains(first.Body, first.Head) || !slices.Contains(first.Labels, "dependencies") {
		t.Errorf("body %q, labels %q; head %s", first.Body, first.Labels, first.Head)
	}
	p.holds(t, c.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
	second := p.publish(t, c)
	if second.Number != first.Number || second.Head != first.Head {
		t.Errorf("again: %+v\nfirst %+v", second, first)
	}
	p.one(t, first)
	if _, commit := p.Read(t, c.Branch); commit != first.Head {
		t.Errorf("the branch stands on %s, not %s", commit, first.Head)
	}
	p.holds(t, c.Base, nil)
}

// moves checks that a changed content keeps the branch and pull request, with one commit.
func moves(t *testing.T, p *person) {
	first := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n"), file("empty", "no more\n")))
	c := again(p.change(t, "2b", file("Dockerfile", "FROM python:3.6.15\n")), first)
	c.Title = "Update python again"
	second := p.publish(t, c)
	if second.Number != first.Number || second.Head == first.Head || second.Title != c.Title || !strings.Contains(second.Body, second.Head) {
		t.Errorf("second %+v\nfirst %+v", second, first)
	}
	p.one(t, second)
	p.holds(t, c.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
}

// base checks that a pull request is rebuilt after its base has moved.
func base(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n"))
	first := p.publish(t, c)
	p.Commit(t, c.Base, map[string]File{"README": {"100644", "hello\n"}})
	rebuilt := p.publish(t, again(p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")), first))
	if rebuilt.Number != first.Number || rebuilt.Head == first.Head {
		t.Errorf("rebuilt %+v\nfirst %+v", rebuilt, first)
	}
	p.holds(t, c.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}, "README": {"100644", "hello\n"}})
}

// lost checks that the branch of a run that was killed before it remembered the
// branch is recognised as ours.
func lost(t *testing.T, p *person) {
	first := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n")))
	c := p.change(t, "2b", file("Dockerfile", "FROM python:3.6.15\n"))
	second := p.publish(t, c)
	if second.Number != first.Number || second.Head == first.Head {
		t.Errorf("second %+v\nfirst %+v", second, first)
	}
	p.one(t, second)
}

// touched checks that a person's commit is kept, unless Force is set.
func touched(t *testing.T, p *person) {
	first := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n")))
	theirs := p.Commit(t, first.Branch, map[string]File{"fix.txt": {"100644", "mine\n"}})
	// From runs that lost their memory, that change nothing, and that have a newer version.
	for _, c := range []forge.Change{
		p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n")),
		again(p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n")), first),
		again(p.change(t, "2b", file("Dockerfile", "FROM python:3.6.15\n")), first),
	} {
		if pr, err := p.Forge.Publish(t.Context(), p.Repo, c); !errors.Is(err, forge.ErrTouched) {
			t.Errorf("Publish: %+v, %v", pr, err)
		}
	}
	if _, commit := p.Read(t, first.Branch); commit != theirs {
		t.Errorf("the branch stands on %s, not on the person's %s", commit, theirs)
	}
	if list := p.pulls(t, nil); len(list) != 1 || list[0].Head != theirs || list[0].Title != first.Title {
		t.Errorf("%+v", list)
	}
	c := again(p.change(t, "2b", file("Dockerfile", "FROM python:3.6.15\n")), first)
	c.Force = true
	forced := p.publish(t, c)
	p.one(t, forced)
	p.holds(t, first.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
}

// amended checks that a person's branch with our prefix is not overwritten.
func amended(t *testing.T, p *person) {
	theirs := p.Commit(t, forge.Prefix+"dockerfile", map[string]File{"fix.txt": {"100644", "mine\n"}})
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n"))
	if pr, err := p.Forge.Publish(t.Context(), p.Repo, c); !errors.Is(err, forge.ErrTouched) {
		t.Errorf("Publish: %+v, %v", pr, err)
	}
	if _, commit := p.Read(t, c.Branch); commit != theirs {
		t.Errorf("the branch stands on %s, not on the person's %s", commit, theirs)
	}
}

// keep checks that Keep changes the text of a pull request and not its branch.
func keep(t *testing.T, p *person) {
	first := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")))
	c := again(p.change(t, "1a"), first)
	c.Keep, c.Title, c.Labels = true, "Another title", []string{"dependencies", "more"}
	kept := p.publish(t, c)
	if kept.Number != first.Number || kept.Head != first.Head || kept.Title != c.Title || !slices.Contains(kept.Labels, "more") {
		t.Errorf("%+v\nfirst %+v", kept, first)
	}
	p.holds(t, first.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
}

// several checks that several pull requests are independent, and that other branches are ignored.
func several(t *testing.T, p *person) {
	a := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")))
	c := p.change(t, "2b", file("docker/prod/Dockerfile", "FROM x:2\n"))
	c.Branch = forge.Prefix + "docker/prod"
	b := p.publish(t, c)
	p.Commit(t, "feature", map[string]File{"x": {"100644", "y\n"}})
	if a.Number == b.Number || a.Head == b.Head {
		t.Errorf("%+v\n%+v", a, b)
	}
	list := p.pulls(t, nil)
	if len(list) != 2 || list[0].Number >= list[1].Number {
		t.Errorf("%+v", list)
	}
	p.holds(t, a.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
	p.holds(t, b.Branch, map[string]File{"docker/prod/Dockerfile": {"100644", "FROM x:2\n"}})
}

// closed closes a pull request twice, as after a crash.
func closed(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n"))
	pr := p.publish(t, c)
	for range 2 {
		if err := p.Forge.Close(t.Context(), p.Repo, pr, "Nothing is left to do."); err != nil {
			t.Fatal(err)
		}
	}
	if got, commit := p.Read(t, pr.Branch); got != nil {
		t.Errorf("the branch still stands on %s", commit)
	}
	list := p.pulls(t, nil)
	if len(list) != 1 || list[0].State != forge.Closed || !strings.Contains(list[0].Body, forge.ClosedMark) {
		t.Errorf("%+v", list)
	}
	if open := p.pulls(t, []int{}); len(open) != 0 {
		t.Errorf("open: %+v", open)
	}
	// Whether it is proposed again is for the caller to decide.
	next := p.publish(t, c)
	if next.Number == pr.Number || next.State != forge.Open {
		t.Errorf("after it was closed: %+v", next)
	}
}

// closeTouched checks that closing keeps a branch with a person's commits.
func closeTouched(t *testing.T, p *person) {
	pr := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")))
	theirs := p.Commit(t, pr.Branch, map[string]File{"fix.txt": {"100644", "mine\n"}})
	if err := p.Forge.Close(t.Context(), p.Repo, pr, "Nothing is left to do."); err != nil {
		t.Fatal(err)
	}
	if _, commit := p.Read(t, pr.Branch); commit != theirs {
		t.Errorf("the branch stands on %q, not on the person's %s", commit, theirs)
	}
}

func merged(t *testing.T, p *person) {
	pr := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")))
	p.Merge(t, pr)
	list := p.pulls(t, []int{pr.Number})
	if len(list) != 1 || list[0].State != forge.Merged || list[0].Closed.IsZero() || strings.Contains(list[0].Body, forge.ClosedMark) {
		t.Errorf("%+v", list)
	}
	if c := p.open(t); c.Commit == "" || c.Files["Dockerfile"].Size != int64(len("FROM python:3.6.15\n")) {
		t.Errorf("the base is not merged: %+v", c.Files["Dockerfile"])
	}
}

// known checks that pull requests are returned by their numbers.
func known(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n"))
	var pulls []forge.PullRequest
	for n := range 3 {
		c.Branch = fmt.Sprintf("%sx%d", forge.Prefix, n)
		pulls = append(pulls, p.publish(t, c))
	}
	for _, pr := range pulls[:2] {
		if err := p.Forge.Close(t.Context(), p.Repo, pr, "No."); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		known []int
		want  []int
	}{
		{nil, []int{pulls[0].Number, pulls[1].Number, pulls[2].Number}},
		{[]int{}, []int{pulls[2].Number}},
		{[]int{pulls[1].Number}, []int{pulls[1].Number, pulls[2].Number}},
		// A memory may hold a number twice, and one that is gone with a former repository of the name.
		{[]int{pulls[2].Number, pulls[2].Number, 4711}, []int{pulls[2].Number}},
	} {
		var got []int
		for _, pr := range p.pulls(t, c.known) {
			got = append(got, pr.Number)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("PullRequests(%v) = %v, want %v", c.known, got, c.want)
		}
	}
}
