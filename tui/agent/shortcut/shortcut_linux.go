package shortcut

// This file: which runs take the shortcut, where the agent listens, and what is said
// to it. How the messages look is in the comment of nod/tui/agent's wire.go.

import "syscall"

const (
	mostText = 4096 // bytes of what is printed: a pipe takes them in one piece, or none of them
	mostCall = 64 << 10

	// For how long an agent may hang. A code that it is about to hand out would be lost; a
	// prompt that shows the status waits, and the ordinary way asks once more.
	codeLimit   = 2       // seconds
	statusLimit = 500_000 // microseconds
)

func init() {
	args := arguments()
	if len(args) < 2 || args[1] != "code" && args[1] != "status" {
		return
	}
	answer := ask(args[1:])
	out, told, ok := cut(answer)
	if !ok {
		return
	}
	if len(out) > 0 && !write(1, out) {
		return // the ordinary way says what is wrong with standard output
	}
	write(2, told)
	syscall.Exit(0)
}

// arguments are those of this process, nil when they can not be read; os.Args is not
// there yet.
func arguments() []string {
	fd, err := syscall.Open("/proc/self/cmdline", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	text := make([]byte, 4096)
	n, err := syscall.Read(fd, text)
	if err != nil || n <= 0 || n == len(text) {
		return nil
	}
	var args []string
	for text = text[:n]; len(text) > 0; {
		end := 0
		for end < len(text) && text[end] != 0 {
			end++
		}
		args = append(args, string(text[:end]))
		text = text[min(end+1, len(text)):]
	}
	return args
}

// socket is where the agent listens, as the commands find it; "" where that takes more
// than variables.
func socket() string {
	if get("NOD_NO_AGENT") != "" || get("NOD_VAULT") != "" {
		return ""
	}
	if path := get("NOD_AGENT_SOCK"); path != "" {
		if !absolute(path) {
			return ""
		}
		return path
	}
	name := "agent"
	if profile := get("NOD_PROFILE"); profile != "" && profile != "default" {
		name = profile
	}
	for i := range len(name) {
		if name[i] == '/' {
			return ""
		}
	}
	var info syscall.Stat_t
	if dir := get("XDG_RUNTIME_DIR"); absolute(dir) && syscall.Stat(dir, &info) == nil && info.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		return dir + "/nod/" + name + ".sock"
	}
	if dir := get("XDG_STATE_HOME"); absolute(dir) {
		return dir + "/nod/run/" + name + ".sock"
	}
	if home := get("HOME"); absolute(home) {
		return home + "/.local/state/nod/run/" + name + ".sock"
	}
	return ""
}

func get(name string) string {
	value, _ := syscall.Getenv(name)
	return value
}

func absolute(path string) bool { return path != "" && path[0] == '/' }

// ask has the agent run a command and returns its answer, nil where there is none.
func ask(args []string) []byte {
	path := socket()
	if path == "" || len(path) >= 108 { // unix(7)
		return nil
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	limit := syscall.Timeval{Sec: codeLimit}
	if args[0] == "status" {
		limit = syscall.Timeval{Usec: statusLimit}
	}
	if syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit) != nil ||
		syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &limit) != nil ||
		syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}) != nil {
		return nil
	}
	peer, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil || int(peer.Uid) != syscall.Getuid() {
		return nil
	}
	call := message(args, syscall.Environ())
	if call == nil || !write(fd, call) {
		return nil
	}
	length := make([]byte, 4)
	if !read(fd, length) {
		return nil
	}
	n := number(length)
	if n == 0 || n > 1+4+2*mostText {
		return nil
	}
	answer := make([]byte, n)
	if !read(fd, answer) {
		return nil
	}
	return answer
}

// message is the call with which the agent runs a command; nil when it would be too
// long.
func message(args, env []string) []byte {
	text := append(make([]byte, 4, 4096), `{"Version":1,"Op":"run","Args":{"Args":`...)
	text = append(list(text, args), `,"Env":`...)
	var wanted []string
	for _, e := range env {
		if tells(e) {
			wanted = append(wanted, e)
		}
	}
	text = append(list(text, wanted), "}}"...)
	n := len(text) - 4
	if n > mostCall {
		return nil
	}
	text[0], text[1], text[2], text[3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	return text
}

// tells tells whether a variable may change what the commands say.
func tells(variable string) bool {
	for _, prefix := range []string{"NOD_", "XDG_", "HOME=", "TZ=", "TERM=", "CREDENTIALS_DIRECTORY="} {
		if len(variable) >= len(prefix) && variable[:len(prefix)] == prefix {
			return len(variable) < 8 || variable[:8] != "NOD_PIN=" // an agent that is open needs none
		}
	}
	return false
}

// list appends texts as a JSON array of strings (RFC 8259).
func list(to []byte, texts []string) []byte {
	to = append(to, '[')
	for i, t := range texts {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(to, '"')
		for j := range len(t) {
			switch c := t[j]; {
			case c == '"' || c == '\\':
				to = append(to, '\\', c)
			case c < ' ':
				const hex = "0123456789abcdef"
				to = append(to, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			default:
				to = append(to, c)
			}
		}
		to = append(to, '"')
	}
	return append(to, ']')
}

// cut takes an answer apart: what goes to standard output and what to standard error.
func cut(answer []byte) (out, told []byte, ok bool) {
	const head = 1 + 4
	if len(answer) < head || answer[0] != '+' {
		return nil, nil, false
	}
	n := number(answer[1:head])
	if n > len(answer)-head {
		return nil, nil, false
	}
	return answer[head : head+n], answer[head+n:], true
}

func number(b []byte) int { return int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3]) }

// read fills b.
func read(fd int, b []byte) bool { return whole(syscall.Read, fd, b) }

// write writes all of b, or tells that it did not.
func write(fd int, b []byte) bool { return whole(syscall.Write, fd, b) }

// whole goes on until do has done all of b.
func whole(do func(fd int, b []byte) (int, error), fd int, b []byte) bool {
	for len(b) > 0 {
		n, err := do(fd, b)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return false
		}
		b = b[n:]
	}
	return true
}
