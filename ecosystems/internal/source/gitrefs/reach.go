package gitrefs

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// A Reach says whether a commit is reachable from a tag or a branch of a
// repository: one of them points to it or has it in its history.
type Reach int

const (
	ReachUnknown Reach = iota // could not be determined
	Reached                   // reachable from one of them
	Unreached                 // on the server, but not reachable: hosts store the commits of forks in the same place
	NoCommit                  // the server has no such commit
)

// mostHaves is the largest number of tips in a request, at about 50 bytes each.
// Only a request with all tips proves that a commit is not reachable.
const mostHaves = 5000

// Reach finds out whether a commit is reachable from a tag or a branch of the
// repository. For a commit that is not a tip it sends a fetch request for the
// objects between the tips and the commit (gitprotocol-v2, "fetch"), and reads only
// their number. This is one POST that is not cached, so call it only for commits
// that are not tips.
func (s *Source) Reach(ctx context.Context, refs *Refs, commit string) (Reach, error) {
	if len(refs.TagsAt(commit)) > 0 || len(refs.BranchesAt(commit)) > 0 {
		return Reached, nil
	}
	at, err := url.Parse(refs.URL)
	if err != nil || !IsObject(commit) {
		return ReachUnknown, fmt.Errorf("look for the commit %.80q: not the full name of a commit", commit)
	}
	haves := refs.tips()
	told := len(haves)
	if told > mostHaves {
		haves = haves[:mostHaves]
	}
	body := question(commit, haves, refs.SHA)
	var reach Reach
	err = s.loggedIn(ctx, at, func(at *url.URL) (err error) {
		reach, err = s.missing(ctx, at, body)
		return err
	})
	switch {
	case err != nil:
		return ReachUnknown, fmt.Errorf("look for the commit %.12s in %s: %w", commit, fetch.Plain(at), err)
	case reach == Unreached && told > mostHaves:
		return ReachUnknown, nil
	}
	return reach, nil
}

// tips returns the commits of branches and tags, each once.
func (r *Refs) tips() []string {
	var tips []string
	seen := map[string]bool{}
	for _, list := range [][]Ref{r.Heads, r.Tags} {
		for _, ref := range list {
			if !seen[ref.Commit] {
				seen[ref.Commit] = true
				tips = append(tips, ref.Commit)
			}
		}
	}
	return tips
}

// question returns a fetch request for a commit without its history, which says that the client has the tips.
func question(commit string, haves []string, format string) []byte {
	body := command("fetch", format)
	for _, argument := range []string{"no-progress", "ofs-delta", "deepen 1", "want " + strings.ToLower(commit)} {
		body = appendPacket(body, argument+"\n")
	}
	for _, have := range haves {
		body = appendPacket(body, "have "+have+"\n")
	}
	return append(appendPacket(body, "done\n"), "0000"...)
}

// missing sends a fetch request and returns whether the server would send any objects.
func (s *Source) missing(ctx context.Context, at *url.URL, body []byte) (Reach, error) {
	stream, err := s.o.HTTP.Stream(ctx, post(at, body))
	if err != nil {
		return ReachUnknown, err
	}
	defer stream.Close()
	n, err := countObjects(stream)
	var said *remoteError
	switch {
	case errors.As(err, &said) && (strings.Contains(said.Text, "not our ref") || strings.Contains(said.Text, "not valid")):
		return NoCommit, nil
	case err != nil:
		return ReachUnknown, &fetch.Error{Code: fetch.BadAnswer, Method: "POST", URL: fetch.Plain(at), Err: err}
	case n == 0:
		return Reached, nil
	}
	return Unreached, nil
}

// countObjects reads the answer to fetch up to the header of the pack, which has
// the number of objects (gitformat-pack, "pack-*.pack files have the following
// format").
func countObjects(body io.Reader) (uint32, error) {
	p := &packets{r: body}
	// A server must not send acknowledgments for ever.
	for range 10_000 {
		next, err := p.line()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return 0, errEnd
		case err != nil:
			return 0, err
		case next.kind == flush, next.kind == responseEnd:
			return 0, errEnd
		case string(next.text) != "packfile":
			continue // acknowledgments, shallow-info
		}
		var header [12]byte
		if _, err := io.ReadFull(&sideband{p: p}, header[:]); err != nil {
			return 0, err
		}
		if !bytes.HasPrefix(header[:], []byte("PACK")) {
			return 0, errors.New("not a pack of git")
		}
		return binary.BigEndian.Uint32(header[8:]), nil
	}
	return 0, errors.New("the answer of git has no pack in it")
}
