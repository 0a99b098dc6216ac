package requirements

import "testing"

// What a person names is told by its content.
func TestRecognizes(t *testing.T) {
	for text, want := range map[string]bool{
		"click==6.7\n": true, "-r base.txt\n": true, "# c\nflask>=1,<2 ; python_version < '3'\n": true, "x @ https://e.example/x.whl\n": true,
		"alpha\nbeta\n": false, "hello world\n": false, "": false, "from here\n": false, "a==1\nthis is prose\n": false, "a==1\x00": false,
	} {
		if got := (&Ecosystem{}).Recognizes(text); got != want {
			t.Errorf("Recognizes(%q) = %v", text, got)
		}
	}
}
