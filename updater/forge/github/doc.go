// Package github implements forge.Forge for GitHub. It reads repositories without a
// clone and manages branches, pull requests, comments and issues through the REST API
// of github.com or of an Enterprise server.
//
// It makes requests idempotent, so that they can be repeated. Its callers decide what
// to propose and what happens to pull requests. Package message renders the texts.
package github
