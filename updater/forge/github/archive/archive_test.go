package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

func file(name, content string) tar.Header {
	return tar.Header{Name: name, Uname: content, Mode: 0o664}
}
func link(name, target string) tar.Header {
	return tar.Header{Name: name, Linkname: target, Typeflag: tar.TypeSymlink}
}
func folderIn(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o777}
}

func unpackInto(t testing.TB, data []byte) (string, *Tree, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "inner")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	u, err := Unpack(bytes.NewReader(data), root)
	return dir, u, err
}

func TestUnpack(t *testing.T) {
	for _, tt := range []struct {
		name    string
		members []tar.Header
		want    map[string]string
	}{
		{"paths that lead out", []tar.Header{
			file("top/../../evil", "x"), file("../evil", "x"), file("/top/evil", "x"), file("top//evil", "x"), file("top/./evil", "x"), file("top/a/../../../evil", "x"), file("top/good", "x"),
		}, map[string]string{"good": "644 x"}},
		{"links that lead out", []tar.Header{
			link("top/abs", "/etc"), link("top/up", ".."), link("top/a/up", "../.."), link("top/empty", "."), link("top/tricky", "empty/../.."), link("top/a/ok", "../b"), link("top/a/deep/ok", "../../b"),
		}, map[string]string{"empty": "-> .", "a/ok": "-> ../b", "a/deep/ok": "-> ../../b"}},
		{"a link to the folder itself, and another that goes up through it", []tar.Header{
			link("top/d", "."), link("top/e", "d/../outside"), link("top/f", "d/.."),
		}, map[string]string{"d": "-> ."}},
		{"a file behind a link", []tar.Header{
			folderIn("top/real"), link("top/d", "real"), file("top/d/x", "through the link"), link("top/d/y", "../.."), file("top/real/z", "z"),
		}, map[string]string{"d": "-> real", "real/z": "644 z"}},
		{"twice", []tar.Header{
			file("top/x", "first"), file("top/x", "second"), link("top/x", "y"), link("top/l", "x"), file("top/l", "over the link"),
		}, map[string]string{"x": "644 first", "l": "-> x"}},
		{"a folder of git's own", []tar.Header{
			file("top/.git/hooks/pre-commit", "x"), file("top/sub/.GIT/config", "x"), file("top/.gitignore", "x"),
		}, map[string]string{".gitignore": "644 x"}},
		{"modes, devices, hard links", []tar.Header{
			{Name: "top/run", Mode: 0o4777, Uname: "x"}, {Name: "top/dev", Typeflag: tar.TypeChar}, {Name: "top/fifo", Typeflag: tar.TypeFifo},
			{Name: "top/hard", Typeflag: tar.TypeLink, Linkname: "top/run"}, file("top/plain", ""),
		}, map[string]string{"run": "755 x", "plain": "644 "}},
		{"as GitHub packs it", []tar.Header{
			{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": gittree.EmptyBlob}},
			folderIn("acme-shop-0123456/"), file("acme-shop-0123456/go.mod", "module m\n"), folderIn("acme-shop-0123456/a/"), file("acme-shop-0123456/a/ü.go", "package a\n"),
		}, map[string]string{"go.mod": "644 module m\n", "a/ü.go": "644 package a\n"}},
	} {
		dir, u, err := unpackInto(t, forgetest.Pack(tt.members...))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, forgetest.OnDisk(dir)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if outside := forgetest.OnDisk(filepath.Dir(dir)); len(outside) != len(tt.want) {
			t.Errorf("%s: something lies outside: %v", tt.name, outside)
		}
		if len(u.hashes) != len(tt.want) {
			t.Errorf("%s: hashes of %v", tt.name, u.hashes)
		}
	}
}

func TestUnpackErrors(t *testing.T) {
	whole := forgetest.Pack(file("top/x", strings.Repeat("random enough? ", 100)))
	bomb := forgetest.Pack(file("top/x", strings.Repeat("\x00", ratioFrom+1<<20)))
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":   {nil, "EOF"},
		"no gzip":   {[]byte("<html>a page that is no archive"), "gzip"},
		"cut":       {whole[:len(whole)-9], "EOF"},
		"a bomb":    {bomb, "proportion"},
		"not a tar": {zipped(t, strings.Repeat("text ", 300)), "tar"},
	} {
		if _, _, err := unpackInto(t, tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	_, _ = io.WriteString(zip, text)
	_ = zip.Close()
	return out.Bytes()
}

func TestStaysInside(t *testing.T) {
	for _, tt := range []struct {
		name, target string
		want         bool
	}{
		{"a", "..", false},
		{"a", "../inner", false},
		{"a", "b/..", false},
		{"a/b", "c/../../..", false},
		{"a", "", false},
		{"a", "/a", false},
		{"a", `..\..\x`, false},
		{"a", "./../x", false},
		{"a/b", "..", true},
		{"a/b", "./../././x", true},
		{"a/b/c", "../../x", true},
		{"a/b/c", "../../../x", false},
		{"a", "..x", true},
		{"a", "b/c", true},
	} {
		if got := staysInside(tt.name, tt.target); got != tt.want {
			t.Errorf("staysInside(%q, %q) = %v, want %v", tt.name, tt.target, got, tt.want)
		}
	}
}

// FuzzUnpack unpacks archives of any names and links. Nothing may be written
// outside, and no link may lead there.
func FuzzUnpack(f *testing.F) {
	f.Add("top/a\ntop/b/c\ntop/../x", "..\na\nb/../..", []byte{0, 1, 2, 1})
	f.Add("top/d\ntop/d/x\ntop/e", ".\nd/../x", []byte{1, 0, 1})
	f.Add("top/a/b\ntop/a\ntop/a/b/c/d", "a/b\n../a\n../../..", []byte{2, 1, 0, 1})
	f.Fuzz(func(t *testing.T, names, targets string, kinds []byte) {
		if len(kinds) == 0 || len(names) > 400 || len(targets) > 400 {
			return
		}
		var out bytes.Buffer
		zip := gzip.NewWriter(&out)
		w := tar.NewWriter(zip)
		to := strings.Split(targets, "\n")
		for n, name := range strings.Split(names, "\n") {
			h := &tar.Header{Name: name, Typeflag: []byte{tar.TypeReg, tar.TypeSymlink, tar.TypeDir}[kinds[n%len(kinds)]%3], Linkname: to[n%len(to)]}
			if w.WriteHeader(h) != nil {
				return // the writer knows that this is no archive
			}
		}
		_, _ = w.Close(), zip.Close()
		dir, _, _ := unpackInto(t, out.Bytes())
		outer, _ := filepath.EvalSymlinks(filepath.Dir(dir))
		entries, _ := os.ReadDir(outer)
		if len(entries) != 1 {
			t.Fatalf("%d entries beside the folder", len(entries)-1)
		}
		for p, what := range forgetest.OnDisk(dir) {
			if !strings.HasPrefix(what, "-> ") {
				continue
			}
			if end, err := filepath.EvalSymlinks(filepath.Join(dir, p)); err == nil && end != filepath.Join(outer, "inner") && !strings.HasPrefix(end, filepath.Join(outer, "inner")+"/") {
				t.Fatalf("%s %s leads to %s", p, what, end)
			}
		}
	})
}
