package downloadserver

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Names of the list of checksums of a release and of its signature.
const (
	listName      = "SHA256SUMS"
	signatureName = "SHA256SUMS.asc"
)

// key returns the key of a publisher and creates it on first use.
func (s *Server) key(publisher string) (*openpgp.Entity, error) {
	if k := s.keys[publisher]; k != nil {
		return k, nil
	}
	// RSA keys would take long to make.
	k, err := openpgp.NewEntity(publisher, "", publisher+"@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		return nil, err
	}
	if s.keys == nil {
		s.keys = map[string]*openpgp.Entity{}
	}
	s.keys[publisher] = k
	return k, nil
}

// Key returns the public key of a publisher in ASCII armor.
func (s *Server) Key(publisher string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.key(publisher)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err != nil {
		return nil, err
	}
	if err := k.Serialize(w); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// list returns the list of checksums of a release.
func (r Release) list(project string) string {
	var b strings.Builder
	for _, file := range r.Assets {
		fmt.Fprintf(&b, "%s  %s\n", r.checksum(project, file), file)
	}
	return b.String()
}

// sum serves the list of a release or its signature; false for any other file.
func (s *Server) sum(w http.ResponseWriter, project, tag, file string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.releases[project] {
		switch {
		case r.Tag != tag || r.SignedBy == "":
		case file == listName:
			fmt.Fprint(w, r.list(project))
			return true
		case file == signatureName && !r.Unsigned:
			k, err := s.key(r.SignedBy)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return true
			}
			signed := r.list(project)
			if r.Forged {
				signed = "another list\n"
			}
			_ = openpgp.ArmoredDetachSign(w, k, strings.NewReader(signed), &packet.Config{Time: func() time.Time { return k.PrimaryKey.CreationTime }})
			return true
		}
	}
	return false
}
