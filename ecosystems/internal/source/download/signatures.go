package download

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/signedlist"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
)

// signatureEnds are what stands behind the name of a list in that of its signature.
var signatureEnds = []string{".asc", ".sig", ".gpg"}

// A wrong error is a list whose signature does not hold.
type wrong struct{ why string }

func (w *wrong) Error() string { return w.why }

// alarmed returns a list that says nothing but that its signature is wrong.
func alarmed(err error) (List, bool) {
	var w *wrong
	if !errors.As(err, &w) {
		return List{}, false
	}
	return List{Alarm: ecosystems.Reason{Code: ecosystems.BadSignature, Text: w.why}}, true
}

// A listed is a list of checksums as it was found.
type listed struct {
	name       string           // of the list, for people
	only       string           // the file that a checksum without a name is of; "" for none
	trust      ecosystems.Trust // where no signature counts
	from       string           // for people, where no signature counts
	signatures []string         // addresses at which its signature may lie, the likeliest first
}

// sumsIn reads a list of checksums. Where there are keys, the signature around it
// or at one of the addresses counts: it raises the trust, and one that is wrong
// is an error of type *wrong, whatever the trust is without it.
func (c *Client) sumsIn(ctx context.Context, w Wanted, body []byte, l listed) ([]sumlist.Sum, error) {
	plain := func() []sumlist.Sum { return sumlist.Marked(sumlist.Parse(body, l.only), l.trust, l.from) }
	if w.Keys.Empty() {
		return plain(), nil
	}
	var signature []byte
	var err error
	if !signedlist.Signed(body) {
		if signature, err = c.signature(ctx, l.signatures); err != nil {
			return nil, err
		}
	}
	content, by, err := w.Keys.Verify(body, signature)
	var refused *signedlist.Refusal
	switch {
	case errors.Is(err, signedlist.ErrUnsigned), errors.As(err, &refused) && refused.Unknown && !w.Keys.Sure():
		return plain(), nil
	case errors.As(err, &refused):
		return nil, &wrong{fmt.Sprintf("%s: %s", l.name, refused.Why)}
	case err != nil:
		return nil, err
	}
	return sumlist.Marked(sumlist.Parse(content, l.only), ecosystems.TrustSigned, fmt.Sprintf("%s, signed by %s", l.name, by)), nil
}

// signature reads the first signature that is there; nil for none.
func (c *Client) signature(ctx context.Context, addresses []string) ([]byte, error) {
	for _, address := range addresses {
		body, err := c.get(ctx, address, maxList)
		switch {
		case absent(err):
		case fetch.Code(err) == fetch.TooLarge && err != nil:
			return nil, &wrong{fmt.Sprintf("the signature %s has more than %d bytes", base(address), maxList)}
		case err != nil:
			return nil, err
		default:
			return body, nil
		}
	}
	return nil, nil
}

// beside returns the addresses at which the signature of a list may lie.
func beside(list string) (addresses []string) {
	for _, end := range signatureEnds {
		addresses = append(addresses, list+end)
	}
	return addresses
}

// signatureAssets returns the addresses of the signatures of a list among the assets of a release.
func signatureAssets(list asset, assets []asset, folder string) (addresses []string) {
	for _, end := range signatureEnds {
		if slices.ContainsFunc(assets, func(a asset) bool { return a.Name == list.Name+end }) {
			addresses = append(addresses, folder+segment(list.Name+end))
		}
	}
	return addresses
}
