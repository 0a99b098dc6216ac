// Package signature verifies that an image was signed by whom it should be: by
// a key, or by an identity that Sigstore vouches for. It reads signatures as
// cosign writes them: beside the image under a tag ("sha256-….sig"), or
// attached to it, as Sigstore bundles or in the older form.
//
// Package sigstore verifies. This package finds signatures,
// decides whether they are about the image, and says in one sentence why none is good.
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

// A Demand is the signature that an image must carry: by a key, or by an
// identity that an issuer vouches for.
type Demand struct {
	Key     []byte // in PEM, as cosign writes it
	KeyName string // for people

	Issuer   string // "https://token.actions.githubusercontent.com"
	Identity string // what the certificate was issued for; "*" in it is anything, /…/ a regular expression
}

func (d Demand) keyless() bool { return len(d.Key) == 0 }

// A Refusal is why an image is not believed to be signed as it should be.
type Refusal struct {
	Why  string // one sentence without a full stop
	rank int    // how near a signature came
}

// Error returns the sentence.
func (r *Refusal) Error() string { return r.Why }

// How near a signature can come.
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
	// Root returns whom to believe about identities. It is asked once, when the
	// first identity is to be verified, and after a failure not for a minute.
	Root func(ctx context.Context) (root.TrustedMaterial, error)

	mu      sync.Mutex
	trusted root.TrustedMaterial
	failed  error // why Root could not tell
	again   time.Time
}

// rest is how long Root is left alone after a failure.
const rest = time.Minute

// Verify reports who signed the image that a digest names, as a phrase: "the key
// keys/acme.pub". The error is a *Refusal where no signature is as it should
// be; any other means that it could not be found out.
func (v *Verifier) Verify(ctx context.Context, images ecosystems.Images, repository, digest string, d Demand) (string, error) {
	judge, err := v.judge(ctx, d)
	if err != nil {
		return "", err
	}
	best := &Refusal{Why: "it carries no signature"}
	for _, find := range []func(context.Context, ecosystems.Images, string, string) ([]signature, error){tagged, attached} {
		list, err := find(ctx, images, repository, digest)
		if err != nil {
			return "", fmt.Errorf("look for signatures of %s@%s: %w", repository, digest, err)
		}
		for _, s := range list {
			by, err := judge(s, digest)
			var no *Refusal
			switch {
			case err == nil:
				return by, nil
			case errors.As(err, &no) && no.rank > best.rank:
				best = no
			}
		}
	}
	return "", best
}

// A judge says who made a signature, or why it is not good: a *Refusal.
type judge func(s signature, digest string) (by string, err error)

func (v *Verifier) judge(ctx context.Context, d Demand) (judge, error) {
	if !d.keyless() {
		return byKey(d)
	}
	matches, err := matcher(d.Identity)
	if err != nil {
		return nil, &Refusal{Why: err.Error()}
	}
	trusted, err := v.root(ctx)
	if err != nil {
		return nil, fmt.Errorf("whom to believe about signatures: %w", err)
	}
	return byIdentity(trusted, d, matches)
}

// root returns whom to believe.
func (v *Verifier) root(ctx context.Context) (root.TrustedMaterial, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.trusted == nil {
		if v.Root == nil {
			return nil, errors.New("no trust root is known")
		}
		if time.Now().Before(v.again) {
			return nil, v.failed
		}
		trusted, err := v.Root(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			v.failed, v.again = err, time.Now().Add(rest)
			return nil, err
		}
		v.trusted = trusted
	}
	return v.trusted, nil
}

// matcher reads an identity: as it is, with "*" for anything, or as a regular expression.
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

func refuse(rank int, format string, args ...any) *Refusal {
	return &Refusal{Why: fmt.Sprintf(format, args...), rank: rank}
}

// about refuses a signature that is about other images.
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

// shown makes text from outside fit for a sentence.
func shown(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return cmp.Or(text, "nobody")
}
