package templates_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// at walks down a document.
func at(v any, path ...string) any {
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// TestCompose holds the example to what we preach.
func TestCompose(t *testing.T) {
	data, err := os.ReadFile("deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	for name, service := range doc["services"].(map[string]any) {
		for _, key := range []string{"image", "read_only", "cap_drop", "security_opt", "mem_limit", "healthcheck", "secrets", "tmpfs"} {
			if at(service, key) == nil {
				t.Errorf("%s has no %s", name, key)
			}
		}
	}
	if at(doc, "services", "freshpin", "user") != "65532:65532" || at(doc, "networks", "inside", "internal") != true {
		t.Error("freshpin runs as another user, or the database may reach the world")
	}
}

// TestSignIn: people can sign in to the pages of both examples.
func TestSignIn(t *testing.T) {
	for _, file := range []string{"deploy/compose.yaml", "deploy/kubernetes.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"FRESHPIN_GITHUB_CLIENT_ID", "FRESHPIN_GITHUB_CLIENT_SECRET_FILE"} {
			if !strings.Contains(string(data), name) {
				t.Errorf("%s sets no %s", file, name)
			}
		}
	}
}

// TestKubernetes holds the manifest to the restricted Pod Security Standard, and to a network policy.
func TestKubernetes(t *testing.T) {
	file, err := os.Open("deploy/kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	kinds := map[string]map[string]any{}
	for d := yaml.NewDecoder(file); ; {
		var doc map[string]any
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kinds[doc["kind"].(string)] = doc
	}
	for _, kind := range []string{"ServiceAccount", "Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"} {
		if kinds[kind] == nil {
			t.Errorf("there is no %s", kind)
		}
	}
	pod := at(kinds["Deployment"], "spec", "template", "spec")
	container := at(pod, "containers").([]any)[0]
	for _, test := range []struct {
		got, want any
		what      string
	}{
		{at(pod, "securityContext", "runAsNonRoot"), true, "runAsNonRoot"},
		{at(pod, "securityContext", "seccompProfile", "type"), "RuntimeDefault", "seccompProfile"},
		{at(pod, "automountServiceAccountToken"), false, "automountServiceAccountToken"},
		{at(container, "securityContext", "allowPrivilegeEscalation"), false, "allowPrivilegeEscalation"},
		{at(container, "securityContext", "readOnlyRootFilesystem"), true, "readOnlyRootFilesystem"},
		{at(container, "resources", "limits", "memory"), "1Gi", "memory limit"},
	} {
		if test.got != test.want {
			t.Errorf("%s is %v", test.what, test.got)
		}
	}
	if drop, _ := at(container, "securityContext", "capabilities", "drop").([]any); len(drop) != 1 || drop[0] != "ALL" {
		t.Errorf("capabilities: %v", drop)
	}
}
