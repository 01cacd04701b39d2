internal import COpenSSL

/// SHA-256 and HMAC-SHA-256 by OpenSSL.
public enum Digest {
    /// The hash of the bytes, in lower-case hexadecimal.
    static func sha256Hex(_ bytes: [UInt8]) -> String {
        withDigest { result in _ = EVP_Digest(bytes, bytes.count, result, nil, EVP_sha256(), nil) }.hex
    }

    /// The hash of the text's UTF-8, in lower-case hexadecimal.
    public static func sha256Hex(_ text: String) -> String { sha256Hex(Array(text.utf8)) }

    /// The 32 bytes of the keyed hash.
    public static func hmac(key: [UInt8], _ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return withDigest { result in
            _ = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, result, nil)
        }
    }

    private static func withDigest(_ body: (UnsafeMutablePointer<UInt8>?) -> Void) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            body(buffer.baseAddress)
            count = 32
        }
    }
}

extension [UInt8] {
    /// Two lower-case hexadecimal digits a byte.
    public var hex: String {
        String(unsafeUninitializedCapacity: count * 2) { buffer in
            for (index, byte) in enumerated() {
                buffer[index * 2] = Self.hexDigits[Int(byte >> 4)]
                buffer[index * 2 + 1] = Self.hexDigits[Int(byte & 15)]
            }
            return count * 2
        }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
