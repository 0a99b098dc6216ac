package github

import "testing"

func TestGitHash(t *testing.T) {
	if got := gitHash("blob", nil); got != emptyBlob {
		t.Errorf("gitHash of nothing = %s", got)
	}
	// made with git hash-object and git mktree
	if got := gitHash("blob", []byte("hello\n")); got != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Errorf("gitHash of hello = %s", got)
	}
	if got := treeHash(nil); got != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" {
		t.Errorf("treeHash of nothing = %s", got)
	}
}

// listing is what git ls-tree -r -t says of a commit made for this test:
// folders sort as if a slash followed their names.
var listing = []item{
	{"a-b", modeFolder, "5a6245fda7dc0036e8bf9e166994416e59d90720", 0},
	{"a-b/y", modeFile, "975fbec8256d3e8a3797e7a3611380f27c49f4ac", 2},
	{"a.txt", modeFile, "ce013625030ba8dba906f756967f9e9ca394464a", 6},
	{"a", modeFolder, "ab69b4abf3bb84d4e268bd42d84e4a9a5e242bd3", 0},
	{"a/x", modeFile, "587be6b4c3f93f93c489c0111bba5596147a26cb", 2},
	{"a0", modeFile, "b68025345d5301abad4d9ec9166f455243a0d746", 2},
	{"l", modeLink, "8d14cbf983b3fad683171c9418998d9f68340823", 5},
	{"r.sh", modeExec, "1a2485251c33a70432394c93fb89330ef214bfc9", 10},
}

func TestAddsUp(t *testing.T) {
	const root = "8496ef95f26053c569780bd6efafe99fa93f4c8c"
	change := func(n int, f func(*item)) []item {
		items := append([]item{}, listing...)
		f(&items[n])
		return items
	}
	for _, tt := range []struct {
		name  string
		items []item
		want  bool
	}{
		{"a file deep down is another", change(1, func(i *item) { i.Hash = emptyBlob }), false},
		{"a file has another name", change(4, func(i *item) { i.Path = "a/z" }), false},
		{"a script is none", change(7, func(i *item) { i.Mode = modeFile }), false},
		{"a file is missing", listing[:7], false},
		{"as it is", listing, true},
		{"in another order", append(append([]item{}, listing[4:]...), listing[:4]...), true},
		{"a folder was not opened", append(append([]item{}, listing[:1]...), listing[2:]...), true},
		{"nothing", nil, false},
	} {
		if got := addsUp(root, tt.items); got != tt.want {
			t.Errorf("%s: addsUp = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestIsHash(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "../../../../../../../../../../etc/passwd": false, "E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391": false,
		emptyBlob: true, emptyBlob + "0": false, emptyBlob[1:] + "\n": false,
	} {
		if got := isHash(text); got != want {
			t.Errorf("isHash(%q) = %v, want %v", text, got, want)
		}
	}
}
