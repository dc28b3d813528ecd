package cli_test

// This file: the scripts that need databases of PostgreSQL.

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"nod/approve/server/store/storetest"
)

// TestPostgresScripts gives each script two empty databases, $PG and $PG2, and
// $LATIN of an encoding that can not keep all texts.
func TestPostgresScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("a server of PostgreSQL is started")
	}
	const latin = `ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`
	stores := []string{"PG=" + storetest.Postgres(t), "PG2=" + storetest.Postgres(t), "LATIN=" + storetest.PostgresWith(t, latin)}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "postgres"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, stores...)
			return setup(env)
		},
		Condition: condition,
		Cmds:      scriptCommands,
	})
}
