package plan

import "cmp"

// From words what an item has now, as people read it: its version, else its text.
func (i *Item) From() string {
	return cmp.Or(i.Current, i.Dependency.Pin.Version.Text, i.Dependency.Pin.Text, "none")
}

// To words the target of an item: its version, with the beginning of its digest.
func (i *Item) To() string {
	if i.Target.Digest == "" {
		return i.Target.Version.Text
	}
	// "sha256:" and twelve digits, as many as engines show of an ID.
	return i.Target.Version.Text + "@" + i.Target.Digest[:min(19, len(i.Target.Digest))] + "…"
}
