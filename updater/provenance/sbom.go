package provenance

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// Contents are the packages of an image.
type Contents struct {
	Packages []Package
	From     string // "SPDX", "CycloneDX", "layers"
}

// maxPackages limits the packages of one list.
const maxPackages = 100_000

// Listed reads the lists of packages among statements; nil if there is none. It
// leaves out the lists of build stages, which BuildKit can attach beside that of
// the image, "sbom".
func Listed(said []ecosystems.Statement) (*Contents, error) {
	var spdx, cyclone []bill
	for _, s := range said {
		var into *[]bill
		var read func([]byte) (bill, error)
		switch {
		case strings.HasPrefix(s.PredicateType, "https://spdx.dev/Document"):
			into, read = &spdx, readSPDX
		case strings.HasPrefix(s.PredicateType, "https://cyclonedx.org/"):
			into, read = &cyclone, readCycloneDX
		default:
			continue
		}
		b, err := read(s.Predicate)
		if err != nil {
			return nil, err
		}
		if len(b.packages) > maxPackages {
			return nil, fmt.Errorf("a list of %d packages: more than %d are not read", len(b.packages), maxPackages)
		}
		*into = append(*into, b)
	}
	if c := joined(spdx, "SPDX"); c != nil {
		return c, nil
	}
	return joined(cyclone, "CycloneDX"), nil
}

// A bill is one list of packages.
type bill struct {
	name     string
	packages []Package
}

// joined merges the lists of one image.
func joined(bills []bill, from string) *Contents {
	if len(bills) == 0 {
		return nil
	}
	whole := false
	for _, b := range bills {
		whole = whole || b.name == "sbom"
	}
	c := &Contents{From: from}
	for _, b := range bills {
		if whole && strings.HasPrefix(b.name, "sbom-") {
			continue
		}
		c.Packages = append(c.Packages, b.packages...)
	}
	return c
}

// readSPDX reads a document of SPDX 2.3 ("Package information field") or of SPDX
// 3.0 in JSON-LD.
func readSPDX(data []byte) (bill, error) {
	var doc struct {
		Name     string `json:"name"`
		Packages []struct {
			Refs []struct {
				Type    string `json:"referenceType"`
				Locator string `json:"referenceLocator"`
			} `json:"externalRefs"`
		} `json:"packages"`
		Graph []struct {
			Type string `json:"type"`
			Name string `json:"name"`
			URL  string `json:"software_packageUrl"`
		} `json:"@graph"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return bill{}, fmt.Errorf("not an SPDX document: %w", err)
	}
	b := bill{name: doc.Name}
	for _, p := range doc.Packages {
		for _, r := range p.Refs {
			if r.Type == "purl" {
				b.add(r.Locator)
				break
			}
		}
	}
	for _, e := range doc.Graph {
		if e.Type == "SpdxDocument" {
			b.name = e.Name
		}
		b.add(e.URL)
	}
	return b, nil
}

func (b *bill) add(purl string) {
	if p, ok := readPURL(purl); ok {
		b.packages = append(b.packages, p)
	}
}

// A component of CycloneDX 1.6 ("components").
type component struct {
	PURL       string      `json:"purl"`
	Components []component `json:"components"`
}

func readCycloneDX(data []byte) (bill, error) {
	var doc component
	if err := json.Unmarshal(data, &doc); err != nil {
		return bill{}, fmt.Errorf("not a CycloneDX document: %w", err)
	}
	var b bill
	b.components(doc.Components, 0)
	return b, nil
}

// maxDepth limits nested components.
const maxDepth = 20

func (b *bill) components(list []component, depth int) {
	if depth == maxDepth {
		return
	}
	for _, c := range list {
		b.add(c.PURL)
		b.components(c.Components, depth+1)
	}
}
