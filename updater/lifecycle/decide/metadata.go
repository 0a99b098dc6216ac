package decide

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/message/markers"
)

// A Metadata is the state of a pull request, hidden in its body.
type Metadata struct {
	Group       string `json:"group"`
	On          string `json:"on,omitempty"`   // base branch; "" for the default branch
	Fingerprint string `json:"fingerprint"`    // of the content
	Head        string `json:"head"`           // our last commit of the branch
	Over        string `json:"over,omitempty"` // fingerprint of the files that it edits
	Pairs       []Pair `json:"pairs"`
}

// A Branch is a pull request of ours with its metadata.
type Branch struct {
	forge.PullRequest
	Metadata
}

// Touched reports whether another author has committed to it.
func (b *Branch) Touched() bool { return b.PullRequest.Head != b.Metadata.Head }

// Encode returns the mark for the body. It is compressed, because the length of bodies is limited.
func (m Metadata) Encode() string {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // cannot fail for plain data
	}
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is valid
	_, _ = w.Write(data)                                       // writes to memory
	_ = w.Close()
	return base64.RawURLEncoding.EncodeToString(packed.Bytes())
}

// maxMark is the size limit of a decompressed mark, in bytes.
const maxMark = 2 << 20

// decode returns the mark in a body. A pull request without a readable mark is not ours.
func decode(body string) (Metadata, bool) {
	var m Metadata
	text, ok := markers.Extract(body)
	if !ok {
		return m, false
	}
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return m, false
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return m, false
	}
	// Anyone who may edit the body can put in a few bytes that unpack to gigabytes.
	data, err := io.ReadAll(io.LimitReader(r, maxMark))
	if err != nil || json.Unmarshal(data, &m) != nil || m.Group == "" {
		return m, false
	}
	return m, true
}

// Ours returns the pull requests with a mark of ours that names their branch.
func Ours(all []forge.PullRequest) []*Branch {
	var list []*Branch
	for _, pr := range all {
		// A mark can be copied into the body of any other pull request.
		if m, ok := decode(pr.Body); ok && pr.Branch == message.Branch(Scoped(m.On, m.Group)) {
			list = append(list, &Branch{pr, m})
		}
	}
	return list
}
