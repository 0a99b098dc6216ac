// Package keyfiles finds the OpenPGP keys that a stage of a Dockerfile verifies signatures with.
package keyfiles

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/internal/signedlist"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var (
	keyFile = lazyregexp.New(`(?i)(?:\.(?:asc|gpg|pgp|key|pub|kbx)|^KEYS(?:\.txt)?|keyring[^/]*)$`)
	usesGPG = lazyregexp.New(`\b(?:gpgv?2?|sqv?|gosop)\b`)
)

const maxKeyFiles = 20 // of one stage

// Of reads the OpenPGP keys that the instructions of a stage bring into it
// from the repository, where the stage runs a program that verifies signatures:
// files that COPY and ADD name or RUN mounts, and keys in here-documents.
func Of(repo fs.FS, file string, f *dockerfile.File, stage int) (keys []ecosystems.Key) {
	all := f.Instructions[f.Stages[stage].First:f.Stages[stage].Last]
	if repo == nil || !slices.ContainsFunc(all, func(in dockerfile.Instruction) bool { return verifiesSignatures(f, in) }) {
		return nil
	}
	add := func(key ecosystems.Key) {
		// Many files with such names hold other keys, of ssh or TLS.
		if _, err := signedlist.New([]ecosystems.Key{key}, false); err == nil && len(keys) < maxKeyFiles {
			keys = append(keys, key)
		}
	}
	for _, in := range all {
		for _, h := range in.Heredocs {
			if text := []byte(f.Source[h.Start:h.End]); signedlist.Armored(text) {
				add(ecosystems.Key{File: file, Data: text})
			}
		}
		for _, name := range brought(in) {
			if len(keys) < maxKeyFiles {
				if data := found(repo, file, name); data != nil {
					add(ecosystems.Key{File: name, Data: data})
				}
			}
		}
	}
	return keys
}

// verifiesSignatures reports whether a script names a program that verifies signatures.
func verifiesSignatures(f *dockerfile.File, in dockerfile.Instruction) bool {
	return in.Name == "run" && (usesGPG.MatchString(f.Source[in.Start:in.End]) ||
		slices.ContainsFunc(in.Heredocs, func(h dockerfile.Heredoc) bool { return usesGPG.MatchString(f.Source[h.Start:h.End]) }))
}

var mountSource = lazyregexp.New(`(?:^|,)(?:source|src)=([^,]+)`)

// brought returns the files of the build context that an instruction copies or mounts, if they may be keys.
func brought(in dockerfile.Instruction) (names []string) {
	var words []string
	switch in.Name {
	case "copy", "add":
		if _, other := in.FlagValue("from"); other { // not of the build context
			return nil
		}
		words = strings.FieldsFunc(in.Args.String(), func(r rune) bool { return strings.ContainsRune(" \t\r\n[]\",", r) })
		words = words[:max(len(words)-1, 0)] // the last one is the target
	case "run":
		if mount, ok := in.FlagValue("mount"); ok {
			if m := mountSource.FindStringSubmatch(mount.String()); m != nil {
				words = []string{m[1]}
			}
		}
	}
	for _, w := range words {
		if name := path.Clean(strings.TrimPrefix(w, "/")); keyFile.MatchString(path.Base(name)) && fs.ValidPath(name) && !strings.HasPrefix(w, "-") {
			names = append(names, name)
		}
	}
	return names
}

// found reads a file of the build context, which is the folder of the Dockerfile or the root of the repository.
func found(repo fs.FS, file, name string) []byte {
	for _, at := range []string{path.Join(path.Dir(file), name), name} {
		info, err := fs.Stat(repo, at)
		if err != nil || !info.Mode().IsRegular() || info.Size() > signedlist.MaxKeys {
			continue
		}
		if data, err := fs.ReadFile(repo, at); err == nil && len(data) <= signedlist.MaxKeys {
			return data
		}
	}
	return nil
}
