extension String {
    /// A hash that is the same in every process: FNV-1a with 64 bits, in hexadecimal.
    var stableHash: String {
        let hash = utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
