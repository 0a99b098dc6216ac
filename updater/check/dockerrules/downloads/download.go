// Package downloads holds the rules about what builds download, one file for each;
// download.go and verify.go have the shared functions.
package downloads

import (
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// A download is a file that a command downloads.
type download struct {
	script  *runscript.Script
	n       int // index of the command in its script
	command *runscript.Command
	tool    string
	urls    []runscript.Word
	url     string // the first address, with known variables replaced
	file    string // output file; "" for standard output
	upload  bool   // sends data or only checks an address: -T, -d, -I, --spider
	args    []runscript.Word
}

// Flags with a separate argument, by tool.
var (
	curlTakes = "-A -b -c -C -d -D -e -E -F -h -H -K -m -o -P -Q -r -t -T -u -U -w -x -X -y -Y -z " +
		"--output --retry --retry-delay --retry-max-time --connect-timeout --max-time --header --user-agent --user --proxy --cacert --capath --cert --key --data --data-raw " +
		"--data-binary --data-urlencode --form --request --proto --proto-default --proto-redir --ciphers --tls13-ciphers --range --resolve --connect-to --limit-rate --write-out --output-dir --cookie " +
		"--cookie-jar --referer --config --interface --noproxy --speed-limit --speed-time --max-redirs --max-filesize --tls-max --continue-at --netrc-file --oauth2-bearer --pinnedpubkey " +
		"--unix-socket --upload-file --socks5 --socks5-hostname --dump-header --time-cond --create-file-mode --aws-sigv4 --stderr --trace --trace-ascii --proxy-user --proxy-header --cert-type --key-type --dns-servers --keepalive-time --parallel-max --json"
	wgetTakes = "-o -a -e -t -O -T -w -Q -P -U -B -i -l -A -R -D -I -X --output-document --output-file --append-output --execute --tries --timeout --wait --quota --directory-prefix --user-agent " +
		"--base --input-file --level --accept --reject --header --post-data --post-file --user --password --ca-certificate --ca-directory --certificate --private-key --limit-rate --referer --retry-on-http-error " +
		"--waitretry --connect-timeout --read-timeout --dns-timeout --load-cookies --save-cookies --method --body-data --secure-protocol --progress --max-redirect --domains --cut-dirs"
	ariaTakes = "-o -d -x -s -j -k -i -m -t -U --out --dir --max-connection-per-server --split --max-tries --checksum --header --min-split-size --retry-wait --timeout --user-agent"
)

// downloads returns the downloads of a file, in order.
func downloads(d *check.Docker) []download {
	var out []download
	for _, s := range d.Scripts {
		lookup := d.Values(s)
		for n, c := range s.Commands {
			one, ok := readDownload(c, lookup)
			if ok {
				one.script, one.n = s, n
				out = append(out, one)
			}
		}
	}
	return out
}

func readDownload(c *runscript.Command, lookup func(string) (string, bool)) (download, bool) {
	name, args := c.Program()
	one := download{command: c, tool: name, args: args}
	switch name {
	case "curl", "curl.exe":
		one.curl(args)
	case "wget", "wget2":
		one.wget(args)
	case "aria2c":
		one.aria(args)
	default:
		return one, false
	}
	if len(one.urls) == 0 {
		return one, false
	}
	one.url = runscript.Expanded(one.urls[0], lookup)
	one.redirect(lookup)
	return one, true
}

func (o *download) curl(args []runscript.Word) {
	dir := ""
	runscript.FlagReader{Takes: curlTakes, Flag: func(name, value string) {
		switch name {
		case "-o", "--output":
			o.file = value
		case "-O", "--remote-name", "--remote-name-all", "-J":
			o.file = "*"
		case "--output-dir":
			dir = value
		// What is sent is not a file of the image, and --head has no body.
		case "-T", "--upload-file", "-d", "--data", "--data-raw", "--data-binary", "-F", "--form", "-I", "--head", "--json":
			o.upload = true
		case "-X", "--request":
			o.upload = o.upload || value != "GET"
		case "--url":
			o.urls = append(o.urls, runscript.Word{Text: value, Known: !strings.Contains(value, "$")})
		}
	}, Word: o.address}.Read(args)
	o.named(dir)
}

func (o *download) wget(args []runscript.Word) {
	dir, list := "", false
	o.file = "*"
	runscript.FlagReader{Takes: wgetTakes, Flag: func(name, value string) {
		switch name {
		case "-O", "--output-document":
			o.file = value
		case "-P", "--directory-prefix":
			dir = value
		case "-i", "--input-file":
			list = true
		case "--post-data", "--post-file", "--spider", "--method", "--body-data":
			o.upload = true
		}
	}, Word: o.address}.Read(args)
	o.upload = o.upload || list && len(o.urls) == 0 // the addresses are in a file
	o.named(dir)
}

func (o *download) aria(args []runscript.Word) {
	dir := ""
	o.file = "*"
	runscript.FlagReader{Takes: ariaTakes, Flag: func(name, value string) {
		switch name {
		case "-o", "--out":
			o.file = value
		case "-d", "--dir":
			dir = value
		case "--checksum":
			o.upload = true // aria2c --checksum verifies the download, which then needs no finding
		}
	}, Word: o.address}.Read(args)
	o.named(dir)
}

var addressWord = lazyregexp.New(`(?i)^(?:https?|ftp)://|^\$\{?\w*(?:URL|URI|LINK)\w*\}?`)

// address records a word that is or may be an address.
func (o *download) address(w runscript.Word) {
	if strings.HasPrefix(w.Text, "-") || w.Text == "" {
		return
	}
	if addressWord.MatchString(w.Text) || !strings.HasPrefix(w.Text, "/") && (strings.Contains(w.Text, "/") || strings.Contains(w.Text, "$")) {
		o.urls = append(o.urls, w)
	}
}

// named replaces the output file "*" by the name at the end of the address.
func (o *download) named(dir string) {
	if o.file == "-" || o.file == "/dev/stdout" {
		o.file = ""
	}
	if o.file == "*" && len(o.urls) > 0 {
		o.file = judged.BaseName(o.urls[0].Text)
	}
	if dir != "" && o.file != "" {
		o.file = path.Join(dir, o.file)
	}
}

// redirect sets the output file of "> file" and "| tee file".
func (o *download) redirect(lookup func(string) (string, bool)) {
	if o.file != "" {
		if o.file == "/dev/null" { // a probe: nothing of it is kept
			o.upload = true
		}
		return
	}
	for _, c := range slices.Concat([]*runscript.Command{o.command}, o.downstream()) {
		for _, r := range c.Redirects {
			if strings.HasPrefix(r.Op, ">") || r.Op == "&>" {
				if o.file = runscript.Expanded(r.Word, lookup); o.file == "/dev/null" || strings.HasPrefix(o.file, "&") {
					o.file = ""
				}
			}
		}
		if name, args := c.Program(); name == "tee" && len(args) > 0 {
			o.file = runscript.Expanded(args[len(args)-1], lookup)
		}
	}
}

// downstream returns the commands that read the download in the pipeline, in order.
func (o *download) downstream() []*runscript.Command {
	var out []*runscript.Command
	next := o.command.To
	for depth := 0; depth < 10 && len(next) > 0; depth++ {
		out = append(out, next...)
		next = next[0].To // all commands of a group write to the same pipe
	}
	return out
}

var (
	webAddress = lazyregexp.New(`(?i)^(?:https?|ftp)://`)
	// Files that verify other files, or that their reader verifies.
	proofs   = lazyregexp.New(`(?i)(?:\.(?:asc|sig|sign|gpg|pgp|key|pub|pem|crt|cer|sha\d+|sha\d+sums?|sha\d+sum\.txt|md5|minisig|sigstore|sigstore\.json|intoto\.jsonl|bundle|cert|sbom|spdx\.json|list|repo|sources)|(?:sha(?:1|256|512)?sums?|checksums?|md5sums?|keyring|apt[-_.]?key|rpm-gpg-key|gpg[-_.]?key|release[-_.]?key|archive-key|gpgkey)[^/]*)$`)
	keyPlace = lazyregexp.New(`(?i)(?:keyrings?|trusted\.gpg(?:\.d)?|/etc/apk/keys|/etc/pki|rpm-gpg)(?:/|$)|/gpg(?:\.key)?(?:[?#]|$)|apt.*\.gpg|\.gpg\.key|/key(?:s)?\.(?:asc|gpg)`)
)

// isProof reports whether the download is a key, a signature or a list of checksums.
func (o *download) isProof() bool {
	return proofs.MatchString(judged.BaseName(o.url)) || proofs.MatchString(judged.BaseName(o.file)) || keyPlace.MatchString(o.url) || keyPlace.MatchString(o.file)
}

// isOut reports whether a download comes from another machine over http, https or ftp.
func (o *download) isOut() bool {
	if localHost.MatchString(o.url) || o.upload {
		return false
	}
	return webAddress.MatchString(o.url) || !strings.Contains(o.url, "://") && !strings.HasPrefix(o.url, "file:")
}

var credentialsInURL = lazyregexp.New(`//[^/@\s]*@`)

// shown returns an address for messages: shortened, and without possible secrets.
func shown(url string) string {
	url = credentialsInURL.ReplaceAllString(url, "//…@")
	if before, _, found := strings.Cut(url, "?"); found {
		url = before + "?…"
	}
	return judged.Clip(url, 90)
}

// localHost is an address inside of the machine or its network.
var localHost = lazyregexp.New(`(?i)^(?:[a-z+]+://)?(?:[^/@]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal|metadata\.google\.internal|169\.254\.169\.254|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+)(?:[:/]|$)`)
