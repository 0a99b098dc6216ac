package lifecycle

import (
	"context"
	"path"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/plan"
)

// Tree returns a checkout as a tree to scan. It fetches all manifests and settings
// together instead of one by one. It fetches the settings first, because they exclude
// manifests.
func Tree(ctx context.Context, c *forge.Checkout, rules plan.Rules, ecos []ecosystems.Ecosystem) (plan.Tree, error) {
	if err := fetchSettings(ctx, c); err != nil {
		return plan.Tree{}, err
	}
	return manifests(ctx, c, rules, ecos)
}

// fetchSettings fetches all settings files together.
func fetchSettings(ctx context.Context, c *forge.Checkout) error {
	if c.Fetch == nil {
		return nil
	}
	return c.Fetch(ctx, filter(c, func(file string) bool { return config.IsName(path.Base(file)) }))
}

// manifests fetches all manifests together and returns the checkout as a tree.
func manifests(ctx context.Context, c *forge.Checkout, rules plan.Rules, ecos []ecosystems.Ecosystem) (plan.Tree, error) {
	t := plan.Tree{FS: c.FS, Rules: rules, Unpack: c.Unpack, Address: c.URL}
	if c.Fetch == nil {
		return t, nil
	}
	return t, c.Fetch(ctx, filter(c, func(file string) bool {
		return slices.ContainsFunc(ecos, func(e ecosystems.Ecosystem) bool { return e.Match(file) }) && !plan.Ignored(rules, file)
	}))
}

func filter(c *forge.Checkout, want func(file string) bool) []string {
	var list []string
	for file := range c.Files {
		if want(file) {
			list = append(list, file)
		}
	}
	return list
}
