package download

import (
	"context"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// Checksum implements ecosystems.Checksummer. It downloads only the publisher's list.
func (e *Ecosystem) Checksum(ctx context.Context, address string) (string, error) {
	place, ok := source.Read(address)
	if !ok || !source.Publishes(place.Source) {
		return "", nil
	}
	tag := address[place.Start:place.End]
	number := tag[max(strings.IndexAny(tag, "0123456789"), 0):]
	list, err := e.source.Files(ctx, place.Project, source.Wanted{
		Tag: tag, Version: number, Files: []string{address}, Algorithms: []string{"sha256"}, Trust: ecosystems.TrustDigest,
	})
	if err != nil {
		return "", err
	}
	return sha256Of(list, address), nil
}

// sha256Of returns the only checksum that a list has for an address; "" for none or for several different ones.
func sha256Of(list source.List, address string) string {
	file, _, _ := strings.Cut(address, "?")
	sum := ""
	for _, s := range list.Sums {
		if s.Algorithm != "sha256" || s.Trust < ecosystems.TrustDigest || s.File != address && path.Base(s.File) != path.Base(file) {
			continue
		}
		if sum != "" && sum != s.Hex {
			return ""
		}
		sum = s.Hex
	}
	if sum == "" {
		return ""
	}
	return "sha256:" + sum
}
