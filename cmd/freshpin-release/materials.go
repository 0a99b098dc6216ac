package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"

	"github.com/freshpin/freshpin/cmd/internal/console"
)

// module is the path of this module.
const module = "github.com/freshpin/freshpin"

// moduleRoot returns the folder of this module, for any working directory inside it.
func moduleRoot() (string, error) {
	out, err := exec.CommandContext(context.Background(), "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find go.mod: %w", err)
	}
	path := strings.TrimSpace(string(out))
	if filepath.Base(path) != "go.mod" {
		return "", fmt.Errorf("run this inside the checkout of %s", module)
	}
	return filepath.Dir(path), nil
}

// materials returns the bill of materials of a program (CycloneDX 1.6): the modules
// and the toolchain that the linker recorded in it, so it cannot list what is not
// inside. It has no date, and a serial number derived from its content, so that
// equal programs have equal bills.
func materials(program string, t target) ([]byte, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	components := []cyclonedx.Component{{
		Type: cyclonedx.ComponentTypePlatform, BOMRef: "pkg:golang/stdlib@" + strings.TrimPrefix(info.GoVersion, "go"),
		Name: "stdlib", Version: info.GoVersion, PackageURL: "pkg:golang/stdlib@" + strings.TrimPrefix(info.GoVersion, "go"),
	}}
	for _, m := range info.Deps {
		c, err := component(m)
		if err != nil {
			return nil, err
		}
		components = append(components, c)
	}
	main := cyclonedx.Component{
		Type: cyclonedx.ComponentTypeApplication, BOMRef: "pkg:golang/" + module + "@v" + console.Version, Name: "freshpin", Version: console.Version,
		PackageURL: "pkg:golang/" + module + "@v" + console.Version + "?goarch=" + t.arch + "&goos=" + t.os,
		Licenses:   &cyclonedx.Licenses{{License: &cyclonedx.License{ID: "Apache-2.0"}}},
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Component: &main}
	bom.Components = &components
	bom.Dependencies = &[]cyclonedx.Dependency{dependency(main.BOMRef, components)}
	var out bytes.Buffer
	err = cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cyclonedx.SpecVersion1_6)
	return out.Bytes(), err
}

// component describes one module; its checksum is go.sum's (h1, SHA-256 over the module's files).
func component(m *debug.Module) (cyclonedx.Component, error) {
	if m.Replace != nil {
		// The replacement is what was compiled.
		m = m.Replace
	}
	// The specification of package URLs wants Go modules in lower case.
	purl := "pkg:golang/" + strings.ToLower(m.Path) + "@" + strings.ReplaceAll(m.Version, "+", "%2B")
	c := cyclonedx.Component{Type: cyclonedx.ComponentTypeLibrary, BOMRef: purl, Name: m.Path, Version: m.Version, PackageURL: purl}
	if text, ok := strings.CutPrefix(m.Sum, "h1:"); ok {
		sum, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return c, fmt.Errorf("checksum of %s: %w", m.Path, err)
		}
		c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(sum)}}
	}
	return c, nil
}

func dependency(ref string, on []cyclonedx.Component) cyclonedx.Dependency {
	var refs []string
	for _, c := range on {
		refs = append(refs, c.BOMRef)
	}
	return cyclonedx.Dependency{Ref: ref, Dependencies: &refs}
}
