// Package advisory says which versions have known vulnerabilities. It finds
// records in the OSV format, with a service that has OSV's API or in a folder or
// archive. Both give the same results, because both only find records: this
// package itself decides, by a record's ranges, which versions it affects.
//
// The packages policy and updater decide what to do about a vulnerable pin.
package advisory
