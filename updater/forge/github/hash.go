package github

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"path"
	"slices"
	"strconv"
	"strings"
)

// emptyBlob is the name of an empty file.
const emptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

// gitHash returns git's name for an object.
//
// See https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
func gitHash(kind string, data []byte) string {
	h := sha1.New()
	h.Write([]byte(kind + " " + strconv.Itoa(len(data)) + "\x00"))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// isHash reports whether text is the name of an object, and so also safe as the name of a file.
func isHash(text string) bool {
	if len(text) != 2*sha1.Size {
		return false
	}
	return strings.Trim(text, "0123456789abcdef") == ""
}

// addsUp reports whether a listing is the one of the tree with that name: the
// name of each folder follows from what is in it. Folders that are listed
// without their files are taken as they are.
func addsUp(root string, items []item) bool {
	folders := map[string][]item{}
	for _, i := range items {
		folders[dirOf(i.Path)] = append(folders[dirOf(i.Path)], i)
	}
	if treeHash(folders[""]) != root {
		return false
	}
	for _, i := range items {
		if in := folders[i.Path]; i.Mode == modeFolder && len(in) > 0 && treeHash(in) != i.Hash {
			return false
		}
	}
	return true
}

// treeHash returns git's name of a folder. Git sorts folders as if a slash followed their names.
func treeHash(items []item) string {
	key := func(i item) string {
		if i.Mode == modeFolder {
			return path.Base(i.Path) + "/"
		}
		return path.Base(i.Path)
	}
	items = slices.Clone(items)
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(key(a), key(b)) })
	var data []byte
	for _, i := range items {
		hash, _ := hex.DecodeString(i.Hash)
		data = append(data, strings.TrimLeft(i.Mode, "0")+" "+path.Base(i.Path)+"\x00"...)
		data = append(data, hash...)
	}
	return gitHash("tree", data)
}

// dirOf returns the folder of a path, "" for the top.
func dirOf(p string) string {
	d, _, _ := cutLast(p)
	return d
}

// cutLast cuts a path at its last slash.
func cutLast(p string) (dir, base string, found bool) {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i], p[i+1:], true
	}
	return "", p, false
}
