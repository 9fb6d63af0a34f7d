// Package deploy holds what runs Doorbell beyond one machine. Its tests read the
// files as Docker and Compose would, as far as that goes without an engine.
package deploy

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

// root is the top of the tree, seen from this package.
const root = ".."

// settings are the names that the product reads from its environment.
var settings = []string{
	"DATABASE_URL", "DOORBELL_ADDR", "DOORBELL_PUBLIC_URL", "DOORBELL_SECRET", "LOG_FORMAT", "LOG_LEVEL", "MAIL_FROM",
	"OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ISSUER", "OIDC_NAME", "OIDC_ONLY", "SENDGRID_API_KEY", "SENDGRID_BASE_URL", "SENDGRID_WEBHOOK_KEY", "SMTP_URL", "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE",
}

// compose is the part of a Compose file that is checked here.
type compose struct {
	Services map[string]service `yaml:"services"`
	Volumes  map[string]any     `yaml:"volumes"`
}

type service struct {
	Image         string                `yaml:"image"`
	ContainerName string                `yaml:"container_name"`
	Build         *build                `yaml:"build"`
	Restart       string                `yaml:"restart"`
	Environment   map[string]string     `yaml:"environment"`
	EnvFile       any                   `yaml:"env_file"`
	DependsOn     map[string]dependency `yaml:"depends_on"`
	HealthCheck   *healthCheck          `yaml:"healthcheck"`
	Volumes       []string              `yaml:"volumes"`
	Ports         []string              `yaml:"ports"`
}

type build struct {
	Context    string `yaml:"context"`
	Dockerfile string `yaml:"dockerfile"`
}

type dependency struct {
	Condition string `yaml:"condition"`
}

type healthCheck struct {
	Test    []string `yaml:"test"`
	Disable bool     `yaml:"disable"`
}

func TestEveryImageIsPinned(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^[a-z0-9][a-z0-9./-]*:[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

	images := baseImages(t)
	for _, s := range readCompose(t).Services {
		images = append(images, s.Image)
	}
	for _, image := range images {
		require.Regexp(t, pinned, image, "an image needs a fixed tag")
		require.NotContains(t, image, ":latest")
	}
}

func TestVersionsAreThoseOfTheTree(t *testing.T) {
	t.Parallel()
	services := readCompose(t).Services
	engine := read(t, "engine/go.mod")

	server := find(t, engine, `go\.temporal\.io/server v(\S+)`)
	require.Equal(t, "temporalio/server:"+server, services["temporal"].Image)
	require.Equal(t, "temporalio/admin-tools:"+server, services["temporal-schema"].Image)
	require.Equal(t, "temporalio/admin-tools:"+server, services["temporal-namespace"].Image)
	require.Equal(t, "temporalio/ui:"+find(t, engine, `github\.com/temporalio/ui-server/v2 v(\S+)`), services["temporal-ui"].Image)
	require.Contains(t, baseImages(t), "golang:"+find(t, read(t, "go.mod"), `(?m)^go (\S+)$`))
}

func TestEveryServiceSaysWhetherItIsHealthy(t *testing.T) {
	t.Parallel()
	services := readCompose(t).Services
	jobs := jobsOf(services)

	require.Subset(t, names(services), []string{"postgres", "temporal", "temporal-ui", "migrate", "serve", "worker"})
	for name, s := range services {
		if jobs[name] {
			require.NotContains(t, []string{"always", "unless-stopped"}, s.Restart, "%s ends when it is done", name)
			continue
		}
		require.NotNil(t, s.HealthCheck, "%s has no health check", name)
		require.NotEmpty(t, s.HealthCheck.Test, "%s has an empty health check", name)
		require.False(t, s.HealthCheck.Disable, name)
		require.Equal(t, "unless-stopped", s.Restart, name)
	}
}

func TestDependenciesExist(t *testing.T) {
	t.Parallel()
	services := readCompose(t).Services

	for name, s := range services {
		for on, d := range s.DependsOn {
			needed, ok := services[on]
			require.True(t, ok, "%s depends on %s, which is no service", name, on)
			require.Contains(t, []string{"service_healthy", "service_completed_successfully"}, d.Condition, "%s on %s", name, on)
			if d.Condition == "service_healthy" {
				require.NotNil(t, needed.HealthCheck, "%s waits for the health of %s", name, on)
			}
		}
	}
	require.NotContains(t, services["serve"].DependsOn, "temporal", "leads are taken while Temporal is away")
}

func TestVolumesAreDeclaredAndMountsExist(t *testing.T) {
	t.Parallel()
	file := readCompose(t)

	used := map[string]bool{}
	for name, s := range file.Services {
		for _, volume := range s.Volumes {
			source, _, ok := strings.Cut(volume, ":")
			require.True(t, ok, "%s: %s", name, volume)
			if strings.HasPrefix(source, ".") {
				require.DirExists(t, filepath.Join(root, source), name)
				require.True(t, strings.HasSuffix(volume, ":ro"), "%s may not write to the tree: %s", name, volume)
				continue
			}
			require.Contains(t, file.Volumes, source, name)
			used[source] = true
		}
	}
	for name := range file.Volumes {
		require.True(t, used[name], "nobody uses the volume %s", name)
	}
}

func TestSecretsComeFromOutside(t *testing.T) {
	t.Parallel()
	secret := regexp.MustCompile(`(?i)(pass|pwd|secret|key|token)`)
	fromOutside := regexp.MustCompile(`^\$\{[A-Z_]+:(\?[^}]+|-)\}$`)
	inAddress := regexp.MustCompile(`://[^/@\s]*:[^/@\s]*@`)
	outsideAddress := regexp.MustCompile(`^[a-z]+://[a-z]+:\$\{[A-Z_]+:\?[^}]+\}@`)

	found := 0
	for name, s := range readCompose(t).Services {
		require.Nil(t, s.EnvFile, "%s: name what it gets", name)
		for key, value := range s.Environment {
			if secret.MatchString(key) {
				found++
				require.Regexp(t, fromOutside, value, "%s: %s", name, key)
			}
			if strings.HasSuffix(key, "_URL") && inAddress.MatchString(value) {
				require.Regexp(t, outsideAddress, value, "%s: %s", name, key)
			}
		}
	}
	require.Positive(t, found)
}

func TestTheExampleNamesEveryVariableAndNoValue(t *testing.T) {
	t.Parallel()
	var wanted []string
	for _, m := range regexp.MustCompile(`\$\{([A-Z_]+)`).FindAllStringSubmatch(read(t, "docker-compose.yml"), -1) {
		wanted = append(wanted, m[1])
	}
	slices.Sort(wanted)

	var named []string
	for line := range strings.Lines(read(t, "deploy/compose.env.example")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		require.True(t, ok, line)
		require.Empty(t, value, "%s has a value in the example", name)
		named = append(named, name)
	}
	require.ElementsMatch(t, slices.Compact(wanted), named)
}

func TestDoorbellGetsItsSettings(t *testing.T) {
	t.Parallel()
	services := readCompose(t).Services

	for _, name := range []string{"migrate", "serve", "worker"} {
		s := services[name]
		require.Subset(t, settings, names(s.Environment), "%s gets a setting that Doorbell does not have", name)
		require.Subset(t, names(s.Environment), []string{"DATABASE_URL", "DOORBELL_SECRET", "TEMPORAL_ADDRESS"}, name)
		require.NotNil(t, s.Build, name)
		require.FileExists(t, filepath.Join(root, s.Build.Context, s.Build.Dockerfile), name)
	}
	require.Equal(t, "doorbell", services["serve"].Environment["TEMPORAL_NAMESPACE"])
	require.Equal(t, "doorbell", services["temporal-namespace"].Environment["TEMPORAL_NAMESPACE"])
}

func TestWorkersCanBeMany(t *testing.T) {
	t.Parallel()
	for name, s := range readCompose(t).Services {
		require.Empty(t, s.ContainerName, "%s: a fixed name allows only one", name)
	}
	require.Empty(t, readCompose(t).Services["worker"].Ports, "a port on the host allows only one")
}

func TestSearchAttributesAreRegistered(t *testing.T) {
	t.Parallel()
	registered := map[string]string{}
	script := read(t, "deploy/temporal/namespace.sh")
	for _, m := range regexp.MustCompile(`--name (\w+) --type (\w+)`).FindAllStringSubmatch(script, -1) {
		registered[m[1]] = m[2]
	}
	require.Equal(t, map[string]string{
		"Dealer": "Keyword", "Owner": "Keyword", "Source": "Keyword", "Phase": "Keyword", "Stage": "Keyword",
		"LeadStatus": "Keyword", "Track": "Keyword", "CloseReason": "Keyword", "Escalation": "Int", "NextDeadline": "Datetime",
	}, registered)
}

// What the README asks of a Temporal of one's own the one in Compose has.
func TestTemporalIsSetAsTheReadmeAsks(t *testing.T) {
	t.Parallel()
	asked := regexp.MustCompile("`([a-z]+\\.[a-zA-Z]+): ([a-z0-9]+)`").FindAllStringSubmatch(read(t, "README.md"), -1)
	require.Len(t, asked, 2)
	var dynamic map[string][]struct{ Value any }
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "deploy/temporal/dynamicconfig.yaml")), &dynamic))
	for _, one := range asked {
		require.Len(t, dynamic[one[1]], 1, one[1])
		require.Equal(t, one[2], fmt.Sprint(dynamic[one[1]][0].Value), one[1])
	}
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	stages := map[string]bool{}
	seen := map[string]int{}
	for _, line := range instructions(t) {
		words := strings.Fields(line)
		seen[words[0]]++
		switch words[0] {
		case "FROM":
			if len(words) == 4 {
				stages[words[3]] = true
			}
		case "COPY":
			sources := words[1 : len(words)-1]
			if from, ok := strings.CutPrefix(sources[0], "--from="); ok {
				require.True(t, stages[from], "no stage %s before %q", from, line)
				continue
			}
			for _, source := range sources {
				_, err := os.Stat(filepath.Join(root, source))
				require.NoError(t, err, line)
			}
		case "USER":
			require.NotRegexp(t, `^(root|0)(:|$)`, words[1])
		case "RUN":
			if strings.Contains(line, "go build") {
				require.Contains(t, line, "CGO_ENABLED=0")
				require.Contains(t, line, "-tags timetzdata")
				require.DirExists(t, filepath.Join(root, words[len(words)-1]), line)
			}
		}
	}
	require.Equal(t, 2, seen["FROM"])
	require.Equal(t, 1, seen["USER"])
	require.Equal(t, 1, seen["HEALTHCHECK"])
	require.Equal(t, 1, seen["ENTRYPOINT"])
}

func TestScriptsParse(t *testing.T) {
	t.Parallel()
	var scripts []string
	for _, pattern := range []string{"scripts/*.sh", "deploy/*/*.sh", ".ci/run"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		scripts = append(scripts, found...)
	}
	for _, script := range scripts {
		out, err := exec.CommandContext(t.Context(), "sh", "-n", script).CombinedOutput()
		require.NoError(t, err, "%s: %s", script, out)
	}
}

// Compose itself has the last word where it is installed; it needs no engine for
// this.
func TestComposeAcceptsTheFile(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if exec.CommandContext(ctx, "docker", "compose", "version").Run() != nil {
		t.Skip("docker compose is not on this machine")
	}

	check := func(environment ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "docker", "compose", "--env-file", os.DevNull, "config", "--quiet")
		cmd.Dir = root
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, environment...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	var filled []string
	for _, m := range regexp.MustCompile(`\$\{([A-Z_]+):\?`).FindAllStringSubmatch(read(t, "docker-compose.yml"), -1) {
		filled = append(filled, m[1]+"=filled")
	}
	out, err := check(filled...)
	require.NoError(t, err, out)

	out, err = check()
	require.Error(t, err, "a missing secret stops Compose")
	require.Contains(t, out, "DOORBELL_SECRET")
}

func readCompose(t *testing.T) compose {
	t.Helper()
	var file compose
	// A service's own keys come after those that it merges, and hold; the library
	// takes that for a mistake.
	require.NoError(t, yaml.UnmarshalWithOptions([]byte(read(t, "docker-compose.yml")), &file, yaml.AllowDuplicateMapKey()))
	require.NotEmpty(t, file.Services)
	return file
}

// jobsOf are the services that end: others wait for them to complete.
func jobsOf(services map[string]service) map[string]bool {
	jobs := map[string]bool{}
	for _, s := range services {
		for on, d := range s.DependsOn {
			if d.Condition == "service_completed_successfully" {
				jobs[on] = true
			}
		}
	}
	return jobs
}

// baseImages are the images that the Dockerfile starts from.
func baseImages(t *testing.T) []string {
	t.Helper()
	var images []string
	for _, line := range instructions(t) {
		if words := strings.Fields(line); words[0] == "FROM" {
			images = append(images, words[1])
		}
	}
	return images
}

// instructions are the Dockerfile's lines, continued ones joined, without comments.
func instructions(t *testing.T) []string {
	t.Helper()
	var lines []string
	joined := strings.ReplaceAll(read(t, "deploy/Dockerfile"), "\\\n", " ")
	for line := range strings.Lines(joined) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	require.NotEmpty(t, lines)
	return lines
}

func names[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	return keys
}

// find returns what the pattern's one group matches, which must be there once.
func find(t *testing.T, text, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1)
	require.Len(t, found, 1, pattern)
	return found[0][1]
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	require.NoError(t, err)
	return string(content)
}

// serve and worker must not be the owner of the tables, whom no role binds.
func TestOnlyMigrationsOwnTheTables(t *testing.T) {
	t.Parallel()
	services := readCompose(t).Services
	require.Contains(t, services["migrate"].Environment["DATABASE_URL"], "postgres://doorbell_owner:")
	for _, name := range []string{"serve", "worker"} {
		require.Contains(t, services[name].Environment["DATABASE_URL"], "postgres://doorbell:", name)
	}
}
