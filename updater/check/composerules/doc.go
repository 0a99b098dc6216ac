// Package composerules holds the rules about compose files: networks, secrets and
// keys. One file for each rule. What containers may do to their machine is in
// package isolation; what rules are made of, in package judged.
package composerules
