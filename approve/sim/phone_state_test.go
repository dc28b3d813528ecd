package sim_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve/sim"
	"nod/approve/sim/simtest"
)

// A phone in a file answers after a restart as before.
func TestPhoneIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "phones")
	if all, err := sim.LoadPhones(dir, nil); err != nil || len(all) != 0 {
		t.Fatalf("no directory: %v, %v", all, err)
	}
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		first := srv.Phone(t, "ana", sim.Never())
		for range 2 { // the second time takes the place of the first
			if err := first.Save(dir); err != nil {
				t.Fatal(err)
			}
		}
		all, err := sim.LoadPhones(dir, srv.Client())
		if err != nil || len(all) != 1 {
			t.Fatalf("load: %v, %v", all, err)
		}
		p := all[0]
		if p.ID() != first.ID() || p.Name() != "phone-ana" || p.Server() != srv.URL || p.App() != "RMS" || p.Account() != "ana@demo.test" || p.Words() != first.Words() {
			t.Errorf("loaded %s %s %s %s %s", p.ID(), p.Name(), p.Server(), p.App(), p.Account())
		}
		srv.Clock.Advance(time.Hour) // it does not know yet
		if err := p.Confirmed(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Do, p.Number = []sim.Behaviour{sim.Accept()}, sim.DevNumber(srv.URL, srv.Client())
		simtest.Run(t, p)
		srv.Login(t, "rms", "ana").WantSignedIn()
	})
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	for name, want := range map[string]fs.FileMode{dir: 0o700, files[0]: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want && runtime.GOOS != "windows" {
			t.Errorf("%s: %v, %v, want mode %o", name, info.Mode(), err, want)
		}
	}
}

func TestLoadPhonesRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		p := srv.NewPhone()
		srv.Pair(t, p, "ana")
		dir := t.TempDir()
		if err := p.Save(dir); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("files %v, %v", files, err)
		}
		good, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		tests := []struct{ old, new, want string }{
			{`"version": 1`, `"version": 2`, "version 2"},
			{srv.URL, "http://nod.demo.test", "https"},
			{`"device_id": "`, `"id": "`, "no id"},
			{`"transport_seed": "`, `"transport_seed": "=`, "32 bytes"},
			{`"approval_seed"`, `"approval"`, "32 bytes"},
			{`"server_key": "`, `"server_key": "A`, "32 bytes"},
			{"{", "", ""},
		}
		for _, test := range tests {
			bad := strings.Replace(string(good), test.old, test.new, 1)
			if bad == string(good) {
				t.Fatalf("%q is not in the file", test.old)
			}
			if err := os.WriteFile(files[0], []byte(bad), 0o600); err != nil {
				t.Fatal(err)
			}
			if all, err := sim.LoadPhones(dir, nil); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q for %q: %v, %v, want an error with %q", test.new, test.old, all, err, test.want)
			}
		}
	})
}

func TestSaveRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := new(sim.Phone).Save(t.TempDir()); err == nil {
		t.Error("saved a phone that is not paired")
	}
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		if err := srv.Phone(t, "ana").Save(file); err == nil {
			t.Error("saved below a file")
		}
	})
	if _, err := sim.LoadPhones(file, nil); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("loaded from a file: %v", err)
	}
}
