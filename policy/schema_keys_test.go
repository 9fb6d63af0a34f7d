package policy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

// An unknown key in any section is answered with the keys of that section. They
// are the ones that the schema describes there.
func TestSchemaDescribesTheKeysOfTheParser(t *testing.T) {
	t.Parallel()
	var root map[string]any
	require.NoError(t, json.Unmarshal(policy.Schema(), &root))
	sections := map[string]bool{}
	collectSections(root, "#", sections)

	parse(t, everySection)
	text, err := yaml.YAMLToJSON([]byte(everySection))
	require.NoError(t, err)
	var whole map[string]any
	require.NoError(t, json.Unmarshal(text, &whole))
	walkSections(t, root, root, "#", whole, func(path string, section map[string]any, described []string) {
		delete(sections, path)
		section["unknown-key"] = 1
		defer delete(section, "unknown-key")
		broken, err := json.Marshal(whole)
		require.NoError(t, err)
		_, err = policy.Parse(broken)
		require.Error(t, err)
		_, known, found := strings.Cut(err.Error(), "known are ")
		if !found { // a section with a single key says it without "are"
			_, known, found = strings.Cut(err.Error(), "known is ")
		}
		require.True(t, found, "%s: %v", path, err)
		known, _, _ = strings.Cut(known, "\n")
		words := strings.FieldsFunc(strings.ReplaceAll(known, " or ", ", "), func(r rune) bool { return r == ',' || r == ' ' })
		require.ElementsMatch(t, words, described, path)
	})
	require.Empty(t, sections, "sections that the policy of the test does not have")
}

// collectSections finds the places of all sections in a schema.
func collectSections(node any, path string, sections map[string]bool) {
	switch n := node.(type) {
	case map[string]any:
		if n["additionalProperties"] == false {
			sections[path] = true
		}
		for key, value := range n {
			collectSections(value, path+"/"+key, sections)
		}
	case []any:
		for i, value := range n {
			collectSections(value, fmt.Sprintf("%s/%d", path, i), sections)
		}
	}
}

// walkSections follows a document through the schema and visits every section
// whose keys are fixed.
func walkSections(t *testing.T, root, s map[string]any, path string, node any, visit func(string, map[string]any, []string)) {
	t.Helper()
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/$defs/")
		definitions, _ := root["$defs"].(map[string]any)
		definition, ok := definitions[name].(map[string]any)
		require.True(t, ok, ref)
		walkSections(t, root, definition, ref, node, visit)
		return
	}
	if kinds, ok := s["anyOf"].([]any); ok {
		for i, kind := range kinds {
			one, _ := kind.(map[string]any)
			walkSections(t, root, one, fmt.Sprintf("%s/anyOf/%d", path, i), node, visit)
		}
		return
	}
	switch n := node.(type) {
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		values, _ := s["additionalProperties"].(map[string]any)
		for key, value := range n {
			if one, ok := properties[key].(map[string]any); ok {
				walkSections(t, root, one, path+"/properties/"+key, value, visit)
			} else if values != nil {
				walkSections(t, root, values, path+"/additionalProperties", value, visit)
			}
		}
		if s["additionalProperties"] == false {
			described := make([]string, 0, len(properties))
			for key := range properties {
				described = append(described, key)
			}
			visit(path, n, described)
		}
	case []any:
		if items, ok := s["items"].(map[string]any); ok {
			for _, one := range n {
				walkSections(t, root, items, path+"/items", one, visit)
			}
		}
	}
}
