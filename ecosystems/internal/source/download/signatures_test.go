package download

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/signedlist"
)

// A signer signs lists as publishers do.
type signer struct {
	t    *testing.T
	key  *openpgp.Entity
	ring func(sure bool) *signedlist.Keyring
}

func newSigner(t *testing.T) signer {
	e, err := openpgp.NewEntity("Acme", "", "a@acme.example", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := e.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return signer{t, e, func(sure bool) *signedlist.Keyring {
		k, err := signedlist.New([]ecosystems.Key{{File: "k.gpg", Data: b.Bytes()}}, sure)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}}
}

func (s signer) at() *packet.Config {
	return &packet.Config{Time: func() time.Time { return s.key.PrimaryKey.CreationTime }}
}

func (s signer) binary(list string) string {
	var b bytes.Buffer
	if err := openpgp.DetachSign(&b, s.key, strings.NewReader(list), s.at()); err != nil {
		s.t.Fatal(err)
	}
	return b.String()
}

func (s signer) armored(list string) string {
	var b bytes.Buffer
	if err := openpgp.ArmoredDetachSign(&b, s.key, strings.NewReader(list), s.at()); err != nil {
		s.t.Fatal(err)
	}
	return b.String()
}

func (s signer) message(list string) string {
	var b bytes.Buffer
	w, err := clearsign.Encode(&b, s.key.PrivateKey, s.at())
	if err == nil {
		_, err = w.Write([]byte(list))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return b.String()
}

// TestSignedLists: the signature lies where each publisher puts it (nodejs/node,
// README, "Verifying binaries"; developer.hashicorp.com, "Verify HashiCorp binary
// downloads"; assets of GitHub releases as GoReleaser names them), and what is
// wrong with it is an alarm and not a list of less trust.
func TestSignedLists(t *testing.T) {
	acme, other := newSigner(t), newSigner(t)
	const node, file = "https://nodejs.org/dist/v20.1.0/node-v20.1.0-linux-x64.tar.xz", "node-v20.1.0-linux-x64.tar.xz"
	const tool = "https://github.com/a/b/releases/download/v1/b.tgz"
	lists := map[string]string{node: sha256Of + "  " + file + "\n", tool: sha256Of + "  b.tgz\n"}
	release := func(names ...string) string {
		assets := `{"name":"b.tgz","digest":"sha256:` + sha256Of + `"}`
		for _, n := range names {
			assets += `,{"name":"` + n + `","size":100}`
		}
		return `{"assets":[` + assets + `]}`
	}
	for _, c := range []struct {
		name, address string
		tag           string
		pages         map[string]string
		unsure        bool
		trust         ecosystems.Trust
		alarm         string
	}{
		{name: "Node's binary signature", address: node, tag: "v20.1.0", trust: ecosystems.TrustSigned,
			pages: map[string]string{"nodejs.org/dist/v20.1.0/SHASUMS256.txt": lists[node], "nodejs.org/dist/v20.1.0/SHASUMS256.txt.sig": acme.binary(lists[node])}},
		{name: "Node's signed message", address: node, tag: "v20.1.0", trust: ecosystems.TrustSigned,
			pages: map[string]string{"nodejs.org/dist/v20.1.0/SHASUMS256.txt": lists[node], "nodejs.org/dist/v20.1.0/SHASUMS256.txt.asc": acme.message(lists[node])}},
		{name: "none", address: node, tag: "v20.1.0", trust: ecosystems.TrustBeside, pages: map[string]string{"nodejs.org/dist/v20.1.0/SHASUMS256.txt": lists[node]}},
		{name: "over another list", address: node, tag: "v20.1.0", alarm: "SHASUMS256.txt: the signature by the key",
			pages: map[string]string{"nodejs.org/dist/v20.1.0/SHASUMS256.txt": lists[node], "nodejs.org/dist/v20.1.0/SHASUMS256.txt.sig": acme.binary("x")}},
		{name: "by another key", address: node, tag: "v20.1.0", alarm: "not among those named",
			pages: map[string]string{"nodejs.org/dist/v20.1.0/SHASUMS256.txt": lists[node], "nodejs.org/dist/v20.1.0/SHASUMS256.txt.sig": other.binary(lists[node])}},
		{name: "by another key than one that the file has for something", address: node, tag: "v20.1.0", unsure: true, trust: ecosystems.TrustBeside,
			pages: map[string]string{"nodejs.org/dist/v20.1.0/SHASUMS256.txt": lists[node], "nodejs.org/dist/v20.1.0/SHASUMS256.txt.sig": other.binary(lists[node])}},
		{name: "huge", address: node, tag: "v20.1.0", alarm: "has more than",
			pages: map[string]string{"nodejs.org/dist/v20.1.0/SHASUMS256.txt": lists[node], "nodejs.org/dist/v20.1.0/SHASUMS256.txt.sig": strings.Repeat("\x88", 2*maxList)}},
		{name: "HashiCorp's", address: "https://releases.hashicorp.com/vault/1.0.0/vault_1.0.0_linux_amd64.zip", tag: "1.0.0", trust: ecosystems.TrustSigned, pages: map[string]string{
			"releases.hashicorp.com/vault/1.0.0/vault_1.0.0_SHA256SUMS": lists[tool], "releases.hashicorp.com/vault/1.0.0/vault_1.0.0_SHA256SUMS.sig": acme.binary(lists[tool])}},
		{name: "among the assets", address: tool, tag: "v1", trust: ecosystems.TrustSigned, pages: map[string]string{
			"api.github.com/repos/a/b/releases/tags/v1": release("checksums.txt", "checksums.txt.asc"), "github.com/a/b/releases/download/v1/checksums.txt": lists[tool], "github.com/a/b/releases/download/v1/checksums.txt.asc": acme.armored(lists[tool])}},
		{name: "a signed message alone among the assets", address: tool, tag: "v1", trust: ecosystems.TrustSigned, pages: map[string]string{
			"api.github.com/repos/a/b/releases/tags/v1": release("SHA256SUMS.asc"), "github.com/a/b/releases/download/v1/SHA256SUMS.asc": acme.message(lists[tool])}},
		{name: "cosign's among the assets", address: tool, tag: "v1", trust: ecosystems.TrustBeside, pages: map[string]string{
			"api.github.com/repos/a/b/releases/tags/v1": release("checksums.txt", "checksums.txt.sig"), "github.com/a/b/releases/download/v1/checksums.txt": lists[tool], "github.com/a/b/releases/download/v1/checksums.txt.sig": "MEUCIQDx0Hh7C0V7m1v5p1oQ3y4="}},
		{name: "wrong among the assets, whatever GitHub's digest says", address: tool, tag: "v1", alarm: "checksums.txt: the signature", pages: map[string]string{
			"api.github.com/repos/a/b/releases/tags/v1": release("checksums.txt", "checksums.txt.asc"), "github.com/a/b/releases/download/v1/checksums.txt": lists[tool], "github.com/a/b/releases/download/v1/checksums.txt.asc": acme.armored("x")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newServer(t, c.pages).client(nil)
			p, ok := Read(c.address)
			if !ok {
				t.Fatal("no source")
			}
			list, err := client.Files(context.Background(), p.Project, Wanted{Tag: c.tag, Version: c.tag, Files: []string{c.address}, Algorithms: []string{"sha256"}, Keys: acme.ring(!c.unsure)})
			if err != nil {
				t.Fatal(err)
			}
			best := ecosystems.TrustNone
			for _, s := range list.Sums {
				best = max(best, s.Trust)
			}
			if best != c.trust || (c.alarm != "") != (list.Alarm.Code == ecosystems.BadSignature) || !strings.Contains(list.Alarm.Text, c.alarm) || c.alarm != "" && len(list.Sums) > 0 {
				t.Errorf("trust %s, want %s; alarm %q, want %q", best, c.trust, list.Alarm.Text, c.alarm)
			}
		})
	}
}

// TestListOfMany: a list of many files is read where one file of it is wanted.
func TestListOfMany(t *testing.T) {
	s := newServer(t, map[string]string{
		"api.github.com/repos/a/b/releases/tags/v1":      `{"assets":[{"name":"b.tgz","digest":null},{"name":"SHA256SUMS","size":90}]}`,
		"github.com/a/b/releases/download/v1/SHA256SUMS": sha256Of + "  b.tgz\n",
	})
	p, _ := Read("https://github.com/a/b/releases/download/v1/b.tgz")
	list, err := s.client(nil).Files(context.Background(), p.Project, Wanted{Tag: "v1", Version: "1", Files: []string{"https://github.com/a/b/releases/download/v1/b.tgz"}, Algorithms: []string{"sha256"}})
	if err != nil || len(list.Sums) != 1 || list.Sums[0].Hex != sha256Of || list.Sums[0].Trust != ecosystems.TrustBeside {
		t.Errorf("%+v, %v", list, err)
	}
}
