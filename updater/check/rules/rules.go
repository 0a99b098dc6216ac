// Package rules has the list of all rules, in the order of the documentation.
package rules

import (
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules"
	"github.com/freshpin/freshpin/updater/check/dockerrules"
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
		dockerrules.RootUser,
		dockerrules.UserByName,
		dockerrules.UnverifiedDownload,
		dockerrules.PipeToShell,
		dockerrules.TrustedOnFirstUse,
		dockerrules.UnverifiedAdd,
		dockerrules.VerificationOff,
		dockerrules.PlainHTTP,
		dockerrules.UnpinnedPackage,
		dockerrules.NoHashes,
		dockerrules.MovingRef,
		dockerrules.SecretInImage,
		dockerrules.SecretCopied,
		dockerrules.ContextLeaks,
		dockerrules.NoProvenanceLabels,
		dockerrules.UnknownLabel,
		dockerrules.UndefinedVariable,
		dockerrules.SmallerBase,
		dockerrules.SudoInImage,
		dockerrules.WorldWritable,
		composerules.OwnImageLatest,
		composerules.ServiceRoot,
		composerules.InvalidLimit,
		composerules.Hardening,
		composerules.WritableRoot,
		composerules.NoMemoryLimit,
		composerules.AllCapabilities,
		composerules.NewPrivileges,
		composerules.SharedNetwork,
		composerules.DataStorePublished,
		composerules.SecretInEnvironment,
		composerules.EnvFileCommitted,
		composerules.EngineSocket,
		composerules.Privileged,
		composerules.HostNamespace,
		composerules.Unconfined,
		composerules.DangerousCapability,
		composerules.HostPath,
	}
}
