// Package dockerrules has the rules for Dockerfiles, one file for each rule: here
// those about secrets, labels, variables and the base image. Those about users,
// downloads and packages are in packages of these names; what rules are made of,
// in package judged.
package dockerrules
