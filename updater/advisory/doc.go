// Package advisory knows which versions are known to be vulnerable: records in
// the OSV format, asked of a service that speaks its API, or read from a folder
// or an archive of them. Both give the same answers, because both only find the
// records; whether one affects a version is decided here, by its own ranges.
//
// What is done about a vulnerable pin is package policy's and the updater's business.
package advisory
