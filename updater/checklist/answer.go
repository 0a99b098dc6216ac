package checklist

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/endoflife"
	"github.com/freshpin/freshpin/updater/plan"
)

// mostQuestions is the most questions that are looked up for one tree, since a file
// may name thousands of images. The rest stay unknown.
const mostQuestions = 2_000

// ask looks up the answers to questions, each once.
func (c *Checker) ask(ctx context.Context, questions []check.Question, facts *check.Facts) error {
	questions = questions[:min(len(questions), max(mostQuestions-len(facts.Answers), 0))]
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(cmp.Or(c.Parallel, 16))
	for _, q := range questions {
		group.Go(func() error {
			a := c.Answer(ctx, q)
			mu.Lock()
			defer mu.Unlock()
			facts.Answers[q] = a
			return nil
		})
	}
	_ = group.Wait()             // no question returns an error: a failure is an answer
	return plan.Interrupted(ctx) // an expired deadline has made the remaining questions fail
}

// Sources answer the questions of rules from registries, indexes and the table of release line ends.
type Sources struct {
	Ecosystems []ecosystems.Ecosystem
	Ends       *endoflife.Table // nil for no table
	Now        time.Time

	// Commit returns the commit of a tag or branch of a git repository, "" if it does not exist; nil to look up none.
	Commit func(ctx context.Context, repository, ref string) (string, error)
}

// Answer looks up the answer to a question. If no source has it, it returns an empty answer, which means unknown and is not a failure.
func (s *Sources) Answer(ctx context.Context, q check.Question) check.Answer {
	switch q.Kind {
	case check.AskImage, check.AskTwin, check.AskSmaller, check.AskEnded:
		return s.image(ctx, q)
	case check.AskNewest:
		return s.newest(ctx, q)
	case check.AskChecksum:
		return s.checksum(ctx, q.Name)
	case check.AskCommit:
		if s.Commit != nil {
			commit, err := s.Commit(ctx, q.Name, q.Detail)
			return check.Answer{Text: commit, Err: err}
		}
	}
	return check.Answer{}
}

// checksum returns the published checksum of an address.
func (s *Sources) checksum(ctx context.Context, address string) check.Answer {
	for _, e := range s.Ecosystems {
		if c, ok := e.(ecosystems.Checksummer); ok {
			sum, err := c.Checksum(ctx, address)
			return check.Answer{Text: sum, Err: err}
		}
	}
	return check.Answer{}
}

// image answers a question about an image.
func (s *Sources) image(ctx context.Context, q check.Question) check.Answer {
	found := dockerfile.Read("Dockerfile", "FROM "+q.Name)
	if len(found) != 1 || found[0].Package.Name == "" {
		return check.Answer{Err: fmt.Errorf("%q is no image reference", q.Name)}
	}
	repository, pin := found[0].Package.Name, found[0].Pin
	if q.Kind == check.AskEnded {
		return s.ended(repository, pin.Text)
	}
	images := s.registry()
	if images == nil {
		return check.Answer{Err: errors.New("no registry can be asked")}
	}
	compare, _ := images.(ecosystems.Comparer)
	var a check.Answer
	switch {
	case q.Kind == check.AskImage:
		a.Image, a.Err = images.Image(ctx, repository, cmp.Or(pin.Digest, pin.Text, "latest"), q.Detail)
	case compare == nil:
		a.Err = errors.New("the registry compares no images")
	case q.Kind == check.AskTwin:
		a.Twin, a.Err = compare.Twin(ctx, repository, pin.Text)
	default:
		a.Variants, a.Err = compare.Smaller(ctx, repository, pin.Text, q.Detail)
	}
	return a
}

func (s *Sources) registry() ecosystems.Images {
	for _, e := range s.Ecosystems {
		if r, ok := e.(ecosystems.ImageReader); ok && r.Registry() != nil {
			return r.Registry()
		}
	}
	return nil
}

func (s *Sources) ended(repository, tag string) check.Answer {
	if s.Ends == nil {
		return check.Answer{}
	}
	for _, e := range s.Ends.Image(repository, tag) {
		if text, ended := e.Note(s.Now); ended {
			return check.Answer{Text: text}
		}
	}
	return check.Answer{}
}

// newest returns the newest release of a package that is neither a pre-release nor withdrawn.
func (s *Sources) newest(ctx context.Context, q check.Question) check.Answer {
	for _, e := range s.Ecosystems {
		if !slices.ContainsFunc(e.Info().Kinds, func(k ecosystems.Kind) bool { return k.Word == q.Name }) {
			continue
		}
		listing, err := e.Versions(ctx, ecosystems.Package{Kind: q.Name, Name: q.Detail})
		if err != nil {
			return check.Answer{Err: err}
		}
		var best version.Version
		for _, c := range listing.Candidates {
			if v := c.Version; c.Withdrawn == "" && c.ShownOnly == "" && c.Package == "" && !v.Pre && !v.Commit && (best.IsZero() || version.Compare(v, best) > 0) {
				best = v
			}
		}
		return check.Answer{Text: best.Text}
	}
	return check.Answer{}
}
