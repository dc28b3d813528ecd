package recipes

// This file tests github-actions.md: it runs the steps of the workflow as a runner
// does, all but those that fetch what is here already.

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is as much of a workflow as these have.
type workflow struct {
	Jobs map[string]struct {
		Steps []struct {
			Name, Uses, Run string
			Env             map[string]string
			Dir             string `yaml:"working-directory"`
		}
	}
}

// pinned is an action whose code nobody can exchange.
var pinned = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)

const workspace = "/tmp/workspace"

func TestGitHubActions(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "go", "bash", "curl", "update-ca-certificates")
	m.openSite()
	m.env = []string{"NOD_TPM=none", "NOD_KEYRING=none"} // a runner has no vault
	var w workflow
	if err := yaml.Unmarshal([]byte(only(t, page(t, "github-actions.md"), "deploy.yml").text), &w); err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	goEnv, err := exec.Command("go", "env", "GOROOT", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Fields(string(goEnv))
	// The name nod is the one that the workflow installs.
	m.ok("root", "rm /usr/local/bin/nod; mkdir -p /tmp/runner "+workspace+"; ln -s "+source+" "+workspace+"/nod; touch /tmp/env", "")
	env := map[string]string{
		"RUNNER_TEMP": "/tmp/runner", "GITHUB_ENV": "/tmp/env", "GITHUB_WORKSPACE": workspace, "CI": "true",
		"PATH":    "/root/go/bin:" + dirs[0] + "/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"GOCACHE": dirs[1], "GOMODCACHE": dirs[2], "GOPROXY": "off", "GOFLAGS": "-buildvcs=false",
	}
	ran := 0
	for _, step := range w.Jobs["deploy"].Steps {
		if (step.Run == "") == (step.Uses == "") || step.Uses != "" && !pinned.MatchString(step.Uses) {
			t.Errorf("step %q %q: want either commands or an action named by its commit", step.Name, step.Uses)
		}
		if step.Run == "" {
			continue
		}
		ran++
		of := maps.Clone(env)
		for name, value := range step.Env {
			of[name] = strings.ReplaceAll(value, "${{ secrets.DEPLOY_TOTP_KEY }}", siteKey)
		}
		// As GitHub runs steps on Linux: bash -e FILE.
		m.ok("root", "cat >/tmp/step", step.Run)
		out := m.ok("root", "cd "+workspace+"/"+step.Dir+"\nbash -e /tmp/step", "", assignments(of)...)
		m.masked(out)
		for line := range strings.Lines(m.ok("root", "cat /tmp/env", "")) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			env[name] = value
		}
	}
	if ran != 3 {
		t.Errorf("the workflow has %d steps that run something, want 3", ran)
	}
	wantVisits(t, m, 1)
	delete(env, "NOD_PIN_FILE")
	m.fails("root", "bash -e /tmp/step", 3, assignments(env)...)
}

func assignments(env map[string]string) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		all = append(all, name+"="+env[name])
	}
	return all
}

var (
	mask   = regexp.MustCompile(`(?m)^::add-mask::(.*)\n`)
	digits = regexp.MustCompile(`\b[0-9]{6}\b`)
)

// masked checks that the log of a step shows no code.
func (m *machine) masked(log string) {
	m.t.Helper()
	hidden := mask.FindAllStringSubmatch(log, -1)
	log = mask.ReplaceAllString(log, "")
	for _, h := range hidden {
		log = strings.ReplaceAll(log, h[1], "***")
	}
	if code := digits.FindString(log); code != "" {
		m.t.Errorf("the log shows %s: %s", code, log)
	}
}
