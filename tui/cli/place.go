package cli

// This file: where the vault, its state and the person's home are, and what of
// this machine may protect a PIN.

import (
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"

	"nod/vault"
	"nod/vault/protect"
)

var profileName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`) })

// place finds the vault from --vault, --profile, their variables and the XDG
// directories. They are read through Env, so that a test's are its own.
func (a *app) place() (vault.Place, error) {
	profile, err := a.profile()
	if err != nil {
		return vault.Place{}, err
	}
	if socket := a.env.Getenv("NOD_AGENT_SOCK"); socket != "" && !filepath.IsAbs(socket) { // another agent in each folder
		return vault.Place{}, &usageError{err: fmt.Errorf("NOD_AGENT_SOCK %q is no absolute path", socket), hint: "write it from the root on: /run/nod-ana/agent.sock"}
	}
	data, state := a.dataDir(), a.stateDir()
	if file := firstOf(a.flags.vault, a.env.Getenv("NOD_VAULT")); file != "" {
		abs, err := filepath.Abs(file)
		if err != nil {
			return vault.Place{}, err
		}
		return vault.Place{File: abs, State: state, Host: a.host(), Ended: a.ended}, nil
	}
	if data == "" {
		return vault.Place{}, &usageError{err: errNoHome, hint: "set HOME or name the file with --vault"}
	}
	if profile == "default" {
		return vault.Place{File: filepath.Join(data, "vault.nod"), State: state, Host: a.host(), Ended: a.ended}, nil
	}
	return vault.Place{
		File:  filepath.Join(data, profile+".nod"),
		State: filepath.Join(state, profile),
		Host:  a.host(),
		Ended: a.ended,
	}, nil
}

// profile is the name of --profile, its variable, or default.
func (a *app) profile() (string, error) {
	profile := firstOf(a.flags.profile, a.env.Getenv("NOD_PROFILE"), "default")
	if !profileName().MatchString(profile) {
		return "", usagef("profile name %q: use letters, digits, dot, dash and underscore", profile)
	}
	return profile, nil
}

// host says what of this machine may protect a PIN.
func (a *app) host() protect.Host {
	return protect.Host{
		TPM:         a.tpm(),
		Keyring:     a.env.Getenv("NOD_KEYRING") != "none",
		Credentials: a.env.Getenv("CREDENTIALS_DIRECTORY"),
	}
}

// tpm names this machine's TPM, "" where there is none to be asked.
func (a *app) tpm() string {
	name := a.env.Getenv("NOD_TPM")
	switch {
	case name == "none":
		return ""
	case name != "":
		return name
	case runtime.GOOS == "linux":
		return "/dev/tpmrm0"
	case runtime.GOOS == "windows":
		return "tbs"
	}
	return ""
}

// dataDir is where vaults live, or "" when the person has no home.
func (a *app) dataDir() string { return a.xdg("XDG_DATA_HOME", "data") }

// stateDir is where this machine's part of the vaults lives.
func (a *app) stateDir() string { return a.xdg("XDG_STATE_HOME", "state") }

func (a *app) xdg(variable, kind string) string {
	if dir := a.env.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "nod")
	}
	if dir := systemDir(kind, a.env.Getenv, a.home()); dir != "" {
		return filepath.Join(dir, "nod")
	}
	return ""
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
