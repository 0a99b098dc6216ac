package fetch

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// files returns the cache's files; backdate makes them older.
func cached(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func backdate(t *testing.T, dir string, age time.Duration) {
	t.Helper()
	then := time.Now().Add(-age)
	for _, path := range cached(t, dir) {
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
}

// tagged serves one document with an ETag, and 304 to who has it.
func tagged(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"1"`)
	w.Header().Set("Set-Cookie", "session=secret")
	if r.Header.Get("If-None-Match") == `"1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	io.WriteString(w, "document")
}

func dated(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Last-Modified", "Fri, 02 Jan 2026 03:04:05 GMT")
	if r.Header.Get("If-Modified-Since") == "Fri, 02 Jan 2026 03:04:05 GMT" {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	io.WriteString(w, "document")
}

func plain(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "document") }

// What the second run sends, by the age of what the first run left.
func TestSecondRun(t *testing.T) {
	for _, test := range []struct {
		name string
		h    http.HandlerFunc
		r    Request
		o    Options
		age  time.Duration
		want Stats
		code string
	}{
		{"young", tagged, Request{}, Options{}, 0, Stats{Cached: 1}, ""},
		{"nearly old", tagged, Request{}, Options{}, 9 * time.Minute, Stats{Cached: 1}, ""},
		{"old, tagged", tagged, Request{}, Options{}, 11 * time.Minute, Stats{Sent: 1, Revalidated: 1}, ""},
		{"old, dated", dated, Request{}, Options{}, time.Hour, Stats{Sent: 1, Revalidated: 1}, ""},
		{"old, neither", plain, Request{}, Options{}, time.Hour, Stats{Sent: 1}, ""},
		{"from the future", tagged, Request{}, Options{}, -time.Hour, Stats{Sent: 1, Revalidated: 1}, ""},
		{"no lifetime", tagged, Request{}, Options{Lifetime: -1}, 0, Stats{Sent: 1, Revalidated: 1}, ""},
		{"for ever", plain, Request{Forever: true}, Options{}, 1000 * time.Hour, Stats{Cached: 1}, ""},
		{"HEAD", plain, Request{Method: "HEAD"}, Options{}, time.Minute, Stats{Cached: 1}, ""},
		{"404, young", status(404), Request{}, Options{}, time.Minute, Stats{Cached: 1}, NotFound},
		{"404, old", status(404), Request{}, Options{}, time.Hour, Stats{Sent: 1}, NotFound},
		{"404 is not for ever", status(404), Request{Forever: true}, Options{}, time.Hour, Stats{Sent: 1}, NotFound},
		{"410, young", status(410), Request{}, Options{}, time.Minute, Stats{Cached: 1}, NotFound},
		{"401", status(401), Request{}, Options{}, 0, Stats{Sent: 1}, Unauthorized},
		{"500", status(500), Request{}, Options{}, 0, Stats{Sent: 2}, Unreachable},
		{"offline, old", plain, Request{}, Options{Offline: true}, 1000 * time.Hour, Stats{Cached: 1}, ""},
		{"offline, 404", status(404), Request{}, Options{Offline: true}, time.Hour, Stats{Cached: 1}, NotFound},
		{"offline, missing", status(401), Request{}, Options{Offline: true}, 0, Stats{}, Offline},
		{"offline, smaller limit", plain, Request{Limit: 3}, Options{Offline: true}, 0, Stats{Cached: 1}, TooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.o.CacheDir = t.TempDir()
			url, _ := serve(t, test.h)
			r := test.r
			r.URL, r.Limit = url, 0
			_, _ = client(t, Options{CacheDir: test.o.CacheDir}).Get(t.Context(), r) // what comes of it is looked at below
			backdate(t, test.o.CacheDir, test.age)
			c := client(t, test.o)
			r.Limit = test.r.Limit
			res, err := c.Get(t.Context(), r)
			if err != nil && Code(err) != test.code || err == nil && test.code != "" {
				t.Errorf("Get = %v, want code %q", err, test.code)
			}
			if err == nil && r.Method == "" && string(res.Body) != "document" {
				t.Errorf("body %q", res.Body)
			}
			if c.Stats() != test.want {
				t.Errorf("Stats() = %+v, want %+v", c.Stats(), test.want)
			}
		})
	}
}

// Confirmed once, it is young again.
func TestConfirmedIsYoung(t *testing.T) {
	dir := t.TempDir()
	url, n := serve(t, tagged)
	for range 3 {
		if _, err := client(t, Options{CacheDir: dir}).Get(t.Context(), Request{URL: url}); err != nil {
			t.Fatal(err)
		}
		if n.Load() == 1 {
			backdate(t, dir, time.Hour)
		}
	}
	if n.Load() != 2 {
		t.Errorf("%d requests, want one and one to confirm it", n.Load())
	}
}

// Memory has no room, the lifetime is over at once: still nothing is asked twice in a run.
func TestOncePerRun(t *testing.T) {
	url, n := serve(t, plain)
	c := client(t, Options{CacheDir: t.TempDir(), Memory: 1, Lifetime: -1})
	for range 3 {
		if _, err := c.Get(t.Context(), Request{URL: url}); err != nil {
			t.Fatal(err)
		}
	}
	if n.Load() != 1 {
		t.Errorf("%d requests, want 1", n.Load())
	}
}

// Whatever stands in the file of an entry, the answer is right.
func TestDamage(t *testing.T) {
	url, _ := serve(t, plain)
	for name, damage := range map[string]func([]byte) []byte{
		"empty":       func(b []byte) []byte { return nil },
		"cut":         func(b []byte) []byte { return b[:len(b)-1] },
		"one bit":     func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"header only": func(b []byte) []byte { return []byte(magic + "\n") },
		"longer":      func(b []byte) []byte { return append(b, 'x') },
		"status":      func(b []byte) []byte { return []byte(strings.Replace(string(b), "200", "404", 1)) },
		"other file":  func(b []byte) []byte { return []byte("<html>") },
	} {
		dir := t.TempDir()
		if _, err := client(t, Options{CacheDir: dir}).Get(t.Context(), Request{URL: url}); err != nil {
			t.Fatal(err)
		}
		path := cached(t, dir)[0]
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, damage(data), 0o600); err != nil {
			t.Fatal(err)
		}
		c := client(t, Options{CacheDir: dir})
		res, err := c.Get(t.Context(), Request{URL: url})
		if err != nil || string(res.Body) != "document" || c.Stats().Sent != 1 {
			t.Errorf("%s: %v, %v, %+v, want it asked again", name, res, err, c.Stats())
		}
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "cache")
	url, _ := serve(t, tagged)
	if _, err := client(t, Options{CacheDir: dir}).Get(t.Context(), Request{URL: "http://user:hunter2@" + strings.TrimPrefix(url, "http://")}); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, want it closed to others", path, info.Mode())
		}
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		if text := string(data); strings.Contains(text, "hunter2") || strings.Contains(text, "user") || strings.Contains(text, "session") {
			t.Errorf("%s holds a secret: %s", path, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An identity never gets the answers of another one.
func TestIdentities(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		fmt.Fprintf(w, "for %s %s", user, password)
	})
	host := strings.TrimPrefix(url, "http://")
	dir := t.TempDir()
	credentials := func(string) (string, string, bool) { return "from", "netrc", true }
	for _, test := range []struct {
		r    Request
		o    Options
		want string
	}{
		{Request{URL: url}, Options{}, "for  "},
		{Request{URL: "http://a:b@" + host}, Options{}, "for a b"},
		{Request{URL: "http://a:c@" + host}, Options{}, "for a c"},
		{Request{URL: url}, Options{Credentials: credentials}, "for from netrc"},
		{Request{URL: "http://a:b@" + host}, Options{Credentials: credentials}, "for a b"},
		{Request{URL: url}, Options{}, "for  "},
	} {
		test.o.CacheDir = dir
		res, err := client(t, test.o).Get(t.Context(), test.r)
		if err != nil || string(res.Body) != test.want || strings.Contains(res.URL.String(), "@") {
			t.Errorf("Get(%s) = %v, %v, want %s", test.r.URL, res, err, test.want)
		}
	}
}

func TestEviction(t *testing.T) {
	dir := t.TempDir()
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 1000)) })
	c := client(t, Options{CacheDir: dir, CacheSize: 10_000})
	for i := range 50 {
		if _, err := c.Get(t.Context(), Request{URL: fmt.Sprint(url, "/", i)}); err != nil {
			t.Fatal(err)
		}
	}
	var size int64
	for _, path := range cached(t, dir) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 10_000 || size < 5_000 {
		t.Errorf("%d bytes on disk, want at most 10,000, and not nothing", size)
	}
	c = client(t, Options{CacheDir: dir, Offline: true})
	if _, err := c.Get(t.Context(), Request{URL: url + "/49"}); err != nil {
		t.Errorf("the newest is gone: %v", err)
	}
}

// A disk that cannot be written costs speed, not answers.
func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	url, _ := serve(t, plain)
	if _, err := client(t, Options{CacheDir: file}).Get(t.Context(), Request{URL: url}); err != nil {
		t.Errorf("Get = %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	e := entry{Status: 200, URL: "http://h/", body: []byte("x")}
	head, err := e.head("k")
	if err != nil || decode("k", append(head, e.body...)) == nil {
		f.Fatal("what was written cannot be read", err)
	}
	f.Add(append(head, e.body...))
	f.Add([]byte(magic))
	f.Add([]byte(magic + "\n{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if e := decode("k", data); e != nil {
			if _, err := e.head("k"); err != nil {
				t.Error(err)
			}
		}
	})
}
