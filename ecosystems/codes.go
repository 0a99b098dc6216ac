package ecosystems

// This file has every code of reasons (Reason.Code) and notes (Note.Code), which
// are part of the interface for scripts. Package fetch has the codes of failed
// requests. "freshpin help codes" explains all of them.

// The codes of reasons. They never equal a code of package fetch.
const (
	Policy          = "policy"            // newer versions exist beyond what the policy allows
	Cooldown        = "cooldown"          // published too recently
	Platform        = "platform"          // the newer image lacks a platform in use
	Conflict        = "conflict"          // it conflicts with other pins
	Python          = "python"            // it does not run on the Python for the line
	Unpinned        = "unpinned"          // the text names no version, so each build may get another one; it is looked up, and pinned if the policy wants it
	Variable        = "variable"          // composed of variables
	NoTag           = "no-tag"            // a digest without a tag or comment, so its release line is unknown
	ForeignCommit   = "foreign-commit"    // no branch and no tag of the repository contains the commit: an alarm
	Builds          = "build"             // the image is built here, not pulled
	URL             = "url"               // a direct URL or version-control reference
	Path            = "path"              // a local path
	IndexNotAllowed = "index-not-allowed" // the file names an index that the operator does not allow
	Ignored         = "ignored"           // ignored by the settings or a comment
	Indirect        = "indirect"          // an indirect Go requirement
	Replaced        = "replaced"          // a replace directive determines the code
	Signature       = "signature"         // it does not have the signature that the policy requires
	Rebuild         = "rebuild"           // an image that was rebuilt without a relevant change
	Malformed       = "malformed"         // a syntax error
	Unreadable      = "unreadable"        // the system denies access to the file
	Limit           = "limit"             // beyond a limit of the operator
	Unsupported     = "unsupported"       // valid, but in a form that Freshpin cannot update
)

// The codes of reasons about checksums.
const (
	ChecksumUnknown  = "checksum-unknown"  // no list of the publisher has a checksum in the file
	ChecksumMismatch = "checksum-mismatch" // the publisher lists another checksum for the file: an alarm
	BadSignature     = "bad-signature"     // the signature of a list of checksums is not by one of the configured keys: an alarm
)

// Tampered reports whether a code is a sign that a release was tampered with.
// Reports show such alarms first.
func Tampered(code string) bool {
	return code == ChecksumMismatch || code == BadSignature || code == ForeignCommit
}

// The codes of reasons about tools.
const (
	NoTool   = "no-tool"   // the tool that completes the edit is not installed
	NotTidy  = "not-tidy"  // go mod tidy would have changed the module before the move
	Drags    = "drags"     // the move would also move another dependency beyond its policy
	TooNew   = "too-new"   // the manifest requires a newer tool than the installed one
	ToolFail = "tool-fail" // the tool failed
)

// The codes of notes.
const (
	AgeUnknown      = "age-unknown"      // the publication date of the target is unknown
	ChecksumFrom    = "checksum-from"    // the source of the checksum that an update writes
	CommentMismatch = "comment-mismatch" // the comment of a commit names another version than the commit has
	Compiled        = "compiled"         // the file is compiled from a source file that could not be read
	Constraints     = "constraints"      // the file uses constraints that Freshpin does not follow
	Deprecated      = "deprecated"       // its publisher has deprecated the package
	DigestGone      = "digest-gone"      // the registry no longer has the pinned digest
	EndOfLife       = "end-of-life"      // the release line in use gets no more fixes
	EndOfLifeSoon   = "end-of-life-soon" // the release line in use soon gets no more fixes
	Floating        = "floating"         // the tag names no release line, so a new digest can be any newer version
	MajorsUnknown   = "majors-unknown"   // the lookup of newer MAJOR versions failed
	MetadataUnknown = "metadata-unknown" // the requirements of a release are unknown, so they were not checked
	NeverPatches    = "never-patches"    // the project patches in its second number, so the release line is its MAJOR
	NoDigest        = "no-digest"        // no digest can be written with this form of reference
	NotCompared     = "not-compared"     // the image in use could not be read for comparison
	NotTried        = "not-tried"        // older releases were not tried: the search has a limit
	OtherTrack      = "other-track"      // a newer version exists only in another form of tag
	PlatformDigest  = "platform-digest"  // the pinned digest is that of a single platform
	RebuildUnknown  = "rebuild-unknown"  // the changes in a rebuilt image could not be read
	Retracted       = "retracted"        // its publisher has retracted the version in use
	SameImage       = "same-image"       // a newer tag names exactly the image in use
	Schema1         = "schema1"          // the image has Docker's first format, which registries are dropping
	SharedValue     = "shared-value"     // another reference to the same value prevents a newer target
	Signed          = "signed"           // who has signed the image
	StaleLine       = "stale-line"       // the release line in use has had no release for long, but newer ones have had several
	TagGone         = "tag-gone"         // the registry no longer has the pinned tag
	TagMoved        = "tag-moved"        // the tag names another commit than the one written for it, or an older image
	TagObject       = "tag-object"       // the pin names a tag object instead of its commit
	Vulnerable      = "vulnerable"       // an advisory affects the version in use, or the target
	WindowsBuild    = "windows-build"    // there are no more images for a Windows build in use
	Yanked          = "yanked"           // its publisher has withdrawn the version in use
)
