// Package github speaks to GitHub: it reads repositories without a clone and
// keeps branches, pull requests, comments and issues there, through the REST
// API of github.com or of an Enterprise server.
//
// It knows what a request means and how to repeat it without doing anything
// twice. What is to be proposed, and what becomes of a pull request, others
// decide; the words come from package message.
package github
