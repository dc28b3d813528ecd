package vault

// This file asks Linux how much memory there is to take.

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// freeMemory returns the memory that can be taken, in KiB, or 0 when that is
// not known: what the kernel calls available, or what the control group has left.
func freeMemory() uint64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	free := availableMemory(info)
	if group := groupMemory(); group != 0 && (free == 0 || group < free) {
		free = group
	}
	return free
}

// availableMemory reads MemAvailable in KiB from the text of /proc/meminfo.
func availableMemory(info []byte) uint64 {
	lines := bufio.NewScanner(bytes.NewReader(info))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) >= 2 && f[0] == "MemAvailable:" {
			n, _ := strconv.ParseUint(f[1], 10, 64) // 0 on error: not known
			return n
		}
	}
	return 0
}

// groupMemory returns what the control group (version 2) of this process, or
// one above it, has left, in KiB; 0 when there is no limit. Memory that only
// caches files counts as used here, so the answer errs to the careful side.
func groupMemory() uint64 {
	self, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	name, ok := strings.CutPrefix(strings.TrimSpace(string(self)), "0::")
	if !ok {
		return 0
	}
	var least uint64
	for dir := filepath.Join("/", name); ; dir = filepath.Dir(dir) {
		limit := readBytes(filepath.Join("/sys/fs/cgroup", dir, "memory.max"))
		if limit != 0 {
			used := readBytes(filepath.Join("/sys/fs/cgroup", dir, "memory.current"))
			left := max(limit-min(used, limit), 1<<10) >> 10
			if least == 0 || left < least {
				least = left
			}
		}
		if dir == "/" {
			return least
		}
	}
}

// readBytes reads a number of bytes, 0 for "max" or no such file.
func readBytes(file string) uint64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return n
}
