package download

import (
	"context"
	"crypto/sha1" //nolint:gosec // files may pin a SHA-1, and the algorithm of a pin is kept
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"io"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
)

// Computes reports whether the operator allows downloads of files to compute their checksums.
func (c *Client) Computes() bool { return c.o.Compute > 0 }

// Compute downloads one file and returns its checksum. Call it only if Computes
// is true and the publisher lists no checksum.
func (c *Client) Compute(ctx context.Context, address, algorithm string) (sumlist.Sum, error) {
	h := hasher(algorithm)
	if h == nil || !c.Computes() {
		return sumlist.Sum{}, malformed(address, "no checksum of this kind is computed: "+algorithm)
	}
	body, err := c.o.HTTP.Stream(ctx, fetch.Request{URL: c.at(address), Limit: c.o.Compute})
	if err != nil {
		return sumlist.Sum{}, err
	}
	defer body.Close()
	if _, err := io.Copy(h, body); err != nil {
		return sumlist.Sum{}, err
	}
	return sumlist.Sum{File: base(address), Algorithm: algorithm, Hex: hex.EncodeToString(h.Sum(nil)), Trust: ecosystems.TrustCompute, From: "one download of this program"}, nil
}

func hasher(algorithm string) hash.Hash {
	switch algorithm {
	case "sha1":
		return sha1.New()
	case "sha256":
		return sha256.New()
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}
