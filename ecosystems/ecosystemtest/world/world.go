// Package world starts the test servers for all registries together, from a
// description in text. Scripts that test the whole program and the demo use it.
//
// It listens on loopback only. Everything that is not described is "not found".
package world

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/downloadserver"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/gitserver"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/osvserver"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/pypiserver"
)

// A World holds an image registry, a Python package index, a Go module proxy and a git server.
type World struct {
	Git     gitserver.Server
	Images  ociserver.Server
	Index   pypiserver.Server
	Modules goproxyserver.Server

	Advisories osvserver.Server
	Downloads  downloadserver.Server

	Latency time.Duration // before every answer; set it before Start

	advised bool // the description has advisories
	offered bool // the description has downloads
	servers []*httptest.Server

	mu     sync.Mutex
	faults map[string]*fault // by server
}

// A fault is a failure that a server simulates.
type fault struct {
	status int
	path   string // fail only for paths that contain it
	left   int    // number of failures left; negative for no end
	wait   string // Retry-After, "" for none
}

// Parse parses a description, one line for each repository, project or module:
//
//	image library/python 3.6@2021-09-04 3.6.15 platforms=linux/amd64,linux/arm64 content=x
//	image acme/app 1.2.3 holds=openssl:3.0.11-1,zlib1g:1.2
//	image acme/app 1.2.4 user=app entry=/app,serve ports=80/tcp volumes=/data
//	pypi idna 2.5@2017-03-07 2.6@2017-08-08!broken python=>=3.8
//	pypi flask 1.0 requires=werkzeug>=0.14;jinja2>=2.10
//	go github.com/google/uuid v1.3.0@2021-07-12 go=1.20
//	git actions/checkout v4.2.1=COMMIT v4=COMMIT ^v4.2.0=COMMIT branch:main=COMMIT held=COMMIT foreign=COMMIT private=TOKEN
//	release tianon/gosu 1.16 1.17@2023-10-31 assets=gosu-amd64,gosu-arm64 swapped=1.16
//	release acme/tool 1.0.0 1.0.1 assets=tool signed=acme unsigned=1.0.1 forged=1.0.1
//	release go.dev/dl 1.21.0 assets=linux-amd64.tar.gz
//	osv PYSEC-2018-1 PyPI:idna introduced=2.0 fixed=2.6 severity=HIGH aliases=CVE-2018-1 summary=It_breaks
//
// For a git repository "^" marks an annotated tag, held is a commit in the
// history of a reference, and foreign is a commit of a fork.
//
// A date may follow a version after "@", and the reason of a yank after "!".
func Parse(text string) (*World, error) {
	w := &World{faults: map[string]*fault{}}
	for n, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		if len(words) < 2 {
			return nil, fmt.Errorf("line %d: %q has no name", n+1, line)
		}
		if words[0] == "git" {
			w.repository(words[1], words[2:])
			continue
		}
		if words[0] == "osv" {
			if err := w.advise(words[1:]); err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
			continue
		}
		if err := w.add(words[0], words[1], words[2:]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	w.Images.PageSize = 50
	w.Images.Fault, w.Index.Fault, w.Modules.Fault = w.misbehave("images"), w.misbehave("index"), w.misbehave("modules")
	w.Advisories.Fault, w.Git.Fault, w.Downloads.Fault = w.misbehave("advisories"), w.misbehave("git"), w.misbehave("downloads")
	return w, nil
}

// repository adds a git repository.
func (w *World) repository(name string, words []string) {
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		branch, isBranch := strings.CutPrefix(key, "branch:")
		annotated, isAnnotated := strings.CutPrefix(key, "^")
		switch {
		case isBranch:
			w.Git.Branch(name, branch, value)
		case isAnnotated:
			w.Git.Annotated(name, annotated, value)
		case key == "held":
			w.Git.Held(name, value)
		case key == "foreign":
			w.Git.Foreign(name, value)
		case key == "private":
			w.Git.Private(name, value)
		default:
			w.Git.Tag(name, key, value)
		}
	}
}

// options are the key=value words of a line, by key.
type options map[string]string

// keys are the options that lines may have.
var keys = []string{"platforms", "content", "holds", "user", "entry", "ports", "volumes", "assets", "swapped", "signed", "unsigned", "forged", "python", "requires", "retract", "go"}

func (w *World) add(kind, name string, words []string) error {
	o := options{}
	var versions []string
	for _, word := range words {
		// The reason of a yanked version may contain "=".
		if key, value, ok := strings.Cut(word, "="); ok && slices.Contains(keys, key) {
			o[key] = value
		} else {
			versions = append(versions, word)
		}
	}
	for _, v := range versions {
		if err := w.version(kind, name, v, o); err != nil {
			return err
		}
	}
	return nil
}

// list returns the elements of an option, nil for none.
func (o options) list(key, separator string) []string {
	if o[key] == "" {
		return nil
	}
	return strings.Split(o[key], separator)
}

// set returns the elements of an option as the configuration of an image has them.
func (o options) set(key string) map[string]struct{} {
	set := map[string]struct{}{}
	for _, one := range o.list(key, ",") {
		set[one] = struct{}{}
	}
	return set
}

// packages returns the package URLs of what an image holds.
func (o options) packages() (urls []string) {
	for _, one := range o.list("holds", ",") {
		pkg, v, _ := strings.Cut(one, ":")
		urls = append(urls, "pkg:deb/debian/"+pkg+"@"+v+"?distro=debian-12")
	}
	return urls
}

// gomod returns the go.mod of a module; "" for that of the proxy.
func (o options) gomod(name string) string {
	for _, verb := range []string{"retract", "go"} {
		if o[verb] != "" {
			return fmt.Sprintf("module %s\n\n%s %s\n", name, verb, o[verb])
		}
	}
	return ""
}

func (w *World) version(kind, name, word string, o options) error {
	word, yanked, _ := strings.Cut(word, "!")
	text, day, dated := strings.Cut(word, "@")
	date := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if dated {
		var err error
		if date, err = time.Parse(time.DateOnly, day); err != nil {
			return err
		}
	}
	switch kind {
	case "image":
		platforms := o.list("platforms", ",")
		w.Images.Add(name, text, ociserver.Image{
			Content: cmp.Or(o["content"], name+":"+text), Platforms: platforms, Index: platforms != nil, Created: date, Packages: o.packages(),
			Config: v1.Config{User: o["user"], Entrypoint: o.list("entry", ","), ExposedPorts: o.set("ports"), Volumes: o.set("volumes")},
		})
	case "pypi":
		w.Index.Add(name, pypiserver.Release{Version: text, Date: date, Yanked: yanked, RequiresPython: o["python"], RequiresDist: o.list("requires", ";")})
	case "release":
		w.offered = true
		w.Downloads.Add(name, downloadserver.Release{Tag: text, Date: date, Assets: o.list("assets", ","), Swapped: o["swapped"] == text,
			SignedBy: o["signed"], Unsigned: o["unsigned"] == text, Forged: o["forged"] == text})
	case "go":
		w.Modules.Add(name, goproxyserver.Module{Version: text, Date: date, GoMod: o.gomod(name)})
	default:
		return fmt.Errorf("%q is not image, pypi, release or go", kind)
	}
	return nil
}

// Start serves the world on loopback and returns the environment variables that
// make the program use it. All image registries in hosts are the same server.
func (w *World) Start(hosts ...string) map[string]string {
	serve := func(h http.Handler) string {
		s := httptest.NewServer(w.slow(h))
		w.servers = append(w.servers, s)
		return s.URL
	}
	images, index, modules := serve(&w.Images), serve(&w.Index), serve(&w.Modules)
	git := serve(&w.Git)
	advisories := "none"
	if w.advised {
		advisories = serve(&w.Advisories)
	}
	mirrors := []string{"docker.io=" + images}
	if w.offered {
		downloads := serve(&w.Downloads)
		for _, host := range downloadserver.Hosts() {
			mirrors = append(mirrors, host+"="+downloads+"/"+host)
		}
	}
	for _, h := range hosts {
		mirrors = append(mirrors, h+"="+images)
	}
	return map[string]string{
		"FRESHPIN_REGISTRY_MIRRORS": strings.Join(mirrors, ","),
		"FRESHPIN_GIT_MIRRORS":      "github.com=" + git,
		"PIP_INDEX_URL":             index + "/simple/",
		"GOPROXY":                   modules,
		"GONOPROXY":                 "none",
		"GOFLAGS":                   "",
		"GOSUMDB":                   "off",
		"FRESHPIN_OSV_URL":          advisories,
	}
}

// slow delays every answer by Latency.
func (w *World) slow(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		time.Sleep(w.Latency)
		h.ServeHTTP(rw, r)
	})
}

// Stop stops the servers.
func (w *World) Stop() {
	for _, s := range w.servers {
		s.Close()
	}
}

// Break makes a server (images, index, modules, git, downloads or advisories)
// answer with a status from now on: STATUS [PATH] [COUNT] [RETRY-AFTER]. Status 0
// ends the fault.
func (w *World) Break(server string, args ...string) error {
	f := &fault{left: -1}
	for n, to := range []*int{&f.status, nil, &f.left} {
		if n >= len(args) || to == nil {
			continue
		}
		i, err := strconv.Atoi(args[n])
		if err != nil {
			return err
		}
		*to = i
	}
	if len(args) > 1 {
		f.path = args[1]
	}
	if len(args) > 3 {
		f.wait = args[3]
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[server] = f
	return nil
}

func (w *World) misbehave(server string) func(http.ResponseWriter, *http.Request) bool {
	return func(rw http.ResponseWriter, r *http.Request) bool {
		f := w.faulty(server, r.URL.Path)
		if f == nil {
			return false
		}
		if f.wait != "" {
			rw.Header().Set("Retry-After", f.wait)
		}
		if f.status == http.StatusOK { // a captive portal answers everything with a page
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprint(rw, "<html><body>Please log in</body></html>")
			return true
		}
		http.Error(rw, http.StatusText(f.status), f.status)
		return true
	}
}

// faulty returns the fault for a path, nil for none, and counts it.
func (w *World) faulty(server, path string) *fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.faults[server]
	if f == nil || f.status == 0 || f.left == 0 || !strings.Contains(path, f.path) {
		return nil
	}
	f.left-- // from -1 it never reaches 0
	return &fault{status: f.status, wait: f.wait}
}
