package updater_test

import (
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/updater/plan"
)

// TestTags: which tag replaces which, by reports and by files of other people.
// The first of the tags is the pin.
func TestTags(t *testing.T) {
	for _, c := range []struct {
		from, tags          string
		safe, minor, latest string
		base                string // newer_base
	}{
		// a number behind the version, or behind a counter: a build
		{"rancher/k3s", "v1.28.5-k3s1 v1.28.6-k3s2 v1.28.7-k3s2 v1.29.1-k3s1", "v1.28.7-k3s2", "v1.29.1-k3s1", "v1.29.1-k3s1", ""}, // renovate #30957
		{"rancher/rke2", "v1.28.5-rke2r1 v1.28.5-rke2r2 v1.29.1-rke2r1", "v1.28.5-rke2r2", "v1.29.1-rke2r1", "v1.29.1-rke2r1", ""}, // renovate #30957
		{"redis/redis-stack", "7.2.0-v8 7.2.0-v9 7.2.0-v10 7.4.0-v0", "7.2.0-v10", "7.4.0-v0", "7.4.0-v0", ""},                     // redis-stack #572
		{"mssql/server", "2022-CU11-ubuntu-22.04 2022-CU14-ubuntu-22.04 2022-CU15-ubuntu-24.04", "2022-CU14-ubuntu-22.04", "2022-CU14-ubuntu-22.04", "2022-CU14-ubuntu-22.04", "2022-CU15-ubuntu-24.04"},
		{"foo/baz", "11-jdk-master-111 11-jdk-master-222", "11-jdk-master-222", "11-jdk-master-222", "11-jdk-master-222", ""}, // dependabot
		{"percona", "8.0.35-27.1 8.0.36-28.1 8.4.0-1.1", "8.0.36-28.1", "8.4.0-1.1", "8.4.0-1.1", ""},

		// every other number belongs to the variant
		{"maven", "3.9.11-amazoncorretto-11-alpine 3.9.11-amazoncorretto-25-alpine 3.9.12-amazoncorretto-11-alpine", "3.9.12-amazoncorretto-11-alpine", "3.9.12-amazoncorretto-11-alpine", "3.9.12-amazoncorretto-11-alpine", "3.9.11-amazoncorretto-25-alpine"},
		{"maven", "3.9.11-sapmachine-17 3.9.11-sapmachine-21", "3.9.11-sapmachine-17", "3.9.11-sapmachine-17", "3.9.11-sapmachine-17", "3.9.11-sapmachine-21"},
		{"gradle", "8.10-jdk-21-and-23 8.10-jdk-21-and-24", "8.10-jdk-21-and-23", "8.10-jdk-21-and-23", "8.10-jdk-21-and-23", "8.10-jdk-21-and-24"},
		{"acme/web", "5.0.0-tomcat-9 5.0.1-tomcat-9 5.0.1-tomcat-10", "5.0.1-tomcat-9", "5.0.1-tomcat-9", "5.0.1-tomcat-9", "5.0.1-tomcat-10"},
		{"acme/web", "5.0.0-u22.04 5.0.1-u22.04 5.0.1-u24.04", "5.0.1-u22.04", "5.0.1-u22.04", "5.0.1-u22.04", "5.0.1-u24.04"},
		{"acme/web", "1.0.0-rocky-8 1.0.0-rocky-9 1.0.1-rocky-8", "1.0.1-rocky-8", "1.0.1-rocky-8", "1.0.1-rocky-8", "1.0.0-rocky-9"},

		// a second version
		{"postgis/postgis", "15-3.3 14-3.3 15-3.4 15-3.5 15-4.0 16-3.3 16-3.4 16-4.0", "15-3.3", "15-3.3", "16-3.3", "16-4.0"}, // docker-postgis #72
		{"postgis/postgis", "15-3.3-alpine 15-3.4-alpine 16-3.3", "15-3.3-alpine", "15-3.3-alpine", "15-3.3-alpine", "15-3.4-alpine"},
		{"devcontainers/python", "1.1.5-3.11 1.1.5-3.12 1.1.10-3.11 1.1.10-3.12 1.2.6-3.13", "1.1.10-3.11", "1.1.10-3.11", "1.1.10-3.11", "1.2.6-3.13"},
		{"devcontainers/javascript-node", "1-18-bookworm 0-18-bookworm 1-20-bookworm 2-20-bookworm", "1-18-bookworm", "1-20-bookworm", "2-20-bookworm", ""},
		{"nodered/node-red", "3.0.2-16 3.0.2-18 3.1.0-16 3.1.0-18 3.0.3-16 3.0.3-18", "3.0.3-16", "3.1.0-16", "3.1.0-16", "3.1.0-18"},
		{"pypy", "2-7.3-buster 2-7.3.16-buster 2-7.3.17-buster 2.7-7.3-buster", "2-7.3-buster", "2-7.3-buster", "2-7.3-buster", ""},

		// the system in front
		{"acme/base", "debian-12-1.4.0 debian-12-1.4.2 debian-12-1.5.0 debian-12-2.0.0 debian-13-1.5.0", "debian-12-1.4.2", "debian-12-1.5.0", "debian-12-2.0.0", "debian-13-1.5.0"},
		{"jlesage/baseimage-gui", "debian-11-v4.4.2 debian-11-v4.4.3 debian-11-v4.5.3 debian-12-v4.5.3 debian-11-v5.0.0", "debian-11-v4.4.3", "debian-11-v4.5.3", "debian-11-v5.0.0", "debian-12-v4.5.3"}, // dependabot #8609
		{"acme/base", "ubuntu-18.04-v4 ubuntu-18.04-v5 ubuntu-20.04-v5", "ubuntu-18.04-v4", "ubuntu-18.04-v4", "ubuntu-18.04-v5", "ubuntu-20.04-v5"},
		{"acme/base", "alpine3.18-v16.9.0 alpine3.18-v16.9.1 alpine3.19-v16.9.1", "alpine3.18-v16.9.1", "alpine3.18-v16.9.1", "alpine3.18-v16.9.1", "alpine3.19-v16.9.1"},

		// dots in other clothes
		{"acme/b", "1_2_3 1_2_4 1_3_0 2_0_0 1.2.9", "1_2_4", "1_3_0", "2_0_0", ""},
		{"acme/b", "1-2-3 1-2-4 1-3-0 2-0-0 1_2_9", "1-2-4", "1-3-0", "2-0-0", ""},
		{"bioconductor/r", "RELEASE_3_18 RELEASE_3_18_1 RELEASE_3_22 RELEASE_4_0", "RELEASE_3_18", "RELEASE_3_22", "RELEASE_4_0", ""},

		// Java
		{"eclipse-temurin", "11.0.14.1_1-jre 11.0.15_10-jre 11.0.24_8-jre 17.0.4.1_1-jre 21_35-jre 21.0.5_11-jre", "11.0.24_8-jre", "11.0.24_8-jre", "21.0.5_11-jre", ""}, // dependabot #5728
		{"eclipse-temurin", "21_35-jre 21.0.1_12-jre 21.0.5_11-jre", "21.0.5_11-jre", "21.0.5_11-jre", "21.0.5_11-jre", ""},
		{"eclipse-temurin", "17.0.4_8 17.0.4.1_1", "17.0.4.1_1", "17.0.4.1_1", "17.0.4.1_1", ""},

		// dates and counters
		{"acme/b", "3.4.1-2024-05-01 3.4.1-2024-06-01 3.4.2-2024-06-10 3.5.0-2024-07-01", "3.4.2-2024-06-10", "3.5.0-2024-07-01", "3.5.0-2024-07-01", ""}, // wud #1177
		{"acme/b", "3.4.1-20240501 3.4.2-20240610 3.5.0-20240610", "3.4.2-20240610", "3.5.0-20240610", "3.5.0-20240610", ""},
		{"acme/b", "1.0.99998 1.0.99999 1.0.100001", "1.0.100001", "1.0.100001", "1.0.100001", ""},
		{"sonarqube", "24.12.0.99998-community 24.12.0.100206-community", "24.12.0.100206-community", "24.12.0.100206-community", "24.12.0.100206-community", ""}, // docker-sonarqube #723
		{"acme/tool", "2.13.1 2.13.4 2.14.0 2021.12.16", "2.13.4", "2.14.0", "2.14.0", ""},                                                                        // docker-tautulli #123
		{"acme/tool", "4.3.9 4.4.0 20.04.1", "4.3.9", "4.4.0", "4.4.0", ""},                                                                                       // docker-qbittorrent #401
		{"ubuntu", "noble-20240827.1 noble-20240904 noble-20240904.1 noble-20241009", "noble-20241009", "noble-20241009", "noble-20241009", ""},
		{"ubuntu", "noble-20240904 noble-20240904.1 jammy-20240911.1", "noble-20240904.1", "noble-20240904.1", "noble-20240904.1", ""},
		{"acme/b", "v2024-01-01 v2024-02-01 v1.2.3", "v2024-01-01", "v2024-01-01", "v2024-02-01", ""},
		{"acme/b", "20240101T120000Z 20240301T120000Z", "20240101T120000Z", "20240101T120000Z", "20240301T120000Z", ""},

		// a stage without a number
		{"elixir", "1.15.0-rc-otp-24 1.15.0-otp-24 1.15.0-rc-otp-25 1.15.0-otp-25 1.15.1-otp-25", "1.15.0-otp-24", "1.15.0-otp-24", "1.15.0-otp-24", "1.15.1-otp-25"},
		{"acme/b", "1.0.0-rc-debian-11 1.0.0-rc-debian-12 1.0.0-debian-11", "1.0.0-debian-11", "1.0.0-debian-11", "1.0.0-debian-11", "1.0.0-rc-debian-12"},
		{"golang", "1.19-rc-nanoserver-1809 1.19-nanoserver 1.19-nanoserver-1809 1.20-nanoserver", "1.19-nanoserver-1809", "1.19-nanoserver-1809", "1.19-nanoserver-1809", ""},

		// rows of other tools
		{"redis", "8 9 32bit-stretch 8-libreoffice-cloudrun 32bit", "8", "8", "9", ""},                                                                                                                       // wud #1278
		{"postgres", "18.0-trixie 18rc1-trixie 18.1-trixie 18.1", "18.0-trixie", "18.1-trixie", "18.1-trixie", ""},                                                                                           // wud #1278
		{"checkmk/check-mk-raw", "2.5.0p9 2.5.0p13", "2.5.0p13", "2.5.0p13", "2.5.0p13", ""},                                                                                                                 // wud #1276
		{"goauthentik/server", "2025.10 2025.12-rc2 2025.12", "2025.10", "2025.12", "2025.12", ""},                                                                                                           // wud #883
		{"esphome/esphome", "2021.9.1 2021.9.2 13696b1", "2021.9.2", "2021.9.2", "2021.9.2", ""},                                                                                                             // wud #71
		{"getwud/wud", "5.7.0 5.8.0 fix__69 feature__502_specific_triggers", "5.7.0", "5.8.0", "5.8.0", ""},                                                                                                  // wud #69
		{"linuxserver/qbittorrent", "4.6.2 4.6.3 20.04.1", "4.6.3", "4.6.3", "4.6.3", ""},                                                                                                                    // wud #335
		{"portainer/portainer-ce", "linux-amd64-2.9.3-alpine linux-amd64-2.9.4-alpine windowsltsc2022-amd64-2.11.0", "linux-amd64-2.9.4-alpine", "linux-amd64-2.9.4-alpine", "linux-amd64-2.9.4-alpine", ""}, // wud #135
		{"plexinc/pms-docker", "1.43.3.10861-07dfddaeb 1.43.3.10896-cb3ebc72d", "1.43.3.10896-cb3ebc72d", "1.43.3.10896-cb3ebc72d", "1.43.3.10896-cb3ebc72d", ""},
		{"linuxserver/pyload-ng", "0.5.0b3.dev99-ls235 0.5.0b3.dev101-ls250", "0.5.0b3.dev101-ls250", "0.5.0b3.dev101-ls250", "0.5.0b3.dev101-ls250", ""},                                             // drydock #918
		{"denoland/deno", "alpine-2.3.0 alpine-2.3.1 alpine-2.4.0 debian-2.3.9", "alpine-2.3.1", "alpine-2.4.0", "alpine-2.4.0", ""},                                                                  // deno_docker #172
		{"otel/collector", "0.156.0 0.156.1 0.156.1-386 0.156.1-amd64", "0.156.1", "0.156.1", "0.156.1", ""},                                                                                          // dependabot #15718
		{"devcontainers/javascript-node", "4.0.13-24-trixie 4.0.13-22-trixie 4.0.14-24-trixie 4-22-trixie 4-24-trixie", "4.0.14-24-trixie", "4.0.14-24-trixie", "4.0.14-24-trixie", ""},               // dependabot #15530
		{"owasp/modsecurity-crs", "3.3-apache-202209221209 3.3-apache-202312070812 3-nginx-alpine-202312070812", "3.3-apache-202312070812", "3.3-apache-202312070812", "3.3-apache-202312070812", ""}, // dependabot #8648
		{"cloudnative-pg/base", "3.14.1-202508210758 3.14.1-202509140001 3.15.0-202509170943", "3.14.1-202509140001", "3.15.0-202509170943", "3.15.0-202509170943", ""},                               // plugin-barman-cloud #576
		{"kartoza/postgis", "18-3.6--v2026.03.24 18-3.6--v2026.04.24 18-3.7--v2026.04.24", "18-3.6--v2026.04.24", "18-3.6--v2026.04.24", "18-3.6--v2026.04.24", "18-3.7--v2026.04.24"},                // docker-postgis #524
		{"biocontainers/x", "1.9--h8ee4bcc_1 1.9--h8571acd_11 1.9--h43f6869_9 1.10--h8571acd_0", "1.9--h8571acd_11", "1.10--h8571acd_0", "1.10--h8571acd_0", ""},

		// Windows: another build is another platform
		{"windows/servercore", "10.0.17763.1757 10.0.17763.5820 10.0.20348.2461", "10.0.17763.5820", "10.0.17763.5820", "10.0.17763.5820", "10.0.20348.2461"}, // hub-feedback #1886
	} {
		s := &ociserver.Server{}
		name, pin := c.from, strings.Fields(c.tags)[0]
		if !strings.Contains(name, "/") {
			name = "library/" + name
		}
		for tag := range strings.FieldsSeq(c.tags) {
			s.Add(name, tag, image(tag))
		}
		i := only(t, planOf(t, map[string]string{"Dockerfile": "FROM " + c.from + ":" + pin + "\n", ".freshpin.yaml": "line: minor\n"}, s))
		if i.Status != plan.Update || i.Safe != c.safe || i.Minor != c.minor || i.Latest != c.latest || i.NewerBase != c.base || i.Target.Version.Text != c.safe {
			t.Errorf("%s of %s: %s to %s, safe %s minor %s latest %s newer base %q, want %s %s %s %q",
				pin, c.tags, i.Status, i.Target.Version, i.Safe, i.Minor, i.Latest, i.NewerBase, c.safe, c.minor, c.latest, c.base)
		}
	}
}

// TestTagParts: a version in a variable, whose meaning the rest of the tag tells.
func TestTagParts(t *testing.T) {
	for _, c := range []struct{ file, tags, want string }{
		{"ARG J=21_35\nFROM x:${J}-jre\n", "21_35-jre 21.0.5_11-jre", "21.0.5_11"},
		{"ARG V=1.4.0\nFROM x:debian-12-${V}\n", "debian-12-1.4.0 debian-12-1.4.2 debian-13-1.4.2", "1.4.2"},
		{"ARG PG=15.3-3.3\nFROM x:${PG}-alpine\n", "15.3-3.3-alpine 15.4-3.3-alpine 15.4-3.4-alpine 16.3-3.3-alpine", ""},
	} {
		s := &ociserver.Server{}
		for tag := range strings.FieldsSeq(c.tags) {
			s.Add("library/x", tag, image(tag))
		}
		i := only(t, planOf(t, map[string]string{"Dockerfile": c.file}, s))
		got := ""
		if i.Status == plan.Update && i.Band == "patch" {
			got = i.Edits[0].New
		}
		if got != c.want {
			t.Errorf("%q of %s: %s %s to %q, want %q (%s)", c.file, c.tags, i.Status, i.Band, got, c.want, i.Reason.Text)
		}
	}
}

// TestTagHash: a hash of digits alone among hashes is no version.
func TestTagHash(t *testing.T) {
	s := &ociserver.Server{}
	for tag := range strings.FieldsSeq("3f2a1b9 a8c3f10 8e5c2a1 9d8c7b6 1234567 2234567") {
		s.Add("library/x", tag, image(tag))
	}
	i := only(t, planOf(t, map[string]string{"Dockerfile": "FROM x:1234567\n"}, s))
	if i.Status != plan.Skipped || i.Reason.Code != "unpinned" || i.Latest != i.Current {
		t.Errorf("%s %s, latest %s", i.Status, i.Reason.Code, i.Latest)
	}
}
