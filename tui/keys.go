package tui

// keys.go names every key of the program with its help.

import "charm.land/bubbles/v2/key"

// bind names keys; shown and meaning are what the key line says.
func bind(shown, meaning string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, meaning))
}

// Everywhere.
var (
	keyQuitNow = bind("Ctrl+C", "quit", "ctrl+c")
	keySuspend = bind("Ctrl+Z", "suspend", "ctrl+z")
	keyQuit    = bind("q", "quit", "q")
	keyHelp    = bind("?", "help", "?", "f1")
	keyHelpF1  = bind("F1", "help", "f1")
	keyLock    = bind("L", "lock", "L")
	keyNewest  = bind("A", "newest request", "A")
	keyCheck   = bind("r", "check now", "r")
	keyPause   = bind("z", "pause", "z")
	keyTabs    = bind("1-4", "screens", "1", "2", "3", "4")
	keyNextTab = bind("Tab", "next screen", "tab")
	keyPrevTab = bind("Shift+Tab", "previous screen", "shift+tab")
	keyYes     = bind("y", "yes", "y", "Y")
)

// Moving.
var (
	keyUp       = bind("k", "up", "k", "up")
	keyDown     = bind("j", "down", "j", "down")
	keyMove     = bind("j/k", "move", "j", "k", "up", "down")
	keyFirst    = bind("g", "first", "g", "home")
	keyLast     = bind("G", "last", "G", "end")
	keyHalfDown = bind("Ctrl+D", "half page down", "ctrl+d", "pgdown")
	keyHalfUp   = bind("Ctrl+U", "half page up", "ctrl+u", "pgup")
	keyEnter    = bind("Enter", "choose", "enter")
	keyBack     = bind("Esc", "back", "esc")
	keySpace    = bind("Space", "choose", "space")
	keyLeft     = bind("Left", "previous", "left", "h")
	keyRight    = bind("Right", "next", "right", "l")
	keyBoxUp    = bind("Up", "up", "up", "ctrl+p", "ctrl+k")
	keyBoxDown  = bind("Down", "down", "down", "ctrl+n", "ctrl+j")
	keyNextBox  = bind("Tab", "next field", "tab", "down")
	keyPrevBox  = bind("Shift+Tab", "previous field", "shift+tab", "up")
)

// Codes and one account.
var (
	keySearch   = bind("/", "search", "/")
	keyCopy     = bind("y", "copy", "y")
	keyCopyNow  = bind("Ctrl+Y", "copy", "ctrl+y")
	keyCopyNext = bind("Y", "copy next", "Y")
	keyNext     = bind("n", "next code", "n")
	keyHide     = bind("H", "hide", "H")
	keyDetails  = bind("Enter", "details", "enter")
	keyAdd      = bind("a", "add", "a")
	keyEdit     = bind("e", "edit", "e")
	keyDelete   = bind("D", "delete", "D")
	keySecret   = bind("S", "show secret", "S")
	keySaveQR   = bind("w", "picture", "w")
	keySort     = bind("s", "sort", "s")
)

// Adding: the letters of the menu, and keys of its forms.
var (
	keyAddImage  = bind("i", "image", "i")
	keyAddPaste  = bind("c", "clipboard", "c")
	keyAddScreen = bind("s", "screenshot", "s")
	keyAddRegion = bind("S", "part of the screen", "S")
	keyAddCamera = bind("v", "camera", "v")
	keyAddLink   = bind("u", "link", "u")
	keyAddSecret = bind("k", "key", "k")
	keyAddPair   = bind("r", "registration code", "r")
	keyShow      = bind("F3", "show or hide", "f3")
)

// Unlocking and the first run.
var (
	keyPassphrase = bind("F2", "passphrase", "f2")
	keyUsePIN     = bind("F2", "PIN", "f2")
	keyRecovery   = bind("F3", "recovery code", "f3")
	keyNextPIN    = bind("Tab", "other PIN", "tab", "down", "right")
	keyPrevPIN    = bind("Shift+Tab", "other PIN", "shift+tab", "up", "left")
	keySSH        = bind("F4", "ssh key", "f4")
	keyRestore    = bind("Enter", "restore a copy", "enter")
	keyResend     = bind("Ctrl+R", "send again", "ctrl+r")
	keySkip       = bind("Ctrl+S", "skip", "ctrl+s")
)

// Approvals.
var (
	keyOpen      = bind("Enter", "open", "enter")
	keyIgnore    = bind("i", "ignore", "i")
	keyUndo      = bind("u", "undo ignore", "u")
	keyDeny      = bind("d", "deny", "d")
	keyNotMe     = bind("!", "not me", "!")
	keyIgnoreAll = bind("X", "ignore all", "X")
	keyPrevReq   = bind("[", "previous", "[")
	keyNextReq   = bind("]", "next", "]")
	keyMoveReq   = bind("[ ]", "prev/next", "[", "]")
	keyReport    = bind("r", "report", "r")
)

// Pausing: the choices.
var (
	keyPauseShort = bind("2", "20 minutes", "2")
	keyPauseHour  = bind("1", "1 hour", "1")
	keyPauseDay   = bind("8", "8 hours", "8")
	keyPauseWeek  = bind("7", "7 days", "7")
	keyResume     = bind("r", "Resume: let requests come again", "r")
)

// Servers.
var (
	keyRename    = bind("R", "rename", "R")
	keyUnpair    = bind("U", "unpair", "U")
	keyPairAgain = bind("p", "pair again", "p")
	keySite      = bind("o", "security page address", "o")
)

// meaning returns b with another word for what it does here.
func meaning(b key.Binding, word string) key.Binding {
	b.SetHelp(b.Help().Key, word)
	return b
}
