import CZlib
import Transport

extension HTTPResponse {
    /// Whether the body matches the CRC-32 that DynamoDB sends with it; also when there is none.
    ///
    /// It is that of the bytes on the wire.
    var matchesDynamoDBChecksum: Bool {
        guard let expected = headers["x-amz-crc32"].flatMap({ Int64($0) }) else { return true }
        return body.withUnsafeBytes { bytes in
            crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count) == UInt(clamping: expected)
        }
    }
}
