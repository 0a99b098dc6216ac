package downloads

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// UnverifiedDownload is the rule unverified-download: a file is downloaded and never verified.
var UnverifiedDownload = check.Rule{
	ID: "unverified-download", Level: check.Must, Mode: check.Default,
	Title:  "a file is downloaded and never verified",
	Why:    "An attacker who changes the file, on its server or in transit, changes the image, and no build notices.",
	Silent: "for addresses at a commit, signing keys (trusted-on-first-use), uploads, probes and localhost, and where anything later in the stage verifies the file by checksum or signature.",
	Fixes:  "safe: a lone curl -o becomes ADD --checksum=, where the checksum is published; text otherwise.",
	Source: "https://docs.docker.com/build/building/best-practices/#add-or-copy",
	Docker: unverifiedDownload,
}

var unpackers = map[string]bool{"tar": true, "bsdtar": true, "unzip": true, "cpio": true, "gunzip": true, "zcat": true, "xz": true, "xzcat": true, "bunzip2": true, "dpkg": true, "zstd": true, "7z": true}

func unverifiedDownload(d *check.Docker, facts *check.Facts) (found []check.Finding) {
	all, verifier := downloads(d), newVerifier(d)
	for i := range all {
		o := &all[i]
		if o.file == "" && !o.unpacked() || !o.isOut() || o.isProof() || o.isTool() || judged.IsCommit(o.url) || verifier.isVerified(o) {
			continue
		}
		what := judged.Clip(o.url, 90)
		f := check.Finding{
			At: o.command.At, Stage: judged.StageOf(d, o.script), Evidence: steady(o.url),
			Text: fmt.Sprintf("%s is downloaded and nothing verifies it", what),
		}
		f.Hint, f.Fix = o.byChecksum(d, facts)
		found = append(found, f)
	}
	return found
}

// unpacked reports whether the download is piped directly into an archiver.
func (o *download) unpacked() bool {
	for _, c := range o.downstream() {
		if name, _ := c.Program(); unpackers[name] {
			return true
		}
	}
	return false
}

// isTool reports whether the script uses the answer instead of storing it: $(curl …).
func (o *download) isTool() bool {
	return o.command.Inside != nil && o.file == "" && !o.unpacked()
}

var (
	moves  = lazyregexp.New(`v?\d+(?:[._]\d+)+[A-Za-z0-9_+~-]*|\b[0-9a-f]{32,128}\b`)
	spaces = lazyregexp.New(`\s+`)
)

// steady returns an address as evidence, without versions and checksums, so that an update does not change the identity of a finding.
func steady(url string) string {
	url, _, _ = strings.Cut(credentialsInURL.ReplaceAllString(url, "//"), "?")
	return moves.ReplaceAllString(spaces.ReplaceAllString(url, ""), "*")
}

// byChecksum returns the fix that replaces a RUN with a single curl -o by ADD --checksum.
func (o *download) byChecksum(d *check.Docker, facts *check.Facts) (hint string, fix *check.Fix) {
	if strings.ContainsAny(o.url, "$`") || !webAddress.MatchString(o.url) || !strings.HasPrefix(strings.ToLower(o.url), "https") || !moves.MatchString(o.url) { // the file at a moving address has no stable checksum
		return "", nil
	}
	sum, ok := facts.Checksum(o.url)
	if !ok {
		return "", nil
	}
	hint = "its checksum is " + sum
	in := d.Instructions[o.script.Index]
	if !o.isLone() || o.script.OnBuild || len(in.Flags) > 0 || len(in.Heredocs) > 0 || !strings.HasPrefix(o.file, "/") || strings.HasSuffix(o.file, "/") || strings.ContainsAny(o.file, "$*") || userAt(d, o.script.Index) != "" {
		return hint, nil
	}
	at := in.Text.Span(d.Name)
	return hint, &check.Fix{Kind: check.Safe, Text: "writes ADD --checksum=" + sum[:min(len(sum), 19)] + "…", Edits: []ecosystems.Edit{{
		At: at, Old: d.Source[at.Start:at.End], New: fmt.Sprintf("ADD --chmod=644 --checksum=%s %s %s", sum, o.url, o.file),
	}}}
}

// isLone reports whether the download is the only command of its RUN and has no flags without an equivalent in ADD.
func (o *download) isLone() bool {
	if len(o.script.Commands) != 1 || o.tool != "curl" || len(o.command.Assigns)+len(o.command.Redirects) > 0 || len(o.urls) != 1 {
		return false
	}
	plain := true
	runscript.FlagReader{Takes: curlTakes, Flag: func(name, _ string) {
		switch name {
		case "-o", "--output", "-f", "--fail", "-s", "--silent", "-S", "--show-error", "-L", "--location", "--retry", "--retry-delay", "--compressed", "--proto", "--tlsv1.2":
		default:
			plain = false
		}
	}, Word: func(runscript.Word) {}}.Read(o.args)
	return plain
}

// userAt returns the current USER at an instruction, "" for none.
func userAt(d *check.Docker, index int) string {
	stage := d.Instructions[index].Stage
	for i := index; i >= 0 && d.Instructions[i].Stage == stage; i-- {
		if d.Instructions[i].Name == "user" {
			return d.Instructions[i].Args.String()
		}
	}
	return ""
}
