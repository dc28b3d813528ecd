package vault

// This file holds the numbers and labels of format.go.

const (
	magic         = "NODVLT\x00"
	formatVersion = 1
	compartments  = 2

	maxHeader = 64 << 10
	maxSlots  = 16
	bucket    = 16 << 10 // smallest padded payload
	maxPadded = 64 << 20

	offVersion   = 7
	offVaultID   = 8
	offHeaderLen = 24
	offFlags     = 28
	offCompart   = 30
	offSlots     = 31
	offApprovals = 32
	offFirstSlot = 64

	idLen       = 16
	keyLen      = 32
	saltLen     = 32
	macLen      = 32
	digestLen   = 32
	nonceLen    = 24
	tagLen      = 16
	slotHeadLen = 1 + 2 + idLen + 2 + digestLen

	sealedLen     = 32 + keyLen + tagLen          // of 32 bytes under HPKE
	sealsLen      = keyLen + 2*sealedLen + macLen // public key, VMK, AMK, tag
	costLen       = 4 + 4 + 1
	longestName   = 40   // bytes of a PIN's name
	longestBlob   = 1024 // bytes of the TPM's
	longestSSHKey = 4096
	wrapLen       = nonceLen + keyLen + tagLen // of VMK or AMK in a first slot
	firstLen      = costLen + saltLen + 2*wrapLen
	firstRecovery = keyLen + 2*sealedLen
	smallestFile  = offFirstSlot + slotHeadLen + 1 + saltLen + macLen + nonceLen + bucket + tagLen + digestLen
	largestMemory = 2 << 20 // KiB
	largestPasses = 16
	largestLanes  = 16
)

// The slot types, as bytes of the file.
const (
	typePIN        = 1
	typePassphrase = 2
	typeRecovery   = 3
	typeSSH        = 4
)

// The labels that keep derived keys apart.
const (
	labelHeader       = "nod/v1/header-mac"
	labelCodes        = "nod/v1/codes"
	labelPayload      = "nod/v1/payload"
	labelApprovals    = "nod/v1/approvals"
	labelSlot         = "nod/v1/slot"
	labelSlotKey      = "nod/v1/slot-key"
	labelSlotTag      = "nod/v1/slot-tag"
	labelKEK          = "nod/v1/slot-kek/" // of first slots
	labelAuth         = "nod/v1/tpm-authvalue"
	labelSSH          = "nod/v1/ssh"
	labelRecovery     = "nod/v1/recovery" // of first slots
	labelRecoveryKey  = "nod/v1/recovery-key"
	labelRecoveryTag  = "nod/v1/recovery-tag"
	labelApprovalKey  = "nod/v1/approval-key"
	labelRecord       = "nod/v1/record/"
	labelMachineCheck = "nod/v1/machine-check"
	compCodes         = "codes"
	compApprovals     = "approvals"
)
