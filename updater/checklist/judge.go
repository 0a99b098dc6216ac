package checklist

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/scan"
)

// A subject is a file to judge.
type subject struct {
	name    string // path
	source  string
	compose *check.Compose     // nil for a Dockerfile
	around  check.Surroundings // of a Dockerfile
}

// unit parses the file for the rules. The result for a Dockerfile is many times as
// large as the file, so it is created when needed and not kept.
func (s *subject) unit() check.Unit {
	if s.compose != nil {
		return check.Unit{Compose: s.compose}
	}
	return check.Unit{Docker: check.NewDocker(s.name, s.source, s.around)}
}

// rounds is the number of times that rules may ask follow-up questions.
const rounds = 4

// judge judges the files, looks up the questions of the rules, and judges the files
// with questions again.
func (r *Report) judge(ctx context.Context) error {
	results := make([]check.Result, len(r.list))
	pending := make([]int, len(r.list))
	for n := range r.list {
		pending[n] = n
	}
	for round := 0; ; round++ {
		for _, n := range pending {
			results[n] = r.judgeFile(r.list[n], round == 0)
		}
		pending = slices.DeleteFunc(pending, func(n int) bool { return len(results[n].Questions) == 0 })
		if len(pending) == 0 || r.by.Answer == nil || round == rounds {
			break
		}
		if err := r.by.ask(ctx, check.Questions(results), r.facts); err != nil {
			return err
		}
	}
	r.Result = check.Join(results)
	return nil
}

// judgeFile judges one file. A panic of a rule on hostile input is a problem of that
// file, so that it hides the findings of no other.
func (r *Report) judgeFile(s *subject, first bool) (res check.Result) {
	defer func() {
		if p := recover(); p != nil {
			r.Problems = append(r.Problems, scan.Problem{Path: s.name, Err: fmt.Errorf("not checked, a rule gave up: %v", p)})
			res = check.Result{Files: 1}
		}
	}()
	u := s.unit()
	if first { // once for each file, however often it is judged
		r.notice(u)
	}
	return check.Judge(r.by.Rules, []check.Unit{u}, r.facts, r.by.Settings)
}

// notice records the parts of a file that could not be judged.
func (r *Report) notice(u check.Unit) {
	if u.Docker == nil {
		return
	}
	if u.Docker.Trouble != "" {
		r.Problems = append(r.Problems, scan.Problem{Path: u.Docker.Name, Err: errors.New(u.Docker.Trouble)})
	}
	for _, text := range u.Docker.Unread() {
		r.Unread = append(r.Unread, r.Tree.Listed(r.Tree.Show(u.Docker.Name))+":"+text)
	}
}
