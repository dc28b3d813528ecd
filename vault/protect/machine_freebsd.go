package protect

// machineFiles hold the machine id.
var machineFiles = []string{"/etc/hostid"}
