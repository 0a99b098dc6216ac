package ospackages

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ulikunitz/xz"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var (
	debianTag   = lazyregexp.New(`(?:^|[/:-])(bookworm|bullseye|buster|trixie|forky)(?:[@-]|$)`)
	debianImage = lazyregexp.New(`(?:^|/)debian:(1[0-4])(?:\.\d+)?(?:[@-]|$)`)
	ubuntuImage = lazyregexp.New(`(?:^|/)ubuntu:(\d\d\.\d\d|[a-z]+)(?:[@-]|$)`)
	debian      = map[string]string{"10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie", "14": "forky"}
	ubuntu      = map[string]string{"20.04": "focal", "22.04": "jammy", "24.04": "noble", "26.04": "resolute"}
)

// Suite returns the suite of an image that is built on Debian or Ubuntu:
// "bookworm", "ubuntu/jammy"; "" if its reference does not say.
func Suite(image string) string {
	if m := debianImage.FindStringSubmatch(image); m != nil {
		return debian[m[1]]
	}
	if m := ubuntuImage.FindStringSubmatch(image); m != nil {
		for number, name := range ubuntu {
			if m[1] == number || m[1] == name {
				return "ubuntu/" + name
			}
		}
		return ""
	}
	if m := debianTag.FindStringSubmatch(image); m != nil {
		return m[1]
	}
	return ""
}

// debIndexes returns the addresses of the package indexes of a suite, its updates and its security fixes
// (wiki.debian.org, "DebianRepository/Format").
func debIndexes(suite string) []string {
	if name, ok := strings.CutPrefix(suite, "ubuntu/"); ok {
		const host = "https://archive.ubuntu.com/ubuntu/dists/"
		var list []string
		for _, pocket := range []string{"", "-updates", "-security"} {
			for _, component := range []string{"main", "universe"} {
				list = append(list, host+name+pocket+"/"+component+"/binary-amd64/Packages.xz")
			}
		}
		return list
	}
	return []string{
		"https://deb.debian.org/debian/dists/" + suite + "/main/binary-amd64/Packages.xz",
		"https://deb.debian.org/debian/dists/" + suite + "-updates/main/binary-amd64/Packages.xz",
		"https://deb.debian.org/debian-security/dists/" + suite + "-security/main/binary-amd64/Packages.xz",
	}
}

// readDEB parses Packages.xz.
func readDEB(data []byte) (map[string]entry, error) {
	packed, err := xz.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not compressed by xz: %w", err)
	}
	return readStanzas(&limited{packed, maxUnpacked}, "Package:", "Version:", "")
}
