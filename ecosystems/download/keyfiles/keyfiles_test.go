package keyfiles

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/freshpin/freshpin/ecosystems/dockerfile"
)

// TestOf: which OpenPGP keys a stage takes from the repository.
func TestOf(t *testing.T) {
	e, err := openpgp.NewEntity("Acme", "", "a@acme.example", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err == nil {
		err = e.Serialize(w)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	key := b.String()
	repo := fstest.MapFS{"docker/acme.asc": {Data: []byte(key)}, "keys/root.gpg": {Data: []byte(key)}, "docker/fake.asc": {Data: []byte("no key")}, "docker/large.asc": {Data: bytes.Repeat([]byte("x"), 2<<20)}}
	for _, c := range []struct{ name, src, want string }{
		{"COPY", "FROM a\nCOPY acme.asc /tmp/\nRUN gpg --import /tmp/acme.asc", "acme.asc"},
		{"COPY below the root of the repository", "FROM a\nCOPY --chown=1:1 [\"keys/root.gpg\", \"/k\"]\nRUN gpgv --keyring /k x.sig x", "keys/root.gpg"},
		{"ADD", "FROM a\nADD ./acme.asc /\nRUN gpg2 --verify x", "acme.asc"},
		{"mounted", "FROM a\nRUN --mount=type=bind,source=acme.asc,target=/k gpg --import /k", "acme.asc"},
		{"a here-document", "FROM a\nRUN gpg --import <<EOF\n" + key + "\nEOF\n", "docker/Dockerfile"},
		{"gpg in a here-document", "FROM a\nCOPY acme.asc /\nRUN <<EOF\ngpg --import /acme.asc\nEOF\n", "acme.asc"},
		{"of another stage", "FROM a AS x\nRUN true\nFROM a\nCOPY --from=x acme.asc /\nRUN gpg --import /acme.asc", ""},
		{"in another stage", "FROM a\nRUN gpg --verify x\nFROM b\nCOPY acme.asc /", ""},
		{"for apt", "FROM a\nCOPY acme.asc /etc/apt/keyrings/\nRUN apt-get update", ""},
		{"no key", "FROM a\nCOPY fake.asc large.asc gone.asc ../../etc/x.asc /\nRUN gpg --import *", ""},
	} {
		f := dockerfile.Parse("docker/Dockerfile", c.src)
		var names []string
		for n := range f.Stages {
			if n == len(f.Stages)-1 || c.name == "in another stage" {
				for _, k := range Of(repo, "docker/Dockerfile", f, n) {
					names = append(names, k.File)
				}
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
