package vault

// This file finds out whether a new PIN is the one that it replaces, where the old
// one was not typed: who has a copy of the vault from before may be able to try
// PINs on it, and must not find the new one there.

import "nod/vault/protect"

// known reports whether next opens the slot whose place it takes, in the vault file
// or in an older copy beside it. It is no answer to a guess: yes leaves the vault as
// it is, but who asks has opened it; no takes the slot away.
//
// Slots whose parts are not to be had now can not be tried, nor can copies that are
// elsewhere. old opens its own slot, so that another PIN does not.
func (r *rekeying) known(old, next Credential) bool {
	tried := map[[idLen]byte]bool{}
	if s, err := r.file.slot(old); err == nil && s.kind == typePIN {
		tried[s.id] = true
	}
	for _, f := range append([]*frame{r.file}, r.site.olderFrames(r.file.vaultID)...) {
		s, err := f.slot(next)
		if err != nil || s.kind != typePIN || s.disabled() || tried[s.id] {
			continue
		}
		tried[s.id] = true
		if r.site.fits(f, s, next) {
			return true
		}
	}
	return false
}

// olderFrames reads the older copies of a vault, as far as they can be read.
func (st *site) olderFrames(vaultID [idLen]byte) (list []*frame) {
	for _, g := range st.generations() {
		data, err := readVaultFile(g.File)
		if err != nil {
			continue
		}
		if f, err := parseFrame(data); err == nil && f.vaultID == vaultID {
			list = append(list, f)
		}
	}
	return list
}

// fits reports whether c opens PIN slot s of f, without counting the try. A TPM
// counts it all the same, so its last one is not spent on this.
func (st *site) fits(f *frame, s *slot, c Credential) bool {
	p, err := st.machineParts(f.vaultID, s)
	if err != nil {
		return false
	}
	defer p.wipe()
	if s.need&protect.Guarded != 0 && st.readTries(f.vaultID, s, p.secrets[protect.DeviceFile]).left() <= 1 {
		return false
	}
	o, vmk, err := try(f, s, c, p)
	if err != nil {
		return false
	}
	o.wipe()
	clear(vmk)
	return true
}
