package download

import "testing"

// TestStages: what stages share is listed once, what differs stands side by side,
// and a branch is no version.
func TestStages(t *testing.T) {
	const tool, sum = "https://github.com/acme/tool/releases/download/v$V/tool_$V", " && echo 0000000000000000000000000000000000000000000000000000000000000000  f | sha256sum -c"
	for _, c := range []struct {
		name, src string
		want      []string // names, versions and the codes of what skips them
	}{
		{"one version in three stages", "ARG V=1.0.0\nFROM a AS a\nARG V\nRUN curl -O " + tool + "_x.tgz\nFROM b AS b\nARG V\nRUN curl -O " + tool + "_y.tgz\nFROM c\nARG V\nRUN curl -O " + tool + "_x.tgz\n", []string{"acme/tool 1.0.0 "}},
		{"with a checksum in one of them", "ARG V=1.0.0\nFROM a AS a\nARG V\nRUN curl -O " + tool + "_x.tgz\nFROM b AS b\nARG V\nRUN curl -O " + tool + "_x.tgz" + sum + "\n", []string{"acme/tool 1.0.0 ", "acme/tool 1.0.0 "}},
		{"two lines of a project", "ARG TOOL_VERSION=v2.0.0\nARG TOOL_ALT_VERSION=v1.9.0\nFROM a AS a\nARG TOOL_VERSION\nADD https://github.com/acme/tool.git#${TOOL_VERSION} /s\nFROM b\nARG TOOL_ALT_VERSION\nADD https://github.com/acme/tool.git#${TOOL_ALT_VERSION} /s\n", []string{"acme/tool 2.0.0 ", "acme/tool 1.9.0 "}},
		{"two truths", "ARG TOOL_VERSION=v2.0.0\nFROM a\nADD https://github.com/acme/tool.git#v1.9.0 /s\n", []string{"acme/tool 1.9.0 conflict"}},
		{"a branch", "FROM a\nRUN git clone --branch release/2.44/master --depth 1 https://sourceware.org/git/glibc.git\n", nil},
	} {
		var got []string
		for _, d := range extract(t, New(nil, nil, nil), c.src) {
			got = append(got, d.Name+" "+d.Pin.Version.Text+" "+d.Skip.Code)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
			continue
		}
		for n := range got {
			if got[n] != c.want[n] {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	}
}
