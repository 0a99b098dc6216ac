package provenance

import (
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDatabases reads what each kind of system writes about its packages, the ugliest first.
func TestDatabases(t *testing.T) {
	debian := release{"debian", "12", "bookworm"}
	for _, test := range []struct {
		name, file, text string
		from             release
		want             string
	}{
		{"folded fields, colons in values, a source with a version, packages half there", "var/lib/dpkg/status",
			"Package: libssl3\nStatus: install ok installed\nSource: openssl (3.0.11-1~deb12u1)\nVersion: 3.0.11-1~deb12u2\nDescription: Package: fake\n Package: fake\n .\n\tVersion: 9\nHomepage: https://a:b\n" +
				"\n\n\nPackage: half\nStatus: install ok half-configured\nVersion: 1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: none\nVersion: 1\n\nPackage: base\nStatus: hold ok installed\nVersion: 1:2-3", debian,
			"Debian:12 openssl 3.0.11-1~deb12u1, Debian:12 base 1:2-3"},
		{"distroless has no Status", "var/lib/dpkg/status.d/libc6", "Package: libc6\r\nVersion: 2.36-9\r\nSource: glibc\r\n", debian, "Debian:12 glibc 2.36-9"},
		{"Ubuntu by its codename", "var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n", release{"ubuntu", "22.04", "jammy"}, "Ubuntu:22.04:LTS a 1"},
		{"apk: one letter for a field, files behind", "lib/apk/db/installed",
			"C:Q1abc=\nP:libcrypto3\nV:3.1.4-r0\nA:x86_64\no:openssl\nF:lib\nR:libcrypto.so.3\nZ:Q1x=\n\nP:\nV:1\n\nP:musl\nV:1.2.4-r1\n\n", release{"alpine", "3.18.4", ""},
			"Alpine:v3.18 openssl 3.1.4-r0, Alpine:v3.18 musl 1.2.4-r1"},
		{"apk of a rolling system", "usr/lib/apk/db/installed", "P:curl\nV:8.4.0-r0\n", release{"wolfi", "", ""}, "Wolfi curl 8.4.0-r0"},
		{"opkg", "usr/lib/opkg/status", "Package: busybox\nVersion: 1.36\nStatus: install user installed\n", release{"openwrt", "23", ""}, " busybox 1.36"},
		{"no system is named", "var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n", release{}, " a 1"},
		{"no records", "var/lib/dpkg/status", "\n\n: \n x\n", debian, ""},
	} {
		path := filepath.Join(t.TempDir(), "database")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := readerOf(test.file)(t.Context(), path, test.from)
		if got := sources(list); err != nil || got != test.want {
			t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

func sources(list []Package) string {
	var words []string
	for _, p := range list {
		words = append(words, p.Ecosystem+" "+p.Source+" "+p.SourceVersion)
	}
	return strings.Join(words, ", ")
}

// header is a package header of rpm without a region (rpm's file format, "Header"): strings, and an epoch.
func header(name, version, release string, epoch uint32) []byte {
	var index, data []byte
	entry := func(tag, kind, count uint32, value []byte) {
		for _, n := range []uint32{tag, kind, uint32(len(data)), count} {
			index = binary.BigEndian.AppendUint32(index, n)
		}
		data = append(data, value...)
	}
	const stringType, intType = 6, 4
	entry(1003, intType, 1, binary.BigEndian.AppendUint32(nil, epoch))
	for n, text := range []string{name, version, release} {
		entry(uint32(1000+n), stringType, 1, append([]byte(text), 0))
	}
	blob := binary.BigEndian.AppendUint32(nil, uint32(len(index)/16))
	blob = binary.BigEndian.AppendUint32(blob, uint32(len(data)))
	return append(append(blob, index...), data...)
}

// TestRPM reads the database of Red Hat's family since 2021.
func TestRPM(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rpmdb.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	for _, blob := range [][]byte{header("openssl-libs", "3.0.7", "16.el9", 1), header("bash", "5.1.8", "6.el9", 0)} {
		if _, err := db.Exec("INSERT INTO Packages (blob) VALUES (?)", blob); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	for id, want := range map[string]string{
		"rocky": "Rocky Linux:9 openssl-libs 1:3.0.7-16.el9, Rocky Linux:9 bash 5.1.8-6.el9",
		"rhel":  " openssl-libs 1:3.0.7-16.el9,  bash 5.1.8-6.el9",
	} {
		list, err := readerOf("var/lib/rpm/rpmdb.sqlite")(t.Context(), path, release{id: id, version: "9.2"})
		if got := sources(list); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", id, got, err, want)
		}
	}
	for _, damaged := range []string{"", "SQLite format 3\x00", "SQLite format 3\x00 and nothing more", "RpmP", strings.Repeat("\xff", 5000)} {
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if list, err := rpm(t.Context(), path, release{id: "rocky"}); err == nil {
			t.Errorf("%.20q was read as %+v", damaged, list)
		}
	}
}
