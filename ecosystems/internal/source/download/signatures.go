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

// signatureEnds are the suffixes that turn the name of a list into the name of its signature.
var signatureEnds = []string{".asc", ".sig", ".gpg"}

// A wrong error means that the signature of a list is not valid.
type wrong struct{ why string }

// Error returns the sentence.
func (w *wrong) Error() string { return w.why }

// alarmed returns a list that has only an alarm about its signature.
func alarmed(err error) (List, bool) {
	var w *wrong
	if !errors.As(err, &w) {
		return List{}, false
	}
	return List{Alarm: ecosystems.Reason{Code: ecosystems.BadSignature, Text: w.why}}, true
}

// A listed describes where a list of checksums was found.
type listed struct {
	name       string           // of the list, for messages
	only       string           // file of a checksum without a name; "" for none
	trust      ecosystems.Trust // without a valid signature
	from       string           // origin without a valid signature, for messages
	signatures []string         // possible addresses of its signature, the likeliest first
}

// sumsIn parses a list of checksums. If keys are configured, it checks the
// signature around the list or at one of its addresses: a valid one raises the
// trust, an invalid one is an error of type *wrong, even if the list would be
// trusted without a signature.
func (c *Client) sumsIn(ctx context.Context, w Wanted, body []byte, l listed) ([]sumlist.Sum, error) {
	plain := func() []sumlist.Sum { return sumlist.Marked(sumlist.Parse(body, l.only), l.trust, l.from) }
	if w.Keys.Empty() {
		return plain(), nil
	}
	var signature []byte
	var err error
	// A signed message contains its signature, so none is requested.
	if !signedlist.Signed(body) {
		if signature, err = c.signature(ctx, l.signatures); err != nil {
			return nil, err
		}
	}
	content, by, err := w.Keys.Verify(body, signature)
	var refused *signedlist.Rejection
	switch {
	// A key that was only found near the file, and not named in settings, proves nothing about
	// other signers.
	case errors.Is(err, signedlist.ErrUnsigned), errors.As(err, &refused) && refused.Unknown && !w.Keys.Sure():
		return plain(), nil
	case errors.As(err, &refused):
		return nil, &wrong{fmt.Sprintf("%s: %s", l.name, refused.Why)}
	case err != nil:
		return nil, err
	}
	return sumlist.Marked(sumlist.Parse(content, l.only), ecosystems.TrustSigned, fmt.Sprintf("%s, signed by %s", l.name, by)), nil
}

// signature downloads the first signature that exists; nil if there is none.
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

// beside returns the possible addresses of the signature of a list.
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
