internal import COpenSSL

/// Hashes by OpenSSL.
public enum Digest {
    /// The hash of the bytes, in lower-case hexadecimal.
    public static func sha256Hex(_ bytes: [UInt8]) -> String { sha256(bytes).hex }

    /// The hash of the text's UTF-8, in lower-case hexadecimal.
    public static func sha256Hex(_ text: String) -> String { sha256Hex(Array(text.utf8)) }

    /// The 32 bytes of SHA-256.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, EVP_sha256()) }

    /// The 64 bytes of SHA-512.
    public static func sha512(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, EVP_sha512()) }

    /// The 20 bytes of SHA-1, for protocols that want it; it keeps nothing secret.
    public static func sha1(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, EVP_sha1()) }

    /// The 16 bytes of MD5, for protocols that want it; it keeps nothing secret.
    public static func md5(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, EVP_md5()) }

    /// The 32 bytes of HMAC-SHA-256 over the text's UTF-8.
    public static func hmac(key: [UInt8], _ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return result { buffer, size in
            _ = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, buffer, &size)
        }
    }

    private static func hash(_ bytes: [UInt8], _ algorithm: OpaquePointer?) -> [UInt8] {
        result { buffer, size in EVP_Digest(bytes, bytes.count, buffer, &size, algorithm, nil) }
    }

    private static func result(_ body: (UnsafeMutablePointer<UInt8>?, inout UInt32) -> Void) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            openssl_keep_at_exit()
            var size: UInt32 = 0
            body(buffer.baseAddress, &size)
            count = Int(size)
        }
    }
}
