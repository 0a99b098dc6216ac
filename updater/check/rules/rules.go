// Package rules has the list of all rules, in the order of the documentation.
package rules

import (
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules"
	"github.com/freshpin/freshpin/updater/check/composerules/isolation"
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
