// Package signature verifies that an image has the required signature: by a key, or
// by an identity in a Sigstore certificate. It reads the signatures of cosign:
// beside the image under a tag ("sha256-….sig"), or attached to it, as Sigstore
// bundles or in the older format.
//
// Package sigstore does the cryptographic verification. This package finds the
// signatures, checks that they are about the image, and explains in one sentence
// why no signature is accepted.
package signature

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Demand is the required signature of an image: by a key, or by an identity from
// an issuer.
type Demand struct {
	Key     []byte // in PEM, as cosign writes it
	KeyName string // for messages

	Issuer   string // "https://token.actions.githubusercontent.com"
	Identity string // subject of the certificate; "*" matches anything, /…/ is a regular expression
}

func (d Demand) keyless() bool { return len(d.Key) == 0 }

// A Rejection says why an image does not have the required signature.
type Rejection struct {
	Why  string // one sentence without a full stop
	rank int    // how close a signature came to being accepted
}

// Error returns the sentence.
func (r *Rejection) Error() string { return r.Why }

// Ranks of refusals: of several, the message shows the highest.
const (
	none = iota
	unreadable
	otherSigner
	otherImage
	expired
	changed
)

// A Verifier verifies signatures.
type Verifier struct {
	// Root returns the trust root for identities. It is called once, for the first
	// identity, and again after a failure, but not within a minute.
	Root func(ctx context.Context) (root.TrustedMaterial, error)

	ready   sync.Once
	busy    chan struct{} // holds one token while a caller uses what follows
	trusted root.TrustedMaterial
	failed  error // last error of Root
	again   time.Time
}

// rest is the wait after a failure of Root.
const rest = time.Minute

// Verify returns the signer of the image with a digest as a phrase: "the key
// keys/acme.pub". The error is a *Rejection if no signature is accepted. Any other
// error means that the signatures could not be checked.
func (v *Verifier) Verify(ctx context.Context, images ecosystems.Images, repository, digest string, d Demand) (string, error) {
	judge, err := v.judge(ctx, d)
	if err != nil {
		return "", err
	}
	best := &Rejection{Why: "it carries no signature"}
	for _, find := range []func(context.Context, ecosystems.Images, string, string) ([]signature, error){tagged, attached} {
		list, err := find(ctx, images, repository, digest)
		if err != nil {
			return "", fmt.Errorf("look for signatures of %s@%s: %w", repository, digest, err)
		}
		for _, s := range list {
			by, err := judge(s, digest)
			var no *Rejection
			switch {
			case err == nil:
				return by, nil
			// The refusal of the likeliest signature says most.
			case errors.As(err, &no) && no.rank > best.rank:
				best = no
			}
		}
	}
	return "", best
}

// A judge returns the signer of a signature, or a *Rejection.
type judge func(s signature, digest string) (by string, err error)

func (v *Verifier) judge(ctx context.Context, d Demand) (judge, error) {
	if !d.keyless() {
		return byKey(d)
	}
	matches, err := matcher(d.Identity)
	if err != nil {
		return nil, &Rejection{Why: err.Error()}
	}
	trusted, err := v.root(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the Sigstore trust root: %w", err)
	}
	return byIdentity(trusted, d, matches)
}

// root returns the trust root. Concurrent callers wait for one download; where the
// context of the one that downloads ends, the next takes over.
func (v *Verifier) root(ctx context.Context) (root.TrustedMaterial, error) {
	v.ready.Do(func() { v.busy = make(chan struct{}, 1) })
	select {
	case v.busy <- struct{}{}: // not a mutex, so that those who wait can leave
		defer func() { <-v.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	switch {
	case v.trusted != nil:
		return v.trusted, nil
	case v.Root == nil:
		return nil, errors.New("no trust root is known")
	case time.Now().Before(v.again):
		return nil, v.failed
	}
	trusted, err := v.Root(ctx)
	switch {
	case ctx.Err() != nil: // says nothing about the servers, so the next caller tries at once
		return nil, ctx.Err()
	case err != nil:
		v.failed, v.again = err, time.Now().Add(rest)
		return nil, err
	}
	v.trusted = trusted
	return trusted, nil
}

// matcher compiles an identity: a literal, with "*" for anything, or a regular expression.
func matcher(identity string) (*regexp.Regexp, error) {
	if inner, ok := strings.CutPrefix(identity, "/"); ok && len(inner) > 1 && strings.HasSuffix(inner, "/") {
		re, err := regexp.Compile(`^(?:` + strings.TrimSuffix(inner, "/") + `)$`)
		if err != nil {
			return nil, fmt.Errorf("the identity %s is no regular expression: %w", identity, err)
		}
		return re, nil
	}
	parts := strings.Split(identity, "*")
	for n := range parts {
		parts[n] = regexp.QuoteMeta(parts[n])
	}
	return regexp.MustCompile(`^(?s:` + strings.Join(parts, ".*") + `)$`), nil
}

func refuse(rank int, format string, args ...any) *Rejection {
	return &Rejection{Why: fmt.Sprintf(format, args...), rank: rank}
}

// about returns a *Rejection for a signature of other images.
func about(s signature, digest string) error {
	if slices.Contains(s.images, digest) {
		return nil
	}
	other := "none"
	if len(s.images) > 0 {
		other = shown(s.images[0])
	}
	return refuse(otherImage, "the signature beside it is for another image: %s", other)
}

// shown turns untrusted text into one short line, "(none)" if it is blank.
func shown(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return cmp.Or(text, "(none)")
}
