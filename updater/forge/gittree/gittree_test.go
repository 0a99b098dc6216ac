package gittree

import "testing"

func TestHash(t *testing.T) {
	if got := BlobHash(nil); got != EmptyBlob {
		t.Errorf("BlobHash of nothing = %s", got)
	}
	// made with git hash-object and git mktree
	if got := BlobHash([]byte("hello\n")); got != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Errorf("BlobHash of hello = %s", got)
	}
	if got := Hash(nil); got != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" {
		t.Errorf("Hash of nothing = %s", got)
	}
}

// listing is what git ls-tree -r -t says of a commit made for this test:
// folders sort as if a slash followed their names.
var listing = []Item{
	{"a-b", Folder, "5a6245fda7dc0036e8bf9e166994416e59d90720", 0},
	{"a-b/y", File, "975fbec8256d3e8a3797e7a3611380f27c49f4ac", 2},
	{"a.txt", File, "ce013625030ba8dba906f756967f9e9ca394464a", 6},
	{"a", Folder, "ab69b4abf3bb84d4e268bd42d84e4a9a5e242bd3", 0},
	{"a/x", File, "587be6b4c3f93f93c489c0111bba5596147a26cb", 2},
	{"a0", File, "b68025345d5301abad4d9ec9166f455243a0d746", 2},
	{"l", Link, "8d14cbf983b3fad683171c9418998d9f68340823", 5},
	{"r.sh", Executable, "1a2485251c33a70432394c93fb89330ef214bfc9", 10},
}

func TestAddsUp(t *testing.T) {
	const root = "8496ef95f26053c569780bd6efafe99fa93f4c8c"
	change := func(n int, f func(*Item)) []Item {
		items := append([]Item{}, listing...)
		f(&items[n])
		return items
	}
	for _, tt := range []struct {
		name  string
		items []Item
		want  bool
	}{
		{"a file deep down is another", change(1, func(i *Item) { i.Hash = EmptyBlob }), false},
		{"a file has another name", change(4, func(i *Item) { i.Path = "a/z" }), false},
		{"a script is none", change(7, func(i *Item) { i.Mode = File }), false},
		{"a file is missing", listing[:7], false},
		{"as it is", listing, true},
		{"in another order", append(append([]Item{}, listing[4:]...), listing[:4]...), true},
		{"a folder was not opened", append(append([]Item{}, listing[:1]...), listing[2:]...), true},
		{"nothing", nil, false},
	} {
		if got := AddsUp(root, tt.items); got != tt.want {
			t.Errorf("%s: addsUp = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestIsHash(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "../../../../../../../../../../etc/passwd": false, "E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391": false,
		EmptyBlob: true, EmptyBlob + "0": false, EmptyBlob[1:] + "\n": false,
	} {
		if got := IsHash(text); got != want {
			t.Errorf("IsHash(%q) = %v, want %v", text, got, want)
		}
	}
}
