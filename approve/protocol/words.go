package protocol

// This file turns the keys of a pairing into four words that a person can
// compare on two screens. The list is part of the protocol: its order never changes.

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
)

// wordsLabel keeps this hash apart from every other use of the same keys.
const wordsLabel = "nod-words-v1"

// Words are the four check words that both screens show; each side computes
// them from the keys that it really uses.
func Words(server, transport, approval ed25519.PublicKey, deviceID string) []string {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(wordsLabel), server, transport, approval, []byte(deviceID)} {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	sum := h.Sum(nil)
	words := make([]string, 4)
	for i := range words {
		words[i] = wordList[sum[i]]
	}
	return words
}

// wordList holds one word for each byte: plain English, 4 to 8 letters, no two
// that sound alike.
var wordList = [256]string{
	"acorn", "alarm", "almond", "anchor", "apple", "april", "apron", "arrow",
	"artist", "atlas", "autumn", "badge", "balloon", "bamboo", "banana", "banjo",
	"barrel", "basil", "basket", "beacon", "beaver", "bicycle", "biscuit", "blanket",
	"blossom", "bonnet", "bottle", "bracket", "branch", "breeze", "bridge", "bronze",
	"bubble", "bucket", "budget", "buffalo", "butter", "cabin", "cactus", "camel",
	"camera", "candle", "canyon", "captain", "carbon", "carpet", "castle", "chapel",
	"cherry", "chimney", "cinema", "circle", "citrus", "clover", "cobalt", "coconut",
	"comet", "compass", "copper", "cotton", "cradle", "crater", "cricket", "crystal",
	"curtain", "daisy", "dancer", "desert", "diamond", "dolphin", "domino", "donkey",
	"dragon", "drawer", "drum", "eagle", "easel", "echo", "elbow", "elephant",
	"ember", "emerald", "engine", "falcon", "farmer", "feather", "fender", "ferry",
	"fiddle", "finger", "flame", "flannel", "forest", "fossil", "galaxy", "garden",
	"garlic", "gate", "ginger", "giraffe", "glacier", "glove", "goblet", "gorilla",
	"granite", "grape", "guitar", "hammer", "hammock", "harbour", "harvest", "hazel",
	"helmet", "hexagon", "honey", "horizon", "husky", "igloo", "indigo", "island",
	"ivory", "jacket", "jaguar", "jasmine", "jelly", "jigsaw", "jungle", "juniper",
	"kayak", "kettle", "kitchen", "kiwi", "koala", "ladder", "lagoon", "lantern",
	"laptop", "lemon", "leopard", "lettuce", "library", "lilac", "lizard", "lobster",
	"lotus", "magnet", "mammoth", "mango", "maple", "marble", "market", "meadow",
	"melon", "mirror", "monkey", "mosaic", "motor", "mountain", "museum", "mustard",
	"napkin", "nectar", "needle", "nickel", "notebook", "nutmeg", "oasis", "ocean",
	"octopus", "olive", "onion", "opera", "orange", "orbit", "orchard", "otter",
	"oxygen", "oyster", "paddle", "palace", "panda", "parcel", "parrot", "pebble",
	"pelican", "pencil", "penguin", "pepper", "piano", "picnic", "pigeon", "pillow",
	"pilot", "planet", "plaza", "polar", "pony", "potato", "prairie", "prism",
	"pumpkin", "puzzle", "python", "quartz", "rabbit", "radio", "raven", "rhubarb",
	"ribbon", "river", "rocket", "saddle", "saffron", "salmon", "sandal", "saturn",
	"scarf", "school", "shadow", "shovel", "silver", "siren", "sketch", "sofa",
	"spider", "spiral", "spoon", "squirrel", "stadium", "statue", "sugar", "sunset",
	"table", "tango", "temple", "thunder", "tiger", "timber", "tomato", "tornado",
	"tractor", "trumpet", "tulip", "tunnel", "turtle", "umbrella", "valley", "velvet",
	"violin", "volcano", "waffle", "walnut", "walrus", "window", "zebra", "zigzag",
}
