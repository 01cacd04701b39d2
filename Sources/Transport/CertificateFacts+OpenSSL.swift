import COpenSSL
import Glibc
import JSON

extension CertificateFacts {
    /// Reads OpenSSL's certificate and the chain it came with; the caller keeps them.
    init(reading certificate: OpaquePointer, chain: OpaquePointer?) {
        let ends = (0..<max(0, OPENSSL_sk_num(chain))).compactMap { index in
            OPENSSL_sk_value(chain, index).map { Self.timestamp(X509_get0_notAfter(OpaquePointer($0))) }
        }
        self.init(
            subject: Self.text(of: X509_get_subject_name(certificate)),
            issuer: Self.text(of: X509_get_issuer_name(certificate)),
            names: Self.alternativeNames(of: certificate),
            notBefore: Self.timestamp(X509_get0_notBefore(certificate)),
            notAfter: Self.timestamp(X509_get0_notAfter(certificate)),
            serial: Self.hexadecimal(X509_get0_serialNumber(certificate)), chainNotAfter: ends.min()
        )
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let name, let memory = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(memory) }
        // RFC 2253, but with UTF-8 left readable.
        X509_NAME_print_ex(memory, name, 0, openssl_readable_name)
        return String(unsafeUninitializedCapacity: BIO_ctrl_pending(memory)) { buffer in
            Int(max(0, BIO_read(memory, buffer.baseAddress, Int32(buffer.count))))
        }
    }

    private static func timestamp(_ time: UnsafePointer<ASN1_TIME>?) -> Timestamp {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return Timestamp(microseconds: 0) }
        return Timestamp(microseconds: Int64(timegm(&parts)) * 1_000_000)
    }

    private static func hexadecimal(_ serial: UnsafePointer<ASN1_INTEGER>?) -> String {
        guard let number = ASN1_INTEGER_to_BN(serial, nil) else { return "" }
        defer { BN_free(number) }
        guard let text = BN_bn2hex(number) else { return "" }
        defer { CRYPTO_free(text, #file, #line) }
        return String(cString: text)
    }

    private static func alternativeNames(of certificate: OpaquePointer) -> [String] {
        guard let raw = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(raw)
        defer { GENERAL_NAMES_free(names) }
        return (0..<OPENSSL_sk_num(names)).compactMap { index in
            guard let entry = OPENSSL_sk_value(names, index)?.assumingMemoryBound(to: GENERAL_NAME.self).pointee else {
                return nil
            }
            switch entry.type {
            case GEN_DNS: return String(decoding: bytes(of: entry.d.dNSName), as: UTF8.self)
            case GEN_IPADD: return SocketAddress(octets: Array(bytes(of: entry.d.iPAddress)), port: 0)?.ip
            default: return nil
            }
        }
    }

    private static func bytes(of string: UnsafePointer<ASN1_STRING>?) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(max(0, ASN1_STRING_length(string))))
    }
}
