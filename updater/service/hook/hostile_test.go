package hook_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/service/hook"
)

// wire is a webhook as it comes over the wire: headers in their order, and a body.
type wire struct {
	name    string
	headers []string
	body    string
	status  int
	taken   bool
}

// wires are what a sender can do that knows the secret, or does not.
func wires() []wire {
	sign := "X-Hub-Signature-256: " + signed(secret, []byte(pushed))
	forged := "X-Hub-Signature-256: " + signed("guess", []byte(pushed))
	event, delivery, kind := "X-GitHub-Event: push", "X-GitHub-Delivery: "+guid, "Content-Type: application/json"
	of := func(name, body string, status int, taken bool) wire {
		return wire{name, []string{event, delivery, kind, "X-Hub-Signature-256: " + signed(secret, []byte(body))}, body, status, taken}
	}
	with := func(name, field, value string, status int) wire {
		return of(name, strings.Replace(pushed, field, value, 1), status, status == 202)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(pushed))
	_ = z.Close()
	var bomb bytes.Buffer
	z = gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 64<<20))
	_ = z.Close()
	gzipped := func(name, body string) wire {
		w := of(name, body, 400, false)
		w.headers = append(w.headers, "Content-Encoding: gzip")
		return w
	}
	name, ref := `"full_name":"acme/app"`, `"ref":"refs/heads/main"`
	return []wire{
		{"as GitHub sends it", []string{event, delivery, kind, sign}, pushed, 202, true},
		{"headers in lower case", []string{strings.ToLower(event), "x-github-delivery: " + guid, "content-type: application/json", "x-hub-signature-256: " + signed(secret, []byte(pushed))}, pushed, 202, true},
		{"unsigned", []string{event, delivery, kind}, pushed, 401, false},
		{"forged", []string{event, delivery, kind, forged}, pushed, 401, false},
		{"two signatures, the right one first", []string{event, delivery, kind, sign, forged}, pushed, 400, false},
		{"two signatures, the right one last", []string{event, delivery, kind, forged, sign}, pushed, 400, false},
		{"the same signature twice", []string{event, delivery, kind, sign, sign}, pushed, 400, false},
		{"two signatures in one line", []string{event, delivery, kind, sign + ", " + signed("guess", []byte(pushed))}, pushed, 401, false},
		{"two events", []string{event, "X-GitHub-Event: installation", delivery, kind, sign}, pushed, 400, false},
		{"two deliveries", []string{event, delivery, "X-GitHub-Delivery: 00000000-cc78-11e3-81ab-4c9367dc0958", kind, sign}, pushed, 400, false},
		{"two content types", []string{event, delivery, kind, "Content-Type: application/x-www-form-urlencoded", sign}, pushed, 400, false},
		{"a content type with tricks", []string{event, delivery, "Content-Type: application/json; charset=utf-8; boundary=x", sign}, pushed, 202, true},
		{"text", []string{event, delivery, "Content-Type: text/plain", sign}, pushed, 415, false},
		{"multipart", []string{event, delivery, "Content-Type: multipart/form-data; boundary=x", sign}, pushed, 415, false},
		{"JSON of another kind", []string{event, delivery, "Content-Type: application/vnd.github+json", sign}, pushed, 415, false},
		{"an event in Cyrillic", []string{"X-GitHub-Event: рush", delivery, kind, sign}, pushed, 400, false},
		{"an event of marks", []string{"X-GitHub-Event: push\u202e", delivery, kind, sign}, pushed, 400, false},
		{"an unknown event", []string{"X-GitHub-Event: sponsorship", delivery, kind, sign}, pushed, 202, false},
		{"an event of tomorrow", []string{"X-GitHub-Event: something_new", delivery, kind, sign}, pushed, 202, false},
		gzipped("gzip", packed.String()), gzipped("a bomb", bomb.String()),
		of("empty", "", 400, false), of("null", "null", 400, false), of("a list", "[]", 400, false), of("a number", "1", 400, false), of("a word", `"x"`, 400, false),
		of("two documents", pushed+pushed, 400, false), of("half a document", pushed[:100], 400, false), of("garbage behind it", pushed+"\x00", 400, false),
		of("a mark of the byte order", "\ufeff"+pushed, 400, false), of("UTF-16", "\xff\xfe{\x00}\x00", 400, false), of("comments", "/* */"+pushed, 400, false),
		of("lists in lists", strings.Repeat("[", 200_000), 400, false), of("objects in objects", strings.Repeat(`{"a":`, 200_000), 400, false),
		of("closed lists in lists", `{"x":`+strings.Repeat("[", 9_000)+strings.Repeat("]", 9_000)+"}", 400, false),
		with("a repository by its dots", name, `"full_name":"../../etc"`, 400), with("a repository of three parts", name, `"full_name":"a/b/c"`, 400),
		with("a repository with a line end", name, `"full_name":"acme/app\n"`, 400), with("a repository with a mark", name, `"full_name":"acme/\u202eppa"`, 400),
		with("a repository with a zero", name, `"full_name":"acme/app\u0000"`, 400), with("half a surrogate", name, `"full_name":"acme/\ud800"`, 400),
		with("a repository of a megabyte", name, `"full_name":"acme/`+strings.Repeat("a", 1<<20)+`"`, 400), with("a repository that is a number", name, `"full_name":7`, 400),
		with("a number too large", `"id":7`, `"id":99999999999999999999`, 400), with("a number with a point", `"id":7`, `"id":7.5`, 400), with("a number in letters", `"id":7`, `"id":"7"`, 400),
		with("the key twice", name, name+`,"full_name":"evil/app"`, 202), with("the key in capitals", name, name+`,"FULL_NAME":"../.."`, 400),
		with("a tag", ref, `"ref":"refs/tags/v1"`, 202), with("a ref by its dots", ref, `"ref":"refs/heads/../../x"`, 202),
		with("a login of marks", `"login":"ann"`, `"login":"\u202enna"`, 400), with("no login", `"login":"ann"`, `"login":null`, 202),
	}
}

// TestHostileWire sends each over TCP: what is not proven is not taken, what is
// malformed is said to be so in one line, and nothing of it is echoed.
func TestHostileWire(t *testing.T) {
	for _, c := range wires() {
		t.Run(c.name, func(t *testing.T) {
			b := newBook()
			server := httptest.NewServer(hook.New(b.options()))
			defer server.Close()
			status, answer := post(t, server.Listener.Addr().String(), c)
			if status != c.status {
				t.Errorf("%d, want %d: %s", status, c.status, answer)
			}
			_, body, _ := strings.Cut(answer, "\r\n\r\n")
			if len(body) > 300 || strings.Contains(body, "acme") || strings.Contains(body, "evil") || strings.Contains(body, "\u202e") {
				t.Errorf("the answer repeats what was sent: %s", body)
			}
			taken := len(b.queued) > 0
			if c.status != 202 && (taken || b.calls != nil) {
				t.Errorf("it was refused, and taken: %v", b.calls)
			}
			if c.taken && !taken && c.status == 202 && !strings.HasPrefix(c.name, "a tag") && !strings.HasPrefix(c.name, "a ref") {
				t.Errorf("it was not taken: %v", b.calls)
			}
			for _, e := range b.events() {
				if err := forgetest.CheckEvent(e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	t.Logf("%d webhooks", len(wires()))
}

// post sends bytes as they are.
func post(t *testing.T, address string, w wire) (int, string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST /webhooks/github HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n\r\n%s", len(w.body), strings.Join(w.headers, "\r\n"), w.body)
	if _, err := c.Write(b.Bytes()); err != nil && w.status == http.StatusAccepted {
		t.Fatal(err)
	}
	var answer bytes.Buffer
	_, _ = answer.ReadFrom(c) // it may hang up on what it does not read
	var status int
	if _, err := fmt.Sscanf(answer.String(), "HTTP/1.1 %d", &status); err != nil {
		t.Fatalf("%v: %q", err, answer.String())
	}
	return status, answer.String()
}
