import Basics
internal import COpenSSL
import JSON

/// A key of the curve P-256 that proves who may use a token (DPoP, RFC 9449).
final class ProofKey {
    private let key: OpaquePointer

    /// Reads a private key in PEM; nil when it is none of this curve.
    init?(pem: String) {
        openssl_keep_at_exit()
        let input = BIO_new(BIO_s_mem())
        defer { BIO_free(input) }
        guard let input, BIO_puts(input, pem) > 0, let key = PEM_read_bio_PrivateKey(input, nil, nil, nil) else {
            ERR_clear_error()
            return nil
        }
        self.key = key
        guard EVP_PKEY_get_bits(key) == 256, coordinate("qx") != nil, coordinate("qy") != nil else { return nil }
    }

    deinit { EVP_PKEY_free(key) }

    /// The value of the `DPoP` header for a POST request.
    func proof(of url: String, at time: Timestamp) -> String {
        let publicKey: JSONObject = [
            "kty": "EC", "x": .string(base64URL(coordinate("qx") ?? [])),
            "y": .string(base64URL(coordinate("qy") ?? [])),
            "crv": "P-256",
        ]
        let header: JSONObject = ["typ": "dpop+jwt", "alg": "ES256", "jwk": .object(publicKey)]
        let claims: JSONObject = [
            "htm": "POST", "htu": .string(url), "iat": .integer(time.microseconds / 1_000_000),
            "jti": .string(randomUUID { .random(in: 0...255) }),
        ]
        let text = [header, claims].map { base64URL(JSONValue.object($0).serialized()) }.joined(separator: ".")
        return text + "." + base64URL(signature(Array(text.utf8)))
    }

    /// One number of the public key, in 32 bytes.
    private func coordinate(_ name: String) -> [UInt8]? {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &number) == 1 else { return nil }
        defer { BN_free(number) }
        return padded(number)
    }

    /// The two numbers of an ES256 signature, 32 bytes each; JOSE does without OpenSSL's DER.
    private func signature(_ text: [UInt8]) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var size = 128
        let encoded = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let isSigned =
                EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1
                && EVP_DigestSign(context, buffer.baseAddress, &size, text, text.count) == 1
            count = isSigned ? size : 0
        }
        return encoded.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            let signature = d2i_ECDSA_SIG(nil, &start, bytes.count)
            defer { ECDSA_SIG_free(signature) }
            guard let signature else { return [] }
            return (padded(ECDSA_SIG_get0_r(signature)) ?? []) + (padded(ECDSA_SIG_get0_s(signature)) ?? [])
        }
    }

    private func padded(_ number: OpaquePointer?) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 32)
        return BN_bn2binpad(number, &bytes, 32) == 32 ? bytes : nil
    }
}

private func base64URL(_ bytes: [UInt8]) -> String {
    Base64.encode(bytes).replacingBytes("+", with: "-").replacingBytes("/", with: "_").replacingBytes("=", with: "")
}
