package downloads

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// VerificationOff is the rule verification-off: the verification of certificates or signatures is turned off.
var VerificationOff = check.Rule{
	ID: "verification-off", Level: check.Must, Mode: check.Default,
	Title:  "the verification of certificates or signatures is turned off",
	Why:    "Without it, an attacker between the build and the server decides what is installed.",
	Silent: "for local files and localhost; where the file is verified afterwards it counts one level lower.",
	Fixes:  "text: leave the switch out, or install the certificate that is missing.",
	Source: "https://cwe.mitre.org/data/definitions/295.html",
	Also:   []string{"CKV2_DOCKER_2", "CKV2_DOCKER_3", "CKV2_DOCKER_4", "CKV2_DOCKER_5", "CKV2_DOCKER_6", "CKV2_DOCKER_7", "CKV2_DOCKER_8", "CKV2_DOCKER_9", "CKV2_DOCKER_10", "CKV2_DOCKER_11", "CKV2_DOCKER_12", "CKV2_DOCKER_13", "CKV2_DOCKER_15", "CKV2_DOCKER_16"},
	Docker: verificationOff,
}

// environment maps variables that disable verification to the values that do so.
var environment = map[string]*lazyregexp.Regexp{
	"NODE_TLS_REJECT_UNAUTHORIZED": lazyregexp.New(`^0$`),
	"GIT_SSL_NO_VERIFY":            lazyregexp.New(`(?i)^(?:1|true|yes|on)$`),
	"PYTHONHTTPSVERIFY":            lazyregexp.New(`^0$`),
	"NPM_CONFIG_STRICT_SSL":        lazyregexp.New(`(?i)^false$`),
	"YARN_ENABLE_STRICT_SSL":       lazyregexp.New(`(?i)^(?:false|0)$`),
	"PIP_TRUSTED_HOST":             lazyregexp.New(`.`),
	"CURL_INSECURE":                lazyregexp.New(`(?i)^(?:1|true)$`),
	"GONOSUMCHECK":                 lazyregexp.New(`^1$`),
	"GOINSECURE":                   lazyregexp.New(`.`),
}

func verificationOff(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	for i, in := range judged.Instructions(d, "env") {
		for _, p := range d.Pairs(*in) {
			value, _, _ := d.Expand(i, p.Value)
			if turnsOff(p.Name.String(), value) {
				found = append(found, check.Finding{
					At: p.Name.Span(d.Name), Stage: d.StageName(in.Stage), Evidence: p.Name.String(),
					Text: fmt.Sprintf("%s=%s turns off verification for everything that runs", p.Name.String(), judged.Clip(value, 40)),
				})
			}
		}
	}
	verifier := newVerifier(d)
	judged.EachCommand(d, func(s *runscript.Script, n int, c *runscript.Command) {
		what := turnedOff(c)
		if what == "" {
			return
		}
		f := check.Finding{
			At: c.At, Stage: judged.StageOf(d, s), Evidence: what,
			Text: fmt.Sprintf("%s turns off the verification of who answers", what),
		}
		if o, ok := readDownload(c, d.Values(s)); ok {
			o.script, o.n = s, n
			switch {
			case localHost.MatchString(o.url):
				return
			case o.file != "" && verifier.isVerified(&o):
				f.Level = check.Should
			}
		}
		found = append(found, f)
	})
	return found
}

func turnsOff(name, value string) bool {
	e := environment[strings.ToUpper(name)]
	return e != nil && e.MatchString(value)
}

// switches are the flags that disable verification, by program without its version.
var switches = forPrograms(map[string]string{
	"curl":                 `^(?:--insecure|--proxy-insecure)$`,
	"wget":                 `^(?:--no-check-certificates?|--check-certificate=off)$`,
	"aria2c":               `^--check-certificate=false$`,
	"pip pipx uv":          `^(?:--trusted-host(?:=.*)?|--allow-insecure-host(?:=.*)?)$`,
	"apk":                  `^--allow-untrusted$`,
	"apt apt-get aptitude": `(?i)^(?:--allow-unauthenticated|--force-yes|--allow-insecure-repositories)$|AllowUnauthenticated=(?:true|1|yes)|Verify-Peer=(?:false|0)|AllowInsecureRepositories=(?:true|1)`,
	"yum dnf microdnf tdnf zypper yum-config-manager": `^(?:--nogpgcheck|--no-gpg-checks|--setopt=sslverify=(?:false|0)|--setopt=\*?\.?gpgcheck=0)$`,
	"git":         `(?i)^(?:http\.(?:https?://\S+\.)?sslVerify=(?:false|0))$`,
	"rpm":         `^(?:--nosignature|--nodigest|--noverify|--nofiledigest)$`,
	"npm":         `^--(?:no-strict-ssl|strict-ssl=false)$`,
	"gem":         `^--trust-policy=NoSecurity$`,
	"conda mamba": `^--insecure$`,
})

// forPrograms splits rows for several programs into one row for each program.
func forPrograms(rows map[string]string) map[string]*lazyregexp.Regexp {
	out := map[string]*lazyregexp.Regexp{}
	for programs, words := range rows {
		re := lazyregexp.New(words)
		for _, name := range strings.Fields(programs) {
			out[name] = re
		}
	}
	return out
}

// settings match commands that write such a switch into a configuration file.
var (
	settingsOff = lazyregexp.New(`(?i)(?:npm|yarn|pnpm) config set (?:--?\S+ )*strict-ssl[ =]false|git config (?:--?\S+ )*http\.(?:\S+\.)?sslVerify[ =](?:false|0)\b|conda config (?:--?\S+ )*ssl_verify (?:false|no)|yarn config set (?:\S+ )*enableStrictSsl false|pip[0-9.]* config set \S*trusted-host`)
	trustedList = lazyregexp.New(`(?i)^\s*deb(?:-src)?\s+\[[^\]]*trusted=yes[^\]]*\]\s+(\S+)`)
)

// turnedOff returns the switch of a command, as "curl -k"; "" for none.
func turnedOff(c *runscript.Command) string {
	for _, a := range c.Assigns {
		if turnsOff(a.Name, a.Value.Text) {
			return a.Name + "=" + judged.Clip(a.Value.Text, 40)
		}
	}
	name, args := c.Program()
	if (name == "python" || name == "python3") && len(args) > 2 && args[0].Text == "-m" && args[1].Text == "pip" {
		name, args = "pip", args[2:]
	}
	if name == "curl" && insecureCurl(args) {
		return "curl -k"
	}
	off := switches[strings.TrimRight(name, "0123456789.")]
	text := name
	for _, a := range args {
		if off != nil && off.MatchString(a.Text) {
			word, _, _ := strings.Cut(a.Text, "=")
			// Options of apt and git have one flag for all settings, so the setting has to be named.
			if strings.Contains(a.Text, "::") || name == "git" {
				word = a.Text
			}
			return name + " " + word
		}
		text += " " + a.Text
		if name != "sed" && trusted(a.Text) { // sed may be what removes the option
			return "[trusted=yes]"
		}
	}
	if !strings.Contains(text, " config ") { // most commands are others, and need no expression
		return ""
	}
	return judged.Clip(settingsOff.FindString(text), 60)
}

// trusted reports whether a word is a source whose packages are not verified.
func trusted(word string) bool {
	if !strings.Contains(strings.ToLower(word), "trusted=yes") {
		return false
	}
	m := trustedList.FindStringSubmatch(word)
	return m != nil && !strings.HasPrefix(m[1], "file:") && !localHost.MatchString(m[1])
}

func insecureCurl(args []runscript.Word) (found bool) {
	runscript.FlagReader{Takes: curlTakes, Flag: func(name, _ string) { found = found || name == "-k" }, Word: func(runscript.Word) {}}.Read(args)
	return found
}
