package github

import (
	"archive/tar"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

func TestUnpack(t *testing.T) {
	m := plainRepo()
	m.add("ignored/by/export.go", gittree.File, "package export\n")
	m.add("subst.txt", gittree.File, "$Format:%H$\n")
	m.add("missing-link", gittree.Link, "Dockerfile")
	m.add("evil-link", gittree.Link, "../../etc")
	archive := forgetest.Pack(tar.Header{Name: "x/Dockerfile", Uname: "FROM scratch\n"}, tar.Header{Name: "x/copy/Dockerfile", Uname: "FROM scratch\n"}, tar.Header{Name: "x/a/b/go.mod", Uname: "module m\n"},
		tar.Header{Name: "x/a/run.sh", Uname: "#!/bin/sh\n", Mode: 0o755}, tar.Header{Name: "x/empty", Uname: ""}, tar.Header{Name: "x/link", Linkname: "a/b/go.mod", Typeflag: tar.TypeSymlink}, tar.Header{Name: "x/subst.txt", Uname: "123\n"}, tar.Header{Name: "x/evil-link", Linkname: "../../etc", Typeflag: tar.TypeSymlink})
	far := newFake(t, map[string][]answer{"GET /acme/shop/tar.gz": {{status: 503}, {body: string(archive)}}})
	answers, _ := served(m)
	answers["GET /repos/acme/shop/tarball/"+parent] = []answer{{status: 302, header: "Location: " + far.URL + "/acme/shop/tar.gz?token=SECRET"}}
	server := newFake(t, answers)
	f, _, log := testForge(t, server.URL, nil)
	c, err := f.Open(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := c.Unpack(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Dockerfile": "644 FROM scratch\n", "copy/Dockerfile": "644 FROM scratch\n", "a/b/go.mod": "644 module m\n", "a/run.sh": "755 #!/bin/sh\n",
		"empty": "644 ", "link": "-> a/b/go.mod", "ignored/by/export.go": "644 package export\n", "subst.txt": "644 $Format:%H$\n", "missing-link": "-> Dockerfile",
	}
	if diff := cmp.Diff(want, forgetest.OnDisk(dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, auth := range far.auth {
		if auth != "" {
			t.Errorf("another host was shown %q", auth)
		}
	}
	if strings.Contains(log.String(), "SECRET") {
		t.Errorf("the address of the archive is logged: %s", log)
	}
	if reads, _ := f.Requests("acme/shop"); reads != 3+1+3+1 {
		t.Errorf("%d reads, want 3 to open, 1 for the archive, 4 for what it lacks", reads)
	}
}

func TestUnpackTrouble(t *testing.T) {
	far := newFake(t, map[string][]answer{"GET /gone": {{status: 404}}, "GET /html": {{body: "<html>no archive here</html>"}}, "GET /cut": {{cut: true, body: "\x1f\x8b\x08"}}, "GET /drop": {{drop: true}}, "GET /loop": {{status: 302, header: "Location: $URL/loop?token=SECRET"}}})
	for _, place := range []string{far.URL + "/gone", far.URL + "/html", far.URL + "/cut", far.URL + "/drop", far.URL + "/loop", "http://%zz", "ftp://x/", "https://user:SECRET@127.0.0.1:1/", "http://127.0.0.1:1/", ""} {
		answers, _ := served(plainRepo())
		answers["GET /repos/acme/shop/tarball/"+parent] = []answer{{status: 302, header: "Location: " + place + "?token=SECRET"}}
		server := newFake(t, answers)
		f, _, log := testForge(t, server.URL, nil)
		c, err := f.Open(t.Context(), "acme/shop")
		if err != nil {
			t.Fatal(err)
		}
		if err = c.Unpack(t.Context(), t.TempDir()); err == nil || !strings.HasPrefix(err.Error(), "archive of acme/shop: ") || strings.Contains(err.Error()+log.String(), "SECRET") {
			t.Errorf("%q: %v\n%s", place, err, log)
		}
	}
}
