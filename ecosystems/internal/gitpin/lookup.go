package gitpin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Source makes the requests to git servers. Package gitrefs implements it.
type Source interface {
	// Refs lists the references of the repository at an address.
	Refs(ctx context.Context, address string) (*gitrefs.Refs, error)
	// Reach looks up whether a branch or tag of a repository contains a commit.
	Reach(ctx context.Context, refs *gitrefs.Refs, commit string) (gitrefs.Reach, error)
}

// A Lookup implements the lookups of ecosystems.Ecosystem for git repositories.
// Create it with NewLookup. It is safe for concurrent use.
type Lookup struct {
	source  Source
	address func(ecosystems.Package) string

	asking  singleflight.Group // deduplicates concurrent lookups of a commit
	mu      sync.Mutex
	reached map[held]gitrefs.Reach
}

// A held is a commit of a repository.
type held struct{ address, commit string }

// NewLookup returns a lookup. address returns the address of a package for git.
func NewLookup(source Source, address func(ecosystems.Package) string) *Lookup {
	return &Lookup{source: source, address: address, reached: map[held]gitrefs.Reach{}}
}

// A repository has the references of a repository and the reader for its tags.
type repository struct {
	*gitrefs.Refs
	*gittag.Reader
}

func (l *Lookup) repository(ctx context.Context, pkg ecosystems.Package) (repository, error) {
	refs, err := l.source.Refs(ctx, l.address(pkg))
	if err != nil {
		return repository{}, err
	}
	tags := make([]gittag.Tag, len(refs.Tags))
	for n, t := range refs.Tags {
		tags[n] = gittag.Tag{Name: t.Name, Commit: t.Commit}
	}
	return repository{refs, gittag.NewReader(tags)}, nil
}

// Versions returns the tags of a repository that are versions.
func (l *Lookup) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	r, err := l.repository(ctx, pkg)
	if err != nil {
		return ecosystems.Listing{}, err
	}
	list := ecosystems.Listing{ReadPin: r.readPin}
	for _, t := range r.Tags {
		if v := r.Parse(t.Name); !v.IsName() && writableTag(t.Name) {
			list.Candidates = append(list.Candidates, version.Candidate{Version: v})
		}
	}
	list.Candidates = version.Compact(list.Candidates)
	return list, nil
}

// tag returns the tag with a name. A "v" at the beginning is optional.
func (r repository) tag(text string) (gitrefs.Ref, bool) {
	for _, name := range []string{text, "v" + text, strings.TrimPrefix(text, "v")} {
		if t, ok := r.Tag(name); ok {
			return t, ok
		}
	}
	return gitrefs.Ref{}, false
}

// fullest returns the tag at a commit with the most precise version. It prefers
// tags that do not move, then releases, then those with the given prefix, then the
// newest.
func (r repository) fullest(commit, prefix string) (version.Version, bool) {
	var best version.Version
	rank := func(v version.Version) int {
		n := 0
		for weight, good := range []bool{v.Prefix == prefix, !v.Pre, !r.Floats(v)} {
			if good {
				n += 1 << weight
			}
		}
		return n
	}
	for _, t := range r.TagsAt(commit) {
		v := r.Parse(t.Name)
		if v.IsName() || !writableTag(t.Name) {
			continue
		}
		a, b := rank(v), rank(best)
		if best.IsZero() || a > b || a == b && (version.Compare(v, best) > 0 || version.Compare(v, best) == 0 && len(v.Release) > len(best.Release)) {
			best = v
		}
	}
	return best, !best.IsZero()
}

// readPin returns the version of a pin. If its comment contradicts its commit, it
// returns the version of the commit and a note. For a commit without a tag, it
// returns a name.
func (r repository) readPin(p ecosystems.Pin) (version.Version, []ecosystems.Note) {
	said := r.Parse(p.Text)
	tag, listed := r.tag(p.Text)
	if p.Digest == "" {
		if _, branch := r.Branch(p.Text); branch && !listed {
			said = gittag.Name(p.Text)
		}
		return said, nil
	}
	is, named := r.fullest(p.Digest, said.Prefix)
	_, branch := r.Branch(p.Text)
	switch {
	case p.Text == "" || said.IsName() && !listed && !branch:
		if !named {
			return gittag.Name(ecosystems.ShortDigest(p.Digest)), nil
		}
		return is, nil
	case listed && strings.EqualFold(tag.Commit, p.Digest), !named, said.IsName():
		if !named && !listed && !r.object(p.Digest) {
			return gittag.Name(p.Text), nil
		}
		return said, nil
	case r.Floats(said) && said.Prefix == is.Prefix && onLine(said, is):
		return said, nil
	case said.Calendar() && !is.Calendar(): // the comment has a date, not a version
		return is, nil
	}
	return is, []ecosystems.Note{{Code: ecosystems.CommentMismatch, Text: fmt.Sprintf("the comment says %s, and the commit %s is %s", p.Text, ecosystems.ShortDigest(p.Digest), is)}}
}

func (r repository) object(digest string) bool {
	_, ok := r.TagObject(digest)
	return ok
}

// onLine reports whether a version belongs to the line of a shorter one.
func onLine(line, v version.Version) bool {
	return len(v.Release) >= len(line.Release) && slices.Equal(v.Release[:len(line.Release)], line.Release)
}

// Pins returns the commit of a version. For the version in use it also reports
// what is wrong with the commit in the file.
func (l *Lookup) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	r, err := l.repository(ctx, d.Package)
	if err != nil {
		return ecosystems.Target{}, err
	}
	t := ecosystems.Target{Version: v}
	ref, ok := r.tag(v.Text)
	switch branch, named := r.Branch(v.Text); {
	case ok:
	case named && v.Text == d.Pin.Text:
		ref = branch
	case d.Pin.Digest == "":
		return t, &fetch.Error{Code: fetch.NotFound, Err: fmt.Errorf("%s has neither a tag nor a branch %q", d.Package.Name, v.Text)}
	}
	if t.Digest = ref.Commit; r.Floats(v) && d.Pin.Digest == "" {
		if is, ok := r.fullest(ref.Commit, v.Prefix); ok && onLine(v, is) && !r.Floats(is) {
			t.Named = is.Text
		}
	}
	if d.Pin.Digest == "" {
		return t, nil
	}
	// A wrong comment is worth an edit even if the commit stays.
	mends := v.Text == d.Pin.Version.Text && v.Text != d.Pin.Text && d.Pin.Comment != nil
	t.Unchanged = strings.EqualFold(t.Digest, d.Pin.Digest) && !mends
	return l.verify(ctx, r, d, t, ok)
}

// verify adds what is wrong with the commit in use to a target. tagged says whether
// the version of the target has a tag.
func (l *Lookup) verify(ctx context.Context, r repository, d ecosystems.Dependency, t ecosystems.Target, tagged bool) (ecosystems.Target, error) {
	digest, own := d.Pin.Digest, t.Version.Text == d.Pin.Version.Text
	if own && !tagged {
		t.Hold = ecosystems.Reason{Code: ecosystems.NoTag, Text: fmt.Sprintf("no tag names the commit %s, so nothing tells its line", ecosystems.ShortDigest(digest))}
		if _, branch := r.Branch(d.Pin.Text); branch {
			t.Hold.Text = fmt.Sprintf("the comment names the branch %s, and only commits that a tag names are proposed", d.Pin.Text)
		}
	}
	if len(r.TagsAt(digest)) > 0 {
		return t, nil
	}
	if tag, ok := r.TagObject(digest); ok {
		t.Notes = append(t.Notes, ecosystems.Note{Code: ecosystems.TagObject, Text: fmt.Sprintf("%s is the tag object of %s and not its commit %s", ecosystems.ShortDigest(digest), tag.Name, ecosystems.ShortDigest(tag.Commit))})
		return t, nil
	}
	reach, err := l.reach(ctx, r, d)
	if err != nil {
		return t, err
	}
	why := alarm(reach, d)
	if !why.IsZero() {
		t.Notes = append(t.Notes, ecosystems.Note(why))
	}
	switch {
	case !own:
	case !why.IsZero():
		t.Hold = why
	case tagged && !r.Floats(t.Version):
		t.Hold = ecosystems.Reason{Code: ecosystems.TagMoved, Text: fmt.Sprintf("the tag %s names the commit %s now, and the file has %s, which no tag names: the tag was moved, or the comment was never right",
			t.Version, ecosystems.ShortDigest(t.Digest), ecosystems.ShortDigest(digest))}
		t.Notes = append(t.Notes, ecosystems.Note(t.Hold))
	}
	return t, nil
}

// alarm returns the reason for a commit that does not belong to the repository; the zero Reason if it may.
func alarm(reach gitrefs.Reach, d ecosystems.Dependency) ecosystems.Reason {
	digest := ecosystems.ShortDigest(d.Pin.Digest)
	switch reach {
	case gitrefs.Unreached:
		return ecosystems.Reason{Code: ecosystems.ForeignCommit, Text: fmt.Sprintf("no branch and no tag of %s holds the commit %s: anyone with a fork can put one there", d.Package.Name, digest)}
	case gitrefs.NoCommit:
		return ecosystems.Reason{Code: ecosystems.ForeignCommit, Text: fmt.Sprintf("%s has no commit %s", d.Package.Name, digest)}
	}
	return ecosystems.Reason{}
}

// reach looks up, once for each commit, whether the repository contains the commit of a pin.
func (l *Lookup) reach(ctx context.Context, r repository, d ecosystems.Dependency) (gitrefs.Reach, error) {
	key := held{r.URL, strings.ToLower(d.Pin.Digest)}
	l.mu.Lock()
	known, ok := l.reached[key]
	l.mu.Unlock()
	if ok {
		return known, nil
	}
	var found gitrefs.Reach
	answer, err, _ := l.asking.Do(key.address+" "+key.commit, func() (any, error) { return l.source.Reach(ctx, r.Refs, key.commit) })
	if err == nil {
		found = answer.(gitrefs.Reach)
	}
	switch {
	case ctx.Err() != nil:
		return found, ctx.Err()
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded): // the context of another caller ended, not ours
		return l.source.Reach(ctx, r.Refs, key.commit)
	case err != nil && fetch.Code(err) == fetch.BadAnswer: // the server does not support the lookup
		return gitrefs.ReachUnknown, nil
	case err != nil:
		return found, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.reached) >= mostReached { // a service runs for months, so the map must not grow
		clear(l.reached)
	}
	l.reached[key] = found
	return found, nil
}

const mostReached = 10_000 // commits in the cache

// Edit returns the replacements that move d to the target.
func (l *Lookup) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	return Edit(d, to)
}

// Describe returns links to what people read about the update.
func (l *Lookup) Describe(_ context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	source, ok := codehost.Parse(l.address(d.Package))
	if !ok {
		return ecosystems.Links{}, nil
	}
	was, is := d.Pin.Text, to.Version.Text
	if d.Pin.Digest != "" && to.Digest != "" {
		was, is = d.Pin.Digest, to.Digest
	}
	name := to.Version.Text
	if to.Named != "" {
		name = to.Named
	}
	return ecosystems.Links{Source: source.URL(), Notes: source.Tag(name), Compare: source.Compare(was, is)}, nil
}

// Reached returns the version that a moving tag currently points to; false for
// any other tag.
func (l *Lookup) Reached(ctx context.Context, pkg ecosystems.Package, v version.Version) (version.Version, bool) {
	if len(v.Release) > 2 { // such a tag never moves, so no request is needed
		return version.Version{}, false
	}
	r, err := l.repository(ctx, pkg)
	if err != nil || !r.Floats(v) {
		return version.Version{}, false
	}
	tag, ok := r.tag(v.Text)
	is, full := r.fullest(tag.Commit, v.Prefix)
	return is, ok && full && !r.Floats(is)
}
