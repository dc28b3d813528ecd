package tui

// scanning.go starts and stops looking for QR codes, and shows what came of it.
// One look is under way at a time; Esc ends it.

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"nod/scan"
)

// scanning is the look that is under way.
type scanning struct {
	number int                // of looks so far: what an earlier one brings is dropped
	stop   context.CancelFunc // nil when none is under way
}

// scan looks for QR codes; what says so while it lasts.
func (m *Model) scan(what string, r read) tea.Cmd {
	m.stopScan()
	ctx, stop := context.WithCancel(m.session.ctx)
	m.scanning.number++
	m.scanning.stop = stop
	return m.work(what, look(ctx, m.scanning.number, r))
}

// scanSource looks into the clipboard, at the screen or through the camera.
func (m *Model) scanSource(s scan.Source) tea.Cmd {
	what := map[scan.Source]string{
		scan.Clipboard: "Reading the clipboard",
		scan.Screen:    "Looking at the screen",
		scan.Region:    "Draw a box around the QR code",
		scan.Camera:    "Hold the QR code in front of the camera",
	}[s]
	return m.scan(what, readSource(m.config.Desk, s))
}

// stopScan ends the look that is under way, if any.
func (m *Model) stopScan() {
	if m.scanning.stop == nil {
		return
	}
	m.scanning.stop()
	m.scanning.stop = nil
	m.scanning.number++
	m.done()
}

// scanned takes what a look has brought, and tells whether it is still wanted.
func (m *Model) scanned(msg seenMsg) bool {
	if m.scanning.stop == nil || msg.scan != m.scanning.number {
		return false
	}
	m.stopScan()
	return true
}

// showSeen goes where what was read leads: to the preview or to pairing. Else it
// says what is wrong. again is the screen to come back to.
func (m *Model) showSeen(msg seenMsg, again, back screen) (cmd tea.Cmd, wrong string) {
	switch texts := msg.seen.texts; {
	case msg.err != nil:
		return nil, explain(m.now, msg.err)
	case len(texts) == 0:
		return nil, nothingSeen(msg.seen)
	case len(texts) == 1 && m.pairingLink(texts[0]):
		return m.show(newPairLink(m, texts[0], back)), ""
	case len(texts) == 1 && m.links.IsSignIn(texts[0]):
		return m.work("Reading", readSignIn(m.session.ctx, m.session.inbox, texts[0])), ""
	}
	return m.show(newPreview(m, msg.seen, again)), ""
}

// signIn opens the request that a scanned link has brought.
func (m *Model) signIn(msg signInMsg) tea.Cmd {
	m.done()
	if msg.err != nil {
		m.fail(msg.err)
		return nil
	}
	m.session.requests.arrived(msg.request)
	return m.show(newDialog(m, ref(msg.request)))
}

func nothingSeen(s seen) string {
	for _, note := range s.notes {
		return capital(clean(note)) + "."
	}
	switch s.where {
	case scan.Clipboard:
		return "The clipboard holds no QR code and no setup link. Copy the picture of the code."
	case scan.Screen, scan.Region:
		return "No QR code was found on the screen. Show it larger, and move this window away from it."
	case scan.Camera:
		return "The camera saw no QR code. Hold it closer and without glare."
	}
	return "No QR code was found. Try a larger picture, crop it to the code, or type the key by hand."
}

// pressScanning takes a key while a look is under way: Esc ends it.
func (m *Model) pressScanning(esc bool) {
	if esc {
		m.stopScan()
		m.tell(noticeInfo, "Stopped.")
	}
}
