package cli_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says which of nod's packages may import which others, tests aside.
// Lower packages know nothing of higher ones. Change it only with a reason.
var arrows = map[string][]string{
	"nod": {"tui/agent/shortcut", "tui/cli"},

	// tui/cli imports vault/protect to say what of the machine a vault may use, and
	// vault/memory to shut the process off and to tell nod doctor whether that worked.
	"tui/cli": {
		"tui", "tui/agent", "tui/clipboard", "tui/escape", "tui/notify", "approve", "approve/keycloak", "approve/native", "approve/privacyidea", "approve/privacyidea/container", "approve/protocol", "approve/server", "approve/sim", "approve/tiqr",
		"scan", "scan/draw", "vault", "vault/memory", "vault/otp", "vault/protect", "vault/transfer",
	},
	// tui imports vault/protect for the names of the ways to protect a PIN, and
	// vault/memory to clear memory after a lock.
	"tui": {"tui/clipboard", "tui/notify", "approve", "scan", "scan/draw", "vault", "vault/memory", "vault/otp", "vault/protect", "vault/transfer"},

	// What reaches the person past the screen: programs, commands and the agent use it.
	"tui/clipboard": {"tui/escape"},
	"tui/escape":    {},
	"tui/notify":    {"tui/escape"},

	// tui/agent knows vault/protect for its errors, vault/memory to clear memory after
	// a lock, and vault/otp for the keys that are brought in.
	"tui/agent": {"approve", "vault", "vault/memory", "vault/otp", "vault/protect"},

	// What it imports would have to be prepared before it, so it imports nothing of nod's.
	"tui/agent/shortcut": {},

	// approve imports vault/otp for one thing: the key of a pairing's fallback code.
	"approve": {"vault", "vault/otp"},
	// It is for tests alone, and knows nothing of nod's.
	"approve/approvetest": {},
	"approve/protocol":    {},
	"approve/native":      {"approve", "approve/protocol", "vault"},
	"approve/privacyidea": {"approve", "approve/privacyidea/envelope", "vault"},
	// approve/tiqr imports vault/otp for the OCRA codes that it answers with.
	"approve/tiqr":     {"approve", "vault", "vault/otp"},
	"approve/keycloak": {"approve", "vault"},
	// It gives tests the server that approve/privacyidea speaks to, and shares no code
	// with it: what both got wrong would fit. Programs do not import it.
	"approve/privacyidea/privacyideatest": {"approve/approvetest"},
	// It gives tests a tiqr server; programs do not import it, and it knows no driver.
	"approve/tiqr/tiqrtest":         {"approve/approvetest"},
	"approve/privacyidea/container": {"approve", "approve/privacyidea/envelope", "vault"},
	"approve/privacyidea/envelope":  {"approve"},
	// It is a server for tests, and knows nothing of nod's.
	"approve/privacyidea/container/containertest": {},
	// It gives tests the servers that a device can be paired with, and knows nothing of
	// the drivers; programs do not import it.
	"approve/keycloak/keycloaktest": {"approve/approvetest"},
	// approve/server imports scan/draw for one thing: the QR code of a pairing link.
	// It knows nothing of keys and nothing else of nod's.
	"approve/server":       {"approve/protocol", "approve/server/store", "scan/draw", "vault/otp"},
	"approve/server/store": {},
	// It gives tests the databases that a store can be in; programs do not import it.
	"approve/server/store/storetest": {"approve/server/store"},
	"approve/sim":                    {"approve", "approve/native", "approve/protocol"},
	// approve/sim/simtest is for Go tests: it embeds a server, and imports testing,
	// neither of which belongs in approve/sim, which is part of the program.
	"approve/sim/simtest": {"approve/server", "approve/sim"},

	// scan/terminal imports scan/detect for drawings that are not exact, and for sixels.
	"scan":           {"scan/detect", "scan/picture", "scan/source", "scan/symbol", "scan/terminal"},
	"scan/detect":    {"scan/symbol"},
	"scan/draw":      {},
	"scan/picture":   {},
	"scan/sample":    {},
	"scan/source":    {},
	"scan/symbol":    {},
	"scan/terminal":  {"scan/detect", "scan/symbol"},
	"vault":          {"vault/internal/floor", "vault/internal/waits", "vault/memory", "vault/otp", "vault/protect"},
	"vault/memory":   {},
	"vault/otp":      {},
	"vault/protect":  {"vault/internal/waits"},
	"vault/transfer": {"vault/otp"},
	// Tests lift the least price of a guess with it, and wait longer; programs import only
	// the former two.
	"vault/internal/floor": {},
	"vault/internal/waits": {},
	"vault/vaulttest":      {"vault", "vault/internal/floor", "vault/internal/waits"},
}

// charm are the packages that may import the terminal's libraries.
var charm = []string{"tui", "tui/cli"}

func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || name != root && strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(dir)
		if pkg == "." {
			pkg = "nod"
		}
		if pkg == "bench" || strings.HasPrefix(pkg, "bench/") {
			return nil // a module of its own
		}
		seen[pkg] = true
		checkFile(t, pkg, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range arrows {
		if !seen[pkg] {
			t.Errorf("arrows name package %s, which does not exist", pkg)
		}
	}
}

// checkFile reports the imports of one file that pkg may not have.
func checkFile(t *testing.T, pkg, name string) {
	t.Helper()
	may, known := arrows[pkg]
	if !known {
		t.Errorf("%s: package %s has no row in arrows", name, pkg)
		return
	}
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if ours, ok := strings.CutPrefix(imported, "nod/"); ok && !slices.Contains(may, path.Clean(ours)) {
			t.Errorf("%s: %s may not import %s", name, pkg, ours)
		}
		if strings.HasPrefix(imported, "charm.land/") && !slices.Contains(charm, pkg) {
			t.Errorf("%s: only %v may import %s", name, charm, imported)
		}
	}
}
