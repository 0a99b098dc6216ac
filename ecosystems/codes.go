package ecosystems

// This file holds every code that scripts see: those of reasons (Reason.Code) and of
// notes (Note.Code). Those of failed requests are in package fetch. What each of
// them means, people read by freshpin help codes (package report).

// The codes of reasons. Fetch errors have codes of their own (package fetch), in the same space.
const (
	Policy          = "policy"            // newer versions exist beyond what the policy allows
	Cooldown        = "cooldown"          // too young
	Platform        = "platform"          // a platform in use is not offered any more
	Conflict        = "conflict"          // other pins of the same place do not allow it
	Python          = "python"            // it does not run on the Python that the line is for
	Unpinned        = "unpinned"          // the text names no version, so that every build may get another one; it is looked up, and pinned where the policy wants that
	Variable        = "variable"          // put together from variables
	NoTag           = "no-tag"            // a digest without a tag or comment: nothing tells its line
	ForeignCommit   = "foreign-commit"    // the repository has the commit in no branch and no tag: an alarm
	Builds          = "build"             // the image is built here, not pulled
	URL             = "url"               // a direct URL or version-control reference
	Path            = "path"              // a local path
	IndexNotAllowed = "index-not-allowed" // the file names an index that the operator does not allow
	Ignored         = "ignored"           // told to ignore by configuration or comment
	Indirect        = "indirect"          // an indirect Go requirement
	Replaced        = "replaced"          // a replace directive decides
	Signature       = "signature"         // not signed as the policy wants it
	Rebuild         = "rebuild"           // a rebuilt image that changes nothing that matters
	Malformed       = "malformed"         // not readable as what it should be
	Unreadable      = "unreadable"        // the system does not let the file be read
	Limit           = "limit"             // more than the operator's limits allow
	Unsupported     = "unsupported"       // readable, but nothing this program can update
)

// The codes of reasons about checksums.
const (
	ChecksumUnknown  = "checksum-unknown"  // a checksum in the file is of nothing that its publisher lists
	ChecksumMismatch = "checksum-mismatch" // its publisher lists another checksum for the file: an alarm
	BadSignature     = "bad-signature"     // a list of checksums has a signature that is not one of the keys named: an alarm
)

// Tampered reports whether a code says that what is published may not be what its
// publisher meant it to be. Such an alarm stands first everywhere.
func Tampered(code string) bool {
	return code == ChecksumMismatch || code == BadSignature || code == ForeignCommit
}

// The codes of reasons that a tool gives.
const (
	NoTool   = "no-tool"   // the tool that completes the edit is not installed
	NotTidy  = "not-tidy"  // go mod tidy would have changed the module before the move
	Drags    = "drags"     // the move would move another dependency further than its policy allows
	TooNew   = "too-new"   // the manifest asks for a newer tool than the one installed
	ToolFail = "tool-fail" // the tool gave up
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
