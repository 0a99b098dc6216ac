// Package rules has the list of all rules, in the order of the documentation.
package rules

import (
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules"
	"github.com/freshpin/freshpin/updater/check/composerules/isolation"
	"github.com/freshpin/freshpin/updater/check/dockerrules"
	"github.com/freshpin/freshpin/updater/check/dockerrules/downloads"
	"github.com/freshpin/freshpin/updater/check/dockerrules/packages"
	"github.com/freshpin/freshpin/updater/check/dockerrules/users"
	"github.com/freshpin/freshpin/updater/check/imagerules"
)

// All returns all rules. Add a line for a new rule.
func All() []check.Rule {
	return []check.Rule{
		imagerules.NoVersion,
		imagerules.Latest,
		imagerules.MovingTag,
		imagerules.NoDigest,
		imagerules.DeadLine,
		users.RootUser,
		users.UserByName,
		downloads.UnverifiedDownload,
		downloads.PipeToShell,
		downloads.TrustedOnFirstUse,
		downloads.UnverifiedAdd,
		downloads.VerificationOff,
		downloads.PlainHTTP,
		packages.UnpinnedPackage,
		packages.NoHashes,
		downloads.MovingRef,
		dockerrules.SecretInImage,
		dockerrules.SecretCopied,
		dockerrules.ContextLeaks,
		dockerrules.NoProvenanceLabels,
		dockerrules.UnknownLabel,
		dockerrules.UndefinedVariable,
		dockerrules.SmallerBase,
		users.SudoInImage,
		users.WorldWritable,
		composerules.OwnImageLatest,
		isolation.ServiceRoot,
		composerules.InvalidLimit,
		isolation.Hardening,
		isolation.WritableRoot,
		isolation.NoMemoryLimit,
		isolation.AllCapabilities,
		isolation.NewPrivileges,
		composerules.SharedNetwork,
		composerules.DataStorePublished,
		composerules.SecretInEnvironment,
		composerules.EnvFileCommitted,
		isolation.EngineSocket,
		isolation.Privileged,
		isolation.HostNamespace,
		isolation.Unconfined,
		isolation.DangerousCapability,
		isolation.HostPath,
	}
}
