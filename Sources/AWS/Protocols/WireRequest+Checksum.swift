public import JSON
internal import Transport

extension WireRequest {
    /// Adds the checksum of the body that the operation wants or that its input asks for; changes nothing otherwise.
    ///
    /// The algorithm is CRC32 unless the input names one of CRC32, CRC32C, SHA1 and SHA256. A checksum that the caller
    /// has set stays. Throws `invalidParameter` for another algorithm.
    public mutating func addChecksum(for operation: OperationModel, _ input: JSONValue) throws(AWSError) {
        let member = operation.checksumMember
        guard operation.requiresChecksum || member != nil, !hasChecksum else { return }
        let named = member.flatMap { input[$0]?.stringValue }
        let algorithm = named ?? "CRC32"
        guard let checksum = Self.checksum(of: body, algorithm) else {
            throw AWSError(
                .invalidParameter, "Checksum algorithm \(algorithm) is not one of CRC32, CRC32C, SHA1, SHA256"
            )
        }
        headers.set("x-amz-checksum-" + algorithm.lowercased(), Base64.encode(checksum))
        guard named == nil, let member, let shape = operation.input else { return }
        if let name = operation.graph[shape].member(member)?.locationName { headers.set(name, algorithm) }
    }

    private var hasChecksum: Bool {
        headers.contains { field in
            let name = field.name.lowercased()
            return name == "content-md5"
                || name.hasPrefix("x-amz-checksum-") && !["algorithm", "mode", "type"].contains(name.dropFirst(15))
        }
    }

    private static func checksum(of body: [UInt8], _ algorithm: String) -> [UInt8]? {
        switch algorithm {
        case "CRC32": crc(body, polynomial: 0xEDB8_8320)
        case "CRC32C": crc(body, polynomial: 0x82F6_3B78)
        case "SHA1": Digest.sha1(body)
        case "SHA256": Digest.sha256(body)
        default: nil
        }
    }

    /// The reflected 32-bit cyclic redundancy check of ISO 3309, big-endian.
    private static func crc(_ bytes: [UInt8], polynomial: UInt32) -> [UInt8] {
        let table = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
        }
        let sum = ~bytes.reduce(UInt32.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
    }
}
