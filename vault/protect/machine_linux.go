package protect

// machineFiles hold the machine id; the first that is set counts. D-Bus keeps
// the same id on systems without systemd.
var machineFiles = []string{"/etc/machine-id", "/var/lib/dbus/machine-id"}
