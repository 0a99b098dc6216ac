package pypiserver

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A file is one distribution. Its content depends only on the release.
type file struct {
	project  string
	name     string
	data     []byte
	metadata []byte // of a wheel (PEP 658); nil for a source distribution
	release  Release
}

func (f file) path() string { return "/files/" + f.project + "/" + f.name }

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// A member is one file of an archive.
type member struct{ name, text string }

func metadata(project string, r Release) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Metadata-Version: 2.1\nName: %s\nVersion: %s\n", project, r.Version)
	if r.Summary != "" {
		fmt.Fprintf(&b, "Summary: %s\n", r.Summary)
	}
	if r.RequiresPython != "" {
		fmt.Fprintf(&b, "Requires-Python: %s\n", r.RequiresPython)
	}
	for _, d := range r.RequiresDist {
		fmt.Fprintf(&b, "Requires-Dist: %s\n", d)
	}
	for _, x := range extras(r.RequiresDist) {
		fmt.Fprintf(&b, "Provides-Extra: %s\n", x)
	}
	for _, u := range r.ProjectURLs {
		fmt.Fprintf(&b, "Project-URL: %s\n", u)
	}
	return b.String()
}

// extras returns the extras in the markers of requirements. A wheel has to declare them, because pip ignores undeclared ones.
func extras(dists []string) []string {
	var out []string
	for _, d := range dists {
		for _, m := range regexp.MustCompile(`extra\s*[=!]=\s*['"]([^'"]+)`).FindAllStringSubmatch(d, -1) {
			out = append(out, m[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// wheel creates a pure wheel (PEP 427).
func wheel(project string, r Release) file {
	module := strings.ReplaceAll(project, "-", "_")
	stem := module + "-" + r.Version
	info := stem + ".dist-info/"
	members := []member{
		{module + ".py", fmt.Sprintf("__version__ = %q\n", r.Version)},
		{info + "METADATA", metadata(project, r)},
		{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: freshpin\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
	}
	record := ""
	for _, m := range members {
		h := sha256.Sum256([]byte(m.text))
		record += fmt.Sprintf("%s,sha256=%s,%d\n", m.name, base64.RawURLEncoding.EncodeToString(h[:]), len(m.text))
	}
	members = append(members, member{info + "RECORD", record + info + "RECORD,,\n"})
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		// Without time and compression, the hash depends only on the description.
		w, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Store})
		must(err)
		_, err = w.Write([]byte(m.text))
		must(err)
	}
	must(z.Close())
	return file{project: project, name: stem + "-py3-none-any.whl", data: b.Bytes(), metadata: beside(project, r), release: r}
}

// beside returns the metadata that is served beside a wheel.
func beside(project string, r Release) []byte {
	switch {
	case r.NoMetadata:
		return nil
	case r.Metadata != nil:
		return r.Metadata
	}
	return []byte(metadata(project, r))
}

// sdist creates a source distribution (PEP 625).
func sdist(project string, r Release) file {
	stem := strings.ReplaceAll(project, "-", "_") + "-" + r.Version
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	t := tar.NewWriter(g)
	for _, m := range []member{
		{stem + "/PKG-INFO", metadata(project, r)},
		{stem + "/setup.py", fmt.Sprintf("from setuptools import setup\nsetup(name=%q, version=%q)\n", project, r.Version)},
	} {
		must(t.WriteHeader(&tar.Header{Name: m.name, Mode: 0o644, Size: int64(len(m.text))}))
		_, err := t.Write([]byte(m.text))
		must(err)
	}
	must(t.Close())
	must(g.Close())
	return file{project: project, name: stem + ".tar.gz", data: b.Bytes(), release: r}
}

// must panics on an error of a write to memory, which cannot fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
