package webtest

import (
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/store"
)

// SecretPin stands in a repository that grace must not know of.
func SecretPin() store.Pin {
	return store.Pin{Dependency: record.Dependency{
		ID: "secret.txt#requirements:secret-lib#1", File: "secret.txt", Line: 3, Ecosystem: "requirements", Name: "secret-lib", Package: "secret-lib",
		Pin: "==6.6.6", Current: "6.6.6", Latest: "7.7.7", Status: "held", Reason: "beyond", Digest: "sha256:" + strings.Repeat("5ec7e7", 10) + "abcd",
		Advisories: []record.Advisory{{ID: "GHSA-5ec7-5ec7-5ec7"}},
	}}
}

// OpenPin is one of a public image.
func OpenPin() store.Pin {
	return store.Pin{Dependency: record.Dependency{
		ID: "Dockerfile#dockerfile:docker.io/library/python#1", File: "Dockerfile", Line: 1, Ecosystem: "dockerfile", Name: "python",
		Package: "docker.io/library/python", Pin: "3.6.1", Current: "3.6.1", Safe: "3.6.15", Minor: "3.14", Latest: "3.14", Status: "held",
		ReasonCode: "policy", Reason: "beyond patch",
	}}
}

// Neighbours is a world with a repository of grace's, and one that she must not know of.
func Neighbours(t testing.TB, change ...func(*web.Options)) *World {
	w := New(t, change...)
	w.Repo("acme/shop", 1, true, OpenPin())
	w.Repo("evil/secret", 2, true, SecretPin(), OpenPin())
	w.Repo("acme/open", 3, false, OpenPin())
	w.Door.Lets("grace", []int64{1}, []int64{1})
	w.Door.Lets("ned", []int64{1}, nil)
	w.Door.Lets("nobody", nil, nil)
	return w
}
