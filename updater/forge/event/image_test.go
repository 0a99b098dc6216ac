package event

import "testing"

func TestCanonical(t *testing.T) {
	for _, test := range []struct{ host, path, want string }{
		{"docker.io", "python", "docker.io/library/python"},
		{"index.docker.io", "python", "docker.io/library/python"},
		{"registry-1.docker.io", "library/python", "docker.io/library/python"},
		{"registry.hub.docker.com", "acme/base", "docker.io/acme/base"},
		{"hub.docker.com", "acme/base", "docker.io/acme/base"},
		{"Index.Docker.IO", "python", "docker.io/library/python"},
		{"localhost:5000", "python", "localhost:5000/python"},
		{"ghcr.io", "a/b__c/d--e/f.g", "ghcr.io/a/b__c/d--e/f.g"},
		{"GHCR.io", "acme/app", "ghcr.io/acme/app"},
		{"ghcr.io", "Acme/app", ""},
		{"ghcr.io", "acme/app/", ""},
		{"ghcr.io", "acme//app", ""},
		{"ghcr.io", "-acme/app", ""},
		{"ghcr.io", "a/../b", ""},
		{"ghcr.io", "a/b___c", ""},
		{"ghcr.io", "", ""},
		{"", "acme/app", ""},
		{"ghcr.io:", "app", ""},
		{"ghcr.io:123456", "app", ""},
		{"ghcr..io", "app", ""},
		{"user@ghcr.io", "app", ""},
		{"ghcr.io\n", "app", ""},
		{"docker.io", "", ""},
	} {
		if got := ImageName(test.host, test.path); got != test.want {
			t.Errorf("ImageName(%q, %q) = %q, want %q", test.host, test.path, got, test.want)
		}
	}
}

func TestNameOf(t *testing.T) {
	for _, test := range []struct{ reference, want string }{
		{"quay.io/acme/base", "quay.io/acme/base"},
		{"ghcr.io/acme/base:", "ghcr.io/acme/base"},
		{"r.example:5000/a/b:1.2@sha256:ab", "r.example:5000/a/b"},
		{"r.example:5000/a/b@sha256:ab", "r.example:5000/a/b"},
		{"[2001:db8::1]:5000/a/b:1", "[2001:db8::1]:5000/a/b"},
		{"docker.io/python:3", "docker.io/library/python"},
		{"python", ""},
		{"https://quay.io/acme/base", ""},
		{"", ""},
	} {
		if got := ImageNameOf(test.reference); got != test.want {
			t.Errorf("ImageNameOf(%q) = %q, want %q", test.reference, got, test.want)
		}
	}
}

func TestElements(t *testing.T) {
	for _, test := range []struct {
		data string
		want int
	}{
		{`[]`, 1},
		{`[1]`, 1},
		{`[1,2]`, 2},
		{`[{"a":1,"b":[1,2,3]},"x,y",[4,5]]`, 3},
		{`["\",","\\","a\\\",b"]`, 3},
		{`["],[","}"]`, 2},
		{`null`, 1},
		{`"a,b"`, 1},
	} {
		if got := elements([]byte(test.data)); got != test.want {
			t.Errorf("elements(%s) = %d, want %d", test.data, got, test.want)
		}
	}
}
