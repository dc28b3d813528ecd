package recipes

// This file: a machine whose first process is systemd, with logind and users' own
// service managers.

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// systemd makes the first process of a machine systemd, in a group of processes of
// its own (%[1]s) and as in a container. Nothing starts that this machine starts
// when it boots. Its sleep is a file: no recipe can put this machine to sleep.
const systemd = `rm -rf /etc/systemd/system /etc/systemd/user /etc/fstab
mkdir -p /etc/systemd/system /etc/systemd/system-generators
for unit in /lib/systemd/system/sysinit.target.wants/* /lib/systemd/system/timers.target.wants/*; do
	case $unit in *systemd-journald.service) ;; *) ln -s /dev/null /etc/systemd/system/"${unit##*/}" ;; esac
done
for generator in /lib/systemd/system-generators/*; do
	ln -s /dev/null /etc/systemd/system-generators/"${generator##*/}"
done
printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/true\n' >/etc/systemd/system/systemd-suspend.service
mkdir /run/group
mount -t cgroup2 cgroup2 /run/group
mkdir /run/group/%[1]s
echo $$ >/run/group/%[1]s/cgroup.procs
umount /run/group
export container=test
exec unshare --cgroup sh -euc '
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount -o remount,bind,ro /sys
if test -e /sys/power/state; then echo mem >/run/sleep; mount --bind /run/sleep /sys/power/state; fi
mount --make-rshared / # else no service gets its credentials
echo ready
exec /lib/systemd/systemd --system --log-target=null systemd.unit=basic.target </dev/null >/dev/null 2>&1'
`

// newSystem starts a machine that systemd runs.
func newSystem(t *testing.T, programs ...string) *machine {
	t.Helper()
	need(t, "/lib/systemd/systemd", "systemctl", "loginctl", "dbus-daemon", "unshare")
	// Others may test here, too.
	group := fmt.Sprintf("nod-test-%s-%d", strings.ToLower(t.Name()), os.Getpid())
	t.Cleanup(func() { // once the machine is gone
		leave := `mount -t cgroup2 cgroup2 /mnt; find /mnt/"$0" -depth -type d -exec rmdir {} +`
		if out, err := exec.Command("unshare", "--mount", "sh", "-euc", leave, group).CombinedOutput(); err != nil {
			t.Errorf("its group of processes stays: %v: %s", err, out)
		}
	})
	m := startMachine(t, fmt.Sprintf(systemd, group), programs...)
	m.until("root", "systemctl is-active --quiet basic.target")
	return m
}
